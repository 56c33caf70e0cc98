"""Modules that are often missing and need not be: what they hold, from Python 3 and NumPy."""

from __future__ import annotations

import collections.abc
import configparser
import functools
import io
import pickle
import queue
from collections.abc import Callable, Mapping
from typing import Any

# Python 2's builtins, as Python 3 has them: name → what it is now, in words, and the thing.
PYTHON2: dict[str, tuple[str, Any]] = {
    "xrange": ("range", range),
    "unicode": ("str", str),
    "basestring": ("str", str),
    "long": ("int", int),
    "unichr": ("chr", chr),
    "raw_input": ("input", input),
    "reduce": ("functools.reduce", functools.reduce),
}
_BUILTINS = {name: thing for name, (_, thing) in PYTHON2.items()} | {
    f.__name__: f for f in (range, zip, map, filter, input, str, int, dict, list, round, bytes)
}


def _method(name: str) -> Callable[[Any], Any]:
    return lambda thing: getattr(thing, name)()


_SIX = {f"iter{name}": _method(name) for name in ("items", "keys", "values")} | {
    "PY2": False,
    "PY3": True,
    "string_types": (str,),
    "integer_types": (int,),
    "text_type": str,
}


def _old_div(a: Any, b: Any) -> Any:
    """Python 2's ``/``: of whole numbers, a whole number."""
    whole = isinstance(a, int) and isinstance(b, int)
    return a // b if whole else a / b


_PYTHON = "Python 3's own in its place"
_NUMPY = "pure NumPy in its place"

_MODULES: dict[str, Mapping[str, Any]] = {
    "past.builtins": _BUILTINS,
    "future.builtins": _BUILTINS,
    "past.utils": {"old_div": _old_div},
    "future.utils": _SIX,
    "six": _SIX,
    "six.moves": _BUILTINS | {"cPickle": pickle, "queue": queue},
    "cPickle": vars(pickle),
    "Queue": vars(queue),
    "StringIO": {"StringIO": io.StringIO},
    "cStringIO": {"StringIO": io.StringIO},
    "ConfigParser": vars(configparser),
}

# Names that a module of the standard library no longer has.
_MOVED: dict[str, Mapping[str, Any]] = {
    "itertools": {"izip": zip, "imap": map, "ifilter": filter},
    "collections": {
        name: getattr(collections.abc, name)
        for name in ("Iterable", "Mapping", "MutableMapping", "Sequence", "Callable", "Iterator")
    },
}

# Folders and files that courses hand out: a package of that name from elsewhere is another one.
_COURSE_FOLDERS = {"common", "dataset", "cs231n", "nndl", "mytorch", "dlcourse_ai"}
_COURSE_FILES = {
    "layers", "layer", "layer_utils", "fast_layers", "rnn_layers", "functions", "function", "util",
    "utils", "helpers", "helper", "activation", "activations", "loss", "losses", "optim",
    "optimizer", "im2col", "gradient", "gradient_check", "np", "time_layers", "base_model",
    "dnn_utils", "dnn_app_utils", "rnn_utils", "modules", "model", "linear",
}  # fmt: skip


def where_to_put(module: str, importer: str) -> str:
    """``put the course's folder common, with layers.py in it, beside net.py or in a folder above``;
    empty unless the module is one that a course hands out.
    """
    top, *rest = module.split(".")
    if top in _COURSE_FOLDERS and rest:
        what = f"the course's folder {top}, with {'/'.join(rest)}.py in it,"
    elif top in _COURSE_FILES and not rest:
        what = f"{top}.py"
    else:
        return ""
    return f"put {what} beside {importer or 'the file'} or in a folder above"


def provided(module: str) -> tuple[Mapping[str, Any], str] | None:
    """What a missing module holds, by name, and a word on where that is from; None if unknown.

    ``module``: as it is imported, relative or not.
    """
    if module in _MODULES:
        return _MODULES[module], _PYTHON
    package, _, last = module.rpartition(".")
    from crosscheck.target import im2col

    if last.startswith("im2col"):
        names = [n for n in vars(im2col) if n.endswith(("_cython", "_indices"))]
    elif last == "util" and package.lstrip(".") in ("", "common"):
        names = ["im2col", "col2im"]
    else:
        return None
    return {name: getattr(im2col, name) for name in names}, _NUMPY


def moved(module: str, name: str) -> Any:
    """What an older Python had under that name in a module; None if unknown."""
    return _MOVED.get(module, {}).get(name)
