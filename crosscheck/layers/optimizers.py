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
    terms: Callable[..., Any],
    *conventions: Convention,
) -> Layer:
    """An update rule at these settings of its options."""
    main, other, short = settings
    built_in = {"epsilon"} & set(main)
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
            # An epsilon that code has built in, where it lets nobody choose.
            *(Point({"T": 7, "s": (5,), **main, "epsilon": 0.0000001}) for _ in built_in),
        ),
        torch=torch_rule(torch),
        jax=(optax_rule(optax),),
        options=tuple(main),
        calling=Update(),
        conventions=conventions,
        terms=terms,
    )


def steps_of(inputs, rule, state=()):
    """The weights after each step of ``rule(t, w, dw, *state) -> (next_w, *state)``."""
    w, steps = inputs["w"], []
    state = tuple(np.zeros_like(w) for _ in state)
    for t, dw in enumerate(inputs["dw"], start=1):
        w, *state = rule(t, w, dw, *state)
        steps.append(w)
    return {"next_w": np.stack(steps)}


def sgd_terms(slip, inputs, _, *, learning_rate):
    """The steps in NumPy, and the slips that people make."""

    def rule(t, w, dw):
        step = slip(
            dw,
            {
                "the gradient is scaled to a norm of 1": dw / np.sqrt((dw * dw).sum()),
                "gradients are clipped to [-1, 1]": np.clip(dw, -1, 1),
                "the step goes uphill": -dw,
            },
        )
        after = w - learning_rate * step
        return (slip(after, {"the change is returned, not the weights": after - w}),)

    return steps_of(inputs, rule)


def momentum_terms(slip, inputs, _, *, learning_rate, momentum):
    """The steps in NumPy, and the slips that people make."""

    def rule(t, w, dw, old):
        part = {"the gradient is weighed by 1 - momentum": (1 - momentum) * dw}
        v = momentum * old - learning_rate * slip(dw, part)
        after = slip(
            w + v,
            {
                "the step goes up the gradient, not down: a sign is reversed": w - v,
                "w moves by the velocity of the step before": w + old,
                "Nesterov's momentum is used": w - momentum * old + (1 + momentum) * v,
            },
        )
        return after, slip(v, {"the velocity is not kept": 0 * v})

    return steps_of(inputs, rule, ("velocity",))


def nesterov_terms(slip, inputs, _, *, learning_rate, momentum):
    """The steps in NumPy, and the slips that people make."""

    def rule(t, w, dw, old):
        v = momentum * old - learning_rate * dw
        again = momentum**2 * v - (1 + momentum) * learning_rate * dw
        after = slip(
            w - momentum * old + (1 + momentum) * v,
            {
                "plain momentum is used: nothing is looked ahead to": w + v,
                "the old velocity is added, not subtracted": w
                + momentum * old
                + (1 + momentum) * v,
                "the velocity is updated before it is used in the step": w + again,
                "the old velocity is overwritten by the new one": w
                - momentum * v
                + (1 + momentum) * v,
            },
        )
        return after, slip(v, {"the velocity is not kept": 0 * v})

    return steps_of(inputs, rule, ("velocity",))


def rmsprop_terms(slip, inputs, _, *, learning_rate, decay_rate, epsilon):
    """The steps in NumPy, and the slips that people make."""

    def rule(t, w, dw, old):
        s = slip(
            decay_rate * old + (1 - decay_rate) * dw**2,
            {"squares are summed and never forgotten, as in AdaGrad": old + dw**2},
        )
        used = slip(s, {"the step uses the cache of the step before": old})
        below = slip(
            np.sqrt(used) + epsilon,
            {
                "the root is forgotten": used + epsilon,
                "epsilon is left out": np.sqrt(used),
            },
        )
        return w - learning_rate * dw / below, slip(s, {"the cache is not kept": 0 * s})

    return steps_of(inputs, rule, ("cache",))


def adam_terms(slip, inputs, _, *, learning_rate, beta1, beta2, epsilon, weight_decay=0.0):
    """The steps in NumPy, and the slips that people make."""

    def rule(step, w, dw, m, v):
        t = slip(
            step,
            {
                "t is not incremented: it is always the first step": 1,
                "t begins at 2: it is incremented once too often": step + 1,
                "t begins at 0: it is incremented after it is used": step - 1,
            },
        )
        grad = slip(dw, {"the decay is a part of the gradient, as in L2": dw + weight_decay * w})
        m, v = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2
        plain, only_m = "m and v are not corrected for starting at 0", "only m is corrected"
        full = m / (1 - beta1**t), v / (1 - beta2**t)
        m_hat = slip(full[0], {plain: m})
        v_hat = slip(full[1], {plain: v, f"{only_m} for starting at 0, v is not": v})
        below = slip(
            np.sqrt(v_hat) + epsilon,
            {
                "epsilon is added inside the root": np.sqrt(v_hat + epsilon),
                "the root is forgotten": v_hat + epsilon,
            },
        )
        move, decay = learning_rate * m_hat / below, learning_rate * weight_decay
        late = (w - move) * (1 - decay)
        after = slip(
            w - decay * w - move,
            {
                "the decay is a part of the gradient, as in L2": w - move,
                "the decay is not multiplied by the learning rate": w - weight_decay * w - move,
                "the weights that have already moved decay": late,
            },
        )
        corrected, lost = (
            "the corrected averages are kept, and corrected again",
            "the averages are not kept",
        )
        m = slip(m, {corrected: full[0], lost: 0 * m})
        return after, m, slip(v, {corrected: full[1], lost: 0 * v})

    return steps_of(inputs, rule, ("m", "v"))


sgd = update_rule(
    "sgd",
    "w ← w - η·dw",
    PLAIN,
    lambda optim, w, learning_rate: optim.SGD(w, lr=learning_rate, foreach=False),
    lambda optax, learning_rate: optax.sgd(learning_rate),
    sgd_terms,
)

sgd_momentum = update_rule(
    "sgd_momentum",
    "v ← μ·v - η·dw    w ← w + v",
    MOMENTUM,
    lambda optim, w, learning_rate, momentum: optim.SGD(
        w, lr=learning_rate, momentum=momentum, foreach=False
    ),
    lambda optax, learning_rate, momentum: optax.sgd(learning_rate, momentum=momentum),
    momentum_terms,
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
    nesterov_terms,
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
    rmsprop_terms,
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
    adam_terms,
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
    adam_terms,
    BEFORE,
)
