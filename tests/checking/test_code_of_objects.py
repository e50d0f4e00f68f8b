"""Methods whose objects have parameters of their own sizes, or none before they are fitted, and their derivatives."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.checking.code import CodeCheck, check_code
from chalkgrad.errors import EvaluationError


def checked(tmp_path: Path, text: str, function: str) -> CodeCheck:
    file = tmp_path / "code.py"
    file.write_text("import numpy as np\n" + text)
    return check_code(file, function)


def verdicts(found: CodeCheck) -> dict[str, str]:
    return {block.name: block.verdict for block in found.blocks}


# What stands there, the method, what would be wrong in place of what, and which gradients are wrong then.
OBJECTS = {
    "parameters_that_are_nothing_before_it_is_fitted": (
        """
class Softmax:
    def __init__(self, lr=0.1):
        self.lr = lr
        self.weights = None
        self.bias = None
    def _proba(self, X):
        e = np.exp(X @ self.weights + self.bias)
        return e / e.sum(axis=1, keepdims=True)
    def _compute_loss(self, X, y):
        return -np.sum(y * np.log(self._proba(X))) / len(X)
    def _compute_gradients(self, X, y):
        p = self._proba(X)
        dw = X.T @ (p - y) / len(X)
        db = np.sum(p - y, axis=0) / len(X)
        return dw, db
""",
        "Softmax._compute_gradients",
        ("dw = X.T @ (p - y)", "dw = X.T @ (y - p)"),
        {"weights"},
    ),
    "parameters_that_come_with_the_fit_and_gradients_without_names": (
        """
class Linear:
    def predict(self, X): return X @ self.w + self.b
    def loss(self, X, y): return np.mean((self.predict(X) - y) ** 2)
    def gradient(self, X, y):
        e = self.predict(X) - y
        return 2 * X.T @ e / len(y), 2 * np.mean(e)
""",
        "Linear.gradient",
        ("2 * np.mean(e)", "3 * np.mean(e)"),
        {"b"},
    ),
    "arrays_of_a_class_in_sizes_of_its_own": (
        """
class Fixed:
    w = np.random.randn(2, 7)
    v = np.random.randn(7, 1)
    def forward(self, X):
        self.x, self.h = X, np.tanh(X @ self.w)
        return self.h @ self.v
    def backward(self, grad):
        self.dv = self.h.T @ grad
        dh = grad @ self.v.T * (1 - self.h ** 2)
        self.dw = self.x.T @ dh
        return dh @ self.w.T
""",
        "Fixed.backward",
        ("self.dv = self.h.T @ grad", "self.dv = -self.h.T @ grad"),
        {"v"},
    ),
    "samples_in_columns_for_an_object_s_own_sizes": (
        """
class Columns:
    def __init__(self):
        self.w, self.b = np.random.randn(4, 6), np.random.randn(4, 1)
    def forward(self, X):
        self.X = X
        return self.w @ X + self.b
    def backward(self, d):
        self.dw = d @ self.X.T
        self.db = d.sum(axis=1, keepdims=True)
        return self.w.T @ d
""",
        "Columns.backward",
        ("d.sum(axis=1, keepdims=True)", "d.mean(axis=1, keepdims=True)"),
        {"b"},
    ),
    "a_forward_pass_that_keeps_its_input_only_when_told": (
        """
class Tanh:
    def __call__(self, x, save_inp=False):
        if save_inp:
            self.inp = x
        return np.tanh(x)
    def backward(self, grad):
        return grad * (1 - np.tanh(self.inp) ** 2)
""",
        "Tanh.backward",
        ("** 2", "** 3"),
        {"x"},
    ),
    "a_private_method": (
        """
class Net:
    def __relu(self, z): return np.maximum(z, 0)
    def __relu_grad(self, z): return (z > 0).astype(float)
