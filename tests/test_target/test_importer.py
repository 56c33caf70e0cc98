"""A target's files import each other, and get a stand-in for what is not there."""

import builtins
import importlib
import sys

import numpy as np
import pytest

from crosscheck.attempt import NoAnswerError
from crosscheck.errors import MissingError, TargetError
from test_target.conftest import RELU


def _answer(found, name="relu_forward"):
    return found.namespace[name](np.array([-1.0, 2.0]))


# -- what is not installed --------------------------------------------------------------------

IMPORTS = {
    "import no_plot": "no_plot (not installed)",
    "import no_plot.pyplot as plt": "no_plot.pyplot (not installed)",
    "from no_plot.cm import a, b as c": "no_plot.cm (not installed)",
    "from no_plot import *": "no_plot (not installed)",
    "from .no_data import load": "part.no_data (not there)",
    "from ..no_data.utils import load": "course.no_data.utils (not there)",
    "from numpy import no_such_name": "numpy.no_such_name (not there)",
}


@pytest.mark.parametrize(("statement", "shown"), IMPORTS.items())
def test_what_a_layer_does_not_need_is_no_matter(target, opens, statement, shown):
    with opens(target(f"{statement}\n{RELU}", "course/part/layers.py")) as found:
        assert [c.name for c in found.candidates] == ["relu"]
        assert found.shimmed == [shown]
        assert _answer(found)[0].tolist() == [0, 2]


def test_it_is_told_once(target, opens):
    with opens(target("import no_plot\nimport no_plot\nfrom no_plot import a\n" + RELU)) as found:
        assert found.shimmed == ["no_plot (not installed)"]


def test_uses_on_import_are_put_up_with(target, opens):
    source = """
import no_plot.pyplot as plt
from no_torch import nn, jit, cuda
plt.rcParams['figure.figsize'] = (10.0, 8.0)
plt.style.use('dark')
device = 'gpu' if cuda.is_available() else 'cpu'
class Net(nn.Module):
    def __init__(self):
        super().__init__()
with plt.context():
    pass
for figure in plt.figures():
    pass
"""
    decorated = RELU.replace("def relu_f", "@jit\ndef relu_f")
    with opens(target(source + decorated)) as found:
        assert found.namespace["device"] == "cpu"
        assert _answer(found)[0].tolist() == [0, 2]
        with pytest.raises(MissingError, match=r"needs nn.Module from no_torch"):
            found.namespace["Net"]()


def test_a_layer_that_needs_it_says_so(target, opens):
    source = "from no_jax import numpy as jnp\ndef relu_forward(x): return jnp.maximum(0, x), x\n"
    with opens(target(source)) as found, pytest.raises(MissingError) as error:
        _answer(found)
    assert str(error.value) == "needs numpy.maximum from no_jax, which is not installed"


def test_an_import_inside_a_function_is_no_matter_either(target, opens):
    source = RELU.replace("return np", "import no_plot\n    return np")
    with opens(target(source)) as found:
        assert found.shimmed == []
        assert _answer(found)[0].tolist() == [0, 2]
        assert found.shimmed == ["no_plot (not installed)"]


@pytest.mark.parametrize(
    "way",
    [
        "try:\n    import no_cupy as xp\nexcept ImportError:\n    import numpy as xp\n",
        "try:\n    import no_cupy as xp\nexcept:\n    xp = np\n",
        "xp = np\ntry:\n    import no_cupy as xp\nexcept ImportError:\n    pass\n",
        "try:\n    from no_cupy import (\n    xp)\nexcept ModuleNotFoundError:\n    xp = np\n",
        "try:\n    from numpy import no_such as xp\nexcept (ImportError, OSError):\n    xp = np\n",
        "try:\n    import no_cupy\nexcept ImportError:\n    pass\nelse:\n    np = None\nxp = np\n",
    ],
)
def test_who_has_another_way_takes_it(target, opens, way):
    source = RELU.replace("np.maximum", "xp.maximum")
    with opens(target("import numpy as np\n" + way + source)) as found:
        assert found.shimmed == []
        assert _answer(found)[0].tolist() == [0, 2]


