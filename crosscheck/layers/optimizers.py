"""Update rules, step by step from the first: next_w holds the weights after each of the T steps.

References: torch.optim and optax, whose defaults are not the course's, so every option is given.
Nesterov's momentum is the one for w at the point looked ahead to (Sutskever et al., ICML 2013); the
epsilon of RMSProp and Adam is added outside the root; Adam's averages are corrected for starting at
0 (Kingma and Ba, ICLR 2015), and AdamW's decay is no part of the gradient (Loshchilov and Hutter,
ICLR 2019).
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from crosscheck.calling import Update
from crosscheck.layer import Alternative, Arrays, Convention, Input, Layer, Output, Point

Options = dict[str, float]
# Three settings of the options each; the numbers of the last one have few binary digits.
PLAIN: tuple[Options, Options, Options] = (
    {"learning_rate": 0.7},
    {"learning_rate": 0.03},
    {"learning_rate": 0.5},
)
MOMENTUM: tuple[Options, Options, Options] = (
    {"learning_rate": 0.7, "momentum": 0.6},
    {"learning_rate": 0.03, "momentum": 0.95},
    {"learning_rate": 0.5, "momentum": 0.5},
)
RMSPROP: tuple[Options, Options, Options] = (
    {"learning_rate": 0.3, "decay_rate": 0.8, "epsilon": 0.01},
    {"learning_rate": 0.05, "decay_rate": 0.95, "epsilon": 0.2},
    {"learning_rate": 0.5, "decay_rate": 0.75, "epsilon": 0.125},
)
ADAM: tuple[Options, Options, Options] = (
    {"learning_rate": 0.1, "beta1": 0.6, "beta2": 0.7, "epsilon": 0.01},
    {"learning_rate": 0.03, "beta1": 0.85, "beta2": 0.95, "epsilon": 0.2},
    {"learning_rate": 0.5, "beta1": 0.5, "beta2": 0.75, "epsilon": 0.125},
)
ADAMW: tuple[Options, Options, Options] = (
    {**ADAM[0], "weight_decay": 0.4},
    {**ADAM[1], "weight_decay": 0.9},
    {**ADAM[2], "weight_decay": 0.5},
)


# Not broadcast: weights have memory of their own, which may be overwritten.
_FORMS = ("fortran", "transposed", "negative")


def torch_rule(make: Callable[..., Any]) -> Callable[..., Any]:
    """The reference that takes T steps with ``make(torch.optim, parameters, **options)``."""

    def reference(w, dw, **options):
        import torch

        parameter = torch.nn.Parameter(w.clone())
        optimizer = make(torch.optim, [parameter], **options)
        steps = []
        for gradient in dw:
            parameter.grad = gradient.clone()
            optimizer.step()
            steps.append(parameter.detach().clone())
        return torch.stack(steps)

    return reference


def optax_rule(make: Callable[..., Any]) -> Callable[..., Any]:
    """The reference that takes T steps with ``make(optax, **options)``."""

    def reference(w, dw, **options):
        import jax.numpy as jnp
        import optax

        rule = make(optax, **options)
        state, steps = rule.init(w), []
        for gradient in dw:
            updates, state = rule.update(gradient, state, w)
            w = optax.apply_updates(w, updates)
            steps.append(w)
        return jnp.stack(steps)

    return reference


def epsilon_inside_root(
    _: np.ndarray,
    inputs: Arrays,
    __: Arrays,
    *,
    learning_rate: float,
    decay_rate: float,
    epsilon: float,
) -> Iterator[np.ndarray]:
    """What RMSProp's steps are with √(s + ε), as optax has it if not told otherwise."""
    w, s, steps = inputs["w"].astype(np.float64), 0.0, []
    for dw in inputs["dw"].astype(np.float64):
        s = decay_rate * s + (1 - decay_rate) * dw**2
        w = w - learning_rate * dw / np.sqrt(s + epsilon)
        steps.append(w)
    yield np.stack(steps)


def epsilon_before_correction(
    _: np.ndarray,
    inputs: Arrays,
    __: Arrays,
    *,
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    weight_decay: float = 0.0,
) -> Iterator[np.ndarray]:
    """What Adam's steps are in the order that the paper calls more efficient (end of section 2):
    η·√(1 - β₂ᵗ)/(1 - β₁ᵗ) · m/(√v + ε).
    """
    w, m, v, steps = inputs["w"].astype(np.float64), 0.0, 0.0, []
    for t, dw in enumerate(inputs["dw"].astype(np.float64), start=1):
        m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2
        rate = learning_rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)
        w = w - learning_rate * weight_decay * w - rate * m / (np.sqrt(v) + epsilon)
        steps.append(w)
    yield np.stack(steps)


