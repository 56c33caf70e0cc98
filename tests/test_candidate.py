"""The code under test is called as the course calls it, and what it does not give is said."""

import functools
import sys

import numpy as np
import pytest

from crosscheck.candidate import Candidate, NoAnswerError
from crosscheck.case import Case
from crosscheck.layers import layer_named

RELU = """
import numpy as np
def relu_forward(x):
    return np.maximum(x, 0), x
def relu_backward(dout, cache):
    return dout * (cache > 0)
"""


# -- calling ----------------------------------------------------------------------------------


def _no_answer(call):
    with pytest.raises(NoAnswerError) as error:
        call()
    return error.value


def _candidate(layer, *functions):
    layer = layer_named(layer)
    return Candidate(layer, dict(zip(layer.functions, functions, strict=False)))


X = {"x": np.ones((2, 3))}


def test_the_forward_gives_outputs_by_name_and_the_cache():
    results, cache = _candidate("relu", lambda x: (x + 1, "kept")).forward(X)
    np.testing.assert_array_equal(results["out"], np.full((2, 3), 2.0))
    assert cache == "kept"


def test_the_backward_gives_gradients_by_name():
    affine = _candidate("affine", print, lambda dout, cache: (dout, cache, 3))
    assert affine.backward({"dout": 1}, 2) == {"dx": 1, "dw": 2, "db": 3}


def test_gradients_may_come_as_a_list():
    affine = _candidate("affine", print, lambda dout, cache: [1, 2, 3])
    assert affine.backward({"dout": 1}, 2) == {"dx": 1, "dw": 2, "db": 3}


def test_one_gradient_comes_alone():
    relu = _candidate("relu", print, lambda dout, cache: 5)
    assert relu.backward({"dout": 1}, 2) == {"dx": 5}


def test_a_loss_gives_loss_and_gradient_by_name():
    loss = _candidate("softmax_loss", lambda x, y: (1.0, y))
    assert loss.loss({"x": 1, "y": 2}) == {"loss": 1.0, "dx": 2}


@pytest.mark.parametrize(
    ("returned", "described"),
    [
        (np.ones((2, 3)), "an array of shape (2, 3)"),
        ((1, 2, 3), "a tuple of 3"),
        ((1,), "a tuple of 1"),
        (2.5, "a float"),
        ("out", "a str"),
    ],
)
def test_a_forward_that_returns_something_else_is_told_what_to_return(returned, described):
    error = _no_answer(lambda: _candidate("relu", lambda x: returned).forward(X))
    assert error.kind == "arity"
    assert str(error) == f"must return (out, cache), but returned {described}"
    assert error.function == "relu_forward"


@pytest.mark.parametrize(
    ("returned", "described"), [((1, 2), "a tuple of 2"), (np.ones(3), "an array of shape (3,)")]
)
def test_a_backward_that_returns_too_few_gradients_is_told_their_names(returned, described):
    affine = _candidate("affine", print, lambda dout, cache: returned)
    error = _no_answer(lambda: affine.backward({"dout": 1}, 2))
    assert str(error) == f"must return (dx, dw, db), but returned {described}"
    assert (error.kind, error.function) == ("arity", "affine_backward")


@pytest.mark.parametrize(
    ("returned", "described"), [((1, 2), "a tuple of 2"), ((1,), "a tuple of 1")]
)
def test_a_backward_of_one_gradient_that_returns_a_tuple_is_told_its_name(returned, described):
    relu = _candidate("relu", print, lambda dout, cache: returned)
    error = _no_answer(lambda: relu.backward({"dout": 1}, 2))
    assert str(error) == f"must return dx, but returned {described}"


def test_a_loss_without_its_gradient_is_told_both_names():
    error = _no_answer(lambda: _candidate("softmax_loss", lambda x, y: 1.0).loss({"x": 1, "y": 2}))
    assert str(error) == "must return (loss, dx), but returned a float"


def _raises(x):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("forward", "message", "quantity"),
    [
        (lambda x: None, "returns None", ""),
        (lambda x: (None, x), "returns None for out", "out"),
        (_raises, "raises NotImplementedError (test_candidate.py, line ", ""),
    ],
    ids=["returns None", "a None inside", "not implemented"],
)
def test_forms_of_what_is_not_finished(forward, message, quantity):
    error = _no_answer(lambda: _candidate("relu", forward).forward(X))
    assert error.kind == "unfinished"
    assert str(error).startswith(message)
    assert error.quantity == quantity


def test_what_is_not_defined_is_not_finished():
    error = _no_answer(lambda: _candidate("relu", print).backward({"dout": 1}, 2))
    assert (error.kind, str(error)) == ("unfinished", "is not defined")
    assert error.function == "relu_backward"