def test_who_only_complains_gets_a_stand_in(target, opens):
    way = "try:\n    import no_cupy\nexcept ImportError:\n    print('please install it')\n"
    with opens(target(way + RELU)) as found:
        assert found.shimmed == ["no_cupy (not installed)"]


def test_an_installed_module_that_fails_gets_a_stand_in(target, opens, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "broken_here.py").write_text("raise OSError('no CUDA')\n")
    monkeypatch.syspath_prepend(tmp_path / "elsewhere")
    with opens(target("import broken_here\n" + RELU)) as found:
        assert found.shimmed == ["broken_here (cannot be imported here (OSError))"]


def test_what_others_import_is_not_touched(target, opens):
    with opens(target("import no_plot\n" + RELU)):
        assert "no_plot" not in sys.modules
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("no_plot")
        assert builtins.__import__("math").__name__ == "math"


def test_a_part_of_a_module_that_is_there(target, opens):
    source = "import numpy.no_part, os.path\nX = numpy.zeros(2)\nY = os.path.sep\n"
    with opens(target(source + RELU)) as found:
        assert found.namespace["X"].tolist() == [0, 0]
        with pytest.raises(MissingError, match="no_part"):
            found.namespace["numpy"].no_part.f()
    assert not hasattr(np, "no_part")


# -- star imports of what is missing ----------------------------------------------------------

USES_STAR = "def affine_relu_forward(x, w, b):\n    return affine_forward(x, w, b)\n"


@pytest.mark.parametrize("source", [".layers", "cs231n.layers"])
def test_names_of_a_missing_star_import_say_where_they_belong(target, opens, source):
    where = "is not there"
    if source[0] != ".":
        where += " (put the course's folder cs231n, with layers.py in it, beside in.py or in a "
        where += "folder above)"
    with opens(target(f"from {source} import *\n{USES_STAR}{RELU}", "hand/in.py")) as found:
        assert [c.name for c in found.candidates] == ["affine_relu", "relu"]
        assert _answer(found)[0].tolist() == [0, 2]
        with pytest.raises(MissingError) as error:
            found.namespace["affine_relu_forward"](1, 2, 3)
    assert str(error.value) == f"needs affine_forward from {source}, which {where}"


DLFS = """
import sys, os
sys.path.append(os.pardir)
import numpy as np
from common.layers import *
from common.gradient import numerical_gradient
import utils, sklearn_not_there.utils
def relu_forward(x): return Relu().forward(x), x
def tanh_forward(x): return utils.tanh(x), x
"""


def test_what_a_course_hands_out_says_where_to_put_it(target, opens):
    with opens(target(DLFS, "ch05/net.py")) as found:
        assert found.shimmed == [
            "common.layers (not there: put the course's folder common, with layers.py in it, "
            "beside net.py or in a folder above)",
            "common.gradient (not there)",
            "utils (not there)",
            "sklearn_not_there.utils (not installed)",
        ]
        with pytest.raises(MissingError) as folder:
            found.namespace["relu_forward"](1)
        with pytest.raises(MissingError) as file:
            found.namespace["tanh_forward"](1)
    assert str(folder.value) == (
        "needs Relu from common.layers, which is not there (put the course's folder common, with "
        "layers.py in it, beside net.py or in a folder above)"
    )
    assert str(file.value) == (
        "needs tanh from utils, which is not there (put utils.py beside net.py or in a folder "
        "above)"
    )


def test_where_it_is_put_it_is_found(target, opens):
    target("class Relu:\n    def forward(self, x): return x + 1\n", "common/layers.py")
    with opens(target(DLFS, "ch05/net.py")) as found:
        assert found.namespace["relu_forward"](1)[0] == 2


def test_numpy_itself_may_come_with_it(target, opens):
    source = RELU.replace("import numpy as np", "from .layers import *")
    with opens(target(source, "hand/in.py")) as found:
        assert _answer(found)[0].tolist() == [0, 2]


def test_what_it_lacks_is_no_layer_of_the_target(target, opens):
    with opens(target("from .layers import *\nf = affine_forward\n", "hand/in.py")) as found:
        assert found.candidates == []