""",
        "Net.__relu_grad",
        ("(z > 0)", "(z < 0)"),
        {"z"},
    ),
}


@pytest.mark.parametrize("case", OBJECTS)
def test_what_an_object_lacks_is_given_and_slips_stay_slips(case: str, tmp_path: Path) -> None:
    text, function, (right, slip), wrong = OBJECTS[case]
    found = verdicts(checked(tmp_path, text, function))
    assert set(found.values()) == {"right"}
    assert right in text
    found = verdicts(checked(tmp_path, text.replace(right, slip), function))
    assert {name for name, verdict in found.items() if verdict == "wrong"} == wrong


BRANCHES = """
class Net:
    def act(self, z, name):
        if name == "sigmoid": return 1 / (1 + np.exp(-z))
        if name == "tanh": return np.tanh(z)
        raise ValueError(name)
    def act_derivative(self, activated, name):
        if name == "sigmoid": return activated * (1 - activated)
        if name == "tanh": return 1 - activated ** 2
        raise ValueError(name)
"""


def test_a_method_may_give_the_derivative_by_the_value_that_it_is_given(tmp_path: Path) -> None:
    assert verdicts(checked(tmp_path, BRANCHES, "Net.act_derivative")) == {"z": "right_up_to"}
    slip = BRANCHES.replace("activated * (1 - activated)", "activated * (2 - activated)")
    assert verdicts(checked(tmp_path, slip, "Net.act_derivative")) == {"z": "wrong"}


def test_each_word_that_an_argument_may_be_is_a_branch(tmp_path: Path) -> None:
    by_argument = BRANCHES.replace("def act_derivative(self, activated, name):", "def act_derivative(self, z, name):\n"
                                   "        activated = self.act(z, name)")  # fmt: skip
    assert verdicts(checked(tmp_path, by_argument, "Net.act_derivative")) == {"z": "right"}
    slip = by_argument.replace("1 - activated ** 2", "1 - activated")
    assert verdicts(checked(tmp_path, slip, "Net.act_derivative")) == {"z": "wrong"}


def test_a_softmax_that_hands_on_the_gradient_of_its_loss_is_right_up_to_that(tmp_path: Path) -> None:
    softmax = """
class Softmax:
    def forward(self, x):
        e = np.exp(x)
        return e / e.sum(axis=1, keepdims=True)
    def backward(self, dout): return dout
"""
    assert verdicts(checked(tmp_path, softmax, "Softmax.backward")) == {"x": "right_up_to"}
    # What is no softmax, or hands on something else, is wrong.
    for slip in (
        softmax.replace("return dout", "return -dout"),
        softmax.replace("return e / e.sum", "return e * e.sum"),
    ):
        assert verdicts(checked(tmp_path, slip, "Softmax.backward")) == {"x": "wrong"}


def test_a_gradient_of_a_loss_that_has_not_the_shape_of_its_data_is_no_wrong_gradient_by_these(tmp_path: Path) -> None:
    text = """
class Net:
    def __init__(self): self.layers = [np.random.randn(3, 3)]
    def feed_forward(self, x): return np.tanh(self.layers[0] @ x)
    def backprop(self, x, y):
        return [(self.feed_forward(x) - y) @ x.T, np.ones((4, 5))]
"""
    with pytest.raises(EvaluationError):
        checked(tmp_path, text, "Net.backprop")


def test_the_modules_beside_a_file_may_have_the_prints_of_python_2(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("def tell(x):\n    print 'x', x\ndef double(x):\n    return 2 * x\n")
    text = "import helper\ndef f(x): return helper.double(x ** 2)\ndef grad_f(x): return helper.double(2 * x)\n"
    assert verdicts(checked(tmp_path, text, "grad_f")) == {"x": "right"}


def test_a_gradient_through_a_model_is_not_that_of_the_loss_without_it(tmp_path: Path) -> None:
    file = tmp_path / "line.py"
    file.write_text(
        "import numpy as np\n\n"
        "def nn(x, w):\n    return x * w\n\n"
        "def loss(y, t):\n    return np.mean((t - y)**2)\n\n"
        "def gradient(w, x, t):\n    return 2 * x * (nn(x, w) - t)\n\n"
        "def loss_gradient(y, t):\n    return -2 * (y - t) / y.size\n"
    )
    with pytest.raises(EvaluationError, match="returns no loss"):
        check_code(file, "gradient")
    assert "wrong" in verdicts(check_code(file, "loss_gradient")).values()
