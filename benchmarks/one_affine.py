"""One affine layer, 16×64 → 64 in float64, written in NumPy: what it costs to check its gradients.

Prints a line of JSON: seconds by way of checking, the median of several runs.
"""

import json
import statistics
import time

import jax
import numpy as np
import torch
from jax.test_util import check_grads

from crosscheck.agreement import compute
from crosscheck.candidate import Candidate
from crosscheck.case import Case
from crosscheck.judging import check_case
from impl_numpy import affine_backward, affine_forward

jax.config.update("jax_enable_x64", True)
CASE = Case.parse("affine/float64/normal/N16-d64-M64/0")


def seconds(function, runs):
    """The median time of a call, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


class TorchAffine(torch.autograd.Function):
    """The NumPy layer as torch sees it."""

    @staticmethod
    def forward(ctx, x, w, b):
        out, ctx.cache = affine_forward(x.numpy(), w.numpy(), b.numpy())
        return torch.from_numpy(out)

    @staticmethod
    def backward(ctx, dout):
        return tuple(map(torch.from_numpy, affine_backward(dout.numpy(), ctx.cache)))


@jax.custom_vjp
def jax_affine(x, w, b):
    """The NumPy layer as JAX sees it."""
    shape = jax.ShapeDtypeStruct((x.shape[0], w.shape[1]), x.dtype)
    return jax.pure_callback(
        lambda *a: affine_forward(*map(np.asarray, a))[0], shape, x, w, b, vmap_method="sequential"
    )


def _jax_forward(x, w, b):
    return jax_affine(x, w, b), (x, w, b)


def _jax_backward(cache, dout):
    shapes = tuple(jax.ShapeDtypeStruct(a.shape, a.dtype) for a in cache)
    return jax.pure_callback(
        lambda d, *c: affine_backward(np.asarray(d), tuple(map(np.asarray, c))),
        shapes,
        dout,
        *cache,
        vmap_method="sequential",
    )


jax_affine.defvjp(_jax_forward, _jax_backward)


def central_differences(x, w, b, dout, h=1e-5):
    """The course's eval_numerical_gradient_array, for each input, and its comparison."""
    _, cache = affine_forward(x, w, b)
    for array, analytic in zip((x, w, b), affine_backward(dout, cache), strict=True):
        numeric = np.zeros_like(array)
        for index in np.ndindex(*array.shape):
            old = array[index]
            array[index] = old + h
            up, _ = affine_forward(x, w, b)
            array[index] = old - h
            down, _ = affine_forward(x, w, b)
            array[index] = old
            numeric[index] = ((up - down) * dout).sum() / (2 * h)
        error = np.max(np.abs(numeric - analytic) / np.maximum(1e-8, abs(numeric) + abs(analytic)))
        assert error < 1e-4


def main():
    """Time every way once the imports are done."""
    drawn = CASE.draw()
    arrays = [a.copy() for a in drawn.inputs.values()]
    dout = drawn.cotangents["dout"]
    tensors = [torch.from_numpy(a.copy()).requires_grad_() for a in arrays]
    functions = {"affine_forward": affine_forward, "affine_backward": affine_backward}
    candidate = Candidate(CASE.layer, functions)
    first = time.perf_counter()
    oracle = compute(CASE)
    first = time.perf_counter() - first
    assert not check_case(candidate, CASE, oracle).findings
    print(
        json.dumps(
            {
                "crosscheck": seconds(lambda: check_case(candidate, CASE, oracle), 50),
                "crosscheck, computing its oracle": first,
                "torch gradcheck, slow": seconds(
                    lambda: torch.autograd.gradcheck(TorchAffine.apply, tensors), 1
                ),
                "torch gradcheck, fast": seconds(
                    lambda: torch.autograd.gradcheck(TorchAffine.apply, tensors, fast_mode=True), 5
                ),
                "jax check_grads": seconds(
                    lambda: check_grads(jax_affine, arrays, order=1, modes=["rev"]), 5
                ),
                "central differences": seconds(lambda: central_differences(*arrays, dout), 3),
            }
        )
    )


if __name__ == "__main__":
    main()
