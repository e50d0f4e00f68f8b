"""The equations of a network: names, shapes, reductions, penalties, depth; and its values against PyTorch."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import torch_reference
from chalkgrad.language import FUNCTIONS, Role, evaluate, inline, validate, walk
from chalkgrad.networks import LOSSES, REDUCTIONS, Network, NetworkSpec, build, initialise, layer_axes

SHEET = NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce")


def test_the_network_of_the_sheet_over_a_batch() -> None:
    assert [str(definition) for definition in build(SHEET).definitions] == [
        "z1[n,j] = sum(i, x[n,i]*W1[i,j]) + b1[j]",
        "h1[n,j] = relu(z1[n,j])",
        "z2[n,k] = sum(j, h1[n,j]*W2[j,k]) + b2[k]",
        "yhat[n,k] = sigmoid(z2[n,k])",
        "l[n] = -sum(k, y[n,k]*log(yhat[n,k]) + (1 - y[n,k])*log(1 - yhat[n,k]))",
        "L = sum(n, l[n])/|n|",
    ]


def test_for_one_sample_there_is_no_batch_axis() -> None:
    program = build(SHEET, batch=False)
    assert all(axis.name != "n" for tensor in program.declared for axis in tensor.axes)
    assert str(program.definitions[-1]).startswith("L = -sum(k, ")
    assert [tensor.name for tensor in program.declared] == ["x", "y", "W1", "b1", "W2", "b2"]
    assert [tensor.role for tensor in program.inputs] == [Role.INPUT, Role.TARGET]


def test_softmax_cross_entropy_shares_one_maximum_and_one_sum() -> None:
    program = build(NetworkSpec((4, 3), ("softmax",), "cross-entropy"), batch=False)
    assert [str(definition) for definition in program.definitions] == [
        "z1[j] = sum(i, x[i]*W1[i,j]) + b1[j]",
        "m = max(j, z1[j])",
        "e[j] = exp(z1[j] - m)",
        "s = sum(j, e[j])",
        "yhat[j] = e[j]/s",
        "L = sum(j, y[j]*(log(s) + m - z1[j]))",
    ]
    assert [str(assumption) for assumption in program.assumptions] == ["sum(j, y[j]) = 1"]


def test_logits_as_output() -> None:
    for loss in ("cross-entropy", "bce with logits"):
        program = build(NetworkSpec((4, 3), ("identity",), loss), batch=False)
        assert str(program.definition("yhat")) == "yhat[j] = z1[j]"
        validate(program)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("batch", [True, False])
@pytest.mark.parametrize("penalty", [0, 0.5])
def test_every_form_is_valid(reduction: str, batch: bool, penalty: float) -> None:
    if reduction == "none" and penalty:
        return
    for output, loss in (("softmax", "cross_entropy"), ("softmax", "mse"), ("sigmoid", "bce_with_logits")):
        program = build(NetworkSpec((2, 4, 3), ("tanh", output), loss, reduction, penalty, penalty), batch)
        validate(program)
        assert program.result.name == "L"
        assert program.result.shape == (("n",) if reduction == "none" and batch else ())


def values_of(spec: NetworkSpec, samples: int, seed: int = 5) -> dict[str, Any]:
    generator = np.random.default_rng(seed)
    outputs = spec.sizes[-1]
    values: dict[str, Any] = dict(initialise(spec, "glorot", seed))
    values |= {name: generator.normal(scale=0.3, size=value.shape) for name, value in values.items() if name[0] == "b"}
    values["x"] = generator.normal(size=(samples, spec.sizes[0]))
    values["y"] = np.eye(outputs)[generator.integers(outputs, size=samples)] if outputs > 1 else np.ones((samples, 1))
    return values


def torch_forward(spec: NetworkSpec, values: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    """The last layer's output and its logits."""
    hidden = logits = torch.tensor(values["x"])
    for layer, name in enumerate(spec.activations, start=1):
        logits = hidden @ torch.tensor(values[f"W{layer}"]) + torch.tensor(values[f"b{layer}"])
        hidden = torch_reference.softmax(logits) if name == "softmax" else torch_reference.FUNCTIONS[name](logits)
    return hidden, logits


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_reductions_and_penalties(reduction: str) -> None:
    penalties = {} if reduction == "none" else {"l1": 0.03, "l2": 0.2}
    spec = NetworkSpec((2, 4, 3), ("tanh", "softmax"), "cross_entropy", reduction, **penalties)
    values = values_of(spec, 5)
    output, logits = torch_forward(spec, values)
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor(values["y"]), reduction=reduction)
    if penalties:
        weights = [torch.tensor(values[name]) for name in ("W1", "W2")]
        expected = expected + sum(0.03 * w.abs().sum() + 0.1 * (w**2).sum() for w in weights)
    found = evaluate(build(spec), values)
    np.testing.assert_allclose(found["L"].nested(), expected.numpy(), rtol=1e-13)
    np.testing.assert_allclose(found["yhat"].nested(), output.numpy(), rtol=1e-13)


