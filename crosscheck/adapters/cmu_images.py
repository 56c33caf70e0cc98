"""Convolution and pooling of CMU 11-785's mytorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from crosscheck.adapters.cmu import Functions, in_dtype
from crosscheck.adapters.family import Family, Kept, has, mentions, parameters

ONE_ROW = "a convolution along one axis is judged as one of images with one row"


def add_convolution(family: Family, name: str, inner: str = "", d: str = "dLd") -> None:
    """A class of square filters, (F, C, K, K) or in one dimension (F, C, K), with or without a
    choice of stride and padding; ``inner``: the attribute that has the weights.
    """
    flat = "1d" in name.lower()
    for padded in (True, False):
        family.form(
            *("conv", name),
            when=lambda cls, p=padded: (
                has(cls, "forward", "backward")
                and {"weight_init_fn", "bias_init_fn"} <= set(parameters(cls))
                and ("padding" in parameters(cls)) == p
                and (not inner or mentions(cls, inner))
            ),
            only=_windows("stride1" not in name, padded, flat),
            conventions=(ONE_ROW,) if flat else (),
        )(lambda cls: convolution(cls, inner, d, flat))


def _windows(strided: bool, padded: bool, flat: bool) -> Callable[..., bool]:
    def fits(H: int, HH: int, WW: int, stride: int, pad: int, **_: Any) -> bool:
        free = (strided or stride == 1) and (padded or pad == 0)
        return free and (H == 1 == HH and pad == 0 if flat else HH == WW)

    return fits


def convolution(cls: Any, inner: str, d: str, flat: bool) -> Functions:
    """``cls(in, out, kernel_size, …)``, its parameters from functions that make them."""

    def forward(x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: dict[str, int]) -> Any:
        options = {"stride": conv_param["stride"], "padding": conv_param["pad"]}
        layer = cls(
            *(x.shape[1], len(w), w.shape[-1]),
            **{name: value for name, value in options.items() if name in parameters(cls)},
            weight_init_fn=lambda *_: w[:, :, 0] if flat else w,
            bias_init_fn=lambda *_: b,
        )
        held = getattr(layer, inner) if inner else layer
        if held is None:
            return None
        in_dtype(held, x.dtype)
        out = layer.forward(x[:, :, 0] if flat else x)
        return _with_row(out, flat), Kept(layer)

    def backward(dout: np.ndarray, cache: Kept) -> Any:
        dx = cache.of.backward(dout[:, :, 0] if flat else dout)
        if dx is None:
            return None
        held = getattr(cache.of, inner) if inner else cache.of
        dw, db = getattr(held, f"{d}W", None), getattr(held, f"{d}b", None)
        return _with_row(dx, flat), _with_row(dw, flat), db

    return forward, backward


def _with_row(value: Any, flat: bool) -> Any:
    """(N, C, W) as an image of one row."""
    return value[:, :, None] if flat and np.ndim(value) == 3 else value


def add_pooling(family: Family, layer: str, name: str) -> None:
    """A class of square windows."""
    strided = "stride1" not in name
    family.form(
        *(layer, name),
        when=lambda cls: (
            has(cls, "forward", "backward")
            and parameters(cls) == (("kernel", "stride") if strided else ("kernel",))
        ),
        only=lambda pool_height, pool_width, stride, **_: (
            pool_height == pool_width and (strided or stride == 1)
        ),
    )(pooling)


def pooling(cls: Any) -> Functions:
    """``cls(kernel, stride)``, or ``cls(kernel)``."""

    def forward(x: np.ndarray, pool_param: dict[str, int]) -> Any:
        options = {"kernel": pool_param["pool_height"], "stride": pool_param["stride"]}
        layer = cls(*(options[name] for name in parameters(cls)))
        return layer.forward(x), Kept(layer)

    def backward(dout: np.ndarray, cache: Kept) -> Any:
        return cache.of.backward(dout)

    return forward, backward
