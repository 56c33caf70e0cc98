"""crosscheck.toml: what it says is kept, and what makes no sense is told with its line and key."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosscheck.adapters import adapter_names
from crosscheck.config import AS_FOUND, Config, ConfigError, LayerMap, found_for, read
from crosscheck.config.lines import lines_of
from crosscheck.config.mapping import keys_of
from crosscheck.config.read import read_text
from crosscheck.config.record import Grading
from crosscheck.config.toml import loads
from crosscheck.layers import catalogue


def config(text):
    return read_text(text, Path("crosscheck.toml"), adapter_names)


def complaint(text):
    with pytest.raises(ConfigError) as error:
        config(text)
    return str(error.value)


def test_a_whole_file_is_kept():
    read = config(
        """
        adapter = "cs231n"
        strict = true
        dtypes = ["float64", "float32"]
        [layers.affine]
        forward = "fc_forward"
        arguments = ["w", "x", "b"]
        gradients = ["db", "dw", "dx"]
        layout = { w = "transposed", b = "1 M" }
        averaged = ["dw", "db"]
        points = 2.5
        [layers.relu]
        points = 1
        """
    )
    [affine] = read.maps
    assert (read.adapter, read.strict, read.dtypes) == ("cs231n", True, ("float64", "float32"))
    assert read.points == {"affine": 2.5, "relu": 1}
    assert affine == LayerMap(
        "affine",
        ["fc_forward", "fc_backward"],
        arguments=["w", "x", "b"],
        returns=["out", "cache"],
        backward_arguments=["dout", "cache"],
        gradients=["db", "dw", "dx"],
        axes={"w": [1, 0], "b": [-1, 0], "dw": [1, 0], "db": [-1, 0]},
        averaged=["dw", "db"],
        summed=[],
        conventions=[
            "w is (M, d); b is (1, M)",
            "dw and db are means over the batch (times N here)",
        ],
    )


def test_an_empty_file_says_nothing():
    assert config("# nothing yet\n") == Config("crosscheck.toml")
    assert AS_FOUND.maps == ()


def test_a_class_takes_what_its_instance_does_not_have():
    [batchnorm] = config(
        """
        [layers.batchnorm]
        class = "Norm"
        new = ["D", "eps"]
        set = { gamma = "g", beta = "b", running_mean = "m", running_var = "v" }
        get = { running_mean = "m", running_var = "v", dgamma = "dg", dbeta = "db" }
        """
    ).maps
    assert batchnorm.functions == ["Norm.forward", "Norm.backward"]
    assert batchnorm.arguments == ["x", "momentum"]
    assert (batchnorm.returns, batchnorm.gradients) == (["out"], ["dx"])
    assert batchnorm.shown == "Norm.forward / backward"


def test_a_mapping_is_plain_data_and_back():
    [pool] = config('[layers.max_pool]\narguments = ["x", { f = "pool_height" }, "pool_width"]\n'
                    "fixed = { stride = 2 }").maps  # fmt: skip
    assert LayerMap(**pool.plain()) == pool


# -- every complaint ----------------------------------------------------------------------------

AFFINE = "[layers.affine]\n"
DENSE = '[layers.affine]\nclass = "Dense"\n'
NORM = "[layers.batchnorm]\n"
KEYS = (
    "forward, backward, backward_arguments, gradients, get, layout, class, new, set, arguments, "
    "returns, fixed, constants, points, averaged"
)
COMPLAINTS = {
    # The file as a whole.
    "x = ": "line 1: this is not TOML: invalid value.",
    "a = 1\n[layers\n": "line 2: this is not TOML: expected ']' at the end of a table declaration.",
    "a = 1\na = 2": "line 2: this is not TOML: cannot overwrite a value.",
    "adaptor = 'x'": "line 1, adaptor: there is no such key. Did you mean adapter? The keys are: "
    "adapter, strict, dtypes, points, layers.",
    "layers = 3": "line 1, layers: it must be a table, but is a number (3).",
    "\nstrict = 'yes'": "line 2, strict: it must be true or false, but is a text (yes).",
    "dtypes = 'float64'": 'line 1, dtypes: it must be a list, as in ["x", "w"], but is a text '
    "(float64).",
    "dtypes = [\n 'float64',\n 'float46']": "line 3, dtypes: there is no 'float46' here. Did you "
    "mean float64? The dtypes are: float16, bfloat16, float32, float64.",
    "dtypes = ['float64', 'float64']": "line 1, dtypes: float64 is there twice.",
    "dtypes = [1979-05-27]": 'line 1, dtypes: it must be a text, as in "name", but is a date or '
    "time.",
    # Layers, and which functions.
    "[layers.afine]": "line 1, layers.afine: there is no such layer. Did you mean affine? The "
    "layers are: affine,",
    "layers.affine = 1": "line 1, layers.affine: it must be a table, but is a number (1).",
    AFFINE + "fowrard = 'f'": "line 2, layers.affine.fowrard: there is no such key. Did you mean "
    f"forward? The keys are: {KEYS}.",
    "[layers.relu]\np = 'drop'": "line 2, layers.relu.p: there is no such key.",
    AFFINE + "forward = ''": "line 2, layers.affine.forward: it is empty. Give a name, or leave "
    "the key out.",
    AFFINE + "forward = 'fc forward'": "line 2, layers.affine.forward: 'fc forward' is no name of "
    "a function, or of a method as in Dense.forward.",
    AFFINE + "forward = 'fc'": "line 1, layers.affine: say which function is the backward of fc: "
    'backward = "…".',
    AFFINE + "class = 'my dense'": "line 2, layers.affine.class: 'my dense' is no name of a class.",
    DENSE + "forward = 'Other.forward'": "line 3, layers.affine.forward: Other.forward is of "
    "another class than Dense.",
    AFFINE + "forward = 'A.f'\nbackward = 'B.g'": "line 3, layers.affine.backward: B.g is of "
    "another class than A.",
    AFFINE + "forward = 'f'\nbackward = 'B.g'": "line 3, layers.affine.backward: B.g and f must be "
    "of one class, or both functions.",
    "[layers.batchnorm_test]\nbackward = 'f'": "line 2, layers.batchnorm_test.backward: "
    "batchnorm_test has no backward.",
    "[layers.two_layer_net]\narguments = ['y', 'X']": "line 1, layers.two_layer_net: say which "
    'class it is: class = "Net".',
    "[layers.mse_loss]\nfunction = 'f'\nforward = 'g'": "line 3, layers.mse_loss.forward: it is "
    "said twice, for function is there as well. Leave one out.",
    "[layers.mse_loss]\nfunction = 'f'\nbackward = 'g'": "line 2, layers.mse_loss.function: with a "
    "backward it is called forward; function is for one that does both.",
    # What goes in.
    AFFINE + "new = ['w', 'b']": "line 2, layers.affine.new: affine_forward is a function, and new "
    'is for a class: class = "Dense", or forward = "Dense.forward".',
    AFFINE + "get = { dw = 'dW' }": "line 2, layers.affine.get: affine_forward is a function, and "
    "get is for a class:",
    DENSE + "new = ['D', 'M']": "line 3, layers.affine.new: there is no 'D' here. Did you mean d? "
    "The names are: x, w, b, N, d, M.",
    DENSE + "set = { v = 'W' }": "line 3, layers.affine.set.v: there is no such name. The names "
    "are: x, w, b, N, d, M.",
    DENSE + "set = { w = 'W[0]' }": "line 3, layers.affine.set.w: 'W[0]' is no attribute. Write "
    '"W", or "params.W", or "grads.0".',
    AFFINE + "arguments = ['x', 'w', 'b', 'w']": "line 2, layers.affine.arguments: w is there "
    "twice.",
    AFFINE + "arguments = [\n'x',\n'bias', 'w']": "line 4, layers.affine.arguments: there is no "
    "'bias' here. The arguments are: x, w, b, N, d, M.",
    AFFINE + "arguments = ['x', 'w']": "line 2, layers.affine.arguments: b is missing: name it in "
    "arguments.",
    DENSE + "arguments = ['x']\nset = { w = 'W' }": "line 3, layers.affine.arguments: b is "
    "missing: name it in arguments, new or set.",
    NORM + "arguments = ['x', 'gamma', 'beta', 'running_mean', 'running_var', 'momentum']": "line "
    "2, layers.batchnorm.arguments: eps is missing: name it in arguments, or say what the code has "
    "built in, as in fixed = { eps = … }.",
    "[layers.conv]\narguments = ['x', 'w', 'b', { step = 'strid' }]": "line 2, "
    "layers.conv.arguments.step: there is no 'strid' here. Did you mean stride?",
    AFFINE + "constants = { x = 1 }": "line 2, layers.affine.constants.x: x is what affine is "
    "given: it is no constant.",
    AFFINE + "constants = { mode = [1] }": "line 2, layers.affine.constants.mode: it must be a "
    "number, a text, true or false, but is a list.",
    # What comes out.
    AFFINE + "returns = ['cache']": "line 2, layers.affine.returns: out is missing: name it here.",
    DENSE + "returns = []": "line 3, layers.affine.returns: out is missing: name it here, or get.",
    AFFINE + "returns = ['out', 'cache', 'cache']": "line 2, layers.affine.returns: cache is there "
    "twice.",
    AFFINE + "returns = ['out', 'memo']\nbackward_arguments = ['dout', 'x']": "line 2, "
    "layers.affine.returns: memo is no output, and nobody takes it. The outputs are: out. What is "
    'not looked at is written "_".',
    AFFINE + "returns = ['out']": "line 2, layers.affine.returns: no cache is returned: say what "
    'the backward takes, as in backward_arguments = ["dout", "x"].',
    AFFINE + "backward_arguments = ['dx', 'cache']": "line 2, layers.affine.backward_arguments: "
    "there is no 'dx' here. Did you mean x? The names are: dout, x, w, b, N, d, M, cache, out.",
    "[layers.mse_loss]\nbackward_arguments = ['x']": "line 2, layers.mse_loss.backward_arguments: "
    "there is no backward that would take them.",
    AFFINE + "gradients = ['dx', 'db']": "line 2, layers.affine.gradients: dw is missing: name it "
    "here.",
    AFFINE + "gradients = ['dx', 'db', 'dW']": "line 2, layers.affine.gradients: there is no 'dW' "
    "here. Did you mean dw? The gradients are: dx, dw, db, _.",
    "[layers.mse_loss]\ngradients = ['dx']": "line 2, layers.mse_loss.gradients: there is no "
    "backward that would return them; see returns.",
    # How it lies, and what it means.
    AFFINE + "layout = { w = 'NHWC' }": "line 2, layers.affine.layout.w: 'NHWC' is no order of the "
    "axes of w. Give d M in your order, with 1 for an axis of length 1, or transposed.",
    AFFINE + "layout = { w = 'd d' }": "line 2, layers.affine.layout.w: 'd d' is no order",
    AFFINE + "layout = { w = 'd' }": "line 2, layers.affine.layout.w: 'd' is no order",
    AFFINE + "layout = { v = 'd' }": "line 2, layers.affine.layout.v: there is no such name. The "
    "names are: out, x, w, b, dout, dx, dw, db.",
    "[layers.softmax_loss]\nlayout = { y = 'hot' }": "line 2, layers.softmax_loss.layout.y: 'hot' "
    "is no order of the axes of y. Give N in your order, with 1 for an axis of length 1; C as well "
    "makes one-hot rows of them, or row or column or one-hot.",
    NORM + "fixed = { esp = 1 }": "line 2, layers.batchnorm.fixed.esp: there is no such name. Did "
    "you mean eps? The names are: N, D, momentum, eps.",
    "[layers.max_pool]\nfixed = { pool_width = 'height' }": "line 2, "
    "layers.max_pool.fixed.pool_width: there is no 'height' here. Did you mean pool_height?",
    "[layers.dropout]\np = 'dropped'": "line 2, layers.dropout.p: there is no 'dropped' here. Did "
    "you mean drop? The meanings are: keep, drop.",
    AFFINE + "averaged = ['w']": "line 2, layers.affine.averaged: there is no 'w' here. Did you "
    "mean dw? The names are: dx, dw, db.",
    "[layers.relu]\naveraged = ['dx']": "line 2, layers.relu.averaged: relu has no batch that "
    "anything is a mean over.",
    "[layers.mse_loss]\nsummed = ['dy']": "line 2, layers.mse_loss.summed: there is no 'dy' here.",
    # Points.
    AFFINE + "points = '5'": "line 2, layers.affine.points: it must be a number, but is a text "
    "(5).",
    AFFINE + "points = true": "line 2, layers.affine.points: it must be a number, but is true or "
    "false (True).",
    AFFINE + "points = -1": "line 2, layers.affine.points: it is -1, and must be 0 or more.",
    AFFINE + "points = nan": "line 2, layers.affine.points: it is nan, and must be 0 or more.",
    AFFINE + "points = { dX = 1 }": "line 2, layers.affine.points.dX: there is no such array. Did "
    "you mean dx? The arrays are: out, dx, dw, db.",
    "points = 5": "line 1, points: it must be a table, but is a number (5).",
    "[points]\ncarried = 1": "line 2, points.carried: it must be true or false, but is a number "
    "(1).",
    "[points]\nwarnings = 2": "line 2, points.warnings: it is 2, and is a share: from 0 (nothing) "
    "to 1 (all).",
    "[points]\nconv_fats = 2": "line 2, points.conv_fats: there is no such layer. Did you mean "
    "conv_fast? Beside carried and warnings, the names here are those of layers and of their "
    "versions: crosscheck layers",
    "[points]\nrelu = 2\n[layers.relu]\npoints = 1": "line 2, points.relu: layers.relu.points "
    "says it as well. Leave one out.",
}


def test_points_are_for_layers_versions_and_quantities():
    read = config(
        """
        [points]
        carried = true
        warnings = 0.25
        conv_fast = 2
        "affine:Linear" = { out = 1, dw = 3 }
        [layers.relu]
        points = { dx = 1 }
        """
    )
    assert read.grading == Grading(
        {"relu": {"dx": 1}, "conv_fast": 2, "affine:Linear": {"out": 1, "dw": 3}}, True, 0.25
    )


def test_in_a_strict_file_a_warning_costs_everything_unless_it_says_otherwise():
    assert config("strict = true").grading == Grading(warnings=1)
    assert config("strict = true\n[points]\nwarnings = 0").grading == Grading(warnings=0)
    assert config("").grading == Grading()


UNMET = {
    "fixed = { eps = 0.5 }": "fixed.eps: no case has eps = 0.5; there are cases with eps = 1e-08, ",
    "fixed = { eps = 0.1, momentum = 0.25 }": "fixed: no case has eps = 0.1 and momentum = 0.25 at "
    "once; there are some with each",
}


@pytest.mark.parametrize("fixed", UNMET)
def test_limits_that_no_case_is_within_are_told_and_no_mistake(fixed):
    [batchnorm] = config(NORM + fixed).maps
    told = batchnorm.conventions[-1]
    assert told.startswith(f"crosscheck.toml, line 2, layers.batchnorm.{UNMET[fixed]}")


def test_limits_that_a_case_is_within_are_told_in_one_line():
    [batchnorm] = config(NORM + "fixed = { eps = 0.1 }").maps
    assert batchnorm.conventions == ["only cases with eps = 0.1"]


@pytest.mark.parametrize("text", COMPLAINTS)
def test_what_makes_no_sense_is_told_with_its_place(text):
    told = complaint(text)
    assert told.startswith(f"crosscheck.toml, {COMPLAINTS[text]}")


def test_an_unknown_adapter_is_told_with_all_there_are():
    told = complaint("\n\nadapter = 'cs321n'")
    assert told.startswith(
        "crosscheck.toml, line 3, adapter: there is no 'cs321n' here. Did you mean cs231n? "
        "The adapters are: cs231n, "
    )


def test_no_table_of_any_layer_ends_in_a_traceback():
    told = []
    for name in catalogue():
        for text in (
            "class = 'A'",
            "returns = ['out']",
            "new = []",
            "function = 'f'",
            "fixed = {}",
        ):
            try:
                config(f"[layers.{name}]\n{text}")
            except ConfigError as error:
                told.append(str(error))
    assert all(t.startswith("crosscheck.toml, line ") for t in told)
    assert len(told) > len(catalogue())


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"a = 1\nb = '\xff'", "crosscheck.toml, line 2: this is no UTF-8 text."),
        (b"#" * (1 << 20) + b"#", "crosscheck.toml is larger than 1 MB: it is not read."),
    ],
)
def test_a_file_that_is_no_text_is_told(tmp_path, data, told):
    path = tmp_path / "crosscheck.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigError) as error:
        read(path, adapter_names)
    assert str(error.value).startswith(told)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError) as error:
        read(tmp_path / "no.toml", adapter_names)
    assert "no.toml cannot be read: No such file or directory." in str(error.value)


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path):
    path = tmp_path / "crosscheck.toml"
    path.write_bytes(b"\xef\xbb\xbfstrict = true\r\n\r\nadaptor = 1\r\n")
    with pytest.raises(ConfigError, match=r"^crosscheck.toml, line 3, adaptor:"):
        read(path, adapter_names)


def test_the_example_of_the_documentation_is_right():
    page = Path(__file__).parents[1] / "docs" / "crosscheck-toml.md"
    example = page.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    assert [m.layer for m in config(example).maps] == [
        *("affine", "batchnorm", "softmax_loss", "dropout"),
    ]


def test_every_key_is_in_the_documentation():
    page = (Path(__file__).parents[1] / "docs" / "crosscheck-toml.md").read_text(encoding="utf-8")
    keys = {key for layer in catalogue().values() for key in keys_of(layer)}
    assert [key for key in sorted(keys) if f"`{key}`" not in page] == []


# -- lines ---------------------------------------------------------------------------------------

TEXT = '''\
a.b = 1 # not = here
"quoted \\u0041.key" = """
x = 1
[c]
"""

[ c . 'd' ]
list = [
  "]",  # one
  { in = '#', "}" = 3 },
]
[[many]]
x = 1
[[many]]
x = 2
[many.sub]
y = 1979-05-27T07:32:00Z
'''


def test_lines_are_found_in_all_that_toml_allows():
    assert lines_of(TEXT) == {
        ("a",): 1,
        ("a", "b"): 1,
        ("quoted A.key",): 2,
        ("c",): 7,
        ("c", "d"): 7,
        ("c", "d", "list"): 8,
        ("c", "d", "list", 0): 9,
        ("c", "d", "list", 1): 10,
        ("c", "d", "list", 1, "in"): 10,
        ("c", "d", "list", 1, "}"): 10,
        ("many",): 12,
        ("many", 0): 12,
        ("many", 0, "x"): 13,
        ("many", 1): 14,
        ("many", 1, "x"): 15,
        ("many", 1, "sub"): 16,
        ("many", 1, "sub", "y"): 17,
    }


def places(value, at=()):
    children = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in children:
        yield (*at, key)
        if isinstance(child, (dict, list)):
            yield from places(child, (*at, key))


TEXTS = st.text(st.sampled_from("ab#=[]{},.'\" "), max_size=5)
KEYS_ = st.text("ab-_", min_size=1, max_size=3) | TEXTS.map(lambda t: f'"{escaped(t)}"')
VALUES = st.recursive(
    st.integers(0, 9).map(str) | TEXTS.map(lambda t: f'"{escaped(t)}"') | st.just("'''\n# x\n'''"),
    lambda v: st.lists(v, max_size=3).map(
        lambda vs: f"[\n{', # c'.join(f'{x}' for x in vs[:1])}\n]"
    ),
)


def escaped(text):
    return text.replace('"', '\\"')


@given(st.dictionaries(KEYS_, VALUES, max_size=5))
def test_every_place_of_a_document_has_its_line(pairs):
    names = [loads(f"{k} = 1").popitem()[0] for k in pairs]
    if len(set(names)) < len(names):
        return
    text = "".join(f"\n{k} = {v}\n" for k, v in pairs.items())
    found = lines_of(text)
    assert set(found) == set(places(loads(text)))
    for (key, _), name in zip(pairs.items(), names, strict=True):
        assert text.splitlines()[found[name,] - 1].startswith(f"{key} = ")


# -- where it is looked for ----------------------------------------------------------------------


def written(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "crosscheck.toml").write_text("")
    return folder / "crosscheck.toml"


def test_it_is_found_beside_a_file_and_in_a_folder(tmp_path):
    path = written(tmp_path)
    (tmp_path / "layers.py").write_text("")
    assert found_for(str(tmp_path / "layers.py")) == path
    assert found_for(str(tmp_path)) == path


def test_it_is_found_above_as_far_as_the_top_of_the_repository(tmp_path):
    outside, top, target = tmp_path, tmp_path / "course", tmp_path / "course" / "a1" / "student"
    target.mkdir(parents=True)
    (top / ".git").mkdir()
    written(outside)
    assert found_for(str(target)) is None
    path = written(top)
    assert found_for(str(target)) == path
    nearer = written(top / "a1")
    assert found_for(str(target)) == nearer


def test_it_is_found_above_below_home_but_nowhere_else(tmp_path, monkeypatch):
    target = tmp_path / "home" / "course" / "a1"
    target.mkdir(parents=True)
    path = written(tmp_path / "home" / "course")
    assert found_for(str(target)) is None  # whose folder that is nobody knows
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    assert found_for(str(target)) == path
    path.unlink()
    written(tmp_path / "home")
    assert found_for(str(target)) is None


@pytest.mark.parametrize("target", ["", "numpy", "no/such/file.py", "\0"])
def test_what_is_no_file_here_has_none(tmp_path, monkeypatch, target):
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    assert found_for(target) is None


def test_a_module_of_this_folder_has_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "layers.py").write_text("")
    path = written(tmp_path)
    assert found_for("layers") == path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes by name on Windows")
def test_a_pipe_is_not_waited_for(tmp_path):
    path = tmp_path / "crosscheck.toml"
    os.mkfifo(path)
    with pytest.raises(ConfigError, match=r"crosscheck.toml is no file\.$"):
        read(path, adapter_names)
