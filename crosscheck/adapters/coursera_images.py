"""deeplearning.ai: convolution and pooling of images of (m, height, width, channels)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from crosscheck.adapters.coursera import pair
from crosscheck.adapters.family import Functions, parameters
from crosscheck.adapters.shaped import changed, reshaped


def _channels_last(images: np.ndarray) -> np.ndarray:
    return images.transpose(0, 2, 3, 1)


def _channels_first(images: Any) -> Any:
    return changed(lambda a: a.transpose(0, 3, 1, 2) if a.ndim == 4 else a, images)


def _filters_first(filters: Any) -> Any:
    return changed(lambda a: a.transpose(3, 2, 0, 1) if a.ndim == 4 else a, filters)


@pair(
    *("conv", "conv_forward", "conv_backward"),
    when=lambda forward: parameters(forward)[3:] == ("hparameters",),
    only=lambda HH, WW, **_: HH == WW,
)
def conv(forward_of: Any, backward_of: Any) -> Functions:
    """Square filters of (f, f, channels in, channels out)."""

    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: dict[str, Any]) -> Any:
        returned = forward_of(
            _channels_last(x), w.transpose(2, 3, 1, 0), b.reshape(1, 1, 1, -1), dict(conv_param)
        )
        if not isinstance(returned, tuple) or len(returned) != 2:
            return returned
        out, cache = returned
        return _channels_first(out), cache

    def backward(dout: np.ndarray, cache: Any) -> Any:
        returned = backward_of(_channels_last(dout), cache)
        if not isinstance(returned, tuple) or len(returned) != 3:
            return returned
        dx, dw, db = returned
        return _channels_first(dx), _filters_first(dw), reshaped(db, dout.shape[1:2])

    return forward, backward


def _pool(mode: str) -> Callable[..., Functions]:
    def adapt(forward_of: Any, backward_of: Any) -> Functions:
        def forward(x: np.ndarray, pool_param: dict[str, Any]) -> Any:
            hparameters = {"f": pool_param["pool_height"], "stride": pool_param["stride"]}
            returned = forward_of(_channels_last(x), hparameters, mode)
            if not isinstance(returned, tuple) or len(returned) != 2:
                return returned
            out, cache = returned
            return _channels_first(out), cache

        def backward(dout: np.ndarray, cache: Any) -> Any:
            return _channels_first(backward_of(_channels_last(dout), cache, mode))

        return forward, backward

    return adapt


for _layer, _mode in (("max_pool", "max"), ("avg_pool", "average")):
    pair(
        *(_layer, "pool_forward", "pool_backward"),
        when=lambda forward: parameters(forward)[:2] == ("A_prev", "hparameters"),
        only=lambda pool_height, pool_width, **_: pool_height == pool_width,
        conventions=(f'mode="{_mode}"',),
    )(_pool(_mode))
