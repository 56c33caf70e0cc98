"""Every mutant is caught, as severely as it deserves and for the right reason."""

import pytest
from mutants import MUTANTS

import impl_numpy
from crosscheck.candidate import Candidate
from crosscheck.case import cases
from crosscheck.dtypes import FORMATS
from crosscheck.finding import WARNING, WRONG
from crosscheck.judging import check_cases
from crosscheck.layers import catalogue, layer_named
from crosscheck.oracle_file import EMBEDDED, OracleFile

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def oracles():
    return OracleFile(EMBEDDED, "embedded")


def findings(name, functions, dtypes, oracles):
    layer = layer_named(name)
    results = check_cases(Candidate(layer, functions), cases(layer, dtypes), oracles)
    return [finding for result in results for finding in result.findings]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_mutant_is_caught_for_the_right_reason(mutant, oracles):
    if "bfloat16" in mutant.dtypes:
        pytest.importorskip("ml_dtypes")
    found = findings(mutant.layer, mutant.functions, mutant.dtypes, oracles)
    shown = "\n".join(f"{f.severity} {f.kind}: {f.case}: {f.message}" for f in found[:20])
    severities = {f.severity for f in found}
    assert (WRONG if WRONG in severities else WARNING) == mutant.severity, shown
    expected = mutant.severity, mutant.kind, mutant.quantity
    assert expected in {(f.severity, f.kind, f.quantity) for f in found}, shown


def test_there_are_many_mutants_and_no_two_share_a_name():
    names = [m.name for m in MUTANTS]
    assert len(names) >= 40
    assert len(set(names)) == len(names)


def test_mutants_are_of_every_layer():
    assert {m.layer for m in MUTANTS} == set(catalogue())


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("layer", catalogue())
def test_impl_numpy_has_no_finding(layer, dtype, oracles):
    """Without this, a checker that finds fault with everything would pass."""
    if dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    functions = {name: getattr(impl_numpy, name) for name in layer_named(layer).functions}
    assert findings(layer, functions, (dtype,), oracles) == []
