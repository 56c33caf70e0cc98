"""Wrong update rules."""

import numpy as np

from impl_numpy import adam, adamw, nesterov, rmsprop, sgd, sgd_momentum
from mutants import hinted, warning, wrong

# --- sgd ---


@wrong("sgd", "value", "next_w", "the step goes uphill")
@hinted("the step goes uphill")
def sgd_uphill(w, dw, config):
    return sgd(w, -dw, config)


@wrong("sgd", "value", "next_w", "the learning rate is 0.01, whatever config says")
@hinted("with learning_rate = 0.01")
def sgd_ignores_rate(w, dw, config):
    return sgd(w, dw)


@wrong("sgd", "value", "next_w", "the gradient is scaled to a norm of 1")
@hinted("the gradient is scaled to a norm of 1")
def sgd_normalized(w, dw, config):
    return sgd(w, dw / np.sqrt((dw * dw).sum()), config)


@wrong("sgd", "value", "next_w", "gradients are clipped to [-1, 1]")
@hinted("gradients are clipped to [-1, 1]")
def sgd_clipped(w, dw, config):
    return sgd(w, np.clip(dw, -1, 1), config)


@wrong("sgd", "value", "next_w", "the change is returned, not the weights")
@hinted("the change is returned, not the weights")
def sgd_returns_change(w, dw, config):
    next_w, config = sgd(w, dw, config)
    return next_w - w, config


@wrong("sgd", "arity", "", "config is not returned")
def sgd_forgets_config(w, dw, config):
    return sgd(w, dw, config)[0]


@warning("sgd", "unfinished", "config", "config is returned as None")
def sgd_returns_no_config(w, dw, config):
    return sgd(w, dw, config)[0], None


@warning("sgd", "unfinished", "next_w", "next_w is returned as None")
def sgd_unfinished(w, dw, config):
    return None, config


@warning("sgd", "mutation", "dw", "dw is multiplied by the learning rate in place")
def sgd_scales_dw(w, dw, config):
    answer = sgd(w, dw, config)
    dw *= -config["learning_rate"]
    return answer


@warning("sgd", "dtype", "next_w", "the learning rates are a float64 array")
def sgd_promotes(w, dw, config):
    return w - np.full(w.shape, config["learning_rate"]) * dw, config


@wrong("sgd", "shape", "next_w", "the weights come back flat")
def sgd_flat(w, dw, config):
    next_w, config = sgd(w, dw, config)
    return next_w.ravel(), config


# --- sgd_momentum ---


@wrong("sgd_momentum", "value", "next_w", "the velocity is not kept")
@hinted("the velocity is not kept")
def sgd_momentum_forgets(w, dw, config):
    return sgd_momentum(w, dw, config)[0], config


@wrong("sgd_momentum", "value", "next_w", "the momentum has the wrong sign")
@hinted("with -momentum for momentum")
def sgd_momentum_negative(w, dw, config):
    next_w, after = sgd_momentum(w, dw, {**config, "momentum": -config["momentum"]})
    return next_w, {**after, "momentum": config["momentum"]}


@wrong("sgd_momentum", "value", "next_w", "the velocity is subtracted: w -= v for w += v")
@hinted("the step goes up the gradient, not down: a sign is reversed")
def sgd_momentum_subtracts(w, dw, config):
    next_w, config = sgd_momentum(w, dw, config)
    return w - (next_w - w), config


@wrong("sgd_momentum", "value", "next_w", "the gradient is weighed by 1 - momentum")
@hinted("the gradient is weighed by 1 - momentum")
def sgd_momentum_averages(w, dw, config):
    return sgd_momentum(w, (1 - config["momentum"]) * dw, config)


@wrong("sgd_momentum", "value", "next_w", "w moves by the velocity of the step before")
@hinted("w moves by the velocity of the step before")
def sgd_momentum_late(w, dw, config):
    _, after = sgd_momentum(w, dw, config)
    return w + config.get("velocity", np.zeros_like(w)), after


