"""One thing that is wrong, with its kind, severity, case and evidence; and what explains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crosscheck.errormap import ErrorMap
    from crosscheck.source import Source
    from crosscheck.theirs import Theirs

WRONG = "wrong"
WARNING = "warning"

# Kinds that say that there is nothing to judge yet, or nothing that can be judged here.
FEW = "few-cases"
NOT_JUDGED = ("unfinished", "missing", "signature", FEW)
# Kinds that leave a quantity without an answer, through no mistake in it.
SILENT = (*NOT_JUDGED, "declined")
# Kinds that end the process of the code under test.
LOST = ("timeout", "died")


@dataclass(frozen=True)
class Finding:
    """``kind`` says what it is (``value``, ``shape``, ``dtype``, ``mutation``, …), ``severity``
    whether it fails a check (``wrong``) or is reported apart (``warning``).

    ``quantity`` is the array concerned (``dw``), or empty. The evidence, where there is any, is the
    worst element: its ``index``, what was ``got``, ``expected`` and ``allowed`` (±), in how many of
    the ``of`` elements it is so.
    """

    kind: str
    severity: str
    quantity: str
    case: str
    message: str
    size: int = 0  # of the case: how many numbers go in
    index: tuple[int, ...] | None = None
    got: float | None = None
    expected: float | None = None
    allowed: float | None = None
    elements: int | None = None
    of: int | None = None
    location: str = ""  # file:line of the function under test


@dataclass(frozen=True)
class Diagnosis:
    """``blame``: which half is wrong. ``hints``: by quantity, what explains it. ``snippet``: Python
    code that shows, in its smallest case, the finding of the kind and quantity that ``shows``
    says; ``instead``: why there is none, and what helps. ``consistent``: the backward is right for
    the forward that was written, which is wrong.
    ``maps``: by quantity, where it is wrong; ``sources``: by function, its lines; ``theirs``: by
    quantity, what the code under test calls it. Each may be empty.
    """

    blame: str = ""
    hints: Mapping[str, Sequence[str]] = field(default_factory=dict)
    snippet: str = ""
    shows: tuple[str, str] = ("", "")
    instead: str = ""
    consistent: bool = False
    maps: Mapping[str, ErrorMap] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    theirs: Mapping[str, Theirs] = field(default_factory=dict)
