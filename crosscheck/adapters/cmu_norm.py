"""Batch normalisation of CMU 11-785's mytorch."""

from __future__ import annotations

from typing import Any

import numpy as np

from crosscheck.adapters.cmu import Functions, in_dtype, like
from crosscheck.adapters.codes import small_constants
from crosscheck.adapters.family import Family, Kept, has, mentions, parameters
from crosscheck.adapters.shaped import reshaped

_BUILT_IN = 1e-8  # the epsilon that the handout gives
EARLY_NAMES = ("gamma", "beta", "running_mean", "running_var", "dgamma", "dbeta")
LATE_NAMES = ("BW", "Bb", "running_M", "running_V", "dLdBW", "dLdBb")


def add_batchnorm(family: Family, layer: str, name: str, attributes: tuple[str, ...]) -> None:
    """``BatchNorm(features, alpha)``, .eps 1e-8, .forward(x, eval=False), in training and after."""

    def is_one(cls: Any) -> bool:
        return (
            has(cls, "forward", "backward")
            and "alpha" in parameters(cls)
            and "eval" in parameters(cls.forward)
            and mentions(cls, attributes[0])
        )

    for free in (True, False):
        for suffix in ("", "_test"):
            called = (f"{name}.forward", f"{name}.backward")[: 1 if suffix else 2]
            family.form(
                *(layer + suffix, name),
                called=called,
                when=lambda cls, f=free: is_one(cls) and _has_own_eps(cls) == f,
                only=lambda eps, f=free, **_: f or eps == _BUILT_IN,
            )(lambda cls, t=suffix: batchnorm(cls, attributes)[: 1 if t else 2])


def _has_own_eps(cls: Any) -> bool:
    """Whether nothing but the attribute says what epsilon is."""
    methods = (cls.forward, cls.backward)
    return mentions(cls.forward, "eps") and not any(map(small_constants, methods))


def batchnorm(cls: Any, attributes: tuple[str, ...]) -> Functions:
    """The parameters and statistics under these names, (1, D) or (1, C, 1, 1)."""
    *held, dgamma, dbeta = attributes

    def forward(
        x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, bn_param: dict[str, Any]
    ) -> Any:
        layer = in_dtype(cls(len(gamma), alpha=bn_param["momentum"]), x.dtype)
        layer.eps = bn_param["eps"]
        shape = (1, len(gamma)) + (1,) * (x.ndim - 2)
        values = (gamma, beta, bn_param["running_mean"], bn_param["running_var"])
        for name, value in zip(held, values, strict=True):
            setattr(layer, name, like(layer, name, value, shape))
        out = layer.forward(x, True) if bn_param["mode"] == "test" else layer.forward(x)
        for name, kept in zip(("running_mean", "running_var"), held[2:], strict=True):
            bn_param[name] = reshaped(getattr(layer, kept, None), gamma.shape)
        return out, Kept(layer)

    def backward(dout: np.ndarray, cache: Kept) -> Any:
        dx, shape = cache.of.backward(dout), dout.shape[1:2]
        if dx is None:
            return None
        return (dx, *(reshaped(getattr(cache.of, name, None), shape) for name in (dgamma, dbeta)))

    return forward, backward
