"""Files of 2015: what Python 3 and NumPy no longer have is told, with the modern form."""

import numpy as np
import pytest

from test_corpus.reports import FILES, checked

pytestmark = pytest.mark.slow

OLD = FILES / "python2.py"


def _line(text):
    """The line of the file that has this text first."""
    lines = OLD.read_text(encoding="utf-8").splitlines()
    return next(i for i, line in enumerate(lines, start=1) if text in line)


@pytest.mark.parametrize(
    "layer", ["affine", "relu", "max_pool_naive", "svm_loss_naive", "softmax_loss"]
)
def test_what_can_run_is_judged_and_right(layer):
    found = checked("python2.py")
    assert found.wrong(layer) == set()
    assert found.statuses()[layer] in ("pass", "warning")


@pytest.mark.parametrize(
    ("used", "gone", "modern"),
    [
        ("np.product(", "np.product", "np.prod"),
        ("np.float)", "np.float", "float"),
        ("np.lib.pad(", "np.lib.pad", "np.pad"),
        ("reduce(", "reduce", "functools.reduce"),
    ],
)
def test_names_that_are_gone_are_told_with_their_lines(used, gone, modern):
    told = f"{OLD}, line {_line(used)}: {gone} is gone: write {modern}"
    if gone.startswith("np.") and hasattr(np, gone[3:]):
        pytest.skip(f"this NumPy still has {gone}")
    if gone == "np.lib.pad" and hasattr(np.lib, "pad"):
        pytest.skip("this NumPy still has np.lib.pad")
    assert told in checked("python2.py").report["outdated"]


def test_modules_of_python_2_are_shimmed():
    shimmed = checked("python2.py").report["shimmed"]
    assert "cPickle: Python 3's own in its place" in shimmed
    assert "cs231n.im2col_cython: pure NumPy in its place" in shimmed


def test_integer_division_is_told_with_its_line():
    found = checked("python2.py")
    assert found.statuses()["conv_naive"] == "crash"
    assert f"in Python 3 / gives a float (line {_line('/ stride + 1')}): write // for whole" in (
        found.message("conv_naive")
    )


def test_methods_of_a_dict_are_told():
    message = checked("python2.py").message("batchnorm")
    assert message.endswith(f"(python2.py, line {_line('has_key')}); Python 2: write key in d")
    assert checked("python2.py").exit_code == 1


def test_a_print_statement_is_one_clear_line(target, command):
    source = (FILES / "python2_print.txt").read_text(encoding="utf-8")
    path = target(source)
    code, out, error = command("check", path)
    assert (code, out) == (2, f"crosscheck {path}\n") or (code, out) == (2, "")
    assert error == (
        f"crosscheck: {path}, line 19: print 'example %d of %d' % (i, X.shape[0]) is Python 2: "
        "write print('example %d of %d' % (i, X.shape[0]))\n"
    )
