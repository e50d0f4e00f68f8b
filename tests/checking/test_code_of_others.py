"""Code in the ways that people elsewhere write it: it runs as it is, and slips in it stay slips."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.checking.code import CodeCheck, check_code
from chalkgrad.errors import EvaluationError


def verdicts(found: CodeCheck) -> dict[str, str]:
    return {block.name: block.verdict for block in found.blocks}


def checked(tmp_path: Path, text: str, function: str, against: str | None = None) -> CodeCheck:
    file = tmp_path / "code.py"
    file.write_text("import numpy as np\n" + text)
    return check_code(file, function, against)


# Each has its slip: what stands there, what would be wrong, and which gradients are.
LAYERS = {
    "steps_of_a_layer_for_one_column": (
        """
class Layer:
    def __init__(self, input_size, output_size):
        self.weights = np.random.randn(output_size, input_size)
        self.bias = np.random.randn(output_size, 1)
    def forward(self, input):
        self.input = input
        return np.dot(self.weights, self.input) + self.bias
    def backward(self, output_gradient, learning_rate):
        input_gradient = np.dot(self.weights.T, output_gradient)
        self.weights -= learning_rate * np.dot(output_gradient, self.input.T)
        self.bias -= learning_rate * output_gradient
        return input_gradient
""",
        "Layer",
        "learning_rate * output_gradient",
        "2 * learning_rate * output_gradient",
        {"bias"},
    ),
    "an_image_convolved_by_the_constructor_s_arrays": (
        """
class Scale:
    def __init__(self, W, b):
        self.W, self.b = W, b
        self.dW = self.db = None
    def forward(self, x):
        F, C, H, V = self.W.shape
        self.x = x
        self.total = x.sum(axis=(1, 2, 3))
        return self.total[:, None] * self.W.sum(axis=(1, 2, 3)) + self.b[0]
    def backward(self, error_from_above):
        self.db = np.zeros_like(self.b)
        self.db[0] = error_from_above.sum()
        self.dW = np.ones_like(self.W) * (self.total @ error_from_above)[:, None, None, None]
        down = error_from_above @ self.W.sum(axis=(1, 2, 3))
        return np.ones_like(self.x) * down.reshape(len(down), *[1] * (self.x.ndim - 1))
""",
        "Scale",
        "error_from_above.sum()",
        "error_from_above.mean()",
        {"b"},
    ),
    "two_gradients_from_above": (
        """
def step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    i, f = 1 / (1 + np.exp(-a[:, :H])), 1 / (1 + np.exp(-a[:, H:2 * H]))
    o, g = 1 / (1 + np.exp(-a[:, 2 * H:3 * H])), np.tanh(a[:, 3 * H:])
    next_c = f * prev_c + i * g
    return o * np.tanh(next_c), next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)
def step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    dc = dnext_c + dnext_h * o * (1 - np.tanh(next_c)**2)
    da = np.hstack([dc * g * i * (1 - i), dc * prev_c * f * (1 - f),
                    dnext_h * np.tanh(next_c) * o * (1 - o), dc * i * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)
""",
        "step_backward",
        "dc = dnext_c + ",
        "dc = ",
        {"x", "prev_h", "prev_c", "Wx", "Wh", "b"},
    ),
    "a_loss_beside_the_gradient_by_its_scores": (
        """
def softmax_loss(x, y):
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(y))
    loss = -np.log(p[rows, y]).mean()
    dx = p.copy()
    dx[rows, y] -= 1
    return loss, dx / len(y)
""",
        "softmax_loss",
        "dx / len(y)",
        "dx",
        {"x"},
    ),
    "a_loss_layer_that_begins_with_1": (
        """
class Loss:
    def forward(self, x, t):
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        self.y, self.t = e / e.sum(axis=-1, keepdims=True), t
        return -(t * np.log(self.y)).sum() / len(t)
    def backward(self, dout=1):
        dx = (self.y - self.t) / len(self.t)
        return dx
""",
        "Loss",
        "self.y - self.t)",
        "self.y + self.t)",
        {"x"},
    ),
    "a_loss_of_outputs_and_targets": (
        """
def mse(y_true, y_pred):
    return np.mean((y_true - y_pred)**2)
