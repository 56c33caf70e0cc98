"""A forward and a backward, with a cache between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from crosscheck.attempt import NoAnswerError
from crosscheck.calling.arguments import Bundle, Given, arguments_of, listed, names_of
from crosscheck.calling.base import Calling, Watch
from crosscheck.calling.cache import arrays_in
from crosscheck.calling.returned import Results, described, named, result, taken

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate
    from crosscheck.layer import Layer


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
            f"{layer.functions[0]}{listed(names_of(layer))} -> {listed([*outputs, 'cache'])}",
            f"{layer.functions[-1]}{listed([*upstream, 'cache'])} -> {result(layer.gradients)}",
        )[: len(layer.functions)]

    def run(
        self, candidate: Candidate, given: Given, watch: Watch, pause: Callable[[], bool]
    ) -> None:
        """The forward, then the backward with its cache."""
        layer, names = candidate.layer, candidate.names
        with watch(names[0], given.inputs) as results:
            cache = _forward(candidate, given, results)
        pause()
        if layer.gradients:
            inputs = set(map(id, given.inputs.values()))
            kept = {f"cache[{i}]": a for i, a in enumerate(arrays_in(cache)) if id(a) not in inputs}
            with watch(names[1], given.inputs | given.cotangents | kept) as results:
                returned = candidate.call(names[1], *given.cotangents.values(), cache)
                results.update(taken(names[1], layer.gradients, returned))


def _forward(candidate: Candidate, given: Given, results: Results) -> Any:
    """Call the forward, take its outputs, and return its cache."""
    layer, name = candidate.layer, candidate.names[0]
    arguments = arguments_of(layer, _shaped_as_kept(candidate, given))
    left_in = {output: arguments[i] for i, b in layer.bundles for output in b.returns}
    outputs = [o.name for o in layer.outputs if o.name not in left_in]
    returned = candidate.call(name, *arguments)
    if not isinstance(returned, (tuple, list)) or len(returned) != len(outputs) + 1:
        raise NoAnswerError(
            "arity",
            f"must return {listed([*outputs, 'cache'])}, but returned {described(returned)}",
            name,
        )
    results.update(named(name, outputs, returned[:-1]))
    if left_in:
        results.update(named(name, left_in, (v.get(o) for o, v in left_in.items())))
    return returned[-1]


def _shaped_as_kept(candidate: Candidate, given: Given) -> Given:
    """With the running statistics of images in the shape in which a candidate itself keeps them.

    Who keeps (1, C, 1, 1) has never seen (C,), which fits rows of features but no images: so it is
    called once without any, and what it leaves says their shape. Only axes of length 1 may differ.
    """
    layer = candidate.layer
    bundles = [b for _, b in layer.bundles if b.returns]
    if not bundles or np.ndim(next(iter(given.inputs.values()))) < 4:
        return given
    own = {name: np.array(array) for name, array in given.inputs.items()}
    values = {**given.options, **own}
    firsts = {b.name: b.first(values) for b in bundles}
    arguments = arguments_of(layer, replace(given, inputs=own))
    for i, name in enumerate(names_of(layer)):
        arguments[i] = firsts.get(name, arguments[i])
    try:
        candidate.call(candidate.names[0], *arguments)
    except NoAnswerError:
        return given  # which is told of the call that counts
    inputs = dict(given.inputs)
    for bundle in bundles:
        for name in bundle.returns:
            inputs[name] = _reshaped(inputs[name], firsts[bundle.name].get(name))
    return replace(given, inputs=inputs)


def _reshaped(array: np.ndarray, like: Any) -> np.ndarray:
    """A view of the shape of ``like``, if that differs in axes of length 1 only."""
    if type(like) is not np.ndarray or [n for n in like.shape if n != 1] != [
        n for n in array.shape if n != 1
    ]:
        return array
    return array.reshape(like.shape)
