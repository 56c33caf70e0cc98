"""Oracles on disk: the same after a round trip, and one clear error for whatever is wrong."""

import json
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosscheck.case import Case, cases
from crosscheck.dtypes import FORMATS
from crosscheck.errors import OracleFileError
from crosscheck.layers import catalogue, layer_named
from crosscheck.oracle import (
    Expected,
    Oracle,
    Power,
    Provenance,
    decoded_bounds,
    encoded_bounds,
    power_of,
)
from crosscheck.oracle_file import SCHEMA, OracleFile, freeze

PROVENANCE = Provenance("live", "2.13.0", "0.10.2", "2.4.6", "Linux x86_64", "2026-01-02T03:04:05")
RELU, AFFINE = "relu/float32/normal/s7/0", "affine/float64/normal/N3-d5-M2/0"
VALUES = st.floats(allow_nan=True, allow_infinity=True, width=64)


def _expected(value, bound, other=None):
    bound = decoded_bounds(encoded_bounds(np.array(bound, np.float64)))
    other = None if other is None else np.array(other, np.float64)
    return Expected(np.array(value, np.float64), bound, other)


def _oracles():
    out = _expected([1.0, -0.0, np.inf, np.nan, 5e-324], [0.0, np.inf, 1.0, 0.5, 0.0])
    dx = _expected([[1.0 / 3.0, 2.0]], [[0.25, 0.0]], [[0.5, np.nan]])
    return {
        RELU: Oracle(
            "0123456789abcdef", {"out": out, "dx": dx}, ("torch", "jax"), Power(0.5, False, 1)
        ),
        AFFINE: Oracle(
            "fedcba9876543210",
            {"loss": _expected(7.0, 0.5)},
            ("jax",),
            Power(float("inf"), True, 0),
        ),
    }


def _assert_same(one, two):
    assert (one.checksum, one.votes, list(one.expected)) == (
        two.checksum,
        two.votes,
        list(two.expected),
    )
    for quantity, a in one.expected.items():
        b = two.expected[quantity]
        np.testing.assert_array_equal(a.value, b.value)
        np.testing.assert_array_equal(np.signbit(a.value), np.signbit(b.value))
        np.testing.assert_array_equal(a.bound, b.bound)
        assert (a.other is None) == (b.other is None)
        if a.other is not None:
            np.testing.assert_array_equal(a.other, b.other)


@pytest.fixture
def frozen(tmp_path):
    """A small oracle file."""
    path = tmp_path / "small.oracle"
    freeze(path, _oracles(), PROVENANCE)
    return path


def _content(path):
    """All that a file answers; any fault is an OracleFileError."""
    file = OracleFile(path)
    answers = {case_id: file.oracle(Case.parse(case_id)) for case_id in (RELU, AFFINE)}
    return file.provenance, file.cases, file.agreed, answers


# -- round trip -------------------------------------------------------------------------------


def test_what_is_frozen_is_read_back(frozen):
    provenance, known, agreed, answers = _content(frozen)
    assert provenance == Provenance("file", *list(vars(PROVENANCE).values())[1:])
    assert (known, agreed) == (2, 1)
    for case_id, oracle in _oracles().items():
        _assert_same(answers[case_id], oracle)


@settings(max_examples=40)
@given(
    values=st.lists(st.tuples(VALUES, st.floats(min_value=0, allow_nan=False)), max_size=6),
    others=st.booleans(),
)
def test_any_values_survive_the_file(tmp_path_factory, values, others):
    path = tmp_path_factory.mktemp("any") / "any.oracle"
    value, bound = [v for v, _ in values], [b for _, b in values]
    expected = {"out": _expected(value, bound, value[::-1] if others else None)}
    expected["dx"] = _expected([1.0], [0.5])
    oracle = Oracle("c", expected, (), power_of(expected))
    freeze(path, {RELU: oracle}, PROVENANCE)
    _assert_same(OracleFile(path).oracle(Case.parse(RELU)), oracle)


