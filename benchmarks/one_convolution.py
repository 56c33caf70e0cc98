"""One convolution, forward and backward: impl_numpy beside torch, in one process; prints JSON.

64 images of 32×32, 32 channels, 64 filters of 3×3, float32, as many threads as each takes.
"""

import json
import statistics
import time

import numpy as np
import torch

from impl_numpy import conv_backward, conv_forward

TIMES = 9


def numpy_way(x, w, b, dout):
    """By impl_numpy."""
    _, cache = conv_forward(x, w, b, {"stride": 1, "pad": 1})
    return conv_backward(dout, cache)


def torch_way(x, w, b, dout):
    """By torch.nn.functional.conv2d and autograd."""
    out = torch.nn.functional.conv2d(x, w, b, padding=1)
    return torch.autograd.grad(out, (x, w, b), dout)


def main():
    """In turn, so that both see the same machine; the medians."""
    rng = np.random.default_rng(0)
    shapes = (64, 32, 32, 32), (64, 32, 3, 3), (64,), (64, 64, 32, 32)
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    tensors = [torch.tensor(a, requires_grad=i < 3) for i, a in enumerate(arrays)]
    taken = {"impl_numpy": [], "torch": []}
    for _ in range(TIMES):
        for name, way, given in (
            ("impl_numpy", numpy_way, arrays),
            ("torch", torch_way, tensors),
        ):
            start = time.perf_counter()
            way(*given)
            taken[name].append(time.perf_counter() - start)
    print(json.dumps({name: statistics.median(times) for name, times in taken.items()}))


if __name__ == "__main__":
    main()
