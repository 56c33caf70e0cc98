"""Diffs: of oracles and of reports altered on purpose, and the words in which they are told."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosscheck.diff import compare
from crosscheck.diff.elements import compare as compare_elements
from crosscheck.dtypes import FORMATS
from crosscheck.oracle import FACTOR, Expected, Oracle, Power, Provenance, trimmed
from crosscheck.oracle_file import EMBEDDED, freeze

OLD = Provenance("live", "2.13.0", "0.10.2", "2.4.6", "Linux x86_64", "2026-01-02T03:04:05")
NEW = replace(OLD, torch="2.15.0", jax="0.12.0", recorded="2026-11-22T03:04:05")
ONE, TWO, THREE = (f"tanh/float32/{name}/s5/0" for name in ("normal", "large", "tiny"))
OTHER = "relu/float64/normal/s5/0"
BOUND = 2.0**-10
INF, NAN = np.inf, np.nan
VALUES = (1.0, 2.0, 3.0)


def _expected(value=VALUES, bound=BOUND, other=None):
    value = np.array(value, np.float64)
    other = None if other is None else np.array(other, np.float64)
    return Expected(value, np.broadcast_to(np.float64(bound), value.shape).copy(), other)


def _oracle(checksum="inputs", votes=("torch", "jax"), **expected):
    expected = {"out": _expected(), "dx": _expected()} | expected
    return Oracle(checksum, expected, votes, Power(0.0, False, 0))


def _oracles(**changes):
    """Three cases of one layer; the second, ``TWO``, changed."""
    return {ONE: _oracle(), TWO: _oracle(**changes), THREE: _oracle()}


@pytest.fixture
def files(tmp_path):
    """``files(old, new)`` are two oracle files of these answers."""

    def write(old, new):
        paths = tmp_path / "old.oracle", tmp_path / "new.oracle"
        freeze(paths[0], old, OLD)
        freeze(paths[1], new, NEW)
        return paths

    return write


@pytest.fixture
def told(files, command):
    """``told(old, new)`` is what the command says of two oracles, and its exit code."""

    def run(old, new, *arguments):
        code, out, err = command("diff", *files(old, new), *arguments)
        assert err == ""
        return code, out

    return run


# -- elements ---------------------------------------------------------------------------------


def _compared(old, new, dtype="float32"):
    return compare_elements(ONE, old, new, FORMATS[dtype])


@pytest.mark.parametrize(("bounds", "beyond"), [(0.5, 0), (1.9, 0), (2.1, 1), (3, 1), (-3, 1)])
def test_a_move_is_told_in_bounds_and_changes_a_verdict_beyond_what_is_allowed(bounds, beyond):
    diff = _compared(_expected(), _expected([1.0, 2.0 + bounds * BOUND, 3.0]))
    assert (diff.elements, diff.moved, diff.beyond) == (3, 1, beyond)
    assert diff.changed == (ONE,) * beyond
    assert diff.verdict_changed == bool(beyond)
    move = diff.largest_move
    assert move.index == (1,)
    assert move.old == (2.0,)
    assert move.new == (2.0 + bounds * BOUND,)
    assert move.in_old_bounds == pytest.approx(abs(bounds), abs=0.005)  # less what files drop
    assert move.allowed_old == FACTOR * BOUND


def test_a_move_is_told_in_bounds_of_either_file():
    move = _compared(_expected(), _expected([1.0, 2.0, 3.0 + BOUND], 4 * BOUND)).largest_move
    assert move.in_old_bounds == pytest.approx(1, abs=0.02)
    assert move.in_new_bounds == pytest.approx(0.25, abs=0.01)
    assert (move.allowed_old, move.allowed_new) == (2 * BOUND, 8 * BOUND)


@pytest.mark.parametrize("tighter", ["old", "new"])
def test_an_answer_that_either_file_calls_wrong_changes_a_verdict(tighter):
    pair = [_expected(bound=BOUND), _expected([1.0, 2.0, 3.0 + BOUND], BOUND / 8)]
    assert _compared(*(pair[::-1] if tighter == "old" else pair)).beyond == 1


@pytest.mark.parametrize("factor", [1 / 1000, 1 / 8, 8, 1000])
def test_a_bound_that_changed_changes_no_verdict_by_itself(factor):
    """Not even where the coarser file dropped more of the value's digits than the finer allows."""
    true = np.array([1 / 3, 2 / 3, np.pi])
    old, new = (Expected(*trimmed(true, np.full(3, b))) for b in (BOUND, BOUND * factor))
    diff = _compared(old, new)
    assert (diff.moved, diff.bounds, diff.verdict_changed) == (0, 3, False)
    assert diff.differs
    change = diff.largest_bound_change
    assert change.new / change.old == pytest.approx(factor, rel=0.1)
    assert change.size == pytest.approx(max(factor, 1 / factor), rel=0.1)


