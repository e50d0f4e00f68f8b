"""The plugin for pytest: gradients and documents; what is right passes, what is wrong fails and says where."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = """
import numpy as np
import pytest
import torch

class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.save_for_backward(x)
        ctx.factor = factor
        return factor * x**3
    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * ctx.factor * 3 * x**ctx.power, None

class Right(Cube):
    backward = staticmethod(lambda ctx, grad: (grad * ctx.factor * 3 * ctx.saved_tensors[0] ** 2, None))

class Wrong(Cube):
    backward = staticmethod(lambda ctx, grad: (grad * ctx.factor * 3 * ctx.saved_tensors[0], None))

def test_right(gradcheck):
    gradcheck(Right, (4, 3), 2)

def test_wrong(gradcheck):
    gradcheck(Wrong, (4, 3), 2)

def test_flipped(gradcheck):
    def f(a, b):
        return (a @ b).sum()
    def gradient(a, b):
        return {"a": -np.ones((3, 2)) @ b.T, "b": 1.5 * a.T @ np.ones((3, 2))}
    gradcheck(f, gradient, a=np.arange(6.0).reshape(3, 2), b=np.eye(2) + 1)

def test_functions(gradcheck):
    gradcheck(lambda v: (v**2).sum(), lambda v: 2 * v, [1.0, 2.0])
    gradcheck(lambda a, b: a * b, lambda a, b: {"a": b, "b": a}, a=2.0, b=3.0)

def test_wrong_function(gradcheck):
    gradcheck(lambda v: (v**2).sum(), lambda v: v, [1.0, 2.0])

@pytest.mark.gradcheck(tolerance=0.1)
def test_loose(gradcheck):
    gradcheck(lambda v: (v**2).sum(), lambda v: 2.05 * v, [1.0, 2.0])

def test_not_loose(gradcheck):
    gradcheck(lambda v: (v**2).sum(), lambda v: 2.05 * v, [1.0, 2.0])
"""


def run(folder: Path, *options: str) -> str:
    """What pytest prints in a folder, with the plugin."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "chalkgrad.pytest_plugin",
        "--strict-markers",
        "-q",
        "-rA",
        *options,
    ]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False).stdout


def test_the_fixture(tmp_path: Path) -> None:
    (tmp_path / "test_gradients.py").write_text(TESTS)
    told = run(tmp_path)
    lines = told.splitlines()
    passed = {line.rpartition("::")[2] for line in lines if line.startswith("PASSED")}
    assert passed == {"test_right", "test_functions", "test_loose"}, told
    assert "4 failed, 3 passed" in told
    assert "a: The sign is flipped." in lines
    assert "b: It is 1.5 times the derivative, in every entry." in lines
    assert "point: A factor 2 is missing." in lines
    assert "the gradient of Wrong is not right (float64)" in told
    assert "wrong at [" in told


NOTES = r"""Binary cross-entropy: $$y = \sigma(w x + b)$$
$$\frac{\partial L}{\partial w} = (y - t) x$$
$$\frac{\partial L}{\partial b} = t - y$$
$$\frac{\partial L}{\partial q} = y - t$$
"""


def test_claims_in_documents_are_tests(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(NOTES, encoding="utf-8")
    (tmp_path / "broken.ipynb").write_text('{"cells": [', encoding="utf-8")
    assert "no tests ran" in run(tmp_path)
    told = run(tmp_path, "--chalkgrad", "notes.md")
    assert "1 failed, 1 passed, 1 skipped" in told
    assert "FAILED notes.md::line 3: ∂L/∂b" in told
    assert "∂L/∂b is wrong\nThe sign is flipped" in told
    assert "Traceback" not in told
    told = run(tmp_path, "--chalkgrad", "--chalkgrad-unjudged", "fail", "notes.md", "broken.ipynb")
    assert "this is not a notebook" in told
    (tmp_path / "broken.ipynb").unlink()
    assert "∂L/∂q could not be judged" in run(tmp_path, "--chalkgrad", "--chalkgrad-unjudged", "fail", "-k", "q")
