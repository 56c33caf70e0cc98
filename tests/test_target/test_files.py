"""Of a folder those files are read that may define layers."""

from crosscheck.target.files import files_in


def test_the_nearest_come_first_and_notebooks_last(target, tmp_path):
    for name in ("a/b/c.py", "a/z.py", "a/__init__.py", "top.py", "a1.ipynb", "a/notes.txt"):
        target("", name)
    found = [f.relative_to(tmp_path).as_posix() for f in files_in(tmp_path)]
    assert found == ["top.py", "a/__init__.py", "a/z.py", "a/b/c.py", "a1.ipynb"]


def test_tests_data_and_environments_are_passed_over(target, tmp_path):
    for name in (
        "__pycache__/a.py",
        ".git/a.py",
        ".ipynb_checkpoints/a.ipynb",
        "build/a.py",
        "data/a.py",
        "Tests/a.py",
        "node_modules/a.py",
        "x.egg-info/a.py",
        "myenv/a.py",
        "test_layers.py",
        "conftest.py",
        "setup.py",
        ".hidden.py",
    ):
        target("", name)
    target("", "myenv/pyvenv.cfg")
    assert files_in(tmp_path) == []
    assert [f.name for f in files_in(tmp_path / "data")] == ["a.py"]


def test_a_folder_called_like_a_file_is_none(tmp_path):
    (tmp_path / "layers.py").mkdir()
    assert files_in(tmp_path) == []
