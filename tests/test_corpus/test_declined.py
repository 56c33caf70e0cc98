"""The course's own helpers refuse some sizes by an assertion: that is nobody's mistake."""

import shutil

import pytest

from test_corpus.reports import FILES, check

pytestmark = pytest.mark.slow

OF_THE_COURSE = """
from cs231n.layers import *
from cs231n.fast_layers import *


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    a, conv_cache = conv_forward_naive(x, w, b, conv_param)
    s, relu_cache = relu_forward(a)
    out, pool_cache = {pool}(s, pool_param)
    return out, (conv_cache, relu_cache, pool_cache)


def conv_relu_pool_backward(dout, cache):
    conv_cache, relu_cache, pool_cache = cache
    ds = max_pool_backward_reshape(dout, pool_cache)
    return conv_backward_naive(relu_backward(ds, relu_cache), conv_cache)
"""
OWN = "\n\ndef pool(x, pool_param):\n    assert x.sum() == 1\n"


def _checked(tmp_path, pool, more=""):
    shutil.copytree(FILES / "cs231n", tmp_path / "cs231n")
    (tmp_path / "mine.py").write_text(OF_THE_COURSE.replace("{pool}", pool) + more)
    return check(tmp_path / "mine.py", "--layer", "conv_relu_pool")


def test_an_assertion_in_a_helper_of_the_course_is_a_warning(tmp_path):
    found = _checked(tmp_path, "max_pool_forward_reshape")
    assert (found.exit_code, found.wrong("conv_relu_pool")) == (0, set())
    assert "declined" in found.warned("conv_relu_pool")
    told = {f["message"] for f in found.findings("conv_relu_pool", "warning")}
    assert any("conv_relu_pool_forward raises AssertionError: Invalid pool" in m for m in told)


def test_an_assertion_of_ones_own_is_a_crash(tmp_path):
    found = _checked(tmp_path, "pool", OWN)
    assert found.exit_code == 1
    assert {f["kind"] for f in found.findings("conv_relu_pool", "wrong")} == {"crash"}
