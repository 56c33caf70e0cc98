"""What `crosscheck explain` says: nothing is missing, every shape is there, and it fits."""

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from crosscheck.errors import SelectionError
from crosscheck.explain import Line, explanation, layers_called, shown_shape
from crosscheck.layers import catalogue, layer_named
from crosscheck.maths import Step, maths_of, written
from crosscheck.report.explain import show_explanation

every_layer = pytest.mark.parametrize("name", catalogue())


@pytest.fixture(autouse=True)
def _no_wishes(monkeypatch):
    """Of the environment, about how wide or how colourful output shall be."""
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


def _shown(name, width=80, **more):
    file = io.StringIO()
    console = Console(file=file, width=width, highlight=False, **more)
    show_explanation(explanation(layer_named(name)), console)
    return file.getvalue()


def _steps(told):
    return [line for line in told if isinstance(line, Line | Step)]


def _defined(told):
    return {line.name.partition("[")[0] for line in _steps(told)}


# -- what is said of every layer --------------------------------------------------------------


@every_layer
def test_every_output_and_every_gradient_has_a_formula(name):
    layer, told = layer_named(name), explanation(layer_named(name))
    assert {o.name for o in layer.outputs} <= _defined(told.forward)
    assert set(layer.gradients) <= _defined(told.backward)


@every_layer
def test_every_quantity_has_its_shape(name):
    layer, told = layer_named(name), explanation(layer_named(name))
    known = {o.name: o.shape for o in layer.outputs}
    known |= {"d" + i.name: i.shape for i in layer.differentiated}
    for line in _steps((*told.forward, *told.backward)):
        assert bool(line.name) == bool(line.shape), line
        quantity = line.name.partition("[")[0]
        if quantity in known:
            assert line.shape == shown_shape(known[quantity])
    for step in _steps((*maths_of(name).forward, *maths_of(name).backward)):
        assert step.shape in (None, known.get(step.quantity, step.shape)), step


@every_layer
def test_every_input_and_option_is_shown_with_its_meaning(name):
    layer, told = layer_named(name), explanation(layer_named(name))
    assert [a.name for a in told.arguments] == [*(i.name for i in layer.inputs), *layer.options]
    assert not [a.name for a in told.arguments if not a.meaning]
    assert set(maths_of(name).where) == {a.name for a in told.arguments}


@every_layer
def test_every_letter_of_a_shape_is_said(name):
    layer, maths = layer_named(name), maths_of(name)
    shapes = [a.shape for a in (*layer.inputs, *layer.outputs)]
    shapes += [step.shape or "" for step in _steps((*maths.forward, *maths.backward))]
    for symbol in {s for shape in shapes for s in shape.split() if not s.startswith("*")}:
        letters = re.search(r"\|d\||[A-Za-z]*$", symbol)[0]
        assert re.search(rf"(?<![A-Za-z]){re.escape(letters)}(?![A-Za-z])", maths.dims), symbol


@every_layer
def test_what_goes_wrong_and_how_it_is_called_are_said(name):
    layer, told = layer_named(name), explanation(layer_named(name))
    assert told.about.endswith(".")
    assert len(told.pitfalls) >= 2
    assert told.backward
    assert told.signatures == layer.calling.signatures(layer)
    reasons = {(q, a.reason) for a in told.accepted for q in a.quantities}
    assert reasons == {(c.quantity, c.reason) for c in layer.conventions}


@every_layer
def test_it_fits_into_80_columns_and_no_formula_is_broken(name):
    text, told = _shown(name), explanation(layer_named(name))
    assert max(map(cell_len, text.splitlines())) <= 80
    for line in _steps((*told.forward, *told.backward)):
        assert line.rest in text
        assert line.shape in text
    words = " ".join(text.replace("•", "").split())
    for sentence in (told.about, *told.pitfalls, *(a.meaning for a in told.arguments)):
        assert sentence in words


def test_a_check_loads_none_of_it(python):
    done = python(
        "-c",
        "import sys, crosscheck\n"
        "crosscheck.check('impl_numpy', crosscheck.Selection(['relu']))\n"
        "sys.exit('crosscheck.maths' in sys.modules)",
    )
    assert done.returncode == 0


def test_nothing_is_written_about_layers_that_do_not_exist():
    assert set(written()) == set(catalogue())


# -- how it is laid out -----------------------------------------------------------------------


def test_the_three_paths_of_batchnorm_stand_below_each_other():
    lines = _shown("batchnorm").splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("  dx     = "))
    assert [line.strip().split("   ")[0] for line in lines[first + 1 : first + 4]] == [
        "+ dσ²·2·(x - μ)/N",
        "+ dμ/N",
        "= γ/s·(dout - mean(dout) - x̂·mean(dout·x̂))",
    ]
    assert len({re.search("[=+]", line).start() for line in lines[first : first + 4]}) == 1


