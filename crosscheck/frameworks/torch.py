"""PyTorch: a reference and its derivative by torch.autograd.grad, on the CPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from crosscheck.frameworks import dtype_of
from crosscheck.layer import Arrays, Layer


def vjp(
    layer: Layer, options: Mapping[str, Any], inputs: Arrays, cotangents: Arrays
) -> dict[str, np.ndarray]:
    """The outputs and, as ``dx`` and so on, the inputs' cotangents, by their names.

    The dtype is that of the float inputs; what comes back in another is an AssertionError.
    """
    with torch.enable_grad():
        tensors = [_to_torch(inputs[i.name]).requires_grad_(i.differentiated) for i in layer.inputs]
        outputs = _tuple(layer.torch(*tensors, **options))
        gradients = _gradients(layer, tensors, outputs, cotangents)
    results = dict(zip(layer.quantities, map(_to_numpy, (*outputs, *gradients)), strict=True))
    expected = dtype_of(inputs)
    for name, array in results.items():
        assert array.dtype == expected, f"torch turned {name} of {layer.name} into {array.dtype}"
    return results


def _gradients(
    layer: Layer,
    tensors: Sequence[torch.Tensor],
    outputs: Sequence[torch.Tensor],
    cotangents: Arrays,
) -> tuple[torch.Tensor, ...]:
    if not cotangents:
        return ()
    return torch.autograd.grad(
        [t for t, o in zip(outputs, layer.outputs, strict=True) if o in layer.upstream],
        [t for t, i in zip(tensors, layer.inputs, strict=True) if i.differentiated],
        [_to_torch(c) for c in cotangents.values()],
        materialize_grads=True,
        allow_unused=True,
    )


def _tuple(outputs: torch.Tensor | tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
    return outputs if isinstance(outputs, tuple) else (outputs,)


def _to_torch(array: np.ndarray) -> torch.Tensor:
    array = np.array(array)
    if array.dtype.name == "bfloat16":  # which torch.from_numpy does not know
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def _to_numpy(tensor: torch.Tensor) -> np.ndarray:
    tensor = tensor.detach()
    if tensor.dtype == torch.bfloat16:
        from crosscheck.dtypes import FORMATS

        array: np.ndarray = tensor.view(torch.int16).numpy().view(FORMATS["bfloat16"].dtype)
        return array
    result: np.ndarray = tensor.numpy()
    return result