def mse_prime(y_true, y_pred):
    return 2 * (y_pred - y_true) / np.size(y_true)
""",
        "mse_prime",
        "y_pred - y_true",
        "y_true - y_pred",
        {"y_pred"},
    ),
    "keywords_and_a_flag_for_training": (
        """
class Dense:
    def __init__(self, in_features, out_features, *, rng):
        self.W = rng.standard_normal((in_features, out_features)).astype(np.float32)
        self.b = np.zeros(out_features, dtype=np.float32)
    def forward(self, x, training=False):
        if training:
            self._x = x
        return x @ self.W + self.b
    def backward(self, grad_y):
        self.dW, self.db = self._x.T @ grad_y, grad_y.sum(axis=0)
        return grad_y @ self.W.T
""",
        "Dense",
        "self._x.T @ grad_y",
        "-self._x.T @ grad_y",
        {"W"},
    ),
    "a_layer_of_keras_without_keras": (
        """
import tensorflow as tf
from tensorflow import keras
class Dense(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], self.units), initializer="normal")
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")
    def call(self, inputs):
        self.inputs = inputs
        return inputs @ self.kernel + self.bias
    def backward(self, upstream):
        self.grad_kernel, self.grad_bias = self.inputs.T @ upstream, upstream.sum(axis=0)
        return upstream @ self.kernel.T
""",
        "Dense",
        "upstream.sum(axis=0)",
        "upstream.sum(axis=0) / 2",
        {"bias"},
    ),
    "parameters_that_come_late_in_dictionaries": (
        """
class Dense:
    def __init__(self, n_out):
        self.n_out, self.parameters, self.gradients = n_out, {"W": None, "b": None}, {}
    def forward(self, X):
        if self.parameters["W"] is None:
            self.parameters = {"W": np.random.randn(X.shape[1], self.n_out), "b": np.zeros((1, self.n_out))}
        self.X = X
        return X @ self.parameters["W"] + self.parameters["b"]
    def backward(self, dLdy):
        self.gradients = {"W": self.X.T @ dLdy, "b": dLdy.sum(axis=0, keepdims=True)}
        return dLdy @ self.parameters["W"].T
""",
        "Dense",
        "dLdy.sum(axis=0, keepdims=True)",
        "dLdy[:1]",
        {"parameters.b"},
    ),
}


@pytest.mark.parametrize("form", LAYERS)
def test_a_layer_is_right_as_it_is_written_and_its_slip_is_wrong(tmp_path: Path, form: str) -> None:
    text, function, before, after, names = LAYERS[form]
    assert text.count(before) == 1
    right = verdicts(checked(tmp_path, text, function))
    assert set(right.values()) == {"right"}
    wrong = verdicts(checked(tmp_path, text.replace(before, after), function))
    assert {name for name, verdict in wrong.items() if verdict != "right"} == names
    assert {wrong[name] for name in names} == {"wrong"}
    assert set(wrong) == set(right)


MEANS = """
def linear_forward(A, W, b):
    return A @ W + b, (A, W, b)
def linear_backward(dZ, cache):
    A, W, b = cache
    m = A.shape[0]
    dW = A.T @ dZ / m
    db = dZ.sum(axis=0) / m
    dA = dZ @ W.T
    return dA, dW, db
"""


def test_a_mean_in_every_parameter_of_a_layer_is_a_convention(tmp_path: Path) -> None:
    found = verdicts(checked(tmp_path, MEANS, "linear_backward"))
    assert found == {"A": "right", "W": "right_up_to", "b": "right_up_to"}
    one = verdicts(checked(tmp_path, MEANS.replace("axis=0) / m", "axis=0)"), "linear_backward"))
    assert one == {"A": "right", "W": "wrong", "b": "right"}
    other = verdicts(checked(tmp_path, MEANS.replace("dZ @ W.T", "-dZ @ W.T"), "linear_backward"))
    assert other == {"A": "wrong", "W": "wrong", "b": "wrong"}


def test_sizes_that_are_equal_by_chance_hide_no_slip(tmp_path: Path) -> None:
    text = """
