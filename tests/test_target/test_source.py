"""A file that cannot be read, or is no file, is told in words and never waited for."""

import os
from pathlib import Path

import pytest

from crosscheck.errors import TargetError
from crosscheck.target import source
from crosscheck.target.source import source_of
from test_target.conftest import RELU


def _refused(opens, path):
    with pytest.raises(TargetError) as error, opens(path):
        pass
    return str(error.value)


@pytest.fixture
def closed(monkeypatch):
    """``closed(name)``: as if files of that name might not be read; an administrator may all."""

    def close(name):
        read = source.Path.read_bytes

        def refuse(path):
            if path.name == name:
                raise PermissionError(13, "Permission denied")
            return read(path)

        monkeypatch.setattr(source.Path, "read_bytes", refuse)

    return close


def test_a_file_that_may_not_be_read_is_told(target, opens, closed):
    path = target(RELU)
    closed("layers.py")
    assert _refused(opens, path) == f"{path} cannot be read: Permission denied."


@pytest.mark.parametrize("name", ["b.py", "b.ipynb"])
def test_in_a_folder_the_others_are_read(target, opens, closed, tmp_path, name):
    target(RELU, "hw/a.py")
    target(RELU, f"hw/{name}")
    closed(name)
    with opens(tmp_path / "hw") as found:
        assert [c.name for c in found.candidates] == ["relu"]
        assert found.unread == [f"{name} cannot be read: Permission denied."]


def test_a_file_that_is_too_large_to_be_code_is_told(tmp_path, opens):
    path = tmp_path / "layers.py"
    with path.open("wb") as file:
        file.truncate((11 << 20) + 1)
    assert _refused(opens, path) == (
        f"{path} has 11 MB: more than 10 MB are not read. Put the layers in a file of their own."
    )


def test_a_notebook_with_pictures_is_not_too_large(tmp_path):
    path = tmp_path / "a1.ipynb"
    path.write_bytes(b" " * (11 << 20))
    assert len(source_of(path)) == 11 << 20


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes by name on Windows")
def test_a_pipe_is_not_waited_for(tmp_path, opens):
    path = tmp_path / "layers.py"
    os.mkfifo(path)
    assert _refused(opens, path) == (
        f"{path} is neither a file nor a folder: it cannot be read as code."
    )
    assert _refused(opens, tmp_path) == f"There is no Python file in the folder {tmp_path}."


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no devices on Windows")
def test_a_device_is_not_waited_for(opens):
    assert _refused(opens, "/dev/zero").startswith("/dev/zero is neither a file nor a folder")


@pytest.mark.parametrize("name", ["hw", "inner"])
def test_a_folder_that_may_not_be_read_is_told(target, opens, tmp_path, monkeypatch, name):
    target(RELU, "hw/a.py")
    target(RELU, "hw/inner/b.py")
    scandir = os.scandir

    def refuse(path):
        if Path(path).name == name:
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    folder = tmp_path / "hw"
    if name == "hw":
        assert _refused(opens, folder) == (
            f"There is no Python file in the folder {folder}.\n"
            f"{folder} cannot be read: Permission denied."
        )
    else:
        with opens(folder) as found:
            assert found.unread == ["inner cannot be read: Permission denied."]


LINKS = pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")


@LINKS
def test_links_in_a_circle_are_told(tmp_path, opens):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    told = _refused(opens, tmp_path / "a")
    assert "cannot be opened" in told or "There is no" in told


@LINKS
def test_a_folder_that_holds_a_link_to_itself_ends(target, tmp_path, opens):
    target(RELU, "hw/a.py")
    (tmp_path / "hw" / "again").symlink_to(tmp_path / "hw", target_is_directory=True)
    with opens(tmp_path / "hw") as found:
        assert [c.name for c in found.candidates] == ["relu"]
