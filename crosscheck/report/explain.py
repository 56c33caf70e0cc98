"""The mathematics of a layer on a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from crosscheck.explain import Accepted, Argument, Explanation, Line

_WIDEST = 100  # longer lines are hard to read
_LONG = 40  # a longer formula does not push the shapes of the others to the right
_HEADING, _NAME, _SHAPE, _ASIDE, _BULLET = "bold blue", "bold", "cyan", "dim", "yellow"
_NOTATION = (
    (r"@", "@ product of matrices, · element by element"),
    (r"ᵀ", "ᵀ transposed"),
    (r" [>=] \w+\]", "[c] 1 if c, else 0"),
    (r"⋆", "⋆ as in conv"),
)


def show_explanation(told: Explanation, console: Console) -> None:
    """Print it; in 80 columns nothing but sentences has to wrap."""
    console.width = min(console.width, _WIDEST)
    _print(console, Text(told.name, _NAME))
    _hang(console, Text(), told.about)
    _show_call(told, console)
    _heading(console, "with", told.dims)
    _show_arguments(told.arguments, console)
    _heading(console, "forward")
    _show_lines(told.forward, console)
    upstream = ", ".join(f"{a.name} {a.shape}" for a in told.upstream)
    _heading(console, "backward", f"given {upstream}" if upstream else "")
    _show_lines(told.backward, console)
    if notation := ", ".join(_notation(told)):
        _hang(console, Text("  "), notation, _ASIDE)
    _show_list("pitfalls", told.pitfalls, console)
    for warned, heading in ((False, "also accepted"), (True, "accepted with a warning")):
        others = [_accepted(other) for other in told.accepted if other.warned == warned]
        _show_list(heading, others, console)
    _show_sources(told, console)


def show_others(function: str, layers: Sequence[str], console: Console) -> None:
    """Print which other layers have a function of that name."""
    if layers:
        _heading(console, "see also", f"{', '.join(layers)}: with {function}, too")


def _print(console: Console, text: Text) -> None:
    text.rstrip()
    console.print(text, soft_wrap=True)


def _hang(console: Console, head: Text, text: str, style: str = "") -> None:
    """Print ``text`` beside ``head``, where it wraps below itself."""
    indent = head.cell_len
    parts = Text(text, style).wrap(console, max(console.width - indent, 20))
    for i, part in enumerate(parts or [Text()]):
        _print(console, Text.assemble(" " * indent if i else head, part))


def _heading(console: Console, text: str, aside: str = "") -> None:
    console.print()
    _hang(console, Text.assemble((text, _HEADING), "  " * bool(aside)), aside, _ASIDE)


def _show_call(told: Explanation, console: Console) -> None:
    _heading(console, "call")
    for signature in told.signatures:
        call, _, returned = signature.partition(" -> ")
        if len(signature) + 2 <= console.width:
            _print(console, Text(f"  {signature}"))
        else:
            _hang(console, Text("  "), call)
            _hang(console, Text("      -> "), returned)
    for name, holds in told.bundles:
        _hang(console, Text(f"  {name}: "), ", ".join(holds))
    if told.also:
        _hang(console, Text("  also ", _ASIDE), ", ".join(told.also), _ASIDE)


def _show_arguments(arguments: Sequence[Argument], console: Console) -> None:
    names = max((cell_len(a.name) for a in arguments), default=0)
    shapes = max((cell_len(a.shape) for a in arguments), default=0)
    for a in arguments:
        head = Text.assemble("  ", (_padded(a.name, names), _NAME), "  ")
        head.append(_padded(a.shape, shapes) + "  ", _SHAPE)
        _hang(console, head, a.meaning)


def _show_lines(lines: Sequence[Line | str], console: Console) -> None:
    """Names, formulas, shapes and notes in columns, as far as they fit; sentences between them."""
    steps = [line for line in lines if isinstance(line, Line)]
    names = max((cell_len(s.name) for s in steps), default=0)
    rests = max(
        (cell_len(s.rest) for s in steps if s.shape and cell_len(s.rest) <= _LONG), default=0
    )
    shapes = max((cell_len(s.shape) for s in steps), default=0)
    adds = any(s.rest.startswith("+=") for s in steps)  # the other signs stand below its second
    for line in lines:
        if isinstance(line, str):
            _hang(console, Text("  "), line)
            continue
        formula = Text.assemble("  ", (_padded(line.name, names), _NAME * line.judged), " ")
        formula.append(_padded(" " * (adds and line.rest[:2] != "+=") + line.rest, rests + adds))
        formula.append("  " + _padded(line.shape, shapes), _SHAPE)
        beside = Text.assemble(formula, "  ", (line.note, _ASIDE))
        if beside.cell_len <= console.width or not line.note:
            _print(console, beside)
        else:
            _print(console, formula)
            _hang(console, Text(" " * (names + 5)), line.note, _ASIDE)


def _padded(text: str, width: int) -> str:
    """In so many cells: x̂ is two characters in one."""
    return text + " " * (width - cell_len(text))


def _notation(told: Explanation) -> list[str]:
    """The signs that are used and may not be known."""
    lines = (*told.forward, *told.backward)
    text = "\n".join(x if isinstance(x, str) else f"{x.name} {x.rest}" for x in lines)
    return [meaning for sign, meaning in _NOTATION if re.search(sign, text)]


def _show_list(heading: str, texts: Sequence[str], console: Console) -> None:
    if texts:
        _heading(console, heading)
    for text in texts:
        _hang(console, Text("  • ", _BULLET), text)


def _accepted(other: Accepted) -> str:
    return f"{', '.join(other.quantities)}: {other.reason}"


def _show_sources(told: Explanation, console: Console) -> None:
    rows = [*told.references, *([("source", told.source)] if told.source else [])]
    if rows:
        _heading(console, "answers from")
    for name, text in rows:
        _hang(console, Text.assemble("  ", (_padded(name, 6), _NAME), "  "), text)
