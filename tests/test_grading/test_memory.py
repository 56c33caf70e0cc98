"""However many submissions a class has, what is kept in memory of each is next to nothing."""

import gc
import runpy
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import count
from math import lcm
from pathlib import Path

import pytest

from crosscheck.grading import task
from crosscheck.grading.job import done
from crosscheck.grading.plan import plan
from crosscheck.grading.pool import Pool
from crosscheck.grading.submissions import Submission
from crosscheck.selection import Selection
from test_grading import a_class, graded_class

CLASSES = Path(__file__).parents[2] / "benchmarks" / "classes.py"
LAYERS = ("affine", "relu", "softmax_loss", "batchnorm")
# Bytes of each that may stay: its text has 11,000, its rows more. A name and a place are less.
KEPT = 1000


@contextmanager
def traced():
    """``traced() as size``: ``size()`` is how many bytes are in use of those asked for since."""

    def size():
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        yield size
    finally:
        tracemalloc.stop()


@pytest.mark.once
def test_a_process_that_judges_keeps_nothing_of_a_submission():
    classes, made = runpy.run_path(str(CLASSES)), plan(selection=Selection(LAYERS))
    text, number = classes["right"](), 30
    same = lcm(len(classes["KINDS"]), len(classes["SLIPS"]))  # so far apart they have one mistake

    def judge(which):
        for i in range(which * same + 1, which * same + 1 + number):
            own = f"\n\ndef of_{i}():\n    return 'a text of {i}'\n"
            content = f"{classes['submission'](i, text)}{own}".encode()
            graded = done(Submission(f"s{i}", {"layers.py": content}), made, task.graded)
            assert not graded.rows[-1]["closing"]["error"].startswith("something went wrong")

    judge(0)  # what is known of cases and mistakes may stay
    with traced() as size:
        judge(1)
        before = size()
        judge(2)
        grown = (size() - before) / number
    assert grown < KEPT


def test_the_grader_keeps_of_a_submission_where_its_rows_are(tmp_path):
    subs, came, sizes = a_class(tmp_path / "subs", 150), count(1), []
    pool = Pool(partial(ThreadPoolExecutor, 1), 2)
    with traced() as size:

        def look(graded):
            if next(came) in (50, 150):
                sizes.append(size())

        graded_class(subs, tmp_path / "out", pool=pool, tell=look)
    assert (sizes[1] - sizes[0]) / 100 < KEPT
