"""Oracles computed here and now by the installed frameworks, and kept under the user's cache
folder: by the content of crosscheck and the versions of everything that takes part.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import datetime, timezone
from functools import cache
from hashlib import blake2b
from importlib import metadata
from pathlib import Path

from crosscheck.case import Case
from crosscheck.errors import MissingPackageError, OracleFileError
from crosscheck.layers import module_of
from crosscheck.oracle import Oracle, Provenance, agreed
from crosscheck.oracle_file import OracleFile, freeze
from crosscheck.progress import Progress, counted_on, no_progress

# Read from the text: what was imported may be a constant, which does not know its home.
_NEIGHBOURS = re.compile(r"crosscheck\.layers(?:\.| import \(?\s*)(\w+(?:,\s*\w+)*)")
_PACKAGES = ("torch", "jax", "jaxlib", "numpy", "ml_dtypes", "optax", "platformdirs")


class LiveOracles:
    """Answers for cases, as the frameworks installed here give them.

    Raises MissingPackageError if one is missing. A framework is imported only when an answer has to
    be computed; one that the same versions computed before is read back.
    """

    def __init__(self) -> None:
        versions = {name: _version(name) for name in _PACKAGES}
        machine = f"{platform.system()} {platform.machine()}"
        self._now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        self.provenance = Provenance(
            "live", versions["torch"], versions["jax"], versions["numpy"], machine, self._now
        )
        self._folder = _cache_folder()
        self._versions = f"{sorted(versions.items())} {machine}"
        self._known: dict[str, Oracle] = {}

    @property
    def cases(self) -> int:
        """How many answers are prepared."""
        return len(self._known)

    @property
    def agreed(self) -> int:
        """On how many of them both frameworks' own results lie within the bound."""
        return agreed(self._known.values())

    @property
    def all(self) -> dict[str, Oracle]:
        """Every answer prepared so far, by ``values_id``."""
        return dict(self._known)

    def oracle(self, case: Case) -> Oracle:
        """The answer to a case, computed if it has to be."""
        if case.values_id not in self._known:
            self.prepare([case])
        return self._known[case.values_id]

    def prepare(self, cases: Sequence[Case], progress: Progress = no_progress) -> None:
        """Have the answers to all these cases, computing what is not kept yet.

        What is computed is kept at once, group by group: an interruption loses one at most.
        """
        groups: dict[tuple[str, str], dict[str, Case]] = {}
        for case in cases:
            group = groups.setdefault((case.layer.name, case.format.name), {})
            group[case.values_id] = case.plain
        total, done = sum(map(len, groups.values())), 0
        for (layer, dtype), members in groups.items():
            key = _content_key(self._versions, layer)
            path = self._folder / "oracles" / f"{layer}-{dtype}-{key}.oracle"
            kept = self._read_back(path, layer, dtype)
            missing = [case for values_id, case in members.items() if values_id not in kept]
            if missing:
                kept |= self._computed(missing, counted_on(progress, "references", done, total))
                # A cache that cannot be written costs time, and nothing else.
                with suppress(OracleFileError):
                    freeze(path, kept, replace(self.provenance, recorded=self._now))
            self._known |= {values_id: kept[values_id] for values_id in members}
            done += len(members)

    def _computed(
        self, cases: Sequence[Case], progress: Callable[[int], None]
    ) -> dict[str, Oracle]:
        progress(0)
        from crosscheck.agreement import compute
        from crosscheck.frameworks.jax import compiled_programs_in

        oracles = {}
        folder = self._folder / "xla"
        with compiled_programs_in(folder) if _writable(folder) else nullcontext():
            for done, case in enumerate(cases):
                oracles[case.values_id] = compute(case)
                progress(done + 1)
        return oracles

    def _read_back(self, path: Path, layer: str, dtype: str) -> dict[str, Oracle]:
        """What an earlier run kept; nothing if there is none, or if it cannot be used."""
        with suppress(OracleFileError):
            kept = OracleFile(path)
            recorded = min(self.provenance.recorded, kept.provenance.recorded)
            self.provenance = replace(self.provenance, recorded=recorded)
            return dict(kept.group(layer, dtype))
        return {}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        raise MissingPackageError(
            f"Computing oracles live needs {package}, which is not installed. "
            "Install the frameworks with: pip install 'crosscheck-grad[live]'"
        ) from None


def _cache_folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("crosscheck", appauthor=False)


@cache
def _content_key(versions: str, layer: str) -> str:
    """A digest of the versions and of every source file of crosscheck but those of other layers."""
    digest = blake2b(versions.encode(), digest_size=8)
    home = Path(__file__).parent
    sources = {s for s in home.rglob("*.py") if s.parent.name != "layers"}
    for source in sorted({*sources, *_files_of(layer)}):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _files_of(layer: str) -> list[Path]:
    """The file that describes a layer, and those of the layers that it takes something from."""
    files = [Path(str(module_of(layer).__file__))]
    for file in files:
        for names in _NEIGHBOURS.findall(file.read_text(encoding="utf-8")):
            found = (file.with_name(f"{name}.py") for name in re.findall(r"\w+", names))
            files += [f for f in dict.fromkeys(found) if f.is_file() and f not in files]
    return files


def _writable(folder: Path) -> bool:
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        return True
    return False
