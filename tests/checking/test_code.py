"""Checking backward functions: right ones, slips that are named, and code that misbehaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chalkgrad.calculus import derive
from chalkgrad.checking import CATALOGUE
from chalkgrad.checking.code import check_code
from chalkgrad.checking.code.slips import Layers, slips
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.errors import ChalkgradError, EvaluationError, UnknownNameError
from chalkgrad.networks import Network
from chalkgrad.reading.spec import read_spec

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
BOMB = """
import numpy as np
def f(x, held=[]):
    while True:
        held.append(np.empty(10**8))
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
        ("h1.T @ d2,", "-h1.T @ d2,", {"W2": ["sign_flipped"]}),
        ("h1.T @ d2,", "(h1.T @ d2).T,", {"W2": ["transposed"]}),
        ("h1.T @ d2,", "z1.T @ d2,", {"W2": ["wrong_variable"]}),
        ("h1.T @ d2,", "2 * h1.T @ d2,", {"W2": ["factor_of_two"]}),
        ("d2.sum(axis=0)", "n * d2.sum(axis=0)", {"b2": ["mean_missing"]}),
        (" - y) / n", " - y) / n**2", {key: ["mean_doubled"] for key in ["W1", "b1", "W2", "b2"]}),
        ("* (z1 > 0)", "", {key: ["activation_derivative_missing"] for key in ["W1", "b1"]}),
        ("* (z1 > 0)", "* h1", {key: ["value_for_derivative"] for key in ["W1", "b1"]}),
        ("d2 @ W2.T *", "d2 *", {key: ["weight_missing"] for key in ["W1", "b1"]}),
        ("d2.sum(axis=0)", "d2", {"b2": ["bias_gradient_not_summed"]}),
        ("x.T @ d1,", "np.outer(x[0], d1[0]),", {"W1": ["sum_over_samples_missing"]}),
        ("d2 @ W2.T *", "-d2 @ W2.T * 0 - d2 *", {key: ["weight_missing", "sign_flipped"] for key in ["W1", "b1"]}),
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
        ("def f(x, other):\n    pass", "f", EvaluationError, "no gradients that could be told"),
        ("def f(x):\n    return {'Q9': 1.0}", "f", EvaluationError, "no gradients that could be told"),
        ("def f(x):\n    return {'W1': 'abc'}", "f", EvaluationError, "no gradients that could be told"),
        ("f = 3", "f", EvaluationError, "neither a function nor a class"),
        ("def f(x):\n    y = 1\n    return y / 0", "f", EvaluationError, "line 3: return y / 0"),
        ("def f(x:\n    pass", "f", EvaluationError, "SyntaxError"),
        ("import os\ndef f(x):\n    raise SystemExit(3)", "f", EvaluationError, "SystemExit"),
        ("import os\ndef f(x):\n    os._exit(0)", "f", EvaluationError, "no answer"),
        ("import os\ndef f(x):\n    os.fork()", "f", EvaluationError, "os.fork is not allowed.*line 3: os.fork"),
        ("import subprocess\ndef f(x):\n    subprocess.run(['ls'])", "f", EvaluationError, "Popen is not allowed"),
        ("class f:\n    def __init__(self, W1):\n        pass", "f", EvaluationError, "no method backward"),
        (BOMB, "f", EvaluationError, "MemoryError.*line 5: held"),
        ("def f(x):\n    while True:\n        pass", "f", EvaluationError, "longer than [12]"),
        ("import time\ndef f(x):\n    time.sleep(99)", "f", EvaluationError, "longer than 2"),
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
    assert verdicts == {**{key: ["tanh_derivative_slip"] for key in ["W1", "b1", "W2", "b2"]}, "W3": [], "b3": []}


