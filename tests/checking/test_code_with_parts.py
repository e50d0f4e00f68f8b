"""Code whose parts stand elsewhere: lists of layers, functions as arguments, helpers and losses that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.checking.code import check_code
from chalkgrad.errors import ChalkgradError

LAYERS = """
import numpy as np
class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, d):
        self.dW, self.db = self.x.T @ d, d.sum(axis=0)
        return d @ self.W.T
class Act:
    def __init__(self, f, f_prime):
        self.f, self.slope = f, f_prime
    def forward(self, x):
        self.x = x
        return self.f(x)
    def backward(self, d):
        return d * self.slope(self.x)
class Model:
    def __init__(self, layers):
        self.layers = layers
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
    def backward(self, d):
        for layer in reversed(self.layers):
            d = layer.backward(d)
        return d
def swish(z): return z / (1 + np.exp(-z))
def swish_prime(z):
    s = 1 / (1 + np.exp(-z))
    return s + z * s * (1 - s)
def main():
    n_inputs = load().shape[1]
    model = Model([Dense(28 * 28, 128), Act(swish, swish_prime), Dense(128, 10)])
"""
ELSEWHERE = """
import numpy as np
class Model:
    def __init__(self, layers):
        self.layers = layers
    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x
    def backward(self, d):
        for layer in reversed(self.layers):
            d = layer.backward(d)
        return d
"""
LISTS = """
import random
LEARNING_RATE = 0.01
class Neuron:
    def __init__(self, n):
        self.weight = [random.uniform(-1, 1) for _ in range(n)]
    def forward(self, rows):
        return [sum(w * x for w, x in zip(self.weight, row)) for row in rows]
    def backward(self, d, rows):
        for k in range(len(self.weight)):
            self.weight[k] -= LEARNING_RATE * sum(one * row[k] for one, row in zip(d, rows))
class Layer:
    def __init__(self, n_in, n_out):
        self.neurons = [Neuron(n_in) for _ in range(n_out)]
    def forward(self, rows):
        self.rows = rows
        found = [neuron.forward(rows) for neuron in self.neurons]
        return [[one[k] for one in found] for k in range(len(rows))]
    def backward(self, d):
        for k, neuron in enumerate(self.neurons):
            neuron.backward([row[k] for row in d], self.rows)
"""
HELPERS = """
import numpy as np
from dnn_utils import sigmoid, relu_backward
from planar_utils import *
def hidden_forward(Z, W):
    A, kept = sigmoid(Z)
    return softmax(A @ W), (A, Z, W)
def hidden_backward(dout, cache):
    A, Z, W = cache
    S = softmax(A @ W)
    d = S * (dout - (dout * S).sum(axis=-1, keepdims=True))
    return d @ W.T * A * (1 - A), A.T @ d
"""
NO_LOSS = """
import numpy as np
def calc_grad(X, Y, theta):
    margins = Y * X.dot(theta)
    return -X.T.dot(Y / (1 + np.exp(margins))) / len(Y)
"""
STATIC = """
import numpy as np
class ReLU:
    def forward(X):
        return np.maximum(X, 0)
    def backward(X):
        return (X > 0).astype(float)
def tanh(z): return np.tanh(z)
def tanhGradient(z): return 1 - np.tanh(z) ** 2
"""
CALLED = """
import numpy as np
class Dense:
    def __init__(self, n_in, n_out, act_func):
        self.W, self.f = np.random.randn(n_in, n_out), act_func
    def forward(self, x):
        self.x = x
        self.a = self.f(x @ self.W)
        return self.a
    def backward(self, d):
        d = d * self.a * (1 - self.a)
        self.dW = self.x.T @ d
        return d @ self.W.T
