"""From a request to a report: selects the cases, opens the oracle, checks every layer found."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from crosscheck.adapters import adapter_names, candidates_in
from crosscheck.candidate import Candidate
from crosscheck.case import Case
from crosscheck.config import Config, Reading, read
from crosscheck.examination import CaseResult
from crosscheck.finding import WARNING, WRONG, Finding
from crosscheck.judging import check_cases
from crosscheck.kept import WithKept
from crosscheck.layers import layer_named
from crosscheck.oracle import Oracles
from crosscheck.oracle_file import EMBEDDED, OracleFile
from crosscheck.progress import Progress, counted_on, no_progress
from crosscheck.report.record import LayerReport, Report
from crosscheck.selection import EVERYTHING, OWN_TARGET, Selection, checkable, held, joined
from crosscheck.worker.remote import opened_apart
from crosscheck.worker.session import Workers

_SLOW = 0.3  # seconds for a case; explaining asks many more
_FLOOD = 1_000_000  # characters; more hides everything else, and takes its time


@dataclass(frozen=True)
class Limits:
    """Seconds: for one case, after which it is taken for an endless loop; for all cases of one
    layer, of which the smallest come first; and for explaining what is wrong with it: if 0, no
    smallest case is searched for; and for all layers together.
    """

    case: float = 10.0
    layer: float = 5.0
    explaining: float = 1.0
    whole: float = np.inf


def check(
    target: str = OWN_TARGET,
    selection: Selection = EVERYTHING,
    *,
    oracle: Path | None = None,
    live: bool = False,
    strict: bool = False,
    adapter: str = "",
    config: Config | Path | str | None = None,
    limits: Limits = Limits(),
    progress: Progress = no_progress,
    tell: Callable[[LayerReport], None] = lambda layer: None,
) -> Report:
    """Judge every layer that a target defines.

    ``target``: a module's name, a ``.py`` file or a folder. The answers come from the oracle that
    ships with crosscheck, from the file ``oracle``, or, ``live``, from the frameworks installed.
    It is read as ``config`` says, a file like ``crosscheck.toml``, or by that ``adapter``; what is
    said here comes before what ``config`` says of dtypes and adapter.
    The target runs in a process of its own, within ``limits``. ``tell`` is told of each layer as
    soon as it is judged.
    Raises CrosscheckError, whose text is for people, if that cannot be done.
    """
    if not isinstance(config, Config):
        config = read(Path(config), adapter_names) if config else Config("")
    if adapter:
        config = replace(config, adapter=adapter)
    posed = exam(target, narrowed(selection, config), oracle, live)
    return sit(target, posed, config, strict=strict, limits=limits, progress=progress, tell=tell)


@dataclass(frozen=True)
class Exam:
    """What is asked, and the answers: by layer, its cases. ``left_out``: dtypes that cannot be
    checked here, and why. ``option``: what to say to be judged by the same oracle.
    """

    answers: Oracles
    cases: Mapping[str, Sequence[Case]]
    left_out: Mapping[str, str]
    option: str


def exam(target: str, selection: Selection, oracle: Path | None, live: bool = False) -> Exam:
    """The cases of a selection that can be judged here. Raises CrosscheckError if there is none."""
    answers = _answers(oracle, live)
    if isinstance(answers, OracleFile) and oracle and selection.case is None:
        selected = held(answers, selection, target)
    else:
        selected = selection.cases(target)
        if kept := selection.kept(target):
            selected = joined(selected, kept)
            answers = answers if live else WithKept(answers, chain(*kept.values()))
    return Exam(answers, *checkable(selected), oracle_option(oracle, live))


def sit(
    target: str,
    posed: Exam,
    config: Config,
    *,
    strict: bool = False,
    limits: Limits = Limits(),
    workers: Workers | None = None,
    progress: Progress = no_progress,
    tell: Callable[[LayerReport], None] = lambda layer: None,
) -> Report:
    """Have a target's layers answer an exam, in one of these ``workers``. Raises TargetError."""
    start = time.perf_counter()
    reading, layers = Reading(config.adapter, config.maps), map(layer_named, posed.cases)
    with opened_apart(target, layers, limits.case, reading, workers) as apart:
        judged = _judged(apart.candidates, posed.cases, posed.answers, limits, progress, tell)
        notes = replace(apart.notes, read_with=_read_with(config, apart.candidates))
    return Report(
        target,
        judged,
        posed.answers.provenance,
        posed.answers.agreed,
        posed.answers.cases,
        time.perf_counter() - start,
        strict or config.strict,
        posed.left_out,
        posed.option,
        notes,
    )


def narrowed(selection: Selection, config: Config) -> Selection:
    """To the dtypes of a configuration, unless others are asked for."""
    if config.dtypes and not selection.dtypes and selection.case is None:
        return replace(selection, dtypes=config.dtypes)
    return selection