STYLES = """
import numpy as np
from collections import namedtuple
from dataclasses import dataclass
Named = namedtuple("Named", "db2 dW2 db1 dW1")
@dataclass
class Held:
    dW2: object
    db2: object
    dW1: object
    db1: object
def as_named_tuple(x, y, W1, b1, W2, b2):
    return Named(**backward(x, y, W1, b1, W2, b2))
def as_dataclass(x, y, W1, b1, W2, b2):
    print("on the way", x)
    return Held(**backward(x, y, W1, b1, W2, b2))
def as_rows_of_one(x, y, params):
    found = backward(x, y, **params)
    return {name: value[None, :] if value.ndim == 1 else value for name, value in found.items()}
def columns(X, Y, W1, b1, W2, b2):
    m = X.shape[1]
    Z1 = W1 @ X + b1
    A1 = np.maximum(Z1, 0)
    dZ2 = (1 / (1 + np.exp(-(W2 @ A1 + b2))) - Y) / m
    dZ1 = W2.T @ dZ2 * (Z1 > 0)
    return {"dW1": dZ1 @ X.T, "db1": dZ1.sum(1, keepdims=True), "dW2": dZ2 @ A1.T, "db2": dZ2.sum(1, keepdims=True)}
class Network:
    def __init__(self, W1, b1, W2, b2):
        self.weights = W1, b1, W2, b2
    def forward(self, x):
        self.x = x
    def backward(self, y):
        for name, value in backward(self.x, y, *self.weights).items():
            setattr(self, name, value)
"""


@pytest.mark.parametrize("name", ["as_named_tuple", "as_dataclass", "as_rows_of_one", "columns", "Network"])
def test_functions_as_people_write_them(tmp_path: Path, name: str) -> None:
    checked = check_code(written(tmp_path, BODY + STYLES), name, SPEC)
    assert [block.verdict for block in checked.blocks] == ["right"] * 4
    assert checked.samples == ("columns" if name == "columns" else "rows")


def test_a_slip_is_named_in_columns_too(tmp_path: Path) -> None:
    text = (BODY + STYLES).replace('"db1": dZ1.sum(1, keepdims=True)', '"db1": dZ1')
    checked = check_code(written(tmp_path, text.replace("dZ2 @ A1.T", "-dZ2 @ A1.T")), "columns", SPEC)
    found = {block.name: [slip.kind for slip in block.slips] for block in checked.blocks}
    assert found == {"W1": [], "b1": ["bias_gradient_not_summed"], "W2": ["sign_flipped"], "b2": []}


def test_pytorch_beside_numpy(tmp_path: Path) -> None:
    text = BODY + TORCH.replace("def backward(", "def other(")
    for name in ("backward", "other"):
        checked = check_code(written(tmp_path, text), name, SPEC)
        assert [block.verdict for block in checked.blocks] == ["right"] * 4


def test_slips_are_called_as_in_the_catalogue() -> None:
    known = {row.kind for row in CATALOGUE}
    network = Network(read_spec("2-3-2-1 tanh sigmoid bce"))
    source = np.random.default_rng(1)
    values = {name: source.normal(size=shape) for name, shape in network.parameters.items()}
    values |= {"x": source.normal(size=(5, 2)), "y": np.ones((5, 1))}
    backward = derive(network.program).program
    values |= compile_numpy(backward, [definition.tensor.name for definition in backward.definitions])(**values)
    layers = Layers(network.spec, values | {"dL_dyhat": np.ones((5, 1))})
    found = {slip.kind for name in network.parameters for slip, _ in slips(layers, name)}
    assert len(found) >= 15
    assert found <= known


def test_hints_give_nothing_away(tmp_path: Path) -> None:
    checked = check_code(written(tmp_path, BODY.replace("h1.T @ d2,", "-h1.T @ d2,")), "backward", SPEC)
    told = checked.to_json(hints=True)["claims"][2]
    assert told == {
        "subject": "W2", "verdict": "wrong", "reason": "Look again at the sign.",
        "mistakes": [{"hint": "Look again at the sign."}],
    }  # fmt: skip
