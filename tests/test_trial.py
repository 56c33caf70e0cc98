"""One run: what came back, and what the candidate did on the side."""

import warnings
from dataclasses import dataclass

import numpy as np
import pytest

import impl_numpy
from crosscheck.case import Case
from crosscheck.trial import run, run_around

RELU, AFFINE = "relu/float32/normal/s3x11/0", "affine/float32/normal/N3-d5-M2/0"
LOSS = "softmax_loss/float32/normal/N5-C7/0"


@pytest.fixture
def tried(candidate):
    """``tried(case_id, relu_backward=…)`` is the trial of a candidate but for that function."""

    def run_once(case_id, between=None, **replacements):
        case = Case.parse(case_id)
        return run(candidate(case.layer.name, **replacements), case, case.draw(), between)

    return run_once


def relu_forward(x):
    return np.maximum(x, 0), x


# -- nothing on the side ----------------------------------------------------------------------


@pytest.mark.parametrize("case_id", [RELU, AFFINE, LOSS])
def test_a_clean_run_gives_every_quantity_and_notes_nothing(tried, case_id):
    trial = tried(case_id)
    assert list(trial.results) == list(Case.parse(case_id).layer.quantities)
    assert (trial.failure, trial.changed, trial.shared) == (None, [], [])


def test_the_masters_are_never_given_away(tried):
    seen = []
    tried(RELU, relu_forward=lambda x: (seen.append(x), relu_forward(x))[1])
    assert seen[0].flags.writeable


# -- around other data ------------------------------------------------------------------------


def _around(made):
    case, other = Case.parse(RELU), Case.parse(RELU[:-1] + "1")
    return run_around(made, case, case.draw(), other.draw()), case.draw(), other.draw()


def test_what_keeps_nothing_answers_the_same_around_other_data(candidate):
    made = candidate("relu")
    trial, drawn, _ = _around(made)
    right = run(made, Case.parse(RELU), drawn).results
    for each in trial.each:
        assert each.results.keys() == right.keys()
        for name, value in right.items():
            np.testing.assert_array_equal(each.results[name], value)


def test_an_answer_that_other_data_overwrite_is_told_as_it_is_then(candidate):
    buffer = np.empty((3, 11), np.float32)
    made = candidate("relu", relu_forward=lambda x: (np.maximum(x, 0, out=buffer), x))
    trial, _, other = _around(made)
    np.testing.assert_array_equal(trial.results["out"], np.maximum(other.inputs["x"], 0))


def test_a_forward_that_is_one_call_behind_answers_for_other_data(candidate):
    """They come between the first answer and the second forward too."""
    last = []

    def behind(x):
        last.append(x)
        return np.maximum(last[-2:][0], 0), x

    trial, _, other = _around(candidate("relu", relu_forward=behind))
    np.testing.assert_array_equal(trial.again.results["out"], np.maximum(other.inputs["x"], 0))


# -- mutation ---------------------------------------------------------------------------------


def _overwriting_x(x):
    out = np.maximum(x, 0)
    x *= 2
    return out, x


def _overwriting_x_with_itself(x):
    x[...] = x.copy()
    return relu_forward(x)


def _negating_zeros(x):
    x[x == 0] *= -1
    return relu_forward(x)


def _reshaping_x(x):
    out = np.maximum(x, 0)
    x.resize(x.size, refcheck=False)
    return out, x


def test_an_overwritten_input_is_noticed(tried):
    assert tried(RELU, relu_forward=_overwriting_x).changed == [("relu_forward", "x")]


def test_an_input_reshaped_in_place_is_noticed(tried):
    assert ("relu_forward", "x") in tried(RELU, relu_forward=_reshaping_x).changed


def test_an_input_read_as_another_dtype_in_place_is_noticed(tried):
    def forward(x):
        out, kept = np.maximum(x, 0), x.copy()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # newer versions of NumPy advise against it
            x.dtype = np.int32
        return out, kept

    assert tried(RELU, relu_forward=forward).changed == [("relu_forward", "x")]


def test_writing_what_was_there_is_no_change(tried):
    assert tried(RELU, relu_forward=_overwriting_x_with_itself).changed == []


def test_a_changed_sign_of_zero_is_noticed(tried):
    kinks = RELU.replace("normal/s3x11", "kinks/s5x2x3")
    assert tried(kinks, relu_forward=_negating_zeros).changed == [("relu_forward", "x")]


def test_an_overwritten_cotangent_is_noticed(tried):
    def backward(dout, cache):
        dout[cache <= 0] = 0
        return dout.copy()

    assert tried(RELU, relu_backward=backward).changed == [("relu_backward", "dout")]


def test_a_cached_input_overwritten_by_the_backward_is_noticed(tried):
    def backward(dout, cache):
        dx = np.where(cache > 0, dout, 0)
        cache[...] = 0
        return dx

    assert tried(RELU, relu_backward=backward).changed == [("relu_backward", "x")]


@dataclass
class _Cache:
    mask: np.ndarray


