"""Stored rows, read again: which submissions of ``results.jsonl`` are there as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crosscheck.grading.errors import GradingError
from crosscheck.grading.graded import is_ours
from crosscheck.grading.names import natural
from crosscheck.grading.plan import SCHEMA

RESULTS, TIMINGS, HEAD = "results.jsonl", "timings.jsonl", "grading.json"


@dataclass(frozen=True)
class Block:
    """Where the rows of one submission lie; ``ours``: it could not be judged, through our fault."""

    key: str
    start: int
    end: int
    ours: bool = False


@dataclass
class Scan:
    """What is in a file of rows. ``end``: of the last submission that is there as a whole.

    ``damaged`` and ``unclosed``: the first line that is no row, and the first that closes rows
    which are not all there; ``torn``: whether the last line has no end.
    """

    blocks: dict[str, Block] = field(default_factory=dict)
    end: int = 0
    damaged: tuple[int, int] | None = None
    unclosed: int | None = None
    torn: bool = False


def scan(path: Path) -> Scan:
    """Every row of a file, one at a time. Raises GradingError if it cannot be read."""
    found, begun, end = Scan(), _Begun("", ""), 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                start, end = end, end + len(line)
                if not line.endswith(b"\n"):
                    found.torn = True
                    break
                row = _row(line)
                if row is None:
                    found.damaged = found.damaged or (number, start)
                    begun = _Begun("", "")
                    continue
                if (row["submission"], row["key"]) != (begun.submission, begun.key):
                    begun = _Begun(row["submission"], row["key"])
                begun.starts.append(start)
                if "closing" not in row:
                    begun.names.append(row["name"])
                    continue
                _close(found, begun, row["closing"], (number, end))
                begun = _Begun("", "")
    except FileNotFoundError:
        return found
    except OSError as error:
        raise GradingError(f"{path} cannot be read: {error.strerror}.") from None
    return found


@dataclass
class _Begun:
    """Rows of one submission that are not closed yet."""

    submission: str
    key: str
    names: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)


def _close(found: Scan, begun: _Begun, closing: dict[str, Any], at: tuple[int, int]) -> None:
    number, end = at
    count = len(closing["layers"])
    if begun.names[len(begun.names) - count :] != closing["layers"] or count > len(begun.names):
        found.unclosed = found.unclosed or number
        return
    start = begun.starts[-count - 1]  # what comes before is of a run that did not close it
    found.blocks[begun.submission] = Block(begun.key, start, end, is_ours(closing))
    found.end = end


def _row(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
        right = isinstance(row["submission"], str) and isinstance(row["key"], str)
        if "closing" in row:
            right = right and isinstance(row["closing"]["layers"], list)
        else:
            right = right and isinstance(row["name"], str) and isinstance(row["layer"], dict)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return row if right else None


@dataclass(frozen=True)
class StoredSubmission:
    """The stored results of one submission: each layer's entry by name, and the closing row's."""

    name: str
    key: str
    layers: Mapping[str, dict[str, Any]]
    closing: Mapping[str, Any]


class StoredSubmissions(Sequence[StoredSubmission]):
    """They are read when they are asked for: a class may be larger than the memory."""

    def __init__(self, path: Path, blocks: Mapping[str, Block]) -> None:
        self._path = path
        self._blocks = [blocks[name] for name in sorted(blocks, key=natural)]
        self.names = sorted(blocks, key=natural)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._blocks)

    def __getitem__(self, at: Any) -> Any:
        """One of them, or a list of several."""
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        return _stored(raw(self._path, self._blocks[at]))

    def __iter__(self) -> Iterator[StoredSubmission]:
        """All of them, in the order of their names."""
        return (self[i] for i in range(len(self)))


def raw(path: Path, block: Block) -> bytes:
    """The lines of one submission, as they are stored."""
    with path.open("rb") as file:
        file.seek(block.start)
        return file.read(block.end - block.start)


def _stored(lines: bytes) -> StoredSubmission:
    *rows, last = map(json.loads, lines.splitlines())
    layers = {row["name"]: row["layer"] for row in rows}
    return StoredSubmission(last["submission"], last["key"], layers, last["closing"])


@dataclass(frozen=True)
class Stored:
    """A results folder. ``grading``: what it was graded with; ``submissions``, by name."""

    folder: Path
    grading: Mapping[str, Any]
    submissions: StoredSubmissions
    blocks: Mapping[str, Block]

    @property
    def finished(self) -> bool:
        """Whether the grading came to its end."""
        return self.grading["graded"] is not None

    @property
    def seconds(self) -> dict[str, float]:
        """How long each submission took, as far as that is known."""
        return timings(self.folder / TIMINGS)


def read(folder: Path) -> Stored:
    """The results in a folder, of a grading that has ended or was interrupted.

    Raises GradingError, which names the line, for what is damaged.
    """
    head = read_head(folder)
    if head is None:
        raise GradingError(
            f"There are no results in {folder}. "
            f"Make them with: crosscheck grade SUBMISSIONS --out {folder}"
        )
    path = folder / RESULTS
    found = scan(path)
    if found.damaged or found.unclosed:
        number = found.damaged[0] if found.damaged else found.unclosed
        what = "this is no row" if found.damaged else "rows before it are missing"
        raise GradingError(f"{path}, line {number}: {what}. {REPAIR}")
    if len(found.blocks) < (head["graded"] or 0):
        raise GradingError(
            f"{path} ends too early: it has {len(found.blocks)} of {head['graded']} submissions. "
            "Run the same crosscheck grade again: it grades what is missing."
        )
    return Stored(folder, head, StoredSubmissions(path, found.blocks), found.blocks)


REPAIR = (
    "Delete that line and run the same crosscheck grade again: it grades what is missing. "
    "Or take the file from a backup."
)


def read_head(folder: Path) -> dict[str, Any] | None:
    """What a folder was graded with; None if there is nothing. Raises GradingError."""
    path = folder / HEAD
    try:
        head = json.loads(path.read_bytes())
        right = isinstance(head["graded"], int | None) and {"layers", "submissions"} <= {*head}
        if head["schema"] != SCHEMA or not right:
            raise ValueError(head["schema"])
    except FileNotFoundError:
        if (folder / RESULTS).exists():
            raise GradingError(
                f"{folder} has {RESULTS}, but no {HEAD}: nobody knows what it was graded with. "
                "Name another folder with --out."
            ) from None
        return None
    except OSError as error:
        raise GradingError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise GradingError(
            f"{path} is damaged, or not of this version. Take it from a backup, or name another "
            "folder with --out."
        ) from None
    return head


def timings(path: Path) -> dict[str, float]:
    """Seconds by submission; lines that cannot be read are passed over: they are no result."""
    seconds: dict[str, float] = {}
    if path.is_file():
        for line in path.read_bytes().splitlines():
            try:
                row = json.loads(line)
                seconds[row["submission"]] = float(row["seconds"])
            except (ValueError, KeyError, TypeError):
                continue
    return seconds
