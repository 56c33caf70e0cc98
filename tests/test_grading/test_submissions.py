"""What is read of a submission, and what is refused with which words."""

import io
import os
import pickle
import random
import socket
import stat
import sys
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from crosscheck.grading.errors import GradingError
from crosscheck.grading.names import natural, safe_part, shown
from crosscheck.grading.submissions import found_in, read

CODE = b"def relu_forward(x):\n    return x, x\n"
posix = pytest.mark.skipif(os.name != "posix", reason="a file system of Linux or macOS")


def one(folder, file=""):
    """The only submission of a folder."""
    [found] = found_in(folder)
    return found.read(file)


def zipped(path, entries, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def test_a_file_a_notebook_a_folder_and_a_zip_file_are_submissions(tmp_path):
    (tmp_path / "s10.py").write_bytes(CODE)
    (tmp_path / "s9.ipynb").write_bytes(b"{}")
    (tmp_path / "ann" / "cs231n").mkdir(parents=True)
    (tmp_path / "ann" / "cs231n" / "layers.py").write_bytes(CODE)
    zipped(tmp_path / "bob.zip", {"hw/layers.py": CODE, "__MACOSX/._layers.py": b"\0"})
    (tmp_path / ".DS_Store").write_bytes(b"\0")
    (tmp_path / "crosscheck.toml").write_text("")
    read_ = [f.read() for f in found_in(tmp_path)]
    assert [s.name for s in read_] == ["ann", "bob.zip", "s9.ipynb", "s10.py"]
    assert [s.refused for s in read_] == [""] * 4
    assert [list(s.files) for s in read_] == [
        ["cs231n/layers.py"],
        ["hw/layers.py"],
        ["s9.ipynb"],
        ["s10.py"],
    ]
    assert [s.target for s in read_] == ["", "", "s9.ipynb", "s10.py"]


def test_a_small_file_takes_little_memory_to_read(tmp_path):
    (tmp_path / "s1.py").write_bytes(CODE)
    [found] = found_in(tmp_path)
    found.read()
    tracemalloc.start()
    try:
        assert not found.read().refused
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 1 << 20  # of the 10 MB that it may have


@posix
def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path, monkeypatch):
    (tmp_path / "s1.py").write_bytes(CODE)
    real = os.fstat

    def fstat(handle):
        status = real(handle)
        with (tmp_path / "s1.py").open("ab") as file:
            file.write(b"# more\n")
        return status

    monkeypatch.setattr(os, "fstat", fstat)
    assert one(tmp_path).refused == "s1.py grew while it was read. Try again."


def test_it_is_unpacked_into_a_private_folder_that_is_gone_afterwards(tmp_path):
    (tmp_path / "ann" / "a").mkdir(parents=True)
    (tmp_path / "ann" / "a" / "layers.py").write_bytes(CODE)
    submission = pickle.loads(pickle.dumps(one(tmp_path)))
    with submission.unpacked() as (folder, there):
        assert Path(there.path) == folder
        assert (folder / "a" / "layers.py").read_bytes() == CODE
        if os.name == "posix":
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


def test_the_same_content_has_the_same_digest_and_another_has_another(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "layers.py").write_bytes(CODE if name != "c" else CODE + b"#")
    a, b, c = (f.read() for f in found_in(tmp_path))
    assert a.digest == b.digest != c.digest
    assert a.digest != read(tmp_path / "a", "a", "layers.py").digest


def test_of_a_folder_one_file_can_be_judged(tmp_path):
    for place in ("top/layers.py", "top/deep/layers.py", "top/nets.py"):
        path = tmp_path / "ann" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CODE)
    found = one(tmp_path, "layers.py")
    assert (found.target, len(found.files)) == ("top/layers.py", 3)
    assert one(tmp_path, "deep/layers.py").target == "top/deep/layers.py"
    assert one(tmp_path, "gone.py").refused == (
        "ann: there is no file gone.py in it. "
        "It has: top/deep/layers.py, top/layers.py, top/nets.py."
    )
    (tmp_path / "ann" / "other").mkdir()
    (tmp_path / "ann" / "other" / "layers.py").write_bytes(CODE)
    assert one(tmp_path, "layers.py").refused == (
        "ann: it has several files layers.py: other/layers.py, top/layers.py."
    )