def test_a_crash_names_the_exception_file_and_line(target, found_in):
    path = target("def relu_forward(x):\n    y = x\n    return y.no_such\n")
    error = _no_answer(lambda: found_in(path)["relu"].forward(X))
    assert error.kind == "crash"
    assert str(error) == (
        "raises AttributeError: 'numpy.ndarray' object has no attribute 'no_such' "
        "(layers.py, line 3)"
    )


def test_a_crash_inside_numpy_names_the_line_that_called_it(target, found_in):
    path = target("import numpy as np\ndef relu_forward(x):\n    return np.reshape(x, (7, 7)), x\n")
    error = _no_answer(lambda: found_in(path)["relu"].forward(X))
    assert str(error).endswith("(layers.py, line 3)")


def test_a_function_of_other_arguments_crashes_with_a_message():
    error = _no_answer(lambda: _candidate("relu", lambda: 1).forward(X))
    assert error.kind == "crash"
    assert "raises TypeError: " in str(error)
    assert "takes 0 positional arguments but 1 was given" in str(error)


def test_an_exception_without_a_text_is_named():
    def forward(x):
        raise ValueError

    message = str(_no_answer(lambda: _candidate("relu", forward).forward(X)))
    assert message.startswith("raises ValueError (test_candidate.py, line ")


class _MuteError(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def test_an_exception_whose_text_fails_too_is_a_crash_of_the_candidate():
    def forward(x):
        raise _MuteError

    error = _no_answer(lambda: _candidate("relu", forward).forward(X))
    assert error.kind == "crash"
    assert "raises _MuteError" in str(error)


def test_a_candidate_that_exits_is_a_crash():
    error = _no_answer(lambda: _candidate("relu", lambda x: sys.exit(3)).forward(X))
    assert error.kind == "crash"
    assert "raises SystemExit: 3" in str(error)


def test_endless_recursion_is_a_crash():
    def forward(x):
        return forward(x)

    error = _no_answer(lambda: _candidate("relu", forward).forward(X))
    assert error.kind == "crash"
    assert "RecursionError" in str(error)


def test_an_interruption_is_not_swallowed():
    def forward(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _candidate("relu", forward).forward(X)


def test_what_is_printed_goes_to_standard_error(capsys):
    _candidate("relu", lambda x: (print("seen"), x)[1:] * 2).forward(X)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "seen\n")


# -- where it is written ----------------------------------------------------------------------


def test_the_location_is_file_and_line(target, found_in):
    path = target(RELU)
    found = found_in(path)["relu"]
    assert found.location("relu_forward") == f"{path}:3"
    assert found.location("relu_backward") == f"{path}:5"


def test_the_location_of_a_decorated_function_is_its_own(target, found_in):
    path = target(
        "import functools\n"
        "def deco(f):\n"
        "    @functools.wraps(f)\n"
        "    def inner(*a): return f(*a)\n"
        "    return inner\n"
        "\n"
        "def relu_forward(x): ...\n"
        "relu_forward = deco(relu_forward)\n"
    )
    assert found_in(path)["relu"].location("relu_forward") == f"{path}:7"


def test_what_python_cannot_place_has_no_location():
    relu = _candidate("relu", functools.partial(print, 1))
    assert relu.location("relu_forward") == ""
    assert relu.location("relu_backward") == ""


def test_a_missing_half_is_judged_as_unfinished(checked):
    result = checked("relu/float32/normal/s7/0", relu_backward=None)
    (finding,) = result.findings
    assert (finding.kind, finding.severity) == ("unfinished", "warning")
    assert finding.message == "relu_backward is not defined"
    assert Case.parse(finding.case).layer.name == "relu"


class _Sly:
    """Ends the process when it is made an array."""

    def __array__(self, *arguments, **keywords):
        raise SystemExit(0)


def test_an_object_that_exits_when_it_is_looked_at_is_wrong(checked):
    result = checked("relu/float32/normal/s7/0", relu_forward=lambda x: (_Sly(), x))
    assert ("dtype", "wrong") in {(f.kind, f.severity) for f in result.findings}


class _SlyError(Exception):
    def __str__(self):
        raise SystemExit(0)


def test_an_exception_that_exits_when_it_is_shown_is_a_crash():
    def relu_forward(x):
        raise _SlyError

    answer = _no_answer(lambda: _candidate("relu", relu_forward).forward({"x": np.ones(3)}))
    assert (answer.kind, str(answer)[:16]) == ("crash", "raises _SlyError")


def test_a_long_text_is_cut():
    def relu_forward(x):
        raise ValueError("A" * 100_000)

    answer = _no_answer(lambda: _candidate("relu", relu_forward).forward({"x": np.ones(3)}))
    assert len(str(answer)) < 600
