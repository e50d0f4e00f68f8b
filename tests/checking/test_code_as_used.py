"""Functions that only their own file knows how to call: they are called as there, beside the loss that is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.checking.code import check_code
from chalkgrad.errors import ChalkgradError

DICTIONARY = """
import numpy as np
def start(n_in, n_h, n_out):
    rng = np.random.default_rng(1)
    return {"W1": rng.normal(size=(n_h, n_in)), "b1": np.zeros((n_h, 1)),
            "W2": rng.normal(size=(n_out, n_h)), "b2": np.zeros((n_out, 1))}
def run_ahead(X, theta):
    A1 = np.tanh(theta["W1"] @ X + theta["b1"])
    return 1 / (1 + np.exp(-(theta["W2"] @ A1 + theta["b2"]))), {"hidden": A1}
def compute_cost(A2, Y):
    return -(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)).sum() / Y.shape[1]
def run_back(theta, kept, A2, X, Y):
    d2 = (A2 - Y) / Y.shape[1]
    d1 = theta["W2"].T @ d2 * (1 - kept["hidden"]**2)
    return {"dW1": d1 @ X.T, "db1": d1.sum(axis=1, keepdims=True),
            "dW2": d2 @ kept["hidden"].T, "db2": d2.sum(axis=1, keepdims=True)}
def train(X, Y, n_h, rounds=1000, lr=0.1):
    theta = start(X.shape[0], n_h, Y.shape[0])
    for k in range(rounds):
        A2, kept = run_ahead(X, theta)
        if k % 100 == 0:
            print(compute_cost(A2, Y))
        slopes = run_back(theta, kept, A2, X, Y)
        for name in theta:
            theta[name] = theta[name] - lr * slopes["d" + name]
    return theta
"""
OBJECT = """
import numpy as np
class Net:
    def __init__(self, units):
        self.units = units
        self.first = np.random.randn(2, units)
        self.second = np.random.randn(units, 1)
    def predict(self, X):
        self.h = np.maximum(X @ self.first, 0)
        return self.h @ self.second
    def fit_round(self, X, y):
        out = self.predict(X)
        loss = ((out - y)**2).mean()
        self.slopes_of(X, out, y)
        return loss
    def slopes_of(self, X, out, y):
        d = 2 * (out - y) / y.size
        self.grad_second = self.h.T @ d
        self.grad_first = X.T @ (d @ self.second.T * (self.h > 0))
net = Net(units=300)
"""
LISTS = """
import numpy as np
def square_loss(y, t):
    return ((y - t)**2).sum()
def layers_back(weights, values, t):
    d = 2 * (values[-1] - t)
    slopes = [None] * len(weights)
    for k in reversed(range(len(weights))):
        slopes[k] = d @ values[k].T
        d = weights[k].T @ d * (values[k] > 0)
    return slopes
K, D = 4, 64
all_weights = [np.random.randn(D, D) / 8 for _ in range(K)]
x, t = np.random.rand(D, 1), np.zeros((D, 1))
values = [x]
for W in all_weights:
    values.append(np.maximum(W @ values[-1], 0))
all_slopes = layers_back(all_weights, values, t)
print("loss", square_loss(values[-1], t))
"""
UPDATED = """
import numpy as np
eta = 0.2
def cost(T, P):
    return -np.sum(T * np.log(P)) / T.shape[1]
def ahead(x, W, b):
    e = np.exp(W.T @ x + b)
    return e / e.sum(axis=0)
def step_back(x, p, t, W, b):
    d = (p - t) / t.shape[1]
    W += -eta * x @ d.T
    b += -eta * d.sum(axis=1, keepdims=True)
    return W, b
W, b = 0.1 * np.random.randn(2, 3), np.zeros((3, 1))
X, T = np.random.randn(2, 5), np.eye(3)[:, [0, 1, 2, 0, 1]]
for _ in range(10):
    p = ahead(X, W, b)
    W, b = step_back(X, p, T, W, b)