INSIDE = Alternative("next_w", "epsilon is added inside the root", epsilon_inside_root)
BEFORE = Alternative(
    "next_w", "epsilon is added to √v before it is corrected", epsilon_before_correction
)


def update_rule(
    name: str,
    formula: str,
    settings: tuple[Options, Options, Options],
    torch: Callable[..., Any],
    optax: Callable[..., Any],
    *conventions: Convention,
) -> Layer:
    """An update rule at these settings of its options."""
    main, other, short = settings
    return Layer(
        name=name,
        formula=formula,
        inputs=(Input("w", "*s", constant=True), Input("dw", "T *s", constant=True)),
        outputs=(Output("next_w", "T *s", constant=True),),
        points=(
            Point(
                {"T": 5, "s": (2, 3), **main},
                scenarios=("normal", "positive", "large-upstream", *_FORMS),
                seeds=(0, 1),
            ),
            Point({"T": 5, "s": (2, 3), **short}, scenarios=("integers",)),
            Point({"T": 1, "s": (3, 2, 5), **other}),
            Point({"T": 3, "s": (1,), **main}),
            Point({"T": 17, "s": (7,), **other}),
        ),
        torch=torch_rule(torch),
        jax=(optax_rule(optax),),
        options=tuple(main),
        calling=Update(),
        conventions=conventions,
    )


sgd = update_rule(
    "sgd",
    "w ← w - η·dw",
    PLAIN,
    lambda optim, w, learning_rate: optim.SGD(w, lr=learning_rate, foreach=False),
    lambda optax, learning_rate: optax.sgd(learning_rate),
)

sgd_momentum = update_rule(
    "sgd_momentum",
    "v ← μ·v - η·dw    w ← w + v",
    MOMENTUM,
    lambda optim, w, learning_rate, momentum: optim.SGD(
        w, lr=learning_rate, momentum=momentum, foreach=False
    ),
    lambda optax, learning_rate, momentum: optax.sgd(learning_rate, momentum=momentum),
)

nesterov = update_rule(
    "nesterov",
    "v ← μ·v - η·dw    w ← w + μ·v - η·dw",
    MOMENTUM,
    lambda optim, w, learning_rate, momentum: optim.SGD(
        w, lr=learning_rate, momentum=momentum, nesterov=True, foreach=False
    ),
    lambda optax, learning_rate, momentum: optax.sgd(
        learning_rate, momentum=momentum, nesterov=True
    ),
)

rmsprop = update_rule(
    "rmsprop",
    "s ← ρ·s + (1 - ρ)·dw²    w ← w - η·dw/(√s + ε)",
    RMSPROP,
    lambda optim, w, learning_rate, decay_rate, epsilon: optim.RMSprop(
        w, lr=learning_rate, alpha=decay_rate, eps=epsilon, foreach=False
    ),
    lambda optax, learning_rate, decay_rate, epsilon: optax.rmsprop(
        learning_rate, decay=decay_rate, eps=epsilon, eps_in_sqrt=False
    ),
    INSIDE,
)

adam = update_rule(
    "adam",
    "m ← β₁·m + (1 - β₁)·dw    v ← β₂·v + (1 - β₂)·dw²    "
    "w ← w - η·m/(1 - β₁ᵗ) / (√(v/(1 - β₂ᵗ)) + ε), t = 1, 2, …",
    ADAM,
    lambda optim, w, learning_rate, beta1, beta2, epsilon: optim.Adam(
        w, lr=learning_rate, betas=(beta1, beta2), eps=epsilon, foreach=False
    ),
    lambda optax, learning_rate, beta1, beta2, epsilon: optax.adam(
        learning_rate, b1=beta1, b2=beta2, eps=epsilon
    ),
    BEFORE,
)

adamw = update_rule(
    "adamw",
    "w ← w - η·λ·w - (the step of adam)",
    ADAMW,
    lambda optim, w, learning_rate, beta1, beta2, epsilon, weight_decay: optim.AdamW(
        w,
        lr=learning_rate,
        betas=(beta1, beta2),
        eps=epsilon,
        weight_decay=weight_decay,
        foreach=False,
    ),
    lambda optax, learning_rate, beta1, beta2, epsilon, weight_decay: optax.adamw(
        learning_rate, b1=beta1, b2=beta2, eps=epsilon, weight_decay=weight_decay
    ),
    BEFORE,
)
