"""deeplearning.ai on Coursera: right code passes, wrong code is caught, and what is not begun is
not wrong.
"""

import pytest

from test_adapters.verdicts import changed, source, verdicts

pytestmark = pytest.mark.slow

RIGHT = {
    "adam:update_parameters_with_adam",
    "affine:linear_forward",
    "affine_relu:linear_activation_forward",
    "avg_pool:pool_forward",
    "conv:conv_forward",
    "lstm:lstm_forward",
    "lstm_step:lstm_cell_forward",
    "max_pool:pool_forward",
    "relu:relu",
    "rnn:rnn_forward",
    "rnn_step:rnn_cell_forward",
    "sgd:update_parameters",
    "sgd:update_parameters_with_gd",
    "sgd_momentum:update_parameters_with_momentum",
    "sigmoid:sigmoid",
}


def test_what_is_right_is_found_and_not_called_wrong():
    found = verdicts(source("coursera", "right"))
    assert set(found) == RIGHT
    for name, verdict in found.items():
        assert verdict.judged, name
        assert not verdict.wrong, verdict.messages
        assert verdict.warnings <= {"empty", "convention", "dtype"}, name


ALL = {"dx", "dWx", "dWh", "db"}
MISTAKES = [
    ("affine:linear_forward", "dW = np.dot(dZ, A_prev.T) / m", "dW = np.dot(dZ, A_prev.T)", {"dw"}),
    ("affine:linear_forward", "axis=1, keepdims=True) / m", "axis=1, keepdims=True)", {"db"}),
    ("affine:linear_forward", "dA_prev = np.dot(W.T, dZ)", "dA_prev = np.dot(W.T, dZ) / m", {"dx"}),
    ("affine:linear_forward", "Z = np.dot(W, A) + b", "Z = np.dot(W, A)", {"out"}),
    ("affine_relu:linear_activation_forward", "dZ = relu_backward(dA, activation_cache)", "dZ = dA",
     {"dx", "dw", "db"}),
    ("relu:relu", "dZ[Z <= 0] = 0", "dZ[Z < 1] = 0", {"dx"}),
    ("sigmoid:sigmoid", "dZ = dA * s * (1 - s)", "dZ = dA * s", {"dx"}),
    ("conv:conv_forward", "+ b.item()", "", {"out"}),
    ("conv:conv_forward", "dW[..., c] += a_slice", "dW[..., c] = a_slice", {"dw"}),
    ("conv:conv_forward", "dA_prev_pad[i, top : top + f, left : left + f, :] +=",
     "dA_prev_pad[i, top : top + f, left : left + f, :] =", {"dx"}),
    ("conv:conv_forward", "dA_prev_pad[:, pad : pad + n_H_prev, pad : pad + n_W_prev, :]",
     "dA_prev_pad[:, pad:-pad, pad:-pad, :]", {""}),
    ("max_pool:pool_forward", "np.max(window)", "np.min(window)", {"out"}),
    ("max_pool:pool_forward", "create_mask_from_window(window) * dA", "dA", {"dx"}),
    ("avg_pool:pool_forward", "/ (n_H * n_W)", "/ n_H", {"dx"}),
    ("rnn_step:rnn_cell_forward", "(1 - a_next**2) * da_next", "(1 - a_next) * da_next",
     ALL | {"dprev_h"}),
    ("rnn_step:rnn_cell_forward", '"dWaa": np.dot(dtanh, a_prev.T)', '"dWaa": np.dot(dtanh, xt.T)',
     {"dWh"}),
    ("rnn:rnn_forward", "rnn_cell_backward(da[:, :, t] + da_prevt, caches[t])",
     "rnn_cell_backward(da[:, :, t], caches[t])", ALL | {"dh0"}),
    ("lstm_step:lstm_cell_forward", "dit = dc * cct * it * (1 - it)", "dit = dc * cct * it",
     ALL | {"dprev_h"}),
    ("lstm_step:lstm_cell_forward", '"dc_prev": dc * ft', '"dc_prev": dc', {"dprev_c"}),
    ("lstm_step:lstm_cell_forward", 'ot = logistic(np.dot(Wo', 'ot = np.tanh(np.dot(Wo',
     ALL | {"next_h", "dprev_h", "dprev_c"}),
    ("lstm:lstm_forward", "        dc_prevt = gradients", "        gradients", ALL | {"dh0"}),
    ("sgd:update_parameters", "parameters[key] - learning_rate * grads[\"d\" + key]",
     "parameters[key] + learning_rate * grads[\"d\" + key]", {"next_w"}),
    ("sgd_momentum:update_parameters_with_momentum", "+ (1 - beta) * grads", "+ beta * grads",
     {"next_w"}),
    ("adam:update_parameters_with_adam", "v[key] / (1 - beta1**t)", "v[key] / (1 - beta1)",
     {"next_w"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "quantities"), MISTAKES)
def test_what_is_wrong_is_caught(name, old, new, quantities):
    text = changed(source("coursera", "right"), old, new)
    assert verdicts(text, of=name.partition(":")[2])[name].wrong == quantities


def test_what_is_not_begun_is_not_wrong():
    found = verdicts(source("coursera", "skeleton"))
    assert len(found) == 10
    for name, verdict in found.items():
        assert not verdict.wrong, (name, verdict.messages)
        assert "unfinished" in verdict.warnings, name


def test_a_forward_alone_is_judged():
    forward, _, _ = source("coursera", "right").partition("def conv_backward")
    assert verdicts(forward)["conv:conv_forward"].warnings >= {"unfinished"}
    wrong = changed(forward, "+ b.item()", "")
    assert verdicts(wrong)["conv:conv_forward"].wrong == {"out"}


def test_conventions_are_told():
    found = verdicts(source("coursera", "right"), of="linear_forward")["affine:linear_forward"]
    assert found.conventions == ("dW and db are means over the m examples (times m here)",)


OTHERS = """
def rnn_cell_forward(xt, a_prev, parameters): return parameters["U"], None, None
def lstm_forward(x, a0, parameters): return parameters["U"], None
def relu(x): return x
def relu_backward(dout, cache): return dout
def sigmoid(x): return x
def conv_forward(x, w, b, conv_param): return None, None
def conv_backward(dout, cache): return None, None, None
def rnn_forward(x, h0, Wx, Wh, b): return "Wya", None
def rnn_backward(dh, cache): return None
def linear_forward(x, w, b): return None, None
def linear_backward(dout, cache): return None
def update_parameters(params, grads, lr): return params
"""


def test_functions_of_others_by_these_names_are_left_alone():
    assert verdicts(OTHERS, adapter="coursera") == {}
