"""A candidate in another process answers as one here does, whatever its code does there."""

import contextlib
import os
import textwrap
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from crosscheck.case import Case, Question
from crosscheck.errors import CrosscheckError, TargetError
from crosscheck.judging import check_case
from crosscheck.layers import catalogue, layer_named
from crosscheck.trial import Opaque
from crosscheck.worker.process import Process
from crosscheck.worker.remote import opened_apart
from crosscheck.worker.session import Workers

RELU, AFFINE = "relu/float32/normal/s3x11/0", "affine/float32/normal/N3-d5-M2/0"
LOSS, SGD = "softmax_loss/float32/normal/N5-C7/0", "sgd/float32/normal/T3-s1-learning_rate=0.7/0"
posix = pytest.mark.skipif(os.name != "posix", reason="nothing like it on Windows")

BACKWARD = """
    def relu_backward(dout, x):
        return dout * (x > 0)
"""


@pytest.fixture
def apart(target):
    """``with apart(source, layer): …`` gives the candidate of a file with that source."""

    def open_it(source, layer="relu", **limits):
        path = target("import numpy as np\n" + textwrap.dedent(source))
        with opened_apart(str(path), [layer_named(layer)], **limits) as opened:
            [found] = opened.candidates
            yield found

    return contextlib.contextmanager(open_it)


_each = chain.from_iterable


def _tried(candidate, case_id=RELU):
    case = Case.parse(case_id)
    return candidate.trial(case, case.draw())


@pytest.mark.parametrize("case_id", [RELU, AFFINE, LOSS, SGD])
def test_it_returns_what_a_candidate_here_returns(case_id, candidate):
    case = Case.parse(case_id)
    here = candidate(case.layer.name).trial(case, case.draw())
    with opened_apart("impl_numpy", [case.layer]) as opened:
        trial = opened.candidates[0].trial(case, case.draw())
    assert trial.failure is None
    assert trial.results.keys() == here.results.keys()
    for name, array in here.results.items():
        np.testing.assert_array_equal(trial.results[name], array)
        assert trial.results[name].dtype == array.dtype


def test_every_spelling_is_there_with_its_names_and_lines(found_in):
    import impl_numpy

    home = Path(impl_numpy.__file__).parent
    here = found_in(home)
    with opened_apart(str(home), catalogue().values()) as there:
        found = {c.layer.name: c for c in there.candidates}
        assert found.keys() == here.keys()
        assert {c.name for c in there.candidates} >= {"batchnorm_alt", "softmax_loss_naive"}
    assert found["affine"].location("affine_backward") == here["affine"].location("affine_backward")
    assert found["two_layer_net"].location("TwoLayerNet.loss") == here["two_layer_net"].location(
        "TwoLayerNet.loss"
    )


def test_mutation_and_shared_memory_are_noted(apart):
    source = "def relu_forward(x):\n    x *= 2\n    return x, x\n"
    with apart(source) as candidate:
        trial = _tried(candidate)
    assert trial.changed == [("relu_forward", "x")]
    assert trial.shared == [("out", "x")]


def test_a_failure_is_told_with_its_kind_and_line(apart):
    source = "def relu_forward(x):\n    return x.no_such\n"
    with apart(source) as candidate:
        failure = _tried(candidate).failure
    assert (failure.kind, failure.function) == ("crash", "relu_forward")
    assert "has no attribute 'no_such' (layers.py, line 3)" in str(failure)


def test_what_is_no_array_is_told(apart):
    with apart("def relu_forward(x):\n    return 'text', x\n") as candidate:
        assert _tried(candidate).results == {"out": Opaque("a str")}


def test_numbers_in_another_byte_order_are_the_same_numbers(apart):
    with apart("def relu_forward(x):\n    return np.maximum(x, 0).astype('>f4'), x\n") as candidate:
        out = _tried(candidate).results["out"]
    np.testing.assert_array_equal(out, np.maximum(Case.parse(RELU).draw().inputs["x"], 0))


