"""``crosscheck report``: every output from stored lines alone."""

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from crosscheck.grading.graded import Graded, unjudged
from crosscheck.grading.plan import plan
from crosscheck.grading.store import Store
from crosscheck.grading.submissions import Submission
from crosscheck.layers import catalogue
from crosscheck.selection import EVERYTHING, Selection

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


MISSING = {"status": "missing", "cases": 0, "skipped": 0, "quantities": {}, "findings": []}


@pytest.fixture
def class_of_one(tmp_path):
    """``class_of_one(layers, …)``: results of Ada alone, whom the embedded oracle judged."""

    def make(layers, toml="", selection=EVERYTHING):
        config = tmp_path / "crosscheck.toml"
        config.write_text(toml, encoding="utf-8")
        store = Store(tmp_path / "one", plan(config=config, selection=selection))
        store.add(rows("ada", layers))
        store.finish()
        store.close()
        return tmp_path / "one"

    return make


def suites(path):
    root = ElementTree.parse(path).getroot()
    return [(s.get("name"), s.get("failures")) for s in root]


RELU_OF_TWO = {"relu": relu(), "affine": MISSING}


@pytest.mark.parametrize(
    ("toml", "layers", "found"),
    [
        ("", (), [("ada.relu", "0")]),
        ("", ("relu", "affine"), [("ada.relu", "0"), ("ada.affine", "1")]),
        ("[layers.relu]\npoints = 1\n", (), [("ada.relu", "0")]),
        ("[points]\nrelu = 1\nconv = 1\n", (), [("ada.relu", "0"), ("ada.conv", "1")]),
    ],
)
def test_only_a_missing_layer_that_somebody_asked_for_fails(
    class_of_one, command, tmp_path, toml, layers, found
):
    folder = class_of_one(RELU_OF_TWO, toml, Selection(layers))
    assert command("report", folder, "--junit", tmp_path / "j.xml")[0] == 0
    assert suites(tmp_path / "j.xml") == found


def test_it_says_that_layers_count_which_nobody_named(class_of_one, command, tmp_path):
    folder = class_of_one(RELU_OF_TWO)
    _, _, said = command("report", folder, "--csv", tmp_path / "g.csv")
    told = "58 layers count 1 each, though this class has only 1 of them: nobody said"
    assert told in said
    pytest.importorskip("jinja2")
    assert command("report", folder, "--html", tmp_path / "class.html")[0] == 0
    assert told in (tmp_path / "class.html").read_text(encoding="utf-8")
    points = tmp_path / "points.toml"
    points.write_text("[points]\nrelu = 1\n", encoding="utf-8")
    assert command("report", folder, "--csv", tmp_path / "g.csv", "--config", points)[2] == ""


@pytest.mark.parametrize("names", [["relu", "affine"], list(catalogue())])
def test_an_oracle_of_some_layers_names_them_and_one_of_all_does_not(
    class_of_one, command, tmp_path, names
):
    folder = class_of_one(dict.fromkeys(names, MISSING) | {"relu": relu()})
    head = json.loads((folder / "grading.json").read_bytes())
    head |= {"oracle": {"name": "hidden.oracle", "sha256": "0"}, "layers": names}
    (folder / "grading.json").write_text(json.dumps(head), encoding="utf-8")
    said = command("report", folder, "--junit", tmp_path / "j.xml")[2]
    assert ("count 1 each" in said) == (len(names) > 2)
    assert len(suites(tmp_path / "j.xml")) == (1 if len(names) > 2 else 2)


def test_it_says_nothing_of_layers_that_were_asked_for(class_of_one, command, tmp_path):
    folder = class_of_one(RELU_OF_TWO, selection=Selection(("relu", "affine")))
    assert command("report", folder, "--csv", tmp_path / "g.csv")[2] == ""


def test_no_submission_decides_which_layers_count(tmp_path, command):
    store = Store(tmp_path / "results", plan(selection=Selection(("relu", "affine"))))
    store.add(rows("ada", {"made_up": relu()}))
    store.add(rows("bob", {"relu": relu(), "affine": MISSING}))
    store.finish()
    store.close()
    assert command("report", tmp_path / "results", "--csv", tmp_path / "g.csv")[0] == 0
    with (tmp_path / "g.csv").open(encoding="utf-8", newline="") as file:
        lines = [(li["submission"], li["total"], li["possible"]) for li in csv.DictReader(file)]
    assert lines == [("ada", "0.00", "2.00"), ("bob", "1.00", "2.00")]


def test_a_minus_is_standard_output_for_one_of_the_outputs(folder, command):
    code, out, err = command("report", folder, "--csv", "-")
    assert (code, err) == (0, "")
    assert out.startswith("submission,total,possible,relu,")
    assert not (Path.cwd() / "-").exists()
    ElementTree.fromstring(command("report", folder, "--junit", "-")[1])
    code, out, err = command("report", folder, "--csv", "-", "--github")
    assert (code, out) == (2, "")
    assert "--csv and --github cannot both go to standard output: name a file for one" in err


def test_an_output_without_a_name_is_refused(folder, command):
    code, _, err = command("report", folder, "--csv", "")
    assert code == 2
    assert "argument --csv: it is empty: name a file or a folder" in err


def test_students_are_told_that_versions_share_points(class_of_one, command, tmp_path):
    versions = {"affine": relu(), "affine:Linear": relu()}
    folder = class_of_one(versions, "[points]\naffine = 2\n")
    told = "2 versions of affine share 2.00 points: affine, affine:Linear. Of several files"
    assert command("report", folder, "--gradescope", tmp_path / "ada.json")[0] == 0
    found = json.loads((tmp_path / "ada.json").read_text(encoding="utf-8"))
    assert told in found["output"]
    assert told in command("report", folder, "--github")[1]


@pytest.mark.parametrize("worth", ["affine", "affine:Linear"])
def test_the_gradebook_calls_a_version_as_the_points_do(class_of_one, command, worth):
    folder = class_of_one({"affine:Linear": relu(layer="affine")}, f'[points]\n"{worth}" = 3\n')
    head, ada = command("report", folder, "--csv", "-")[1].splitlines()
    assert head.split(",")[2:5] == ["possible", worth, "status"]
    assert ada.split(",")[2] == "3.00"


def test_pages_name_what_is_worth_points_and_whose_the_answers_are(class_of_one, command, tmp_path):
    pytest.importorskip("jinja2")
    layers = {**RELU_OF_TWO, "batchnorm_test": relu()}
    folder = class_of_one(layers, "[points]\nrelu = 1\naffine = 2\n")
    path = folder / "results.jsonl"
    text = path.read_text(encoding="utf-8").replace(
        '"schema":"crosscheck-report/1"',
        '"schema":"crosscheck-report/1","oracle":{"source":"file"}',
    )
    assert '"source":"file"' in text
    path.write_text(text, encoding="utf-8")
    assert command("report", folder, "--html", tmp_path / "pages")[0] == 0
    class_page = (tmp_path / "pages" / "class.html").read_text(encoding="utf-8")
    assert 'data-to="layer-affine"' in class_page
    (page,) = (p for p in (tmp_path / "pages").iterdir() if p.name != "class.html")
    text = page.read_text(encoding="utf-8")
    assert "1.00 <span>of 3.00 points" in text
    assert '0.00 <span class="dim">/ 2.00' in text
    assert '0.00 <span class="dim">/ 0.00' not in text
    assert "<bdi>embedded</bdi>" in text


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
    assert "<title>Class: results · crosscheck</title>" in page
    assert "4 submissions, 1 layer. 2 could not be judged." in page
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
