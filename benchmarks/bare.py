"""The peer of `check --live`: torch autograd and jitted jax.vjp, once on each case, nothing more.

``bare.py LAYER…`` draws the same values and runs the same references; it compares nothing and
bounds nothing.
"""

import sys
from functools import cache

import jax
import torch

from crosscheck.case import cases
from crosscheck.layers import layer_named

jax.config.update("jax_enable_x64", True)


def torch_once(layer, options, drawn):
    """Forward and torch.autograd.grad, in the case's dtype."""
    tensors = [_to_torch(drawn.inputs[i.name], i.differentiated) for i in layer.inputs]
    wanted = [t for t in tensors if t.requires_grad]
    cotangents = [_to_torch(c, False) for c in drawn.cotangents.values()]
    outputs = _upstream(layer, layer.torch(*tensors, **options))
    return torch.autograd.grad(outputs, wanted, cotangents)


def _to_torch(array, differentiated):
    if array.dtype.name == "bfloat16":
        tensor = torch.from_numpy(array.astype("float32")).bfloat16()
    else:
        tensor = torch.from_numpy(array.copy())
    return tensor.requires_grad_(differentiated)


def _upstream(layer, outputs):
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    return tuple(o for o, known in zip(outputs, layer.outputs, strict=True) if not known.constant)


@cache
def jax_program(layer, options):
    """Forward and jax.vjp under one jit, as one would write it."""
    wanted = [n for n, i in enumerate(layer.inputs) if i.differentiated]

    @jax.jit
    def run(inputs, cotangents):
        def forward(*primals):
            arguments = list(inputs)
            for n, primal in zip(wanted, primals, strict=True):
                arguments[n] = primal
            return _upstream(layer, layer.jax[0](*arguments, **dict(options)))

        outputs, pullback = jax.vjp(forward, *(inputs[n] for n in wanted))
        return outputs, pullback(cotangents)

    return run


def main():
    """Every distinct case of the layers named."""
    for layer in map(layer_named, sys.argv[1:]):
        distinct = {case.values_id: case for case in cases(layer)}
        for case in distinct.values():
            drawn = case.draw()
            torch_once(layer, case.options, drawn)
            program = jax_program(layer, tuple(case.options.items()))
            arrays = (tuple(a.values()) for a in (drawn.inputs, drawn.cotangents))
            jax.block_until_ready(program(*arrays))


if __name__ == "__main__":
    main()