REFUSED = {
    "empty": (b"", "s.py is empty."),
    "blank": (b" \n\n", "s.py is empty."),
    "binary": (b"\x7fELF\0\0", "s.py is no text: it has a zero byte at 4."),
    "latin": (
        b"a = 1\n# caf\xe9\n",
        "s.py, line 2: this is no UTF-8 text. Save the file as UTF-8.",
    ),
    "latin late": (
        b"a = 1\nb = 2\nc = 3\n# caf\xe9\n",
        "s.py, line 4: this is no UTF-8 text. Save the file as UTF-8.",
    ),
    "wrongly declared": (
        b"# coding: nonsense\n# caf\xe9\n",
        "s.py, line 2: this is no UTF-8 text. Save the file as UTF-8.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_text_is_refused(tmp_path, name):
    content, message = REFUSED[name]
    (tmp_path / "s.py").write_bytes(content)
    assert one(tmp_path).refused == message


def test_a_declared_encoding_is_text(tmp_path):
    (tmp_path / "s.py").write_bytes(b"# -*- coding: latin-1 -*-\n# caf\xe9\n")
    assert one(tmp_path).refused == ""


def test_one_good_file_beside_a_bad_one_is_judged(tmp_path):
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "bad.py").write_bytes(b"\0")
    assert one(tmp_path).refused == "ann: bad.py is no text: it has a zero byte at 0."
    (tmp_path / "ann" / "good.py").write_bytes(CODE)
    assert one(tmp_path).refused == ""


def test_what_is_no_code_is_refused(tmp_path):
    (tmp_path / "s.tar.gz").write_bytes(b"x")
    assert one(tmp_path).refused == (
        "s.tar.gz: it is neither a .py file, a notebook, a folder nor a .zip file."
    )


def test_a_folder_without_code_says_what_it_has(tmp_path):
    (tmp_path / "ann").mkdir()
    assert one(tmp_path).refused == "ann: there is no .py and no .ipynb file in it."
    (tmp_path / "ann" / "hw.zip").write_bytes(b"x")
    assert one(tmp_path).refused == (
        "ann: there is no .py and no .ipynb file in it. It has: hw.zip."
    )


def test_a_gigabyte_is_refused_without_being_read(tmp_path):
    for name in ("s.py", "s.zip"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(1 << 30)
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "layers.py").write_bytes(CODE)
    with (tmp_path / "ann" / "cifar.bin").open("wb") as file:
        file.truncate(1 << 30)
    ann, python, packed = (f.read() for f in found_in(tmp_path))
    assert python.refused == (
        "s.py has 1,024 MB: more than 10 MB are not read. Hand in only the code."
    )
    assert packed.refused == (
        "s.zip: it has 1,024 MB: more than 64 MB are not read. Hand in only the code."
    )
    assert (ann.refused, list(ann.files)) == ("", ["layers.py"])
    assert ann.left_out == ("cifar.bin has 1,024.0 MB and is no code: left out",)


def test_many_files_that_are_together_too_large_are_refused(tmp_path):
    (tmp_path / "ann").mkdir()
    for i in range(7):
        with (tmp_path / "ann" / f"{i}.py").open("wb") as file:
            file.truncate(10 << 20)
    assert one(tmp_path).refused == (
        "ann: its files have more than 64 MB in all: hand in only the code."
    )


def test_a_thousand_files_are_read(tmp_path):
    (tmp_path / "ann").mkdir()
    for i in range(1000):
        (tmp_path / "ann" / f"m{i}.py").write_bytes(CODE)
    found = one(tmp_path)
    assert (found.refused, len(found.files)) == ("", 1000)


def test_many_thousand_files_are_refused_and_data_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("crosscheck.grading.collected._MOST_CODE", 20)
    monkeypatch.setattr("crosscheck.grading.collected._MOST_OTHER", 20)
    (tmp_path / "ann").mkdir()
    for i in range(40):
        (tmp_path / "ann" / f"{i}.png").write_bytes(b"x")
    (tmp_path / "ann" / "layers.py").write_bytes(CODE)
    found = one(tmp_path)
    assert (found.refused, len(found.files), len(found.left_out)) == ("", 21, 11)
    assert found.left_out[-1] == "and 10 more files"
    for i in range(21):
        (tmp_path / "ann" / f"{i}.py").write_bytes(CODE)
    assert one(tmp_path).refused == (
        "ann: it has more than 20 Python files: hand in only those with layers."
    )


@posix
def test_links_out_of_the_submission_are_not_followed(tmp_path):
    (tmp_path / "secret.py").write_bytes(b"ANSWERS = 42\n")
    ann = tmp_path / "subs" / "ann"
    ann.mkdir(parents=True)
    (ann / "layers.py").write_bytes(CODE)
    (ann / "alias.py").symlink_to("layers.py")
    (ann / "answers").symlink_to(tmp_path)
    (ann / "loop").symlink_to("loop")
    found = one(tmp_path / "subs")
    assert found.files == {"alias.py": CODE, "layers.py": CODE}
    assert found.left_out == (
        "answers is a link that leads out of the submission: it is not followed: left out",
        "loop is a link that leads nowhere: left out",
    )
    (ann / "more.py").symlink_to(tmp_path / "secret.py")
    assert one(tmp_path / "subs").refused == (
        "ann: more.py is a link that leads out of the submission: it is not followed."
    )


@posix
def test_a_submission_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "secret.py").write_bytes(CODE)
    (tmp_path / "subs").mkdir()
    (tmp_path / "subs" / "ann.py").symlink_to(tmp_path / "secret.py")
    assert one(tmp_path / "subs").refused == (
        "ann.py: it is a link, and links are not followed. Put the file itself there."
    )


