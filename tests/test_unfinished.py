"""How a stub is told from a mistake."""

import numpy as np
import pytest

from crosscheck.unfinished import is_unfinished

STUBS = {
    "a name never assigned": "return out",
    "a name assigned in no branch taken": "if x is None:\n        dx = x\n    return dx",
    "an attribute of None": "out = None\n    return out.astype(float)",
    "a sum with None": "dw = None\n    return x + dw",
    "None unpacked": "a, b = None\n    return a",
    "an index into None": "cache = None\n    return cache[0]",
    "an assertion of nothing": "assert False",
    "an assertion of 0": "assert 0",
    "an assertion with a text": "assert False, 'TODO'",
    "NotImplementedError": "raise NotImplementedError",
    "NotImplemented, which is no exception": "raise NotImplemented",
    "a plain exception": "raise Exception('Not implemented!')",
    "a to-do": "raise RuntimeError('TODO: implement me')",
    "your code": "raise ValueError('Your code goes here')",
}
MISTAKES = {
    "shapes that do not fit": "return np.zeros(3) + np.zeros(2)",
    "a misspelt method": "return x.smu()",
    "a misspelt function": "return np.zeross(3)",
    "a failing assertion": "assert x.sum() == 1",
    "an assertion about a shape": "assert x.shape == (2,), 'dx has a wrong shape'",
    "a wrong type": "return 1 + '1'",
    "a plain exception about something else": "raise Exception('dimensions do not match')",
    "a missing key": "return {}['running_mean']",
}


@pytest.fixture
def raised(tmp_path):
    """``raised(body)`` is the exception of a function with that body."""

    def run(body):
        file = tmp_path / "layers.py"
        file.write_text(f"def f(x):\n    {body}\n")
        names = {"np": np}
        exec(compile(file.read_text(), str(file), "exec"), names)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is what is tested
            names["f"](np.zeros(3))
        return caught.value

    return run


@pytest.mark.parametrize("stub", STUBS)
def test_a_stub_is_not_finished(stub, raised):
    assert is_unfinished(raised(STUBS[stub]))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_a_mistake(mistake, raised):
    assert not is_unfinished(raised(MISTAKES[mistake]))
