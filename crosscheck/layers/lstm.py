"""Long short-term memory, a step and a whole sequence: with a = x·Wx + h·Wh + b in four parts,
i, f, o = σ(aᵢ), σ(a_f), σ(aₒ), g = tanh(a_g); c' = f·c + i·g; h' = o·tanh(c').

S. Hochreiter and J. Schmidhuber, "Long Short-Term Memory", Neural Computation 9, 1997, with the
forget gate of F. A. Gers et al., 2000; torch.nn.LSTM. The gates lie in the course's order, i f o g;
torch's is i f g o. A sequence begins with c = 0.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from crosscheck.layer import Dims, Layer, Output
from crosscheck.layers.rnn import (
    SEQUENCE_POINTS,
    STEP_POINTS,
    first_state,
    inputs,
    of_step,
    one_layer,
    over_time,
    summed_over_steps,
)


def torch_step(x, prev_h, prev_c, Wx, Wh, b):
    """torch.lstm_cell, the function of torch.nn.LSTMCell."""
    import torch

    return torch.lstm_cell(x, (prev_h, prev_c), *torch_weights(Wx, Wh, b))


def torch_weights(Wx, Wh, b):
    """Weights and biases as torch has them: (4H, …), the gates i f g o, two biases."""
    import torch

    def reordered(weights):
        i, f, o, g = weights.split(len(Wh))
        return torch.cat([i, f, g, o])

    return [*map(reordered, (Wx.T, Wh.T, b)), torch.zeros_like(b)]


def jax_step(x, prev_h, prev_c, Wx, Wh, b):
    """From the formula, with jax.nn.sigmoid."""
    import jax.numpy as jnp
    from jax.nn import sigmoid

    i, f, o, g = jnp.split(x @ Wx + prev_h @ Wh + b, 4, axis=1)
    next_c = sigmoid(f) * prev_c + sigmoid(i) * jnp.tanh(g)
    return sigmoid(o) * jnp.tanh(next_c), next_c


def torch_sequence(x, h0, Wx, Wh, b):
    """torch.lstm, the function of torch.nn.LSTM."""
    import torch

    return one_layer(
        torch.lstm, x, (h0[None], torch.zeros_like(h0[None])), torch_weights(Wx, Wh, b)
    )


def jax_sequence(x, h0, Wx, Wh, b):
    """The step, by jax.lax.scan over time."""
    import jax.numpy as jnp

    return over_time(lambda x_t, h, c: jax_step(x_t, h, c, Wx, Wh, b), x, h0, jnp.zeros_like(h0))


def gate_sizes(dims: Mapping[str, Any]) -> Dims:
    """Four gates side by side."""
    return {"4H": 4 * dims["H"]}


def terms(slip, inputs, cotangents):
    """All quantities of a sequence in NumPy, and the slips that people make. Beside those of the
    layer: from which cell it begins (c0), and what comes back to the last one (dc).
    """
    x, h0 = inputs["x"], inputs["h0"]
    Wx, Wh, b = (_ordered(slip, inputs[name]) for name in ("Wx", "Wh", "b"))
    dh, steps = cotangents["dh"], range(x.shape[1])
    c0 = slip(inputs.get("prev_c", 0 * h0), {"the first cell is h0, not 0": h0})
    states, cells, gates, seen = [h0], [c0], [], []
    for t in steps:
        before = slip(states[-1], {"every step starts from h0": h0})
        old = slip(cells[-1], {"every step starts from an empty cell": 0 * h0})
        a = np.split(x[:, t] @ Wx + before @ Wh + b, 4, axis=1)
        i, f, o, g = (*(careful_sigmoid(slip, s) for s in a[:3]), np.tanh(a[3]))
        new = slip(g, {"g is a sigmoid, as the gates are": 1 / (1 + np.exp(-a[3]))})
        kept = slip(f, {"what is forgotten is 1 - i, not f": 1 - i})
        c = kept * old + i * new
        out = {
            "no tanh is taken of the cell": o * c,
            "h' is made of the cell before": o * np.tanh(old),
            "the cell is returned, not the state": c,
            "the gates are returned, not the state": np.concatenate([i, f, o, g], axis=1),
        }
        states.append(o * np.tanh(c))
        seen.append(slip(states[-1], out))
        cells.append(c)
        gates.append((i, f, o, g))
    da, later, dc = np.zeros((*x.shape[:2], Wx.shape[1])), 0 * h0, cotangents.get("dnext_c", 0 * h0)
    dc = slip(dc, {"dnext_c is ignored": 0 * h0})
    for t in reversed(steps):
        part = _cell_terms(slip, dh[:, t] + later, dc, cells[t], cells[t + 1], gates[t])
        da[:, t], dc = part
        if t == steps[-1]:
            left_out = {"the last step is left out": 0.0}
            da[:, t], dc = slip(da[:, t], left_out), slip(dc, dict.fromkeys(left_out, 0 * dc))
        later = slip(
            da[:, t] @ Wh.T, {"no gradient flows from one state to the one before": 0 * h0}
        )
        chained = {"no gradient flows from one cell to the one before": 0 * dc}
        dc = slip(dc, chained) if t else dc
    order = {"the gates' gradients lie in the order i f g o": da[..., _places("ifgo", len(Wh))]}
    of_weights = slip(da, order)
    width = len(Wh)
    refitted = {"Wh is reshaped to (4H, H), not transposed": inputs["Wh"].reshape(4 * width, width)}
    back = slip(Wh.T, refitted)
    dh0 = first_state(slip, da, back, dh)
    if "prev_c" not in inputs:
        dh0 = slip(dh0, {"dh0 is made the gradient of the first cell, which is no input": dc})
    pairs = {"dWx": x, "dWh": np.stack(states[:-1], axis=1), "db": None}
    return {
        "h": np.stack(seen, axis=1),
        "dx": da @ Wx.T,
        "dh0": dh0,
        **summed_over_steps(slip, {name: (a, of_weights) for name, a in pairs.items()}),
        **({"next_c": cells[-1], "dprev_c": dc} if "prev_c" in inputs else {}),
    }


def _places(order, width):
    """Where the parts of i f o g are that lie in this order."""
    return np.concatenate(["ifog".index(gate) * width + np.arange(width) for gate in order])


def _ordered(slip, parameter):
    """With the gates in another order than i f o g."""
    width = parameter.shape[-1] // 4
    orders = {
        "fiog": "f i o g",
        "ifgo": "i f g o, as torch's",
        "figo": "f i g o",
        "fgio": "f g i o",
    }
    wrong = {
        f"the gates lie in the order {told}": parameter[..., _places(order, width)]
        for order, told in orders.items()
    }
    apart = parameter[..., np.arange(4 * width).reshape(width, 4).T.ravel()]
    return slip(parameter, wrong | {"the gates of each unit lie side by side": apart})


def careful_sigmoid(slip, a):
    """1 / (1 + exp(-a)), or as a quotient that overflows."""
    quotient = {
        "σ(a) is computed as exp(a) / (1 + exp(a)), which overflows": np.exp(a) / (1 + np.exp(a))
    }
    return slip(1 / (1 + np.exp(-a)), quotient)


def _cell_terms(slip, dh, dc, old, c, gates):
    """The gradients of the gates' sums, side by side, and of the cell before."""
    (i, f, o, g), t = gates, np.tanh(c)
    through = slip(
        o * (1 - t**2),
        {
            "nothing flows from h' to c' through tanh": 0.0,
            "the slope of tanh(c') is left out": o,
            "o is left out between h' and c'": 1 - t**2,
        },
    )
    dc = dc + through * dh
    seen = slip(old, {"the forget gate's gradient is made of the next cell": c})
    slope_i = slip(
        i * (1 - i), {"the slope of i is that of tanh": 1 - i**2, "the slope of i is left out": 1.0}
    )
    slope_f = slip(f * (1 - f), {"the slope of f is left out": 1.0})
    slope_o = slip(o * (1 - o), {"the slope of o is left out": 1.0})
    slope_g = slip(
        1 - g**2,
        {"the slope of g is that of a sigmoid": g * (1 - g), "the slope of g is left out": 1.0},
    )
    parts = [slope_i * g * dc, slope_f * seen * dc, slope_o * t * dh, slope_g * i * dc]
    return np.concatenate(parts, axis=1), slip(f, {"f is left out between c' and c": 1.0}) * dc


