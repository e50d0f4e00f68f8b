"""The edit of a person's code that makes its gradients right: found, told with its line, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.checking.code import check_code
from chalkgrad.checking.code.edits import edits_of
from chalkgrad.checking.code.source import Source

SPEC = "3-4-1 tanh sigmoid bce"
RIGHT = """
import numpy as np

def backward(X, Y, W1, b1, W2, b2):
    m = len(X)
    A1 = np.tanh(X @ W1 + b1)
    A2 = 1 / (1 + np.exp(-(A1 @ W2 + b2)))
    dZ2 = (A2 - Y) / m
    dW2 = A1.T @ dZ2
    db2 = np.sum(dZ2, axis=0)
    dZ1 = dZ2 @ W2.T * (1 - A1**2)
    dW1 = X.T @ dZ1
    db1 = np.sum(dZ1, axis=0)
    return dW1, db1, dW2, db2
"""
SLIPS = [
    ("(A2 - Y) / m", "(A2 + Y) / m"),
    ("A1.T @ dZ2", "(A1 * 1.7 + 0.3).T @ dZ2"),
    ("(1 - A1**2)", "(1 - A1)"),
    ("(1 - A1**2)", "1 - A1**2"),
    ("dZ2 @ W2.T", "-dZ2 @ W2.T"),
    ("np.sum(dZ1, axis=0)", "np.sum(dZ2, axis=0)"),
    ("np.sum(dZ1, axis=0)", "np.sum(dZ1, axis=1)"),
    ("np.sum(dZ2, axis=0)", "np.mean(dZ2, axis=0)"),
    ("X.T @ dZ1", "X.T @ dZ1 / m"),
    ("X @ W1 + b1", "X @ W1 - b1"),
]


@pytest.mark.parametrize(("before", "after"), SLIPS)
def test_the_line_and_the_edit_are_told(tmp_path: Path, before: str, after: str) -> None:
    assert RIGHT.count(before) == 1
    wrong = RIGHT.replace(before, after)
    line = next(k for k, (a, b) in enumerate(zip(RIGHT.split("\n"), wrong.split("\n"), strict=True), 1) if a != b)
    file = tmp_path / "hand_in.py"
    file.write_text(wrong)
    found = check_code(file, "backward", SPEC)
    assert found.exit_code == 1
    if "1.7" in after:
        assert found.edits == ()  # two things at once are not guessed
        return
    (edit,) = found.edits
    assert edit.before == wrong.split("\n")[line - 1].strip()
    assert edit.place == f"line {line}"


def test_nothing_is_told_where_all_is_right(tmp_path: Path) -> None:
    file = tmp_path / "hand_in.py"
    file.write_text(RIGHT)
    assert check_code(file, "backward", SPEC).edits == ()


def test_an_update_before_use_is_told(tmp_path: Path) -> None:
    file = tmp_path / "hand_in.py"
    file.write_text("""
import numpy as np

class Network:
    def __init__(self, inputs, hidden, outputs, lr=0.1):
        self.lr = lr
        self.W1, self.b1 = np.random.randn(inputs, hidden), np.zeros(hidden)
        self.W2, self.b2 = np.random.randn(hidden, outputs), np.zeros(outputs)

    def forward(self, X):
        self.X, self.A1 = X, np.tanh(X @ self.W1 + self.b1)
        self.A2 = 1 / (1 + np.exp(-(self.A1 @ self.W2 + self.b2)))
        return self.A2

    def backward(self, Y):
        d2 = (self.A2 - Y) / len(Y)
        self.W2 -= self.lr * self.A1.T @ d2
        d1 = d2 @ self.W2.T * (1 - self.A1**2)
        self.b2 -= self.lr * d2.sum(axis=0)
        self.W1 -= self.lr * self.X.T @ d1
        self.b1 -= self.lr * d1.sum(axis=0)
""")
    found = check_code(file, "Network", SPEC)
    assert {block.name: block.verdict for block in found.blocks} == {
        "W1": "wrong", "b1": "wrong", "W2": "right", "b2": "right"
    }  # fmt: skip
    (edit,) = found.edits
    assert (edit.place, edit.kind) == ("line 17", "updated_before_use")


def test_an_edit_leaves_the_rest_of_the_text_alone() -> None:
    text = "def f(x):\n    s = 'σ'; return -x * 2  # σ\n"
    source = Source("f.py", text)
    applied = {edit.applied(text) for edit in edits_of(source, [source.tree.body[0]])}  # type: ignore[list-item]
    assert "def f(x):\n    s = 'σ'; return x * 2  # σ\n" in applied
    assert all(each.startswith("def f(x):\n    s ") and each.endswith("# σ\n") for each in applied)


HILL = """
def hill(x, y):
    return (1 - x**3) + 100 * (y**2 - x) ** 2

