"""Functions in the shapes that people write them in: how each is called is found out, and slips stay slips."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chalkgrad.checking.code import CodeCheck, check_code
from chalkgrad.errors import ChalkgradError, EvaluationError, UnknownNameError

TWO = "3-4-2 tanh softmax ce"
ONE = "3-1 sigmoid bce"
ROWS = """
import numpy as np
import seaborn_of_old as sns
data = np.loadtxt("points.csv")
sns.plot(data)
def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)
def core(X, Y, W1, b1, W2, b2):
    A1 = np.tanh(X @ W1 + b1)
    d2 = (softmax(A1 @ W2 + b2) - Y) / len(X)
    d1 = d2 @ W2.T * (1 - A1**2)
    return X.T @ d1, d1.sum(0), A1.T @ d2, d2.sum(0)
"""
FORMS = {
    "flat_in_and_out": """
def f(theta, X, y, sizes):
    n, h, k = sizes
    W1 = theta[:n * h].reshape(n, h)
    b1 = theta[n * h:n * h + h]
    W2 = theta[n * h + h:n * h + h + h * k].reshape(h, k)
    b2 = theta[-k:]
    return np.concatenate([g.ravel() for g in core(X, np.eye(k)[y], W1, b1, W2, b2)])
""",
    "flat_by_columns_weights_first": """
def f(theta, X, Y):
    cut = np.cumsum([12, 8, 4])
    W1, W2, b1, b2 = np.split(theta, cut)
    W1, W2 = W1.reshape(3, 4, order="F"), W2.reshape(4, 2, order="F")
    g = core(X, Y, W1, b1, W2, b2)
    return np.concatenate([g[0].ravel("F"), g[2].ravel("F"), g[1], g[3]])
""",
    "params_as_a_tuple": """
def f(params, X, y):
    W1, b1, W2, b2 = params
    dW1, db1, dW2, db2 = core(X, np.eye(2)[y], W1, b1, W2, b2)
    loss = -np.log(softmax(np.tanh(X @ W1 + b1) @ W2 + b2))[np.arange(len(X)), y].mean()
    return loss, (dW1, db1, dW2, db2)
""",
    "columns_with_a_cache": """
def f(params, cache, X, Y):
    m = X.shape[1]
    dZ2 = (cache["A2"] - Y) / m
    dZ1 = params["W2"].T @ dZ2 * (1 - cache["A1"]**2)
    return {"dZ1": dZ1, "dW1": dZ1 @ X.T, "db1": dZ1.sum(1, keepdims=True),
            "dW2": dZ2 @ cache["A1"].T, "db2": dZ2.sum(1, keepdims=True)}
""",
    "computed_keys": """
def f(params, cache, Y):
    grads, L = {}, 2
    d = (cache["A2"] - Y) / Y.shape[0]
    for l in reversed(range(L)):
        grads["dW" + str(l + 1)] = cache["A" + str(l)].T @ d
        grads["db" + str(l + 1)] = d.sum(0)
        if l:
            d = d @ params["W" + str(l + 1)].T * (1 - cache["A" + str(l)]**2)
    return grads
""",
    "matrices_with_biases": """
def f(Theta1, Theta2, X, y):
    m = len(X)
    a1 = np.c_[np.ones(m), X]
    a2 = np.c_[np.ones(m), np.tanh(a1 @ Theta1.T)]
    d3 = (softmax(a2 @ Theta2.T) - np.eye(2)[y]) / m
    d2 = (d3 @ Theta2)[:, 1:] * (1 - a2[:, 1:]**2)
    return d2.T @ a1, d3.T @ a2
""",
    "lists_of_weights": """
def f(weights, biases, x, y):
    gW, gb = [None, None], [None, None]
    gW[0], gb[0], gW[1], gb[1] = core(x, y, weights[0], biases[0], weights[1], biases[1])
    return gW, gb
""",
    "reversed_order": """
def f(x, y, w1, b1, w2, b2):
    g = core(x, y, w1, b1, w2, b2)
    return g[2], g[3], g[0], g[1]
""",
    "updated_parameters": """
def f(X, Y, W1, b1, W2, b2, learning_rate):
    dW1, db1, dW2, db2 = core(X, Y, W1, b1, W2, b2)
    W1 -= learning_rate * dW1
    b1 -= learning_rate * db1
    W2 -= learning_rate * dW2
    b2 -= learning_rate * db2
    return W1, b1, W2, b2
