"""What a class is graded with: all that a result depends on, beside the submission itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

from crosscheck import __version__
from crosscheck.adapters import adapter_names
from crosscheck.config import Config
from crosscheck.config.read import read_text
from crosscheck.errors import OracleFileError
from crosscheck.grading.errors import GradingError
from crosscheck.grading.names import shown
from crosscheck.grading.submissions import Submission
from crosscheck.grading.where import NOWHERE, Where
from crosscheck.oracle_file import EMBEDDED, OracleFile
from crosscheck.run import Limits, narrowed
from crosscheck.selection import EVERYTHING, Selection, held

SCHEMA = "crosscheck-grading/1"

# Where the oracle of this hash lies on this machine, if not where the plan says.
_HERE: dict[str, Path] = {}


@dataclass(frozen=True)
class Plan:
    """How every submission of a class is graded; it can be sent to other machines.

    ``oracle``: the file with the answers, and its hash. ``config_text``: what ``config`` said when
    the plan was made. ``isolation``: the level that is asked for, the strongest there is if empty.
    ``file``: which file of a folder is judged, all if empty. ``layers``: those that are asked for
    and that the oracle has answers to. ``where``: the submissions, for whoever shows their files.
    """

    oracle: str
    oracle_sha256: str
    config: str = ""
    config_text: str = ""
    selection: Selection = EVERYTHING
    limits: Limits = field(default_factory=Limits)
    isolation: str = ""
    adapter: str = ""
    file: str = ""
    layers: tuple[str, ...] = ()
    where: Where = NOWHERE
    version: str = __version__

    @property
    def oracle_path(self) -> Path:
        """Where the oracle lies on this machine."""
        return _HERE.get(self.oracle_sha256, Path(self.oracle))

    def configuration(self) -> Config:
        """The configuration, from the text that is kept. Raises ConfigError."""
        if not self.config:
            return Config("")
        return read_text(self.config_text, Path(self.config), adapter_names)

    def key(self, submission: Submission) -> str:
        """What a submission's results depend on: if it is the same, so are they."""
        text = json.dumps(self._essence(), sort_keys=True) + submission.digest
        return blake2b(text.encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()

    def head(self) -> dict[str, Any]:
        """The plan for people and for reports, as JSON can hold it: without the place of a file."""
        points: Mapping[str, Any] = self.configuration().points
        return {
            "schema": SCHEMA,
            "crosscheck": self.version,
            "oracle": {"name": Path(self.oracle).name, "sha256": self.oracle_sha256},
            "config": {"name": Path(self.config).name, "text": self.config_text},
            "points": dict(points),
            "layers": list(self.layers),
            "submissions": asdict(self.where),
            **{
                k: v for k, v in self._essence().items() if k not in ("oracle", "config", "version")
            },
        }

    def _essence(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "oracle": self.oracle_sha256,
            "config": self.config_text,
            "selection": asdict(self.selection),
            "limits": asdict(self.limits),
            "isolation": self.isolation,
            "adapter": self.adapter,
            "file": self.file,
        }


def plan(
    oracle: Path | None = None,
    config: Path | None = None,
    selection: Selection = EVERYTHING,
    *,
    limits: Limits | None = None,
    isolation: str = "",
    adapter: str = "",
    file: str = "",
    where: Where = NOWHERE,
) -> Plan:
    """A plan, once oracle and configuration are known to be readable.

    ``oracle``: a file, or none for the one that ships with crosscheck.
    Raises CrosscheckError for what cannot be read or makes no sense.
    """
    path = (oracle or EMBEDDED).absolute()
    answers = OracleFile(path)
    made = Plan(
        str(path),
        sha256_of(path),
        str(config.absolute()) if config else "",
        _text(config) if config else "",
        selection,
        limits or Limits(layer=20.0, whole=600.0),  # machines differ: only what hangs is cut off
        isolation,
        adapter,
        file,
        where=where,
    )
    asked = narrowed(selection, made.configuration())
    made = replace(made, layers=tuple(held(answers, asked, "")))
    if adapter and adapter not in adapter_names():
        raise GradingError(
            f"There is no adapter {shown(adapter)}. There are: {', '.join(adapter_names())}."
        )
    return made


def sha256_of(path: Path) -> str:
    """The hash of a file. Raises OracleFileError."""
    digest = sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    except OSError as error:
        raise OracleFileError(f"The oracle file {path} cannot be read: {error.strerror}.") from None
    return digest.hexdigest()


def lies_here(sha256: str, path: Path) -> None:
    """Say where on this machine the oracle of that hash lies."""
    _HERE[sha256] = path


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise GradingError(f"{path} is no UTF-8 text. Save the file as UTF-8.") from None
    except OSError as error:
        raise GradingError(f"{path} cannot be read: {error.strerror}.") from None
