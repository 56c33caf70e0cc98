"""The lines of a function, from the target's own folder only."""

from crosscheck.source import sources

FILE = '''import numpy as np

def first(x):
    """Doc."""
    return x


@decorated
def second(x):
    return x
'''


def _write(tmp_path, text=FILE):
    path = tmp_path / "layers.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_function_s_lines_are_shown_with_their_number(tmp_path):
    path = _write(tmp_path)
    [(name, found)] = sources({"first": f"{path}:3"}, tmp_path).items()
    assert (name, found.file, found.line) == ("first", "layers.py", 3)
    assert found.text == 'def first(x):\n    """Doc."""\n    return x\n'


def test_decorators_belong_to_it(tmp_path):
    path = _write(tmp_path)
    found = sources({"second": f"{path}:8"}, tmp_path)["second"]
    assert found.text == "@decorated\ndef second(x):\n    return x\n"


def test_a_file_elsewhere_is_not_read(tmp_path):
    """The code under test says itself where it is, and may say the file with the answers."""
    inside = tmp_path / "inside"
    inside.mkdir()
    outside = _write(tmp_path)
    assert sources({"first": f"{outside}:3"}, inside) == {}
    (inside / "layers.py").symlink_to(outside)
    assert sources({"first": f"{inside / 'layers.py'}:3"}, inside) == {}
    assert sources({"first": f"{inside}/../layers.py:3"}, inside) == {}


def test_nonsense_is_left_out(tmp_path):
    path, broken = _write(tmp_path), tmp_path / "broken.py"
    broken.write_text("def f(:\n")
    said = {"a": "", "b": f"{path}:x", "c": f"{path}:99", "d": f"{path}:-1", "e": f"{broken}:1"}
    assert sources(said | {"f": f"{tmp_path / 'no.py'}:1", "g": "\0:1"}, tmp_path) == {}


def test_of_a_long_function_the_beginning_is_shown(tmp_path):
    path = _write(tmp_path, "def first(x):\n" + "    x += 1\n" * 500)
    assert sources({"first": f"{path}:1"}, tmp_path)["first"].text.count("\n") == 200
