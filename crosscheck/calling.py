"""How the course calls a layer's functions, and where it looks for what they return."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from crosscheck.candidate import Candidate, NoAnswerError

if TYPE_CHECKING:
    from crosscheck.layer import Layer

Arrays = dict[str, np.ndarray]
_LARGEST_KEPT = 1 << 28  # bytes
Results = dict[str, Any]
# While a function runs, notes which of the arrays it was given it changes; takes its results.
Watch = Callable[[str, Arrays], AbstractContextManager[Results]]


@dataclass(frozen=True)
class Given:
    """A candidate's own copies of a case's arrays, and the case's sizes and options."""

    inputs: Arrays
    cotangents: Arrays
    sizes: Mapping[str, Any]
    options: Mapping[str, float]


@dataclass(frozen=True)
class Bundle:
    """A dict that is one argument (``bn_param``): inputs and options by their names, and fixed
    entries. ``returns``: the outputs that the function leaves in it. ``renamed``: the entries whose
    key is not the option's name, as where two dicts have a stride each.
    """

    name: str
    holds: tuple[str, ...]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    returns: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    def filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The dict, with these inputs and options."""
        entries = {**{name: name for name in self.holds}, **self.renamed}
        return {**self.fixed, **{key: values[name] for key, name in entries.items()}}


def _arguments(layer: Layer, given: Given) -> list[Any]:
    """The forward's arguments, in the course's order."""
    values = {**given.options, **given.inputs}
    return [a.filled(values) if isinstance(a, Bundle) else values[a] for a in layer.arguments]


def _names(layer: Layer) -> list[str]:
    return [a.name if isinstance(a, Bundle) else a for a in layer.arguments]


def _listed(names: Iterable[str]) -> str:
    return f"({', '.join(names)})"


def _result(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else _listed(names)


class Calling:
    """A calling convention. ``run`` calls a candidate's functions on what is ``given``, each under
    ``watch``; ``pause`` is where other calls may come in between.
    """

    is_loss = False  # a scalar, differentiated as it stands

    def functions(self, layer: Layer) -> tuple[str, ...]:
        """The names of a layer's functions: one, if not said otherwise."""
        return (layer.stem,)

    def signatures(self, layer: Layer) -> tuple[str, ...]:
        """Each function with its arguments and what it returns."""
        raise NotImplementedError

    def run(
        self, candidate: Candidate, given: Given, watch: Watch, pause: Callable[[], None]
    ) -> None:
        """Call the functions. Raises NoAnswerError."""
        raise NotImplementedError


class Pair(Calling):
    """``f_forward(…) -> (out, cache)`` and ``f_backward(dout, cache) -> (dx, …)``."""

    def functions(self, layer: Layer) -> tuple[str, ...]:
        """Two names; only the forward's where there is nothing to differentiate."""
        return (f"{layer.stem}_forward", f"{layer.stem}_backward")[: 1 + bool(layer.gradients)]

    def signatures(self, layer: Layer) -> tuple[str, ...]:
        """The forward's, and the backward's if there is one."""
        bundled = {o for a in layer.arguments if isinstance(a, Bundle) for o in a.returns}
        outputs = [o.name for o in layer.outputs if o.name not in bundled]
        upstream = ["d" + o.name for o in layer.upstream]
        return (
            f"{layer.functions[0]}{_listed(_names(layer))} -> {_listed([*outputs, 'cache'])}",
            f"{layer.functions[-1]}{_listed([*upstream, 'cache'])} -> {_result(layer.gradients)}",
        )[: len(layer.functions)]

    def run(
        self, candidate: Candidate, given: Given, watch: Watch, pause: Callable[[], None]
    ) -> None:
        """The forward, then the backward with its cache."""
        layer, names = candidate.layer, candidate.names
        with watch(names[0], given.inputs) as results:
            cache = _forward(candidate, given, results)
        pause()
        if layer.gradients:
            kept = {
                f"cache[{i}]": a
                for i, a in enumerate(_arrays_in(cache))
                if not any(a is other for other in given.inputs.values())
            }
            with watch(names[1], given.inputs | given.cotangents | kept) as results:
                returned = candidate.call(names[1], *given.cotangents.values(), cache)
                results.update(_taken(names[1], layer.gradients, returned))


def _forward(candidate: Candidate, given: Given, results: Results) -> Any:
    """Call the forward, take its outputs, and return its cache."""
    layer, name = candidate.layer, candidate.names[0]
    arguments = _arguments(layer, given)
    left_in = {
        output: values
        for a, values in zip(layer.arguments, arguments, strict=True)
        if isinstance(a, Bundle)
        for output in a.returns
    }
    outputs = [o.name for o in layer.outputs if o.name not in left_in]
    returned = candidate.call(name, *arguments)
    if not isinstance(returned, (tuple, list)) or len(returned) != len(outputs) + 1:
        raise NoAnswerError(
            "arity",
            f"must return ({', '.join(outputs)}, cache), but returned {_described(returned)}",
            name,
        )
    results.update(_named(name, outputs, returned[:-1]))
    results.update(_named(name, left_in, (v.get(o) for o, v in left_in.items())))
    return returned[-1]


class Loss(Calling):
    """``f(…) -> (loss, dx, …)``: one function returns the loss and its gradients."""

    is_loss = True

    def signatures(self, layer: Layer) -> tuple[str, ...]:
        """The one function's."""
        return (f"{layer.stem}{_listed(_names(layer))} -> {_listed(layer.quantities)}",)

    def run(
        self, candidate: Candidate, given: Given, watch: Watch, pause: Callable[[], None]
    ) -> None:
        """One call."""
        pause()
        layer, name = candidate.layer, candidate.names[0]
        with watch(name, given.inputs) as results:
            returned = candidate.call(name, *_arguments(layer, given))
            results.update(_taken(name, layer.quantities, returned))


