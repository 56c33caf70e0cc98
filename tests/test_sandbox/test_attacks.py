"""Every attack at every level that this machine has: no pass, no hang, no harm to anybody else."""

import pytest

from crosscheck.grading.inspection import flags
from test_sandbox.harness import (
    ATTACKS,
    HERE,
    HONEST,
    NAMES,
    OUTRIGHT,
    RIGHT_BY_VALUE,
    attack,
    attacked,
)

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not HERE, reason="workers are forked on Linux only"),
]
ENOUGH = 15  # seconds for one submission, whatever it does: the limits of the harness and a margin


@pytest.fixture(scope="module", params=HERE, ids=str)
def grader(request, tmp_path_factory):
    with attacked(request.param, tmp_path_factory.mktemp("room")) as at:
        yield at


@pytest.mark.parametrize("name", NAMES)
def test_an_attack_neither_passes_nor_harms(grader, name):
    outcome = grader.run(attack(name))
    assert outcome.harm == ""
    assert outcome.seconds < ENOUGH
    if name not in RIGHT_BY_VALUE:
        assert outcome.statuses.get("affine") != "pass"
    if name not in OUTRIGHT:
        assert outcome.statuses.get("relu") == "pass"  # the layer that was left alone
    honest = grader.run(HONEST)
    assert honest.statuses == {"affine": "pass", "relu": "pass"}


@pytest.mark.parametrize("name", sorted({"numerical", *RIGHT_BY_VALUE}))
def test_what_no_value_shows_is_flagged(name):
    source = (ATTACKS / f"{name}.py").read_text(encoding="utf-8")
    kinds = {flag["kind"] for flag in flags(source, "layers.py")}
    assert kinds & {"numerical-gradient", "complex-step"}


def test_the_harness_sees_harm_where_nothing_is_confined(tmp_path):
    """An attack that does nothing anyway would prove nothing."""
    from crosscheck.worker.session import Workers

    with attacked(HERE[0], tmp_path) as at:
        at.workers = lambda folder: Workers()
        for name in ("writes", "reads", "frameworks", "signals", "fork_bomb", "proc_memory"):
            outcome = at.run(attack(name))
            (at.room / "marker").unlink(missing_ok=True)
            if name == "frameworks" and not outcome.harm:
                continue  # none is installed
            assert outcome.harm, name