def test_a_star_import_hides_nothing_that_is_defined(target, opens):
    target("def affine_forward(x, w, b): return 'theirs'\n", "course/layers.py")
    source = f"from .layers import *\nfrom .missing import *\n{USES_STAR}"
    with opens(target(source, "course/utils.py")) as found:
        assert found.namespace["affine_relu_forward"](1, 2, 3) == "theirs"


def test_a_star_import_of_one_that_lacks_them_says_where_they_belong(target, opens):
    target("from .gone import *\ndef helper(): ...\n", "course/layers.py")
    with opens(target(f"from .layers import *\n{USES_STAR}", "course/utils.py")) as found:
        assert "helper" in found.namespace
        needs = pytest.raises(MissingError, match=r"affine_forward from .gone, which is not there")
        with needs:
            found.namespace["affine_relu_forward"](1, 2, 3)


def test_a_name_that_the_students_own_module_lacks(target, opens):
    target("def relu(x): ...\n", "course/layers.py")
    source = "from .layers import relu, afine_forward\ndef affine_forward(*a):\n"
    path = target(source + "    return afine_forward(*a)\n", "course/net.py")
    with opens(path) as found, pytest.raises(MissingError) as error:
        found.namespace["affine_forward"](1, 2, 3)
    assert str(error.value) == "needs afine_forward from .layers, which has no such name"


# -- neighbours -------------------------------------------------------------------------------


def test_a_stand_in_never_hides_a_neighbour(target, opens):
    target("def load(): return 'theirs'\n", "no_plot.py")
    with opens(target("import no_plot\nX = no_plot.load()\n" + RELU)) as found:
        assert found.namespace["X"] == "theirs"
        assert found.shimmed == []


def test_a_neighbours_own_failure_is_told(target, opens):
    target("import no_plot\nprint(1 / 0)\n", "neighbour.py")
    fails = pytest.raises(TargetError, match=r"ZeroDivisionError.*\(neighbour.py, line 2\)")
    with fails, opens(target("import neighbour\n" + RELU)):
        pass


def test_neighbours_get_stand_ins_too(target, opens):
    target("import no_plot\nLIMIT = 3\n", "neighbour.py")
    with opens(target("from neighbour import LIMIT\n" + RELU)) as found:
        assert found.shimmed == ["no_plot (not installed)"]


def test_a_neighbour_is_found_by_import_module(target, opens):
    target("LIMIT = 3\n", "neighbour.py")
    source = "import importlib\nX = importlib.import_module('neighbour').LIMIT\n"
    with opens(target(source + RELU)) as found:
        assert found.namespace["X"] == 3


def test_others_do_not_find_the_targets_files(target, opens):
    target("raise SystemExit\n", "sndhdr_of_mine.py")
    with opens(target(RELU)), pytest.raises(ModuleNotFoundError):
        importlib.import_module("sndhdr_of_mine")


def test_a_neighbour_named_like_a_module_in_use_is_the_neighbour(target, opens, monkeypatch):
    monkeypatch.setitem(sys.modules, "utils_in_use", np)
    target("LIMIT = 3\n", "utils_in_use.py")
    with opens(target("from utils_in_use import LIMIT as X\n" + RELU)) as found:
        assert found.namespace["X"] == 3
    assert sys.modules["utils_in_use"] is np


def test_an_empty_folder_hides_no_module(target, opens, tmp_path):
    (tmp_path / "colorsys").mkdir()
    with opens(target("import colorsys\nX = colorsys.rgb_to_hls\n" + RELU)) as found:
        assert callable(found.namespace["X"])


def test_a_path_that_the_target_adds_is_searched(target, opens, tmp_path):
    target("import no_plot\nLIMIT = 3\n", "deep/er/lib_of_mine.py")
    source = f"import sys\nsys.path.append({str(tmp_path / 'deep' / 'er')!r})\n"
    before = list(sys.path)
    with opens(target(source + "from lib_of_mine import LIMIT\n" + RELU)) as found:
        assert found.namespace["LIMIT"] == 3
        assert found.shimmed == ["no_plot (not installed)"]
    assert sys.path == before
    assert "lib_of_mine" not in sys.modules