def test_a_batch_of_one_is_one_sample() -> None:
    values = values_of(SHEET, 1)
    one = {**values, "x": values["x"][0], "y": values["y"][0]}
    batch, sample = evaluate(build(SHEET), values), evaluate(build(SHEET, batch=False), one)
    assert batch["L"].nested() == pytest.approx(sample["L"].nested(), rel=1e-15)
    assert batch["z1"].nested()[0] == sample["z1"].nested()


def test_the_forward_pass_of_the_course_sheet() -> None:
    values = {
        "x": [[1, -1], [0, -1], [0, 1]],
        "y": [[1], [1], [0]],
        "W1": [[1, -1, 0], [0, 0, 0.5]],
        "b1": [0, 0, 1],
        "W2": [[1], [0], [-1]],
        "b2": [1],
    }
    output = [row[0] for row in evaluate(build(SHEET), values)["yhat"].nested()]
    assert output == pytest.approx([0.81757448, 0.62245933, 0.37754067], abs=5e-9)


sizes = st.lists(st.integers(1, 4), min_size=2, max_size=6)


@given(sizes, st.data())
def test_any_spec_gives_a_valid_program(given_sizes: list[int], data: st.DataObject) -> None:
    names = st.sampled_from(sorted(FUNCTIONS))
    hidden = tuple(data.draw(names) for _ in given_sizes[2:])
    loss = data.draw(st.sampled_from(sorted(LOSSES)))
    output = LOSSES[loss].output if given_sizes[-1] > 1 else "identity"
    spec = NetworkSpec(tuple(given_sizes), (*hidden, output), loss)
    for batch in (True, False):
        validate(build(spec, batch))
    network = Network(spec)
    assert list(network.parameters) == [f"{kind}{n}" for n in range(1, spec.depth + 1) for kind in "Wb"]
    for layer, (inputs, outputs) in enumerate(pairwise(given_sizes), start=1):
        assert network.parameters[f"W{layer}"] == (inputs, outputs)
        assert network.parameters[f"b{layer}"] == (outputs,)


def test_depth_costs_no_more_than_its_length() -> None:
    """Nothing in a layer's equations grows with how many layers stand before it."""
    for depth in (20, 400):
        spec = NetworkSpec((3,) * (depth + 1), ("relu",) * (depth - 1) + ("sigmoid",), "bce")
        program = build(spec)
        validate(program)
        assert len(program.definitions) == 2 * depth + 2
        assert max(sum(1 for _ in walk(definition.body)) for definition in program.definitions) == 20


def test_axes_of_deep_networks_have_different_names() -> None:
    names = [axis.name for axis in layer_axes((3,) * 300)]
    assert names[:8] == ["i", "j", "k", "p", "q", "r", "i6", "i7"]
    assert len(set(names)) == 300


def test_written_into_one_equation() -> None:
    whole = inline(build(SHEET, batch=False))
    assert [definition.tensor.name for definition in whole.definitions] == ["L"]
