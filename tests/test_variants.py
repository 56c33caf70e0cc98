"""No variant that is right is called wrong, and none gets a warning that it does not deserve."""

import pytest
from variants import VARIANTS

from crosscheck.candidate import Candidate
from crosscheck.case import cases
from crosscheck.finding import WRONG
from crosscheck.judging import check_cases
from crosscheck.layers import catalogue, layer_named
from crosscheck.oracle_file import EMBEDDED, OracleFile

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def oracles():
    return OracleFile(EMBEDDED, "embedded")


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.name)
def test_variant_is_not_called_wrong(variant, oracles):
    if "bfloat16" in variant.dtypes:
        pytest.importorskip("ml_dtypes")
    layer = layer_named(variant.layer)
    results = check_cases(
        Candidate(layer, variant.functions), cases(layer, variant.dtypes), oracles
    )
    found = [finding for result in results for finding in result.findings]
    shown = "\n".join(
        f"{f.case}: {f.message} (got {f.got}, expected {f.expected}, allowed ±{f.allowed})"
        for f in found[:20]
    )
    assert not [f for f in found if f.severity == WRONG], shown
    assert {f.kind for f in found} == variant.warnings, shown


def test_there_are_many_variants_of_every_layer_and_no_two_share_a_name():
    names = [v.name for v in VARIANTS]
    assert len(names) >= 14
    assert len(set(names)) == len(names)
    assert {v.layer for v in VARIANTS} == set(catalogue())
