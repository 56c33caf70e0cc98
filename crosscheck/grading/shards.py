"""A class in several parts, for sites that only have a batch queue: cut by name, and merged."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from crosscheck.grading.durable import replace
from crosscheck.grading.errors import GradingError
from crosscheck.grading.graded import line
from crosscheck.grading.lock import Lock
from crosscheck.grading.names import natural, shown
from crosscheck.grading.rows import HEAD, RESULTS, TIMINGS, Stored, raw, read
from crosscheck.grading.store import write_head

# What may differ between parts, and what only differs if something else does.
_ITS_OWN = ("graded", "submissions", "layers")
_SHARD = re.compile(r"([1-9]\d{0,5})/([1-9]\d{0,5})")


@dataclass(frozen=True)
class Shard:
    """Part ``k`` of ``n``, counted from 1."""

    k: int = 1
    n: int = 1

    @staticmethod
    def parse(text: str) -> Shard:
        """``2/3``. Raises ValueError."""
        found = _SHARD.fullmatch(text)
        if not found or int(found[1]) > int(found[2]):
            raise ValueError(f"{text!r} is not K/N with K from 1 to N, as 2/3")
        return Shard(int(found[1]), int(found[2]))

    def has(self, name: str) -> bool:
        """Whether a submission of that name is in it; another one there changes nothing."""
        digest = blake2b(name.encode("utf-8", "backslashreplace"), digest_size=8).digest()
        return int.from_bytes(digest, "big") % self.n == self.k - 1


WHOLE = Shard()


def merge(folders: Sequence[Path], out: Path) -> int:
    """Put the results of several folders into one; the number of submissions.

    Raises GradingError if they were graded with different things, do not agree on a submission,
    or are damaged; or if ``out`` has results already.
    """
    parts = [read(folder) for folder in folders]
    first = parts[0]
    for part in parts:
        _same_plan(first, part)
    chosen: dict[str, Stored] = {}
    for part in parts:
        for name, block in part.blocks.items():
            if name not in chosen or chosen[name].blocks[name].ours:
                chosen[name] = part
            elif not block.ours and _lines(chosen[name], name) != _lines(part, name):
                raise GradingError(
                    f"{chosen[name].folder} and {part.folder} have different results of "
                    f"{shown(name)}: it was changed between the two. Grade it again in both."
                )
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GradingError(f"Cannot make the folder {out}: {error.strerror}.") from None
    with contextlib.closing(_Held(out)):
        _write(out, first, chosen)
    return len(chosen)


class _Held:
    def __init__(self, out: Path) -> None:
        self._lock = Lock(out)
        self.close = self._lock.release
        if (out / RESULTS).exists() or (out / HEAD).exists():
            self.close()
            raise GradingError(f"{out} has results already. Name another folder with -o.")


def _write(out: Path, first: Stored, chosen: dict[str, Stored]) -> None:
    names = sorted(chosen, key=natural)
    seconds: dict[str, float] = {}
    for part in {id(part): part for part in chosen.values()}.values():
        seconds = {**part.seconds, **seconds}
    rows = ({"submission": n, "seconds": seconds[n]} for n in names if n in seconds)
    replace(out / TIMINGS, map(line, rows))
    replace(out / RESULTS, (_lines(chosen[name], name) for name in names))
    write_head(out, {**first.grading, "graded": len(names)})


def _lines(part: Stored, name: str) -> bytes:
    return raw(part.folder / RESULTS, part.blocks[name])


def _same_plan(one: Stored, other: Stored) -> None:
    if not other.finished:
        raise GradingError(
            f"The grading in {other.folder} was interrupted. Run the same crosscheck grade again: "
            "it goes on from there."
        )
    for name, value in one.grading.items():
        if name not in _ITS_OWN and other.grading.get(name) != value:
            raise GradingError(
                f"{one.folder} and {other.folder} cannot be merged: they were graded with another "
                f"{name}. Grade one of them again."
            )
