"""Python 2 is known by the line that Python 3 cannot read, and its modern form is one it can."""

import pytest

from crosscheck.errors import TargetError
from crosscheck.target.python2 import modern_form

LINES = {
    "print x, y": "print(x, y)",
    'print "loss: %f" % loss': 'print("loss: %f" % loss)',
    'print"done"': 'print("done")',
    "print x,": 'print(x, end=" ")',
    "print 'a # b'  # show": "print('a # b')",
    "if x: print x": "if x: print(x)",
    'exec "x = 1"': 'exec("x = 1")',
    "exec code in names": "exec(code, names)",
    'raise ValueError, "bad %d" % n': 'raise ValueError("bad %d" % n)',
    "s = `x` + 'a'": "s = repr(x) + 'a'",
    "y = x <> 3": "y = x != 3",
    "os.chmod(f, 0777)": "os.chmod(f, 0o777)",
    "n = 10L": "n = 10",
    "s = ur'a'": "s = r'a'",
    "print `x`, 1 <> 2": "print(repr(x), 1 != 2)",
}


def _error(text):
    with pytest.raises(SyntaxError) as error:
        compile(text, "layers.py", "exec")
    return error.value


@pytest.mark.parametrize(("old", "modern"), LINES.items())
def test_the_modern_form_is_told(old, modern):
    said = old.partition("  #")[0]
    assert modern_form(_error(old)) == f"{said} is Python 2: write {modern}"


def test_a_statement_over_two_lines_is_known():
    assert modern_form(_error('print "%d" % \\\n  x')) == (
        'print "%d" % \\ is Python 2: write print(…)'
    )


def test_the_tabs_of_python_2_are_known():
    assert "mixes tabs and spaces" in modern_form(_error("if x:\n        a = 1\n\tb = 2\n"))


@pytest.mark.parametrize(
    "text", ["def f(:", "x = = 1", "retrun x y", "for i in range(3) pass", "("]
)
def test_other_errors_are_not_called_python_2(text):
    assert modern_form(_error(text)) == ""


def test_a_file_is_refused_with_line_and_form(target, opens):
    path = target("import os\n\ndef f(x):\n    print x, 1\n")
    with pytest.raises(TargetError) as error, opens(path):
        pass
    assert str(error.value) == (f"{path}, line 4: print x, 1 is Python 2: write print(x, 1)")


def test_except_with_a_comma_is_known():
    """Python 3.14 can read it, as something else."""
    error = SyntaxError("", ("layers.py", 3, 1, "    except IOError, e:\n"))
    told = modern_form(error)
    assert told in ("", "except IOError, e: is Python 2: write except IOError as e:")
