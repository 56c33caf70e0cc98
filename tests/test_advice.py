"""Old code's exceptions come with the modern form, and no others do."""

import pytest

from crosscheck.advice import advice

DIVIDED = "in Python 3 / gives a float (line {}): write // for whole numbers"

SIZES = {
    "np.zeros((len(x) / 2, 2))": 3,
    "x[: len(x) / 2]": 3,
    "list(x)[len(x) / 2]": 3,
    "[0] * (len(x) / 2)": 3,
    "x.reshape(len(x) / 2, 2)": 3,
    "h = len(x) / 2\n    return np.zeros(h)": 3,
    "h, w = (len(x) - 2) / 2 + 1, 3\n    return np.zeros((h, w))": 3,
    "h = len(x)\n    h /= 2\n    return x[h]": 4,
    "h = len(x) / 2\n    for i in range(h): pass": 3,
    "helper(x,\n len(x) / 2)": 4,
}
OTHERS = [
    "np.zeros(2.5)",
    "p = x / 3\n    return p['x']",
    "p = x / 3\n    return np.zeros(2.5) + p",
    "h = int(len(x) / 2) + 0.5\n    return np.zeros(h)",
    "np.zeros(int(len(x) / 2) + 0.5)",
    "1 / 0",
    "{}['a']",
    "None.iteritems()",
    "x.iteritems()",
]


@pytest.fixture
def said(target):
    """What is advised on what this code raises."""

    def find(body):
        start = "" if "return" in body or "for" in body else "return "
        source = f"import numpy as np\ndef f(x):\n    {start}{body}\ndef helper(x, h):\n"
        path = target(source + "    return np.zeros(h)\n", "old_layers.py")
        names = {}
        exec(compile(source + "    return np.zeros(h)\n", path, "exec"), names)
        with pytest.raises(Exception) as error:  # noqa: PT011 -- whichever it is
            names["f"](names["np"].arange(4))
        return advice(error.value)

    return find


@pytest.mark.parametrize(("body", "line"), SIZES.items())
def test_a_division_that_was_to_be_whole_is_found(said, body, line):
    assert said(body) == DIVIDED.format(line)


@pytest.mark.parametrize("body", OTHERS)
def test_others_are_left_alone(said, body):
    assert said(body) == ""


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("{}.iteritems()", "Python 2: write .items()"),
        ("{}.itervalues()", "Python 2: write .values()"),
        ("{}.has_key(3)", "Python 2: write key in d"),
    ],
)
def test_the_dicts_of_python_2_are_known(said, body, told):
    assert said(body) == told


def test_an_exception_that_cannot_be_shown():
    class MuteError(TypeError):
        def __str__(self):
            raise ValueError

    assert advice(MuteError()) == ""


def test_it_is_told_with_what_was_raised(target, found_in):
    path = target("def relu_forward(x):\n    return x[: 3 / 2], x\n")
    from crosscheck.attempt import NoAnswerError

    with pytest.raises(NoAnswerError) as error:
        found_in(path)["relu"].call("relu_forward", [1, 2, 3])
    assert str(error.value).endswith(f"(layers.py, line 2); {DIVIDED.format(2)}")