""",
    "globals": """
W1, b1, W2, b2 = (np.random.randn(3, 4), np.zeros(4), np.random.randn(4, 2), np.zeros(2))
for epoch in range(10**9):
    W1 += 0
def f(X, Y):
    return core(X, Y, W1, b1, W2, b2)
""",
    "a_class": """
class f:
    def __init__(self, n_in, n_hidden, n_out, lr=0.1):
        self.lr = lr
        self.params = {"W1": np.random.randn(n_in, n_hidden), "b1": np.zeros((1, n_hidden)),
                       "W2": np.random.randn(n_hidden, n_out), "b2": np.zeros((1, n_out))}
    def loss(self, X, y=None, reg=0.0):
        W1, b1, W2, b2 = (self.params[k] for k in ("W1", "b1", "W2", "b2"))
        scores = np.tanh(X @ W1 + b1) @ W2 + b2
        if y is None:
            return scores
        g = core(X, np.eye(2)[y], W1, b1, W2, b2)
        grads = {"W1": g[0], "b1": g[1], "W2": g[2], "b2": g[3]}
        return -np.log(softmax(scores)[range(len(y)), y]).mean(), grads
""",
    "a_class_that_updates": """
class f:
    def __init__(self, layers, alpha=0.1):
        self.alpha = alpha
        self.W = [np.random.randn(a, b) for a, b in zip(layers, layers[1:])]
        self.b = [np.zeros(b) for b in layers[1:]]
    def forward(self, X):
        self.X = X
        return softmax(np.tanh(X @ self.W[0] + self.b[0]) @ self.W[1] + self.b[1])
    def backward(self, Y):
        g = core(self.X, Y, self.W[0], self.b[0], self.W[1], self.b[1])
        for k in (0, 1):
            self.W[k] -= self.alpha * g[2 * k]
            self.b[k] -= self.alpha * g[2 * k + 1]
""",
    "names_from_zero": """
def f(x, y, W0, b0, W1, b1):
    dW0, db0, dW1, db1 = core(x, y, W0, b0, W1, b1)
    return dW0, db0, dW1, db1
""",
}  # fmt: skip


def checked(tmp_path: Path, text: str, spec: str = TWO, function: str = "f") -> CodeCheck:
    file = tmp_path / "homework.py"
    file.write_text(text)
    return check_code(file, function, spec)


@pytest.mark.parametrize("form", FORMS)
def test_a_right_function_is_right_as_it_is_written(tmp_path: Path, form: str) -> None:
    found = checked(tmp_path, ROWS + FORMS[form])
    assert {block.name: block.verdict for block in found.blocks} == dict.fromkeys(["W1", "b1", "W2", "b2"], "right")
    assert found.called


@pytest.mark.parametrize("form", FORMS)
def test_a_wrong_function_is_wrong_in_the_same_form(tmp_path: Path, form: str) -> None:
    wrong = (ROWS + FORMS[form]).replace("(1 - A1**2)", "(1 - A1)").replace("(1 - a2[:, 1:]**2)", "(1 - a2[:, 1:])")
    wrong = wrong.replace('(1 - cache["A1"]**2)', '(1 - cache["A1"])').replace("str(l)]**2)", "str(l)])")
    assert wrong != ROWS + FORMS[form]
    found = checked(tmp_path, wrong)
    verdicts = {block.name: (block.verdict, [slip.kind for slip in block.slips]) for block in found.blocks}
    slip = ("wrong", ["tanh_derivative_slip"])
    assert verdicts == {"W1": slip, "b1": slip, "W2": ("right", []), "b2": ("right", [])}


VECTORS = {
    "numbers_apart": """
def grad(X, y, w, b):
    r = 1 / (1 + np.exp(-(X @ w + b))) - y
    return X.T @ r / len(y), r.mean()
""",
    "ones_in_x": """
def grad(theta, X, y):
    h = 1 / (1 + np.exp(-X.dot(theta)))
    return X.T.dot(h - y) / len(y)
""",
    "columns": """
def grad(w, b, X, Y):
    m = X.shape[1]
    dz = 1 / (1 + np.exp(-(w.T @ X + b))) - Y
    return {"dw": X @ dz.T / m, "db": np.sum(dz) / m}, -1.0