class Update(Calling):
    """An optimizer: ``f(w, dw, config) -> (next_w, config)``, once for each row of ``dw``, which is
    (T, …); its one output holds every ``next_w``. It may overwrite ``w``, as the course's own does.
    """

    def signatures(self, layer: Layer) -> tuple[str, ...]:
        """The one function's."""
        return (f"{layer.stem}(w, dw, config) -> (next_w, config)",)

    def run(
        self, candidate: Candidate, given: Given, watch: Watch, pause: Callable[[], None]
    ) -> None:
        """T steps in a row, each from where the last one arrived."""
        layer, name = candidate.layer, candidate.names[0]
        w, config, steps = given.inputs["w"], dict(given.options), []
        with watch(name, {"dw": given.inputs["dw"]}) as results:
            for step, dw in enumerate(given.inputs["dw"]):
                if step == 1:
                    pause()
                returned = candidate.call(name, w, dw, config)
                w, config = _taken(name, ("next_w", "config"), returned).values()
                steps.append(candidate.attempt(name, np.array, w))
            if len({s.shape for s in steps}) > 1:
                shapes = ", ".join(str(s.shape) for s in steps)
                raise NoAnswerError(
                    "shape", f"returns next_w of shape {shapes}, step by step", name, "next_w"
                )
            results[layer.outputs[0].name] = candidate.attempt(name, np.stack, steps)


@dataclass(frozen=True)
class Model(Calling):
    """A class of the course: ``model.params``, ``model.loss(X) -> scores`` and
    ``model.loss(X, y) -> (loss, grads)``; the layer's stem is its name. ``build(cls, sizes)`` makes
    an instance of a case's dims, and of its dtype, which is ``sizes["dtype"]``.
    """

    build: Callable[[Callable[..., Any], Mapping[str, Any]], Any]
    is_loss = True

    def signatures(self, layer: Layer) -> tuple[str, ...]:
        """Those of the method ``loss``."""
        scores = (f"{layer.stem}.loss(X) -> scores",) * ("scores" in layer.quantities)
        return (*scores, f"{layer.stem}.loss(X, y) -> (loss, grads)")

    def run(
        self, candidate: Candidate, given: Given, watch: Watch, pause: Callable[[], None]
    ) -> None:
        """A new instance with the case's parameters: its scores, if asked for, then its loss."""
        layer, name = candidate.layer, candidate.names[0]
        method = f"{name}.loss"
        data, params = dict(given.inputs), {}
        for i in layer.differentiated:
            params[i.name] = data.pop(i.name)
        sizes = {**given.sizes, "dtype": np.asarray(data["X"]).dtype}
        model = candidate.attempt(name, lambda: self.build(candidate.functions[name], sizes))
        _set_params(candidate, model, params)
        x, y = data["X"], data["y"]
        with watch(method, given.inputs) as results:
            if "scores" in layer.quantities:
                results["scores"] = candidate.attempt(method, lambda: model.loss(x))
            pause()
            returned = candidate.attempt(method, lambda: model.loss(x, y))
            loss, grads = _taken(method, ("loss", "grads"), returned).values()
            results["loss"] = loss
            if not isinstance(grads, Mapping):
                raise NoAnswerError(
                    "arity", f"must return grads as a dict, but it is {_described(grads)}", method
                )
            results.update(_named(method, layer.gradients, (grads.get(p) for p in params)))


def _set_params(candidate: Candidate, model: Any, params: Arrays) -> None:
    name = candidate.names[0]
    theirs = candidate.attempt(name, lambda: getattr(model, "params", None) or {})
    if not isinstance(theirs, dict) or set(theirs) != set(params):
        has = ", ".join(map(str, theirs)) if isinstance(theirs, dict) and theirs else "none"
        raise NoAnswerError(
            "params", f"must have the params {', '.join(params)}, but has {has}", name
        )
    theirs.update(params)


def _arrays_in(cache: Any) -> list[np.ndarray]:
    """The arrays in a cache: itself, or inside its tuples, lists, dicts and attributes."""
    found, seen, waiting = [], set(), [cache]
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if type(item) is np.ndarray:
            # A broadcast array may stand for more than fits into memory: nobody overwrites it.
            if item.nbytes <= _LARGEST_KEPT:
                found.append(item)
        elif isinstance(item, (tuple, list)):
            waiting += reversed(item)
        elif type(item) is dict:
            waiting += reversed(item.values())
        else:
            # Not by attribute: code of theirs may answer to that in any way.
            with suppress(Exception):
                waiting += object.__getattribute__(item, "__dict__").values()
    return found


def _taken(function: str, names: Sequence[str], returned: Any) -> Results:
    """What a function returned, by name: the thing itself if it is one."""
    if len(names) == 1 and not isinstance(returned, tuple):
        returned = (returned,)
    elif not isinstance(returned, (tuple, list)) or len(returned) != len(names) or len(names) == 1:
        raise NoAnswerError(
            "arity", f"must return {_result(names)}, but returned {_described(returned)}", function
        )
    return _named(function, names, returned)


def _named(function: str, names: Iterable[str], values: Iterable[Any]) -> Results:
    named = dict(zip(names, values, strict=True))
    for name, value in named.items():
        if value is None:
            raise NoAnswerError("unfinished", f"returns None for {name}", function, name)
    return named


def _described(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return f"a {type(value).__name__}"