def test_a_bound_changed_by_less_than_twice_is_not_listed():
    assert not _compared(_expected(), _expected(bound=1.9 * BOUND)).differs


def test_where_no_bound_is_allowed_any_other_answer_changes_a_verdict():
    diff = _compared(_expected(bound=0), _expected([1.0, 2.0, np.nextafter(3, 4)], 0))
    assert (diff.moved, diff.beyond, diff.largest_move.in_old_bounds) == (1, 1, INF)


@pytest.mark.parametrize(
    ("old", "new", "beyond"),
    [
        ([INF, -INF, NAN], [INF, -INF, NAN], 0),
        ([INF, NAN, 3.0], [INF, NAN, 3.5], 1),
        ([INF, -INF, NAN], [-INF, INF, 1.0], 3),
        ([1.0, 2.0, 3.0], [INF, -INF, NAN], 3),
        ([INF, NAN, 3.0], [NAN, 3.0, 3.0], 2),
    ],
)
def test_what_is_not_finite_must_be_the_same(old, new, beyond):
    diff = _compared(_expected(old), _expected(new))
    assert (diff.moved, diff.beyond) == (beyond, beyond)


@pytest.mark.parametrize("pair", [(INF, INF), (BOUND, INF), (INF, BOUND)])
def test_where_a_file_makes_no_claim_no_verdict_changes(pair):
    old, new = _expected(bound=pair[0]), _expected([1.0, 2.0, 3.5], pair[1])
    diff = _compared(old, new)
    assert (diff.moved, diff.verdict_changed) == (0, False)
    assert diff.bounds == (3 if pair[0] != pair[1] else 0)


@pytest.mark.parametrize("new", [INF, NAN])
def test_an_answer_no_longer_finite_is_a_change_even_without_a_claim(new):
    old, new = _expected(bound=INF), _expected([1.0, 2.0, new], INF)
    assert _compared(old, new).beyond == 1


@pytest.mark.parametrize("new", [[1.0, 2.0], [[1.0, 2.0, 3.0]], None])
def test_another_shape_changes_a_verdict(new):
    diff = _compared(_expected(), None if new is None else _expected(new))
    assert (diff.reshaped, diff.verdict_changed) == ((ONE,), True)


def test_a_scalar_and_an_empty_array_are_compared():
    assert _compared(_expected(1.0), _expected(1.0 + 3 * BOUND)).largest_move.index == ()
    assert not _compared(_expected([]), _expected([], 2 * BOUND)).differs


def test_extreme_numbers_are_compared_without_a_warning():
    diff = _compared(_expected([1e308, -1e308], 1e-308), _expected([-1e308, 1e308], 1e308))
    assert (diff.beyond, diff.bounds) == (2, 2)
    assert diff.largest_move.allowed_new == INF


def test_a_dispute_that_goes_changes_the_verdict_on_the_second_answer():
    both, one = _expected([0.0], other=[0.5]), _expected([0.0])
    gone, come = _compared(both, one), _compared(one, both)
    assert (gone.settled, gone.disputed, gone.beyond) == ((ONE,), (), 1)
    assert (come.settled, come.disputed, come.beyond) == ((), (ONE,), 1)
    assert (gone.largest_move.old, gone.largest_move.new) == ((0.0, 0.5), (0.0,))


def test_a_dispute_whose_sides_change_places_moves_nothing():
    assert not _compared(_expected([0.0], other=[0.5]), _expected([0.5], other=[0.0])).differs


