"""What the tests say of themselves at their end."""

from pathlib import Path

import conftest
import pytest

MUTANTS = """
import pytest

@pytest.fixture
def prepared(request, name):
    if name == "unprepared":
        raise ValueError
    yield
    if name == "untidy":
        raise ValueError

@pytest.mark.parametrize("name", {names})
def test_mutant_is_caught_for_the_right_reason(name, prepared):
    if name == "left out":
        pytest.skip()
    assert name != "missed"
"""
VARIANTS = """
import pytest

@pytest.mark.parametrize("name", ["a", "b", "flagged"])
def test_variant_is_not_called_wrong(name):
    assert name != "flagged"
"""


@pytest.fixture
def ended(pytester):
    """``ended(names)`` is the last line of a run of mutants of these names and three variants."""
    pytester.makeconftest(Path(conftest.__file__).read_text(encoding="utf-8"))

    def run(*names, files=("test_m.py", "test_v.py")):
        pytester.makepyfile(
            test_m=MUTANTS.replace("{names}", repr(list(names))),
            test_v=VARIANTS,
        )
        pytester.makepyfile(test_other="def test_nothing(): ...")
        return pytester.runpytest("-p", "no:cacheprovider", "-q", *files).outlines[-1]

    return run


def test_the_mutants_caught_and_the_variants_not_flagged_are_counted(ended):
    assert ended("one", "two") == (
        "2 of 2 mutants were caught; 2 of 3 correct variants were not flagged."
    )


def test_what_failed_in_any_way_is_not_counted_as_caught(ended):
    assert ended("one", "missed", "unprepared", "untidy", files=["test_m.py"]) == (
        "1 of 4 mutants were caught."
    )


def test_what_was_left_out_is_not_counted_at_all(ended):
    assert ended("one", "left out", files=["test_m.py"]) == "1 of 1 mutants were caught."


def test_only_what_ran_is_counted(ended):
    assert ended("one", files=["test_v.py"]) == "2 of 3 correct variants were not flagged."
    assert ended("one", files=["test_other.py"]).startswith("1 passed")
