"""Names that NumPy and Python 3 no longer have are told, and put back while the target is open."""

import numpy as np
import pytest

from crosscheck.target.outdated import _NUMPY, is_gone
from test_target.conftest import RELU

GONE = [name for name in _NUMPY if is_gone(name)]


@pytest.mark.parametrize("name", GONE)
def test_a_name_that_numpy_lost_is_told_and_works(target, opens, name):
    source = f"{RELU}\n\ndef f():\n    return np.{name}\n"
    path = target(source)
    with opens(path) as found:
        [old] = found.outdated
        assert (old.file, old.line, old.old) == (path, 10, f"np.{name}")
        assert str(old) == f"{path}, line 10: np.{name} is gone: write {_NUMPY[name][0]}"
        assert found.namespace["f"]() is _NUMPY[name][1]
    assert is_gone(name)
    assert name not in vars(np)


def test_those_that_no_supported_numpy_has_are_gone():
    assert {"float", "int", "object", "complex", "asscalar", "rank"} <= set(GONE)


def test_what_numpy_has_is_not_told(target, opens):
    have = [name for name in _NUMPY if not is_gone(name)]
    used = "\n".join(f"    np.{name}" for name in [*have, "zeros", "float64", "newaxis"])
    with opens(target(f"{RELU}\ndef f():\n{used}\n")) as found:
        assert found.outdated == []


def test_a_layer_that_uses_one_is_judged(target, opens):
    source = RELU.replace("return np.maximum(x, 0)", "return np.maximum(x, 0).astype(np.float)")
    with opens(target(source)) as found:
        assert found.namespace["relu_forward"](np.array([-1, 2]))[0].dtype == np.float64


def test_every_alias_is_known(target, opens):
    source = "import numpy\nimport numpy as xp\nfrom numpy import float as real\n"
    with opens(target(source + "X = numpy.int, xp.object, real\n" + RELU)) as found:
        assert [(o.line, o.old) for o in found.outdated] == [
            (3, "np.float"),
            (4, "np.int"),
            (4, "np.object"),
        ]
        assert found.namespace["X"] == (int, object, float)


def test_those_of_other_modules_are_not_told(target, opens):
    with opens(target("class np:\n    float = 3\nX = np.float\n")) as found:
        assert found.outdated == []


def test_two_open_targets_may_use_the_same(target, opens):
    one, two = (target(f"{RELU}\nX = np.float\n", f"{n}/layers.py") for n in ("one", "two"))
    with opens(one) as first:
        with opens(two) as second:
            assert first.outdated[0].old == second.outdated[0].old == "np.float"
        assert np.float is float
    assert not hasattr(np, "float")


PYTHON2 = "def relu_forward(x):\n    for i in xrange(3):\n        last = i\n    return last\n"


def test_a_builtin_of_python_2_is_told_and_works(target, opens):
    path = target(PYTHON2)
    with opens(path) as found:
        assert [str(o) for o in found.outdated] == [f"{path}, line 2: xrange is gone: write range"]
        assert found.namespace["relu_forward"](0) == 2


@pytest.mark.parametrize(
    "before",
    [
        "from past.builtins import xrange\n",
        "try:\n    xrange\nexcept NameError:\n    xrange = range\n",
        "xrange = range\n",
    ],
)
def test_a_file_that_provides_for_it_is_not_outdated(target, opens, before):
    with opens(target(before + PYTHON2)) as found:
        assert found.outdated == []
        assert found.namespace["relu_forward"](0) == 2


def test_who_asks_which_python_it_is_is_told_the_truth(target, opens):
    source = "try:\n    unicode\n    OLD = True\nexcept NameError:\n    OLD = False\n"
    with opens(target(source)) as found:
        assert found.namespace["OLD"] is False


def test_files_that_are_imported_later_are_searched_too(target, opens):
    target("import numpy as np\nX = np.float\n", "neighbour.py")
    source = "def relu_forward(x):\n    from neighbour import X\n    return X\n"
    with opens(target(source)) as found:
        assert found.outdated == []
        assert found.namespace["relu_forward"](0) is float
        assert [o.old for o in found.outdated] == ["np.float"]
    assert not hasattr(np, "float")