def test_numbers_wider_than_any_format_are_told_as_what_they_are(apart, embedded):
    source = "def relu_forward(x):\n    return np.maximum(x, 0).astype('longdouble'), x\n"
    wide = np.dtype("longdouble")
    if wide.itemsize == 8:
        pytest.skip("a long double is a double here")
    case = Case.parse(RELU)
    with apart(source + BACKWARD.replace("\n    ", "\n")) as candidate:
        [finding] = check_case(candidate, case, embedded.oracle(case)).findings
    assert finding.message == f"out is an array of {wide}, not an array of floats"


def test_what_is_kept_between_calls_is_found(apart, embedded):
    source = """
        last = []
        def relu_forward(x):
            last[:] = [x]
            return np.maximum(x, 0), None or x
        def relu_backward(dout, cache):
            return dout * (last[0] > 0)
    """
    case = Case.parse("relu/float32/normal/s3x11/0")
    with apart(source) as candidate:
        trial = candidate.trial(case, case.draw(), Case.parse(RELU[:-1] + "1").draw())
    assert not np.array_equal(trial.results["dx"], trial.again.results["dx"])


def test_an_endless_loop_is_ended_and_named_with_its_line(apart):
    source = """
        def relu_forward(x):
            return np.maximum(x, 0), x
        def relu_backward(dout, x):
            while True:
                pass
    """
    with apart(source, time_limit=1.0) as candidate:
        failure = _tried(candidate).failure
    assert (failure.kind, failure.function) == ("timeout", "relu_backward")
    assert str(failure).startswith("did not end within 1 s (layers.py, line ")
    assert str(failure).endswith("): an endless loop, or too slow")


@posix
def test_a_wait_inside_of_a_library_is_named_with_their_line(apart):
    source = """
        import threading
        def relu_forward(x):
            threading.Event().wait()
    """
    with apart(source, time_limit=1.0) as candidate:
        failure = _tried(candidate).failure
    assert str(failure).startswith("did not end within 1 s (layers.py, line 5): ")


@posix
@pytest.mark.parametrize(
    ("statement", "how"),
    [
        ("os._exit(3)", "ended the process (exit code 3)"),
        ("os.kill(os.getpid(), 9)", "ended the process (signal 9)"),
        ("ctypes.string_at(0)", "ended the process (signal 11)"),
    ],
)
def test_a_process_that_ends_is_a_failure(apart, statement, how):
    source = f"import os, ctypes\ndef relu_forward(x):\n    {statement}\n    return x, x\n"
    with apart(source, time_limit=5.0) as candidate:
        failure = _tried(candidate).failure
    assert (failure.kind, str(failure)) == ("died", how)


SEEDED = [Case.parse(f"relu/float64/normal/s3x11/{seed}") for seed in range(30)]
SIGN = """
    def relu_forward(x):
        return np.maximum(x, 0), x
    def relu_backward(dout, x):
        return dout * (x > 0)
"""


def _questions(cases):
    return (Question(case, case.draw()) for case in cases)


def _right(trial, case):
    return np.array_equal(trial.results["out"], np.maximum(case.draw().inputs["x"], 0))


def test_what_is_asked_ahead_is_answered_in_its_order(apart):
    with apart(SIGN) as candidate:
        trials = [*_each(candidate.trials(_questions(SEEDED)))]
    assert len(trials) == len(SEEDED)
    assert all(map(_right, trials, SEEDED))


def test_a_question_in_between_gets_its_own_answer(apart):
    with apart(SIGN) as candidate:
        for case, trial in zip(SEEDED, _each(candidate.trials(_questions(SEEDED))), strict=True):
            other = replace(case, seed=99)
            assert _right(candidate.trial(other, other.draw()), other)
            assert _right(trial, case)


