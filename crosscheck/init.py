"""A first ``crosscheck.toml``: what is recognised, and a guess at what is not."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crosscheck.candidate import Candidate
from crosscheck.config import ConfigError
from crosscheck.config.read import check_text
from crosscheck.guess import (
    arguments_of,
    attributes_set,
    given_to,
    gradient_like,
    layer_like,
    made_of,
    name_like,
    partner,
    returned_by,
)
from crosscheck.layer import Layer
from crosscheck.layers import catalogue
from crosscheck.taken import built_in, inline, listed, taken
from crosscheck.target import opened
from crosscheck.text import printable

_HEAD = """\
# How crosscheck reads this code. Written by `crosscheck init {target}`: mend it, then run
# `crosscheck check {target}`. What stands behind a # is not read.

# strict = true            # warnings fail too
# dtypes = ["float64"]     # judged in these only
"""
_MULTIPLIES = re.compile(r"@|\b(dot|matmul|einsum)\(")
_SEEN = 12  # names that are listed
_PLACES = {"conv": "NHWC", "max_pool": "NHWC", "avg_pool": "NHWC"}


def first_config(target: str) -> tuple[str, str]:
    """The text for a target; and if nothing in it is recognised, a sentence that says what there
    is. Raises TargetError if the target cannot be read.
    """
    layers = catalogue()
    with opened(target, layers.values()) as found:
        head = _HEAD.format(target=printable(target).replace("\n", " "))
        parts = [head, _recognised(found.candidates)]
        taken = {c.layer.name for c in found.candidates}
        known = {n.partition(".")[0] for c in found.candidates for n in c.names}
        theirs = {n: v for n, v in found.namespace.items() if n not in known and _is_theirs(v)}
        for layer, about, lines in _guesses(theirs, layers):
            if layer.name not in taken:
                taken.add(layer.name)
                # Where people get verdicts already, a guess must not add to them.
                parts.append(_table(layer, about, lines, bool(found.candidates)))
    if taken:
        return "\n".join(parts), ""
    nothing = _nothing_among(theirs)
    return "\n".join([*parts, *(f"# {line}" for line in textwrap.wrap(nothing, 96)), ""]), nothing


def _nothing_among(theirs: Mapping[str, Any]) -> str:
    names = [name for name in theirs if not name.startswith("_")]
    more = f" and {len(names) - _SEEN} more" if len(names) > _SEEN else ""
    if not names:
        return "Nothing was recognised as a layer: the target defines no function and no class."
    return (
        f"Nothing was recognised as a layer. The target defines {', '.join(names[:_SEEN])}{more}. "
        "Say in the file which of them is which layer: docs/crosscheck-toml.md tells how."
    )


def _is_theirs(value: Any) -> bool:
    """Whether it is a function or class, and not a library's."""
    if not (inspect.isfunction(value) or inspect.isclass(value)):
        return False
    try:
        return "site-packages" not in inspect.getfile(value)
    except (TypeError, OSError):
        return False


def _recognised(candidates: list[Candidate]) -> str:
    if not candidates:
        return "# No layer is recognised by its name.\n"
    width = max(len(c.layer.name) for c in candidates)
    lines = [f"#   {c.layer.name:<{width}}  {', '.join(c.names)}" for c in candidates]
    return "\n".join(["# Recognised, and judged without a word here:", *lines, ""])


def _guesses(
    theirs: Mapping[str, Any], layers: Mapping[str, Layer]
) -> Iterator[tuple[Layer, str, list[str]]]:
    """Each layer that something could be, with its signature and the lines of its table."""
    for name, value in theirs.items():
        layer = layer_like(name, layers)
        if layer is None:
            continue
        if inspect.isclass(value):
            lines = _of_class(name, value, layer)
        else:
            lines = _of_functions(name, theirs, layer)
        if lines:
            yield layer, name, lines


def _of_functions(name: str, theirs: Mapping[str, Any], layer: Layer) -> list[str]:
    """Of a forward, or of the one function of a loss or an optimizer."""
    backward = partner(name, [n for n, v in theirs.items() if inspect.isfunction(v)])
    returned = returned_by(theirs[name])
    if not backward and not _is_whole(layer, returned):
        return []
    lines = [f'function = "{name}"' if not backward else f'forward = "{name}"']
    lines += [f'backward = "{backward}"'] if backward else []
    given = taken(theirs[name], given_to(layer), layer)
    lines += [given.line("arguments"), *built_in(given), *_rows(theirs[name], layer)]
    outputs = [o.name for o in layer.outputs]
    if backward and returned is not None and len(returned) == len(outputs):
        lines.append(listed("returns", outputs))
        lines.append(_backward_arguments(theirs[backward], layer))
    if backward:
        lines += _order(theirs[backward], layer)
    elif returned:
        found = [gradient_like(n, layer) or ("loss" if "loss" in n else "") for n in returned]
        if sorted(found) == sorted(layer.quantities) and found != list(layer.quantities):
            lines.append(listed("returns", found))
    return lines


