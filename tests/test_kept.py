"""Cases kept beside a target: one file, strict about what is in it."""

import pytest

from crosscheck.errors import CrosscheckError, SelectionError
from crosscheck.kept import NAME, keep, kept_at, kept_cases

ONE, OTHER = "relu/float64/normal/s7/3", "affine/float64/normal/N2-d1-M6/0"


def test_what_is_kept_comes_back_sorted_and_once(target, tmp_path):
    path = target("")
    keep(path, {ONE: "relu: out is wrong", OTHER: ""})
    keep(path, {ONE: "another remark", "relu/float64/normal/s7/2": ""})
    assert [c.id for c in kept_cases(path)] == [OTHER, "relu/float64/normal/s7/2", ONE]
    assert (tmp_path / NAME).read_text(encoding="utf-8").splitlines()[1:] == [
        OTHER,
        "relu/float64/normal/s7/2",
        f"{ONE}  # relu: out is wrong",
    ]


def test_the_same_cases_make_the_same_file(target, tmp_path):
    path = target("")
    keep(path, {ONE: "a", OTHER: "b"})
    first = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).unlink()
    keep(path, {OTHER: "b", ONE: "a"})
    assert (tmp_path / NAME).read_bytes() == first
    assert b"\r" not in first


def test_nothing_is_kept_at_first(target):
    assert kept_cases(target("")) == []


def test_the_file_lies_beside_a_file_inside_a_folder_and_here_for_a_module(
    target, tmp_path, monkeypatch
):
    assert kept_at(target("")) == tmp_path / NAME
    assert kept_at(str(tmp_path)) == tmp_path / NAME
    monkeypatch.chdir(tmp_path)
    assert kept_at("some.module").absolute() == tmp_path / NAME


def test_a_person_may_write_remarks_and_empty_lines(target, tmp_path):
    path = target("")
    (tmp_path / NAME).write_text(f"# mine\n\n  {ONE}   # why\n{ONE}\n", encoding="utf-8")
    assert [c.id for c in kept_cases(path)] == [ONE]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("relu", "'relu' is not a case id"),
        ("rely/float64/normal/s7/3", "rely"),
        ("relu/float64/normal/s7-s8/3", "are not dims of relu"),
        ("relu/float65/normal/s7/3", "float65"),
        ("conv/float64/normal/N1-C1-H2-W2-F1-HH5-WW1-stride=1-pad=0/0", "do not fit"),
    ],
)
def test_a_line_that_is_no_case_is_named(line, why, target, tmp_path):
    path = target("")
    (tmp_path / NAME).write_text(f"{ONE}\n{line}\n", encoding="utf-8")
    for use in (lambda: kept_cases(path), lambda: keep(path, {OTHER: ""})):
        with pytest.raises(SelectionError) as raised:
            use()
        text = str(raised.value)
        assert f"{NAME}, line 2: " in text
        assert why in text
        assert text.endswith("Correct it, or delete it.")
    assert (tmp_path / NAME).read_text(encoding="utf-8") == f"{ONE}\n{line}\n"


def test_a_file_that_is_no_text_is_named(target, tmp_path):
    path = target("")
    (tmp_path / NAME).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SelectionError, match=f"{NAME} is no text in UTF-8"):
        kept_cases(path)


def test_a_folder_in_its_place_is_named(target, tmp_path):
    (tmp_path / NAME).mkdir()
    with pytest.raises(SelectionError, match=f"{NAME} cannot be read"):
        kept_cases(target(""))


def test_what_cannot_be_written_leaves_nothing_behind(target, tmp_path, monkeypatch):
    path = target("")

    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.replace", refused)
    with pytest.raises(CrosscheckError, match=f"Cannot write .*{NAME}: Permission denied"):
        keep(path, {ONE: ""})
    assert [p.name for p in tmp_path.iterdir()] == ["layers.py"]


def test_the_path_that_is_told_takes_no_detour(target, tmp_path):
    target("x = 1\n")
    (tmp_path / "sub").mkdir()
    found = keep(f"{tmp_path}/sub/../layers.py", {"relu/float64/normal/s2/0": ""})
    assert str(found) == str(tmp_path.resolve() / NAME)
