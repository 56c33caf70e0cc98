"""JAX: a reference and its derivative by jax.vjp, compiled; and its jaxpr, for the bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import jax
import numpy as np

from crosscheck.frameworks import dtype_of
from crosscheck.layer import Arrays, Layer

Options = Mapping[str, Any]

# Each program runs a few times on small arrays: compiling it quickly is worth more than its speed.
_COMPILE_QUICKLY = {
    "xla_backend_optimization_level": 0,
    "xla_llvm_disable_expensive_passes": True,
}


def vjp(
    layer: Layer, options: Options, inputs: Arrays, cotangents: Arrays
) -> dict[str, np.ndarray]:
    """The outputs and, as ``dx`` and so on, the inputs' cotangents, by their names.

    The dtype is that of the float inputs; what comes back in another is an AssertionError.
    """
    with jax.enable_x64(True):  # for our own computation only; without it float64 becomes float32
        program = _program(layer, tuple(options.items()))
        results = program(tuple(inputs.values()), tuple(cotangents.values()))
        arrays = dict(zip(layer.quantities, map(np.asarray, results), strict=True))
    expected = dtype_of(inputs)
    for name, array in arrays.items():
        assert array.dtype == expected, f"JAX turned {name} of {layer.name} into {array.dtype}"
    return arrays


def jaxprs(layer: Layer, options: Options, inputs: Arrays, cotangents: Arrays) -> list[Any]:
    """For each accepted formula the jaxpr of its VJP in float64, at these shapes.

    Its arguments are the inputs, then the cotangents.
    """
    kinds = tuple(
        tuple((a.shape, a.dtype) for a in arrays.values()) for arrays in (inputs, cotangents)
    )
    return [_traced(layer, formula, tuple(options.items()), kinds) for formula in layer.jax]


@cache
def _traced(
    layer: Layer, formula: Callable[..., Any], options: Sequence[Any], kinds: Sequence[Any]
) -> Any:
    inputs, cotangents = (
        tuple(jax.ShapeDtypeStruct(*kind) for kind in of_arrays) for of_arrays in kinds
    )
    with jax.enable_x64(True):
        return jax.make_jaxpr(_vjp_of(layer, formula, dict(options)))(inputs, cotangents)


@cache
def _program(layer: Layer, options: Sequence[Any]) -> Callable[..., Any]:
    run = _vjp_of(layer, layer.jax[0], dict(options))
    return jax.jit(run, compiler_options=_COMPILE_QUICKLY)


def _vjp_of(layer: Layer, formula: Callable[..., Any], options: Options) -> Callable[..., Any]:
    wanted = [n for n, i in enumerate(layer.inputs) if i.differentiated]
    upstream = [n for n, o in enumerate(layer.outputs) if o in layer.upstream]

    def run(inputs: tuple[Any, ...], cotangents: tuple[Any, ...]) -> tuple[Any, ...]:
        def forward(*primals: Any) -> tuple[Any, Any]:
            arguments = list(inputs)
            for n, primal in zip(wanted, primals, strict=True):
                arguments[n] = primal
            outputs = formula(*arguments, **options)
            outputs = outputs if isinstance(outputs, tuple) else (outputs,)
            return tuple(outputs[n] for n in upstream), outputs

        if not upstream:
            return tuple(forward()[1])
        _, pullback, outputs = jax.vjp(forward, *(inputs[n] for n in wanted), has_aux=True)
        return (*outputs, *pullback(cotangents))

    return run


@contextmanager
def compiled_programs_in(folder: Path) -> Iterator[None]:
    """Keep compiled programs in this folder while it lasts, unless the user has one already."""
    from jax.experimental.compilation_cache import compilation_cache

    if jax.config.jax_compilation_cache_dir:
        yield
        return
    ours: dict[str, Any] = {
        "jax_compilation_cache_dir": str(folder),
        "jax_persistent_cache_min_compile_time_secs": 0.0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    before = {name: getattr(jax.config, name) for name in ours}
    try:
        for name, value in ours.items():
            jax.config.update(name, value)
        compilation_cache.reset_cache()
        yield
    finally:
        for name, value in before.items():
            jax.config.update(name, value)
        compilation_cache.reset_cache()