@pytest.mark.parametrize(
    ("wrap", "unwrap"),
    [
        (lambda m: m, lambda c: c),
        (lambda m: (1, m), lambda c: c[1]),
        (lambda m: [[m]], lambda c: c[0][0]),
        (lambda m: {"mask": m}, lambda c: c["mask"]),
        (_Cache, lambda c: c.mask),
    ],
    ids=["array", "tuple", "list of lists", "dict", "object"],
)
def test_an_array_anywhere_in_the_cache_is_watched(tried, wrap, unwrap):
    def backward(dout, cache):
        mask = unwrap(cache)
        dx = dout * mask
        mask[...] = 0
        return dx

    trial = tried(
        RELU,
        relu_forward=lambda x: (np.maximum(x, 0), wrap((x > 0).astype(x.dtype))),
        relu_backward=backward,
    )
    assert trial.changed == [("relu_backward", "cache[0]")]


def test_a_cache_that_holds_itself_is_no_endless_search(tried):
    def forward(x):
        cache = {"x": x}
        cache["self"] = cache
        return np.maximum(x, 0), cache

    trial = tried(RELU, relu_forward=forward, relu_backward=lambda d, c: d * (c["x"] > 0))
    assert trial.failure is None


def test_a_loss_that_changes_its_labels_is_noticed(tried):
    def loss(x, y):
        y += 1
        return 0.0, np.zeros_like(x)

    assert tried(LOSS, softmax_loss=loss).changed == [("softmax_loss", "y")]


# -- aliases ----------------------------------------------------------------------------------


def test_an_output_in_the_inputs_memory_is_noticed(tried):
    def forward(x):
        return np.maximum(x, 0, out=x), x

    trial = tried(RELU, relu_forward=forward)
    assert ("out", "x") in trial.shared
    assert ("relu_forward", "x") in trial.changed


def test_a_gradient_that_is_a_view_of_the_cotangent_is_noticed(tried):
    trial = tried(RELU, relu_backward=lambda dout, cache: dout[::-1])
    assert trial.shared == [("dx", "dout")]


def test_a_gradient_in_the_caches_memory_is_noticed(tried):
    def backward(dout, cache):
        cache *= dout
        return cache

    trial = tried(
        RELU,
        relu_forward=lambda x: (np.maximum(x, 0), (x > 0).astype(x.dtype)),
        relu_backward=backward,
    )
    assert trial.shared == [("dx", "cache[0]")]
    assert trial.changed == [("relu_backward", "cache[0]")]


def test_a_copy_is_no_alias(tried):
    assert tried(RELU, relu_backward=lambda dout, cache: dout.copy()).shared == []


# -- failures ---------------------------------------------------------------------------------


def test_a_failing_backward_keeps_the_forwards_results(tried):
    trial = tried(RELU, relu_backward=lambda dout, cache: 1 / 0)
    assert list(trial.results) == ["out"]
    assert trial.failure.kind == "crash"
    assert trial.failure.function == "relu_backward"


def test_a_failing_forward_gives_no_results(tried):
    trial = tried(RELU, relu_forward=lambda x: 1 / 0)
    assert trial.results == {}
    assert trial.failure.function == "relu_forward"


def test_what_a_failing_function_overwrote_is_noticed(tried):
    def forward(x):
        x[...] = 0
        raise ValueError

    trial = tried(RELU, relu_forward=forward)
    assert trial.changed == [("relu_forward", "x")]
    assert trial.failure.kind == "crash"


# -- other data in between --------------------------------------------------------------------


def test_other_data_goes_through_both_functions_before_the_backward_is_asked(tried):
    calls = []

    def forward(x):
        calls.append(float(x.flat[0]))
        return relu_forward(x)

    def backward(dout, cache):
        calls.append(float(dout.flat[0]))
        return dout * (cache > 0)

    mine, other = Case.parse(RELU).draw(), Case.parse(RELU[:-1] + "1").draw()
    tried(RELU, between=other, relu_forward=forward, relu_backward=backward)
    (x, dout), (other_x, other_dout) = (
        [float(a.flat[0]) for a in (d.inputs["x"], d.cotangents["dout"])] for d in (mine, other)
    )
    assert calls == [x, other_x, other_dout, dout]


def test_what_happens_to_other_data_is_not_noted(tried):
    other = Case.parse(RELU[:-1] + "1").draw()
    first = float(other.inputs["x"].flat[0])

    def forward(x):
        if x.flat[0] == first:
            x *= 2
        return relu_forward(x)

    trial = tried(RELU, between=other, relu_forward=forward)
    assert (trial.failure, trial.changed) == (None, [])


def test_other_data_goes_through_a_loss_first(tried):
    calls = []

    def loss(x, y):
        calls.append(float(x.flat[0]))
        return 0.0, np.zeros_like(x)

    other = Case.parse(LOSS[:-1] + "1").draw()
    tried(LOSS, between=other, softmax_loss=loss)
    assert calls == [float(d.inputs["x"].flat[0]) for d in (other, Case.parse(LOSS).draw())]


def test_a_cache_that_contains_itself_is_walked_once(candidate, embedded):
    def relu_forward(x):
        cache = [x]
        cache.extend([cache] * 40)
        return impl_numpy.relu_forward(x)[0], cache

    def relu_backward(dout, cache):
        return impl_numpy.relu_backward(dout, cache[0])

    case = Case.parse("relu/float32/normal/s7/0")
    made = candidate("relu", relu_forward=relu_forward, relu_backward=relu_backward)
    trial = run(made, case, case.draw())
    assert trial.failure is None
    assert trial.changed == []