def grad_hill(x, y):
    slope = 200 * (y**2 - x)
    return -3 * x**2 - slope, 2 * y * slope
"""
SQUASH = """
import torch

class Squash(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        out = torch.tanh(x) * scale
        ctx.save_for_backward(x, scale)
        return out

    @staticmethod
    def backward(ctx, grad):
        x, scale = ctx.saved_tensors
        tanh = torch.tanh(x)
        return grad * scale * (1 - tanh**2), (grad * tanh).sum_to_size(scale.shape)
"""
HINGE = """
import numpy as np

def svm(W, X, y, reg):
    rows = np.arange(len(y))
    scores = X @ W
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    margins[rows, y] = 0
    loss = margins.sum() / len(y) + reg * (W * W).sum()
    hits = (margins > 0).astype(float)
    hits[rows, y] -= hits.sum(axis=1)
    return loss, X.T @ hits / len(y) + 2 * reg * W
"""
LAYER = """
import numpy as np

class Norm:
    def __init__(self, size):
        self.gamma, self.beta = np.ones(size), np.zeros(size)

    def forward(self, x):
        self.std = np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)
        self.hat = (x - x.mean(axis=-1, keepdims=True)) / self.std
        return self.gamma * self.hat + self.beta

    def backward(self, dout):
        self.dgamma = (dout * self.hat).sum(axis=0)
        self.dbeta = dout.sum(axis=0)
        d = dout * self.gamma
        along = self.hat * (d * self.hat).mean(axis=-1, keepdims=True)
        return (d - d.mean(axis=-1, keepdims=True) - along) / self.std
"""
ELSEWHERE = [
    ("own forward", HILL, "grad_hill", None, "- slope, 2", "+ slope, 2", "sign_flipped"),
    ("formula", HILL, "grad_hill", "(1 - x^3) + 100*(y^2 - x)^2", "slope = 200 * ", "slope = 100 * ", "factor_of_two"),
    ("autograd", SQUASH, "Squash", None, "(1 - tanh**2)", "(1 - tanh)", "tanh_derivative_slip"),
    ("own loss", HINGE, "svm", None, "hits[rows, y] -= ", "hits[rows, y] += ", "sign_flipped"),
    ("class", LAYER, "Norm", None, "self.dbeta = dout.sum(axis=0)", "self.dbeta = dout.mean(axis=0)", "mean_doubled"),
    ("class", LAYER, "Norm", None, "d = dout * self.gamma", "d = dout", "factor_missing"),
]


@pytest.mark.parametrize(("form", "text", "name", "against", "before", "after", "kind"), ELSEWHERE)
def test_the_line_is_told_whatever_it_is_compared_with(
    tmp_path: Path, form: str, text: str, name: str, against: str | None, before: str, after: str, kind: str
) -> None:
    assert text.count(before) == 1, form
    file = tmp_path / "hand_in.py"
    file.write_text(text)
    assert check_code(file, name, against).edits == ()
    file.write_text(text.replace(before, after))
    found = check_code(file, name, against)
    assert found.exit_code == 1
    line = text[: text.index(before)].count("\n") + 1
    (edit,) = found.edits
    assert (edit.place, edit.kind) == (f"line {line}", kind)


def test_a_slip_in_a_base_class_is_told(tmp_path: Path) -> None:
    text = (
        LAYER.replace("class Norm:", "class Base:")
        + """
class Norm(Base):
    def forward(self, x):
        return super().forward(x)

    backward = Base.backward
"""
    )
    wrong = text.replace("(d * self.hat)", "(d + self.hat)")
    file = tmp_path / "hand_in.py"
    file.write_text(wrong)
    found = check_code(file, "Norm")
    assert found.exit_code == 1
    (edit,) = found.edits
    assert edit.place == f"line {text[: text.index('(d * self.hat)')].count(chr(10)) + 1}"


KEEPS = """
import numpy as np

class Net:
    def __init__(self, inputs, outputs):
        self.W, self.b = np.random.randn(inputs, outputs), np.zeros(outputs)

    def forward(self, X):
        self.X = X
        self.out = 1 / (1 + np.exp(-(X @ self.W + self.b)))
        return self.out

    def backward(self, y):
        d = (self.out - y) / len(y)
        self.dW, self.db = self.X.T @ d, d.sum(axis=0)
        return self.dW, self.db
"""


def test_a_value_returned_for_a_gradient_is_not_made_up_for_by_what_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "hand_in.py"
    for returned, expected in (("self.dW, self.db", "right"), ("self.dW, self.X", "undetermined")):
        file.write_text(KEEPS.replace("return self.dW, self.db", f"return {returned}"))
        verdicts = {block.name: block.verdict for block in check_code(file, "Net", "3-1 sigmoid bce").blocks}
        assert verdicts == {"W1": "right", "b1": expected}