@wrong("sgd_momentum", "value", "next_w", "the momentum is 0.9, whatever config says")
@hinted("with momentum = 0.9")
def sgd_momentum_ignores_momentum(w, dw, config):
    return sgd_momentum(w, dw, {**config, "momentum": 0.9})


@wrong("sgd_momentum", "value", "next_w", "Nesterov's momentum is used")
@hinted("Nesterov's momentum is used")
def sgd_momentum_looks_ahead(w, dw, config):
    return nesterov(w, dw, config)


# --- nesterov ---


@wrong("nesterov", "value", "next_w", "plain momentum: nothing is looked ahead to")
@hinted("plain momentum is used: nothing is looked ahead to")
def nesterov_plain(w, dw, config):
    return sgd_momentum(w, dw, config)


@wrong("nesterov", "value", "next_w", "the velocity is not kept")
@hinted("the velocity is not kept")
def nesterov_forgets(w, dw, config):
    return nesterov(w, dw, config)[0], config


@wrong("nesterov", "value", "next_w", "the old velocity is added, not subtracted")
@hinted("the old velocity is added, not subtracted")
def nesterov_adds_old(w, dw, config):
    old = config.get("velocity", np.zeros_like(w))
    next_w, after = nesterov(w, dw, config)
    return next_w + 2 * config["momentum"] * old, after


@wrong("nesterov", "value", "next_w", "the velocity is updated before μ²·v - (1 + μ)·η·dw uses it")
@hinted("the velocity is updated before it is used in the step")
def nesterov_updates_first(w, dw, config):
    rate, momentum = config["learning_rate"], config["momentum"]
    v = momentum * config.get("velocity", np.zeros_like(w)) - rate * dw
    return w + momentum * momentum * v - (1 + momentum) * rate * dw, {**config, "velocity": v}


@wrong("nesterov", "value", "next_w", "the old velocity is the new one, as both are one array")
@hinted("the old velocity is overwritten by the new one")
def nesterov_old_is_new(w, dw, config):
    momentum = config["momentum"]
    v = config.get("velocity", np.zeros_like(w))
    old = v
    v *= momentum
    v -= config["learning_rate"] * dw
    return w - momentum * old + (1 + momentum) * v, {**config, "velocity": v}


# --- rmsprop ---


@wrong("rmsprop", "value", "next_w", "the cache is not kept")
@hinted("the cache is not kept")
def rmsprop_forgets(w, dw, config):
    return rmsprop(w, dw, config)[0], config


@wrong("rmsprop", "value", "next_w", "ρ and 1 - ρ are swapped")
@hinted("with 1 - decay_rate for decay_rate")
def rmsprop_swapped_decay(w, dw, config):
    swapped = {**config, "decay_rate": 1 - config["decay_rate"]}
    next_w, after = rmsprop(w, dw, swapped)
    return next_w, {**after, "decay_rate": config["decay_rate"]}


@wrong("rmsprop", "value", "next_w", "squares are summed, never forgotten: this is AdaGrad")
@hinted("squares are summed and never forgotten, as in AdaGrad")
def rmsprop_adagrad(w, dw, config):
    squares = config.get("cache", 0) + dw * dw
    step = config["learning_rate"] * dw / (np.sqrt(squares) + config["epsilon"])
    return w - step, {**config, "cache": squares}


def _squares(dw, config):
    rho = config["decay_rate"]
    return rho * config.get("cache", np.zeros_like(dw)) + (1 - rho) * dw * dw


@warning("rmsprop", "convention", "next_w", "epsilon is added under the root")
def rmsprop_eps_in_root(w, dw, config):
    squares = _squares(dw, config)
    step = config["learning_rate"] * dw / np.sqrt(squares + config["epsilon"])
    return w - step, {**config, "cache": squares}