""",
    "lambda": "grad = lambda X, y, w: X.T @ (1 / (1 + np.exp(-X @ w)) - y) / y.size",
}


@pytest.mark.parametrize("form", VECTORS)
def test_logistic_regression_in_its_forms(tmp_path: Path, form: str) -> None:
    found = checked(tmp_path, "import numpy as np\n" + VECTORS[form], ONE, "grad")
    assert {block.verdict for block in found.blocks} == {"right"}
    flipped = VECTORS[form].replace("np.exp(-", "np.exp(")
    wrong = checked(tmp_path, "import numpy as np\n" + flipped, ONE, "grad")
    assert "right" not in {block.verdict for block in wrong.blocks}


def test_what_fails_at_the_top_is_left_out_and_told(tmp_path: Path) -> None:
    text = ROWS.replace("import seaborn", "import missing_thing\nimport seaborn") + FORMS["reversed_order"]
    assert checked(tmp_path, text).left_out == ()  # a plot and data that the function does not need are not run
    broken = text.replace("def core", "factor = missing_thing.scale()\ndef core").replace(
        "/ len(X)", "/ len(X) * factor"
    )
    with pytest.raises(EvaluationError, match="NameError: name 'factor'"):
        checked(tmp_path, broken)


def test_a_loop_at_the_top_is_stopped_and_told(tmp_path: Path) -> None:
    found = checked(tmp_path, ROWS + FORMS["globals"])
    assert ["TimeoutError" in each.problem for each in found.left_out] == [True]


def test_cells_of_a_notebook(tmp_path: Path) -> None:
    cells = ["%matplotlib inline\n" + ROWS, "!ls\n" + FORMS["reversed_order"] + "f(1, 2)\n"]
    book = {"cells": [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]}
    file = tmp_path / "homework.ipynb"
    file.write_text(json.dumps(book))
    assert {block.verdict for block in check_code(file, "f", TWO).blocks} == {"right"}
    book["cells"][1]["source"] = ["def f(x, y, w1, b1, w2, b2):\n", "    return x / unknown"]
    file.write_text(json.dumps(book))
    with pytest.raises(EvaluationError, match="cell 2, line 2: return x / unknown"):
        check_code(file, "f", TWO)


def test_a_sum_where_the_loss_is_a_mean(tmp_path: Path) -> None:
    text = ROWS.replace(" / len(X)", "") + FORMS["reversed_order"]
    found = checked(tmp_path, text)
    assert {block.verdict for block in found.blocks} == {"right_up_to"}
    assert found.exit_code == 0
    assert "sum over the samples" in found.blocks[0].reason
    # The code's own loss is a mean, so that its gradients have to be one, too.
    own = checked(tmp_path, ROWS.replace(" / len(X)", "") + FORMS["params_as_a_tuple"])
    assert [(block.verdict, [slip.kind for slip in block.slips]) for block in own.blocks] == [
        ("wrong", ["mean_missing"])
    ] * 4
    thrice = checked(tmp_path, text.replace("softmax(A1", "3 * softmax(A1").replace("- Y)", "- 3 * Y)"))
    assert {block.verdict for block in thrice.blocks} == {"wrong"}


def test_gradients_that_change_places_are_wrong(tmp_path: Path) -> None:
    text = (
        ROWS
        + """
def f(x, y, W1, b1, W2, b2):
    dW1, db1, dW2, db2 = core(x, y, W1, b1, W2, b2)
    return {"dW1": dW1, "db1": db2, "dW2": dW2, "db2": db1}
"""
    )
    verdicts = {block.name: block.verdict for block in checked(tmp_path, text).blocks}
    assert verdicts == {"W1": "right", "b1": "wrong", "W2": "right", "b2": "wrong"}


ODD = """
import numpy as np
def g(q, r, s):
    p = 1 / (1 + np.exp(-(r @ q)))
    return r.T @ (p - s) / len(r)
"""


def test_how_a_function_is_called_can_be_told(tmp_path: Path) -> None:
    file = tmp_path / "homework.py"
    file.write_text(ODD)
    for told in ({"call": "g(w, x, y)"}, {"let": {"q": "w", "s": "y"}}, {"layout": "rows, none"}, {}):
        found = check_code(file, "g", ONE, **told)
        assert [block.verdict for block in found.blocks] == ["right"]
        assert "q = W1, r = x, s = y" in found.called
    with pytest.raises(ChalkgradError, match="expected a call such as f"):
        check_code(file, "g", ONE, call="w, x, y")
    with pytest.raises(UnknownNameError, match="did you mean 'columns'"):
        check_code(file, "g", ONE, layout="colums")
