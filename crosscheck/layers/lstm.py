"""Long short-term memory, a step and a whole sequence: with a = x·Wx + h·Wh + b in four parts,
i, f, o = σ(aᵢ), σ(a_f), σ(aₒ), g = tanh(a_g); c' = f·c + i·g; h' = o·tanh(c').

S. Hochreiter and J. Schmidhuber, "Long Short-Term Memory", Neural Computation 9, 1997, with the
forget gate of F. A. Gers et al., 2000; torch.nn.LSTM. The gates lie in the course's order, i f o g;
torch's is i f g o. A sequence begins with c = 0.
"""

from collections.abc import Mapping
from typing import Any

from crosscheck.layer import Dims, Layer, Output
from crosscheck.layers.rnn import SEQUENCE_POINTS, STEP_POINTS, inputs, one_layer, over_time


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
    derived=gate_sizes,
)
