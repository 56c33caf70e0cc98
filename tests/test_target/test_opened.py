"""A target is found by name, loaded by itself, and refused in words."""

import io
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from crosscheck.errors import TargetError
from crosscheck.layers import catalogue
from crosscheck.target import opened

RELU = """
import numpy as np
def relu_forward(x):
    return np.maximum(x, 0), x
def relu_backward(dout, cache):
    return dout * (cache > 0)
"""


def _refused(target):
    with pytest.raises(TargetError) as error, opened(str(target), catalogue().values()):
        pass
    return str(error.value)


# -- finding ----------------------------------------------------------------------------------


def test_a_file_is_searched_by_name(target, found_in):
    path = target(RELU + "\ndef softmax_loss(x, y): ...\ndef helper(): ...\n")
    found = found_in(path)
    assert list(found) == ["relu", "softmax_loss"]
    assert set(found["relu"].functions) == {"relu_forward", "relu_backward"}


def test_half_a_pair_isfound_in(target, found_in):
    found = found_in(target("def affine_forward(x, w, b): ..."))
    assert set(found["affine"].functions) == {"affine_forward"}


def test_what_cannot_be_called_is_notfound_in(target, found_in):
    assert found_in(target("relu_forward = 3")) == {}


def test_a_module_is_found_by_its_name(found_in):
    assert set(found_in("impl_numpy")) >= {"affine", "relu", "softmax_loss"}
    assert set(found_in("impl_numpy.relu")) == {"relu"}


# -- other spellings --------------------------------------------------------------------------


def _found(path):
    with opened(path, catalogue().values()) as found:
        return {c.name: set(c.functions) for c in found.candidates}


def _conv(suffix):
    return "".join(f"def conv_{half}{suffix}(*a): ...\n" for half in ("forward", "backward"))


def test_another_spelling_is_found_under_its_own_name(target):
    assert _found(target(_conv("_naive"))) == {
        "conv_naive": {"conv_forward_naive", "conv_backward_naive"}
    }


def test_several_spellings_of_a_layer_are_candidates_of_their_own(target):
    with opened(target(_conv("") + _conv("_fast")), catalogue().values()) as found:
        assert [(c.name, c.layer.name) for c in found.candidates] == [
            ("conv", "conv"),
            ("conv_fast", "conv"),
        ]


def test_half_of_another_spelling_is_found(target):
    assert _found(target("def conv_backward_naive(dout, cache): ...")) == {
        "conv_naive": {"conv_backward_naive"}
    }


ALT = "def batchnorm_backward_alt(dout, cache): ...\n"
BATCHNORM = "def batchnorm_forward(*a): ...\ndef batchnorm_backward(dout, cache): ...\n"


def test_a_spelling_that_shares_its_forward_is_none_without_a_function_of_its_own(target):
    assert "batchnorm_alt" not in _found(target(BATCHNORM))


def test_a_spelling_that_shares_its_forward_has_it_too(target):
    found = _found(target(BATCHNORM + ALT))
    assert found["batchnorm"] == {"batchnorm_forward", "batchnorm_backward"}
    assert found["batchnorm_alt"] == {"batchnorm_forward", "batchnorm_backward_alt"}


def test_the_other_spelling_alone_is_found(target):
    assert _found(target(ALT)) == {"batchnorm_alt": {"batchnorm_backward_alt"}}


def test_a_module_in_the_current_folder_isfound_in(target, tmp_path, monkeypatch, found_in):
    target(RELU, "my_module_here.py")
    monkeypatch.chdir(tmp_path)
    assert set(found_in("my_module_here")) == {"relu"}


def test_the_search_path_is_left_as_it_was(target, found_in):
    before = list(sys.path)
    found_in(target(RELU))
    _refused("no_such_module_anywhere")
    assert sys.path == before


def test_each_file_of_a_folder_is_searched(target, tmp_path, found_in):
    target(RELU, "loose/relu.py")
    target("def softmax_loss(x, y): ...", "loose/loss.py")
    assert set(found_in(tmp_path / "loose")) == {"relu", "softmax_loss"}


def test_files_of_a_folder_may_import_their_neighbours(target, tmp_path, found_in):
    target("limit = 0", "loose/common_limit.py")
    target(RELU + "import common_limit\n", "loose/relu.py")
    assert set(found_in(tmp_path / "loose")) == {"relu"}


def test_a_file_may_import_its_neighbour(target, found_in):
    target("limit = 0", "a_neighbour.py")
    assert set(found_in(target(RELU + "from a_neighbour import limit\n"))) == {"relu"}


def test_a_package_is_imported_as_one(target, tmp_path, found_in):
    target("from .act import relu_forward, relu_backward", "a_package/__init__.py")
    target("from .util import ZERO\n" + RELU, "a_package/act.py")
    target("ZERO = 0", "a_package/util.py")
    found = found_in(tmp_path / "a_package")
    assert set(found) == {"relu"}
    assert found["relu"].functions["relu_forward"].__module__ == "a_package.act"


