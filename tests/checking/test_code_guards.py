"""Gradients that differ from their losses in the last digits only: small numbers in logarithms, clips, float32."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.checking.code import check_code

TWO_FUNCTIONS = """
import numpy as np
EPS = 1e-5
def loss(w, x, y):
    p = 1 / (1 + np.exp(-(x @ w)))
    return -np.mean(y * np.log(p + EPS) + (1 - y) * np.log(1 - p + EPS))
def loss_grad(w, x, y):
    p = 1 / (1 + np.exp(-(x @ w)))
    return 1.0 * x.T @ (p - y) / len(y)
"""
RETURNED = """
import numpy as np
def logistic(w, b, X, y, eps=1e-5):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    cost = -np.mean(y * np.log(p + eps) + (1 - y) * np.log(1 - p + eps))
    return cost, {"dw": 1.0 * X.T @ (p - y) / len(y), "db": np.mean(p - y)}
"""
A_CLASS = """
import numpy as np
class CrossEntropy:
    def forward(self, z, y):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        self.p, self.y = e / e.sum(axis=1, keepdims=True), y
        return -np.sum(y * np.log(self.p + 1e-6)) / len(y)
    def backward(self):
        return 1.0 * (self.p - self.y) / len(self.y)
"""
CLIPPED = """
import numpy as np
class BCE:
    def forward(self, p, y):
        self.p, self.y = np.clip(p, 1e-7, 1 - 1e-7), y
        return -np.mean(y * np.log(self.p) + (1 - y) * np.log(1 - self.p))
    def backward(self):
        return 1.0 * (self.p - self.y) / (self.p * (1 - self.p)) / self.y.size
"""
SINGLE = """
import numpy as np
def loss(w, x, y):
    return np.mean((np.tanh(x @ w) - y) ** 2)
def loss_grad(w, x, y):
    w, x, y = w.astype(np.float32), x.astype(np.float32), y.astype(np.float32)
    a = np.tanh(x @ w)
    return 1.0 * 2 * x.T @ ((a - y) * (1 - a ** 2)) / y.size
"""
IN_TORCH = """
import torch
def loss(w, x, y):
    p = torch.sigmoid(x @ w)
    return -(y * (p + 1e-5).log() + (1 - y) * torch.log(1 - p + 1e-5)).mean()
def loss_grad(w, x, y):
    p = torch.sigmoid(x @ w)
    return 1.0 * x.T @ (p - y) / y.shape[0]
"""
SINGLE_IN_TORCH = """
import torch
class Layer(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return torch.tanh(x @ w)
    @staticmethod
    def backward(ctx, d):
        x, w = (each.float() for each in ctx.saved_tensors)
        d = d.float() * (1 - torch.tanh(x @ w) ** 2)
        return (d @ w.T).double(), 1.0 * (x.T @ d).double()
"""
FORMS = {
    "two functions": (TWO_FUNCTIONS, "loss_grad"),
    "a loss that is returned": (RETURNED, "logistic"),
    "a class, whose y are classes in ones and zeros": (A_CLASS, "CrossEntropy"),
    "probabilities that are clipped": (CLIPPED, "BCE"),
    "a gradient in float32": (SINGLE, "loss_grad"),
    "a logarithm of PyTorch": (IN_TORCH, "loss_grad"),
    "a backward pass of PyTorch in float32": (SINGLE_IN_TORCH, "Layer"),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_differs_in_the_last_digits_is_right_and_a_hundredth_is_not(tmp_path: Path, form: str) -> None:
    text, function = FORMS[form]
    if "torch" in text:
        pytest.importorskip("torch")
    file = tmp_path / "file.py"
    file.write_text(text)
    right = {block.verdict for block in check_code(file, function, seconds=60).blocks}
    assert right <= {"right", "right_up_to"}, right
    file.write_text(text.replace("1.0 *", "1.01 *"))
    assert "wrong" in {block.verdict for block in check_code(file, function, seconds=60).blocks}