def _is_whole(layer: Layer, returned: list[str] | None) -> bool:
    """Whether a function alone could be a layer: a loss with its gradients, or an optimizer."""
    if not layer.gradients:
        return len(layer.functions) == 1
    return layer.loss and returned is not None and len(returned) == len(layer.quantities)


def _of_class(name: str, cls: type, layer: Layer) -> list[str]:
    """Of a class with a method forward, by whatever name, and its backward."""
    methods = [n for n, v in vars(cls).items() if inspect.isfunction(v)]
    forward = next((n for n in methods if n.lower() in ("forward", "fwd", "propagate")), "")
    backward = partner(forward, methods) if forward else ""
    if not forward or not backward:
        return []
    lines = [f'class = "{name}"', f'forward = "{forward}"', f'backward = "{backward}"']
    made = taken(cls, made_of(layer), layer)
    called = taken(getattr(cls, forward), given_to(layer), layer)
    lines += [made.line("new")] if made.names else []
    lines += [called.line("arguments"), *built_in(made, called)]
    lines += _rows(getattr(cls, forward), layer)
    own = attributes_set(vars(cls).get("__init__"))
    learnt = {
        ours: n
        for n in own
        if (ours := name_like(n, _parameters(layer))) and ours not in made.names
    }
    lines += [inline("set", learnt)] if learnt else []
    later = {g: n for n in attributes_set(getattr(cls, backward)) if (g := gradient_like(n, layer))}
    lines += [inline("get", later)] if later else []
    return lines


def _rows(forward: Any, layer: Layer) -> list[str]:
    """The layout of a forward that multiplies its rows as they are: for it an example is a row."""
    try:
        code = inspect.getsource(forward)
    except (OSError, TypeError):
        return []
    flattens = re.search(r"reshape|ravel|flatten|view|shape\[", code)
    x = next((i.name for i in layer.inputs if i.shape == "N *d"), "")
    return [inline("layout", {x: "N d"})] if x and _MULTIPLIES.search(code) and not flattens else []


def _parameters(layer: Layer) -> list[str]:
    return [i.name for i in layer.inputs[1:]]


def _backward_arguments(function: Any, layer: Layer) -> str:
    """Of a backward without a cache: upstream gradients, inputs, and what else may be an output."""
    found: list[str] = []
    for name in arguments_of(function):
        named = ["d" + o.name for o in layer.upstream] if name[0] in "dgu" else []
        named += [name_like(name, given_to(layer)), *(o.name for o in layer.outputs)]
        found.append(next((n for n in named if n and n not in found), f"? {name}"))
    return listed("backward_arguments", found)


def _order(backward: Any, layer: Layer) -> list[str]:
    """Of the gradients, where it is another than ours."""
    names = returned_by(backward) or []
    found = [gradient_like(name, layer) for name in names]
    other = sorted(found) == sorted(layer.gradients) and found != list(layer.gradients)
    return [listed("gradients", found)] if other else []


def _table(layer: Layer, about: str, lines: list[str], passive: bool) -> str:
    """Active, if it makes sense as it is; else behind #, with what is to be mended."""
    table = [f"[layers.{layer.name}]", *lines]
    laid_out = any(line.startswith("layout") for line in lines)
    more = [*_hints(layer, laid_out), ""]
    try:
        check_text("\n".join(table))
    except ConfigError as error:
        problem = str(error).partition(f"layers.{layer.name}")[2].lstrip(".:").strip()
        complaint = f"# {about} could be {layer.name}. To be mended first: {problem}"
        return "\n".join([complaint, *(f"# {line}" for line in table), *more])
    if passive:
        question = f"# {about} could be {layer.name}. If so, take the # away:"
        return "\n".join([question, *(f"# {line}" for line in table), *more])
    return "\n".join([f"# {about} could be {layer.name}: is this right?", *table, *more])


def _hints(layer: Layer, laid_out: bool) -> list[str]:
    """Keys that people may need next, behind #."""
    words = {i.name for i in layer.inputs}
    x = 'x = "N d", ' if laid_out else ""  # there is only one line for all
    weights = {"w", "b"} <= words and len(words) == 3
    hints = [f'# layout = {{ {x}w = "transposed" }}'] if weights else []
    if layer.name in _PLACES:
        hints = ['# layout = { x = "NHWC", out = "NHWC" }']
    hints += ['# p = "drop"'] * bool(layer.keep)
    hints += ['# layout = { y = "one-hot" }'] * any(i.below for i in layer.inputs)
    return hints


def write_first(target: str, path: Path) -> str:
    """Write it to a file that is not there yet; the sentence if nothing was recognised. Raises
    ConfigError if there is one.
    """
    there = ConfigError(
        f"{path} is there already, and is left as it is. Name another file with --output, or move "
        "it away first."
    )
    if path.exists():
        raise there
    text, nothing = first_config(target)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise there from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from None
    return nothing
