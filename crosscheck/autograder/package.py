"""A zip file for Gradescope: scripts, oracle, configuration, and this crosscheck as a wheel."""

from __future__ import annotations

import io
import shlex
import zipfile
from collections.abc import Mapping
from pathlib import Path
from string import Template

from crosscheck import __version__
from crosscheck.autograder.wheel import DATE, wheel
from crosscheck.report.gradescope import not_graded, to_json

_SCRIPTS = Path(__file__).parent / "scripts"
_ORACLE, _CONFIG = "hidden.oracle", "crosscheck.toml"
_RUN, _READ, _SECRET = 0o755, 0o644, 0o600


def gradescope_package(
    oracle: bytes | None,
    config: bytes | None,
    *,
    hints: str,
    visibility: str,
    isolation: str,
    file: str = "",
) -> bytes:
    """The content of ``autograder.zip``: the same bytes for the same contents.

    ``oracle``: None for the one that ships with crosscheck. ``isolation``: the least level that is
    accepted, none if empty. ``file``: of a submission the file that is judged.
    """
    name, content = wheel()
    grade = ["--file", file] * bool(file) + ["--require-isolation", isolation] * bool(isolation)
    report = ["--hints", hints, "--visibility", visibility]
    from_source = {"--oracle": (_ORACLE, oracle), "--config": (_CONFIG, config)}
    named = [f'{o} "$source/{n}"' for o, (n, there) in from_source.items() if there is not None]
    values = {
        "wheel": shlex.quote(name),
        "oracle": _ORACLE,
        "grade": " ".join([*map(shlex.quote, grade), *named]),
        "report": " ".join(map(shlex.quote, report)),
        "version": __version__,
    }
    files = {
        "setup.sh": (_RUN, _script("setup.sh", values)),
        "run_autograder": (_RUN, _script("run_autograder.sh", values)),
        "not_graded.json": (_READ, to_json(not_graded()).encode()),
        name: (_READ, content),
    }
    for path, there in from_source.values():
        if there is not None:
            files[path] = (_SECRET, there)
    return _zipped(files)


def _script(name: str, values: Mapping[str, str]) -> bytes:
    class Placed(Template):
        delimiter = "@@"  # $ is the shell's

    return Placed((_SCRIPTS / name).read_text(encoding="utf-8")).substitute(values).encode()


def _zipped(files: Mapping[str, tuple[int, bytes]]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (mode, content) in sorted(files.items()):
            entry = zipfile.ZipInfo(name, DATE)
            entry.create_system = 3  # Unix: whose modes these are, also if made on Windows
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return made.getvalue()