@posix
def test_nobody_waits_for_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "s.py")
    assert one(tmp_path).refused == "s.py: it is neither a file nor a folder."
    (tmp_path / "s.py").unlink()
    (tmp_path / "ann").mkdir()
    os.mkfifo(tmp_path / "ann" / "layers.py")
    assert one(tmp_path).refused == "ann: layers.py is neither a file nor a folder."


@posix
def test_a_socket_beside_the_code_is_left_out(tmp_path, monkeypatch):
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "layers.py").write_bytes(CODE)
    monkeypatch.chdir(tmp_path / "ann")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("sock")
        assert one(tmp_path).left_out == ("sock is neither a file nor a folder: left out",)


@posix
def test_an_unreadable_submission_is_refused():
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        for name, mode in (("ann", 0o000), ("bob.py", 0o000)):
            path = folder / name
            path.write_bytes(CODE) if path.suffix else path.mkdir()
            path.chmod(mode)
        (folder / "cleo" / "closed").mkdir(parents=True)
        (folder / "cleo" / "layers.py").write_bytes(CODE)
        (folder / "cleo" / "closed").chmod(0o000)
        with _nobody():
            refused = [f.read().refused for f in found_in(folder)]
            with pytest.raises(GradingError, match=r"ann cannot be read: Permission denied."):
                found_in(folder / "ann")
        (folder / "ann").chmod(0o700)
        (folder / "cleo" / "closed").chmod(0o700)
    assert refused == [f"{n} cannot be read: Permission denied." for n in ("ann", "bob.py", "cleo")]


class _nobody:  # noqa: N801 - used as a function
    """Root may read everything."""

    def __enter__(self):
        self.before = os.geteuid()
        if self.before == 0:
            os.seteuid(65534)

    def __exit__(self, *_):
        os.seteuid(self.before)


def test_an_empty_folder_is_no_class(tmp_path):
    with pytest.raises(GradingError, match="There is no submission in "):
        found_in(tmp_path)


# --- names ---


@posix
def test_strange_names_are_kept_as_data_and_are_no_paths(tmp_path):
    names = ["a\nb.py", "😀.py", "\x1b[2Jx.py", "..py.py", "con.py", "a'\"<b>.py"]
    for name in names:
        (tmp_path / name).write_bytes(CODE)
    read_ = {f.name: f.read() for f in found_in(tmp_path) if f.name != "..py.py"}
    assert set(read_) == set(names) - {"..py.py"}
    for submission in read_.values():
        assert submission.refused == ""
        [file] = submission.files
        assert file.isascii()
        assert file.isprintable()
        with submission.unpacked() as (_, there):
            assert Path(there.path).read_bytes() == CODE
    assert len({s.target for s in read_.values()}) == len(read_)
    assert shown("a\nb\x1b\u202e😀") == "a\\nb\\x1b\\u202e😀"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such names")
def test_names_that_are_no_utf8_stay_apart(tmp_path):
    for name in (b"caf\xe9.py", b"caf\xe8.py", b"caf\\xe9.py"):
        (tmp_path / os.fsdecode(name)).write_bytes(CODE)
    found = found_in(tmp_path)
    assert sorted(f.name for f in found) == ["caf\\xe8.py", "caf\\xe9.py", "caf\\xe9.py~"]
    assert [f.read().refused for f in found] == [""] * 3


def test_names_are_sorted_as_people_do():
    assert sorted(["s10", "s9", "S1", "a²", "s"], key=natural) == ["S1", "a²", "s", "s9", "s10"]


@pytest.mark.parametrize("part", ["layers.py", "my layers (1).py", "__init__.py", "größe.py"])
def test_plain_names_stay(part):
    assert safe_part(part) == part