def test_answers_without_any_element_survive_the_file(tmp_path):
    case_id = "relu/float32/empty/s0x7/0"
    empty = _expected(np.zeros((0, 7)), np.zeros((0, 7)))
    oracle = Oracle("c", {"out": empty, "dx": empty}, ("torch", "jax"), Power(0.0, True, 0))
    freeze(tmp_path / "empty.oracle", {case_id: oracle}, PROVENANCE)
    again = OracleFile(tmp_path / "empty.oracle").oracle(Case.parse(case_id))
    _assert_same(again, oracle)


def test_the_same_oracles_give_the_same_bytes(frozen, tmp_path):
    again = tmp_path / "again.oracle"
    freeze(again, _oracles(), PROVENANCE)
    assert again.read_bytes() == frozen.read_bytes()


def test_a_file_is_a_zip_of_json_and_plain_arrays(frozen):
    with zipfile.ZipFile(frozen) as archive:
        assert sorted(archive.namelist()) == sorted(
            ["crosscheck.json"]
            + [
                f"{g}.{e}"
                for g in ("relu/float32", "affine/float64")
                for e in ("json", "values", "bounds")
            ]
        )
        head = json.loads(archive.read("crosscheck.json"))
    assert head["schema"] == SCHEMA == "crosscheck-oracle/1"
    assert (head["torch"], head["jax"], head["recorded"]) == (
        "2.13.0",
        "0.10.2",
        "2026-01-02T03:04:05",
    )


def test_a_file_knows_its_groups(frozen):
    assert sorted(OracleFile(frozen).groups()) == [("affine", "float64"), ("relu", "float32")]


def test_arrays_are_read_only_when_asked_for(frozen, monkeypatch):
    read = []
    original = zipfile.ZipFile.read
    monkeypatch.setattr(
        zipfile.ZipFile, "read", lambda self, name: read.append(name) or original(self, name)
    )
    file = OracleFile(frozen)
    assert read == ["crosscheck.json"]
    file.oracle(Case.parse(RELU))
    file.oracle(Case.parse(RELU))
    assert sorted(read[1:]) == ["relu/float32.bounds", "relu/float32.json", "relu/float32.values"]


def test_a_layout_is_answered_by_the_values_it_shares(tmp_path):
    shared = "relu/float32/normal/s5x2x3/0"
    freeze(tmp_path / "o", {shared: _oracles()[RELU]}, PROVENANCE)
    file = OracleFile(tmp_path / "o")
    fortran = file.oracle(Case.parse(shared.replace("normal", "fortran")))
    assert fortran is file.oracle(Case.parse(shared))


@pytest.mark.parametrize(
    "case_id", [RELU[:-1] + "9", "relu/float64/normal/s7/0", "softmax_loss/float32/normal/N5-C7/0"]
)
def test_a_case_without_an_answer_is_an_error_that_says_how_to_get_one(frozen, case_id):
    with pytest.raises(OracleFileError) as error:
        OracleFile(frozen).oracle(Case.parse(case_id))
    assert str(error.value) == (
        f"The oracle file {frozen} has no answer for the case {case_id}. "
        "Compute it with --live (needs torch and jax), or freeze a file that has it."
    )


def test_the_embedded_oracle_is_called_so_in_errors(frozen):
    with pytest.raises(OracleFileError, match=r"^The embedded oracle has no answer for the case"):
        OracleFile(frozen, "embedded").oracle(Case.parse(RELU[:-1] + "9"))


# -- what is wrong with a file ----------------------------------------------------------------


def _refused(path, *, also=""):
    with pytest.raises(OracleFileError) as error:
        _content(path)
    message = str(error.value)
    assert str(path) in message
    of_another_kind = path.is_dir() or (path.exists() and path.read_bytes()[:2] != b"PK")
    # Whatever is no oracle file must not be overwritten.
    place = "NEW.oracle" if of_another_kind else path
    assert message.endswith(f"with: crosscheck freeze -o {place}")
    assert "\n" not in message
    assert also in message
    return message


