"""Deep Learning from Scratch 2: recurrent layers, a step and a whole sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from crosscheck.adapters.codes import does_nothing
from crosscheck.adapters.dlfs2 import form_of, learnt
from crosscheck.adapters.family import Functions, Kept, has, parameters
from crosscheck.adapters.shaped import changed

GATES = "the gates lie in the order f, g, i, o"


def _is_cell(*backward: str) -> Callable[[Any], bool]:
    return lambda cls: (
        has(cls, "forward", "backward")
        and parameters(cls) == ("Wx", "Wh", "b")
        and parameters(cls.backward) == backward
    )


@form_of("rnn_step", "RNN", _is_cell("dh_next"))
def rnn_step(cls: Any) -> Functions:
    """``forward(x, h_prev)``, ``backward(dh_next) -> (dx, dh_prev)``."""

    def forward(
        x: np.ndarray, prev_h: np.ndarray, Wx: np.ndarray, Wh: np.ndarray, b: np.ndarray
    ) -> Any:
        layer = cls(Wx, Wh, b)
        return layer.forward(x, prev_h), Kept(layer)

    def backward(dnext_h: np.ndarray, cache: Kept) -> Any:
        returned = cache.of.backward(dnext_h)
        return returned if returned is None else (*returned, *learnt(cache, 3))

    return forward, backward


@form_of("lstm_step", "LSTM", _is_cell("dh_next", "dc_next"), GATES)
def lstm_step(cls: Any) -> Functions:
    """``forward(x, h_prev, c_prev)``, ``backward(dh_next, dc_next) -> (dx, dh_prev, dc_prev)``."""

    def forward(x: np.ndarray, *states_and_weights: np.ndarray) -> Any:
        prev_h, prev_c, *weights = states_and_weights
        layer = cls(*map(_to_fgio, weights))
        returned = layer.forward(x, prev_h, prev_c)
        return returned if returned is None else (*returned, Kept(layer))

    def backward(dnext_h: np.ndarray, dnext_c: np.ndarray, cache: Kept) -> Any:
        returned = cache.of.backward(dnext_h, dnext_c)
        return returned if returned is None else (*returned, *_of_ifog(cache))

    return forward, backward


def _to_fgio(weights: np.ndarray) -> np.ndarray:
    i, f, o, g = np.split(weights, 4, axis=-1)
    return np.concatenate([f, g, i, o], axis=-1)


def _of_ifog(kept: Kept) -> list[Any]:
    return [changed(_to_ifog, gradient) for gradient in learnt(kept, 3)]


def _to_ifog(gradient: np.ndarray) -> np.ndarray:
    if gradient.shape[-1] % 4:
        return gradient
    f, g, i, o = np.split(gradient, 4, axis=-1)
    return np.concatenate([i, f, o, g], axis=-1)


def _sequence(
    cls: Any,
    to_theirs: Callable[[np.ndarray], np.ndarray],
    gradients: Callable[[Kept], list[Any]],
) -> Functions:
    """``cls(Wx, Wh, b, stateful=True).forward(xs)``, ``.backward(dhs) -> dxs``; the first state is
    set, and its gradient is ``.dh``.
    """

    def forward(
        x: np.ndarray, h0: np.ndarray, Wx: np.ndarray, Wh: np.ndarray, b: np.ndarray
    ) -> Any:
        layer = cls(*map(to_theirs, (Wx, Wh, b)), stateful=True)
        if has(cls, "set_state") and not does_nothing(cls.set_state):
            layer.set_state(h0)
        else:
            layer.h = h0
        return layer.forward(x), Kept(layer)

    def backward(dh: np.ndarray, cache: Kept) -> Any:
        dx = cache.of.backward(dh)
        return dx, getattr(cache.of, "dh", None), *gradients(cache)

    return forward, backward


def _is_sequence(cls: Any) -> bool:
    return (
        has(cls, "forward", "backward")
        and parameters(cls) == ("Wx", "Wh", "b", "stateful")
        and parameters(cls.backward) == ("dhs",)
    )


@form_of("rnn", "TimeRNN", _is_sequence)
def rnn(cls: Any) -> Functions:
    """Weights as they are."""
    return _sequence(cls, lambda weights: weights, lambda kept: learnt(kept, 3))


@form_of("lstm", "TimeLSTM", _is_sequence, GATES)
def lstm(cls: Any) -> Functions:
    """Weights with their columns in another order."""
    return _sequence(cls, _to_fgio, _of_ifog)
