"""The search beyond the fixed cases: it finds what they miss, and nothing in what is right."""

from contextlib import contextmanager, suppress
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutants import MUTANTS
from variants import VARIANTS

from crosscheck.candidate import Candidate
from crosscheck.case import Case, cases
from crosscheck.errors import MissingPackageError, SelectionError
from crosscheck.fuzzing import fuzz as fuzzing
from crosscheck.fuzzing.fuzz import fuzz
from crosscheck.fuzzing.search import Search
from crosscheck.fuzzing.strategy import cases_beyond
from crosscheck.judging import check_cases
from crosscheck.kept import kept_cases
from crosscheck.layers import catalogue, layer_named
from crosscheck.local import LocalOracles
from crosscheck.smallest.shrink import shrunk
from crosscheck.smallest.sizes import fits

pytestmark = pytest.mark.slow

SHORT = 0.02  # minutes, of which each case takes the same share on every machine: see _Clock
LONGER = 0.04
# Wrong only where M is none of those that the fixed cases have.
HIDDEN = """
import impl_numpy
from impl_numpy import affine_forward

def affine_backward(dout, cache):
    dx, dw, db = impl_numpy.affine_backward(dout, cache)
    return dx, dw / len(dout) if dout.shape[1] in (4, 6, 8, 9, 10, 12) else dw, db
"""
RIGHT = "from impl_numpy import affine_forward, affine_backward\n"


