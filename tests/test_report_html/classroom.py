"""A class of about forty students, none of whom exists: their layers are this project's own right
and wrong ones, and every report is what crosscheck said of them.
"""

import inspect
import itertools
import random
import re
import textwrap
from functools import cache

import numpy as np
from mutants import MUTANTS

import impl_numpy
from crosscheck.candidate import Candidate
from crosscheck.layers import layer_named
from crosscheck.report.html import Facts, Points, class_entry, page_file, submission_page
from crosscheck.report.json import to_dict
from crosscheck.run import check_functions
from crosscheck.selection import Selection

# What the class was to write, and the mistakes that are made in it, the most common first.
ASSIGNMENT = {
    "affine": ("affine_mean_dw", "affine_fortran_reshape", "affine_wrong_axis_db"),
    "relu": ("relu_integer_mask", "relu_leaky", "relu_overwrites_dout"),
    "softmax_loss": ("softmax_summed_dx", "softmax_summed_loss", "softmax_unshifted"),
    "batchnorm": ("batchnorm_no_path_through_variance", "batchnorm_unbiased"),
    "layernorm": ("layernorm_means_of_columns", "layernorm_eps_outside_root"),
    "dropout": ("dropout_not_inverted", "dropout_unmasked_backward"),
    "conv": ("conv_last_example_dw", "conv_uncut_dx", "conv_turned_filters"),
    "max_pool": ("max_pool_marks_all", "max_pool_from_zero"),
    "rnn_step": ("rnn_step_no_slope", "rnn_step_forgets_bias"),
    "lstm_step": ("lstm_step_ignores_dnext_c", "lstm_step_interleaved"),
}
NAMES = [
    "Ada Lovelace",
    "Alan Turing",
    "Amina Okafor",
    "Anaïs Lefèvre",
    "Arjun Mehta",
    "Beatriz Souza",
    "Benedikt Vogel",
    "Chen Wei",
    "Chiara Ricci",
    "Dalia Haddad",
    "Diego Fernández",
    "Ekaterina Volkova",
    "Elif Yılmaz",
    "Emma Larsen",
    "Fatima Zahra El Amrani",
    "Finn O’Sullivan",
    "Grace Hopper",
    "Hana Sato",
    "Hugo Martin",
    "Ines Novak",
    "Ivana Kovačević",
    "Jakub Nowak",
    "Jonas Weber",
    "Kofi Mensah",
    "Lars Nilsson",
    "Leïla Benali",
    "Lin Mei",
    "Maximiliana-Theodora von Hohenlohe-Waldenburg-Schillingsfürst",
    "Mateus Oliveira",
    "Minh Nguyễn",
    "Noor al-Din",
    "Olivia Brown",
    "Pavel Dvořák",
    "Priya Raman",
    "Rosa Jiménez",
    "Sara Lindqvist",
    "Tomás Herrera",
    "Yuki Tanaka",
    "Zeynep Kaya",
    "علي حسن",
]
_DTYPES = ("float32", "float64")


def grade(entry):
    """Points of a layer: 4 for what goes out, 6 for the gradients, by how many are right."""
    if entry["status"] in ("missing", "unfinished", "unjudged", "crash"):
        return 0.0
    right = {q: s in ("pass", "warning") for q, s in entry["quantities"].items()}
    got = 0.0
    for of, names in ((4, set(right) - set(entry["gradients"])), (6, set(entry["gradients"]))):
        got += of * sum(right[q] for q in names) / len(names) if names else of
    return round(got, 1)


@cache
def judged(layer, mistake=""):
    """The entry of a layer in a report; of its right form, or with a mistake."""
    functions = {name: getattr(impl_numpy, name) for name in layer_named(layer).functions}
    if mistake == "crash":
        functions[next(iter(functions))] = _crashes
    elif mistake == "unfinished":
        functions = dict.fromkeys(functions, _unfinished)
    elif mistake:
        functions = next(m.functions for m in MUTANTS if m.name == mistake)
    report = check_functions(functions, Selection([layer], list(_DTYPES)))
    entry = to_dict(report)["layers"][layer]
    return written_by_student(entry, Candidate(layer_named(layer), dict(functions)))


def written_by_student(entry, candidate):
    """As if all its functions were in one file of the student's."""
    source = _source(candidate)
    found = [_moved(finding, source) for finding in entry["findings"]]
    snippet = re.sub(r"^from \S+ import", "from layers import", entry["snippet"], flags=re.M)
    source = source if found else {}
    return {**entry, "findings": found, "source": source, "snippet": snippet}


