"""A failing case as a few lines of NumPy, in the student's own names: to paste, and see it fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crosscheck.calling import Bundle, Calling, Loss, Model, Pair, Update
from crosscheck.oracle import Array
from crosscheck.recorded.literal import literal
from crosscheck.smallest.adapted import adapted
from crosscheck.smallest.shrink import Smallest
from crosscheck.smallest.written import imports, printed, printed_shape
from crosscheck.trial import Opaque

if TYPE_CHECKING:
    from crosscheck.candidate import Candidate


def snippet(smallest: Smallest, candidate: Candidate) -> str:
    """Python code that calls the candidate's functions as the check did, and prints what is wrong:
    ``print(dw)  # expected [[2.]], got [[6.]]``. It has a line for each array and each call.

    Of a candidate that an adapter made they are the adapter's calls; empty where these cannot be
    written down.
    """
    if candidate.adapted:
        return adapted(smallest, candidate)
    calling = candidate.layer.calling
    written = next(written for kind, written in _CALLS.items() if isinstance(calling, kind))
    calls = list(written(_Writer(smallest, candidate)))
    return "\n".join([*_imports(candidate, calls), "", *calls]) + "\n"


def _imports(candidate: Candidate, calls: Sequence[str]) -> Iterator[str]:
    """Of what is called."""
    names = [n for n in dict.fromkeys(candidate.names) if any(f"{n}(" in call for call in calls)]
    return imports((name, candidate.location(name).rpartition(":")[0]) for name in names)


class _Writer:
    """A smallest case, line by line. ``stops``: the function that gave no answer, if one did, and
    ``why``.
    """

    def __init__(self, smallest: Smallest, candidate: Candidate) -> None:
        self.smallest, self.candidate = smallest, candidate
        self.case, self.layer = smallest.case, candidate.layer
        self.drawn, self.names = smallest.drawn, candidate.names
        function, _, self.why = " ".join(smallest.finding.message.split()).partition(" ")
        fails = smallest.finding.kind in ("crash", "arity")
        self.stops = function.removesuffix(".loss") if fails else ""

    def arrays(self, arrays: Mapping[str, Array]) -> Iterator[str]:
        """An assignment for each."""
        for name, array in arrays.items():
            yield f"{name} = {literal(array)}"

    def arguments(self) -> tuple[list[str], list[str]]:
        """Lines that make the dicts, and what stands between the parentheses of the call."""
        options = {name: repr(value) for name, value in self.case.options.items()}
        lines, given = [], []
        for a in self.layer.arguments:
            if isinstance(a, Bundle):
                known = {n: options.get(n, n) for n in (*a.holds, *a.renamed.values())}
                lines.append(f"{a.name} = {_dict(a, known)}")
                given.append(a.name)
            else:
                given.append(options.get(a, a))
        return lines, given

    def call(self, name: str, results: Sequence[str], given: Iterable[str]) -> str:
        """``out, cache = name(x, …)``; where the function gives no answer, the reason behind it."""
        call = f"{name}({', '.join(given)})"
        return f"{call}  # {self.why}" if name == self.stops else f"{', '.join(results)} = {call}"

    def printed(self, what: str) -> str:
        """``print(dw)  # expected …, got …``"""
        smallest = self.smallest
        if isinstance(smallest.got, Opaque):
            return f"print({what})  # must be an array of floats, but is {smallest.got.kind}"
        if smallest.expected is None:
            return f"print({what})"
        if smallest.finding.kind == "shape":
            return printed_shape(what, smallest.got, smallest.expected)
        return printed(what, smallest.got, smallest.expected, smallest.index)


def _pair(w: _Writer) -> Iterator[str]:
    layer, quantity = w.layer, w.smallest.quantity
    bundles = [a for a in layer.arguments if isinstance(a, Bundle)]
    left_in = {output: a.name for a in bundles for output in a.returns}
    outputs = [o.name for o in layer.outputs if o.name not in left_in]
    lines, given = w.arguments()
    yield from w.arrays(w.drawn.inputs)
    yield from lines
    yield w.call(w.names[0], [*outputs, "cache"], given)
    if w.stops == w.names[0]:
        return
    if quantity in left_in:
        yield w.printed(f'{left_in[quantity]}["{quantity}"]')
    elif quantity in outputs:
        yield w.printed(quantity)
    else:
        yield from w.arrays(w.drawn.cotangents)
        yield w.call(w.names[1], layer.gradients, [*w.drawn.cotangents, "cache"])
        if not w.stops:
            yield w.printed(quantity)


def _loss(w: _Writer) -> Iterator[str]:
    lines, given = w.arguments()
    yield from w.arrays(w.drawn.inputs)
    yield from lines
    yield w.call(w.names[0], w.layer.quantities, given)
    if not w.stops:
        yield w.printed(w.smallest.quantity)


def _update(w: _Writer) -> Iterator[str]:
    yield f"w = {literal(w.drawn.inputs['w'])}"
    yield f"config = {_entries({n: repr(v) for n, v in w.case.options.items()})}"
    yield "next_w = []"
    yield f"for dw in {literal(w.drawn.inputs['dw'])}:"
    yield "    " + w.call(w.names[0], ["w", "config"], ["w", "dw", "config"])
    if not w.stops:
        yield "    next_w.append(np.array(w))"
        yield w.printed("np.array(next_w)")


def _model(w: _Writer) -> Iterator[str]:
    calling = w.layer.calling
    assert isinstance(calling, Model)
    yield f"model = {w.names[0]}({_making(calling, w)})"
    for name, array in w.drawn.inputs.items():
        target = f'model.params["{name}"]' if "d" + name in w.layer.gradients else name
        yield f"{target} = {literal(array)}"
    quantity = w.smallest.quantity
    if quantity == "scores":
        yield "scores = model.loss(X)"
    elif w.stops:
        yield f"model.loss(X, y)  # {w.why}"
        return
    else:
        yield "loss, grads = model.loss(X, y)"
    gradient = quantity in w.layer.gradients
    yield w.printed(f'grads["{quantity[1:]}"]' if gradient else quantity)


def _making(calling: Model, w: _Writer) -> str:
    """What the class is called with."""

    def noted(*arguments: Any, **named: Any) -> list[str]:
        named = {n: "np.float64" if n == "dtype" else repr(v) for n, v in named.items()}
        return [*map(repr, arguments), *(f"{n}={v}" for n, v in named.items())]

    sizes = {**w.case.sizes, "dtype": w.case.format.dtype}
    return ", ".join(calling.build(noted, sizes))


_CALLS: Mapping[type[Calling], Callable[[_Writer], Iterator[str]]] = {
    Pair: _pair,
    Loss: _loss,
    Update: _update,
    Model: _model,
}


def _dict(bundle: Bundle, known: Mapping[str, str]) -> str:
    entries = {**{name: name for name in bundle.holds}, **bundle.renamed}
    fixed = {key: f'"{value}"' for key, value in bundle.fixed.items()}
    return _entries({**fixed, **{key: known[name] for key, name in entries.items()}})


def _entries(entries: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'"{key}": {value}' for key, value in entries.items()) + "}"