def test_what_was_asked_ahead_and_is_not_wanted_any_more_answers_nobody(apart):
    with apart(SIGN) as candidate:
        trials = candidate.trials(_questions(SEEDED))
        for _ in range(5):
            next(trials)
        trials.close()
        assert _right(_tried(candidate), Case.parse(RELU))


def test_a_slow_candidate_is_asked_nothing_ahead(apart):
    """Else whoever gives it up would have to wait for what it was asked."""
    slow = """
        import time
        calls = []
        def relu_forward(x):
            time.sleep(0.05)
            calls.append(x)
            return np.full_like(x, len(calls)), x
    """
    with apart(slow) as candidate:
        trials = candidate.trials(_questions(SEEDED))
        for _ in range(3):
            next(trials)
        trials.close()
        assert (_tried(candidate).results["out"] == 4).all()


def test_a_loop_that_others_wait_behind_is_found_in_its_own_time(apart):
    loop = """
        count = []
        def relu_forward(x):
            count.append(x)
            while len(count) > 5:
                pass
            return np.maximum(x, 0), x
        def relu_backward(dout, x):
            return dout * (x > 0)
    """
    with apart(loop, time_limit=1.0) as candidate:
        trials = [*_each(candidate.trials(_questions(SEEDED)))]
        assert [t.failure.kind for t in trials if t.failure] == ["timeout"]
        assert all(map(_right, trials[:5], SEEDED))
        assert len(trials) == 6
        assert _right(_tried(candidate), Case.parse(RELU))


def test_the_next_layer_is_judged_after_one_was_lost(target, embedded):
    path = target(
        "import os\nimport numpy as np\n"
        "def relu_forward(x):\n    os._exit(1)\n"
        "def tanh_forward(x):\n    return np.tanh(x), np.tanh(x)\n"
        "def tanh_backward(dout, t):\n    return dout * (1 - t * t)\n"
    )
    with opened_apart(str(path), [layer_named("relu"), layer_named("tanh")]) as opened:
        relu, tanh = opened.candidates
        assert _tried(relu).failure.kind == "died"
        case = Case.parse("tanh/float64/normal/s7/0")
        assert check_case(tanh, case, embedded.oracle(case)).findings == ()


def test_an_answer_of_absurd_size_is_not_sent(apart, embedded):
    source = "def relu_forward(x):\n    return np.broadcast_to(x.sum(), (1 << 40,)), x\n"
    case = Case.parse(RELU)
    with apart(source) as candidate:
        [finding, *_] = check_case(candidate, case, embedded.oracle(case)).findings
    assert (finding.kind, finding.severity) == ("unfinished", "warning")
    with apart(source + BACKWARD.replace("\n    ", "\n")) as candidate:
        [finding, *_] = check_case(candidate, case, embedded.oracle(case)).findings
    assert finding.message == "out is an array of shape (1099511627776,), expected (3, 11)"


def test_sys_exit_is_a_crash_like_any_other(apart):
    with apart("import sys\ndef relu_forward(x):\n    sys.exit(0)\n") as candidate:
        failure = _tried(candidate).failure
    assert failure.kind == "crash"
    assert str(failure).startswith("raises SystemExit: 0")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no memory limit here")
def test_more_memory_than_there_is_for_it_is_refused(apart):
    source = "def relu_forward(x):\n    return np.zeros(1 << 31), x\n"
    with apart(source) as candidate:
        failure = _tried(candidate).failure
    assert failure.kind == "crash"
    assert str(failure).startswith("raises MemoryError: Unable to allocate 16.0 GiB")


def test_what_is_printed_is_kept_and_counted_and_harms_nobody(apart):
    source = "def relu_forward(x):\n    print('x' * 999_999)\n    return x, x\n"
    with apart(source + BACKWARD.replace("\n    ", "\n")) as candidate:
        assert _tried(candidate).failure is None
        assert _tried(candidate).failure is None
        assert candidate.output.characters == 2_000_000
        assert candidate.output.text == "x" * (1 << 14)