"""
NUMBERS = """
def mean_cost(x, y, w, b):
    return sum((w * u + b - v)**2 for u, v in zip(x, y)) / (2 * len(x))
def slopes(x, y, w, b):
    errors = [w * u + b - v for u, v in zip(x, y)]
    dw = sum(e * u for e, u in zip(errors, x)) / len(x)
    db = sum(errors) / len(x)
    return dw, db
x_train, y_train, w, b = [1.0, 2.0, 4.0], [2.0, 3.0, 5.5], 0, 0
for _ in range(100):
    print(mean_cost(x_train, y_train, w, b))
    dw, db = slopes(x_train, y_train, w, b)
    w, b = w - 0.1 * dw, b - 0.1 * db
"""
# The text, the function, a slip, what is right without it, and what is wrong with it.
USES = [
    ("a_dictionary", DICTIONARY, "run_back", ("* (1 - kept", "* (2 - kept"),
     ["theta.W1", "theta.b1", "theta.W2", "theta.b2"], {"theta.W1", "theta.b1"}),
    ("an_object", OBJECT, "Net.slopes_of", ("(d @ self.second.T * (self.h > 0))", "(d @ self.second.T)"),
     ["self.first", "self.second"], {"self.first"}),
    ("lists_and_large_sizes", LISTS, "layers_back", ("weights[k].T @ d *", "weights[k] @ d *"),
     [f"all_weights.{k}" for k in range(4)], {f"all_weights.{k}" for k in range(3)}),
    ("parameters_updated", UPDATED, "step_back", ("d = (p - t)", "d = (t - p)"), ["W", "b"], {"W", "b"}),
    ("numbers", NUMBERS, "slopes", ("db = sum(errors)", "db = -sum(errors)"), ["w", "b"], {"b"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "function", "slip", "right", "wrong"), [each[1:] for each in USES],
                         ids=[each[0] for each in USES])  # fmt: skip
def test_a_function_is_called_as_its_file_calls_it(
    tmp_path: Path, text: str, function: str, slip: tuple[str, str], right: list[str], wrong: set[str]
) -> None:
    file = tmp_path / "code.py"
    file.write_text(text)
    checked = check_code(file, function)
    assert {block.name: block.verdict for block in checked.blocks} == dict.fromkeys(right, "right")
    assert "called as in line" in checked.called
    assert text.count(slip[0]) == 1
    file.write_text(text.replace(*slip))
    found = check_code(file, function)
    assert {block.name for block in found.blocks if block.verdict == "wrong"} == wrong
    assert {block.name for block in found.blocks if block.verdict == "right"} == set(right) - wrong


def test_a_sum_beside_a_mean_is_right_up_to_the_number_of_samples(tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    file.write_text(NUMBERS.replace("/ (2 * len(x))", "/ 2"))
    assert {block.verdict for block in check_code(file, "slopes").blocks} == {"right_up_to"}


def test_a_small_number_within_the_loss_s_logarithm_is_no_slip(tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    file.write_text(UPDATED.replace("np.log(P)", "np.log(P + 1e-4)"))
    blocks = check_code(file, "step_back").blocks
    assert {block.verdict for block in blocks} == {"right_up_to"}
    assert "within a logarithm, 0.0001" in blocks[0].reason


def test_a_gradient_of_another_shape_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    file.write_text(DICTIONARY.replace('"db1": d1.sum(axis=1, keepdims=True)', '"db1": d1.sum()'))
    found = {block.name: (block.verdict, block.reason) for block in check_code(file, "run_back").blocks}
    assert found["theta.b1"][0] == "wrong"
    assert "it has the shape ()" in found["theta.b1"][1]


def test_where_there_is_no_loss_it_is_told(tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    file.write_text("import numpy as np\ndef slopes(w): return 2 * w\nw = np.ones(3)\ng = slopes(w)\n")
    with pytest.raises(ChalkgradError, match="say what it is the gradient of"):
        check_code(file, "slopes")


def test_a_file_beside_tells_how_a_function_is_called(tmp_path: Path) -> None:
    text = OBJECT.replace("net = Net(units=300)\n", "").replace("    def fit_round", "    def unused_round")
    text = text.replace("        self.slopes_of(X, out, y)\n        return loss\n", "        return loss\n")
    train = """