@given(
    moves=st.lists(st.floats(-5, 5), min_size=3, max_size=3),
    bounds=st.lists(st.floats(1e-3, 1e3), min_size=3, max_size=3),
)
def test_the_way_back_is_as_long(moves, bounds):
    old, new = _expected(), _expected(np.array(VALUES) + np.array(moves) * BOUND)
    new = replace(new, bound=np.array(bounds) * BOUND)
    there, back = _compared(old, new), _compared(new, old)
    assert (there.moved, there.beyond, there.bounds) == (back.moved, back.beyond, back.bounds)
    if there.largest_move:
        assert there.largest_move.size == back.largest_move.size


# -- oracle files -----------------------------------------------------------------------------


def test_the_embedded_oracle_equals_itself_within_a_minute(command):
    start = time.perf_counter()
    code, out, _ = command("diff", EMBEDDED, EMBEDDED)
    assert time.perf_counter() - start < 60  # half a second here, and a machine may be busy
    assert code == 0
    assert "0 elements moved, another bound at 0.\nNo verdict changed.\n" in out
    assert "✗" not in out


def test_a_move_inside_the_bound_is_listed_and_is_0(told):
    moved = _expected([1.0, 2.0, 3.0 + BOUND / 2])
    code, out = told(_oracles(), _oracles(dx=moved))
    assert code == 0
    assert [" ".join(line.split()) for line in out.splitlines()[3:5]] == [
        "layer quantity elements moved in bounds other bounds by most in",
        f"tanh dx 9 1 0.5 / 0.5 {TWO} dx[2]",
    ]
    assert out.endswith(
        "1 layer, 3 cases in both: 1 element moved, another bound at 0.\nNo verdict changed.\n"
    )


def test_a_move_beyond_the_bound_is_1_and_shown_with_its_evidence(told):
    moved = _expected([1.0 + 2.5 * BOUND, 2.0, 3.0 + 3 * BOUND], BOUND)
    code, out = told(_oracles(), _oracles(dx=moved))
    assert code == 1
    assert (
        "✗ tanh: dx moved further than is allowed at 2 of 9 elements, in 1 case\n"
        f"    where    dx[2] in {TWO}, the largest move\n"
        "    old      3.0  ± 0.002 allowed\n"
        "    new      3.0029296875  ± 0.002 allowed\n"
        "    moved    3 bounds of the old file, 3 of the new one; 2 are allowed\n"
        f"    cases    {TWO}\n"
    ) in out
    assert out.endswith("Verdicts changed in: tanh.\n")


def test_another_bound_is_listed_and_is_0(told):
    code, out = told(_oracles(), _oracles(dx=_expected(bound=BOUND / 8)))
    assert code == 0
    row = out.splitlines()[4].split()
    assert row == ["tanh", "dx", "9", "3", "÷", "8", TWO, "dx[0]"]
    assert "Other bounds: more than twice, or less than half.\n" in out


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (0.0, BOUND, "exact → 0.00098"),
        (BOUND, INF, "0.00098 → no claim"),
        (BOUND, 4 * BOUND, "× 4 "),
    ],
)
def test_a_bound_is_said_as_a_factor_if_there_is_one(told, old, new, said):
    _, out = told(_oracles(dx=_expected(bound=old)), _oracles(dx=_expected(bound=new)))
    assert said in out


def test_a_vote_lost_is_1(told):
    code, out = told(_oracles(), _oracles(votes=("jax",)))
    assert code == 1
    assert (
        "✗ tanh: the vote of torch is lost: its own result is outside the bound now, in 1 case\n"
        f"    cases    {TWO}\n"
    ) in out
    assert "the vote of jax" not in out


def test_a_vote_won_is_1(told):
    code, out = told(_oracles(votes=("torch",)), _oracles())
    assert code == 1
    assert (
        "✗ tanh: the vote of jax is won: its own result is within the bound now, in 1 case" in out
    )
    assert "the vote of torch" not in out


def test_a_case_in_one_file_only_is_1(told):
    code, out = told(_oracles(), {ONE: _oracle()})
    assert code == 1
    assert f"✗ tanh: only in the old file, in 2 cases\n    cases    {TWO}, {THREE}\n" in out
    assert "✗ tanh: only in the new file, in 2 cases\n" in told({ONE: _oracle()}, _oracles())[1]


