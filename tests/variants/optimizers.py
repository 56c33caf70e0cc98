"""Right update rules."""

import numpy as np

from impl_numpy.precision import widened
from variants import single_variant


def _started(w, config, *names):
    """config, with zeros for the state that is not there yet."""
    for name in names:
        config.setdefault(name, np.zeros_like(widened(w)))
    return config


def _narrowed(next_w, w, config):
    return next_w.astype(w.dtype), config


# --- sgd ---


@single_variant("sgd", "the course's own: w is overwritten")
def sgd_in_place(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    w -= (config["learning_rate"] * dw).astype(w.dtype, copy=False)
    return w, config


@single_variant("sgd", "a loop over the weights")
def sgd_loop(w, dw, config=None):
    next_w = np.empty(w.shape, w.dtype)
    for index in np.ndindex(w.shape):
        next_w[index] = float(w[index]) - config["learning_rate"] * float(dw[index])
    return next_w, config


# --- sgd_momentum ---


@single_variant("sgd_momentum", "the course's own; config is overwritten")
def sgd_momentum_in_config(w, dw, config=None):
    config = _started(w, config, "velocity")
    v = config["momentum"] * config["velocity"] - config["learning_rate"] * widened(dw)
    config["velocity"] = v
    return _narrowed(widened(w) + v, w, config)


@single_variant("sgd_momentum", "torch's: gradients are summed, and the rate is multiplied in last")
def sgd_momentum_of_gradients(w, dw, config=None):
    config = _started(w, config, "sum")
    config["sum"] = config["momentum"] * config["sum"] + widened(dw)
    return _narrowed(widened(w) - config["learning_rate"] * config["sum"], w, config)


@single_variant("sgd_momentum", "the velocity is positive downhill, and subtracted")
def sgd_momentum_subtracted(w, dw, config=None):
    config = _started(w, config, "velocity")
    config["velocity"] *= config["momentum"]
    config["velocity"] += config["learning_rate"] * widened(dw)
    return _narrowed(widened(w) - config["velocity"], w, config)


@single_variant("sgd_momentum", "the state is kept in the weights' own dtype")
def sgd_momentum_narrow_state(w, dw, config=None):
    v = config.get("velocity", np.zeros_like(w))
    v = config["momentum"] * v.astype(np.float64) - config["learning_rate"] * dw.astype(np.float64)
    v = v.astype(w.dtype)
    return w + v, {**config, "velocity": v}


# --- nesterov ---


@single_variant("nesterov", "torch's: the gradient plus μ times the sum of gradients")
def nesterov_of_gradients(w, dw, config=None):
    config = _started(w, config, "sum")
    mu, gradient = config["momentum"], widened(dw)
    config["sum"] = mu * config["sum"] + gradient
    step = config["learning_rate"] * (gradient + mu * config["sum"])
    return _narrowed(widened(w) - step, w, config)


@single_variant("nesterov", "of Deep Learning from Scratch: w + μ²·v - (1 + μ)·η·dw, then v")
def nesterov_from_old_velocity(w, dw, config=None):
    config = _started(w, config, "velocity")
    mu, step, v = config["momentum"], config["learning_rate"] * widened(dw), config["velocity"]
    next_w = widened(w) + mu * mu * v - (1 + mu) * step
    config["velocity"] = mu * v - step
    return _narrowed(next_w, w, config)


@single_variant("nesterov", "w is moved back by the old velocity and ahead by the new one")
def nesterov_back_and_ahead(w, dw, config=None):
    config = _started(w, config, "velocity")
    mu, before = config["momentum"], config["velocity"]
    back = widened(w) - mu * before
    config["velocity"] = mu * before - config["learning_rate"] * widened(dw)
    moved = back + config["velocity"]
    return _narrowed(moved + mu * config["velocity"], w, config)


# --- rmsprop ---


@single_variant("rmsprop", "the course's own; config is overwritten")
def rmsprop_in_config(w, dw, config=None):
    config = _started(w, config, "cache")
    rho, gradient = config["decay_rate"], widened(dw)
    config["cache"] = rho * config["cache"] + (1 - rho) * gradient**2
    next_w = widened(w)
    next_w = next_w - config["learning_rate"] * gradient / (
        np.sqrt(config["cache"]) + config["epsilon"]
    )
    return _narrowed(next_w, w, config)


@single_variant("rmsprop", "the average moves towards the square; the rate is divided first")
def rmsprop_moving(w, dw, config=None):
    config = _started(w, config, "cache")
    gradient = widened(dw)
    config["cache"] += (1 - config["decay_rate"]) * (gradient * gradient - config["cache"])
    rates = config["learning_rate"] / (config["cache"] ** 0.5 + config["epsilon"])
    return _narrowed(widened(w) - rates * gradient, w, config)


# --- adam ---


def _moments(w, dw, config):
    """Config with m, v and t after this step."""
    config = _started(w, config, "m", "v")
    beta1, beta2, gradient = config["beta1"], config["beta2"], widened(dw)
    config["t"] = config.get("t", 0) + 1
    config["m"] = beta1 * config["m"] + (1 - beta1) * gradient
    config["v"] = beta2 * config["v"] + (1 - beta2) * (gradient**2)
    return config


@single_variant("adam", "the course's own; config is overwritten")
def adam_in_config(w, dw, config=None):
    config = _moments(w, dw, config)
    mt = config["m"] / (1 - config["beta1"] ** config["t"])
    vt = config["v"] / (1 - config["beta2"] ** config["t"])
    step = config["learning_rate"] * mt / (np.sqrt(vt) + config["epsilon"])
    return _narrowed(widened(w) - step, w, config)


def _torch_step(config):
    """The roots are corrected, not the averages."""
    rate = config["learning_rate"] / (1 - config["beta1"] ** config["t"])
    root = float(np.sqrt(1 - config["beta2"] ** config["t"]))
    return rate * config["m"] / (np.sqrt(config["v"]) / root + config["epsilon"])


@single_variant("adam", "torch's: the learning rate and the root are corrected, not m and v")
def adam_corrected_rate(w, dw, config=None):
    config = _moments(w, dw, config)
    return _narrowed(widened(w) - _torch_step(config), w, config)


@single_variant("adam", "the paper's efficient form, with epsilon corrected along")
def adam_efficient(w, dw, config=None):
    config = _moments(w, dw, config)
    root = float(np.sqrt(1 - config["beta2"] ** config["t"]))
    rate = config["learning_rate"] * root / (1 - config["beta1"] ** config["t"])
    step = rate * config["m"] / (np.sqrt(config["v"]) + root * config["epsilon"])
    return _narrowed(widened(w) - step, w, config)


@single_variant("adam", "the averages move towards the gradient; β₁ᵗ is multiplied up")
def adam_moving(w, dw, config=None):
    config, gradient = _started(w, config, "m", "v"), widened(dw)
    for power, beta in (("power1", "beta1"), ("power2", "beta2")):
        config[power] = config.get(power, 1.0) * config[beta]
    config["m"] = config["m"] + (1 - config["beta1"]) * (gradient - config["m"])
    config["v"] = config["v"] + (1 - config["beta2"]) * (gradient * gradient - config["v"])
    m, v = config["m"] / (1 - config["power1"]), config["v"] / (1 - config["power2"])
    return _narrowed(
        widened(w) - config["learning_rate"] * (m / (v**0.5 + config["epsilon"])), w, config
    )


@single_variant("adam", "the state is kept in the weights' own dtype")
def adam_narrow_state(w, dw, config=None):
    config = _moments(w, dw, config)
    for name in ("m", "v"):
        config[name] = config[name].astype(w.dtype).astype(widened(w).dtype)
    return _narrowed(widened(w) - _torch_step(config), w, config)


# --- adamw ---


@single_variant("adamw", "torch's: w is scaled by 1 - η·λ first")
def adamw_scaled_first(w, dw, config=None):
    config = _moments(w, dw, config)
    scaled = (1 - config["learning_rate"] * config["weight_decay"]) * widened(w)
    return _narrowed(scaled - _torch_step(config), w, config)


@single_variant("adamw", "the paper's: one learning rate over Adam's quotient plus λ·w")
def adamw_paper(w, dw, config=None):
    config = _moments(w, dw, config)
    m = config["m"] / (1 - config["beta1"] ** config["t"])
    v = config["v"] / (1 - config["beta2"] ** config["t"])
    quotient = m / (np.sqrt(v) + config["epsilon"])
    total = quotient + config["weight_decay"] * widened(w)
    return _narrowed(widened(w) - config["learning_rate"] * total, w, config)
