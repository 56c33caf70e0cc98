"""The gradebook: every name comes back, and none becomes a formula."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosscheck.report.gradebook import Line, as_text, to_csv


def rows(text):
    return list(csv.reader(io.StringIO(text)))


def test_a_line_for_each_submission_and_a_column_for_each_layer():
    lines = [
        Line("alice", "1.50", "2.00", {"affine": "1.00"}, "wrong", "landlock", ["reaches-out"]),
        Line("bob, jr", "0.00", "2.00", {"relu": "0.00"}, error="it is empty."),
    ]
    assert to_csv(lines) == (
        "submission,total,possible,affine,relu,status,isolation,flags,error\n"
        "alice,1.50,2.00,1.00,,wrong,landlock,reaches-out,\n"
        '"bob, jr",0.00,2.00,,0.00,,,,it is empty.\n'
    )


def test_versions_that_nobody_has_side_by_side_are_one_column():
    ada = Line("ada", "1.00", "1.00", {"affine": "1.00"}, versions={"affine": "affine"})
    bob = Line(
        "bob", "0.50", "1.00", {"affine:Linear": "0.50"}, versions={"affine:Linear": "affine"}
    )
    assert [row[3:5] for row in rows(to_csv([ada, bob]))] == [
        ["affine", "status"],
        ["1.00", ""],
        ["0.50", ""],
    ]
    eve = Line(
        "eve",
        "1.00",
        "1.00",
        {"affine": "0.50", "affine:Linear": "0.50"},
        versions={"affine": "affine", "affine:Linear": "affine"},
    )
    assert rows(to_csv([ada, bob, eve]))[0][3:5] == ["affine", "affine:Linear"]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(name):
    assert as_text(name) == f"'{name}"
    assert rows(to_csv([Line(name, "", "")]))[1][0] == f"'{name}"


@given(st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"])))
def test_every_name_comes_back(name):
    cell = next(csv.reader(io.StringIO(to_csv([Line(name, "", "")]).partition("\n")[2])))[0]
    assert not cell.startswith(("=", "+", "-", "@", "\t"))
    assert cell.removeprefix("'") == name


def test_a_name_that_is_no_text_can_be_written():
    assert to_csv([Line("a\ud800\0\r", "", "")]).encode().decode().splitlines()[1] == (
        "a\\ud800\ufffd\\r,,,,,,"
    )
