"""Every loss against PyTorch in float64: values, and where overflow threatens."""

from __future__ import annotations

import math

import pytest
import torch

import torch_reference
from chalkgrad.errors import ProgramError, UnknownNameError
from chalkgrad.language import FUNCTIONS, Axis, Definition, Program, Role, Tensor, evaluate, validate
from chalkgrad.networks import LOSSES, loss_named

N, K = Axis("n", "n"), Axis("k", 3)
PROBABILITIES = [[0.1, 0.6, 0.3], [0.25, 0.5, 0.25], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
SIGNS = [[1.0, -1.0, -1.0], [-1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [-1.0, -1.0, 1.0]]
REAL = [[0.2, -1.5, 3.0], [2.0, 0.7, -0.4], [1.0, -2.0, 0.5], [-0.3, 0.1, 5.0]]
LOGITS = [[0.3, -1.2, 2.0], [4.0, 0.1, -3.0], [0.0, 0.0, 0.0], [-0.5, 1.5, 0.25]]
INSIDE = [[0.3, 0.2, 0.9], [0.01, 0.5, 0.99], [0.7, 0.4, 0.6], [0.15, 0.85, 0.35]]
CASES = {
    "bce": (INSIDE, PROBABILITIES),
    "bce_with_logits": (LOGITS, PROBABILITIES),
    "mse": (LOGITS, REAL),
    "mae": (LOGITS, REAL),
    "huber": (LOGITS, REAL),
    "cross_entropy": (LOGITS, PROBABILITIES),
    "hinge": (LOGITS, SIGNS),
}


def loss_program(name: str, outputs: Axis = K) -> Program:
    output, target = Tensor("z", (N, outputs), Role.INPUT), Tensor("y", (N, outputs), Role.TARGET)
    loss = Tensor("l", (N,))
    row = loss_named(name)
    program = Program((output, target), row.definitions(output, target, loss), (loss,), row.assumptions(target))
    validate(program)
    return program


def test_the_cases_name_every_loss() -> None:
    assert set(CASES) == set(LOSSES) == set(torch_reference.LOSSES)


@pytest.mark.parametrize("name", LOSSES)
def test_values_are_those_of_pytorch(name: str) -> None:
    output, target = CASES[name]
    found = evaluate(loss_program(name), {"z": output, "y": target})["l"].numbers
    expected = torch_reference.LOSSES[name](torch_reference.leaf(output), torch_reference.leaf(target)).tolist()
    assert found == pytest.approx(expected, rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("name", ["bce_with_logits", "cross_entropy", "mse", "mae", "huber", "hinge"])
def test_large_values_do_not_overflow(name: str) -> None:
    output = [[1e4, -1e4, 3.0]]
    target = [[0.0, 1.0, 0.0]]
    found = evaluate(loss_program(name), {"z": output, "y": target})["l"].numbers[0]
    expected = torch_reference.LOSSES[name](torch.tensor(output).double(), torch.tensor(target).double()).item()
    assert math.isfinite(found)
    assert found == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("name", [name for name in LOSSES if name != "cross_entropy"])
def test_one_output_has_no_mean(name: str) -> None:
    body = loss_program(name, Axis("k", 1)).definitions[-1].body
    assert "/1" not in str(body)
    assert str(loss_program(name).definitions[-1].body).endswith("/3")


def test_the_formulas_are_those_on_paper() -> None:
    found = {name: str(loss_program(name, Axis("k", 1)).definitions[-1]) for name in LOSSES}
    assert found == {
        "bce": "l[n] = -sum(k, y[n,k]*log(z[n,k]) + (1 - y[n,k])*log(1 - z[n,k]))",
        "bce_with_logits": "l[n] = sum(k, softplus(z[n,k]) - y[n,k]*z[n,k])",
        "mse": "l[n] = sum(k, (z[n,k] - y[n,k])^2)",
        "mae": "l[n] = sum(k, abs(z[n,k] - y[n,k]))",
        "huber": "l[n] = sum(k, [abs(z[n,k] - y[n,k]) <= 1]*(z[n,k] - y[n,k])^2/2"
        " + [abs(z[n,k] - y[n,k]) > 1]*(abs(z[n,k] - y[n,k]) - 1/2))",
        "cross_entropy": "l[n] = sum(k, y[n,k]*(log(s[n]) + m[n] - z[n,k]))",
        "hinge": "l[n] = sum(k, relu(1 - y[n,k]*z[n,k]))",
    }


def test_only_the_cross_entropy_assumes_something() -> None:
    assumed = {name: [str(a) for a in loss_program(name).assumptions] for name in LOSSES}
    assert {name: a for name, a in assumed.items() if a} == {"cross_entropy": ["sum(k, y[n,k]) = 1"]}


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("BCE", "bce"),
        ("binary cross-entropy", "bce"),
        ("Binary Cross Entropy", "bce"),
        ("bce with logits", "bce_with_logits"),
        ("MSE", "mse"),
        ("mean squared error", "mse"),
        ("smooth-l1", "huber"),
        ("softmax cross-entropy", "cross_entropy"),
        ("categorical_cross_entropy", "cross_entropy"),
        ("Hinge", "hinge"),
    ],
)
def test_spellings(spelling: str, name: str) -> None:
    assert loss_named(spelling).name == name


def test_no_name_is_claimed_twice() -> None:
    names = [name for row in LOSSES.values() for name in (row.name, *row.aliases)]
    assert len(names) == len(set(names))


def test_the_usual_output_is_an_activation() -> None:
    assert {row.output for row in LOSSES.values()} <= {*FUNCTIONS, "softmax"}


def test_an_unknown_loss_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"there is no loss 'msee'; did you mean 'mse'\?"):
        loss_named("msee")


def test_a_target_of_another_shape_is_refused() -> None:
    output, target = Tensor("z", (N, K)), Tensor("y", (N,), Role.TARGET)
    with pytest.raises(ProgramError, match="'y' has the axes of 'z', and 'l' all but the last"):
        loss_named("mse").definitions(output, target, Tensor("l", (N,)))


def test_definitions_are_equations_of_the_loss() -> None:
    assert all(isinstance(d, Definition) for name in LOSSES for d in loss_program(name).definitions)
