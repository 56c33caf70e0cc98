"""``crosscheck report``: every output from stored lines alone."""

import csv
import json
from xml.etree import ElementTree

import pytest

from crosscheck.grading.graded import Graded, unjudged
from crosscheck.grading.plan import plan
from crosscheck.grading.store import Store
from crosscheck.grading.submissions import Submission

HOSTILE = "=cmd|' /C calc'!A0 <b>"


def relu(status="pass", **more):
    found = {
        "status": "wrong" if status == "wrong" else "pass",
        "cases": 51,
        "skipped": 0,
        "quantities": {"out": "pass", "dx": status},
        "gradients": ["dx"],
        "findings": [],
    }
    return found | more


def rows(name, layers, **more):
    report = {"schema": "crosscheck-report/1", "target": name, "status": "pass"}
    closing = {"report": report, "isolation": "landlock", "error": "", "flags": []} | more
    head = {"submission": name, "key": "0"}
    layered = [{**head, "name": n, "layer": entry} for n, entry in layers.items()]
    return Graded([*layered, {**head, "closing": closing | {"layers": list(layers)}}], 0.5)


@pytest.fixture
def folder(tmp_path):
    """A class of four: right, wrong, refused, and one that we failed to grade."""
    config = tmp_path / "crosscheck.toml"
    config.write_text("[layers.relu]\npoints = 4\n", encoding="utf-8")
    made = plan(config=config)
    store = Store(tmp_path / "results", made)
    store.add(rows("alice", {"relu": relu()}))
    store.add(rows(HOSTILE, {"relu": relu("wrong")}, flags=[{"kind": "framework", "message": ""}]))
    store.add(unjudged(Submission("carol"), made, "carol is empty."))
    store.add(unjudged(Submission("dave"), made, "no worker starts", ours=True))
    store.finish()
    store.close()
    return tmp_path / "results"


def test_the_gradebook_has_everybody_and_no_points_where_we_failed(folder, command):
    path = folder.parent / "grades.csv"
    assert command("report", folder, "--csv", path)[0] == 0
    with path.open(encoding="utf-8", newline="") as file:
        lines = {line["submission"]: line for line in csv.DictReader(file)}
    assert [(n, li["total"], li["possible"], li["relu"]) for n, li in lines.items()] == [
        (f"'{HOSTILE}", "2.00", "4.00", "2.00"),
        ("alice", "4.00", "4.00", "4.00"),
        ("carol", "0.00", "4.00", "0.00"),
        ("dave", "", "4.00", ""),
    ]
    assert lines[f"'{HOSTILE}"]["flags"] == "framework"
    assert (lines["carol"]["status"], lines["carol"]["error"]) == ("not judged", "carol is empty.")


def test_points_can_be_given_anew_without_grading(folder, command):
    other = folder.parent / "other.toml"
    other.write_text("[layers.relu]\npoints = { out = 1, dx = 9 }\n", encoding="utf-8")
    path = folder.parent / "grades.csv"
    assert command("report", folder, "--csv", path, "--config", other)[0] == 0
    assert f"'{HOSTILE},1.00,10.00" in path.read_text(encoding="utf-8")


def test_gradescope_gets_a_file_for_everybody(folder, command):
    into = folder.parent / "gs"
    assert command("report", folder, "--gradescope", into, "--visibility", "hidden")[0] == 0
    found = [json.loads(p.read_text(encoding="utf-8")) for p in sorted(into.iterdir())]
    assert sorted(f["score"] for f in found) == [0, 0, 2, 4]
    assert sum("does not lie with it" in f["output"] for f in found) == 1
    assert sorted(f["visibility"] for f in found) == ["hidden", "hidden", "hidden", "visible"]


def test_one_file_for_several_submissions_is_refused(folder, command):
    code, _, said = command("report", folder, "--gradescope", folder.parent / "results.json")
    assert code == 2
    assert "results.json is one file, and" in said
    assert "has 4 submissions: name a folder." in said


def test_junit_counts_the_quantities(folder, command):
    path = folder.parent / "junit.xml"
    assert command("report", folder, "--junit", path)[0] == 0
    suites = list(ElementTree.parse(path).getroot())
    assert [(s.get("name"), s.get("tests"), s.get("failures")) for s in suites] == [
        (f"{HOSTILE}.relu", "2", "1"),
        ("alice.relu", "2", "0"),
        ("carol", "1", None),
        ("dave", "1", None),
    ]


def test_the_github_summary_is_appended(folder, command, monkeypatch):
    summary = folder.parent / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert command("report", folder, "--github")[0] == 0
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("before\n## ")
    assert "## alice: 4.00 of 4.00 points\n" in text
    assert "\n<b>" not in text


def test_pages_are_made_for_the_class_and_for_everybody(folder, command):
    pytest.importorskip("jinja2")
    into = folder.parent / "pages"
    assert command("report", folder, "--html", into)[0] == 0
    assert len(list(into.glob("*.html"))) == 5
    page = (into / "class.html").read_text(encoding="utf-8")
    assert "alice" in page
    assert " <b>" not in page.partition("alice")[2]
    alone = folder.parent / "class.html"
    assert command("report", folder, "--html", alone)[0] == 0
    assert alone.is_file()


def test_the_same_results_give_the_same_files(folder, command):
    for name in ("a", "b"):
        command("report", folder, "--csv", folder.parent / f"{name}.csv")
    assert (folder.parent / "a.csv").read_bytes() == (folder.parent / "b.csv").read_bytes()


def test_without_an_output_it_says_which_there_are(folder, command):
    code, _, said = command("report", folder)
    assert code == 2
    assert "Say what to write: --html, --csv, --gradescope, --junit, --github." in said


def test_a_folder_without_results_is_refused(tmp_path, command):
    code, _, said = command("report", tmp_path, "--csv", tmp_path / "g.csv")
    assert code == 2
    assert f"There are no results in {tmp_path}." in said


def test_a_damaged_line_is_named(folder, command):
    path = folder / "results.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"{oops\n", *lines[2:]]))
    code, _, said = command("report", folder, "--csv", folder.parent / "g.csv")
    assert code == 2
    assert "results.jsonl, line 2: this is no row." in said


def test_an_unfinished_run_is_reported_as_far_as_it_came(folder, command):
    head = json.loads((folder / "grading.json").read_bytes())
    (folder / "grading.json").write_text(json.dumps(head | {"graded": None}), encoding="utf-8")
    code, _, said = command("report", folder, "--csv", folder.parent / "g.csv")
    assert code == 0
    assert "the grading has not ended; so far it has 4 submissions." in said