def pool_forward(x, size):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // size, size, w // size, size).mean(axis=(3, 5)), (x.shape, size)
def pool_backward(dout, cache):
    (n, c, h, w), size = cache
    return dout.repeat(size, axis=2).repeat(size, axis=3) / size**2
"""
    assert verdicts(checked(tmp_path, text, "pool_backward")) == {"x": "right"}
    found = checked(tmp_path, text.replace("/ size**2", "/ n**2"), "pool_backward")
    assert verdicts(found) == {"x": "wrong"}  # there are as many images as a pool is wide in the first arrays


ONE = """
class Network:
    def __init__(self, sizes):
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]
    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = 1 / (1 + np.exp(-(w @ a + b)))
        return a
    def backprop(self, x, y):
        h = 1 / (1 + np.exp(-(self.weights[0] @ x + self.biases[0])))
        out = 1 / (1 + np.exp(-(self.weights[1] @ h + self.biases[1])))
        last = out - y
        first = self.weights[1].T @ last * h * (1 - h)
        return [first, last], [first @ x.T, last @ h.T]
"""


def test_one_sample_at_a_time_where_none_are_added_up(tmp_path: Path) -> None:
    spec = "3-4-1 sigmoid sigmoid bce"
    found = checked(tmp_path, ONE, "Network.backprop", spec)
    assert set(verdicts(found).values()) == {"right"}
    assert "one sample at a time" in found.called
    slip = checked(tmp_path, ONE.replace("h * (1 - h)", "(1 - h)"), "Network.backprop", spec)
    assert slip.exit_code == 1
    # Where samples are counted, they are meant to be added up.
    counted = ONE.replace("last = out - y", "last = (out - y) / x.shape[1]")
    assert checked(tmp_path, counted, "Network.backprop", spec).exit_code == 1


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


PROJECT = {
    "common/functions.py": "import numpy as np\nimport a_library_that_is_missing as gone\n"
    "def sigmoid(x):\n    return 1 / (1 + np.exp(-x))\ndef plot(x):\n    gone.show(x)\n",
    "common/__init__.py": "",
    "layers/base.py": "class Layer:\n    def forward(self, x):\n        self.out = self.compute(x)\n"
    "        return self.out\n",
    "layers/__init__.py": "",
    "layers/sigmoid.py": "from common.functions import *\nfrom .base import Layer\nfrom elsewhere.nn import Module\n"
    "class Sigmoid(Layer):\n    def compute(self, x):\n        return sigmoid(x)\n"
    "    def backward(self, dout):\n        return dout * (1 - self.out) * self.out\n"
    "class Held(Module):\n    def __init__(self):\n        super().__init__()\n"
    "    def forward(self, x):\n        return x**2\n    def backward(self, dout):\n        return 2 * dout\n",
}


def test_a_file_of_a_project(tmp_path: Path) -> None:
    file = written(tmp_path, PROJECT) / "layers" / "sigmoid.py"
    assert verdicts(check_code(file, "Sigmoid")) == {"x": "right"}
    assert verdicts(check_code(file, "Held")) == {"x": "wrong"}
    file.write_text(file.read_text().replace("* (1 - self.out) ", ""))
    assert verdicts(check_code(file, "Sigmoid")) == {"x": "wrong"}


def test_a_library_that_is_missing_is_told_where_it_is_needed(tmp_path: Path) -> None:
    text = "import gone_library as gl\ndef f(x):\n    return gl.cosh(x)\ndef grad_f(x):\n    return np.sinh(x)\n"
    with pytest.raises(EvaluationError, match=r"gone_library is not installed here, line 4: return gl\.cosh"):
        checked(tmp_path, text, "grad_f")


def test_files_beside_the_project_are_out_of_reach(tmp_path: Path) -> None:
    folder = written(tmp_path, PROJECT)
    (folder / "secret.txt").write_text("secret")
    (folder / "layers" / "thief.py").write_text(
        "from common.functions import *\ndef f(x):\n    return x * len(open('"
        + str(folder / "secret.txt")
        + "').read())\n"
        "def grad_f(x):\n    return 6 + 0 * x\n"
    )
    with pytest.raises(EvaluationError, match="PermissionError"):
        check_code(folder / "layers" / "thief.py", "grad_f")
