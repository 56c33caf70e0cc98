"""A stand-in puts up with an import, and says what is missing once a layer uses it."""

import abc
import copy
from typing import Optional

import numpy as np
import pytest

from crosscheck.errors import MissingError
from crosscheck.target.standins import Loading, StandIn, View


@pytest.fixture
def loading():
    return Loading()


@pytest.fixture
def plt(loading):
    return StandIn("matplotlib.pyplot", "is not installed", loading)


USES = {
    "called": lambda s: s(),
    "a part of it called": lambda s: s.figure.add(1),
    "asked": lambda s: s["x"],
    "set": lambda s: s.__setitem__("x", 1),
    "added to": lambda s: s + 1,
    "added to an array": lambda s: np.ones(3) + s,
    "in a product": lambda s: 2 * s,
    "compared": lambda s: s < 3,
    "as a condition": bool,
    "gone through": list,
    "opened": lambda s: s.__enter__(),
    "as a decorator": lambda s: s(lambda: 0),
    "as an array": np.asarray,
    "as a size": np.zeros,
    "as a number": float,
    "in a NumPy function": np.exp,
    "a base, made": lambda s: _subclass(s)(),
    "a base's method": lambda s: object.__new__(_subclass(s)).forward(1),
}


def _subclass(base):
    class Net(base, flavour=1):
        pass

    return Net


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_it_says_what_is_missing_when_it_is_used(plt, use):
    with pytest.raises(MissingError, match=r"matplotlib.pyplot, which is not installed$"):
        use(plt)


NUMBERS = {"as an array", "as a size", "as a number"}


@pytest.mark.parametrize("name", sorted(USES.keys() - NUMBERS))
def test_it_puts_up_with_everything_on_import(plt, loading, name):
    with loading:
        USES[name](plt)


def test_as_a_dtype_it_says_so_too(plt):
    """As a TypeError of NumPy's own where NumPy 1 swallows ours."""
    with pytest.raises(
        (MissingError, TypeError), match=r"float32 from matplotlib.pyplot, which is"
    ):
        np.zeros(3, dtype=plt.float32)


def test_the_message_names_what_was_needed(plt):
    with pytest.raises(MissingError) as error:
        plt.style.use("dark")
    assert str(error.value) == ("needs style.use from matplotlib.pyplot, which is not installed")


def test_a_decorator_leaves_the_function(plt, loading):
    def f(): ...

    with loading:
        assert plt.jit(f) is f
        assert plt.jit(nopython=True)(f) is f


def test_nothing_is_an_instance_of_it(plt):
    assert not isinstance(3, plt.Tensor)
    assert not issubclass(int, plt.Tensor)


def test_an_annotation_may_hold_it(plt):
    assert Optional[plt.Tensor]  # noqa: UP045 -- the old form is what is tested


def test_a_class_with_a_missing_base_works_as_far_as_it_is_its_own(plt):
    class Affine(plt.Layer, abc.ABC):
        def __init__(self):
            self.w = 3

        def forward(self):
            return self.w

    assert Affine().forward() == 3
    assert copy.deepcopy(Affine()).w == 3


def test_what_python_asks_for_on_the_side_is_not_there(plt):
    assert not hasattr(plt, "__array_interface__")
    assert copy.copy(plt) is not None


def test_a_view_has_its_modules_names_and_more():
    view = View(np, {"float": float})
    assert view.float is float
    assert view.zeros is np.zeros
    assert "float" not in vars(np)
