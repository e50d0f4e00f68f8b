"""Checking backward functions: right ones, slips that are named, and code that misbehaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.checking.code import check_code
from chalkgrad.errors import ChalkgradError, EvaluationError, ShapeError, UnknownNameError

SPEC = "2-3-1 relu sigmoid bce"
BODY = """
import numpy as np
def backward(x, y, W1, b1, W2, b2):
    n = len(x)
    z1 = x @ W1 + b1
    h1 = np.maximum(z1, 0)
    d2 = (1 / (1 + np.exp(-(h1 @ W2 + b2))) - y) / n
    d1 = d2 @ W2.T * (z1 > 0)
    return {"dW1": x.T @ d1, "db1": d1.sum(axis=0), "dW2": h1.T @ d2, "db2": d2.sum(axis=0)}
"""
TORCH = """
import torch
def backward(params, x, y):
    leaves = {name: value.clone().requires_grad_() for name, value in params.items()}
    h = torch.relu(x @ leaves["W1"] + leaves["b1"])
    out = torch.sigmoid(h @ leaves["W2"] + leaves["b2"])
    torch.nn.functional.binary_cross_entropy(out, y).backward()
    return tuple(leaf.grad for leaf in leaves.values())
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "grads.py"
    file.write_text(text)
    return file


@pytest.mark.parametrize("text", [BODY, TORCH], ids=["numpy", "torch"])
def test_a_right_function_is_right(tmp_path: Path, text: str) -> None:
    checked = check_code(written(tmp_path, text), "backward", SPEC)
    assert [block.verdict for block in checked.blocks] == ["right"] * 4
    assert checked.exit_code == 0


@pytest.mark.parametrize(
    ("right", "wrong", "kinds"),
    [
        ("h1.T @ d2,", "-h1.T @ d2,", {"W2": ["sign"]}),
        ("h1.T @ d2,", "(h1.T @ d2).T,", {"W2": ["transposed"]}),
        ("h1.T @ d2,", "z1.T @ d2,", {"W2": ["pre_activation_for_activation"]}),
        ("h1.T @ d2,", "2 * h1.T @ d2,", {"W2": ["factor_two"]}),
        (" - y) / n", " - y)", {key: ["mean_missing"] for key in ["W1", "b1", "W2", "b2"]}),
        (" - y) / n", " - y) / n**2", {key: ["mean_doubled"] for key in ["W1", "b1", "W2", "b2"]}),
        ("* (z1 > 0)", "", {key: ["activation_derivative_missing"] for key in ["W1", "b1"]}),
        ("* (z1 > 0)", "* h1", {key: ["activation_for_derivative"] for key in ["W1", "b1"]}),
        ("d2 @ W2.T *", "d2 *", {key: ["upstream_missing"] for key in ["W1", "b1"]}),
        ("d2.sum(axis=0)", "d2", {"b2": ["bias_not_summed"]}),
        ("x.T @ d1,", "np.outer(x[0], d1[0]),", {"W1": ["sum_over_samples_missing"]}),
        ("d2 @ W2.T *", "-d2 @ W2.T * 0 - d2 *", {key: ["upstream_missing", "sign"] for key in ["W1", "b1"]}),
    ],
)
def test_a_slip_is_named(tmp_path: Path, right: str, wrong: str, kinds: dict[str, list[str]]) -> None:
    assert BODY.count(right) == 1
    checked = check_code(written(tmp_path, BODY.replace(right, wrong)), "backward", SPEC)
    found = {block.name: [slip.kind for slip in block.slips] for block in checked.blocks if block.verdict == "wrong"}
    assert found == kinds
    assert checked.exit_code == 1


def test_an_unknown_slip_is_not_guessed(tmp_path: Path) -> None:
    checked = check_code(written(tmp_path, BODY.replace("h1.T @ d2,", "h1.T @ d2 + 0.123,")), "backward", SPEC)
    assert [(b.name, b.slips) for b in checked.blocks if b.verdict == "wrong"] == [("W2", ())]


@pytest.mark.parametrize(
    ("text", "function", "error", "said"),
    [
        (BODY, "backwrd", UnknownNameError, "did you mean 'backward'"),
        ("def f(x, other):\n    pass", "f", UnknownNameError, "other"),
        ("def f(x):\n    return None", "f", EvaluationError, "returned nothing"),
        ("def f(x):\n    return [x]", "f", ShapeError, "expected 4"),
        ("def f(x):\n    return {'Q9': x}", "f", UnknownNameError, "Q9"),
        ("def f(x):\n    y = 1\n    return y / 0", "f", EvaluationError, "line 3: return y / 0"),
        ("def f(x:\n    pass", "f", EvaluationError, "SyntaxError"),
        ("raise SystemExit(3)", "f", EvaluationError, "SystemExit"),
        ("import os\nos._exit(0)", "f", EvaluationError, "no answer"),
        ("def f(x):\n    while True:\n        pass", "f", EvaluationError, "longer than 1 seconds"),
        ("import time\ndef f(x):\n    time.sleep(99)", "f", EvaluationError, "longer than 1 seconds"),
        ("import numpy\ndef f(x):\n    return numpy.ones((10**6, 10**6))", "f", EvaluationError, "MemoryError"),
    ],
)
def test_what_cannot_be_compared_is_told(
    tmp_path: Path, text: str, function: str, error: type[ChalkgradError], said: str
) -> None:
    with pytest.raises(error, match=said):
        check_code(written(tmp_path, text), function, SPEC, seconds=1)


def test_the_network_may_have_other_activations(tmp_path: Path) -> None:
    text = """
import numpy as np
def backward(x, y, cache, W3, n):
    d3 = 2 * (cache["yhat"] - y) / n
    d2 = d3 @ W3.T * (1 - cache["h2"])
    d1 = d2 @ cache["W2"].T * cache["h1"] * (1 - cache["h1"])
    return x.T @ d1, d1.sum(0), cache["a1"].T @ d2, d2.sum(0), cache["a2"].T @ d3, d3.sum(0)
"""
    checked = check_code(written(tmp_path, text), "backward", "3-4-2-1 sigmoid tanh identity mse")
    verdicts = {block.name: [slip.kind for slip in block.slips] for block in checked.blocks}
    assert verdicts == {**{key: ["tanh_not_squared"] for key in ["W1", "b1", "W2", "b2"]}, "W3": [], "b3": []}
