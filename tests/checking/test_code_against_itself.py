"""Backward passes against the forward pass of the same code, against a returned loss, a formula, a document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chalkgrad.checking.code import CodeCheck, check_code
from chalkgrad.errors import ChalkgradError, EvaluationError

PASSES = """
import numpy as np
def affine_forward(x, w, b):
    out = x @ w + b
    return out, (x, w, b)
def affine_backward(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
def scale_forward(x, gamma, beta, eps):
    mu, var = x.mean(axis=0), x.var(axis=0)
    hat = (x - mu) / np.sqrt(var + eps)
    return gamma * hat + beta, (hat, gamma, 1 / np.sqrt(var + eps))
def scale_backward(dout, cache):
    hat, gamma, inverse = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * hat).sum(axis=0)
    dhat = dout * gamma
    dx = inverse * (dhat - dhat.mean(axis=0) - hat * (dhat * hat).mean(axis=0))
    return dx, dgamma, dbeta
class Layer:
    def __init__(self, inputs, outputs):
        self.W = np.random.randn(inputs, outputs)
        self.b = np.zeros(outputs)
    def forward(self, x):
        self.x = x
        self.out = np.tanh(x @ self.W + self.b)
        return self.out
    def backward(self, dout):
        d = dout * (1 - self.out**2)
        self.dW = self.x.T @ d
        self.db = d.sum(axis=0)
        return d @ self.W.T
def height(x, y):
    return x**3 - x * y
def grad_height(x, y):
    return np.array([3 * x**2 - y, -x])
def area(x, y):
    return x * y
def grad_area(x, y):
    return y, x
def bowl(p):
    u, v = p
    return u**2 + 3 * v
def bowl_grad(p):
    u, v = p
    return [2 * u, 3]
def hinge(W, X, y, reg):
    s = X @ W
    margins = np.maximum(0, s - s[np.arange(len(y)), y][:, None] + 1)
    margins[np.arange(len(y)), y] = 0
    hit = (margins > 0).astype(float)
    hit[np.arange(len(y)), y] = -hit.sum(axis=1)
    return margins.sum() / len(y) + reg * (W * W).sum(), X.T @ hit / len(y) + 2 * reg * W
"""
SLIPS = {
    "affine_backward": ("x.T @ dout", "x.T @ (dout * dout)", {"w"}),
    "scale_backward": ("return dx, dgamma, dbeta", "return dx, dbeta, dgamma", set()),
    "Layer": ("(1 - self.out**2)", "(1 - self.out)", {"x", "W", "b"}),
    "grad_height": ("3 * x**2 - y, -x", "3 * x**2 - y, x", {"y"}),
    "grad_area": ("return y, x", "return x, y", {"x", "y"}),
    "bowl_grad": ("[2 * u, 3]", "[2 * u, 2]", {"p"}),
    "hinge": ("+ 2 * reg * W", "+ reg * W", {"W1"}),
}
NAMES = {"affine_backward": "x w b", "scale_backward": "x gamma beta", "Layer": "x W b", "grad_height": "x y",
         "grad_area": "x y",
         "bowl_grad": "p", "hinge": "W1"}  # fmt: skip


def checked(tmp_path: Path, text: str, function: str, against: str | None = None, **told: Any) -> CodeCheck:
    file = tmp_path / "layers.py"
    file.write_text(text)
    return check_code(file, function, against, **told)


def verdicts(found: CodeCheck) -> dict[str, str]:
    return {block.name: block.verdict for block in found.blocks}


@pytest.mark.parametrize("function", SLIPS)
def test_a_backward_pass_against_its_own_forward_pass(tmp_path: Path, function: str) -> None:
    assert verdicts(checked(tmp_path, PASSES, function)) == dict.fromkeys(NAMES[function].split(), "right")
    before, after, names = SLIPS[function]
    wrong = verdicts(checked(tmp_path, PASSES.replace(before, after), function))
    # The names in the code tell which gradient is which, also where they are returned in another order.
    assert {name for name, verdict in wrong.items() if verdict == "wrong"} == names
    assert {verdict for name, verdict in wrong.items() if name not in names} <= {"right"}


def test_gradients_that_change_places_in_the_code_are_wrong(tmp_path: Path) -> None:
    swapped = PASSES.replace("dbeta = dout.sum(axis=0)", "dgamma = dout.sum(axis=0)")
    swapped = swapped.replace("dgamma = (dout * hat).sum(axis=0)", "dbeta = (dout * hat).sum(axis=0)")
    found = verdicts(checked(tmp_path, swapped, "scale_backward"))
    assert found == {"x": "right", "gamma": "wrong", "beta": "wrong"}


FUNCTION = """
import torch
class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight):
        ctx.save_for_backward(x, weight)
        return x**3 * weight
    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        return grad_output * 3 * x**2 * weight, (grad_output * x**3).sum_to_size(weight.shape)
