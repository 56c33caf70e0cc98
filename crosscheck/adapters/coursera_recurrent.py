"""deeplearning.ai: recurrent layers of (features, examples, steps), with weights and gradients in
dicts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from crosscheck.adapters.codes import strings
from crosscheck.adapters.coursera import column, entry, pair
from crosscheck.adapters.family import Functions, parameters
from crosscheck.adapters.shaped import changed, turned

_RNN = ("dxt", "da_prev", "dWax", "dWaa", "dba")
_GATES = "ifoc"  # the catalogue's order, by their names: c is the candidate, g


def _with_outputs(weights: dict[str, np.ndarray], states: int) -> dict[str, np.ndarray]:
    """Their cells also predict: from weights of zeros here, which nobody judges."""
    dtype = next(iter(weights.values())).dtype
    return {
        **weights,
        "Wya": np.zeros((2, states), dtype),
        "by": np.zeros((2, 1), dtype),
        "Wy": np.zeros((2, states), dtype),
    }


def _of_rnn(Wx: np.ndarray, Wh: np.ndarray, b: np.ndarray) -> dict[str, np.ndarray]:
    return _with_outputs({"Wax": Wx.T, "Waa": Wh.T, "ba": column(b)}, len(Wh))


def _of_lstm(Wx: np.ndarray, Wh: np.ndarray, b: np.ndarray) -> dict[str, np.ndarray]:
    """The weights of each gate, for the state above those for the input."""
    weights = {}
    for gate, wx, wh, bias in zip(
        _GATES, *(np.split(a, 4, axis=-1) for a in (Wx, Wh, b)), strict=True
    ):
        weights[f"W{gate}"] = np.concatenate([wh, wx]).T
        weights[f"b{gate}"] = column(bias)
    return _with_outputs(weights, len(Wh))


def _flat(db: Any) -> Any:
    return changed(lambda a: a.reshape(-1), db)


def _rnn_weights(gradients: Any) -> tuple[Any, ...]:
    dwx, dwh, db = (entry(gradients, key) for key in _RNN[2:])
    return turned(dwx), turned(dwh), _flat(db)


def _lstm_weights(gradients: Any, states: int) -> tuple[Any, ...]:
    """dWx, dWh and db from those of each gate."""
    dw = [turned(entry(gradients, f"dW{gate}")) for gate in _GATES]
    db = [_flat(entry(gradients, f"db{gate}")) for gate in _GATES]
    joined = [
        None if any(g is None for g in gs) else np.concatenate(gs, axis=-1) for gs in (dw, db)
    ]
    both = joined[0]
    return (None, None, joined[1]) if both is None else (both[states:], both[:states], joined[1])


def _steps_last(sequence: np.ndarray) -> np.ndarray:
    """(N, T, D) as (D, N, T)."""
    return sequence.transpose(2, 0, 1)


def _steps_second(sequence: Any) -> Any:
    return changed(lambda a: a.transpose(1, 2, 0) if a.ndim == 3 else a, sequence)


def _has_parameters(count: int, *keys: str) -> Callable[[Any], bool]:
    """Whether a dict comes after so many arguments, and one of its keys is one of these."""
    return lambda forward: (
        parameters(forward)[count:] == ("parameters",) and bool(strings(forward) & {*keys})
    )


@pair("rnn_step", "rnn_cell_forward", "rnn_cell_backward", _has_parameters(2, "Wax"))
def rnn_step(forward_of: Any, backward_of: Any) -> Functions:
    """Without its prediction."""

    def forward(x: np.ndarray, prev_h: np.ndarray, *weights: np.ndarray) -> Any:
        returned = forward_of(x.T, prev_h.T, _of_rnn(*weights))
        if not isinstance(returned, tuple) or len(returned) != 3:
            return returned
        return turned(returned[0]), returned[2]

    def backward(dnext_h: np.ndarray, cache: Any) -> Any:
        gradients = backward_of(dnext_h.T, cache)
        if gradients is None:
            return None
        dx, dh = (turned(entry(gradients, key)) for key in _RNN[:2])
        return dx, dh, *_rnn_weights(gradients)

    return forward, backward


@pair("lstm_step", "lstm_cell_forward", "lstm_cell_backward", _has_parameters(3, "Wf"))
def lstm_step(forward_of: Any, backward_of: Any) -> Functions:
    """Without its prediction."""

    def forward(x: np.ndarray, prev_h: np.ndarray, prev_c: np.ndarray, *weights: np.ndarray) -> Any:
        returned = forward_of(x.T, prev_h.T, prev_c.T, _of_lstm(*weights))
        if not isinstance(returned, tuple) or len(returned) != 4:
            return returned
        return turned(returned[0]), turned(returned[1]), returned[3]

    def backward(dnext_h: np.ndarray, dnext_c: np.ndarray, cache: Any) -> Any:
        gradients = backward_of(dnext_h.T, dnext_c.T, cache)
        if gradients is None:
            return None
        dx, dh, dc = (turned(entry(gradients, k)) for k in ("dxt", "da_prev", "dc_prev"))
        return dx, dh, dc, *_lstm_weights(gradients, dnext_h.shape[1])

    return forward, backward


def _sequence(
    forward_of: Any,
    backward_of: Any,
    returns: int,
    given: Callable[..., dict[str, np.ndarray]],
    learnt: Callable[[Any, int], tuple[Any, ...]],
) -> Functions:
    def forward(x: np.ndarray, h0: np.ndarray, *weights: np.ndarray) -> Any:
        returned = forward_of(_steps_last(x), h0.T, given(*weights))
        if not isinstance(returned, tuple) or len(returned) != returns:
            return returned
        return _steps_second(returned[0]), returned[-1]

    def backward(dh: np.ndarray, cache: Any) -> Any:
        gradients = backward_of(_steps_last(dh), cache)
        if gradients is None:
            return None
        dx, dh0 = _steps_second(entry(gradients, "dx")), turned(entry(gradients, "da0"))
        return dx, dh0, *learnt(gradients, dh.shape[2])

    return forward, backward


@pair("rnn", "rnn_forward", "rnn_backward", _has_parameters(2, "Wya"))
def rnn(forward_of: Any, backward_of: Any) -> Functions:
    """Without its predictions."""
    return _sequence(forward_of, backward_of, 3, _of_rnn, lambda grads, _: _rnn_weights(grads))


@pair("lstm", "lstm_forward", "lstm_backward", _has_parameters(2, "Wy", "Wya"))
def lstm(forward_of: Any, backward_of: Any) -> Functions:
    """Without its predictions."""
    return _sequence(forward_of, backward_of, 4, _of_lstm, _lstm_weights)