def test_shapes_stand_below_each_other_though_some_letters_are_two_characters():
    forward = _shown("layernorm").split("\nforward")[1].split("\nbackward")[0].splitlines()
    assert len({cell_len(line[: line.index("(N,")]) for line in forward if "(N," in line}) == 1


def test_a_note_that_does_not_fit_stands_below_its_formula():
    lines = _shown("lstm_step", width=60).splitlines()
    below = lines.index(next(line for line in lines if "side by side" in line))
    assert "da      = [daᵢ da_f daₒ da_g]" in lines[below - 1]


def test_a_wide_terminal_is_not_filled():
    assert max(map(cell_len, _shown("gru_step", width=300).splitlines())) <= 100


def test_a_narrow_terminal_breaks_sentences():
    assert "\nfeature to zero mean and unit variance\n" in _shown("batchnorm", width=40)


def test_there_are_no_spaces_at_the_ends_of_lines():
    assert not re.search(r" +\n", _shown("batchnorm"))


def test_colours_are_for_terminals_only():
    assert "\x1b[" in _shown("relu", force_terminal=True)
    assert "\x1b[" not in _shown("relu")


@pytest.mark.parametrize(
    ("symbols", "shape"),
    [
        ("", "scalar"),
        ("N", "(N,)"),
        ("N *d", "(N, d₁, …, dₖ)"),
        ("|d| M", "(|d|, M)"),
        ("1 C 1 1", "(1, C, 1, 1)"),
        ("*s", "any shape"),
        ("T *s", "(T, …)"),
    ],
)
def test_a_shape_is_written_as_numpy_writes_it(symbols, shape):
    assert shown_shape(symbols) == shape


@pytest.mark.parametrize(
    ("formula", "name", "quantity", "rest"),
    [
        ("x̂ = (x - μ)/s", "x̂", "x̂", "= (x - μ)/s"),
        ("dW[v] = Σ dout", "dW[v]", "dW", "= Σ dout"),
        ("dx[n,c] += dout", "dx[n,c]", "dx", "+= dout"),
        ("v ← μ·v - η·dw", "v", "v", "← μ·v - η·dw"),
        ("i, f = σ(a), [b = c]", "i, f", "i, f", "= σ(a), [b = c]"),
        ("+ dμ/N", "", "", "+ dμ/N"),
        ("= γ/s", "", "", "= γ/s"),
    ],
)
def test_a_formula_is_split_at_its_sign(formula, name, quantity, rest):
    step = Step(formula)
    assert (step.name, step.quantity, step.rest) == (name, quantity, rest)


# -- the command ------------------------------------------------------------------------------


def test_the_command_prints_the_mathematics(command):
    code, out, err = command("explain", "affine")
    assert code == 0
    assert err == ""
    assert out == _shown("affine")


@pytest.mark.parametrize(
    "called", ["batchnorm_backward_alt", "conv_forward_naive", "svm_loss_naive", "TwoLayerNet"]
)
def test_a_function_is_as_good_as_its_layer(command, called):
    (layer,) = layers_called(called)
    assert command("explain", called) == (0, _shown(layer.name), "")


def test_all_layers_of_a_function_are_named(command):
    code, out, _ = command("explain", "batchnorm_forward")
    assert code == 0
    assert out.startswith(_shown("batchnorm"))
    assert out.endswith("\nsee also  batchnorm_test: with batchnorm_forward, too\n")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("batchnrom", "batchnorm"),
        ("batch_norm", "batchnorm"),
        ("LSTM", "lstm"),
        ("affine_bakward", "affine_backward"),
        ("softmaxloss", "softmax_loss"),
        ("twolayernet", "TwoLayerNet"),
    ],
)
def test_a_misspelling_is_understood(command, typed, meant):
    code, out, err = command("explain", typed)
    assert code == 2
    assert out == ""
    assert f"There is no layer or function '{typed}'. Did you mean {meant}" in err


def test_what_is_nothing_alike_lists_the_layers(command):
    code, out, err = command("explain", "quicksort")
    assert code == 2
    assert out == ""
    with pytest.raises(SelectionError) as known:
        layer_named("quicksort")
    assert err == f"crosscheck: {known.value}\n"
    assert "The layers are: affine, " in err


def test_piped_output_has_no_escape_codes_and_is_utf8(python):
    done = python("-m", "crosscheck", "explain", "gelu", PYTHONIOENCODING="utf-8")
    assert done.returncode == 0
    assert done.stdout == _shown("gelu")
