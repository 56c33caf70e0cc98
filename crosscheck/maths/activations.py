"""Functions of each element."""

from crosscheck.maths._record import Maths, Step

ANY = "each element on its own"
CHAIN = "Elementwise, so the chain rule is one product: dx = dout·f'(x)."

MATHS = {
    "relu": Maths(
        about="Rectified linear unit: negative numbers become 0.",
        where={"x": ANY},
        forward=(Step("out = max(x, 0)"),),
        backward=(CHAIN, Step("dx = dout·[x > 0]", note="the slope is 1 or 0")),
        pitfalls=(
            "The mask is that of the forward's x, not of dout.",
            "x > 0 is boolean: multiply dout by it, do not write into a boolean array.",
            "np.maximum(x, 0), not np.max; x[x < 0] = 0 would overwrite the caller's x.",
        ),
    ),
    "leaky_relu": Maths(
        about="Leaky rectified linear unit: negative numbers become α times smaller.",
        where={"x": ANY, "alpha": "α, the slope below 0"},
        forward=(Step("out = x where x > 0, else α·x"),),
        backward=(CHAIN, Step("dx = dout where x > 0, else α·dout", note="slope 1 or α")),
        pitfalls=(
            "Below 0 the slope is α, not 0, and not α·x.",
            "max(x, α·x) is the same only while α ≤ 1.",
        ),
        source="A. L. Maas, A. Y. Hannun and A. Y. Ng, Rectifier Nonlinearities Improve Neural "
        "Network Acoustic Models, ICML 2013",
    ),
    "sigmoid": Maths(
        about="Logistic sigmoid: any number to one between 0 and 1.",
        where={"x": ANY},
        forward=(Step("out = 1/(1 + exp(-x))"),),
        backward=(
            CHAIN,
            "σ' = exp(-x)/(1 + exp(-x))² = σ·(1 - σ), and σ is out.",
            Step("dx = dout·out·(1 - out)"),
        ),
        pitfalls=(
            "exp(-x) overflows for x below -88 in float32: where x < 0, use exp(x)/(1 + exp(x)).",
            "The cache is out: σ is not to be computed again, least of all of out.",
        ),
    ),
    "silu": Maths(
        about="SiLU, also called swish: x times its own sigmoid.",
        where={"x": ANY},
        forward=(Step("σ = 1/(1 + exp(-x))", "*s"), Step("out = x·σ")),
        backward=(
            CHAIN,
            "A product: (x·σ)' = σ + x·σ', with σ' = σ·(1 - σ).",
            Step("dx = dout·(σ + x·σ·(1 - σ))"),
        ),
        pitfalls=(
            "Both terms of the product rule: σ alone, or x·σ' alone, is half of it.",
            "exp(-x) overflows for very negative x: see sigmoid.",
        ),
        source="P. Ramachandran, B. Zoph and Q. V. Le, Searching for Activation Functions, 2017, "
        "with β = 1",
    ),
    "tanh": Maths(
        about="Hyperbolic tangent: any number to one between -1 and 1.",
        where={"x": ANY},
        forward=(Step("out = tanh(x)"),),
        backward=(
            CHAIN,
            "tanh' = 1/cosh² = 1 - tanh², and tanh is out.",
            Step("dx = dout·(1 - out²)"),
        ),
        pitfalls=(
            "The square is of out, not of x: cache out.",
            "(exp(x) - exp(-x))/(exp(x) + exp(-x)) is inf/inf for large x: use np.tanh.",
        ),
    ),
    "gelu": Maths(
        about="Gaussian error linear unit, exact: x times the probability that a standard normal "
        "number is below x.",
        where={"x": ANY},
        forward=(Step("Φ = (1 + erf(x/√2))/2", "*s"), Step("out = x·Φ")),
        backward=(
            CHAIN,
            "A product: (x·Φ)' = Φ + x·φ, with the normal density φ = Φ'.",
            Step("φ = exp(-x²/2)/√(2π)", "*s"),
            Step("dx = dout·(Φ + x·φ)"),
        ),
        pitfalls=(
            "There are two GELUs: torch's default is this one, JAX's is gelu_tanh.",
            "NumPy has no erf: math.erf takes one number, scipy.special.erf an array.",
            "Both terms of the product rule: Φ alone is half of it.",
        ),
        source="D. Hendrycks and K. Gimpel, Gaussian Error Linear Units (GELUs), 2016, section 2",
    ),
    "gelu_tanh": Maths(
        about="Gaussian error linear unit, with Φ approximated by tanh.",
        where={"x": ANY},
        forward=(
            Step("u = √(2/π)·(x + 0.044715·x³)", "*s"),
            Step("t = tanh(u)", "*s"),
            Step("out = ½·x·(1 + t)"),
        ),
        backward=(
            CHAIN,
            "x is in out on two paths: itself, and in t through u. Sum both.",
            Step("u' = √(2/π)·(1 + 3·0.044715·x²)", "*s"),
            Step("dx = dout·(½·(1 + t) + ½·x·(1 - t²)·u')", note="tanh' = 1 - t²"),
        ),
        pitfalls=(
            "The backward is of this formula, not of the exact GELU's.",
            "0.044715 is inside the brackets with x³; its slope has the factor 3.",
        ),
        source="D. Hendrycks and K. Gimpel, Gaussian Error Linear Units (GELUs), 2016, section 2",
    ),
}