def _source(candidate):
    found, line = {}, 5
    for name, function in candidate.functions.items():
        lines, _ = inspect.getsourcelines(function)
        text = textwrap.dedent("".join(itertools.dropwhile(lambda t: "def " not in t, lines)))
        text = text.replace(f"def {function.__name__}(", f"def {name}(")
        found[name] = {"file": "layers.py", "line": line, "text": text}
        line += text.count("\n") + 2
    return found


def _moved(finding, source):
    """Said of that file."""
    if not finding.get("location"):
        return finding
    is_gradient = finding["quantity"].startswith("d")
    line = source[[*source][-1 if is_gradient else 0]]["line"]
    message = re.sub(r"classroom.py, line \d+", f"layers.py, line {line + 2}", finding["message"])
    return {**finding, "location": f"layers.py:{line}", "message": message}


def _crashes(*arrays, **options):
    x = np.asarray(arrays[0])
    raise ValueError(f"operands could not be broadcast together with shapes {x.shape} (3,)")


def _unfinished(*arrays, **options):
    raise NotImplementedError("TODO")


def report_of(layers, target="layers.py"):
    """A whole report of such entries."""
    statuses = {entry["status"] for entry in layers.values()} - {"missing"}
    bad = statuses & {"wrong", "crash"}
    status = "wrong" if bad else "pass" if statuses == {"pass"} else "warning"
    oracle = {"source": "file", "torch": "2.13.0", "jax": "0.10.2", "recorded": "2026-09-01T08:00"}
    return {
        "schema": "crosscheck-report/1",
        "target": target,
        "oracle": oracle,
        "status": status if statuses else "none",
        "strict": False,
        "left_out": {},
        "shimmed": [],
        "outdated": [],
        "unread": [],
        "absent": [],
        "read_with": "",
        "layers": layers,
    }


def missing():
    """The entry of a layer that is not there."""
    return {"status": "missing", "cases": 0, "findings": [], "hints": {}, "errors": {}}


def _mistake(chance, names):
    """What a student made of a layer: mostly right, or one of the mistakes, seldom nothing."""
    kind = chance.random()
    if kind < 0.66:
        return ""
    if kind < 0.93:
        return names[min(int(chance.expovariate(1.2)), len(names) - 1)]
    return chance.choice(("crash", "unfinished", "missing"))


def class_of(names=NAMES, assignment=ASSIGNMENT, seed=5):
    """Each student: name, report, facts. The last three handed in nothing that can be judged."""
    chance = random.Random(seed)
    for i, name in enumerate(names):
        seconds = round(chance.lognormvariate(-0.6, 0.5), 2)
        if i >= len(names) - 3 and len(names) > 10:
            error = (
                "There is no Python file in the submission.",
                "layers.py cannot be read: line 14: invalid syntax",
                "The submission did not end within 60 s and was stopped.",
            )[i - len(names)]
            yield name, report_of({}), Facts("landlock", error, points=Points(0, 100), seconds=60)
            continue
        layers = {}
        for layer, mistakes in assignment.items():
            mistake = _mistake(chance, mistakes)
            layers[layer] = missing() if mistake == "missing" else judged(layer, mistake)
        by_layer = {
            n: (grade(e) if e["status"] != "missing" else 0.0, 10) for n, e in layers.items()
        }
        got = round(sum(g for g, _ in by_layer.values()), 1)
        points = Points(got, 10 * len(layers), by_layer)
        yield name, report_of(layers), Facts("landlock", "", _flags(i), points, seconds)


def _flags(i):
    if i % 17 != 3:
        return ()
    message = "affine_backward calls affine_forward 84 times: a numerical derivative?"
    return ({"kind": "numerical-gradient", "message": message, "where": "layers.py:12"},)


def written(folder, students, title="Assignment 2", facts=None):
    """All pages of a class, in a folder: the class page's path, and the submissions' folder."""
    from crosscheck.report.html import ClassView, class_page

    students = list(students)
    (folder / "submissions").mkdir(parents=True, exist_ok=True)
    addresses = [(name, page_file(name)) for name, _, _ in students]
    for i, (name, report, its) in enumerate(students):
        before = addresses[i - 1] if i else ("", "")
        after = addresses[i + 1] if i + 1 < len(students) else ("", "")
        page = submission_page(name, report, its, home="../class.html", before=before, after=after)
        (folder / "submissions" / page_file(name)).write_text(page, encoding="utf-8")
    entries = [
        class_entry(name, report, its, href=f"submissions/{page_file(name)}")
        for name, report, its in students
    ]
    view = ClassView(title, entries, facts or {})
    (folder / "class.html").write_text(class_page(view), encoding="utf-8")
    return folder / "class.html"