@wrong("rmsprop", "nonfinite", "next_w", "epsilon is left out: 0/0 where the gradient was always 0")
@hinted("epsilon is left out")
def rmsprop_without_eps(w, dw, config):
    squares = _squares(dw, config)
    return w - config["learning_rate"] * dw / np.sqrt(squares), {**config, "cache": squares}


@wrong("rmsprop", "value", "next_w", "the root is forgotten")
@hinted("the root is forgotten")
def rmsprop_without_root(w, dw, config):
    squares = _squares(dw, config)
    step = config["learning_rate"] * dw / (squares + config["epsilon"])
    return w - step, {**config, "cache": squares}


@wrong("rmsprop", "value", "next_w", "the step uses the cache of the step before")
@hinted("the step uses the cache of the step before")
def rmsprop_late(w, dw, config):
    before = config.get("cache", np.zeros_like(w))
    step = config["learning_rate"] * dw / (np.sqrt(before) + config["epsilon"])
    return w - step, {**config, "cache": _squares(dw, config)}


@warning("rmsprop", "mutation", "dw", "dw is multiplied by the learning rate in place")
def rmsprop_scales_dw(w, dw, config):
    answer = rmsprop(w, dw, config)
    dw *= config["learning_rate"]
    return answer


# --- adam ---


def _moments(dw, config):
    """config with m, v and t as they are after this step."""
    beta1, beta2, zeros = config["beta1"], config["beta2"], np.zeros_like(dw)
    m = beta1 * config.get("m", zeros) + (1 - beta1) * dw
    v = beta2 * config.get("v", zeros) + (1 - beta2) * dw * dw
    return {**config, "m": m, "v": v, "t": config.get("t", 0) + 1}


def _corrected(config, t):
    return config["m"] / (1 - config["beta1"] ** t), config["v"] / (1 - config["beta2"] ** t)


def _step(m, v, config):
    return config["learning_rate"] * m / (np.sqrt(v) + config["epsilon"])


@wrong("adam", "value", "next_w", "m and v are not corrected for starting at 0")
@hinted("m and v are not corrected for starting at 0")
def adam_uncorrected(w, dw, config):
    config = _moments(dw, config)
    return w - _step(config["m"], config["v"], config), config


@wrong("adam", "value", "next_w", "only m is corrected for starting at 0")
@hinted("only m is corrected for starting at 0, v is not")
def adam_uncorrected_v(w, dw, config):
    config = _moments(dw, config)
    m, _ = _corrected(config, config["t"])
    return w - _step(m, config["v"], config), config


@wrong("adam", "value", "next_w", "t is not incremented: it is always the first step")
@hinted("t is not incremented: it is always the first step")
def adam_stuck_t(w, dw, config):
    next_w, after = adam(w, dw, config)
    return next_w, {**after, "t": 0}


@wrong("adam", "crash", "", "t is incremented after it is used: 1 - β⁰ is 0")
def adam_late_t(w, dw, config):
    config = _moments(dw, config)
    t = config["t"] - 1
    rate = config["learning_rate"] / (1 - config["beta1"] ** t)
    return w - rate * _step(config["m"], config["v"], config), config


@wrong("adam", "nonfinite", "next_w", "t is incremented after it is used: 0 / 0 in the first step")
@hinted("t begins at 0: it is incremented after it is used")
def adam_late_array_t(w, dw, config):
    config = _moments(dw, config)
    m, v = _corrected(config, np.array(config["t"] - 1, w.dtype))
    return w - _step(m, v, config), config


@wrong("adam", "value", "next_w", "t starts at 1 and is incremented before it is used")
@hinted("t begins at 2: it is incremented once too often")
def adam_early_t(w, dw, config):
    return adam(w, dw, {"t": 1, **config})


@wrong("adam", "value", "next_w", "the corrected averages are kept, and corrected again")
@hinted("the corrected averages are kept, and corrected again")
def adam_keeps_corrected(w, dw, config):
    next_w, after = adam(w, dw, config)
    m, v = _corrected(after, after["t"])
    return next_w, {**after, "m": m, "v": v}


