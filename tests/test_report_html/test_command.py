"""``crosscheck check --html FILE``: the page of one candidate."""

import pytest

pytest.importorskip("jinja2")

from test_report_html.skeleton import Skeleton

RELU = """
import numpy as np

def relu_forward(x):
    return np.maximum(0, x), x

def relu_backward(dout, cache):
    return dout * (cache < 0)
"""


def test_writes_the_page_beside_what_the_terminal_says(command, target, tmp_path):
    code, out, _ = command("check", target(RELU), "--layer", "relu", "--html", tmp_path / "r.html")
    page = Skeleton((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert code == 1
    assert "dx is wrong" in out
    assert "dx is wrong at" in page.words
    assert "layers.py" in page.words
    assert "All submissions" not in page.words


def test_says_how_to_see_it_again_and_where_from_here(command, target, tmp_path, monkeypatch):
    target(RELU)
    monkeypatch.chdir(tmp_path)
    command("check", "layers.py", "--layer", "relu", "--layer", "tanh", "--html", "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "crosscheck check layers.py --case relu/float32/normal/" in Skeleton(text).words
    assert "Not in the target: tanh" in Skeleton(text).words
    assert "code layers.py:7 " in Skeleton(text).words
    assert "submission" not in Skeleton(text).words
    assert str(tmp_path) not in text


def test_takes_the_place_of_the_table_on_standard_output(command, target):
    code, out, _ = command("check", target(RELU), "--layer", "relu", "--html", "-")
    assert (code, out[:15]) == (1, "<!doctype html>")
    assert out.endswith("</html>\n")


def test_two_reports_do_not_both_go_to_standard_output(command, target):
    code, out, error = command("check", target(RELU), "--html", "-", "--json")
    assert (code, out) == (2, "")
    assert "--json and --html cannot both go to standard output: name a file for one" in error


def test_refuses_to_overwrite_the_code(command, target, tmp_path):
    file = tmp_path / "other.py"
    code, _, error = command("check", target(RELU), "--html", file)
    assert code == 2
    assert "is not a file to write a report to" in error
    assert not file.exists()


def test_says_that_a_folder_is_missing(command, target, tmp_path):
    code, _, error = command("check", target(RELU), "--html", tmp_path / "no" / "r.html")
    assert (code, "there is no such folder" in error) == (2, True)