def test_many_cases_are_not_all_listed(told):
    many = {f"tanh/float32/normal/s{n}/0": _oracle() for n in range(9)}
    _, out = told(many, {ONE: _oracle()})
    assert "    cases    tanh/float32/normal/s0/0, " in out
    assert out.count("tanh/float32/normal/") == 3
    assert "/0 and 5 more\n" in out


def test_other_inputs_are_1_and_their_answers_are_not_compared(told):
    code, out = told(_oracles(), _oracles(checksum="others", dx=_expected([9.0, 9.0, 9.0])))
    assert code == 1
    assert "✗ tanh: answered for other inputs, so not compared, in 1 case\n" in out
    assert "0 elements moved" in out


def test_a_dispute_is_said(told):
    code, out = told(_oracles(), _oracles(dx=_expected(other=[1.5, 2.0, 3.0])))
    assert code == 1
    assert "! tanh: dx is in dispute now: a second answer is accepted, in 1 case\n" in out
    assert "    new      1.0 or 1.5  ± 0.002 allowed\n" in out
    _, out = told(_oracles(dx=_expected(other=[1.5, 2.0, 3.0])), _oracles())
    assert "! tanh: dx is in dispute no longer: one answer is accepted, in 1 case\n" in out


def test_another_shape_is_said(told):
    code, out = told(_oracles(), _oracles(dw=_expected([1.0]), dx=_expected([1.0])))
    assert code == 1
    for quantity in ("dx", "dw"):
        assert f"✗ tanh: {quantity} has another shape, or only one file has it, in 1 case\n" in out


def test_layers_in_one_file_only_are_1_in_one_line_and_layer_leaves_them_out(told):
    more = _oracles() | {OTHER: _oracle()}
    code, out = told(more, _oracles())
    assert code == 1
    assert "✗ Only in the old file: relu. Compare the others with --layer NAME.\n" in out
    code, out = told(_oracles(), more)
    assert code == 1
    assert "✗ Only in the new file: relu. " in out
    code, out = told(more, _oracles(), "--layer", "tanh")
    assert code == 0
    assert "relu" not in out


def test_both_origins_are_said(told):
    _, out = told(_oracles(), _oracles())
    old, new = out.splitlines()[:2]
    assert old.startswith("old  ")
    assert old.endswith(
        "old.oracle: torch 2.13.0, jax 0.10.2, NumPy 2.4.6, Linux x86_64, recorded 2026-01-02"
    )
    assert "torch 2.15.0, jax 0.12.0, " in new


def test_an_oracle_diff_as_json(told):
    moved = _expected([1.0, 2.0, INF])
    code, out = told(
        _oracles() | {OTHER: _oracle()}, _oracles(dx=moved, votes=()) | {OTHER: _oracle()}, "--json"
    )
    diff = json.loads(out)
    assert code == 1
    assert set(diff) == {
        "schema", "of", "verdict_changed", "old", "new", "only_old", "only_new", "layers", "same",
    }  # fmt: skip
    assert (diff["schema"], diff["of"]) == ("crosscheck-diff/1", "oracles")
    assert (diff["verdict_changed"], diff["same"]) == (True, ["relu"])
    assert diff["new"]["torch"] == "2.15.0"
    tanh = diff["layers"]["tanh"]
    assert tanh["lost"] == {"torch": [TWO], "jax": [TWO]}
    assert (tanh["cases"], tanh["verdict_changed"]) == (3, True)
    assert tanh["quantities"]["dx"] == {
        "elements": 9,
        "moved": 1,
        "beyond": 1,
        "bounds": 0,
        "largest_move": {
            "case": TWO,
            "index": [2],
            "old": [3.0],
            "new": ["inf"],
            "in_old_bounds": "inf",
            "in_new_bounds": "inf",
            "allowed_old": FACTOR * BOUND,
            "allowed_new": FACTOR * BOUND,
        },
        "largest_bound_change": None,
        "changed": [TWO],
        "disputed": [],
        "settled": [],
        "reshaped": [],
        "verdict_changed": True,
    }


# -- reports ----------------------------------------------------------------------------------

