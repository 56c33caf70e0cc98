"""A class of the course, with parameters by name and a method ``loss``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crosscheck.attempt import NoAnswerError, attempt
from crosscheck.calling.arguments import Arrays, Given
from crosscheck.calling.base import Calling, Watch
from crosscheck.calling.returned import described, named, taken

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate
    from crosscheck.layer import Layer


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
        self, candidate: Candidate, given: Given, watch: Watch, pause: Callable[[], bool]
    ) -> None:
        """A new instance with the case's parameters: its scores, if asked for, then its loss."""
        layer, name = candidate.layer, candidate.names[0]
        method = f"{name}.loss"
        data, params = dict(given.inputs), {}
        for i in layer.differentiated:
            params[i.name] = data.pop(i.name)
        x, y = data["X"], data["y"]
        sizes = {**given.sizes, "dtype": np.asarray(x).dtype}
        model = _built(name, candidate.functions[name], self.build, sizes)
        _set_params(candidate, model, params)
        loss = attempt(method, lambda: model.loss)
        with watch(method, given.inputs) as results:
            if "scores" in layer.quantities:
                results["scores"] = _asked(method, loss, X=x)
            if pause():  # what one call leaves in the instance, the next must not see
                _asked(method, loss, X=np.array(x), y=np.array(y))
            returned = _asked(method, loss, X=x, y=y)
            results["loss"], grads = taken(method, ("loss", "grads"), returned).values()
            if not isinstance(grads, Mapping):
                raise NoAnswerError(
                    "arity", f"must return grads as a dict, but it is {described(grads)}", method
                )
            results.update(named(method, layer.gradients, (grads.get(p) for p in params)))


def _built(name: str, cls: Any, build: Callable[..., Any], sizes: Mapping[str, Any]) -> Any:
    """An instance of these sizes. Raises NoAnswerError, "signature" if it cannot be made so."""
    arguments, options = build(lambda *a, **o: (a, o), sizes)
    try:
        inspect.signature(cls, follow_wrapped=False).bind(*arguments, **options)
    except TypeError as error:
        raise NoAnswerError(
            "signature",
            f"cannot be made as the course does ({error}): it is not judged",
            name,
        ) from None
    except ValueError:  # Python cannot tell
        pass
    return attempt(name, lambda: cls(*arguments, **options))


def _asked(method: str, loss: Callable[..., Any], **given: np.ndarray) -> Any:
    """What ``loss`` returns. Raises NoAnswerError, "signature" if it takes other arguments."""
    try:
        return attempt(method, loss, *given.values())
    except NoAnswerError as error:
        if error.kind != "misfit":
            raise
        message = f"{error}, and is called as loss({', '.join(given)}): it is not judged"
        raise NoAnswerError("signature", message, method) from None


def _set_params(candidate: Candidate, model: Any, params: Arrays) -> None:
    """Put a case's parameters in the place of theirs, of the same names and shapes."""
    name = candidate.names[0]
    theirs = attempt(name, lambda: getattr(model, "params", None) or {})
    if isinstance(theirs, dict) and not theirs:
        raise NoAnswerError("unfinished", "has no params yet", name)
    if isinstance(theirs, dict) and set(theirs) < set(params):
        lacking = ", ".join(p for p in params if p not in theirs)
        raise NoAnswerError("unfinished", f"has no {lacking} in its params yet", name)
    if not isinstance(theirs, dict) or set(theirs) != set(params):
        has = ", ".join(map(str, theirs)) if isinstance(theirs, dict) else described(theirs)
        raise NoAnswerError(
            "params", f"must have the params {', '.join(params)}, but has {has}", name
        )
    for param, array in params.items():
        shape = attempt(name, lambda p=param: np.shape(theirs[p]))
        if shape != np.shape(array):
            raise NoAnswerError(
                "params",
                f"makes {param} of shape {shape}, not {np.shape(array)}",
                name,
                "d" + param,
            )
    theirs.update(params)
