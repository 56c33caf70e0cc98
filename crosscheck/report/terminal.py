"""The report on a terminal: a table of layers and dtypes, then each finding in full."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crosscheck.dtypes import FORMATS
from crosscheck.finding import WARNING, WRONG, Finding
from crosscheck.report.again import command, nearby
from crosscheck.report.record import LayerReport, Report
from crosscheck.report.skipped import not_run
from crosscheck.text import counted, printable
from crosscheck.theirs import Theirs
from crosscheck.worker.session import Notes

_STYLES = {WRONG: "bold red", WARNING: "yellow"}
_MARKS = {WRONG: "✗", WARNING: "!"}
_TEXT_WIDTH = 80
_NAMED = 8  # layers that a target lacks; of more only the number is of use


def show(report: Report, console: Console) -> None:
    """Print a whole report."""
    show_target(report.target, console)
    for layer in report.layers.values():
        show_layer(layer, report.target, report.oracle_option, console)
    show_summary(report, console)


def show_target(target: str, console: Console) -> None:
    """Print what is checked; functions of a running Python have no name as a target."""
    if target:
        console.print(Text.assemble(("crosscheck ", "bold"), printable(target)), soft_wrap=True)


def show_layer(layer: LayerReport, target: str, oracle_option: str, console: Console) -> None:
    """Print each finding about a layer in full, with what explains it."""
    told: set[str] = set()
    for place, group in enumerate(_grouped(layer.findings)):
        first = group[0]
        _show_headline(layer.layer, first, console)
        wrong = first.severity == WRONG
        for hint in layer.diagnosis.hints.get(first.quantity, ()) if wrong else ():
            said = hint.replace(first.quantity, "it")  # once is enough for dx, dw and db
            if said not in told:
                _show_sentence("hint", hint, console)
            told.add(said)
        if wrong and place == 0 and layer.diagnosis.blame:
            _show_sentence("blame", layer.diagnosis.blame, console)
        theirs = layer.diagnosis.theirs.get(first.quantity)
        for label, value in _details(first, group[1:], target, oracle_option, theirs):
            line = Text.assemble((f"    {label:<9}", "dim"), printable(value))
            console.print(line, soft_wrap=True)
        is_shown = wrong and layer.diagnosis.shows == (first.kind, first.quantity)
        if is_shown and layer.diagnosis.instead:
            _show_sentence("see it", layer.diagnosis.instead, console)
        elif is_shown:
            start = _importable_from(first.location, layer.diagnosis.snippet)
            _show_sentence("see it", f"paste this into Python{start}:", console)
            # Not indented: it is to be copied.
            code = printable(layer.diagnosis.snippet.rstrip())
            console.print(Text(f"\n{code}", "cyan"), soft_wrap=True)


def show_summary(report: Report, console: Console) -> None:
    """Print the table of layers, and what it comes to."""
    if report.status == "none":
        _line(console, _nothing_found(report), "yellow")
        _show_conventions(report, console)
        _show_notes(report.notes, console)
        return
    console.print()
    table = _table(report)
    # As wide as it has to be: a column cut off says less than a line that a terminal breaks.
    unlimited = console.options.update(max_width=1000)
    console.width = max(console.width, console.measure(table, options=unlimited).maximum)
    console.print(table)
    _line(console, "Under each dtype: the largest error, as a share of what is allowed.", "dim")
    missing = [n.layer for n in report.layers.values() if not (n.results or n.conventions)]
    if missing:
        named = len(missing) <= _NAMED
        which = ", ".join(missing) if named else f"{len(missing)} of {len(report.layers)} layers"
        _line(console, f"Not in the target: {which}.", "dim")
    _show_conventions(report, console)
    _show_notes(report.notes, console)
    _show_totals(report, console)


def _show_reading(notes: Notes, console: Console) -> None:
    """What of a ``crosscheck.toml`` was followed, and what could not be."""
    if notes.read_with:
        _line(console, notes.read_with, "dim")
    for text in notes.absent:
        _line(console, f"Not read: {text}", "yellow")


def _show_conventions(report: Report, console: Console) -> None:
    """How each layer was read, and what of it was not run."""
    for layer in report.layers.values():
        for convention in layer.conventions:
            _line(console, f"{layer.layer}: {convention}.", "dim")
        if layer.skipped:
            told = not_run(layer.skipped, {f.kind for f in layer.findings})
            _line(console, f"{layer.layer}: {told}", "yellow")
    _show_reading(report.notes, console)


def _show_notes(notes: Notes, console: Console) -> None:
    if notes.shimmed:
        _line(console, f"Shimmed, for it is not here: {', '.join(notes.shimmed)}.", "dim")
    for text in (*notes.outdated, *notes.unread):
        _line(console, f"{_MARKS[WARNING]} {text.removesuffix('.')}.", _STYLES[WARNING])


def as_text(finding: Finding) -> str:
    """A finding in full, as plain text of several lines."""
    lines = [*_evidence(finding), ("severity", f"{finding.severity} ({finding.kind})")]
    if finding.location:
        lines.append(("code", nearby(finding.location)))
    lines.append(("case", finding.case))
    return finding.message + "".join(f"\n    {label:<9}{value}" for label, value in lines)


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(Text(printable(text), style=style), soft_wrap=True)


def _nothing_found(report: Report) -> str:
    if read := [n.layer for n in report.layers.values() if n.conventions]:
        return f"Nothing could be judged: no case suits {', '.join(read)} as it is read."
    if _is_empty(report.target):
        return f"{report.target} is empty."
    names = _names(report)
    which = (
        f"none of these: {', '.join(names)}" if len(names) <= _NAMED else "no layer that is known"
    )
    own = (
        "Are they called otherwise? crosscheck init TARGET writes a crosscheck.toml that maps them."
    )
    if report.notes.read_with:  # there is one
        own = (
            "Are they called otherwise? Say so in crosscheck.toml: docs/crosscheck-toml.md has how."
        )
    return f"The target defines {which}. crosscheck layers lists the names. {own}"


def _is_empty(target: str) -> bool:
    with suppress(OSError, ValueError):  # a module's name, or no name that a file can have
        return Path(target).is_file() and not Path(target).read_bytes().strip()
    return False


def _names(report: Report) -> list[str]:
    from crosscheck.layers import catalogue

    known = [catalogue()[name] for name in report.layers if name in catalogue()]
    return list(dict.fromkeys(n for layer in known for n in layer.functions))


def _table(report: Report) -> Table:
    """A row for each layer; under each dtype its largest error, as a share of what is allowed."""
    found = [layer for layer in report.layers.values() if layer.results]
    used = {r.case.format.name for layer in found for r in layer.results}
    dtypes = [name for name in FORMATS if name in used]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("layer", no_wrap=True, style="bold")
    for name in ("cases", "exact", "no evidence", *dtypes):
        table.add_column(name, justify="right")
    table.add_column("findings")
    for layer in found:
        table.add_row(layer.layer, *_row(layer, dtypes))
    return table


def _row(layer: LayerReport, dtypes: Sequence[str]) -> list[str | Text]:
    weak = sum(r.underpowered for r in layer.results)
    exact = sum(r.power.exact for r in layer.results)
    worst: dict[str, float] = {}
    for r in layer.results:
        worst[r.case.format.name] = max(worst.get(r.case.format.name, 0.0), r.worst)
    judged = layer.status not in ("unfinished", "unjudged")
    errors = [
        Text(_percent(worst[d]), style="red" if worst[d] > 1 else "")
        if d in worst and judged
        else Text()
        for d in dtypes
    ]
    counts = [str(len(layer.results)), str(exact or ""), str(weak or "")]
    return [*counts, *errors, _verdict(layer.findings)]


def _percent(fraction: float) -> str:
    """An error as a share of what is allowed; ∞ where nothing is allowed, or it is not finite."""
    if fraction <= 1:
        return f"{fraction:.0%}"
    return "∞" if math.isinf(fraction) else f"{fraction:.2g} ×"


def _verdict(findings: Sequence[Finding]) -> Text:
    if not findings:
        return Text("✓", style="green")
    verdict = Text()
    for severity in (WRONG, WARNING):
        kinds = sorted({f.kind for f in findings if f.severity == severity})
        if kinds:
            verdict.append("  " if verdict else "")
            verdict.append(f"{_MARKS[severity]} {', '.join(kinds)}", style=_STYLES[severity])
    return verdict


def _grouped(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings of one kind about one quantity together, each group's smallest case first."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for f in findings:
        groups.setdefault((f.severity, f.kind, f.quantity), []).append(f)
    return list(groups.values())


def _show_headline(layer: str, finding: Finding, console: Console) -> None:
    console.print()
    message = printable(f"{_MARKS[finding.severity]} {layer}: {finding.message}")
    console.print(Text(message, _STYLES[finding.severity]), soft_wrap=True)


def _show_sentence(label: str, text: str, console: Console) -> None:
    """Broken into lines that begin below one another."""
    for i, line in enumerate(textwrap.wrap(printable(text), _TEXT_WIDTH)):
        beginning = "" if i else label
        console.print(Text.assemble((f"    {beginning:<9}", "dim"), line), soft_wrap=True)


def _details(
    finding: Finding,
    others: Sequence[Finding],
    target: str,
    oracle_option: str,
    theirs: Theirs | None,
) -> Iterable[tuple[str, str]]:
    yield from _evidence(finding, theirs)
    if finding.location:
        yield "code", nearby(finding.location)
    if target:
        yield "repeat", command(target, finding.case, oracle_option)
    else:
        yield "case", finding.case
    if others:
        yield "also in", _summed_up(others)


def _evidence(finding: Finding, theirs: Theirs | None = None) -> Iterable[tuple[str, str]]:
    """The worst element, if there is one."""
    if finding.got is not None and finding.expected is not None and finding.allowed is not None:
        if finding.index:
            place = f"{finding.quantity}[{', '.join(map(str, finding.index))}]"
            yield "where", f"{place}, the worst of {finding.elements}"
        if theirs:
            yield "called", f"{theirs.place(finding.index)} in your code"
        got, expected = _told_apart(finding.got, finding.expected)
        yield "got", got
        yield "expected", f"{expected}  ± {finding.allowed:.2g} allowed"


def _importable_from(location: str, code: str) -> str:
    """Where Python must be started for what the code imports from a file; empty if it is here."""
    path = Path(location.rpartition(":")[0])
    with suppress(OSError):
        if path.is_file() and f"{path.stem} import " in code:
            folder = next(f for f in path.parents if not (f / "__init__.py").is_file())
            return "" if folder == Path.cwd() else f", started in {nearby(str(folder))}"
    return ""


def _told_apart(got: float, expected: float) -> tuple[str, str]:
    """Both numbers with as many digits as it takes to see the difference."""
    for digits in (6, 9, 12):
        pair = f"{got:.{digits}g}", f"{expected:.{digits}g}"
        if pair[0] != pair[1]:
            return pair
    return repr(got), repr(expected)


def _summed_up(findings: Sequence[Finding]) -> str:
    parts = [f.case.split("/") for f in findings]
    dtypes, scenarios = (list(dict.fromkeys(p[i] for p in parts)) for i in (1, 2))
    shown = ", ".join(scenarios[:6]) + (", …" if len(scenarios) > 6 else "")
    return f"{counted(len(findings), 'other case')}: {', '.join(dtypes)}; {shown}"


def _show_totals(report: Report, console: Console) -> None:
    console.print()
    results = [r for layer in report.layers.values() for r in layer.results]
    wrong, warned = report.count(WRONG), report.count(WARNING)
    layers = sum(bool(layer.results) for layer in report.layers.values())
    took = f"in {report.seconds:.1f} s"
    text = f"{counted(layers, 'layer')}, {counted(len(results), 'case')} {took}: "
    if wrong:
        text += f"wrong in {wrong}"
    else:
        text += "nothing wrong"
    if warned:
        text += f", warnings in {warned}"
    if unfinished := sum(layer.status == "unfinished" for layer in report.layers.values()):
        are = "is" if unfinished == 1 else "are"
        text += f", {counted(unfinished, 'layer')} {are} unfinished"
    if report.notes.unread:
        text += f", {counted(len(report.notes.unread), 'part')} not read"
    text += "."
    style = "bold red" if wrong else "yellow" if report.status == "warning" else "bold green"
    _line(console, text, style)
    if len(results) == 1:
        floor = f"{results[0].power.floor:.1e}" if results[0].power.floor else "0, it is exact"
        _line(console, f"The smallest relative error that this case can see: {floor}.", "dim")
    untested = sum(r.power.untested for r in results)
    weak = sum(r.underpowered for r in results)
    if weak or untested:
        _line(
            console,
            f"No evidence: {counted(weak, 'case')} could not see an error of 10 %; not tested: "
            f"{counted(untested, 'element')} beyond what the dtype can promise.",
            "dim",
        )
    for dtype, reason in report.left_out.items():
        _line(console, f"Left out: {dtype}. {reason}", "yellow")
    p = report.provenance
    _line(
        console,
        f"Oracle: {p.source}, recorded {p.recorded[:10]}; torch {p.torch} and jax {p.jax} agreed "
        f"on {report.agreed} of {report.cases_known} cases.",
        "dim",
    )
