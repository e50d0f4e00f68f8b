"""The slips that people make in code, each told with its line, its kind and a sentence that a student understands."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from chalkgrad.checking.code import CodeCheck, check_code
from chalkgrad.checking.code.edits import edits_of
from chalkgrad.checking.code.mistakes import said_of
from chalkgrad.checking.code.source import Source

LAYERS = """
import numpy as np

def attention_forward(Q, K, V):
    S = Q @ K.T
    e = np.exp(S - S.max(axis=-1, keepdims=True))
    A = e / e.sum(axis=-1, keepdims=True)
    return A @ V, (Q, K, V, A)

def attention_backward(dout, cache):
    Q, K, V, A = cache
    dV = A.T @ dout
    dA = dout @ V.T
    dS = A * (dA - (dA * A).sum(axis=-1, keepdims=True))
    dQ = dS @ K
    dK = dS.T @ Q
    return dQ, dK, dV

def norm_forward(x, gamma, beta):
    std = np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)
    hat = (x - x.mean(axis=-1, keepdims=True)) / std
    return hat * gamma + beta, (hat, std, gamma)

def norm_backward(dout, cache):
    hat, std, gamma = cache
    dgamma = (dout * hat).sum(axis=0)
    dbeta = dout.sum(axis=0)
    d = dout * gamma
    dx = (d - d.mean(axis=-1, keepdims=True) - hat * (d * hat).mean(axis=-1, keepdims=True)) / std
    return dx, dgamma, dbeta

def step_forward(x, h, Wx, Wh, b):
    a = np.tanh(x @ Wx + h @ Wh + b)
    return a, (x, h, Wx, Wh, a)

def step_backward(dout, cache):
    x, h, Wx, Wh, a = cache
    g = dout
    d = g * (1 - a * a)
    dWx = x.T @ d
    dWh = h.T @ d
    db = np.sum(d, axis=0)
    return d @ Wx.T, d @ Wh.T, dWx, dWh, db

def pass_forward(x, w):
    z = x @ w
    return np.maximum(z, 0), (x, w, z)

def pass_backward(dout, cache):
    x, w, z = cache
    d = dout.copy()
    d[z <= 0] = 0
    return d @ w.T, x.T @ d

def through_time_forward(x, w):
    h = np.zeros(x.shape)
    for t in range(x.shape[0]):
        h[t] = np.tanh(x[t] + w * (h[t - 1] if t > 0 else 0))
    return h, (x, w, h)

def through_time_backward(dout, cache):
    x, w, h = cache
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    carried = np.zeros(x.shape[1:])
    for t in reversed(range(x.shape[0])):
        dz = (dout[t] + carried) * (1 - h[t] ** 2)
        dx[t] = dz
        if t > 0:
            dw += (dz * h[t - 1]).reshape(-1, w.size).sum(axis=0)
        carried = dz * w
    return dx, dw
"""
NETWORK = """
import numpy as np

def backward(X, Y, W1, b1, W2, b2):
    A1 = np.tanh(X @ W1 + b1)
    e = np.exp(A1 @ W2 + b2)
    P = e / e.sum(axis=1, keepdims=True)
    delta = (P - Y) / len(X)
    dW2 = A1.T @ delta
    db2 = np.sum(delta, axis=0)
    hidden = delta @ W2.T * (1 - A1**2)
    dW1 = X.T @ hidden
    db1 = np.sum(hidden, axis=0)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