FINDING = {
    "kind": "value",
    "severity": "wrong",
    "quantity": "dx",
    "case": TWO,
    "message": "dx is wrong at 3 of 5 elements",
    "index": [1],
    "got": 1.25,
    "expected": 1.5,
    "allowed": 1e-6,
    "elements": 3,
    "of": 5,
    "location": "layers.py:12",
}


def _layer(status="pass", findings=(), cases=(ONE, TWO, THREE), **errors):
    return {
        "status": status,
        "cases": len(cases),
        "findings": list(findings),
        "floors": dict.fromkeys(cases, 0.0),
        "errors": dict.fromkeys(cases, 0.5) | {TWO: errors.get("error", 0.5)},
    }


def _wrong(*changes, **layer):
    return _layer("wrong", [FINDING | change for change in changes or ({},)], **layer)


def _report(**layers):
    return {
        "schema": "crosscheck-report/1",
        "target": "layers.py",
        "oracle": {
            "source": "embedded",
            "torch": "2.13.0",
            "jax": "0.10.2",
            "recorded": "2026-01-02T03:04:05",
        },
        "layers": layers,
    }


@pytest.fixture
def reported(tmp_path, command):
    """``reported(old, new)`` is what the command says of two reports, and its exit code."""

    def run(old, new, *arguments):
        paths = tmp_path / "old.json", tmp_path / "new.json"
        for path, report in zip(paths, (old, new), strict=True):
            path.write_text(json.dumps(report), encoding="utf-8")
        code, out, err = command("diff", *paths, *arguments)
        assert err == ""
        return code, out

    return run


def _both(old, new):
    return _report(tanh=old), _report(tanh=new)


def test_the_same_report_twice_is_0(reported):
    code, out = reported(*_both(_wrong(), _wrong()))
    assert code == 0
    assert out.splitlines()[3:] == [
        "The same in both: tanh.",
        "1 layer, 3 cases in both: 0 new findings, 0 gone.",
        "No verdict changed.",
    ]


def test_a_new_finding_is_1_and_shown(reported):
    code, out = reported(*_both(_layer(), _wrong({}, {"case": THREE})))
    assert code == 1
    assert (
        "✗ tanh: new: dx is wrong at 3 of 5 elements\n"
        "    severity wrong (value)\n"
        "    new      dx is wrong at 3 of 5 elements; dx[1] is 1.25, expected 1.5\n"
        f"    case     {TWO}\n"
        f"    also in  1 other case: {THREE}\n"
    ) in out
    assert "tanh   pass  wrong  3 " in out
    assert out.endswith("2 new findings, 0 gone.\nVerdicts changed in: tanh.\n")


def test_a_finding_gone_is_1(reported):
    code, out = reported(*_both(_wrong(), _layer()))
    assert code == 1
    assert "✓ tanh: gone: dx is wrong at 3 of 5 elements\n" in out
    assert "    old      dx is wrong at 3 of 5 elements; dx[1] is 1.25, expected 1.5\n" in out
    assert "0 new findings, 1 gone." in out


def test_a_new_finding_in_a_layer_as_wrong_as_before_is_1(reported):
    assert reported(*_both(_wrong(), _wrong({}, {"quantity": "dw"})))[0] == 1


@pytest.mark.parametrize("key", ["kind", "quantity", "case"])
def test_a_finding_of_another_kind_quantity_or_case_is_another(reported, key):
    code, out = reported(*_both(_wrong(), _wrong({key: "other"})))
    assert code == 1
    assert "1 new finding, 1 gone." in out


def test_the_same_finding_with_other_numbers_is_listed_and_is_0(reported):
    code, out = reported(*_both(_wrong(), _wrong({"got": 1.75})))
    assert code == 0
    assert (
        "! tanh: changed: dx is wrong at 3 of 5 elements\n"
        "    severity wrong (value)\n"
        "    old      dx is wrong at 3 of 5 elements; dx[1] is 1.25, expected 1.5\n"
        "    new      dx is wrong at 3 of 5 elements; dx[1] is 1.75, expected 1.5\n"
    ) in out


def test_the_same_finding_in_other_words_is_listed_and_is_0(reported):
    code, out = reported(*_both(_wrong(), _wrong({"message": "dx is wrong"})))
    assert code == 0
    assert "! tanh: changed: dx is wrong\n" in out


