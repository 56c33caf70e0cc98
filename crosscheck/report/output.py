"""What code under test printed, with its repetitions said in a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from crosscheck.text import counted, printable

_LONGEST = 5  # lines that are seen to come again together


def show_output(title: str, text: str, console: Console) -> None:
    """Print what was printed under a title; nothing if nothing was."""
    if text.strip():
        console.print(Text(f"\n{printable(title)}", "bold"), soft_wrap=True)
        console.print(Text(printable(collapsed(text.rstrip())), "dim"), soft_wrap=True)


def collapsed(text: str) -> str:
    """The text with each line, or few lines, that come again and again once, and how often."""
    lines = text.split("\n")
    return "\n".join(_collapsed([line.rstrip("\r") for line in lines]))


def _collapsed(lines: Sequence[str]) -> Iterator[str]:
    start = 0
    while start < len(lines):
        length, again = _repeated(lines, start)
        yield from lines[start : start + length]
        start += length * (again + 1)
        if again:
            which = f"these {length} lines " if length > 1 else ""
            yield f"… {which}{counted(again, 'more time')}"


def _repeated(lines: Sequence[str], start: int) -> tuple[int, int]:
    """How many lines from there come again at once, and how often; where that is worth a word."""
    for length in range(1, _LONGEST + 1):
        block, again = lines[start : start + length], 0
        while lines[start + (again + 1) * length :][:length] == block:
            again += 1
        if again * length > 1:
            return length, again
    return 1, 0
