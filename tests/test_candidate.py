"""What becomes of a call: its answer, or why there is none; and where its code is written."""

import functools
import sys
from dataclasses import replace

import numpy as np
import pytest

from crosscheck.attempt import NoAnswerError
from crosscheck.candidate import Candidate
from crosscheck.case import Case
from crosscheck.layers import layer_named

RELU = """
import numpy as np
def relu_forward(x):
    return np.maximum(x, 0), x
def relu_backward(dout, cache):
    return dout * (cache > 0)
"""
X = np.ones((2, 3))


def _candidate(*functions):
    relu = layer_named("relu")
    return Candidate(relu, dict(zip(relu.functions, functions, strict=False)))


def _no_answer(forward):
    with pytest.raises(NoAnswerError) as error:
        _candidate(forward).call("relu_forward", X)
    assert error.value.function == "relu_forward"
    return error.value


# -- calling ----------------------------------------------------------------------------------


def test_a_call_gives_what_the_function_returns():
    assert _candidate(lambda x: (x, "kept")).call("relu_forward", 7) == (7, "kept")


def _raises(x):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        (lambda x: None, "returns None"),
        (_raises, "raises NotImplementedError (test_candidate.py, line "),
    ],
    ids=["returns None", "not implemented"],
)
def test_forms_of_what_is_not_finished(forward, message):
    error = _no_answer(forward)
    assert error.kind == "unfinished"
    assert str(error).startswith(message)
    assert error.quantity == ""


def test_what_is_not_defined_is_not_finished():
    with pytest.raises(NoAnswerError) as error:
        _candidate(print).call("relu_backward", 1, 2)
    assert (error.value.kind, str(error.value)) == ("unfinished", "is not defined")
    assert error.value.function == "relu_backward"


def test_a_crash_names_the_exception_file_and_line(target, found_in):
    path = target("def relu_forward(x):\n    y = x\n    return y.no_such\n")
    error = _no_answer(found_in(path)["relu"].functions["relu_forward"])
    assert error.kind == "crash"
    assert str(error) == (
        "raises AttributeError: 'numpy.ndarray' object has no attribute 'no_such' "
        "(layers.py, line 3)"
    )


def test_a_crash_inside_numpy_names_the_line_that_called_it(target, found_in):
    path = target("import numpy as np\ndef relu_forward(x):\n    return np.reshape(x, (7, 7)), x\n")
    error = _no_answer(found_in(path)["relu"].functions["relu_forward"])
    assert str(error).endswith("(layers.py, line 3)")


def test_a_function_of_other_arguments_is_not_judged():
    error = _no_answer(lambda x, alpha: 1)
    assert (error.kind, str(error)) == (
        "signature",
        "takes (x, alpha), and is called as relu_forward(x): it is not judged. A crosscheck.toml "
        "can say how it is called (crosscheck init)",
    )


def test_a_variant_of_other_arguments_is_told_by_its_own_name(target, found_in):
    path = target("def relu_forward_fast(x, alpha):\n    return x, x\n")
    found = found_in(path)["relu"]
    with pytest.raises(NoAnswerError) as error:
        found.call("relu_forward_fast", X)
    assert str(error.value) == (
        "takes (x, alpha), and is called as relu_forward_fast(x): it is not judged. A "
        "crosscheck.toml can say how it is called (crosscheck init)"
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("max_pool_forward_reshape", "declined"),
        ("conv_forward_strides", "declined"),
        ("get_im2col_indices", "declined"),
        ("im2col", "declined"),
        ("check_shapes", "assertion"),
    ],
)
def test_whoever_asserts_says_what_an_assertion_means(target, found_in, name, kind):
    path = target(
        f"def {name}(x):\n    assert x.ndim == 9\n\ndef relu_forward(x):\n    return {name}(x), x\n"
    )
    assert _no_answer(found_in(path)["relu"].functions["relu_forward"]).kind == kind


def test_a_call_inside_theirs_with_other_arguments_is_a_crash():
    def forward(x):
        return relu_backward(x)

    def relu_backward():
        return 1

    error = _no_answer(forward)
    assert error.kind == "crash"
    assert "takes 0 positional arguments but 1 was given" in str(error)


def test_a_crash_before_their_first_line_names_no_line_of_ours():
    message = str(_no_answer(int))
    assert "raises TypeError: " in message
    assert "(" not in message.partition(":")[2].replace("int()", "")


def test_an_exception_without_a_text_is_named():
    def forward(x):
        raise ValueError

    message = str(_no_answer(forward))
    assert message.startswith("raises ValueError (test_candidate.py, line ")


class _MuteError(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def test_an_exception_whose_text_fails_too_is_a_crash_of_the_candidate():
    def forward(x):
        raise _MuteError

    error = _no_answer(forward)
    assert error.kind == "crash"
    assert "raises _MuteError" in str(error)


def test_a_candidate_that_exits_is_a_crash():
    error = _no_answer(lambda x: sys.exit(3))
    assert error.kind == "crash"
    assert "raises SystemExit: 3" in str(error)


def test_endless_recursion_is_a_crash():
    def forward(x):
        return forward(x)

    error = _no_answer(forward)
    assert error.kind == "crash"
    assert "RecursionError" in str(error)


def test_an_interruption_is_not_swallowed():
    def forward(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _candidate(forward).call("relu_forward", X)


def test_what_is_printed_goes_to_standard_error(capsys):
    _candidate(lambda x: print("seen") or x).call("relu_forward", X)
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
    relu = _candidate(functools.partial(print, 1))
    assert relu.location("relu_forward") == ""
    assert relu.location("relu_backward") == ""


class _Net:
    def __init__(self): ...

    def loss(self, X, y=None): ...


class _Heir(_Net): ...


@pytest.mark.parametrize("function", ["Net", "Net.loss"])
def test_the_location_of_a_model_is_that_of_its_loss(function):
    found = Candidate(layer_named("relu"), {"Net": _Net})
    assert found.location(function) == f"{__file__}:{_Net.loss.__code__.co_firstlineno}"


def test_a_model_that_has_no_loss_of_its_own_has_no_location():
    assert Candidate(layer_named("relu"), {"Net": _Heir}).location("Net") == ""


# -- what it is called ------------------------------------------------------------------------


def test_a_candidate_has_its_layer_s_name_and_functions_if_nothing_else_is_said():
    relu = _candidate()
    assert relu.name == "relu"
    assert relu.names == ("relu_forward", "relu_backward")


def test_in_another_spelling_it_has_that_one_s_name_and_functions():
    layer = replace(layer_named("relu"), also={"relu_alt": ("relu_forward", "relu_backward_alt")})
    found = Candidate(layer, {}, "relu_alt")
    assert found.name == "relu_alt"
    assert found.names == ("relu_forward", "relu_backward_alt")


# -- judged -----------------------------------------------------------------------------------


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

    answer = _no_answer(relu_forward)
    assert (answer.kind, str(answer)[:16]) == ("crash", "raises _SlyError")


def test_a_long_text_is_cut():
    def relu_forward(x):
        raise ValueError("A" * 100_000)

    answer = _no_answer(relu_forward)
    assert len(str(answer)) < 600
