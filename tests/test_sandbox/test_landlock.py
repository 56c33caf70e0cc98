"""Which files are named to Landlock, which only ever allows."""

from crosscheck.sandbox.landlock import rules


def _folder(top, *names):
    for name in names:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    return top.resolve()


def test_a_folder_is_one_rule(tmp_path):
    top = _folder(tmp_path / "top", "a.py", "inner/b.py")
    assert [*rules([top])] == [top]


def test_around_what_is_hidden_everything_else_is_named(tmp_path):
    top = _folder(tmp_path / "top", "a.py", "inner/b.py", "inner/hidden/c.py")
    granted = rules([top], [top / "inner" / "hidden"])
    assert {*granted} == {top, top / "a.py", top / "inner", top / "inner" / "b.py"}
    assert granted[top] == granted[top / "inner"]  # may be listed, and not what is in it
    assert granted[top / "a.py"] != granted[top]


def test_what_is_hidden_itself_has_no_rule(tmp_path):
    top = _folder(tmp_path / "top", "a.py")
    assert rules([top], [top]) == {}


def test_what_is_named_twice_is_one_rule_with_both_rights(tmp_path):
    top = _folder(tmp_path / "top", "inner/b.py", "hidden.py")
    inner, hidden = top / "inner", top / "hidden.py"
    [*both] = rules([top, inner], [hidden])
    assert both.count(inner) == 1
    assert rules([inner, top], [hidden]) == rules([top, inner], [hidden])
    assert rules([inner], [hidden])[inner] == rules([top], [hidden])[inner]
