"""The table in the docs is of the attacks that there are."""

from pathlib import Path

import pytest

import crosscheck
from crosscheck.sandbox import LEVELS
from test_sandbox.harness import HERE, NAMES, about

TABLE = Path(crosscheck.__file__).parents[1] / "docs" / "attacks.md"


@pytest.mark.skipif(not TABLE.exists(), reason="only a checkout has docs")
@pytest.mark.parametrize("name", NAMES)
def test_every_attack_is_in_the_table(name):
    [row] = [r for r in TABLE.read_text("utf-8").splitlines() if r.startswith(f"| {about(name)} |")]
    cells = row.strip("|").split("|")[1:]
    assert len(cells) == len(LEVELS)
    assert all("pass" not in cell or "flagged" in cell for cell in cells)


def test_levels_are_the_first_of_all():
    assert list(LEVELS[: len(HERE)]) == HERE