def check_functions(
    namespace: Mapping[str, Any], selection: Selection = EVERYTHING, *, strict: bool = False
) -> Report:
    """Judge every layer among functions and classes by name, in this process.

    Raises SelectionError for a layer that does not exist.
    """
    start = time.perf_counter()
    answers = _answers(None, live=False)
    selected, left_out = checkable(selection.cases(""))
    candidates = candidates_in(namespace, map(layer_named, selected))
    layers = _judged(candidates, selected, answers, Limits(layer=np.inf))
    seconds = time.perf_counter() - start
    agreed, known = answers.agreed, answers.cases
    return Report("", layers, answers.provenance, agreed, known, seconds, strict, left_out)


def _judged(
    candidates: Sequence[Candidate],
    selected: Mapping[str, Sequence[Case]],
    answers: Oracles,
    limits: Limits,
    progress: Progress = no_progress,
    tell: Callable[[LayerReport], None] = lambda layer: None,
) -> dict[str, LayerReport]:
    """A report on each candidate, and on each layer that has none."""
    suited = {c.name: _suited(c, selected[c.layer.name]) for c in candidates}
    known = dict.fromkeys(c.layer.name for c in candidates)
    answers.prepare([case for name in known for case in selected[name]], progress)
    layers: dict[str, LayerReport] = {}
    total, done, end = sum(map(len, suited.values())), 0, time.monotonic() + limits.whole
    for candidate in candidates:
        its_cases, asked = suited[candidate.name], len(selected[candidate.layer.name])
        if time.monotonic() > end:
            late = ("not judged: what came before it took too long",)
            layers[candidate.name] = LayerReport(
                candidate.name, skipped=len(its_cases), conventions=late
            )
            continue
        told = counted_on(progress, candidate.name, done, total)
        layers[candidate.name] = _reported(candidate, its_cases, asked, answers, told, limits)
        tell(layers[candidate.name])
        done += len(its_cases)
    return layers | {name: LayerReport(name) for name in selected if name not in known}


def _reported(
    candidate: Candidate,
    its_cases: Sequence[Case],
    asked: int,
    answers: Oracles,
    told: Callable[[int], None],
    limits: Limits,
) -> LayerReport:
    candidate.ready()
    start = time.monotonic()
    results = check_cases(candidate, its_cases, answers, told, limits.layer)
    if candidate.output.characters > _FLOOD:
        results = _flooding(candidate, results)
    none = () if its_cases else ("not judged: it leaves no choice that any case makes",)
    report = LayerReport(
        candidate.name,
        results,
        len(its_cases) - len(results),
        candidate.output.text,
        (*candidate.conventions, *none),
        unsuited=asked - len(its_cases),
    )
    if not report.cases_with(WRONG) or time.monotonic() - start > _SLOW * len(results):
        return replace(report, forward_calls=_forward_calls(candidate, results))
    from crosscheck.diagnosis import diagnosed  # only then is it worth its time

    diagnosis = diagnosed(candidate, results, answers, limits.explaining)
    return replace(report, diagnosis=replace(diagnosis, sources=candidate.sources))


def _forward_calls(candidate: Candidate, results: Sequence[CaseResult]) -> int:
    """In the smallest case that shows a gradient; 0 if there is none."""
    shown = [r.case for r in results if r.answered >= {*r.case.layer.gradients} != set()]
    return candidate.forward_calls(shown[0], shown[0].questions[0].drawn) if shown else 0


def _read_with(config: Config, candidates: Iterable[Candidate]) -> str:
    return config.used({(c.layer.name, c.names[0]) for c in candidates}) if config.path else ""


def oracle_option(oracle: Path | None, live: bool) -> str:
    """What to say on the command line to be judged by the same answers."""
    return "--live" if live else f"--oracle {shlex.quote(str(oracle))}" if oracle else ""


def _flooding(candidate: Candidate, results: list[CaseResult]) -> list[CaseResult]:
    """With a warning about how much is printed."""
    first, *rest = results
    message = f"{candidate.names[0]} prints much: {candidate.output.characters:,} characters"
    location = candidate.location(candidate.names[0])
    found = Finding("output", WARNING, "", first.case.id, message, location=location)
    return [replace(first, findings=(*first.findings, found)), *rest]


def _suited(candidate: Candidate, cases: Sequence[Case]) -> list[Case]:
    """Those cases that a candidate leaves a choice of, the simplest first."""
    return sorted(candidate.suited(cases), key=_simplest)


def _simplest(case: Case) -> tuple[bool, int]:
    """Small before large, and what only a guard is about last."""
    return bool(case.scenario.guard), case.size


def _answers(oracle: Path | None, live: bool) -> Oracles:
    if live:
        from crosscheck.live import LiveOracles

        return LiveOracles()
    return OracleFile(oracle) if oracle else OracleFile(EMBEDDED, "embedded")
