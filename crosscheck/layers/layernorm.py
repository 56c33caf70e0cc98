"""Layer normalisation: each row to zero mean and unit variance, then scaled and shifted.

J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer Normalization", 2016, equation 4.
"""

from crosscheck.calling import Bundle
from crosscheck.layer import Input, Layer, Output, Point
from crosscheck.layers.batchnorm import SHIFTED, scaled, standardized_terms
from crosscheck.scenario import FORMS


def torch_reference(x, gamma, beta, *, eps):
    """torch.nn.functional.layer_norm."""
    from torch.nn.functional import layer_norm

    return layer_norm(x, gamma.shape, gamma, beta, eps)


def jax_reference(x, gamma, beta, *, eps):
    """From the formula, around jax.nn.standardize."""
    return standardized(x, eps) * gamma + beta


def standardized(x, eps):
    """jax.nn.standardize along the last axis; its own variance, mean x² - μ², would cancel."""
    import jax.numpy as jnp
    from jax.nn import standardize

    mean, variance = jnp.mean(x, -1, keepdims=True), jnp.var(x, -1, keepdims=True)
    return standardize(x, mean=mean, variance=variance, epsilon=eps)


def terms(slip, inputs, cotangents, *, eps):
    """All quantities in NumPy, and the slips that people make."""
    x, (gamma, beta), dout = inputs["x"], scaled(slip, inputs), cotangents["dout"]
    counts = {"the means of dx divide by N, not by D": len(x)}
    found = standardized_terms(slip, x, gamma, beta, dout, eps, 1, counts)
    del found["statistics"]
    for name in ("dgamma", "dbeta"):
        along_rows = {f"{name} is summed along the rows": found[name].sum(axis=1)}
        found[name] = slip(found[name].sum(axis=0), along_rows)
    return found


layernorm = Layer(
    name="layernorm",
    formula="out = γ·x̂ + β, x̂ = (x - μ)/√(σ² + ε) along each row    "
    "dx = (γ·dout - mean(γ·dout) - x̂·mean(γ·dout·x̂))/√(σ² + ε)    "
    "dγ = Σₙ dout·x̂    dβ = Σₙ dout",
    inputs=(Input("x", "N D"), Input("gamma", "D"), Input("beta", "D")),
    outputs=(Output("out", "N D"),),
    points=(
        Point(
            {"N": 5, "D": 7, "eps": 0.1},
            scenarios=("normal", "positive", "shifted", "equal-rows", "large-upstream", *FORMS),
            seeds=(0, 1),
        ),
        Point({"N": 3, "D": 2, "eps": 0.01}),
        Point({"N": 1, "D": 11, "eps": 0.00001}),
        # torch subtracts μ/σ from x/σ, which is 0 only if σ is a power of 2.
        Point({"N": 5, "D": 1, "eps": 0.25}),
        Point({"N": 2, "D": 103, "eps": 0.001}, scenarios=("normal", "positive")),
        Point({"N": 0, "D": 3, "eps": 0.01}, scenarios=("empty",)),
    ),
    torch=torch_reference,
    jax=(jax_reference,),
    terms=terms,
    options=("eps",),
    arguments=("x", "gamma", "beta", Bundle("ln_param", ("eps",))),
    scenarios=(SHIFTED,),
)