@pytest.mark.parametrize("part", ["..", ".", "a/b.py", "a\0b", "NUL.py", "x" * 300, "a:b.py", ""])
def test_names_that_lead_elsewhere_are_replaced(part):
    assert safe_part(part).startswith("file_")
    assert "/" not in safe_part(part)


# --- zip files ---


@pytest.mark.parametrize("name", ["../x.py", "/etc/x.py", "a/../../x.py", "C:x.py", "a\\..\\x.py"])
def test_a_zip_file_does_not_lead_out_of_itself(tmp_path, name):
    zipped(tmp_path / "s.zip", {"layers.py": CODE, "X" * len(name): CODE})
    content = (tmp_path / "s.zip").read_bytes().replace(b"X" * len(name), name.encode())
    (tmp_path / "s.zip").write_bytes(content)
    assert one(tmp_path).refused == (
        f"s.zip: it has a file named {shown(name)}, which leads out of it."
    )
    assert not (tmp_path.parent / "x.py").exists()


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    zipped(tmp_path / "s.zip", {"layers.py": b"#" * (9 << 20)})
    assert one(tmp_path).refused.startswith("s.zip: layers.py would be 1,0")
    assert one(tmp_path).refused.endswith("times as large as it is packed: it is not unpacked.")
    zipped(tmp_path / "s.zip", {"layers.py": CODE, "weights.bin": b"\0" * (100 << 20)})
    assert one(tmp_path).refused == ""
    assert one(tmp_path).left_out == ("weights.bin has 100.0 MB and is no code: left out",)


def test_a_zip_bomb_that_lies_about_its_size_is_not_unpacked(tmp_path):
    content = b"#" * (50 << 20)
    zipped(tmp_path / "s.zip", {"layers.py": content})
    lie = len(content).to_bytes(4, "little"), (100_000).to_bytes(4, "little")
    (tmp_path / "s.zip").write_bytes((tmp_path / "s.zip").read_bytes().replace(*lie))
    assert one(tmp_path).refused == (
        "s.zip: it is no zip file, or a damaged one (Bad CRC-32 for file 'layers.py'). "
        "Pack it again."
    )


def test_a_zip_file_that_lists_a_million_files_is_refused_early(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for i in range(35_000):
            archive.writestr(zipfile.ZipInfo(f"{i:020d}.py"), b"")
    (tmp_path / "s.zip").write_bytes(packed.getvalue())
    assert one(tmp_path).refused == "s.zip: it lists more files than anybody writes."


def test_a_zip_file_with_many_or_deep_files_is_refused(tmp_path):
    zipped(tmp_path / "s.zip", {f"{i}.py": CODE for i in range(2001)})
    assert one(tmp_path).refused == (
        "s.zip: it has more than 2,000 Python files: hand in only those with layers."
    )
    zipped(tmp_path / "s.zip", {"a/" * 40 + "x.py": CODE})
    assert one(tmp_path).refused == f"s.zip: {'a/' * 40}… is more than 32 folders deep."


def test_links_and_locked_and_doubled_files_of_a_zip_file_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        link = zipfile.ZipInfo("layers.py")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert one(tmp_path).refused == "s.zip: layers.py is a link: it is not followed."
    zipped(tmp_path / "s.zip", {"layers.py": CODE}, zipfile.ZIP_LZMA)
    assert one(tmp_path).refused == "s.zip: layers.py is packed in a way that few can read."
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        archive.writestr("layers.py", CODE)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("layers.py", b"other = 1\n")
    assert one(tmp_path).refused == (
        "s.zip: layers.py is there twice: it is not clear which one counts."
    )


@pytest.mark.parametrize("cut", [0, 5, 60, -10])
def test_a_damaged_zip_file_is_refused(tmp_path, cut):
    zipped(tmp_path / "s.zip", {"layers.py": CODE})
    (tmp_path / "s.zip").write_bytes((tmp_path / "s.zip").read_bytes()[:cut])
    assert one(tmp_path).refused.startswith("s.zip: it is no zip file, or a damaged one (")


def test_random_bytes_in_a_zip_file_raise_nothing(tmp_path):
    zipped(tmp_path / "s.zip", {"layers.py": CODE * 20, "a/b.py": CODE})
    whole = (tmp_path / "s.zip").read_bytes()
    draw = random.Random(5)
    for _ in range(300):
        broken = bytearray(whole)
        for _ in range(draw.randint(1, 6)):
            broken[draw.randrange(len(broken))] = draw.randrange(256)
        (tmp_path / "s.zip").write_bytes(broken)
        found = one(tmp_path)
        assert found.refused or found.files