"""
SPEC = "3-4-2 tanh softmax ce"
AXIS, NAME = "sum_over_hidden_units", "wrong_variable"
SLIPS = [
    ("attention_backward", "A * (dA - (dA * A).sum(axis=-1, keepdims=True))", "dA * A * (1 - A)",
     "softmax_jacobian_diagonal"),
    ("attention_backward", "(dA * A).sum(axis=-1", "(dA * A).sum(axis=0", AXIS),
    ("attention_backward", "dV = A.T @ dout", "dV = A.T @ (dout @ V.T) @ V", None),
    ("attention_backward", "return dQ, dK, dV", "return dQ, dK, V", NAME),
    ("norm_backward", "(dout * hat).sum(axis=0)", "dout.sum(axis=0)", "factor_missing"),
    ("norm_backward", "dgamma = (dout * hat).sum(axis=0)\n    dbeta = dout.sum(axis=0)",
     "dgamma = dout.sum(axis=0)\n    dbeta = (dout * hat).sum(axis=0)", "gradients_exchanged"),
    ("norm_backward", "d.mean(axis=-1", "d.mean(axis=0", AXIS),
    ("step_backward", "g * (1 - a * a)", "g * 1 - a * a", "brackets_missing"),
    ("step_backward", "np.sum(d, axis=0)", "np.sum(g, axis=0)", NAME),
    ("step_backward", "np.sum(d, axis=0)", "np.sum(d * a, axis=0)", "factor_too_many"),
    ("step_backward", "dWh = h.T @ d", "dWh = a.T @ d", NAME),
    ("pass_backward", "d[z <= 0] = 0", "d[z > 0] = 0", "mask_wrong"),
    ("pass_backward", "d[z <= 0] = 0", "d[z <= 1] = 0", "constant_wrong"),
    ("through_time_backward", "dz * h[t - 1]", "dz * h[t]", "index_shifted"),
    ("through_time_backward", "(dout[t] + carried)", "dout[t]", "partial_for_total"),
    ("through_time_backward", "dw += (dz", "dw = (dz", "overwritten"),
    ("backward", "X.T @ hidden", "X.T @ delta @ W2.T", None),
    ("backward", "A1.T @ delta", "A1.T @ P", NAME),
    ("backward", "(1 - A1**2)", "1 - A1**2", "brackets_missing"),
    ("backward", "(1 - A1**2)", "A1 * (1 - A1)", None),
    ("backward", '"b1": db1, "W2": dW2, "b2": db2', '"b1": db2, "W2": dW2, "b2": db1', "gradients_exchanged"),
]  # fmt: skip


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], CodeCheck]:
    """The verdict on a function as it should be, worked out once."""

    @cache
    def check(name: str) -> CodeCheck:
        file = tmp_path_factory.mktemp(name) / "layers.py"
        file.write_text(text_with(name)[1])
        return check_code(file, name, text_with(name)[0], let=sizes(name))

    return check


def text_with(name: str) -> tuple[str | None, str]:
    """Against what a function is checked, and the file that it stands in."""
    return (SPEC, NETWORK) if name == "backward" else (None, LAYERS)


def sizes(name: str) -> dict[str, str] | None:
    return {"Q": "4x3", "K": "5x3", "V": "5x2"} if "attention" in name else None


@pytest.mark.parametrize(("name", "before", "after", "kind"), SLIPS)
def test_a_slip_of_the_catalogue(
    tmp_path: Path, right: Callable[[str], CodeCheck], name: str, before: str, after: str, kind: str | None
) -> None:
    against, text = text_with(name)
    within = text.index(f"def {name}")
    start = text.index(before, within)
    assert right(name).exit_code == 0, right(name).blocks
    file = tmp_path / "layers.py"
    file.write_text(text[:start] + after + text[start + len(before) :])
    found = check_code(file, name, against, let=sizes(name))
    assert found.exit_code == 1
    if kind is None:  # more than one edit away
        return
    (edit,) = found.edits
    assert edit.kind == kind
    assert edit.message == said_of(kind)
    assert edit.place == f"line {text[:start].count(chr(10)) + 1}"
    assert json.loads(json.dumps(found.to_json()))["edits"][0]["message"]
    assert "edits" not in found.to_json(hints=True) or found.to_json(hints=True)["edits"] == []


def test_every_kind_of_edit_has_a_sentence() -> None:
    for text in (LAYERS, NETWORK):
        source = Source("layers.py", text)
        functions = [each for each in source.tree.body if hasattr(each, "args")]
        kinds = {edit.kind for edit in edits_of(source, functions)}  # type: ignore[arg-type]
        assert {kind for kind in kinds if not said_of(kind)} == set()