import numpy as np
from net import Net
net = Net(4)
X, y = np.random.randn(6, 2), np.random.randn(6, 1)
for _ in range(100):
    out = net.predict(X)
    print("loss", ((out - y)**2).mean())
    mse = ((out - y)**2).mean()
    net.slopes_of(X, out, y)
"""
    file = tmp_path / "net.py"
    file.write_text(text)
    with pytest.raises(ChalkgradError):
        check_code(file, "Net.slopes_of")
    (tmp_path / "train.py").write_text(train)
    checked = check_code(file, "Net.slopes_of")
    assert {block.name: block.verdict for block in checked.blocks} == {"net.second": "right", "net.first": "right"}
    assert "line 10 of train.py" in checked.called


WORDS = """
import numpy as np
KINDS = ["hyperbolic", "rectified"]
def bend_forward(x, kind):
    if kind == "hyperbolic":
        return np.tanh(x)
    if kind == "rectified":
        return np.maximum(x, 0)
    raise ValueError(kind)
def bend_backward(dout, x, kind):
    return dout * (1 - np.tanh(x)**2 if kind == "hyperbolic" else x > 0)
class Softmax:
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    def backward(self, prediction, target):
        return prediction - target
"""


def test_an_argument_is_one_of_the_words_with_which_it_is_compared(tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    file.write_text(WORDS)
    assert [(block.name, block.verdict) for block in check_code(file, "bend_backward").blocks] == [("x", "right")]
    file.write_text(WORDS.replace("1 - np.tanh(x)**2", "1 - np.tanh(x)"))
    assert [block.verdict for block in check_code(file, "bend_backward").blocks] == ["wrong"]


def test_a_gradient_of_a_loss_that_is_not_there_is_not_judged(tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    file.write_text(WORDS)
    with pytest.raises(ChalkgradError):
        check_code(file, "Softmax.backward")


def test_optimisers_with_memory_are_no_gradients(tmp_path: Path) -> None:
    step = "    W += -eta * x @ d.T\n    b += -eta * d.sum(axis=1, keepdims=True)\n"
    assert step in UPDATED
    signs = step.replace("x @ d.T", "np.sign(x @ d.T)").replace("d.sum(axis=1, keepdims=True)", "np.sign(d[:, :1])")
    file = tmp_path / "code.py"
    file.write_text(UPDATED.replace(step, signs))
    with pytest.raises(ChalkgradError):
        check_code(file, "step_back")


def test_the_edit_that_makes_it_right_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file.py"
    file.write_text(DICTIONARY.replace("(1 - kept", "(1 + kept"))
    checked = check_code(file, "run_back")
    assert [edit.after for edit in checked.edits] == ['d1 = theta["W2"].T @ d2 * (1 - (kept["hidden"]**2))']


def test_what_is_told_by_let_is_given(tmp_path: Path) -> None:
    file = tmp_path / "file.py"
    file.write_text(DICTIONARY)
    checked = check_code(file, "run_back", let={"n_h": "7", "X": "3x6", "Y": "2x6"})
    assert {block.verdict for block in checked.blocks} == {"right"}
    assert "X 3×6, Y 2×6" in checked.called


def test_the_call_that_is_meant_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file.py"
    file.write_text(DICTIONARY)
    meant = check_code(file, "run_back", call="run_back(theta, kept, A2, X, Y)")
    assert {block.verdict for block in meant.blocks} == {"right"}
    with pytest.raises(ChalkgradError):
        check_code(file, "run_back", call="run_back(kept, theta)")