"""


def test_an_autograd_function_against_its_own_forward(tmp_path: Path) -> None:
    assert verdicts(checked(tmp_path, FUNCTION, "Cube")) == {"x": "right", "weight": "right"}
    assert verdicts(checked(tmp_path, FUNCTION.replace("3 * x**2", "2 * x**2"), "Cube")) == {
        "x": "wrong",
        "weight": "right",
    }


def test_a_forward_function_is_given_by_name(tmp_path: Path) -> None:
    text = PASSES + "\ndef slope(x, y):\n    return np.array([3 * x**2 - y, -x])\n"
    assert verdicts(checked(tmp_path, text, "slope", forward="height")) == {"x": "right", "y": "right"}
    with pytest.raises(EvaluationError, match="--forward NAME"):
        checked(tmp_path, text, "slope")


@pytest.mark.parametrize("formula", ["x^3 - x*y", "f(x, y) = x^3 - x*y"])
def test_a_function_against_a_formula(tmp_path: Path, formula: str) -> None:
    assert verdicts(checked(tmp_path, PASSES, "grad_height", formula)) == {"x": "right", "y": "right"}
    other = checked(tmp_path, PASSES, "grad_height", "x^3 + x*y")
    assert verdicts(other) == {"x": "wrong", "y": "wrong"}
    assert "but the derivative is" in other.blocks[0].reason


def test_a_function_against_a_document(tmp_path: Path) -> None:
    sheet = tmp_path / "notes.md"
    sheet.write_text("$$f(x, y) = x^3 - xy$$\n")
    assert verdicts(checked(tmp_path, PASSES, "grad_height", str(sheet))) == {"x": "right", "y": "right"}
    network = tmp_path / "network.md"
    network.write_text("$$\\hat y = \\sigma(x_1 w_1 + x_2 w_2 + b)$$ Binary cross-entropy.\n")
    text = """
import numpy as np
def grad(X, y, w, b):
    r = 1 / (1 + np.exp(-(X @ w + b))) - y
    return X.T @ r / len(y), r.mean()
"""
    assert verdicts(checked(tmp_path, text, "grad", str(network))) == {"W1": "right", "b1": "right"}
    sheet.write_text("Nothing.\n")
    with pytest.raises(ChalkgradError, match="defines no network"):
        checked(tmp_path, text, "grad", str(sheet))


def test_shapes_can_be_told(tmp_path: Path) -> None:
    text = PASSES + "\ndef odd_forward(q):\n    return q.reshape(7, 2)[:, 0]\n"
    text += "def odd_backward(dout, q):\n    d = np.zeros(14)\n    d[::2] = dout\n    return d.reshape(q.shape)\n"
    with pytest.raises(EvaluationError, match="cannot reshape"):
        checked(tmp_path, text, "odd_backward")
    found = check_code(tmp_path / "layers.py", "odd_backward", let={"q": "14x"})
    assert verdicts(found) == {"q": "right"}


TWICE = """
import torch
class Squash(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.save_for_backward(x, scale)
        return torch.tanh(x) * scale
    @staticmethod
    def backward(ctx, grad):
        x, scale = ctx.saved_tensors
        tanh = torch.tanh(x)
        return grad * scale * (1 - tanh**2), (grad * tanh).sum_to_size(scale.shape)
"""


def test_second_derivatives_are_checked_where_they_are_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "twice.py"
    file.write_text(TWICE)
    assert set(verdicts(check_code(file, "Squash", second=True)).values()) == {"right"}
    assert len(check_code(file, "Squash").blocks) == 2
    file.write_text(TWICE.replace("torch.tanh(x)\n        return", "torch.tanh(x).detach()\n        return"))
    found = verdicts(check_code(file, "Squash", second=True))
    assert found == {"x": "right", "scale": "right", "x, again": "wrong", "scale, again": "right"}
    file.write_text("def f(x, y): return x * y\ndef grad_f(x, y): return y, x\n")
    with pytest.raises(ChalkgradError, match="--second is about"):
        check_code(file, "grad_f", second=True)


def test_one_gradient_twice_stands_in_anothers_place(tmp_path: Path) -> None:
    text = PASSES.replace("    return dx, dgamma, dbeta\nclass", "    return dbeta, dgamma, dbeta\nclass")
    found = checked(tmp_path, text, "scale_backward")
    assert verdicts(found) == {"x": "wrong", "gamma": "right", "beta": "right"}
    assert found.blocks[0].slips[0].message == "It is the gradient by beta."
    assert [each.after for each in found.edits] == ["return dx, dgamma, dbeta"]


LABELS = """
import numpy as np
def logistic(z, target):
    p = 1 / (1 + np.exp(-z))
    return -np.mean(np.log(np.where(target == 1, p, 1 - p)))
def logistic_grad(z, target):
    p = 1 / (1 + np.exp(-z))
    return np.where(target == 1, p - 1, p) / z.size
"""


def test_labels_that_the_code_asks_for_are_among_those_tried(tmp_path: Path) -> None:
    # A number for all labels would hide what is done where the label is 1.
    assert verdicts(checked(tmp_path, LABELS, "logistic_grad", let={"z": "4x"})) == {"z": "right"}
    for wrong in ("1 - p, p)", "p - 2, p)"):
        text = LABELS.replace("p - 1, p)", wrong)
        assert verdicts(checked(tmp_path, text, "logistic_grad", let={"z": "4x"})) == {"z": "wrong"}
