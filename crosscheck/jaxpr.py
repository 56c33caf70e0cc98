"""Reads a reference's VJP as a jaxpr and interprets it once, in NumPy, for its rounding bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
    known: dict[Any, Number] = dict(zip(jaxpr.invars, arguments, strict=True))
    known.update(
        zip(jaxpr.constvars, (_number(arithmetic.constant, c) for c in consts), strict=True)
    )

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
        known.update(zip(equation.outvars, results, strict=True))
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
    # Indices are computed from exact integers: only elementwise operations can be ambiguous.
    ambiguous = reduce(np.logical_or, unsure) if any(u.any() for u in unsure) else np.array(False)
    return Discrete(value, np.broadcast_to(ambiguous, value.shape))


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
        return Discrete(a.value.sum(axes), np.asarray(a.ambiguous.any(axes)))
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


def _slice(part: Array, params: Params) -> Array:
    steps = params["strides"] or (1,) * part.ndim
    limits = zip(params["start_indices"], params["limit_indices"], steps, strict=True)
    return part[tuple(slice(*limit) for limit in limits)]


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
    ("slice", _slice),
    ("stop_gradient", lambda part, params: part),
    ("copy", lambda part, params: part),
):
    _structural(_name, _move)


@_rule("concatenate")
def _concatenate(arithmetic: Arithmetic, params: Params, *operands: Number) -> Number:
    axis = params["dimension"]
    reals = [o for o in operands if isinstance(o, Approx)]
    if not reals:
        return _discrete(lambda *values: np.concatenate(values, axis), *operands)
    return arithmetic.joined(reals, lambda parts: np.concatenate(parts, axis))


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


@dataclass(frozen=True)
class _Windows:
    """Which elements of an operand a gather reads, or a scatter adds to: at each start index a
    window of ``sizes``, as XLA's operation semantics define it.

    ``spanned``: the operand's dims that a window spans, laid out along ``axes`` of the result.
    ``starts``: the operand's dim that each entry of an index vector is for. ``batching``: pairs of
    an operand's dim and the index array's that run together.
    """

    sizes: Sequence[int]
    spanned: Sequence[int]
    axes: Sequence[int]
    starts: Sequence[int]
    batching: Sequence[tuple[int, int]]
    clip: bool

    def places(self, shape: Sequence[int], index: Array) -> tuple[Array, Array]:
        """For each element of the result, its place in the flattened operand, and whether it lies
        inside it at all. ``index``: (…batch, index vector).
        """
        batch_shape = index.shape[:-1]
        rank = len(batch_shape) + len(self.spanned)
        batch_axes = [d for d in range(rank) if d not in self.axes]
        lengths = dict(zip(batch_axes, batch_shape, strict=True))
        lengths |= {a: self.sizes[d] for a, d in zip(self.axes, self.spanned, strict=True)}

        def along(axes: Sequence[int], values: Array) -> Array:
            aligned = [1] * rank
            for axis, size in zip(axes, values.shape, strict=True):
                aligned[axis] = size
            return values.reshape(aligned)

        at: list[Any] = [0] * len(shape)
        inside: Any = True
        for position, d in enumerate(self.starts):
            begin = along(batch_axes, index[..., position].astype(np.int64))
            last = shape[d] - self.sizes[d]
            if self.clip:
                begin = np.clip(begin, 0, last)
            inside = inside & (begin >= 0) & (begin <= last)
            at[d] = at[d] + begin
        for d, batch in self.batching:
            at[d] = at[d] + along([batch_axes[batch]], np.arange(shape[d]))
        for axis, d in zip(self.axes, self.spanned, strict=True):
            at[d] = at[d] + along([axis], np.arange(self.sizes[d]))
        flat: Any = 0
        for d, size in enumerate(shape):
            flat = flat * size + at[d]
        result_shape = [lengths[axis] for axis in range(rank)]
        return np.broadcast_to(flat, result_shape), np.broadcast_to(inside, result_shape)


@_rule("gather")
def _gather(arithmetic: Arithmetic, params: Params, a: Number, index: Discrete) -> Number:
    numbers, sizes = params["dimension_numbers"], tuple(params["slice_sizes"])
    gone = (*numbers.collapsed_slice_dims, *numbers.operand_batching_dims)
    flat, inside = _Windows(
        sizes,
        [d for d in range(len(sizes)) if d not in gone],
        numbers.offset_dims,
        numbers.start_index_map,
        list(zip(numbers.operand_batching_dims, numbers.start_indices_batching_dims, strict=True)),
        "CLIP" in str(params["mode"]),
    ).places(a.value.shape, index.value)
    if not inside.all():
        raise DescriptionError("A reference reads outside an array, where frameworks differ.")
    return a.map(lambda part: part.reshape(-1)[flat])


@_rule("scatter-add")
def _scatter_add(
    arithmetic: Arithmetic, params: Params, a: Number, index: Discrete, b: Number
) -> Number:
    numbers, shape = params["dimension_numbers"], a.value.shape
    gone = (*numbers.inserted_window_dims, *numbers.operand_batching_dims)
    spanned = [d for d in range(len(shape)) if d not in gone]
    sizes = [1] * len(shape)
    for d, axis in zip(spanned, numbers.update_window_dims, strict=True):
        sizes[d] = b.value.shape[axis]
    flat, inside = _Windows(
        sizes,
        spanned,
        numbers.update_window_dims,
        numbers.scatter_dims_to_operand_dims,
        list(
            zip(numbers.operand_batching_dims, numbers.scatter_indices_batching_dims, strict=True)
        ),
        "CLIP" in str(params["mode"]),
    ).places(shape, index.value)

    def add_at(onto: Array, updates: Array) -> Array:
        result = np.array(np.broadcast_to(onto, shape), order="C")
        # XLA drops updates that do not lie inside.
        np.add.at(result.reshape(-1), flat[inside], np.broadcast_to(updates, flat.shape)[inside])
        return result

    if isinstance(a, Discrete) or isinstance(b, Discrete):
        return _discrete(lambda onto, _, updates: add_at(onto, updates), a, index, b)
    return arithmetic.scatter_add(a, add_at, b)


@_rule("iota")
def _iota(arithmetic: Arithmetic, params: Params) -> Number:
    shape, axis = params["shape"], params["dimension"]
    along = [-1 if i == axis else 1 for i in range(len(shape))]
    steps = np.arange(shape[axis], dtype=params["dtype"]).reshape(along)
    return _number(arithmetic.exact, np.broadcast_to(steps, shape))