"""
FORMS = {
    "a list of layers, made in main": (LAYERS, "Model.backward"),
    "a function and its derivative": (LAYERS, "Act"),
    "lists of numbers": (LISTS, "Layer"),
    "helpers that did not come along": (HELPERS, "hidden_backward"),
    "no loss in the file, labels -1 and 1": (NO_LOSS, "calc_grad"),
    "methods without self": (STATIC, "ReLU.backward"),
    "names in one word": (STATIC, "tanhGradient"),
    "an activation that is given": (CALLED, "Dense"),
}
SLIPS = {
    "a list of layers, made in main": ("s + z * s * (1 - s)", "s + s * (1 - s)"),
    "a function and its derivative": ("s + z * s * (1 - s)", "s + s * (1 - s)"),
    "lists of numbers": ("one * row[k] for", "one + row[k] for"),
    "methods without self": ("X > 0", "X < 0"),
    "names in one word": ("1 - np.tanh(z) ** 2", "1 - np.tanh(z)"),
}


def verdicts(folder: Path, text: str, function: str) -> dict[str, str]:
    """The verdict by each parameter."""
    (folder / "file.py").write_text(text)
    return {block.name: block.verdict for block in check_code(folder / "file.py", function, seconds=60).blocks}


@pytest.mark.parametrize("form", FORMS)
def test_right_code_is_right(tmp_path: Path, form: str) -> None:
    found = verdicts(tmp_path, *FORMS[form])
    moving = {name: verdict for name, verdict in found.items() if name != "rows"}
    assert moving, found
    assert set(moving.values()) <= {"right", "right_up_to"}, found


@pytest.mark.parametrize("form", SLIPS)
def test_a_slip_is_seen(tmp_path: Path, form: str) -> None:
    text, function = FORMS[form]
    assert "wrong" in verdicts(tmp_path, text.replace(*SLIPS[form]), function).values()


def test_each_layer_of_a_list_has_its_gradients(tmp_path: Path) -> None:
    found = verdicts(tmp_path, LAYERS, "Model.backward")
    assert {"layers.0.W", "layers.0.b", "layers.2.W", "layers.2.b"} <= set(found)
    again = verdicts(tmp_path, LAYERS.replace("d.sum(axis=0)", "d.sum(axis=0) * (d.shape[1] > 2)"), "Model.backward")
    assert again["layers.0.b"] == "right"
    assert again["layers.2.b"] == "wrong"


def test_layers_are_those_of_the_file_that_uses_the_class(tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text(LAYERS)
    (tmp_path / "train.py").write_text(
        "from parts import Dense, Act, swish, swish_prime\nfrom file import Model\n"
        "def train():\n    net = Model([Dense(784, 30), Act(swish, swish_prime), Dense(30, 10)])\n    net.fit()\n"
    )
    found = verdicts(tmp_path, ELSEWHERE, "Model.backward")
    assert found["layers.2.W"] == "right"
    assert set(found.values()) == {"right"}


@pytest.mark.parametrize(("text", "function", "slip"), [
    (HELPERS, "hidden_backward", ("A * (1 - A)", "A * (1 + A)")),
    (CALLED, "Dense", ("self.a * (1 - self.a)", "self.a * (2 - self.a)")),
])  # fmt: skip
def test_what_rests_on_a_guess_is_not_called_wrong(
    tmp_path: Path, text: str, function: str, slip: tuple[str, str]
) -> None:
    found = verdicts(tmp_path, text.replace(*slip), function)
    assert "undetermined" in found.values()
    assert "wrong" not in found.values()


def test_what_fits_no_usual_loss_is_not_judged(tmp_path: Path) -> None:
    with pytest.raises(ChalkgradError, match="--against SPEC"):
        verdicts(tmp_path, NO_LOSS.replace("1 + np.exp", "2 + np.exp"), "calc_grad")


def test_what_was_presumed_is_told(tmp_path: Path) -> None:
    loss, helpers = "nothing in the file says which loss", "sigmoid and softmax, which the file does not have"
    for text, function, told in ((NO_LOSS, "calc_grad", loss), (HELPERS, "hidden_backward", helpers)):
        (tmp_path / "file.py").write_text(text)
        assert told in check_code(tmp_path / "file.py", function).called


BY_VALUE = """
import numpy as np
class Net:
    @staticmethod
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))
    @staticmethod
    def derivatives_sigmoid(x):
        return x * (1 - x)
