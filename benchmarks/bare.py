"""The peer of `check --live`: torch autograd and jitted jax.vjp, once on each case, nothing more.

It draws the same values and runs the same references; it compares nothing and bounds nothing.
"""

import jax
import torch

from crosscheck.case import cases
from crosscheck.layers import catalogue

jax.config.update("jax_enable_x64", True)


def torch_once(layer, drawn):
    """Forward and torch.autograd.grad, in the case's dtype."""
    tensors = [_to_torch(drawn.inputs[i.name], i.differentiated) for i in layer.inputs]
    wanted = [t for t in tensors if t.requires_grad]
    cotangents = [_to_torch(c, False) for c in drawn.cotangents.values()]
    return torch.autograd.grad(layer.torch(*tensors), wanted, cotangents)


def _to_torch(array, differentiated):
    if array.dtype.name == "bfloat16":
        tensor = torch.from_numpy(array.astype("float32")).bfloat16()
    else:
        tensor = torch.from_numpy(array.copy())
    return tensor.requires_grad_(differentiated)


def jax_program(layer):
    """Forward and jax.vjp under one jit, as one would write it."""
    wanted = [n for n, i in enumerate(layer.inputs) if i.differentiated]

    @jax.jit
    def run(inputs, cotangent):
        def forward(*primals):
            arguments = list(inputs)
            for n, primal in zip(wanted, primals, strict=True):
                arguments[n] = primal
            return layer.jax[0](*arguments)

        out, pullback = jax.vjp(forward, *(inputs[n] for n in wanted))
        return out, pullback(cotangent)

    return run


def main():
    """Every distinct case of the catalogue."""
    for layer in catalogue().values():
        program = jax_program(layer)
        distinct = {case.values_id: case for case in cases(layer)}
        for case in distinct.values():
            drawn = case.draw()
            torch_once(layer, drawn)
            [cotangent] = drawn.cotangents.values()
            jax.block_until_ready(program(tuple(drawn.inputs.values()), cotangent))


if __name__ == "__main__":
    main()
