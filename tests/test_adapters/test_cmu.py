"""CMU 11-785's mytorch, in its three generations."""

import pytest

from crosscheck.adapters import family_named
from crosscheck.adapters.cmu import SMALL, TRANSPOSED
from crosscheck.adapters.cmu_2023 import MASKED
from crosscheck.adapters.cmu_narrow import NARROW
from test_adapters.mytorch import ALSO_RIGHT, CANDIDATES, RIGHT, TOLD, WRONG, WRONG_IN_SEVERAL
from test_adapters.verdicts import changed, source, verdicts

pytestmark = pytest.mark.slow


def _wrong(found):
    return {name: v.wrong for name, v in found.items() if v.wrong}


@pytest.mark.parametrize("year", RIGHT)
def test_right_code_is_read_and_not_called_wrong(year):
    found = verdicts(RIGHT[year])
    assert found.keys() == CANDIDATES[year]
    assert {name: v.messages for name, v in found.items() if v.wrong or not v.judged} == {}


@pytest.mark.parametrize(("year", "name", "conventions"), TOLD)
def test_what_was_applied_is_told(year, name, conventions):
    assert verdicts(RIGHT[year], of=name.partition(":")[2])[name].conventions == conventions


@pytest.mark.parametrize(("year", "of", "old", "new"), ALSO_RIGHT)
def test_other_right_code_is_not_called_wrong(year, of, old, new):
    found = verdicts(changed(RIGHT[year], old, new), of=of)
    assert found
    assert {name: v.messages for name, v in found.items() if v.wrong} == {}


@pytest.mark.parametrize(("year", "of", "old", "new", "quantities"), WRONG)
def test_mistakes_are_found_where_they_are(year, of, old, new, quantities):
    found = _wrong(verdicts(changed(RIGHT[year], old, new), of=of))
    assert found
    assert all(wrong == quantities for wrong in found.values()), found


@pytest.mark.parametrize(("year", "of", "old", "new", "expected"), WRONG_IN_SEVERAL)
def test_mistakes_are_found_in_what_they_concern(year, of, old, new, expected):
    found = _wrong(verdicts(changed(RIGHT[year], old, new), of=of.partition(".")[0]))
    assert {name: wrong for name, wrong in found.items() if name in expected} == expected
    if of != "RNNCell":
        assert found == expected


@pytest.mark.parametrize("year", RIGHT)
def test_what_is_handed_out_is_unfinished(year):
    found = verdicts(source(year, "unfinished"))
    assert len(found) > 5
    assert {n: v.messages for n, v in found.items() if not v.unfinished} == {}


@pytest.mark.parametrize(
    ("year", "of", "line"),
    [
        ("cmu_2022", "Linear", "self.dLdb = dLdb / self.N"),
        ("cmu_2023", "Linear", "self.dLdW = flat_dLdZ.T @ flat_A"),
        ("cmu_2021", "GRUCell", "self.dbir, self.dbhr = dr, dr"),
    ],
)
def test_a_gradient_that_is_never_set_is_unfinished(year, of, line):
    text = RIGHT[year].replace('self.dLdb = np.zeros((out_features, 1), dtype="f")', "pass")
    (found,) = verdicts(changed(text, line, "pass"), of=of).values()
    assert found.unfinished, found.messages


# -- conventions ------------------------------------------------------------------------------


def test_gradients_that_are_sums_are_taken_as_such():
    text = changed(RIGHT["cmu_2022"], "self.dLdW = dLdW / self.N", "self.dLdW = dLdW")
    text = changed(text, "self.dLdb = dLdb / self.N", "self.dLdb = dLdb")
    (found,) = verdicts(text, of="Linear").values()
    assert (found.wrong, found.conventions, found.judged) == (set(), (TRANSPOSED,), 66)


def test_an_epsilon_that_is_built_in_is_the_only_one_asked_for():
    free = verdicts(RIGHT["cmu_2022"], of="BatchNorm1d")
    text = RIGHT["cmu_2022"].replace("self.V + self.eps", "self.V + 1e-8")
    text = text.replace("self.running_V + self.eps", "self.running_V + 1e-8")
    built_in = verdicts(text, of="BatchNorm1d")
    assert _wrong(built_in) == {}
    assert 0 < built_in["batchnorm:BatchNorm1d"].judged < free["batchnorm:BatchNorm1d"].judged


def test_scores_that_overflow_are_asked_of_code_that_subtracts_the_largest():
    plain = RIGHT["cmu_2022"]
    safe = changed(
        plain,
        "np.exp(A) / (np.exp(A) @ Ones_C @ Ones_C.T)",
        "(lambda p: p / (p @ Ones_C))(np.exp(A - np.max(A, axis=1, keepdims=True)))",
    )
    (before,), (after,) = (verdicts(t, of="CrossEntropyLoss").values() for t in (plain, safe))
    assert SMALL in before.conventions
    assert SMALL not in after.conventions
    assert before.wrong == after.wrong == set()
    assert before.judged < after.judged


ZEROS = "Z = np.zeros((A.shape[0], self.out_channels, width, height), dtype=A.dtype)"


def test_zeros_of_float32_as_the_handouts_want_them_are_judged_in_float32_only():
    text = changed(RIGHT["cmu_2022"], ZEROS, ZEROS.replace("A.dtype)", '"f")'))
    # Also in what is made of it.
    for name in ("Conv2d", "Conv2d_stride1"):
        (found,) = verdicts(text, of=name).values()
        assert (found.wrong, found.conventions) == (set(), (NARROW,))
        assert found.judged


def test_masks_are_inverted_and_that_is_told():
    name = "scaled_dot_product_attention_masked:ScaledDotProductAttention"
    assert MASKED in verdicts(RIGHT["cmu_2023"], of="ScaledDotProductAttention")[name].conventions


@pytest.mark.parametrize("year", RIGHT)
def test_each_generation_can_be_named(year):
    assert family_named(year).about
    assert verdicts(RIGHT[year], adapter=year, of="Linear").keys() == {"affine:Linear"}


FOREIGN = """
class Linear:
    def __init__(self, n_in, n_out): self.dW = self.db = 0
    def forward(self, x): return x
    def backward(self, grad): return grad

class ReLU:
    def forward(self, x): return x
    def backward(self, grad): return grad

class Tanh:
    def forward(self, Z, training=True): return Z
    def backward(self, dLdA): return dLdA

class Conv2d:
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0): ...
    def forward(self, x): return x
    def backward(self, dout): return dout

class BatchNorm1d:
    def __init__(self, num_features, eps=1e-5, momentum=0.1): ...
    def forward(self, x): return x
    def backward(self, dout): return dout

class RNNCell:
    def __init__(self, input_size, hidden_size): ...
    def forward(self, x, h): return h
    def backward(self, dh): return dh

class SGD:
    def __init__(self, params, lr, momentum): ...
    def step(self): ...

class MSELoss:
    def forward(self, pred, target): return 0
    def backward(self): return 0

class Softmax:
    def forward(self, x): return x
    def backward(self, dout): return dout

class ScaledDotProductAttention:
    def forward(self, Q, K, V, mask=None): return V, Q
    def backward(self, grad): return grad

class MaxPool2d:
    def __init__(self, kernel_size, stride): ...
    def forward(self, x): return x
    def backward(self, dout): return dout
"""


@pytest.mark.parametrize("year", RIGHT)
def test_other_code_of_the_same_names_is_left_alone(year):
    assert verdicts(FOREIGN, adapter=year) == {}
