"""A class that never was: so many submissions, of impl_numpy's own text with a student's slips.

``python benchmarks/classes.py FOLDER N`` writes them. Number 17 of one class is that of any other.
"""

import re
import sys
from pathlib import Path

SOURCES = Path(__file__).parent.parent / "impl_numpy"
# What the layers below are written in, the used before the using.
PARTS = (
    "precision", "mean_loss", "standardize", "affine", "relu", "sigmoid", "tanh", "softmax",
    "softmax_loss", "mse_loss", "batchnorm", "layernorm",
)  # fmt: skip

# A slip: the layer that is wrong then, what to replace, and by what.
SLIPS = (
    ("affine", "rows @ widened(w) + widened(b)", "rows @ widened(w)"),
    ("affine", "dw = rows.T @ upstream", "dw = rows.T @ upstream / len(x)"),
    ("affine", "db = upstream.sum(axis=0)", "db = upstream.mean(axis=0)"),
    ("affine", "dx = (upstream @ widened(w).T)", "dx = -(upstream @ widened(w).T)"),
    ("relu", "np.where(x > 0, dout,", "np.where(x < 0, dout,"),
    ("relu", "np.where(x > 0, dout,", "np.where(dout > 0, dout,"),
    ("softmax_loss", "    dx /= max(len(x), 1)\n", ""),
    ("softmax_loss", "dscores[labels] -= 1", "dscores[labels] += 1"),
    ("batchnorm", "dx = dcentred + dmu / count", "dx = dcentred"),
    (
        "batchnorm",
        "dbeta = upstream.sum(axis=0)\n    dgamma",
        "dbeta = upstream.mean(0)\n    dgamma",
    ),
    ("batchnorm", "std = np.sqrt(var + eps)\n    out", "std = np.sqrt(var) + eps\n    out"),
)
# Each takes the place of a function's last line.
UNFINISHED = "    raise NotImplementedError('your code here')\n"
CRASHING = "    return cache[len(cache)]\n"

KINDS = (
    "right", "wrong", "wrong", "right", "wrong", "unfinished", "wrong", "right", "crashing",
    "wrong", "right", "wrong", "right", "wrong", "empty", "wrong", "right", "broken",
)  # fmt: skip


def kind(number):
    """What becomes of a submission: ``right``, ``wrong``, ``unfinished``, ``crashing``, ``empty``
    or ``broken``, which is no Python.
    """
    return KINDS[number % len(KINDS)]


def right():
    """One file with the layers, as a student hands it in."""
    texts = ["import numpy as np\n"]
    for name in PARTS:
        text = (SOURCES / f"{name}.py").read_text(encoding="utf-8")
        text = re.sub(r'\A""".*?"""\n', "", text, flags=re.DOTALL)
        texts.append(re.sub(r"^(?:from impl_numpy\S* )?import .*\n", "", text, flags=re.MULTILINE))
    return "\n".join(texts)


def submission(number, text):
    """The text of one, made of what is right."""
    own = f"# Submission {number}\n"
    match kind(number):
        case "wrong":
            _, old, new = SLIPS[number * 7 % len(SLIPS)]
            assert old in text, f"{old!r} is in impl_numpy no longer"
            return own + text.replace(old, new)
        case "unfinished":
            return own + _ending(text, "batchnorm_backward", UNFINISHED)
        case "crashing":
            return own + _ending(text, "affine_backward", CRASHING)
        case "empty":
            return ""
        case "broken":
            return own + text + "\ndef half_a_function(:\n"
    return own + text


def slip(number):
    """The layer that a wrong one is wrong in."""
    return SLIPS[number * 7 % len(SLIPS)][0]


def _ending(text, function, last):
    pattern = rf"(def {function}\(.*?)^    return [^\n]*\n"
    changed = re.sub(pattern, rf"\1{last}", text, count=1, flags=re.DOTALL | re.MULTILINE)
    assert changed != text, f"{function} is in impl_numpy no longer"
    return changed


def write(folder, number):
    """Write a class; every third submission is a folder. The names, in order."""
    text, names = right(), []
    for i in range(1, number + 1):
        path = folder / (f"s{i:04d}/layers.py" if i % 3 == 0 else f"s{i:04d}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(submission(i, text), encoding="utf-8")
        names.append(path.relative_to(folder).parts[0])
    return names


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
