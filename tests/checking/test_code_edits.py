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
    assert all(each.startswith("def f(x):\n    s = ") and each.endswith("# σ\n") for each in applied)