def test_submodules_that_a_package_does_not_import_are_searched(target, tmp_path, found_in):
    target("", "b_package/__init__.py")
    target("from .util import ZERO\n" + RELU, "b_package/act.py")
    target("ZERO = 0", "b_package/util.py")
    assert set(found_in(tmp_path / "b_package")) == {"relu"}


def test_a_package_with_the_name_of_a_module_in_use_is_still_the_one_searched(
    target, tmp_path, found_in
):
    target(RELU, "colorsys/__init__.py")
    import colorsys

    assert set(found_in(tmp_path / "colorsys")) == {"relu"}
    assert sys.modules["colorsys"] is colorsys


def test_two_packages_of_one_name_are_told_apart(target, tmp_path, found_in):
    target(RELU, "one/submission/__init__.py")
    target("def softmax_loss(x, y): ...", "two/submission/__init__.py")
    assert set(found_in(tmp_path / "one" / "submission")) == {"relu"}
    assert set(found_in(tmp_path / "two" / "submission")) == {"softmax_loss"}


def test_two_files_of_one_name_are_told_apart(target, found_in):
    assert set(found_in(target(RELU, "one/layers.py"))) == {"relu"}
    assert set(found_in(target("def softmax_loss(x, y): ...", "two/layers.py"))) == {"softmax_loss"}


def test_a_file_may_hold_dataclasses(target, found_in):
    source = "from __future__ import annotations\nfrom dataclasses import dataclass\n"
    path = target(source + "@dataclass\nclass C:\n    x: int\n" + RELU)
    assert set(found_in(path)) == {"relu"}


def test_what_is_printed_on_import_goes_to_standard_error(target, capsys, found_in):
    found_in(target("print('hello')\n" + RELU))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "hello\n"


# -- what cannot be imported ------------------------------------------------------------------


def test_a_missing_module_says_what_to_name():
    assert _refused("no_such_module") == (
        "There is no module, file or folder 'no_such_module'. "
        "Name a .py file, a notebook, a folder, or a module that Python can import."
    )


@pytest.mark.parametrize("path", ["missing.py", "folder/missing.py", "no/folder"])
def test_a_missing_path_is_named(tmp_path, path):
    assert _refused(tmp_path / path) == f"There is no file or folder {tmp_path / path}."


def test_another_kind_of_file_is_refused(target):
    path = target("[]", "layers.txt")
    assert _refused(path) == (
        f"{path} is neither a Python file nor a notebook: its name must end in .py or .ipynb."
    )


def test_an_empty_folder_is_named(tmp_path):
    assert _refused(tmp_path) == f"There is no Python file in the folder {tmp_path}."


def test_a_syntax_error_names_file_and_line(target):
    path = target("x = 1\n\ndef f(:\n    pass\n")
    message = _refused(path)
    assert message.startswith(f"{path}, line 3: ")
    assert message.endswith(": def f(:")


def test_a_syntax_error_in_a_neighbour_names_the_neighbour(target):
    target("def f(:\n", "broken_neighbour.py")
    assert "broken_neighbour.py, line 1: " in _refused(target("import broken_neighbour"))


def test_a_file_with_null_bytes_is_refused_in_words(target):
    path = target("x = 1\0\n")
    told = "it holds null bytes, as no code does. Save it as plain text in UTF-8"
    assert _refused(path) == f"{path}: {told}"


def test_a_file_that_is_not_utf8_is_refused_in_words(tmp_path):
    path = tmp_path / "latin.py"
    path.write_bytes(b'x = 1\ny = "\xe9"\n')
    message = _refused(path)
    assert str(path) in message
    assert "utf-8" in message
    assert "None" not in message


def test_an_exception_on_import_names_the_file_and_line(target):
    path = target("def f():\n    return 1 / 0\n\nf()\n")
    assert _refused(path) == (
        f"{path} cannot be imported: "
        "it raises ZeroDivisionError: division by zero (layers.py, line 2)."
    )


@pytest.mark.parametrize("stop", ["sys.exit(0)", "sys.exit('enough')", "raise SystemExit"])
def test_code_that_exits_on_import_does_not_end_the_check(target, stop):
    message = _refused(target(f"import sys\n{stop}\n"))
    assert "it raises SystemExit" in message
    assert "(layers.py, line 2)" in message
    assert message.endswith('. Put what is only for running it below if __name__ == "__main__".')