def test_a_missing_file_says_how_to_make_one(tmp_path):
    path = tmp_path / "none.oracle"
    assert _refused(path) == (
        f"There is no oracle file {path}. Make one with: crosscheck freeze -o {path}"
    )


@pytest.mark.parametrize("content", [b"", b"hello\n" * 9, b"\0" * 500], ids=["no", "text", "zero"])
def test_what_is_no_zip_is_refused_and_is_not_to_be_overwritten(tmp_path, content):
    path = tmp_path / "layers.py"
    path.write_bytes(content)
    assert _refused(path) == (
        f"The oracle file {path} cannot be used: it is no oracle file. "
        "Make one with: crosscheck freeze -o NEW.oracle"
    )


def test_a_damaged_zip_is_to_be_made_again(tmp_path):
    path = tmp_path / "damaged.oracle"
    path.write_bytes(b"PK\x03\x04")
    _refused(path, also="cannot be used: it is damaged, or not an oracle file of crosscheck")


def test_a_folder_is_refused(tmp_path):
    _refused(tmp_path, also="cannot be used: it is not a regular file")


def _rewritten(path, change):
    """The same file with its members changed: ``change(members)``."""
    with zipfile.ZipFile(path) as archive:
        members = {n: archive.read(n) for n in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _set(members, name, content):
    members[name] = content if isinstance(content, bytes) else json.dumps(content).encode()


def _index(**changes):
    entry = {"checksum": "c", "votes": [], "shapes": {"out": [5], "dx": [1, 2]}, "others": ["dx"]}
    return {RELU: entry | changes}


FOREIGN = {
    "a zip without the head": lambda m: m.pop("crosscheck.json"),
    "a head that is no JSON": lambda m: _set(m, "crosscheck.json", b"{"),
    "a head that is not text": lambda m: _set(m, "crosscheck.json", b"\xff\xfe"),
    "a head that is a list": lambda m: _set(m, "crosscheck.json", []),
    "a head without a schema": lambda m: _set(m, "crosscheck.json", {"torch": "1"}),
    "a head without versions": lambda m: _set(m, "crosscheck.json", {"schema": SCHEMA}),
    "no index": lambda m: m.pop("affine/float64.json"),
    "no values": lambda m: m.pop("relu/float32.values"),
    "no bounds": lambda m: m.pop("relu/float32.bounds"),
    "an index that is a list": lambda m: _set(m, "relu/float32.json", [1]),
    "an index that is a text": lambda m: _set(m, "relu/float32.json", {RELU: "x"}),
    "an index without shapes": lambda m: _set(m, "relu/float32.json", {RELU: {"checksum": "c"}}),
    "a shape too large": lambda m: _set(m, "relu/float32.json", _index(shapes={"out": [10**9]})),
    "a shape too small": lambda m: _set(m, "relu/float32.json", _index(shapes={"out": [1]})),
    "a negative shape": lambda m: _set(m, "relu/float32.json", _index(shapes={"out": [-1]})),
    "a shape of text": lambda m: _set(m, "relu/float32.json", _index(shapes={"out": "ab"})),
    "a shape of floats": lambda m: _set(m, "relu/float32.json", _index(shapes={"out": [2.5]})),
    "an other of nothing": lambda m: _set(m, "relu/float32.json", _index(others=["dw"])),
    "votes that are a number": lambda m: _set(m, "relu/float32.json", _index(votes=3)),
    "values cut within a number": lambda m: _set(m, "relu/float32.values", b"\1\2\3"),
    "values too few": lambda m: _set(m, "relu/float32.values", b"\0" * 8),
    "values too many": lambda m: _set(m, "relu/float32.values", b"\0" * 8000),
    "bounds cut within a number": lambda m: _set(m, "relu/float32.bounds", b"\1"),
    "no bytes of values": lambda m: _set(m, "relu/float32.values", b""),
}


@pytest.mark.parametrize("change", FOREIGN.values(), ids=FOREIGN)
def test_a_zip_of_other_content_is_refused(frozen, change):
    _rewritten(frozen, change)
    with pytest.raises(OracleFileError) as error:
        _content(frozen)
    assert str(frozen) in str(error.value)


def test_another_schema_is_refused_with_both_names(frozen):
    _rewritten(frozen, lambda m: _set(m, "crosscheck.json", {"schema": "crosscheck-oracle/9"}))
    _refused(frozen, also="its schema is crosscheck-oracle/9, not crosscheck-oracle/1")


def test_an_unchanged_rewritten_file_is_still_read(frozen):
    _rewritten(frozen, lambda m: None)  # so the refusals above are about what was changed
    assert _content(frozen)[1] == 2


class _Trap:
    """Unpickling this makes a folder."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("name", ["crosscheck.json", "relu/float32.json", "relu/float32.values"])
def test_a_pickle_inside_is_never_executed(frozen, tmp_path, name):
    sprung = tmp_path / "sprung"
    trap = pickle.dumps(_Trap(sprung))
    _rewritten(frozen, lambda m: _set(m, name, trap))
    with pytest.raises(OracleFileError):
        _content(frozen)
    assert not sprung.exists()
    pickle.loads(trap)
    assert sprung.exists()  # it was a trap indeed


def test_a_pickle_is_refused(tmp_path):
    path = tmp_path / "pickle.oracle"
    path.write_bytes(pickle.dumps(_Trap(tmp_path / "sprung")))
    _refused(path)
    assert not (tmp_path / "sprung").exists()


def _survives(damaged, content, whole):
    """A damaged file is refused with one line, or says exactly what the whole one says."""
    damaged.write_bytes(content)
    try:
        provenance, known, agreed, answers = _content(damaged)
    except OracleFileError as error:
        message = str(error)
    else:
        message = ""
    if message:
        assert str(damaged) in message
        assert "\n" not in message
        return False
    assert (provenance, known, agreed) == whole[:3]
    for case_id, oracle in whole[3].items():
        _assert_same(answers[case_id], oracle)
    return True


def test_a_file_truncated_anywhere_is_refused(frozen, tmp_path):
    content, whole = frozen.read_bytes(), _content(frozen)
    for length in range(len(content)):
        assert not _survives(tmp_path / "cut.oracle", content[:length], whole), length


@pytest.mark.parametrize("mask", [0x01, 0x06, 0x80, 0xFF])
def test_a_byte_changed_anywhere_is_refused_or_changes_nothing(frozen, tmp_path, mask):
    content, whole = frozen.read_bytes(), _content(frozen)
    refused = 0
    for at, byte in enumerate(content):
        changed = content[:at] + bytes([byte ^ mask]) + content[at + 1 :]
        refused += not _survives(tmp_path / "changed.oracle", changed, whole)
    assert refused > len(content) / 2


@settings(max_examples=200)
@given(data=st.data())
def test_a_stretch_of_noise_anywhere_is_refused_or_changes_nothing(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("noise")
    path = folder / "small.oracle"
    freeze(path, _oracles(), PROVENANCE)
    content, whole = path.read_bytes(), _content(path)
    at = data.draw(st.integers(0, len(content) - 1))
    noise = data.draw(st.binary(min_size=1, max_size=40))
    _survives(folder / "noisy", content[:at] + noise + content[at + len(noise) :], whole)


@pytest.mark.parametrize("method", [0, 1, 9, 12, 14, 93, 99])
def test_another_compression_method_is_refused(frozen, tmp_path, method):
    content, whole = bytearray(frozen.read_bytes()), _content(frozen)
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + 10 : at + 12] = method.to_bytes(2, "little")
        at = content.find(b"PK\x01\x02", at + 1)
    assert not _survives(tmp_path / "method.oracle", bytes(content), whole)


# -- writing ----------------------------------------------------------------------------------


def _folder_content(folder):
    return sorted(p.name for p in folder.iterdir())


def test_missing_folders_are_made(tmp_path):
    path = tmp_path / "a" / "b" / "c.oracle"
    freeze(path, _oracles(), PROVENANCE)
    assert OracleFile(path).cases == 2


def test_below_a_file_nothing_can_be_written(tmp_path):
    (tmp_path / "file").write_text("x")
    path = tmp_path / "file" / "c.oracle"
    with pytest.raises(OracleFileError, match=r"^Cannot write the oracle file .*c.oracle: "):
        freeze(path, _oracles(), PROVENANCE)


def test_a_folder_is_not_written_over(tmp_path):
    folder = tmp_path / "folder.oracle"
    folder.mkdir()
    with pytest.raises(OracleFileError, match=r"^Cannot write the oracle file "):
        freeze(folder, _oracles(), PROVENANCE)
    assert _folder_content(tmp_path) == ["folder.oracle"]


@pytest.mark.parametrize(
    "interruption", [KeyboardInterrupt, OSError(28, "No space left on device")]
)
def test_an_interrupted_write_leaves_the_old_file_and_no_other(frozen, monkeypatch, interruption):
    before = frozen.read_bytes()
    original = zipfile.ZipFile.writestr

    def interrupted(self, info, *arguments, **keywords):
        if info.filename.endswith(".bounds"):
            raise interruption
        original(self, info, *arguments, **keywords)

    monkeypatch.setattr(zipfile.ZipFile, "writestr", interrupted)
    expected = OracleFileError if isinstance(interruption, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        freeze(frozen, dict(list(_oracles().items())[:1]), PROVENANCE)
    assert frozen.read_bytes() == before
    assert _folder_content(frozen.parent) == ["small.oracle"]


def test_a_full_disk_is_named(frozen, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(OracleFileError) as error:
        freeze(frozen, _oracles(), PROVENANCE)
    assert str(error.value) == f"Cannot write the oracle file {frozen}: No space left on device."


def test_writing_replaces_an_older_file(frozen):
    freeze(frozen, {RELU: _oracles()[RELU]}, PROVENANCE)
    assert OracleFile(frozen).cases == 1


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_others_may_read_the_file(frozen):
    assert Path(frozen).stat().st_mode & 0o777 == 0o644


# -- the one that ships -----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("layer", catalogue())
def test_the_embedded_oracle_answers_every_case_for_the_inputs_drawn_here(embedded, layer, dtype):
    for case in cases(layer_named(layer), [dtype]):
        oracle = embedded.oracle(case)
        assert oracle.checksum == case.draw().checksum, case.id
        shapes = {q: e.value.shape for q, e in oracle.expected.items()}
        assert shapes == case.layer.shapes(case.dims), case.id


def test_the_embedded_oracle_holds_nothing_else(embedded):
    wanted = {case.values_id for layer in catalogue().values() for case in cases(layer)}
    held = {i for layer, dtype in embedded.groups() for i in embedded.group(layer, dtype)}
    assert held == wanted
    assert embedded.cases == len(wanted)


def test_the_embedded_oracle_says_where_it_is_from(embedded):
    p = embedded.provenance
    assert p.source == "embedded"
    assert all((p.torch, p.jax, p.numpy, p.platform, p.recorded))
    assert 0 < embedded.agreed <= embedded.cases


def test_the_embedded_oracle_has_power(embedded):
    """Nearly every case can see an error of 10 %, and the integer cases are exact."""
    every = [
        (case_id, oracle)
        for layer, dtype in embedded.groups()
        for case_id, oracle in embedded.group(layer, dtype).items()
    ]
    weak = [case_id for case_id, oracle in every if oracle.power.floor > 0.1]
    assert len(weak) < len(every) / 10
    assert all(
        o.power.exact
        for case_id, o in every
        if case_id.startswith("affine/") and "/integers/" in case_id
    )
    assert all(o.power.exact for case_id, o in every if case_id.startswith("relu/"))