@wrong("adam", "value", "next_w", "the averages are not kept")
@hinted("the averages are not kept")
def adam_forgets(w, dw, config):
    next_w, after = adam(w, dw, config)
    return next_w, {**config, "t": after["t"]}


@wrong("adam", "value", "next_w", "β₁ and β₂ are swapped")
@hinted("with beta1 and beta2 swapped")
def adam_swapped_betas(w, dw, config):
    swapped = {**config, "beta1": config["beta2"], "beta2": config["beta1"]}
    next_w, after = adam(w, dw, swapped)
    return next_w, {**after, "beta1": config["beta1"], "beta2": config["beta2"]}


@wrong("adam", "value", "next_w", "epsilon is added under the root")
@hinted("epsilon is added inside the root")
def adam_eps_in_root(w, dw, config):
    config = _moments(dw, config)
    m, v = _corrected(config, config["t"])
    return w - config["learning_rate"] * m / np.sqrt(v + config["epsilon"]), config


@warning("adam", "convention", "next_w", "epsilon is added before the correction of the root")
def adam_eps_before_correction(w, dw, config):
    config = _moments(dw, config)
    t = config["t"]
    correction = (1 - config["beta2"] ** t) ** 0.5 / (1 - config["beta1"] ** t)
    return w - correction * _step(config["m"], config["v"], config), config


@warning("adam", "dtype", "next_w", "the corrections are a float64 array")
def adam_promotes(w, dw, config):
    config = _moments(dw, config)
    t = config["t"]
    root = np.sqrt(config["v"] / np.full(w.shape, 1 - config["beta2"] ** t))
    m = config["m"] / (1 - config["beta1"] ** t)
    return w - config["learning_rate"] * m / (root + config["epsilon"]), config


@warning("adam", "mutation", "dw", "dw is squared in place")
def adam_squares_dw(w, dw, config):
    answer = adam(w, dw, config)
    dw *= dw
    return answer


_kept = {}


@wrong("adam", "state", "next_w", "the averages are kept in a global, by the weights' shape")
def adam_global_state(w, dw, config):
    state = _kept[w.shape] if "t" in config else {}
    next_w, after = adam(w, dw, {**config, **state})
    _kept[w.shape] = {"m": after["m"], "v": after["v"]}
    return next_w, {**config, "t": after["t"]}


# --- adamw ---


@wrong("adamw", "value", "next_w", "the decay is a part of the gradient: this is Adam with L2")
@hinted("the decay is a part of the gradient, as in L2")
def adamw_coupled(w, dw, config):
    return adam(w, dw + config["weight_decay"] * w, config)


@wrong("adamw", "value", "next_w", "the decay is left out")
@hinted("with weight_decay = 0")
def adamw_without_decay(w, dw, config):
    return adam(w, dw, config)


@wrong("adamw", "value", "next_w", "the decay is not multiplied by the learning rate")
@hinted("the decay is not multiplied by the learning rate")
def adamw_decay_without_rate(w, dw, config):
    next_w, config = adam(w, dw, config)
    return next_w - config["weight_decay"] * w, config


@wrong("adamw", "value", "next_w", "the weights that have already moved decay")
@hinted("the weights that have already moved decay")
def adamw_decays_late(w, dw, config):
    next_w, config = adam(w, dw, config)
    return next_w * (1 - config["learning_rate"] * config["weight_decay"]), config


@wrong("adamw", "value", "next_w", "the weights grow instead of decaying")
@hinted("with -weight_decay for weight_decay")
def adamw_grows(w, dw, config):
    next_w, config = adam(w, dw, config)
    return next_w + config["learning_rate"] * config["weight_decay"] * w, config


@wrong("adamw", "value", "next_w", "the averages are not kept")
@hinted("the averages are not kept")
def adamw_forgets(w, dw, config):
    next_w, after = adamw(w, dw, config)
    return next_w, {**config, "t": after["t"]}