class _Clock:
    """Stands for the module time: every look takes as long, so a search is as long everywhere."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        self.now += 0.02
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    made = _Clock()
    monkeypatch.setattr(fuzzing, "time", made)
    monkeypatch.setattr("crosscheck.fuzzing.search.time", made)
    # What is found is made as small as it gets: after so many runs that ends anyway.
    monkeypatch.setattr("crosscheck.fuzzing.search.shrunk", partial(shrunk, seconds=600.0))
    return made


@pytest.fixture
def without_frameworks(monkeypatch):
    monkeypatch.setattr(fuzzing, "_frameworks", lambda: None)


def search(candidate, clock, seconds):
    return Search(candidate, LocalOracles(), clock.now + seconds, lambda: None)


def test_a_mistake_that_the_fixed_cases_miss_is_found(
    target, found_in, embedded, without_frameworks
):
    path = target(HIDDEN)
    affine = found_in(path)["affine"]
    fixed = [c for c in cases(affine.layer, ("float64",)) if embedded.holds(c)]
    assert not any(r.findings for r in check_cases(affine, fixed, embedded))
    [found] = fuzz(path, ["affine"], LONGER).found
    assert found.candidate == "affine"
    assert found.smallest.case.id == "affine/float64/normal/N2-d1-M4/0"
    assert found.smallest.quantity == "dw"
    assert "print(dw)  # expected [[2. 2. 2. 2.]], got [[1. 1. 1. 1.]]" in found.snippet


@pytest.mark.parametrize(
    "name", ["softmax_summed_dx", "conv_mean_dw", "adamw_forgets", "max_pool_to_minimum"]
)
def test_a_wrong_layer_is_found_at_once(name, clock):
    mutant = next(m for m in MUTANTS if m.name == name)
    found = search(Candidate(layer_named(mutant.layer), mutant.functions), clock, 1).mistakes()
    assert next(found).quantity == mutant.quantity


@pytest.mark.parametrize("layer", catalogue())
def test_nothing_is_found_in_impl_numpy(layer, candidate, clock):
    _finds_nothing_in(candidate(layer), clock)


@pytest.mark.parametrize("variant", VARIANTS[::12], ids=lambda v: v.name)
def test_nothing_is_found_in_right_variants(variant, clock):
    _finds_nothing_in(Candidate(layer_named(variant.layer), variant.functions), clock)


def _finds_nothing_in(right, clock):
    trying = search(right, clock, 0.4)
    assert list(trying.mistakes()) == []
    assert trying.tried


# Of avg_pool's first case the window is larger than the image: that is none.
@pytest.mark.parametrize("layer", ["relu", "avg_pool"])
def test_a_first_case_is_tried_though_the_time_is_over(layer, candidate, clock):
    trying = search(candidate(layer), clock, -1)
    assert list(trying.mistakes()) == []
    assert trying.tried == 1


@pytest.mark.parametrize("layer", catalogue())
def test_cases_beyond_the_fixed_ones_exist(layer):
    answered = []

    @settings(max_examples=8, suppress_health_check=list(HealthCheck), database=None)
    @given(cases_beyond(layer_named(layer)))
    def check(case):
        assert Case.parse(case.id).dims == case.dims
        assert fits(case)
        assert not case.scenario.guard
        with suppress(SelectionError):  # windows larger than an image, groups of unequal size
            LocalOracles().oracle(case)
            answered.append(case)

    check()
    assert answered


def test_one_example_is_drawn_only_where_the_layer_has_one_itself():
    @given(cases_beyond(layer_named("spatial_batchnorm")))
    def check(case):
        assert case.dims["N"] * case.dims["H"] * case.dims["W"] > 1

    check()


@given(st.data())
def test_a_probability_that_means_something_stays_as_it_is(data):
    case = data.draw(cases_beyond(layer_named("fully_connected_net_dropout")))
    assert case.dims["keep"] in (1e-9, 1 - 1e-9)


# -- the command ------------------------------------------------------------------------------


def test_what_was_found_is_shown_and_kept(target, command, without_frameworks, tmp_path):
    path = target(HIDDEN)
    code, output, error = command("fuzz", path, "--layer", "affine", "--minutes", LONGER)
    assert (code, error) == (1, "")
    assert "✗ affine: dw is wrong at 4 of 4 elements\n" in output
    assert "  case  affine/float64/normal/N2-d1-M4/0\n" in output
    assert f"  code  {path}:5\n" in output
    assert "    dx, dw, db = affine_backward(dout, cache)\n" in output
    assert "  hint  dw is the correct gradient times exactly 1/N: " in output
    assert output.count("  blame The forward is right; affine_backward, ") == 1
    assert "1 mistake found.\n" in output
    assert "Judged by impl_numpy alone" in output
    assert f"Kept for later checks: {tmp_path / 'crosscheck-cases.txt'}\n" in output
    assert [c.id for c in kept_cases(path)] == ["affine/float64/normal/N2-d1-M4/0"]
    assert {p.name for p in tmp_path.iterdir()} == {"layers.py", "crosscheck-cases.txt"}


def test_what_is_right_keeps_nothing(target, command, without_frameworks, tmp_path):
    code, output, _ = command("fuzz", target(RIGHT), "--minutes", SHORT)
    assert code == 0
    assert "1 layer, " in output
    assert ": nothing wrong.\n" in output
    assert [p.name for p in tmp_path.iterdir()] == ["layers.py"]


def test_no_known_layer_is_told(target, command, without_frameworks):
    code, output, _ = command("fuzz", target("x = 1\n"), "--minutes", SHORT)
    assert (code, output) == (3, "The target defines none of the layers asked for.\n")


@pytest.mark.parametrize("minutes", ["0", "-1", "nan", "inf", "soon", "100000"])
def test_minutes_must_be_some(minutes, target, command):
    code, _, error = command("fuzz", target(RIGHT), f"--minutes={minutes}")
    assert code == 2
    assert f"'{minutes}' is not a number of minutes above 0 and up to 1440" in error


def test_a_layer_that_does_not_exist_is_refused(target, command):
    code, _, error = command("fuzz", target(RIGHT), "--layer", "afine")
    assert code == 2
    assert "afine" in error


def test_a_corrupt_file_of_cases_is_told_with_its_line(
    target, command, without_frameworks, tmp_path
):
    path = target(HIDDEN)
    (tmp_path / "crosscheck-cases.txt").write_text("nonsense\n", encoding="utf-8")
    code, _, error = command("fuzz", path, "--layer", "affine", "--minutes", SHORT)
    assert code == 2
    assert "crosscheck-cases.txt, line 1: 'nonsense' is not a case id" in error


def test_without_hypothesis_it_says_what_to_install(target, command, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "hypothesis", None)
    code, _, error = command("fuzz", target(RIGHT))
    assert code == 2
    assert "pip install 'crosscheck-grad[fuzz]'" in error


def test_time_is_told_while_it_searches(target, without_frameworks):
    told = []
    fuzz(target(RIGHT), ["affine"], SHORT, lambda *what: told.append(what))
    assert {(name, total) for name, _, total in told} == {("affine", 1)}


def test_the_time_is_shared_among_the_layers(target, without_frameworks, monkeypatch):
    searches = []

    def kept(*arguments):
        searches.append(Search(*arguments))
        return searches[-1]

    monkeypatch.setattr(fuzzing, "Search", kept)
    report = fuzz(target("from impl_numpy import *\n"), ["affine", "relu", "softmax"], SHORT)
    assert report.layers == tuple(s.candidate.name for s in searches)
    first, second, third = (s.until for s in searches)
    assert third - second == pytest.approx(second - first) == pytest.approx(60 * SHORT / 3)
    assert report.cases == sum(s.tried for s in searches)
    assert all(s.tried for s in searches)


def test_to_open_a_target_takes_nothing_of_the_time(target, without_frameworks, clock, monkeypatch):
    opened = fuzzing.opened_apart

    @contextmanager
    def slowly(*arguments, **options):
        with opened(*arguments, **options) as there:
            clock.now += 1000.0
            yield there

    monkeypatch.setattr(fuzzing, "opened_apart", slowly)
    report = fuzz(target(RIGHT), ["affine"], SHORT)
    assert report.cases > 10
    assert report.seconds > 1000.0  # but it is told


def test_the_catalogue_of_found_mistakes_is_the_same_each_time(target, without_frameworks):
    path = target(HIDDEN)
    ids = [[f.smallest.case.id for f in fuzz(path, ["affine"], LONGER).found] for _ in "ab"]
    assert ids[0] == ids[1] != []


# -- the frameworks' word ---------------------------------------------------------------------


class _Answers:
    """Answers in the place of the frameworks'."""

    def __init__(self, oracle):
        self.oracle = oracle
        self.provenance = LocalOracles().provenance


