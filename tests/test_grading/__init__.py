"""Grading a class: the helpers of its tests."""

from crosscheck.grading.grade import chosen, grade
from crosscheck.grading.local import local_pool
from crosscheck.grading.plan import plan
from test_grading import standin

CONTENTS = ("results.jsonl", "grading.json")


def a_class(folder, number=6, text="x = {}\n"):
    """A folder of so many submissions; of the file alone, in a folder, and plain."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(1, number + 1):
        if i % 3:
            (folder / f"s{i}.py").write_text(text.format(i))
        else:
            (folder / f"s{i}").mkdir(exist_ok=True)
            (folder / f"s{i}" / "layers.py").write_text(text.format(i))
    return folder


def graded_class(folder, out, made=None, pool=None, **options):
    """Grade it with the stand-in for the judge."""
    again = options.pop("again", False)
    tell = options.pop("tell", lambda graded: None)
    made = made or plan()
    found = chosen(folder, out, **options)
    pool = pool or local_pool(2)
    return grade(found, made, out, pool, standin.graded, again=again, tell=tell)


def bytes_of(out):
    """What must be the same however the grading went."""
    return {name: (out / name).read_bytes() for name in CONTENTS}
