"""Where a file stands is said by its folders, and by its own imports."""

import ast

import pytest

from crosscheck.target.places import place


@pytest.fixture
def placed(target, tmp_path):
    """``placed(path, source, other, …)`` is the root below tmp_path, and the module's name."""

    def find(path, source="", *others):
        for other in others:
            target("", other)
        found = place(tmp_path / path, ast.parse(source))
        target(source, path)
        return found.root.relative_to(tmp_path).as_posix(), found.name

    return find


def test_a_file_stands_by_itself(placed):
    assert placed("hw/layers.py", "import numpy as np") == ("hw", "crosscheck_target_layers")


def test_a_file_of_a_package_is_in_it(placed):
    inits = ("hw/cs231n/__init__.py", "hw/cs231n/classifiers/__init__.py")
    assert placed("hw/cs231n/classifiers/cnn.py", "", *inits) == ("hw", "cs231n.classifiers.cnn")


def test_relative_imports_make_a_package_of_the_folder(placed):
    assert placed("hw/cs231n/layers.py", "from .im2col import *") == ("hw", "cs231n.layers")


def test_they_say_how_far_up(placed):
    source = "def f():\n    from ..layers import affine_forward"
    assert placed("hw/cs231n/classifiers/cnn.py", source) == ("hw", "cs231n.classifiers.cnn")


def test_so_do_imports_by_the_packages_name(placed):
    source = "from cs231n.layers import *"
    found = placed("hw/cs231n/classifiers/cnn.py", source, "hw/cs231n/layers.py")
    assert found == ("hw", "cs231n.classifiers.cnn")


def test_a_folder_of_that_name_without_the_module_is_another(placed):
    source = "from cs231n.layers import *"
    assert placed("cs231n/mine/cnn.py", source) == ("cs231n/mine", "crosscheck_target_cnn")


def test_a_folder_called_as_an_installed_package_does_not_stand_for_it(placed):
    source = "import numpy as np"
    found = placed("numpy/layers.py", source, "numpy/__init__.py")
    assert found == (".", "crosscheck_target_numpy.layers")
    assert placed("rich/table.py", "from rich.text import Text", "rich/text.py") == (
        "rich",
        "crosscheck_target_table",
    )


def test_dots_in_a_folders_name_are_no_packages(placed):
    assert placed("hw 1.2/layers.py", "from .im2col import *") == (".", "hw 1_2.layers")


def test_a_packages_own_file_is_the_package(placed):
    assert placed("a/b/__init__.py", "", "a/__init__.py", "a/b/__init__.py") == (".", "a.b")


def test_more_imports_than_there_are_folders(tmp_path):
    found = place(tmp_path / "layers.py", ast.parse(f"from {'.' * 99}layers import *"))
    assert found.root == tmp_path


def test_folders_further_up_that_have_what_is_imported(target, tmp_path):
    target("", "book/common/layers.py")
    found = place(
        tmp_path / "book/ch05/net.py", ast.parse("from common.layers import *\nimport os")
    )
    assert (found.root, list(found.others)) == (tmp_path / "book/ch05", [tmp_path / "book"])
