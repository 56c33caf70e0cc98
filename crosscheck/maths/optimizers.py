"""Update rules."""

from crosscheck.maths._record import Maths, Step, Told

WHERE = {
    "w": "weights",
    "dw": "their gradients, one for each of T steps",
    "learning_rate": "η",
}
MOMENTUM = {**WHERE, "momentum": "μ, how much of the velocity stays"}
MOMENTS = {
    **WHERE,
    "beta1": "β₁, how much of m stays",
    "beta2": "β₂, how much of v stays",
    "epsilon": "ε, keeps the root from 0",
}
EVERY = "T steps, each from the last next_w. A step, with its state from config:"
NOTHING = ("dw is an input here: nothing is differentiated.",)
RETURNED = "Put the new state into the config that you return: the next step reads it."
GIVEN = "setdefault, not assignment: an option that was given must not be overwritten."


def of_adam(*last: Told) -> tuple[Told, ...]:
    """The averages, and what is done with them."""
    return (
        EVERY,
        Step("t ← t + 1", "", "from 0"),
        Step("m ← β₁·m + (1 - β₁)·dw", "*s", "from 0: average gradient"),
        Step("v ← β₂·v + (1 - β₂)·dw²", "*s", "from 0: average square"),
        Step("m̂ = m/(1 - β₁ᵗ)", "*s", "m starts at 0"),
        Step("v̂ = v/(1 - β₂ᵗ)", "*s"),
        *last,
    )


BEFORE = "t grows before it is used: at t = 0 the correction would divide by 0."

MATHS = {
    "sgd": Maths(
        about="Stochastic gradient descent: a step against the gradient.",
        dims="T steps",
        where=WHERE,
        forward=(EVERY, Step("next_w = w - η·dw")),
        backward=NOTHING,
        pitfalls=("Minus: the gradient points uphill.", "dw stays as it is; w may be overwritten."),
    ),
    "sgd_momentum": Maths(
        about="Gradient descent with momentum: the steps are those of a velocity.",
        dims="T steps",
        where=MOMENTUM,
        forward=(
            EVERY,
            Step("v ← μ·v - η·dw", "*s", "velocity, from 0"),
            Step("next_w = w + v"),
        ),
        backward=NOTHING,
        pitfalls=(
            "The sign is in v: w + v.",
            "torch has v ← μ·v + dw and w - η·v: the same steps while η stays.",
            RETURNED,
        ),
    ),
    "nesterov": Maths(
        about="Nesterov's momentum, for w at the point looked ahead to.",
        dims="T steps",
        where=MOMENTUM,
        forward=(
            EVERY,
            Step("v ← μ·v - η·dw", "*s", "velocity, from 0"),
            Step("next_w = w + μ·v - η·dw", note="with the new v"),
        ),
        backward=NOTHING,
        pitfalls=(
            "The step takes the new v: with the old one it is plain momentum.",
            "In the course's form: w - μ·v_old + (1 + μ)·v, which is the same.",
            RETURNED,
        ),
        source="I. Sutskever et al., On the importance of initialization and momentum in deep "
        "learning, ICML 2013",
    ),
    "rmsprop": Maths(
        about="RMSProp: each weight's step divided by how large its gradients have been.",
        dims="T steps",
        where={
            **WHERE,
            "decay_rate": "ρ, how much of the average stays",
            "epsilon": MOMENTS["epsilon"],
        },
        forward=(
            EVERY,
            Step("s ← ρ·s + (1 - ρ)·dw²", "*s", "average square, from 0"),
            Step("next_w = w - η·dw/(√s + ε)"),
        ),
        backward=NOTHING,
        pitfalls=(
            "ε is outside the root.",
            "The new s, not the old one, is under the root.",
            RETURNED,
        ),
        source="T. Tieleman and G. Hinton, Neural Networks for Machine Learning, lecture 6.5, 2012",
    ),
    "adam": Maths(
        about="Adam: momentum and RMSProp together, both averages corrected for starting at 0.",
        dims="T steps",
        where=MOMENTS,
        forward=of_adam(Step("next_w = w - η·m̂/(√v̂ + ε)")),
        backward=NOTHING,
        pitfalls=(
            BEFORE,
            "Keep m and v in config, not the corrected ones.",
            "ε is outside the root, beside √v̂. " + GIVEN,
            RETURNED,
        ),
        source="D. P. Kingma and J. Ba, Adam, ICLR 2015, algorithm 1",
    ),
    "adamw": Maths(
        about="Adam with weight decay that is no part of the gradient.",
        dims="T steps",
        where={**MOMENTS, "weight_decay": "λ"},
        forward=of_adam(Step("next_w = w - η·λ·w - η·m̂/(√v̂ + ε)")),
        backward=NOTHING,
        pitfalls=(
            "λ·w is not added to dw: m and v must not see it.",
            "The decay is of the old w, and η multiplies it.",
            BEFORE,
            RETURNED,
        ),
        source="I. Loshchilov and F. Hutter, Decoupled Weight Decay Regularization, ICLR 2019",
    ),
}
