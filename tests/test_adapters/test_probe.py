"""Code that is tried before it is judged: it leaves no trace, and may fail as it likes."""

import sys
import warnings

import numpy as np
import pytest

from crosscheck.adapters.probe import answered, numbers, unless_misread
from crosscheck.attempt import NoAnswerError

pytestmark = pytest.mark.slow


def _raises(error):
    def function(*_):
        raise error

    return function


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(1), NotImplementedError()])
def test_what_fails_gives_no_answer(error):
    assert answered(_raises(error)) is None


def _one_line():
    while True: pass  # fmt: skip # noqa: E701


def _counts():
    i = 0
    while i >= 0:
        i += 1


@pytest.mark.parametrize("function", [_one_line, _counts])
def test_an_endless_loop_ends(function):
    assert answered(function) is None


def test_it_leaves_no_trace(capsys):
    def function():
        print("out")
        print("error", file=sys.stderr)
        np.random.rand(3)
        warnings.warn("loud", stacklevel=1)
        return np.log(np.zeros(2))

    before, tracer = np.random.get_state()[1].copy(), sys.gettrace()
    assert answered(function).shape == (2,)
    assert capsys.readouterr() == ("", "")
    assert (np.random.get_state()[1] == before).all()
    assert sys.gettrace() is tracer


RIGHT, OTHER = numbers(5, 3), numbers(5, 2)


@pytest.mark.parametrize("ask", [_raises(ValueError("matmul")), lambda: OTHER])
def test_where_only_its_own_parameters_fit_it_is_misread(ask):
    with pytest.raises(NoAnswerError, match="it is not judged") as error:
        unless_misread(ask, lambda: RIGHT, "Linear.forward", (5, 3))
    assert (error.value.kind, error.value.function) == ("signature", "Linear.forward")


@pytest.mark.parametrize("own", [_raises(ValueError("own")), lambda: OTHER, lambda: None])
def test_where_its_own_parameters_fit_no_better_it_is_wrong(own):
    assert unless_misread(lambda: OTHER, own, "f", (5, 3)) is OTHER
    with pytest.raises(ValueError, match="matmul"):
        unless_misread(_raises(ValueError("matmul")), own, "f", (5, 3))


def test_what_is_unfinished_stays_so():
    assert unless_misread(lambda: None, lambda: RIGHT, "f", (5, 3)) is None
    with pytest.raises(NotImplementedError):
        unless_misread(_raises(NotImplementedError()), lambda: RIGHT, "f", (5, 3))