@pytest.mark.parametrize("more", [{"location": "layers.py:99"}, {"hint": "look here"}])
def test_where_the_code_stands_and_what_is_advised_is_no_difference(reported, more):
    code, out = reported(*_both(_wrong(), _wrong(more)))
    assert code == 0
    assert "The same in both: tanh." in out


def test_another_severity_is_1(reported):
    code, out = reported(*_both(_wrong(), _wrong({"severity": "warning"})))
    assert code == 1
    assert "! tanh: of another severity: dx is wrong" in out
    assert "✗ tanh: of another" in reported(*_both(_wrong({"severity": "warning"}), _wrong()))[1]


def test_findings_of_one_subject_are_matched_one_by_one(reported):
    two = _wrong({"message": "a"}, {"message": "b"})
    assert reported(*_both(two, two))[0] == 0
    assert "1 new finding, 0 gone" in reported(*_both(_wrong({"message": "a"}), two))[1]


def test_another_status_alone_is_1(reported):
    missing = _layer("missing", cases=())
    code, out = reported(*_both(_layer(), missing))
    assert code == 1
    assert "tanh   pass  missing  0      3 " in out


def test_another_error_is_listed_and_is_0(reported):
    old, new = _layer(error=0.75), _layer(error=0.25)
    new["errors"][ONE] = 0.75
    code, out = reported(*_both(old, new))
    assert code == 0
    assert out.splitlines()[4].split() == [
        "tanh", "pass", "pass", "3", "2", "0.75", "→", "0.25", TWO,
    ]  # fmt: skip


def test_errors_that_are_not_finite_are_compared(reported):
    same = reported(*_both(_layer(error="inf"), _layer(error="inf")))[1]
    assert "The same in both: tanh." in same
    assert "∞" not in same
    assert "0.5 → ∞" in reported(*_both(_layer(), _layer(error="inf")))[1]


def test_a_report_without_errors_is_compared_by_what_it_says(reported):
    old = _layer()
    del old["errors"]
    code, out = reported(*_both(old, _layer()))
    assert code == 0
    assert "The same in both: tanh." in out


def test_cases_that_one_report_did_not_judge_are_counted_and_are_0(reported):
    code, out = reported(*_both(_layer(cases=(ONE, TWO)), _layer(cases=(TWO, THREE))))
    assert code == 0
    assert out.splitlines()[4].split() == ["tanh", "pass", "pass", "1", "1", "1"]


def test_a_layer_that_one_report_left_out_is_1_unless_the_target_lacks_it(reported):
    tanh = _report(tanh=_layer())
    code, out = reported(_report(tanh=_layer(), relu=_layer()), tanh)
    assert code == 1
    assert "✗ Only in the old file: relu. Compare the others with --layer NAME.\n" in out
    assert reported(_report(tanh=_layer(), relu=_layer()), tanh, "--layer", "tanh")[0] == 0
    assert reported(_report(tanh=_layer(), relu=_layer("missing", cases=())), tanh)[0] == 0


def test_text_from_a_report_is_shown_as_it_stands(reported):
    _, out = reported(*_both(_layer(), _wrong({"message": "[bold]\x1b[31m[/] [link=x]"})))
    assert "✗ tanh: new: [bold]\ufffd[31m[/] [link=x]\n" in out


def test_a_report_diff_as_json(reported):
    code, out = reported(*_both(_layer(), _wrong(error="inf")), "--json")
    diff = json.loads(out)
    assert code == 1
    assert (diff["of"], diff["old"]["target"]) == ("reports", "layers.py")
    assert diff["layers"]["tanh"] == {
        "layer": "tanh",
        "old": "pass",
        "new": "wrong",
        "cases": 3,
        "only_old": [],
        "only_new": [],
        "findings": [{"old": None, "new": FINDING, "change": "new"}],
        "errors": {"cases": 1, "case": TWO, "old": 0.5, "new": "inf"},
        "verdict_changed": True,
    }