def compute_cost_linear(X, y, w):
    return ((X @ w - y) ** 2).sum()
def compute_gradient_linear(X, y, w):
    dj_dw = 2 * X.T @ (X @ w - y)
    dj_db = 2 * (X @ w - y).sum()
    return dj_dw
"""
ONE_ROW = """
import numpy as np
class Softmax:
    def forward(self, x):
        self.y = np.exp(x) / np.exp(x).sum()
        return self.y
    def backward(self, d):
        s = self.y[0]
        return d @ (np.diag(s) - np.outer(s, s))
"""


def test_a_derivative_by_the_value_is_right_up_to_that(tmp_path: Path) -> None:
    assert verdicts(tmp_path, BY_VALUE, "Net.derivatives_sigmoid") == {"x": "right_up_to"}
    assert verdicts(tmp_path, BY_VALUE.replace("x * (1 - x)", "x * (2 - x)"), "Net.derivatives_sigmoid") == {
        "x": "wrong"
    }


def test_the_cost_of_a_gradient_is_found_by_its_name(tmp_path: Path) -> None:
    assert verdicts(tmp_path, BY_VALUE, "compute_gradient_linear")["w"] == "right"
    assert verdicts(tmp_path, BY_VALUE.replace("2 * X.T", "X.T"), "compute_gradient_linear")["w"] == "wrong"


def test_a_layer_for_one_row_is_right_for_one_row(tmp_path: Path) -> None:
    assert verdicts(tmp_path, ONE_ROW, "Softmax") == {"x": "right_up_to"}
    assert verdicts(tmp_path, ONE_ROW.replace("- np.outer", "+ np.outer"), "Softmax") == {"x": "wrong"}
    # Without a row that is looked at alone, what is right for one sample only is wrong.
    assert verdicts(tmp_path, ONE_ROW.replace("self.y[0]", "self.y.sum(0)"), "Softmax") == {"x": "wrong"}


MOMENTUM = """
import numpy as np
class Dense:
    def __init__(self, n_in, n_out, lr=0.1):
        self.W, self.b, self.lr = np.random.randn(n_in, n_out), np.zeros((1, n_out)), lr
        self.vW, self.vb = np.ones((n_in, n_out)), np.ones((1, n_out))
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, d):
        dx = d @ self.W.T
        self.vW = 0.9 * self.vW + self.x.T @ d
        self.vb = 0.9 * self.vb + d.sum(axis=0, keepdims=True)
        self.W -= self.lr * self.vW
        self.b -= self.lr * self.vb
        return dx
"""


def test_steps_with_a_memory_are_no_gradients(tmp_path: Path) -> None:
    found = verdicts(tmp_path, MOMENTUM, "Dense")
    assert found == {"x": "right", "W": "undetermined", "b": "undetermined"}
    plain = MOMENTUM.replace("0.9 * self.vW + ", "").replace("0.9 * self.vb + ", "")
    assert set(verdicts(tmp_path, plain, "Dense").values()) == {"right"}
    assert verdicts(tmp_path, plain.replace("= self.x.T @ d", "= -self.x.T @ d"), "Dense")["W"] == "wrong"


SHARED = """
import numpy as np
class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, d):
        self.dW, self.db = self.x.T @ d, d.sum(axis=0)
        return d @ self.W.T
class Net:
    def __init__(self, n_in, n_out):
        self.params = {"W1": np.random.randn(n_in, n_out), "b1": np.zeros(n_out)}
        self.layer = Affine(self.params["W1"], self.params["b1"])
    def forward(self, x):
        return self.layer.forward(x)
    def backward(self, d):
        return self.layer.backward(d)
"""


def test_an_array_in_two_places_is_one_parameter(tmp_path: Path) -> None:
    assert verdicts(tmp_path, SHARED, "Net") == {"x": "right", "layer.W": "right", "layer.b": "right"}
