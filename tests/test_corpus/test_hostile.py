"""A function that never ends, ends everything or takes everything harms no other."""

from pathlib import Path

import pytest

from test_corpus.reports import checked

pytestmark = pytest.mark.slow


def _found():
    return checked("hostile.py", "--budget", "2")


ENDS = {
    "affine": ("timeout", "affine_forward did not end within 4 s (hostile.py, line 1"),
    "softmax_loss": ("crash", "softmax_loss raises SystemExit: not today (hostile.py"),
    "svm_loss": ("died", "svm_loss ended the process (exit code 0)"),
    "rnn_step": ("crash", "rnn_step_backward raises RecursionError: "),
    "max_pool_naive": ("crash", "max_pool_forward_naive raises EOFError: "),
    "word_embedding": ("crash", "word_embedding_forward raises MemoryError: Unable to allocate 16"),
}


@pytest.mark.parametrize("layer", ENDS)
def test_it_is_a_finding_of_that_function(layer):
    if layer == "word_embedding" and not Path("/proc/self/statm").exists():
        pytest.skip("no memory limit here")
    kind, message = ENDS[layer]
    assert {f["kind"] for f in _found().findings(layer, "wrong")} == {kind}
    assert _found().message(layer).startswith(message)


@pytest.mark.parametrize("layer", ["relu", "sgd"])
def test_the_others_are_judged(layer):
    assert _found().layers[layer]["skipped"] == 0
    assert _found().wrong(layer) == set()


def test_a_flood_of_prints_is_a_warning():
    assert _found().wrong("temporal_affine") == set()
    assert _found().warned("temporal_affine") == {"output"}
    assert "temporal_affine_forward prints much: " in _found().message("temporal_affine")


def test_the_cases_after_a_lost_process_are_told_as_not_run():
    for layer in ("affine", "svm_loss"):
        assert _found().layers[layer]["cases"] == 1
        assert _found().layers[layer]["skipped"] > 0
    assert _found().exit_code == 1


def test_what_is_too_slow_is_judged_as_far_as_it_came():
    slow = _found().layers["sigmoid"]
    assert _found().wrong("sigmoid") == set()
    assert slow["cases"] > 0
    assert slow["skipped"] > 10
    told = f"sigmoid: {slow['skipped']} cases not run, for want of time."
    assert told in " ".join(_found().shown.split())
