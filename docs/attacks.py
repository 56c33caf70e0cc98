"""Writes docs/attacks.md: what every attack of the test suite comes to, at every level.

``python -m docs.attacks`` runs each attack at each level that this machine has, in the folder of
the repository; it says nothing of levels that it cannot try.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from test_sandbox.harness import (
    HERE,
    NAMES,
    RIGHT_BY_VALUE,
    Outcome,
    about,
    attack,
    attacked,
)

TARGET = Path(__file__).parent / "attacks.md"
HEAD = """# Attacks on the grader, and what becomes of them

A submission is hostile until proved otherwise. Each attack below is a file in
`tests/test_sandbox/attacks`, put around two layers that are right: `affine`, which it attacks, and
`relu`, which it leaves alone. It is graded as any submission is, at every level of isolation that
the machine has; the same tests run in CI.

In every cell nothing was changed, read or started outside of the worker, the grader was not held
up, and an honest submission that came next passed. The cell says what the attacked layer came to.

| attack | {levels} |
|---|{rules}|
"""
FOOT = """
The levels, each with all that those before it do:

{about}

`process` is a fence and no wall: an audit hook makes Python refuse, on every system, but code that
is written against it can get past. Whoever grades people who would, asks for more:
`crosscheck grade --require-isolation landlock`. `crosscheck doctor` says what a machine has.

What no level can do: the size and the names of files can be asked for, where their contents cannot
be read (`landlock`); a worker can use its own processor time and memory up to its limits; a
derivative that is measured instead of derived is right by its values, so it is flagged by
inspection of the source and by counting how often the forward is called, for a person to look at:
whoever hides it well in a helper of both is not flagged.
"""


def main() -> None:
    """Run every attack, and write the table."""
    columns = []
    for level in HERE:
        with tempfile.TemporaryDirectory() as room, attacked(level, Path(room)) as at:
            columns.append([_told(name, at.run(attack(name))) for name in NAMES])
    levels = " | ".join(map(str, HERE))
    rows = [
        f"| {about(name)} | {' | '.join(cells)} |\n"
        for name, *cells in zip(NAMES, *columns, strict=True)
    ]
    told = "\n".join(f"- `{level}`: {level.about}." for level in HERE)
    head = HEAD.format(levels=levels, rules="|".join(["---"] * len(HERE)))
    TARGET.write_text(head + "".join(rows) + FOOT.format(about=told), encoding="utf-8")


def _told(name: str, outcome: Outcome) -> str:
    if outcome.harm:
        raise SystemExit(f"{name}: {outcome.harm}")
    status = outcome.statuses.get("affine", "not judged")
    return f"{status}, flagged" if name in RIGHT_BY_VALUE else status


if __name__ == "__main__":
    main()
