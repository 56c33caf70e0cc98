"""Cases that ``crosscheck fuzz`` found, kept beside the target for every later check.

``crosscheck-cases.txt`` has one case's id on a line; what follows a ``#`` is for people.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from crosscheck.case import Case
from crosscheck.errors import CrosscheckError, SelectionError
from crosscheck.local import LocalOracles
from crosscheck.oracle import Oracle, Oracles
from crosscheck.progress import Progress

NAME = "crosscheck-cases.txt"
_HEAD = (
    "# Cases that crosscheck fuzz found: crosscheck check runs them as well. One id on a line.\n"
)


def kept_at(target: str) -> Path:
    """The file of a target's kept cases: in the folder that it is or that it is in; of a module
    that is given by its name, in the current folder.
    """
    path = Path(target)
    try:
        if path.is_dir():
            return path / NAME
        return (path.parent if path.is_file() else Path()) / NAME
    except (OSError, ValueError):  # no file can have that name, which is told in its place
        return Path(NAME)


def kept_cases(target: str) -> list[Case]:
    """The cases kept for a target, in the file's order; none if there is no such file.

    Raises SelectionError, which names the line, if the file is not what it should be.
    """
    return [case for case, _ in _read(kept_at(target)).values()]


def keep(target: str, found: Mapping[str, str]) -> Path:
    """Keep the cases of these ids too, each with a remark, and return the file. Those kept before
    stay.

    It is written all at once or not at all, sorted, with each case once. Raises SelectionError if
    the one that is there cannot be read, and CrosscheckError if it cannot be written.
    """
    path = kept_at(target)
    path = path.parent.resolve() / path.name
    remarks = {case_id: remark for case_id, (_, remark) in _read(path).items()}
    for case_id, remark in found.items():
        remarks.setdefault(case_id, " ".join(remark.split()))
    lines = [f"{i}  # {remark}" if remark else i for i, remark in sorted(remarks.items())]
    _replace(path, _HEAD + "".join(f"{line}\n" for line in lines))
    return path


def _read(path: Path) -> dict[str, tuple[Case, str]]:
    """Each case with its remark, by its id."""
    if not path.exists() or path.is_fifo():  # a pipe would be waited for
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SelectionError(f"{path} is no text in UTF-8. {_ADVICE}") from None
    except OSError as error:
        raise SelectionError(f"{path} cannot be read: {error.strerror}.") from None
    cases: dict[str, tuple[Case, str]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        case_id, _, remark = line.partition("#")
        if case_id.strip():
            case = _parsed(case_id.strip(), f"{path}, line {number}")
            cases.setdefault(case.id, (case, remark.strip()))
    return cases


class WithKept:
    """Oracles, and for kept cases that they have no answer to that of ``impl_numpy``."""

    def __init__(self, answers: Oracles, kept: Iterable[Case]) -> None:
        self._answers, self._kept = answers, {case.id for case in kept}
        self._local = LocalOracles()
        self.provenance = answers.provenance

    @property
    def cases(self) -> int:
        """How many answers are recorded."""
        return self._answers.cases

    @property
    def agreed(self) -> int:
        """On how many of them both frameworks agree."""
        return self._answers.agreed

    def prepare(self, cases: Sequence[Case], progress: Progress) -> None:
        """Have the answers to all these cases at hand."""
        self._answers.prepare([c for c in cases if c.id not in self._kept], progress)

    def oracle(self, case: Case) -> Oracle:
        """The answer to a case. Raises OracleFileError if there is none."""
        return (self._local if case.id in self._kept else self._answers).oracle(case)


_ADVICE = "Correct it, or delete it."


def _parsed(case_id: str, where: str) -> Case:
    try:
        case = Case.parse(case_id)
    except SelectionError as error:
        raise SelectionError(f"{where}: {error} {_ADVICE}") from None
    if not case.exists:
        raise SelectionError(
            f"{where}: there is no case {case.id}: its sizes and options do not fit. {_ADVICE}"
        )
    return case


def _replace(path: Path, text: str) -> None:
    import tempfile  # slow to import, and only needed here

    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        raise CrosscheckError(f"Cannot write {path}: {error.strerror}.") from None