def test_reports_of_a_check_are_compared(command, target, tmp_path):
    right = "from impl_numpy import tanh_forward, tanh_backward\n"
    wrong = right + "def tanh_backward(dout, cache): return dout * 0.5\n"
    for name, source in (("old", right), ("new", wrong)):
        command("check", target(source), "--layer", "tanh", "--json", tmp_path / f"{name}.json")
    paths = tmp_path / "old.json", tmp_path / "new.json"
    code, out, _ = command("diff", *paths)
    assert code == 1
    assert "✗ tanh: new: dx is wrong at " in out
    layer = compare(*paths).layers["tanh"]
    assert (layer.old, layer.new) == ("pass", "wrong")
    assert layer.errors.new > 1 > layer.errors.old


# -- what cannot be compared ------------------------------------------------------------------


def test_an_oracle_and_a_report_cannot_be_compared(files, command, tmp_path):
    oracle, _ = files(_oracles(), _oracles())
    report = tmp_path / "r.json"
    report.write_text(json.dumps(_report()))
    for pair in ((oracle, report), (report, oracle)):
        code, out, err = command("diff", *pair)
        assert (code, out) == (2, "")
        assert err == (
            f"crosscheck: {oracle} is an oracle file and {report} is a JSON report: they cannot be "
            "compared. Give two oracle files, or two reports.\n"
        )


NEITHER = "is neither an oracle file nor a JSON report of crosscheck. Make one with: "


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", NEITHER),
        (b"text", NEITHER),
        (b"\xff\xfe\xff", NEITHER),
        (b"[" * 100_000, NEITHER),
        (b"{}", NEITHER),
        (b"[1]", NEITHER),
        (b"null", NEITHER),
        (b"PK\x03\x04 no zip", "cannot be used: it is damaged, or not an oracle file"),
        (b'{"schema": "crosscheck-report/2"}', "its schema is crosscheck-report/2, not crossch"),
        (b'{"schema": "crosscheck-report/1"}', "its content is not that of a report. Make it ag"),
        (json.dumps(_report(tanh={})).encode(), "its content is not that of a report."),
        (json.dumps(_report(tanh=_wrong({"kind": []}))).encode(), "its content is not that of a"),
        (json.dumps(_report(tanh=_wrong({"index": 1}))).encode(), "its content is not that of a"),
        (json.dumps(_report(tanh=_layer(error=[]))).encode(), "its content is not that of a rep"),
    ],
)
def test_what_is_no_oracle_and_no_report_is_2_and_one_message(command, tmp_path, content, message):
    bad, good = tmp_path / "bad", tmp_path / "good.json"
    bad.write_bytes(content)
    good.write_text(json.dumps(_report()))
    for pair in ((bad, good), (good, bad)):
        code, out, err = command("diff", *pair)
        assert (code, out) == (2, "")
        assert err.startswith("crosscheck: ")
        assert f"{bad} " in err
        assert message in err
        assert err.count("\n") == 1


def test_a_missing_file_or_a_folder_is_2(command, tmp_path):
    code, _, err = command("diff", tmp_path / "no", EMBEDDED)
    assert (code, err) == (2, f"crosscheck: There is no file {tmp_path / 'no'}.\n")
    code, _, err = command("diff", EMBEDDED, tmp_path)
    assert code == 2
    assert err.startswith(f"crosscheck: {tmp_path} cannot be read: ")


def test_a_layer_in_neither_file_is_2(files, command):
    code, _, err = command("diff", *files(_oracles(), _oracles()), "--layer", "tan")
    assert (code, err) == (2, "crosscheck: Neither file has a layer 'tan'. They have: tanh.\n")


def test_a_report_that_a_shell_wrote_in_utf_16_is_read(command, tmp_path):
    path = tmp_path / "r.json"
    path.write_text(json.dumps(_report(tanh=_layer())), encoding="utf-16")
    assert command("diff", path, path)[0] == 0


def test_a_diff_needs_no_framework(python, tmp_path):
    done = python("-c", (
        "import sys\nfrom crosscheck.cli import main\n"
        f"assert main(['diff', {str(EMBEDDED)!r}, {str(EMBEDDED)!r}, '--layer', 'relu']) == 0\n"
        "assert not {'torch', 'jax', 'pytest', 'hypothesis'} & set(sys.modules)"
    ))  # fmt: skip
    assert done.returncode == 0, done.stderr
