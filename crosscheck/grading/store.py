"""Results as they come: what is written stays, whatever happens to the grader afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crosscheck.grading.durable import Appended, cannot_write, replace, sync_folder
from crosscheck.grading.errors import GradingError
from crosscheck.grading.graded import Graded, is_ours, line
from crosscheck.grading.lock import Lock
from crosscheck.grading.names import natural
from crosscheck.grading.plan import Plan
from crosscheck.grading.rows import (
    HEAD,
    REPAIR,
    RESULTS,
    TIMINGS,
    Block,
    raw,
    read_head,
    scan,
    timings,
)

PREVIOUS = "results.previous.jsonl"

_SAID = {
    "oracle": "another oracle",
    "config": "another configuration",
    "selection": "other layers or dtypes",
    "limits": "other limits",
    "isolation": "another isolation",
    "adapter": "another adapter",
    "file": "another --file",
}


class Store:
    """A results folder that is ours while it is open.

    ``again``: whether a folder that was graded with something else is begun anew. Raises
    GradingError if it is another grader's, was graded with something else, or is damaged.
    ``notes``: what was done to what was there, for people.
    """

    def __init__(self, folder: Path, plan: Plan, *, again: bool = False) -> None:
        self.folder, self.notes = folder, list[str]()
        self._path, self._head = folder / RESULTS, plan.head()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise GradingError(f"Cannot make the folder {folder}: {error.strerror}.") from None
        self._lock = Lock(folder)
        try:
            self._begin(again)
            self._blocks, end = self._kept()
            self._file, self._timings = Appended(self._path), Appended(folder / TIMINGS)
            self._file.cut(end)
        except BaseException:
            self._lock.release()
            raise

    def close(self) -> None:
        """Let others in."""
        for file in (self._file, self._timings):
            file.close()
        self._lock.release()

    def __len__(self) -> int:
        """How many submissions it has."""
        return len(self._blocks)

    def has(self, name: str, key: str) -> bool:
        """Whether a submission of that key is graded; not if it failed through our own fault."""
        block = self._blocks.get(name)
        return block is not None and block.key == key and not block.ours

    def add(self, graded: Graded) -> None:
        """Write the rows of one submission, all or none. Raises GradingError."""
        content, last = b"".join(map(line, graded.rows)), graded.rows[-1]
        if not self._open:
            self._unfinished()
        start, name = self._file.size, last["submission"]
        self._file.append(content)
        ours = is_ours(last["closing"])
        self._blocks[name] = Block(last["key"], start, start + len(content), ours)
        took = {"submission": name, "seconds": round(graded.seconds, 3)}
        self._timings.append(line(took), sync=False)

    def finish(self) -> None:
        """Sort what is there, each submission once: the bytes depend on the results alone.

        Nothing can be added afterwards.
        """
        self._file.close()  # Windows replaces no open file
        self._timings.close()
        names = sorted(self._blocks, key=natural)
        replace(self._path, (raw(self._path, self._blocks[name]) for name in names))
        seconds = timings(self.folder / TIMINGS)
        rows = ({"submission": n, "seconds": seconds[n]} for n in names if n in seconds)
        replace(self.folder / TIMINGS, map(line, rows))
        write_head(self.folder, {**self._head, "graded": len(names)})

    def _begin(self, again: bool) -> None:
        before = read_head(self.folder)
        self._open = before is None or before["graded"] is None
        if before is not None:
            differs = _differences(before, self._head)
            if not differs:
                return
            if not again and differs != ["crosscheck"]:
                said = " and ".join(_SAID.get(name, name) for name in differs)
                raise GradingError(
                    f"{self.folder} has results that were graded with {said}. Name another folder "
                    "with --out, or grade everything again with --again."
                )
            self._set_aside(before)
        self._unfinished()

    def _unfinished(self) -> None:
        write_head(self.folder, {**self._head, "graded": None})
        self._open = True

    def _set_aside(self, before: Mapping[str, Any]) -> None:
        try:
            if self._path.exists():
                self._path.replace(self.folder / PREVIOUS)
                sync_folder(self.folder)
        except OSError as error:
            raise cannot_write(self.folder / PREVIOUS, error) from None
        self.notes.append(
            f"What crosscheck {before.get('crosscheck')} found is in {PREVIOUS} now: everything is "
            "graded again."
        )

    def _kept(self) -> tuple[dict[str, Block], int]:
        """What is there as a whole, and where it ends; a piece that a power cut has left does not
        count.
        """
        found = scan(self._path)
        if found.damaged and found.damaged[1] < found.end:
            raise GradingError(f"{self._path}, line {found.damaged[0]}: this is no row. {REPAIR}")
        return found.blocks, found.end


def write_head(folder: Path, head: Mapping[str, Any]) -> None:
    """Say what a folder is graded with. Raises GradingError."""
    text = json.dumps(head, sort_keys=True, indent=1) + "\n"
    replace(folder / HEAD, [text.encode("ascii")])


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The names of what differs; not the names of files, nor points, which no result depends on."""
    plain = json.loads(json.dumps(now))
    names = ("crosscheck", *_SAID)
    contents = {"oracle": "sha256", "config": "text"}

    def part(head: Mapping[str, Any], name: str) -> Any:
        value = head.get(name)
        inside = contents.get(name)
        return value.get(inside) if inside and isinstance(value, dict) else value

    return [name for name in names if part(before, name) != part(plain, name)]
