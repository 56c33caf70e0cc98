"""crosscheck in pytest: ``@crosscheck.parametrize`` and ``pytest --crosscheck TARGET``."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate
    from crosscheck.case import Case
    from crosscheck.oracle import Oracles

# This module is loaded into every pytest session of whoever has crosscheck installed: nothing of
# crosscheck is imported before it is asked for.


class CrosscheckWarning(UserWarning):
    """What is reported apart: it fails a test only if the test is strict."""


class TestCase:
    """One case, as a test gets it."""

    __test__ = False  # pytest: this is not a test class

    def __init__(self, case: Case) -> None:
        self.case = case

    def __repr__(self) -> str:
        """The case's id."""
        return self.case.id

    def check(self, *functions: Callable[..., Any], strict: bool = False) -> None:
        """Judge functions on this case: the forward and the backward, or the loss.

        Fails the test with crosscheck's own message if something is wrong; a warning is given as a
        CrosscheckWarning, or fails too if ``strict``.
        """
        __tracebackhide__ = True
        from crosscheck.candidate import Candidate

        names = self.case.layer.functions
        if len(functions) != len(names):
            raise TypeError(
                f"check takes {' and '.join(names)}: {len(names)}, not {len(functions)}"
            )
        candidate = Candidate(self.case.layer, dict(zip(names, functions, strict=True)))
        _judge(candidate, self.case, strict)


def parametrize(layer: str, dtypes: Sequence[str] = ("float32", "float64")) -> Any:
    """A decorator that gives a test one ``case`` of that layer per item, with a readable id.

    Raises SelectionError for an unknown layer or dtype.
    """
    from crosscheck.case import cases
    from crosscheck.layers import layer_named

    found = [TestCase(case) for case in cases(layer_named(layer), dtypes)]
    return pytest.mark.parametrize("case", found, ids=repr)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--crosscheck TARGET`` and ``--crosscheck-strict``."""
    group = parser.getgroup("crosscheck")
    group.addoption(
        "--crosscheck",
        action="append",
        default=[],
        metavar="TARGET",
        help="check the layers of this module, file or folder, one test per case",
    )
    group.addoption(
        "--crosscheck-strict", action="store_true", help="warnings of crosscheck fail too"
    )


@pytest.hookimpl(tryfirst=True)  # before -k and -m deselect
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add an item for each case of the targets' layers."""
    targets = ExitStack()
    config.add_cleanup(targets.close)
    for target in config.getoption("--crosscheck"):
        items.extend(_items(session, target, config.getoption("--crosscheck-strict"), targets))


def _items(
    session: pytest.Session, target: str, strict: bool, targets: ExitStack
) -> Iterator[pytest.Item]:
    from crosscheck.adapters import reading_for
    from crosscheck.errors import CrosscheckError
    from crosscheck.layers import catalogue
    from crosscheck.selection import Selection
    from crosscheck.target import opened

    try:
        reading = reading_for(target)
        there = targets.enter_context(opened(target, catalogue().values(), reading))
    except CrosscheckError as error:
        raise pytest.UsageError(f"crosscheck: {error}") from None
    if not there.candidates:
        raise pytest.UsageError(f"crosscheck: {target} defines no layer that crosscheck knows.")
    selected = Selection().cases(target)
    for candidate in there.candidates:
        for case in filter(candidate.suits, selected[candidate.layer.name]):
            spelling = "" if candidate.name == case.layer.name else f"{candidate.name}::"
            name = f"{target}::{spelling}{case.id}"
            yield _CaseItem.from_parent(
                session, name=name, candidate=candidate, case=case, strict=strict
            )


class _CaseItem(pytest.Item):
    """One case of a target's layer."""

    def __init__(self, *, candidate: Candidate, case: Case, strict: bool, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.candidate, self.case, self.strict = candidate, case, strict

    def runtest(self) -> None:
        _judge(self.candidate, self.case, self.strict)

    def reportinfo(self) -> tuple[str, int | None, str]:
        return "crosscheck", None, self.case.id


@cache
def _embedded() -> Oracles:
    from crosscheck.oracle_file import EMBEDDED, OracleFile

    return OracleFile(EMBEDDED, "embedded")


def _judge(candidate: Candidate, case: Case, strict: bool) -> None:
    """Fails, skips or warns in pytest's way, with crosscheck's own words."""
    __tracebackhide__ = True
    from crosscheck.dtypes import unavailable
    from crosscheck.errors import CrosscheckError
    from crosscheck.finding import WRONG
    from crosscheck.judging import check_case
    from crosscheck.report.terminal import as_text

    if why := unavailable(case.format.name):
        pytest.skip(why)
    try:
        findings = check_case(candidate, case, _embedded().oracle(case)).findings
    except CrosscheckError as error:
        pytest.fail(str(error), pytrace=False)
    unjudged = [f.message for f in findings if f.kind in ("missing", "signature")]
    if unjudged and not strict:
        pytest.skip("; ".join(unjudged))
    failing = [f for f in findings if strict or f.severity == WRONG or f.kind == "unfinished"]
    for f in findings:
        if f not in failing:
            warnings.warn(CrosscheckWarning(f"{f.message} ({f.case})"), stacklevel=3)
    if failing:
        pytest.fail("\n".join(as_text(f) for f in failing), pytrace=False)
