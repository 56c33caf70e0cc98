"""One call of mapped code: what it is given in its own words, and what comes of it in ours."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from crosscheck.adapters.family import takes
from crosscheck.adapters.mapped_layout import ours, theirs
from crosscheck.adapters.shaped import times
from crosscheck.attempt import NoAnswerError
from crosscheck.calling import Bundle, Update
from crosscheck.calling.arguments import listed
from crosscheck.calling.returned import described, result
from crosscheck.config import NAME, LayerMap
from crosscheck.config.layout import shapes_of
from crosscheck.config.record import Argument
from crosscheck.layer import Layer


class Code:
    """What a mapping names, as a target has it. ``cls``: the class, if it is one."""

    def __init__(self, mapping: LayerMap, layer: Layer, namespace: Mapping[str, Any]) -> None:
        self.mapping, self.layer = mapping, layer
        owner = mapping.functions[0].rpartition(".")[0]
        self.cls: Any = found_at(namespace, owner) if owner else None
        self.functions = [found_at(namespace, name) for name in mapping.functions]
        self.shapes = shapes_of(layer)
        self.below = {i.name: i.below for i in layer.inputs if i.below}


def found_at(namespace: Mapping[str, Any], name: str) -> Any:
    """``Linear.forward``, or a function, as the target has it; None if it has not."""
    first, *rest = name.split(".")
    found = namespace.get(first)
    for part in rest:
        found = getattr(found, part, None)
    return found


class Call:
    """From the arguments of the layer's own forward to its results.

    ``given``: our inputs, options and dicts by name. ``kept``: what was returned beside the
    outputs. ``before``: the step before, of an optimizer. Slots: it is no cache of theirs.
    """

    __slots__ = ("_before", "_code", "_dicts", "_instance", "_map", "given", "kept", "results")

    def __init__(
        self,
        code: Code,
        arguments: Sequence[Any],
        config: dict[str, Any] | None = None,
        before: Call | None = None,
    ) -> None:
        self._code, self._map, self._before = code, code.mapping, before
        self.given = _given(code.layer, arguments)
        if config is not None:
            options = {n: before.given[n] for n in code.layer.options} if before else config
            self.given |= {**options, "config": config}
        self.kept: dict[str, Any] = {}
        self.results: dict[str, Any] = {}
        self._dicts: dict[int, dict[str, Any]] = before._dicts if before else {}
        self._instance: Any = before._instance if before else None

    # -- the two halves -----------------------------------------------------------------------

    def forward(self) -> bool:
        """Make the instance, call the first function, take what it returns; False if that is
        nothing, as of a stub.
        """
        if self._code.cls is not None and self._instance is None:
            self._instance = self._made()
        arguments = [self._argument(i, a) for i, a in enumerate(self._map.arguments)]
        returned = self._called(0, arguments, self._map.arguments)
        if self._map.returns and (returned is None or returned is NotImplemented):
            return False
        self._take(0, self._map.returns, returned)
        for i, argument in enumerate(self._map.arguments):
            if not isinstance(argument, str):
                outputs = {o.name for o in self._code.layer.outputs}
                left = {n: self._dicts[i].get(k) for k, n in argument.items() if n in outputs}
                self.results = {**left, **self.results}
        self._get()
        return True

    def backward(self, upstream: Mapping[str, Any]) -> None:
        """Call the second function with these cotangents of ours."""
        self.given |= upstream
        names = self._map.backward_arguments
        returned = self._called(1, [self._value(n) for n in names], names)
        if self._map.gradients:
            nothing = returned is None or returned is NotImplemented
            several = [None] * len(self._map.gradients)
            self._take(
                1, self._map.gradients, (several if several[1:] else None) if nothing else returned
            )
        self._get()

    def output(self, name: str) -> Any:
        """An output, or a gradient, as ours."""
        value = self.results.get(name)
        axes = self._map.axes.get(name)
        if axes is not None:
            value = ours(value, self._code.shapes[name], axes, self._like(name))
        batch = self._code.layer.inputs[0]
        array = self.given[batch.name] if name in (*self._map.averaged, *self._map.summed) else None
        if name in self._map.averaged:
            return times(value, len(array))  # type: ignore[arg-type]
        if name in self._map.summed and value is not None:
            return _divided(value, len(array) if batch.shape[:1] == "N" else np.size(array))  # type: ignore[arg-type]
        return value

    # -- what is handed over ------------------------------------------------------------------

    def _made(self) -> Any:
        new = self._map.new or ()
        owner = self._map.functions[0].rpartition(".")[0]
        self._must_take(self._code.cls, owner, new)
        instance = self._code.cls(*(self._own(name) for name in new))
        for name, path in self._map.set.items():
            at, last = _reached(instance, path)
            if isinstance(at, dict):
                at[last] = self._own(name)
            elif isinstance(at, list):
                at[int(last)] = self._own(name)
            else:
                setattr(at, last, self._own(name))
        return instance

    def _own(self, name: str) -> Any:
        """A value for an instance to keep: statistics are its own to overwrite."""
        value = self._value(name)
        running = {i.name for i in self._code.layer.inputs if i.constant}
        return np.array(value) if name in running else value

    def _argument(self, place: int, argument: Argument) -> Any:
        if isinstance(argument, str):
            return self._value(argument)
        if place not in self._dicts:  # of an optimizer it is the same at every step
            self._dicts[place] = {key: self._value(name) for key, name in argument.items()}
        return self._dicts[place]

    def _value(self, name: str) -> Any:
        """What a name of the mapping stands for, laid out as theirs."""
        for known in (self._map.constants, self.kept, self.results):
            if name in known:
                return known[name]
        if name == "p" and self._map.p == "drop":
            return 1 - self.given["p"]
        if name in self.given:
            return self._laid_out(name)
        if isinstance(self._code.layer.calling, Update) and name in self._map.returns:
            return self._before.kept[name] if self._before else np.zeros_like(self.given["w"])
        return self._sizes()[name]

    def _laid_out(self, name: str) -> Any:
        value, axes = self.given[name], self._map.axes.get(name)
        if axes is None:
            return value
        dtype = self.given[self._code.layer.differentiated[0].name].dtype
        below = self._sizes()[self._code.below[name]] if name in self._code.below else 0
        return theirs(value, self._code.shapes[name], axes, below, dtype)

    def _sizes(self) -> dict[str, int]:
        """Every size that an input shows."""
        found: dict[str, int] = {}
        for i in self._code.layer.inputs:
            symbols, shape = i.shape.split(), list(np.shape(self.given[i.name]))
            for place, symbol in enumerate(symbols):
                count = len(shape) - (len(symbols) - place - 1) if symbol.startswith("*") else 1
                found[symbol.strip("*|")] = int(np.prod(shape[:count]))
                del shape[:count]
        return found

    def _like(self, name: str) -> tuple[int, ...] | None:
        """The shape that a quantity has, if an input has the same one."""
        shape = self._code.shapes[name]
        same = [i.name for i in self._code.layer.inputs if i.shape == shape]
        own = name[1:] if name[1:] in self.given and name not in self.given else ""
        found = own or next(iter(same), "")
        return np.shape(self.given[found]) if found else None

    # -- what comes back ----------------------------------------------------------------------

    def _called(self, which: int, arguments: Sequence[Any], names: Sequence[Argument]) -> Any:
        name = self._map.functions[which]
        function = self._code.functions[which]
        if self._instance is not None:
            function = getattr(self._instance, name.rpartition(".")[2])
        if function is None:
            raise NoAnswerError("unfinished", "is not defined", name)
        self._must_take(function, name, names)
        return function(*arguments)

    def _must_take(self, function: Any, name: str, names: Sequence[Argument]) -> None:
        if takes(function, len(names)):
            return
        called = listed(n if isinstance(n, str) else "{…}" for n in names)
        raise NoAnswerError(
            "signature",
            f"takes {inspect.signature(function)}, and is called with {called}, as {NAME} says: it "
            "is not judged",
            name,
        )

    def _take(self, which: int, names: Sequence[str], returned: Any) -> None:
        """What was returned, by name; of an optimizer and of a forward also what it keeps."""
        if not names:
            return
        several = isinstance(returned, (tuple, list))
        if len(names) == 1:
            values, fits = [returned], not isinstance(returned, tuple)
        else:
            values, fits = returned, several and len(returned) == len(names)
        if not fits:
            raise NoAnswerError(
                "arity",
                f"must return {result(names)}, as {NAME} says, but returned {described(returned)}",
                self._map.functions[which],
            )
        ours_too = {*self._code.layer.quantities, "next_w", "config", "_"}
        for name, value in zip(names, values, strict=True):
            (self.results if name in ours_too else self.kept)[name] = value

    def _get(self) -> None:
        """What is found in the instance by now; nothing there is as good as None."""
        for name, path in self._map.get.items():
            at, last = _reached(self._instance, path)
            self.results[name] = _part(at, last)


def _given(layer: Layer, arguments: Sequence[Any]) -> dict[str, Any]:
    """Every array and option by its name, also those in dicts, and these."""
    if isinstance(layer.calling, Update):
        return dict(zip(("w", "dw"), arguments, strict=True))
    given: dict[str, Any] = {}
    for a, value in zip(layer.arguments, arguments, strict=True):
        if not isinstance(a, Bundle):
            given[a] = value
            continue
        entries = {**{n: n for n in (*a.holds, *a.fixed)}, **a.renamed}
        given |= {name: value[key] for key, name in entries.items()}
        given[a.name] = value
    return given


def _reached(instance: Any, path: str) -> tuple[Any, str]:
    """What a path's last part is to be looked up in, and that part."""
    *way, last = path.split(".")
    at = instance
    for part in way:
        at = _part(at, part)
    return at, last


def _part(of: Any, name: str) -> Any:
    """An entry of a dict, an element of a list, an attribute; None if it is not there."""
    if isinstance(of, Mapping):
        return of.get(name)
    if isinstance(of, (list, tuple)):
        return of[int(name)] if name.isdecimal() and int(name) < len(of) else None
    return getattr(of, name, None)


def _divided(value: Any, count: int) -> Any:
    """A sum's mean; of no examples as NumPy has it."""
    is_number = isinstance(value, (np.ndarray, np.generic, int, float))
    return np.true_divide(value, count) if is_number else value
