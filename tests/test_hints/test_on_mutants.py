"""On mutants: most get a right hint, none gets a wrong one."""

import pytest
from mutants import MUTANTS

from test_hints import EXPLAINED, shown

pytestmark = pytest.mark.slow

WRONG = [m for m in MUTANTS if m.severity == "wrong" and m.kind in EXPLAINED]


_texts = {}


def texts(mutant):
    """The hints' texts by quantity, computed once."""
    if mutant.name not in _texts:
        found = shown(mutant)
        _texts[mutant.name] = {q: tuple(hint.text for hint in hints) for q, hints in found.items()}
    return _texts[mutant.name]


def is_right(mutant, text):
    """Whether one who knows the mistake would say so."""
    return any(part in text for part in mutant.hint)


@pytest.mark.parametrize("mutant", WRONG, ids=lambda m: m.name)
def test_no_hint_on_a_mutant_is_wrong(mutant):
    for quantity, found in texts(mutant).items():
        for text in found:
            assert is_right(mutant, text), f"{mutant.about}: {quantity}: {text}"


def test_most_mutants_get_a_right_hint():
    hinted = [m for m in WRONG if any(texts(m).values())]
    assert len(hinted) >= 0.93 * len(WRONG), f"{len(hinted)} of {len(WRONG)}"


def test_every_label_is_used():
    """A label that no hint has any more is a hint that was lost."""
    lost = [
        (m.name, part)
        for m in WRONG
        for part in m.hint
        if not any(part in text for found in texts(m).values() for text in found)
    ]
    assert not lost
