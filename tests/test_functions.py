"""``crosscheck.check``: a target by its name, or functions as they are."""

import pytest

import crosscheck
import impl_numpy
from crosscheck import CrosscheckError, Selection

relu_forward, relu_backward = impl_numpy.relu_forward, impl_numpy.relu_backward


def test_functions_are_told_by_their_names():
    report = crosscheck.check(relu_forward, relu_backward)
    assert report.status == "pass"
    assert report.layers["relu"].status == "pass"
    assert len(report.layers["relu"].results) > 40


def test_a_class_is_a_layer_too():
    report = crosscheck.check(impl_numpy.TwoLayerNet, selection=Selection(["two_layer_net"]))
    assert report.layers["two_layer_net"].status == "pass"


def test_a_wrong_function_is_wrong():
    def relu_backward(dout, x):
        return dout

    report = crosscheck.check(relu_forward, relu_backward)
    assert (report.status, report.exit_code) == ("wrong", 1)


def test_options_are_taken(target):
    report = crosscheck.check(relu_forward, relu_backward, selection=Selection(dtypes=["float16"]))
    assert {r.case.format.name for r in report.layers["relu"].results} == {"float16"}


def test_a_target_may_be_a_path(target):
    path = target("def relu_forward(x):\n    return x * (x > 0), x\n")
    assert crosscheck.check(path).layers["relu"].status == "unfinished"
    assert crosscheck.check(str(path), Selection(["relu"])).layers.keys() == {"relu"}


def test_functions_of_no_layer_are_one_clear_message():
    with pytest.raises(CrosscheckError) as error:
        crosscheck.check(len, max)
    assert str(error.value) == "crosscheck knows no layer by the name of len, max."


def test_a_target_among_functions_is_one_clear_message():
    with pytest.raises(CrosscheckError) as error:
        crosscheck.check(relu_forward, "layers.py")
    assert str(error.value) == ("check takes a target, or functions and classes, but not both.")


def test_an_interruption_is_passed_on():
    def relu_forward(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crosscheck.check(relu_forward)
