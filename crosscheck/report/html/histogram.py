"""How the points are spread: bars, and the same in words and numbers."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from crosscheck.text import counted

_BINS = 20
_WIDTH, _HEIGHT = 600.0, 150.0  # of the bars' area
_GAP = 3.0


@dataclass(frozen=True)
class Bar:
    """``said``: the range of shares that it stands for."""

    x: float
    y: float
    width: float
    height: float
    count: int
    said: str


@dataclass(frozen=True)
class Histogram:
    """``what`` is counted; ``words`` says what the bars show."""

    what: str
    bars: Sequence[Bar]
    ticks: Sequence[tuple[float, str]]
    words: str


def histogram(
    what: str, values: Sequence[float], of: float, *, whole: bool = False
) -> Histogram | None:
    """Of values from 0 to ``of``, ``whole`` ones with a bar for each; None if there are none."""
    if not values or of <= 0:
        return None
    bins = int(of) + 1 if whole else _BINS
    counts = [0] * bins
    for value in values:
        place = int(value) if whole else int(value / of * bins + 1e-9)
        counts[min(bins - 1, max(0, place))] += 1
    step = _WIDTH / bins
    gap = min(_GAP, step / 4)
    bars = [
        Bar(
            round(i * step + gap / 2, 1),
            _HEIGHT - (height := round(_HEIGHT * count / max(counts), 1)),
            round(step - gap, 1),
            height,
            count,
            str(i) if whole else _range(i, of),
        )
        for i, count in enumerate(counts)
    ]
    return Histogram(what, bars, _ticks(of, step, whole), _in_words(values, of))


def _ticks(of: float, step: float, whole: bool) -> list[tuple[float, str]]:
    """Below the middles of the bars of whole values; else at quarters of the way."""
    if whole:
        every = -(-int(of) // 10)
        return [(round((i + 0.5) * step, 1), str(i)) for i in range(0, int(of) + 1, every)]
    return [(_WIDTH * share, _short(of * share)) for share in (0, 0.25, 0.5, 0.75, 1)]


def _short(value: float) -> str:
    """With one decimal, where there is any."""
    return f"{value:.1f}".removesuffix(".0")


def _range(i: int, of: float) -> str:
    first, last = (_short(of * n / _BINS) for n in (i, i + 1))
    return f"{first} to {last}" if i == _BINS - 1 else f"{first} to below {last}"


def _in_words(values: Sequence[float], of: float) -> str:
    full, none = sum(v >= of for v in values), sum(v <= 0 for v in values)
    text = f"Median {_short(statistics.median(values))} of {_short(of)}"
    if len(values) > 3:
        low, _, high = statistics.quantiles(values, n=4, method="inclusive")
        text += f"; the middle half from {_short(low)} to {_short(high)}"
    return f"{text}. {counted(full, 'submission')} with all, {none} with none."