def test_what_the_frameworks_do_not_confirm_is_no_mistake(target, command, monkeypatch):
    def theirs(case):
        oracle = LocalOracles().oracle(case)
        oracle.expected["dw"].bound[...] = 1e9
        return oracle

    monkeypatch.setattr(fuzzing, "_frameworks", lambda: _Answers(theirs))
    arguments = ("--layer", "affine", "--minutes", LONGER)
    code, output, _ = command("fuzz", target(HIDDEN), *arguments)
    assert code == 0
    assert ": nothing wrong.\n" in output
    assert (
        "1 more case differed from impl_numpy, but not from the frameworks: no mistake." in output
    )
    assert "Judged by torch" in output


def test_where_the_frameworks_have_no_answer_nothing_is_wrong(target, monkeypatch):
    from crosscheck.errors import DescriptionError

    def none(case):
        raise DescriptionError("The references disagree.")

    monkeypatch.setattr(fuzzing, "_frameworks", lambda: _Answers(none))
    report = fuzz(target(HIDDEN), ["affine"], LONGER)
    assert (report.found, report.dismissed, report.exit_code) == ((), 1, 0)


@pytest.mark.live
def test_the_frameworks_confirm_a_mistake(target):
    report = fuzz(target(HIDDEN), ["affine"], LONGER)
    assert [f.smallest.quantity for f in report.found] == ["dw"]
    assert report.judges.startswith("torch ")


def test_one_framework_missing_is_no_framework(monkeypatch):
    def missing():
        raise MissingPackageError("Computing oracles live needs jax, which is not installed.")

    monkeypatch.setattr("crosscheck.live.LiveOracles", missing)
    assert fuzzing._frameworks() is None
