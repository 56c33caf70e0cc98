"""The layers that a target defines: loads a file, a notebook, a folder or a module, and finds
functions by name.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from crosscheck.adapters import candidates_in, mapped
from crosscheck.attempt import raised
from crosscheck.candidate import Candidate
from crosscheck.config import AS_FOUND, Reading
from crosscheck.errors import CrosscheckError, TargetError
from crosscheck.layer import Layer
from crosscheck.target.modules import modules_of
from crosscheck.target.notes import Notes
from crosscheck.target.outdated import Outdated
from crosscheck.target.standins import StandIn
from crosscheck.target.twice import defined_again


@dataclass(frozen=True)
class Opened:
    """A target while it is open.

    ``candidates``: its layers. ``namespace``: everything that its modules define, by name; of
    several the first. ``shimmed``: what stand-ins were given for (``matplotlib.pyplot (not
    installed)``). ``unread``: what could not be imported, with the reason, or is not judged, for
    another file defines it too. ``outdated``: uses of names that are gone. The last three grow
    while functions run that import. ``absent``: what of a ``crosscheck.toml`` is not there.
    """

    candidates: list[Candidate]
    namespace: Mapping[str, Any]
    shimmed: Sequence[str]
    unread: Sequence[str]
    outdated: Sequence[Outdated]
    absent: Sequence[str] = ()


@contextlib.contextmanager
def opened(target: str, layers: Iterable[Layer], reading: Reading = AS_FOUND) -> Iterator[Opened]:
    """A target: a module's name, a ``.py`` file, a notebook, or a folder of them; ``reading``: how
    it is to be read.

    While it is open the target's own imports find its neighbours, also from inside its functions;
    afterwards everything is what it was: ``sys.path``, ``sys.modules``, NumPy, the current folder.
    A file is run as Python runs it; of a notebook and of a folder's files only what they define.
    Raises TargetError, with one clear message, if it cannot be found or imported.
    """
    with contextlib.ExitStack() as stack:
        notes = Notes(stack)
        modules = modules_of(target, notes)
        try:
            namespace = _namespace(modules)
            found = candidates_in(namespace, layers, reading.adapter, reading.maps)
            absent = mapped.absent(reading.maps, namespace)
            if len(modules) > 1:
                names = {n.partition(".")[0]: None for c in found for n in c.names}
                judged = [n for n in names if n in namespace]
                notes.unread += defined_again(modules, namespace, judged, Path(target).resolve())
        except CrosscheckError:
            raise
        except Exception as error:  # code of theirs runs where its objects are looked at
            told = f"{target} cannot be searched for layers: it {raised(error)}."
            raise TargetError(told) from error
        yield Opened(found, namespace, notes.shimmed, notes.unread, notes.outdated, absent)


def _namespace(modules: Iterable[ModuleType]) -> dict[str, Any]:
    """What is found under each name: of several the first, and no stand-in."""
    namespace: dict[str, Any] = {}
    for module in modules:
        for name, value in vars(module).items():
            if not isinstance(value, StandIn) and not name.startswith("__"):
                namespace.setdefault(name, value)
    return namespace