def test_a_question_on_import_says_where_to_put_it(target, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    told = "it raises EOFError: EOF when reading a line (layers.py, line 1). Put what is only for "
    assert told in _refused(target("n = input('how many? ')"))


def test_a_long_line_is_cut(target):
    path = target("x = " + "(" * 5000)
    message = _refused(path)
    assert message.startswith(f"{path}, line 1: too many nested parentheses: x = (((")
    assert message.endswith("((( …")
    assert len(message) < len(path) + 200


@pytest.mark.parametrize("text", ["x = " + "-" * 200_000 + "1", "x = " + "+".join("1" * 99_999)])
def test_what_python_cannot_parse_is_told(target, text):
    path = target(text)
    told = "it is too large or too deeply nested for Python to read"
    assert _refused(path) == f"{path}: {told}"


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
def test_a_link_to_nothing_says_where_it_leads(tmp_path):
    (tmp_path / "layers.py").symlink_to(tmp_path / "nowhere")
    link = tmp_path / "layers.py"
    assert _refused(link) == (
        f"There is no file or folder {tmp_path / 'nowhere'}, to which {link} is a link."
    )


def test_a_module_that_puts_something_in_its_place_is_read_itself(target, found_in):
    source = "import sys\nsys.modules[__name__] = 3\ndef relu_forward(x): return x\n"
    assert set(found_in(target(source))) == {"relu"}


def test_objects_that_cannot_be_looked_at_are_told(target):
    path = target(
        "class M(type):\n"
        "    def __getattribute__(cls, name): raise ValueError(name)\n"
        "class Affine(metaclass=M): pass\n"
    )
    assert _refused(path).startswith(
        f"{path} cannot be searched for layers: it raises ValueError: "
    )
    assert _refused(path).endswith(" (layers.py, line 2).")


def test_an_interruption_on_import_is_not_swallowed(target, found_in):
    with pytest.raises(KeyboardInterrupt):
        found_in(target("raise KeyboardInterrupt"))


def test_a_package_that_fails_says_so(target, tmp_path):
    target("class C(int, str): ...", "c_package/__init__.py")
    message = _refused(tmp_path / "c_package")
    assert message.startswith(f"Nothing in {tmp_path / 'c_package'} can be read:\n__init__.py ")
    assert "it raises TypeError" in message


def test_a_failed_import_leaves_nothing_behind(target):
    path = target("raise ValueError")
    _refused(path)
    assert "crosscheck_target_layers" not in sys.modules


def test_after_a_failed_import_the_mended_file_is_imported(target, found_in):
    _refused(target("raise ValueError"))
    assert set(found_in(target(RELU))) == {"relu"}


def test_the_file_as_it_is_now_is_what_is_imported(target, monkeypatch, found_in):
    """Python's bytecode cache goes by the second and the size: an edit may change neither."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    one = found_in(target(RELU.replace("> 0", "> 1")))["relu"]
    two = found_in(target(RELU.replace("> 0", "> 2")))["relu"]
    ones, cache = np.ones(1), np.array([1.5])
    assert one.functions["relu_backward"](ones, cache) == [1]
    assert two.functions["relu_backward"](ones, cache) == [0]


# -- while it is open -------------------------------------------------------------------------


LAZY = """
def relu_forward(x):
    from neighbour import relu
    return relu(x), x
"""


def test_a_function_may_import_its_neighbour_when_it_is_called(target, tmp_path):
    (tmp_path / "neighbour.py").write_text("def relu(x):\n    return x.clip(0)\n")
    with opened(target(LAZY), catalogue().values()) as found:
        [relu] = found.candidates
        assert relu.functions["relu_forward"](np.ones(2))[0].tolist() == [1, 1]


def test_afterwards_everything_is_as_it_was(target, tmp_path):
    (tmp_path / "neighbour.py").write_text("def relu(x):\n    return x.clip(0)\n")
    path = target(LAZY + "import os, neighbour\nos.chdir(os.sep)\n")
    before = sys.path[:], set(sys.modules), Path.cwd()
    with opened(path, catalogue().values()):
        assert "neighbour" in sys.modules
        assert Path.cwd() == before[2]
    assert (sys.path[:], set(sys.modules), Path.cwd()) == before


def test_data_that_is_missing_on_import_is_not_the_files_fault(target):
    message = _refused(target("\nopen('data.csv')\n"))
    assert "cannot be imported: it raises FileNotFoundError:" in message
    assert "(layers.py, line 2)" in message


def test_code_that_wraps_standard_output_may_still_print(target, capsys):
    text = "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, 'utf-8')\n"
    text += "def relu_forward(x):\n    print('seen')\n    return x.clip(0), x\n"
    with opened(target(text), catalogue().values()) as found:
        [relu] = found.candidates
        relu.call("relu_forward", np.ones(2))
    assert "seen" in capsys.readouterr().err


def test_each_file_of_a_folder_may_wrap_standard_output(tmp_path):
    text = "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, 'utf-8')\n"
    for name, function in (("a", "relu_forward"), ("b", "relu_backward")):
        (tmp_path / f"{name}.py").write_text(f"{text}def {function}(*a): ...\n")
    with opened(str(tmp_path), catalogue().values()) as found:
        [relu] = found.candidates
        assert set(relu.functions) == {"relu_forward", "relu_backward"}


@pytest.mark.parametrize("name", ["x" * 5000, "\0.py"])
def test_a_name_that_no_file_can_have_is_refused(name):
    assert "cannot be opened" in _refused(name) or "There is no" in _refused(name)