def test_modules_that_import_each_other_do(target, opens):
    target("import course.b\ndef one(): return course.b.two\n", "course/a.py")
    target("", "course/__init__.py")
    with opens(target("import course.a\ntwo = 2\n" + RELU, "course/b.py")) as found:
        assert found.namespace["course"].a.one() == 2


def test_two_targets_are_open_at_once(target, opens):
    late = RELU.replace("return np", "from limits_here import LOW\n    return LOW, np")
    for name, low in (("one", 1), ("two", 2)):
        target(f"LOW = {low}\n", f"{name}/limits_here.py")
    with opens(target(late, "one/layers.py")) as one, opens(target(late, "two/layers.py")) as two:
        assert [_answer(t)[0] for t in (one, two, one)] == [1, 2, 1]
        assert sys.modules["limits_here"].LOW == 1
    assert "limits_here" not in sys.modules


# -- known modules ----------------------------------------------------------------------------


def test_python_2s_helpers_are_python_3s(target, opens):
    source = """
from past.builtins import xrange
from builtins import range as r
from six.moves import cPickle, zip as z
import cPickle as pickle
import six.moves as moves
from itertools import izip
from collections import Iterable
from future.utils import iteritems
X = [list(f(3)) for f in (xrange, r, moves.range)], pickle.dumps, cPickle.dumps
Y = list(izip([1], [2])), list(iteritems({1: 2})), isinstance([], Iterable)
"""
    with opens(target(source + RELU)) as found:
        numbers, dumps, same = found.namespace["X"]
        assert numbers == [[0, 1, 2]] * 3
        assert found.namespace["Y"] == ([(1, 2)], [(1, 2)], True)
        assert dumps is same
        assert all(s.endswith(": Python 3's own in its place") for s in found.shimmed)


FAST = """
import numpy as np
try:
    from .im2col_cython import col2im_cython, im2col_cython
    from .im2col_cython import col2im_6d_cython
except ImportError:
    print('run: python setup.py build_ext --inplace')
def conv_forward_fast(x):
    return im2col_cython(x, 2, 2, 0, 1)
"""


def test_compiled_helpers_that_are_not_built_are_pure_numpy(target, opens):
    target("", "cs231n/__init__.py")
    with opens(target(FAST, "cs231n/fast_layers.py")) as found:
        assert found.namespace["conv_forward_fast"](np.ones((1, 1, 3, 3))).shape == (4, 4)
        assert found.shimmed == ["cs231n.im2col_cython: pure NumPy in its place"]


def test_compiled_helpers_that_are_built_are_used(target, opens):
    target("", "cs231n/__init__.py")
    names = ("col2im_cython", "im2col_cython", "col2im_6d_cython")
    target("\n".join(f"def {n}(*a): return 'built'" for n in names), "cs231n/im2col_cython.py")
    with opens(target(FAST, "cs231n/fast_layers.py")) as found:
        assert found.namespace["conv_forward_fast"](np.ones((1, 1, 3, 3))) == "built"
        assert found.shimmed == []


def test_helpers_of_a_course_that_were_not_handed_in_are_pure_numpy(target, opens):
    source = "from common.util import im2col, col2im\nfrom .im2col import *\n"
    with opens(target(source + "def f(x): return im2col(x, 2, 2), im2col_indices(x, 2, 2)\n")) as f:
        assert [a.shape for a in f.namespace["f"](np.ones((1, 1, 3, 3)))] == [(4, 4), (4, 16)]


def test_others_of_their_names_are_missing(target, opens):
    with opens(target("from .im2col_cython import pool\ndef f(x): return pool(x)\n")) as found:
        needs = pytest.raises(MissingError, match=r"needs pool from .im2col_cython")
        with needs:
            found.namespace["f"](1)


def test_a_missing_name_reaches_whoever_calls(target, opens):
    """As an exception that is nobody's crash."""
    with opens(target("from .gone import f\ndef relu_forward(x): return f(x)\n")) as found:
        [relu] = found.candidates
        with pytest.raises(NoAnswerError, match=r"needs f from .gone, which is not there"):
            relu.call("relu_forward", 1)
