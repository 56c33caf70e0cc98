"""Reads a reference's VJP as a jaxpr and interprets it once, in NumPy, for its rounding bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from crosscheck.dtypes import Format
from crosscheck.errors import DescriptionError
from crosscheck.rounding import FUNCTIONS, Approx, Arithmetic, Array, Discrete, Number

Params = Mapping[str, Any]
Rule = Callable[..., Number]
RULES: dict[str, Rule] = {}
# Primitives that only call another jaxpr, and the parameter that holds it.
_CALLS = {
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "closed_call": "call_jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
    "remat2": "jaxpr",
}


def interpret(closed: Any, arrays: Sequence[Array], fmt: Format) -> list[Approx]:
    """The values of a ``jax.extend.core.ClosedJaxpr`` and how far ``fmt`` may be off, element by
    element. ``arrays`` are its arguments, exact in ``fmt``.

    Raises DescriptionError for a primitive without a rule.
    """
    arithmetic = Arithmetic(fmt)
    arguments = [_number(arithmetic.exact, a) for a in arrays]
    with np.errstate(all="ignore"):
        results = _run(arithmetic, closed.jaxpr, closed.consts, arguments)
        return [arithmetic.finalise(r) for r in results if isinstance(r, Approx)]


def _run(
    arithmetic: Arithmetic, jaxpr: Any, consts: Sequence[Array], arguments: Sequence[Number]
) -> list[Number]:
    known: dict[Any, Number] = dict(zip(jaxpr.invars, arguments))
    known.update(zip(jaxpr.constvars, (_number(arithmetic.constant, c) for c in consts)))

    def read(atom: Any) -> Number:
        # A Literal carries its value; a Var was computed before.
        return _number(arithmetic.constant, atom.val) if hasattr(atom, "val") else known[atom]

    for equation in jaxpr.eqns:
        name, operands = equation.primitive.name, [read(a) for a in equation.invars]
        if name in _CALLS:
            inner = equation.params[_CALLS[name]]
            results = _run(
                arithmetic, getattr(inner, "jaxpr", inner), getattr(inner, "consts", ()), operands
            )
        elif name in RULES:
            results = [RULES[name](arithmetic, equation.params, *operands)]
        else:
            raise DescriptionError(
                f"The rounding bound has no rule for the JAX primitive {name!r}. "
                "Add one to crosscheck/jaxpr.py, or write the reference with other operations."
            )
        known.update(zip(equation.outvars, results))
    return [read(a) for a in jaxpr.outvars]


def _number(approximate: Callable[[Array], Approx], values: Array) -> Number:
    values = np.asarray(values)
    if values.dtype.kind in "biu":
        return Discrete(values, np.zeros(values.shape, bool))
    return approximate(values.astype(np.float64))


def _rule(*names: str) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, rule))
        return rule

    return register


# -- arithmetic: real numbers by the rounding rules, integers by NumPy ----------------------------


def _arithmetic(name: str, real: str, integer: Callable[..., Array]) -> None:
    def rule(arithmetic: Arithmetic, params: Params, *operands: Number) -> Number:
        if isinstance(operands[0], Discrete):
            return _discrete(integer, *operands)
        result: Number = getattr(arithmetic, real)(*operands)
        return result

    RULES[name] = rule


def _discrete(function: Callable[..., Array], *operands: Number) -> Discrete:
    unsure = [o.ambiguous for o in operands if isinstance(o, Discrete)]
    value = np.asarray(function(*(o.value for o in operands)))
    return Discrete(value, np.broadcast_to(reduce(np.logical_or, unsure), value.shape))


for _name, _real, _integer in (
    ("add", "add", np.add),
    ("add_any", "add", np.add),
    ("sub", "subtract", np.subtract),
    ("mul", "multiply", np.multiply),
    ("div", "divide", np.floor_divide),
    ("neg", "negate", np.negative),
    ("abs", "absolute", np.abs),
    ("sign", "sign", np.sign),
):
    _arithmetic(_name, _real, _integer)


def _function(name: str) -> None:
    RULES[name] = lambda arithmetic, params, a: arithmetic.function(name, a)


for _name in FUNCTIONS:
    _function(_name)


@_rule("square")
def _square(arithmetic: Arithmetic, params: Params, a: Approx) -> Approx:
    return arithmetic.power(a, 2)


@_rule("integer_pow")
def _integer_pow(arithmetic: Arithmetic, params: Params, a: Approx) -> Approx:
    return arithmetic.power(a, params["y"])


@_rule("reduce_sum")
def _reduce_sum(arithmetic: Arithmetic, params: Params, a: Number) -> Number:
    axes = tuple(params["axes"])
    if isinstance(a, Discrete):
        return _discrete(lambda v: v.sum(axes), a)
    return arithmetic.total(a, axes)


@_rule("dot_general")
def _dot_general(arithmetic: Arithmetic, params: Params, a: Approx, b: Approx) -> Approx:
    (contract_a, contract_b), (batch_a, batch_b) = params["dimension_numbers"]
    length = np.prod([a.value.shape[i] for i in contract_a])
    free = len(batch_a), len(contract_a)

    def product(x: Array, y: Array) -> Array:
        rows, columns = (
            _batch_free_contracted(v, batch, contract)
            for v, batch, contract in ((x, batch_a, contract_a), (y, batch_b, contract_b))
        )
        batch, shape_x, shape_y = (
            rows.shape[: free[0]],
            rows.shape[free[0] : rows.ndim - free[1]],
            columns.shape[free[0] : columns.ndim - free[1]],
        )
        flat = (*batch, -1, int(length)) if length and rows.size and columns.size else None
        if flat is None:
            return np.zeros(batch + shape_x + shape_y)
        result = rows.reshape(flat) @ np.swapaxes(columns.reshape(flat), -1, -2)
        return np.asarray(result.reshape(batch + shape_x + shape_y))

    return arithmetic.contract(a, b, product, length)


def _batch_free_contracted(v: Array, batch: Sequence[int], contracted: Sequence[int]) -> Array:
    free = [i for i in range(v.ndim) if i not in batch and i not in contracted]
    return np.transpose(v, [*batch, *free, *contracted])


# -- comparisons and choices ----------------------------------------------------------------------


def _comparison(name: str, relation: Callable[[Array, Array], Array]) -> None:
    def rule(arithmetic: Arithmetic, params: Params, a: Number, b: Number) -> Number:
        if isinstance(a, Approx) and isinstance(b, Approx):
            return arithmetic.compare(relation, a, b)
        return _discrete(relation, a, b)

    RULES[name] = rule


for _name, _relation in (
    ("eq", np.equal),
    ("ne", np.not_equal),
    ("lt", np.less),
    ("le", np.less_equal),
    ("gt", np.greater),
    ("ge", np.greater_equal),
    ("and", np.logical_and),
    ("or", np.logical_or),
):
    _comparison(_name, _relation)


@_rule("not")
def _not(arithmetic: Arithmetic, params: Params, a: Discrete) -> Number:
    return _discrete(np.logical_not, a)


@_rule("is_finite")
def _is_finite(arithmetic: Arithmetic, params: Params, a: Approx) -> Number:
    return Discrete(np.isfinite(a.value), np.zeros(a.value.shape, bool))


@_rule("max")
def _max(arithmetic: Arithmetic, params: Params, a: Approx, b: Approx) -> Approx:
    return arithmetic.extreme(np.maximum, a, b)


@_rule("min")
def _min(arithmetic: Arithmetic, params: Params, a: Approx, b: Approx) -> Approx:
    return arithmetic.extreme(np.minimum, a, b)


@_rule("reduce_max")
def _reduce_max(arithmetic: Arithmetic, params: Params, a: Approx) -> Approx:
    return arithmetic.extreme_of(np.max, a, tuple(params["axes"]))


@_rule("reduce_min")
def _reduce_min(arithmetic: Arithmetic, params: Params, a: Approx) -> Approx:
    return arithmetic.extreme_of(np.min, a, tuple(params["axes"]))


@_rule("select_n")
def _select_n(arithmetic: Arithmetic, params: Params, which: Discrete, *cases: Number) -> Number:
    reals = [c for c in cases if isinstance(c, Approx)]
    if reals:
        return arithmetic.select(which, reals)
    return _discrete(lambda w, *c: np.choose(w.astype(np.intp), c), which, *cases)


# -- structure: the same numbers in other places --------------------------------------------------


def _structural(name: str, move: Callable[[Array, Params], Array]) -> None:
    RULES[name] = lambda arithmetic, params, a: a.map(lambda part: move(part, params))


def _broadcast_in_dim(part: Array, params: Params) -> Array:
    shape = [1] * len(params["shape"])
    for axis, target in enumerate(params["broadcast_dimensions"]):
        shape[target] = part.shape[axis]
    return np.broadcast_to(part.reshape(shape), params["shape"])


for _name, _move in (
    ("reshape", lambda part, params: part.reshape(params["new_sizes"])),
    ("transpose", lambda part, params: part.transpose(params["permutation"])),
    ("squeeze", lambda part, params: part.squeeze(tuple(params["dimensions"]))),
    ("expand_dims", lambda part, params: np.expand_dims(part, tuple(params["dimensions"]))),
    ("rev", lambda part, params: np.flip(part, tuple(params["dimensions"]))),
    ("broadcast_in_dim", _broadcast_in_dim),
    ("stop_gradient", lambda part, params: part),
    ("copy", lambda part, params: part),
):
    _structural(_name, _move)


@_rule("convert_element_type")
def _convert(arithmetic: Arithmetic, params: Params, a: Number) -> Number:
    target = np.dtype(params["new_dtype"])
    if isinstance(a, Approx):
        if target != np.float64:
            raise DescriptionError(
                f"A reference turns its own dtype into {target}: its derivative cannot be bounded. "
                "Write it so that the dtype that comes in goes through."
            )
        return a
    if target.kind in "biu":
        return _discrete(lambda v: v.astype(target), a)
    number = arithmetic.exact(a.value.astype(np.float64))
    return Approx(
        number.value, a.ambiguous * 1.0, number.mass + a.ambiguous, number.terms, number.grid
    )


@_rule("gather")
def _gather(arithmetic: Arithmetic, params: Params, a: Number, start: Discrete) -> Number:
    numbers, sizes = params["dimension_numbers"], tuple(params["slice_sizes"])
    window = [
        d
        for d in range(len(sizes))
        if d not in numbers.collapsed_slice_dims and d not in numbers.operand_batching_dims
    ]
    flat, inside = _flat_indices(
        a.value.shape,
        start.value,
        sizes,
        window,
        numbers.offset_dims,
        numbers.start_index_map,
        zip(numbers.operand_batching_dims, numbers.start_indices_batching_dims),
        "CLIP" in str(params["mode"]),
    )
    if not inside.all():
        raise DescriptionError("A reference reads outside an array, where frameworks differ.")
    return a.map(lambda part: part.reshape(-1)[flat])


@_rule("scatter-add")
def _scatter_add(
    arithmetic: Arithmetic, params: Params, a: Number, start: Discrete, b: Number
) -> Number:
    numbers, shape = params["dimension_numbers"], a.value.shape
    window = [
        d
        for d in range(len(shape))
        if d not in numbers.inserted_window_dims and d not in numbers.operand_batching_dims
    ]
    sizes = [1] * len(shape)
    for d, axis in zip(window, numbers.update_window_dims):
        sizes[d] = b.value.shape[axis]
    flat, inside = _flat_indices(
        shape,
        start.value,
        sizes,
        window,
        numbers.update_window_dims,
        numbers.scatter_dims_to_operand_dims,
        zip(numbers.operand_batching_dims, numbers.scatter_indices_batching_dims),
        "CLIP" in str(params["mode"]),
    )

    def add_at(onto: Array, updates: Array) -> Array:
        result = np.array(np.broadcast_to(onto, shape), order="C")
        np.add.at(result.reshape(-1), flat[inside], np.broadcast_to(updates, flat.shape)[inside])
        return result

    if isinstance(a, Discrete) or isinstance(b, Discrete):
        return _discrete(lambda x, s, y: add_at(x, y), a, start, b)
    return arithmetic.scatter_add(a, add_at, b)


def _flat_indices(
    shape: Sequence[int],
    start: Array,
    sizes: Sequence[int],
    window: Sequence[int],
    window_axes: Sequence[int],
    start_map: Sequence[int],
    batching: Any,
    clip: bool,
) -> tuple[Array, Array]:
    """Where in the flattened operand each element of a gather's result (a scatter's update) lies,
    and which of them lie inside it at all: XLA's gather, as its operation semantics define it.

    ``start``: (…batch, index vector). ``window``: the operand's dims that the slice spans, laid
    out along ``window_axes`` of the result.
    """
    batch_shape = start.shape[:-1]
    rank = len(batch_shape) + len(window)
    batch_axes = [d for d in range(rank) if d not in window_axes]
    result_shape = [0] * rank
    for axis, size in zip(batch_axes, batch_shape):
        result_shape[axis] = size
    for axis, d in zip(window_axes, window):
        result_shape[axis] = sizes[d]

    def along(axes: Sequence[int], values: Array) -> Array:
        aligned = [1] * rank
        for axis, size in zip(axes, values.shape):
            aligned[axis] = size
        return values.reshape(aligned)

    index: list[Array] = [np.zeros([1] * rank, np.int64) for _ in shape]
    inside = np.ones([1] * rank, bool)
    for position, d in enumerate(start_map):
        begin = along(batch_axes, start[..., position].astype(np.int64))
        last = shape[d] - sizes[d]
        if clip:
            begin = np.clip(begin, 0, last)
        inside = inside & (begin >= 0) & (begin <= last)
        index[d] = index[d] + begin
    for d, batch in batching:
        index[d] = index[d] + along([batch_axes[batch]], np.arange(shape[d]))
    for axis, d in zip(window_axes, window):
        index[d] = index[d] + along([axis], np.arange(sizes[d]))
    flat = np.zeros([1] * rank, np.int64)
    for d, size in enumerate(shape):
        flat = flat * size + index[d]
    return np.broadcast_to(flat, result_shape), np.broadcast_to(inside, result_shape)


@_rule("iota")
def _iota(arithmetic: Arithmetic, params: Params) -> Number:
    shape, axis = params["shape"], params["dimension"]
    along = [-1 if i == axis else 1 for i in range(len(shape))]
    steps = np.arange(shape[axis], dtype=params["dtype"]).reshape(along)
    return _number(arithmetic.exact, np.broadcast_to(steps, shape))
