"""Runs an attack as a class is graded: a worker of a nursery, judged from outside."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from crosscheck.errors import CrosscheckError
from crosscheck.judging import check_cases
from crosscheck.layers import layer_named
from crosscheck.oracle_file import EMBEDDED, OracleFile
from crosscheck.report.record import LayerReport
from crosscheck.run import Limits
from crosscheck.sandbox import LEVELS, Level, unavailable
from crosscheck.selection import Selection
from crosscheck.worker.nursery import Nursery
from crosscheck.worker.process import Worker
from crosscheck.worker.remote import opened_apart
from crosscheck.worker.session import Workers

ATTACKS = Path(__file__).parent / "attacks"
HONEST = (ATTACKS / "_honest.py").read_text(encoding="utf-8")
NAMES = sorted(p.stem for p in ATTACKS.glob("[!_]*.py"))
# The worker's parent forks, and hands out pidfds: Linux.
HERE = [level for level in LEVELS if not unavailable(level)] if hasattr(os, "pidfd_open") else []
# No value shows that a derivative was measured: the inspection flags it.
RIGHT_BY_VALUE = {"complex_step"}
OUTRIGHT = {"exit_on_import", "other_name"}  # no layer of it can be judged
SECONDS = Limits(case=1.0, layer=2.0)
CASES = Selection(layers=("affine", "relu"), dtypes=("float64",), scenarios=("normal",))


@dataclass
class Forks(Workers):
    """Workers that may read one folder."""

    nursery: Nursery
    folder: Path

    def new(self) -> Worker:
        """A worker that is confined."""
        return self.nursery.child([self.folder])


# An attack must never be run by whatever else makes workers.
assert "new" in vars(Workers)


@dataclass(frozen=True)
class Outcome:
    """The status of each layer, or why there is none; what became of everything around."""

    statuses: Mapping[str, str]
    error: str
    seconds: float
    harm: str


@dataclass
class Attacked:
    """A nursery at one level, and what is not to be touched around it."""

    nursery: Nursery
    room: Path
    port: int = 9

    def run(self, source: str) -> Outcome:
        """Grade a submission of that source."""
        folder, hidden = self.room / "submission", self.room / "hidden" / "answers"
        folder.mkdir(exist_ok=True)
        hidden.parent.mkdir(exist_ok=True)
        hidden.write_text("the answers")
        before = _state(hidden)
        marker = self.room / "marker"
        names = {"HIDDEN": hidden, "MARKER": marker, "PORT": self.port}
        for name, value in names.items():
            source = source.replace(name, str(value))
        (folder / "layers.py").write_text(source, encoding="utf-8")
        start = time.monotonic()
        statuses, error, harm = self._graded(folder)
        seconds = time.monotonic() - start
        if marker.exists() or marker.is_symlink():
            harm.append(f"{marker} is there")
        if not hidden.exists() or _state(hidden) != before:
            harm.append(f"{hidden} was changed")
        if (folder / "layers.py").read_text(encoding="utf-8") != source:
            harm.append("the submission was changed")
        return Outcome(statuses, error, seconds, "; ".join(harm))

    def workers(self, folder: Path) -> Workers:
        """Those that run a submission."""
        return Forks(self.nursery, folder)

    def _graded(self, folder: Path) -> tuple[dict[str, str], str, list[str]]:
        oracle = OracleFile(EMBEDDED, "embedded")
        selected = CASES.cases("")
        layers = [layer_named(name) for name in selected]
        workers = self.workers(folder)
        try:
            with opened_apart(
                str(folder / "layers.py"), layers, SECONDS.case, workers=workers
            ) as at:
                judged = {
                    c.name: LayerReport(
                        c.name,
                        check_cases(c, selected[c.name], oracle, time_limit=SECONDS.layer),
                    )
                    for c in at.candidates
                }
        except CrosscheckError as error:
            return {}, f"{type(error).__name__}: {error}", []
        told = {f.message for layer in judged.values() for f in layer.findings}
        harm = sorted(message for message in told if "SystemError" in message)
        return {name: layer.status for name, layer in judged.items()}, "", harm


def _state(path: Path) -> tuple[int, float, int, str]:
    found = path.stat()
    return found.st_mode, found.st_mtime, found.st_nlink, path.read_text()


def attack(name: str) -> str:
    """The source of a submission with that attack in it."""
    return f"{HONEST}\n\n{(ATTACKS / f'{name}.py').read_text(encoding='utf-8')}"


def about(name: str) -> str:
    """What an attack does, in its own words."""
    return (ATTACKS / f"{name}.py").read_text(encoding="utf-8").split('"""')[1]


@contextmanager
def attacked(level: Level, room: Path) -> Iterator[Attacked]:
    """A nursery at that level, in a room of its own."""
    with closing(Nursery(level)) as nursery:
        yield Attacked(nursery, room)
