"""A class in parts: each submission in one, and together the same bytes."""

from contextlib import closing
from itertools import chain

import pytest

from crosscheck.grading.errors import GradingError
from crosscheck.grading.graded import Graded
from crosscheck.grading.plan import plan
from crosscheck.grading.rows import read
from crosscheck.grading.shards import Shard, merge
from crosscheck.grading.store import Store
from crosscheck.selection import Selection
from test_grading import a_class, bytes_of, graded_class


def test_every_name_is_in_one_shard():
    names = [f"s{i}" for i in range(300)]
    parts = [[n for n in names if Shard(k, 3).has(n)] for k in (1, 2, 3)]
    assert sorted(chain(*parts)) == sorted(names)
    assert all(70 < len(part) < 130 for part in parts)
    assert Shard.parse("2/3") == Shard(2, 3)


@pytest.mark.parametrize("text", ["", "3", "0/2", "3/2", "1/0", "-1/2", "a/b", "1/2/3", "1.0/2"])
def test_what_is_no_shard_is_said(text):
    with pytest.raises(ValueError, match="is not K/N with K from 1 to N, as 2/3"):
        Shard.parse(text)


def test_shards_are_merged_into_what_one_grading_gives(tmp_path):
    subs = a_class(tmp_path / "subs", 7)
    for k in (1, 2):
        graded_class(subs, tmp_path / f"part{k}", shard=Shard(k, 2))
    graded_class(subs, tmp_path / "whole")
    parts = [tmp_path / "part1", tmp_path / "part2"]
    assert merge([*parts, parts[0]], tmp_path / "merged") == 7
    assert bytes_of(tmp_path / "merged") == bytes_of(tmp_path / "whole")
    assert len(read(tmp_path / "merged").seconds) == 7
    with pytest.raises(GradingError, match=r"merged has results already. Name another folder"):
        merge(parts, tmp_path / "merged")


def test_what_was_graded_otherwise_is_not_merged(tmp_path):
    subs = a_class(tmp_path / "subs", 3)
    graded_class(subs, tmp_path / "a")
    graded_class(subs, tmp_path / "b", made=plan(selection=Selection(("relu",))))
    with pytest.raises(GradingError, match="cannot be merged: they were graded with another sel"):
        merge([tmp_path / "a", tmp_path / "b"], tmp_path / "merged")
    (subs / "s1.py").write_text("other = 1\n")
    graded_class(subs, tmp_path / "c")
    with pytest.raises(GradingError) as caught:
        merge([tmp_path / "a", tmp_path / "c"], tmp_path / "merged")
    assert str(caught.value) == (
        f"{tmp_path / 'a'} and {tmp_path / 'c'} have different results of s1.py: it was changed "
        "between the two. Grade it again in both."
    )
    assert not (tmp_path / "merged").exists()


def test_an_interrupted_part_is_not_merged(tmp_path):
    subs = a_class(tmp_path / "subs", 3)

    def stop(graded):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        graded_class(subs, tmp_path / "a", tell=stop)
    with pytest.raises(GradingError, match=r"was interrupted. Run the same crosscheck grade"):
        merge([tmp_path / "a"], tmp_path / "merged")
    # The one that was told, and one that was done by then.
    assert len(read(tmp_path / "a").submissions) in (1, 2)


def test_what_failed_through_our_fault_in_one_part_is_taken_from_another(tmp_path):
    subs = a_class(tmp_path / "subs", 2)
    (subs / "s1.py").write_text("# bug\n")
    graded_class(subs, tmp_path / "a")
    with closing(Store(tmp_path / "b", plan())) as store:
        failed = read(tmp_path / "a").submissions[0]
        row = {"submission": "s1.py", "key": failed.key}
        store.add(Graded([{**row, "closing": {**failed.closing, "flags": [], "error": ""}}]))
        store.finish()
    for order in ("ab", "ba"):
        assert merge([tmp_path / name for name in order], tmp_path / order) == 2
        assert read(tmp_path / order).submissions[0].closing["error"] == ""
