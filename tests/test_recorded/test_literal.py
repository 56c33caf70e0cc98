"""Values as code: exactly these values."""

from types import SimpleNamespace

import numpy as np
import pytest

from crosscheck.recorded.literal import UnwritableError, plain

VALUES = [
    *(None, True, 3, 0.1, "a", [1, (2,)], {"w": [0.5]}),
    *(float("inf"), np.float32(0.5)),
]


@pytest.mark.parametrize("value", VALUES)
def test_what_is_written_is_that_value(value):
    assert eval(plain(value), {"np": np}) == value


@pytest.mark.parametrize("array", [np.array([[0.1, np.nan], [-np.inf, 2]]), np.zeros((3, 4))])
def test_an_array_too(array):
    np.testing.assert_array_equal(eval(plain(array), {"np": np}), array)


def test_a_plain_object_too():
    value = SimpleNamespace(lr=0.1, layers=[SimpleNamespace(W=1)])
    assert eval(plain(value), {"SimpleNamespace": SimpleNamespace}) == value


def test_anything_else_is_refused():
    with pytest.raises(UnwritableError, match="object"):
        plain(object())
