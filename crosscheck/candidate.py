"""The code under test: a layer's functions, as they were found."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crosscheck.attempt import Function, NoAnswerError, attempt, specialised
from crosscheck.trial import Trial, forward_calls, run, run_around

if TYPE_CHECKING:
    from crosscheck.case import Case, Drawn, Question
    from crosscheck.layer import Layer
    from crosscheck.source import Source


def always(*_: Any, **__: Any) -> bool:
    """Anything will do."""
    return True


_ADVICE = "A crosscheck.toml can say how it is called (crosscheck init)"
_SHOWN = 1 << 14  # characters of a candidate's output that are kept


class Output:
    """What a candidate printed: the beginning as text, and how many characters it was in all."""

    def __init__(self) -> None:
        self.text, self.characters = "", 0

    def note(self, text: str, characters: int) -> None:
        """Add what one request printed."""
        self.text += text[: _SHOWN - len(self.text)]
        self.characters += characters


@dataclass(frozen=True)
class Candidate:
    """A layer's functions under test, by the names they were found under; some may be missing.

    ``spelling``: what it is called, if not as the layer (``conv_naive``, ``affine:Linear``), and
    ``called`` its functions' names in the layer's order. ``only``: whether a case of these dims is
    for it, where it leaves no choice of an epsilon or of square windows. ``conventions``: how it
    was read, where that has to be told. ``adapted``: its functions are an adapter's, around
    theirs, and ``rescaled`` the quantities that it multiplies, which rounds. ``form``: the
    family of an adapter, and which of its forms. ``output``: what it printed, if that is caught.
    """

    layer: Layer
    functions: Mapping[str, Function]
    spelling: str = ""
    called: tuple[str, ...] = ()
    only: Callable[..., bool] = always
    conventions: tuple[str, ...] = ()
    adapted: bool = False
    rescaled: tuple[str, ...] = ()
    form: tuple[str, int] | None = None
    output: Output = field(default_factory=Output, kw_only=True)

    @property
    def name(self) -> str:
        """What it is called in a report."""
        return self.spelling or self.layer.name

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the layer's functions in this spelling."""
        return self.called or self.layer.spellings[self.name]

    @property
    def specialised(self) -> bool:
        """Whether it is a second version that may leave cases to the first, and assert so."""
        return specialised(self.name)

    def suits(self, case: Case) -> bool:
        """Whether a case has dims and options that this candidate leaves a choice of; its dtype and
        scenario are asked for as well.
        """
        return self.only(**case.dims, dtype=case.format.name, scenario=case.scenario.name)

    def suited(self, cases: Sequence[Case]) -> list[Case]:
        """Those cases that it suits."""
        if self.only is always:
            return [*cases]
        return [case for case in cases if self.suits(case)]

    def forward_calls(self, case: Case, drawn: Drawn) -> int:
        """How often its forward is entered in one run: more than once, if a backward calls it."""
        return forward_calls(self, case, drawn)

    def ready(self) -> None:
        """Have everything at hand that a trial needs."""

    def location(self, function: str) -> str:
        """Where a function is written, as ``file:line``; empty if Python does not know."""
        try:
            known = function in self.functions
            name = function if known else function.removesuffix(".loss")  # of a model
            found: Any = inspect.unwrap(self.functions[name])
            if isinstance(found, type):
                found = inspect.unwrap(vars(found)["loss"])
            code = found.__code__
        except (AttributeError, KeyError, ValueError):
            return ""
        return f"{code.co_filename}:{code.co_firstlineno}"

    @property
    def sources(self) -> Mapping[str, Source]:
        """The lines of its functions, where they can be shown."""
        return {}

    def call(self, name: str, *arguments: Any) -> Any:
        """What a function returns. Raises NoAnswerError."""
        if name not in self.functions:
            raise NoAnswerError("unfinished", "is not defined", name)
        try:
            return attempt(name, self.functions[name], *arguments)
        except NoAnswerError as error:
            if error.kind != "misfit":
                raise
            signature = self.layer.calling.signatures(self.layer)[self.names.index(name)]
            wanted = signature.partition(" -> ")[0].partition("(")[2]
            message = f"{error}, and is called as {name}({wanted}: it is not judged. {_ADVICE}"
            raise NoAnswerError("signature", message, name) from None

    def trial(self, case: Case, drawn: Drawn, other: Drawn | None = None) -> Trial:
        """One run of its functions, or two around ``other`` data; see ``crosscheck.trial``."""
        return run_around(self, case, drawn, other) if other else run(self, case, drawn)

    def trials(self, questions: Iterable[Question]) -> Generator[list[Trial], None, None]:
        """A trial for each question, in their order; as many at a time as are there."""
        return ([self.trial(*question)] for question in questions)