lstm_step = Layer(
    name="lstm_step",
    formula="[i f o g] = [σ σ σ tanh](x·Wx + h·Wh + b), c' = f·c + i·g, h' = o·tanh(c')    "
    "with dc' += dh'·o·(1 - tanh²c') and da = [i(1-i)·g·dc'  f(1-f)·c·dc'  o(1-o)·tanh(c')·dh'  "
    "(1-g²)·i·dc']:  dx = da·Wxᵀ    dh = da·Whᵀ    dc = f·dc'    dWx = xᵀ·da    dWh = hᵀ·da    "
    "db = Σₙ da",
    inputs=inputs("N", ("prev_h", "prev_c"), "4H", ("b",)),
    outputs=(Output("next_h", "N H"), Output("next_c", "N H")),
    points=STEP_POINTS,
    torch=torch_step,
    jax=(jax_step,),
    terms=of_step(terms),
    derived=gate_sizes,
)

lstm = Layer(
    name="lstm",
    formula="h[t], c[t] = lstm_step(x[t], h[t-1], c[t-1]), h[-1] = h0, c[-1] = 0    "
    "with dh[t] += da[t+1]·Whᵀ, dc[t] = f[t+1]·dc'[t+1] and da[t] as there:  dx[t] = da[t]·Wxᵀ    "
    "dh0 = da[0]·Whᵀ    dWx = Σₜ x[t]ᵀ·da[t]    dWh = Σₜ h[t-1]ᵀ·da[t]    db = Σₙₜ da[t]",
    inputs=inputs("N T", ("h0",), "4H", ("b",)),
    outputs=(Output("h", "N T H"),),
    points=SEQUENCE_POINTS,
    torch=torch_sequence,
    jax=(jax_sequence,),
    terms=terms,
    derived=gate_sizes,
)
