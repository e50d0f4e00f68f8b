"""The fixture for pytest: tests with right gradients pass, others fail and say where."""

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


def test_the_fixture(tmp_path: Path) -> None:
    (tmp_path / "test_gradients.py").write_text(TESTS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "chalkgrad.pytest_plugin",
        "--strict-markers",
        "-q",
        "-rA",
        str(tmp_path),
    ]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    lines = done.stdout.splitlines()
    passed = {line.rpartition("::")[2] for line in lines if line.startswith("PASSED")}
    assert passed == {"test_right", "test_functions", "test_loose"}, done.stdout
    assert "4 failed, 3 passed" in done.stdout
    assert "a: The sign is flipped." in lines
    assert "b: It is 1.5 times the derivative, in every entry." in lines
    assert "point: A factor 2 is missing." in lines
    assert "the gradient of Wrong is not right (float64)" in done.stdout
    assert "wrong at [" in done.stdout
