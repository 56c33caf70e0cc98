"""Where in an array the errors are, as a picture: rectangles by row and column."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from crosscheck.report.html.words import as_float, times
from crosscheck.text import counted
from crosscheck.theirs import Theirs

# An error in units of what is allowed, and how it is drawn: up to there, and in which words.
LEVELS = (
    (0.5, "a", "up to ½"),
    (1.0, "b", "½ to 1: still right"),
    (10.0, "d", "1 to 10: wrong"),
    (1000.0, "e", "10 to 1,000"),
    (math.inf, "f", "over 1,000"),
)
NOT_FINITE = ("n", "NaN, infinite, or nothing is allowed")
_EACH = 1024  # more cells than this are drawn in runs, to keep a page small
_LISTED = 4  # rows or columns; of more only the number is said
_WIDEST, _HIGHEST = 384, 288  # pixels
SIDE = 12  # of a cell, in the picture's own units


@dataclass(frozen=True)
class Rect:
    """A cell, or a run of cells of one row that are drawn alike."""

    x: float
    y: float
    width: float
    height: float
    level: str
    title: str


@dataclass(frozen=True)
class ErrorMap:
    """A picture, and the same in words. ``called``: what the code calls it."""

    quantity: str
    case: str
    size: str
    width: int
    height: int
    rects: Sequence[Rect]
    words: str
    called: str = ""

    @property
    def shown_width(self) -> float:
        """In pixels: small cells are enlarged, and no picture is large."""
        scale = min(1.5, _WIDEST / self.width, _HIGHEST / self.height)
        return round(scale * self.width, 1)


@dataclass(frozen=True)
class _Tiles:
    """The last two axes of an array of more than two as pictures of their own, with those along the
    axis before ``beside`` one another.
    """

    high: int
    wide: int
    beside: int

    @classmethod
    def of(cls, rows: list[list[float]], shape: tuple[int, ...]) -> _Tiles:
        """One picture where the array is a matrix, or its cells were put together."""
        wide = len(rows[0])
        if len(shape) > 2 and shape[-1] == wide and math.prod(shape[:-1]) == len(rows):
            return cls(shape[-2], wide, shape[-3])
        return cls(len(rows), wide, 1)

    def place(self, row: int) -> tuple[int, int]:
        """Where a row begins."""
        tile, inside = divmod(row, self.high)
        below, beside = divmod(tile, self.beside)
        return beside * (self.wide + 1) * SIDE, (below * (self.high + 1) + inside) * SIDE

    @property
    def width(self) -> int:
        """Of all together."""
        return (self.beside * (self.wide + 1) - 1) * SIDE


def error_map(
    quantity: str, given: Mapping[str, Any], theirs: Theirs | None = None
) -> ErrorMap | None:
    """The picture of ``{"case", "shape", "misfit"}``; None if there is nothing to draw."""
    rows = [[as_float(value) for value in row] for row in given.get("misfit", ())]
    if not rows or not rows[0] or len({len(row) for row in rows}) > 1:
        return None
    shape = tuple(int(n) for n in given.get("shape", ()))
    tiles = _Tiles.of(rows, shape)
    return ErrorMap(
        quantity,
        str(given.get("case", "")),
        " × ".join(map(str, shape)) or "a number",
        tiles.width,
        tiles.place(len(rows) - 1)[1] + SIDE,
        list(_rects(quantity, rows, shape, tiles)),
        _in_words(quantity, rows, shape),
        _called(theirs) if theirs else "",
    )


def _called(theirs: Theirs) -> str:
    return f"{theirs.name}, its axes turned" if theirs.is_turned else theirs.name


def level_of(misfit: float) -> str:
    """How an error is drawn."""
    if not math.isfinite(misfit):
        return NOT_FINITE[0]
    return next(level for most, level, _ in LEVELS if misfit <= most)


def _is_wrong(misfit: float) -> bool:
    return not misfit <= 1  # NaN too


def _rects(
    quantity: str, rows: list[list[float]], shape: tuple[int, ...], tiles: _Tiles
) -> Iterator[Rect]:
    each = len(rows) * len(rows[0]) <= _EACH
    for r, row in enumerate(rows):
        if each:
            runs = [[c] for c in range(len(row))]
        else:
            drawn = [level_of(misfit) for misfit in row]
            runs = [list(run) for _, run in groupby(range(len(row)), drawn.__getitem__)]
        for run in runs:
            worst = max((row[c] for c in run), key=lambda m: math.inf if math.isnan(m) else m)
            place = _place(quantity, r, run, rows, shape)
            yield _rect(tiles.place(r), run, worst, f"{place}: {times(worst)}")


def _rect(place: tuple[int, int], run: list[int], worst: float, title: str) -> Rect:
    """Wrong cells fill their square; right ones leave a gap around them, for eyes that do not tell
    the colours apart.
    """
    gap = 0.5 if _is_wrong(worst) else 3.0
    x, y, width = place[0] + run[0] * SIDE, place[1], len(run) * SIDE
    return Rect(x + gap, y + gap, width - 2 * gap, SIDE - 2 * gap, level_of(worst), title)


def _place(
    quantity: str, r: int, run: list[int], rows: list[list[float]], shape: tuple[int, ...]
) -> str:
    """``dw[2, 3]``; where cells were put together, the row and column of the picture."""
    across = len(rows[0])
    if math.prod(shape) != len(rows) * across:
        return f"part {r + 1} of {len(rows)} down, {run[0] + 1} of {across} across"
    first, last = (_index(r * across + c, shape) for c in (run[0], run[-1]))
    return f"{quantity}{first}" if first == last else f"{quantity}{first} to {last}"


def _index(flat: int, shape: tuple[int, ...]) -> str:
    index = []
    for size in reversed(shape):
        flat, rest = divmod(flat, size)
        index.append(str(rest))
    return f"[{', '.join(reversed(index))}]" if index else ""


def _in_words(quantity: str, rows: list[list[float]], shape: tuple[int, ...]) -> str:
    """How many are wrong, where, and how far the worst is off."""
    wrong = [(r, c) for r, row in enumerate(rows) for c, m in enumerate(row) if _is_wrong(m)]
    whole = math.prod(shape) == len(rows) * len(rows[0])
    cells = len(rows) * len(rows[0])
    noun = "element" if whole else "part"
    if not wrong:
        return f"No {noun} of {quantity} is wrong in this case."
    if len(wrong) == cells:
        where = f"Every {noun} is wrong" if cells > 1 else f"Its only {noun} is wrong"
    else:
        lines = _lines(quantity, wrong, rows, shape)
        where = f"{len(wrong)} of {counted(cells, noun)} are wrong{lines}"
    odd = sum(not math.isfinite(rows[r][c]) for r, c in wrong)
    finite = [rows[r][c] for r, c in wrong if math.isfinite(rows[r][c])]
    worst = f"the largest error is {times(max(finite))}" if finite else ""
    unmeasured = "cannot be measured: NaN, infinite, or nothing is allowed"
    escaped = f"{odd} {unmeasured}" if odd else ""
    return "; ".join(filter(None, [where, worst, escaped])) + "."


def _lines(
    quantity: str, wrong: list[tuple[int, int]], rows: list[list[float]], shape: tuple[int, ...]
) -> str:
    """Whole rows or columns of a matrix, or elements of a vector, if the errors are just those."""
    if math.prod(shape) != len(rows) * len(rows[0]) or len(shape) not in (1, 2):
        return ""
    of_rows, of_columns = sorted({r for r, _ in wrong}), sorted({c for _, c in wrong})
    if len(shape) == 1:
        places = [f"{quantity}[{c}]" for c in of_columns]
    elif len(of_rows) * shape[1] == len(wrong):
        places = [f"{quantity}[{r}, :]" for r in of_rows]
    elif len(of_columns) * shape[0] == len(wrong):
        places = [f"{quantity}[:, {c}]" for c in of_columns]
    else:
        return ""
    return f": {', '.join(places)}" if len(places) <= _LISTED else ""