def test_what_is_read_from_standard_input_is_nothing(apart):
    with apart("def relu_forward(x):\n    return input(), x\n") as candidate:
        assert "raises EOFError" in str(_tried(candidate).failure)


def test_an_endless_import_is_a_clear_message(apart, monkeypatch):
    monkeypatch.setattr("crosscheck.worker.session._TO_IMPORT", 1.0)
    with pytest.raises(TargetError) as error, apart("while True:\n    pass\n"):
        pass
    assert "layers.py cannot be imported: it did not end within 1 s (layers.py, line " in str(
        error.value
    )


@posix
def test_an_import_that_ends_the_process_is_a_clear_message(apart):
    with pytest.raises(TargetError) as error, apart("import os\nos.kill(os.getpid(), 9)\n"):
        pass
    assert str(error.value).endswith("cannot be imported: it ended the process (signal 9).")


def test_what_cannot_be_imported_is_told_as_it_is_here(apart):
    with pytest.raises(TargetError) as error, apart("def relu_forward(x:\n"):
        pass
    assert "layers.py, line 2" in str(error.value)


def test_the_seed_stays_here(apart):
    """It has the arrays; nothing tells it what they were drawn from."""
    source = """
        import inspect
        def relu_forward(x):
            seeds = [f.frame.f_locals.get("case") for f in inspect.stack()]
            return np.full_like(x, max(c.seed for c in seeds if c is not None)), x
    """
    case = Case.parse("relu/float32/normal/s3x11/4711")
    with apart(source) as candidate:
        assert not candidate.trial(case, case.draw()).results["out"].any()


def test_a_process_that_cannot_start_is_our_own_trouble(apart, monkeypatch):
    monkeypatch.setattr("crosscheck.worker.process._START", "import no_such_module")
    with pytest.raises(CrosscheckError) as error, apart("x = 1\n"):
        pass
    assert str(error.value) == (
        "The process for code under test does not start: "
        "ModuleNotFoundError: No module named 'no_such_module'"
    )


def test_a_target_that_cannot_be_loaded_again_loses_nothing(apart, tmp_path):
    flag = tmp_path / "loaded"
    source = f"""
        import os
        from pathlib import Path
        if Path({str(flag)!r}).exists():
            raise RuntimeError("once is enough")
        Path({str(flag)!r}).touch()
        def relu_forward(x):
            os._exit(1)
    """
    with apart(source) as candidate:
        assert str(_tried(candidate).failure) == "ended the process (exit code 1)"
        again = _tried(candidate).failure
    assert again.kind == "died"
    assert str(again).startswith("cannot be loaded again: ")
    assert "once is enough" in str(again)


@posix
@pytest.mark.parametrize("apart_too", ["", "os.setsid()"], ids=["in its group", "out of its group"])
def test_a_child_that_is_left_behind_hides_no_death(apart, apart_too):
    source = f"""
        import os, time
        def relu_forward(x):
            if os.fork() == 0:
                {apart_too or "pass"}
                time.sleep(15)  # longer than one case may take
                os._exit(0)
            os._exit(1)
    """
    with apart(source) as candidate:
        failure = _tried(candidate).failure
    assert (failure.kind, str(failure)) == ("died", "ended the process (exit code 1)")


@posix
def test_a_process_can_be_confined_where_nothing_can_be_forked(target, tmp_path):
    class Confined(Workers):
        def new(self):
            return Process([tmp_path])

    secret = tmp_path.parent / "secret.txt"
    secret.write_text("expected values")
    path = target(
        "import numpy as np\n"
        "def relu_forward(x):\n"
        f"    return np.full_like(x, len(open({str(secret)!r}).read())), x\n"
    )
    with opened_apart(str(path), [layer_named("relu")], workers=Confined()) as opened:
        failure = _tried(opened.candidates[0]).failure
    assert failure.kind == "crash"
    assert "PermissionError" in str(failure)
