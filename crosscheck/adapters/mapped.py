"""Code as a ``crosscheck.toml`` maps it: a course's own names, orders, layouts and conventions."""

from __future__ import annotations

import contextlib
import difflib
import inspect
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from crosscheck.adapters.mapped_call import Call, Code, found_at
from crosscheck.attempt import Function
from crosscheck.calling import Bundle, Loss, Model, Update
from crosscheck.candidate import Candidate
from crosscheck.config import LayerMap
from crosscheck.config.fixed import allows
from crosscheck.layer import Layer

Namespace = Mapping[str, Any]


def candidates(
    maps: Iterable[LayerMap], namespace: Namespace, layers: Mapping[str, Layer]
) -> list[Candidate]:
    """Those of the mapped layers of which the target has the forward."""
    return [
        _candidate(m, layers[m.layer], namespace)
        for m in maps
        if m.layer in layers and not lacking(m, namespace)
    ]


def absent(maps: Iterable[LayerMap], namespace: Namespace) -> list[str]:
    """What to say of the mapped layers of which it has not."""
    return [
        f"{m.layer} is not there, for the target has no {name}.{_near(name, namespace)}"
        for m in maps
        if (name := lacking(m, namespace))
    ]


def lacking(mapping: LayerMap, namespace: Namespace) -> str:
    """The forward, or the one function, of a mapping if a target does not have it."""
    first = mapping.functions[0]
    return "" if callable(found_at(namespace, first)) else first


def _near(name: str, namespace: Namespace) -> str:
    owner, _, method = name.rpartition(".")
    cls = namespace.get(owner)
    if isinstance(cls, type):
        near = difflib.get_close_matches(method, dir(cls), 1)
        return f" Did you mean {owner}.{near[0]}?" if near else ""
    there = [n for n, value in namespace.items() if callable(value)]
    near = difflib.get_close_matches(owner or name, there, 1)
    return f" Did you mean {near[0]}?" if near else ""


def _candidate(mapping: LayerMap, layer: Layer, namespace: Namespace) -> Candidate:
    code = Code(mapping, layer, namespace)
    made = _made(layer, code)
    first, *rest = mapping.functions
    called = (first.rpartition(".")[0],) if isinstance(layer.calling, Model) else (first, *rest)
    functions = {}
    for name, function, written in zip(called, made, code.functions, strict=False):
        if written is not None:  # else it is not there yet
            function.__wrapped__ = written  # type: ignore[attr-defined]
            functions[name] = function
    called = called[: len(made)]  # of a loss in two parts the first is named
    own = called == layer.functions
    return Candidate(
        layer,
        functions,
        layer.name if own else f"{layer.name}:{first.rpartition('.')[0] or first}",
        called,
        partial(allowed, mapping),
        tuple(mapping.conventions),
        adapted=True,
    )


def allowed(mapping: LayerMap, **dims: Any) -> bool:
    """A mean over no examples is nobody's to give."""
    return allows(mapping.fixed, dims) and not (mapping.averaged and dims["N"] == 0)


def _made(layer: Layer, code: Code) -> tuple[Function, ...]:
    """The layer's own functions, by way of theirs."""
    if isinstance(layer.calling, Model):
        return (_model(code),)
    if isinstance(layer.calling, Update):
        return (_update(code),)
    if isinstance(layer.calling, Loss):
        return (_loss(layer, code),)
    return _pair(layer, code)[: len(layer.functions)]


def _pair(layer: Layer, code: Code) -> tuple[Function, ...]:
    left_in = {o: a.name for a in layer.arguments if isinstance(a, Bundle) for o in a.returns}

    def forward(*arguments: Any) -> Any:
        call = Call(code, arguments)
        if not call.forward():
            return None
        for output, name in left_in.items():
            if output in call.results:
                call.given[name][output] = call.output(output)
        outputs = (call.output(o.name) for o in layer.outputs if o.name not in left_in)
        # What they keep is to be left as it is; what is in an instance is its own affair.
        return (*outputs, (call, call.kept))

    def backward(*arguments: Any) -> Any:
        *upstream, (call, _) = arguments
        call.backward(dict(zip(("d" + o.name for o in layer.upstream), upstream, strict=True)))
        gradients = tuple(call.output(name) for name in layer.gradients)
        return gradients[0] if len(gradients) == 1 else gradients

    return forward, backward


def _loss(layer: Layer, code: Code) -> Function:
    def loss(*arguments: Any) -> Any:
        call = Call(code, arguments)
        if not call.forward():
            return None
        if len(code.functions) > 1:
            call.backward({})
        return tuple(call.output(name) for name in layer.quantities)

    return loss


# Under this name, between steps, config holds what is not theirs.
_STEP = "crosscheck: the step before"


def _update(code: Code) -> Function:
    """One step. ``config`` begins as the options, and is theirs if they return one."""

    def update(w: Any, dw: Any, config: dict[str, Any]) -> Any:
        before = config.pop(_STEP, None)
        step = Call(code, (w, dw), config, before)
        if not step.forward():
            return None
        new = step.results.get("config", config)
        if not isinstance(new, dict):
            return step.results.get("next_w", w), new
        return step.results.get("next_w", w), {**new, _STEP: step}

    return update


def _model(code: Code) -> Function:
    """The class, with a method ``loss`` that takes and returns in the catalogue's order."""
    mapping = code.mapping
    method = mapping.functions[0].rpartition(".")[2]

    def make(*arguments: Any, **options: Any) -> Any:
        return _Model(code.cls(*arguments, **options), method, mapping)

    with contextlib.suppress(TypeError, ValueError):  # Python cannot tell
        make.__signature__ = inspect.signature(code.cls)  # type: ignore[attr-defined]
    return make


class _Model:
    """An instance of theirs, as ``crosscheck.calling.Model`` asks it."""

    def __init__(self, of: Any, method: str, mapping: LayerMap) -> None:
        self._of, self._method, self._map = of, method, mapping

    @property
    def params(self) -> Any:
        """Theirs."""
        return getattr(self._of, "params", None)

    def loss(self, X: Any, y: Any = None) -> Any:
        """Without ``y`` the scores; else the loss and the gradients."""
        values = {"X": X, "y": y}
        arguments = [values[str(name)] for name in self._map.arguments]
        while arguments and arguments[-1] is None:
            arguments.pop()
        returned = getattr(self._of, self._method)(*arguments)
        names = self._map.returns
        if y is None or not isinstance(returned, tuple) or len(returned) != len(names):
            return returned
        found = dict(zip(names, returned, strict=True))
        return found["loss"], found["grads"]
