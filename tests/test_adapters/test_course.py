"""The course's own names: variants, and functions of that name that are not the course's."""

import pytest

from crosscheck.adapters.course import candidates
from crosscheck.case import Case
from crosscheck.layers import catalogue, layer_named

pytestmark = pytest.mark.slow


def _found(layer, **functions):
    return {c.name: c for c in candidates(functions, [layer_named(layer)])}


def _function(*_):
    return None


def test_a_second_version_is_a_candidate_of_its_own():
    names = ("conv_forward_naive", "conv_backward_naive", "conv_forward_im2col")
    found = _found("conv", **dict.fromkeys(names, _function))
    assert {n: list(c.functions) for n, c in found.items()} == {
        "conv_naive": ["conv_forward_naive", "conv_backward_naive"],
        "conv_im2col": ["conv_forward_im2col"],
    }


def test_a_second_backward_shares_the_forward():
    names = ("relu_forward", "relu_backward", "relu_backward_alt")
    found = _found("relu", **dict.fromkeys(names, _function))
    assert found["relu_alt"].names == ("relu_forward", "relu_backward_alt")


def test_a_name_of_another_layer_is_no_second_version():
    assert list(_found("softmax_loss", softmax_loss_naive=_function)) == []


def test_a_cache_may_be_called_as_what_it_holds():
    """Not every backward that takes an ``x`` is given it because the forward keeps nothing."""

    def relu_forward(x):
        return x.clip(0), x

    def relu_backward(dout, x):
        return dout * (x > 0)

    found = _found("relu", relu_forward=relu_forward, relu_backward=relu_backward)
    assert not found["relu"].adapted


def test_attention_without_a_mask_is_not_also_attention_with_one():
    def scaled_dot_product_attention_forward(q, k, v):
        return None

    functions = {"scaled_dot_product_attention_forward": scaled_dot_product_attention_forward}
    found = {c.layer.name for c in candidates(functions, catalogue().values())}
    assert found == {"scaled_dot_product_attention"}


@pytest.mark.parametrize(
    ("case_id", "function", "takes"),
    [
        ("layernorm/float64/normal/N3-D2-eps=0.01/0", lambda x, gamma, beta, e=1e-5: 0, "e=1e-05"),
        ("dropout_test/float64/normal/s2x3x5-p=0.3-seed=7/0", lambda x, p: 0, "p"),
        ("sgd/float64/normal/T3-s1-learning_rate=0.7/0", lambda w, dw, lr=0.1: 0, "lr=0.1"),
    ],
    ids=["layernorm", "dropout", "sgd"],
)
def test_a_number_where_the_course_has_a_dict_is_not_judged(case_id, function, takes):
    case = Case.parse(case_id)
    [candidate] = _found(case.layer.name, **{case.layer.functions[0]: function}).values()
    failure = candidate.trial(case, case.draw()).failure
    assert failure.kind == "signature"
    assert f"{takes}), and is called as " in str(failure)


def test_the_courses_own_dict_is_given():
    seen = []

    def layernorm_forward(x, gamma, beta, ln_param):
        seen.append(ln_param)

    case = Case.parse("layernorm/float64/normal/N3-D2-eps=0.01/0")
    [candidate] = _found("layernorm", layernorm_forward=layernorm_forward).values()
    candidate.trial(case, case.draw())
    assert seen == [{"eps": 0.01}]
