"""Layers as equations against PyTorch: values, shapes, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from chalkgrad.errors import ProgramError
from chalkgrad.language import Axis, Program, Role, Tensor, evaluate, validate
from chalkgrad.networks import Layer, activation, attention, convolution, dense, layer_normalisation, softmax

N, T, U, C, D, E = Axis("n", "n"), Axis("t", 5), Axis("u", 5), Axis("c", 3), Axis("d", 4), Axis("e", 2)


def run(layer: Layer, *inputs: tuple[Tensor, Any], **parameters: Any) -> np.ndarray:
    """The output of a layer, by the reference evaluator."""
    declared = (*(tensor for tensor, _ in inputs), *layer.parameters)
    program = Program(declared, layer.definitions, (layer.output,))
    validate(program)
    values = {tensor.name: value for tensor, value in inputs} | parameters
    return np.array(evaluate(program, values)[layer.output.name].nested())


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("lead", [(), (N,), (N, T)], ids=len)
def test_dense_and_activation(lead: tuple[Axis, ...]) -> None:
    shape = tuple(2 if axis is N else 5 for axis in lead)
    x, value = Tensor("x", (*lead, C), Role.INPUT), normal(*shape, 3)
    linear = dense(x, D)
    both = Layer(linear.parameters, (*linear.definitions, *activation(linear.output, "tanh").definitions))
    w, b = normal(3, 4, seed=1), normal(4, seed=2)
    np.testing.assert_allclose(run(both, (x, value), W=w, b=b), np.tanh(value @ w + b), rtol=1e-13)


@pytest.mark.parametrize("shift", [0.0, 1e4, -1e4])
def test_softmax(shift: float) -> None:
    z, value = Tensor("z", (N, C), Role.INPUT), normal(2, 3) + shift
    np.testing.assert_allclose(run(softmax(z), (z, value)), torch.softmax(torch.tensor(value), -1).numpy(), rtol=1e-13)


def test_layer_normalisation() -> None:
    z, value = Tensor("z", (N, D), Role.INPUT), normal(3, 4)
    gamma, beta = normal(4, seed=1), normal(4, seed=2)
    expected = functional.layer_norm(torch.tensor(value), (4,), torch.tensor(gamma), torch.tensor(beta))
    found = run(layer_normalisation(z), (z, value), gamma=gamma, beta=beta)
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("scale", [1.0, 300.0])
@pytest.mark.parametrize("lead", [(), (N, E)], ids=len)
def test_attention(causal: bool, scale: float, lead: tuple[Axis, ...]) -> None:
    shape = (3, 2) if lead else ()
    tensors = [Tensor(name, (*lead, *axes), Role.INPUT) for name, axes in (("Q", (T, D)), ("K", (U, D)), ("V", (U, C)))]
    q, k, v = (scale * normal(*shape, 5, 4), normal(*shape, 5, 4, seed=1), normal(*shape, 5, 3, seed=2))
    expected = functional.scaled_dot_product_attention(
        torch.tensor(q), torch.tensor(k), torch.tensor(v), is_causal=causal
    )
    found = run(attention(*tensors, causal=causal), *zip(tensors, (q, k, v), strict=True))
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-11, atol=1e-14)


def test_self_attention_may_use_one_axis_twice() -> None:
    tensors = [Tensor(name, (T, D), Role.INPUT) for name in "QKV"]
    values = [normal(5, 4, seed=seed) for seed in range(3)]
    layer = attention(*tensors, causal=True)
    assert layer.definitions[0].tensor.axes == (T, Axis("t'", 5))
    expected = functional.scaled_dot_product_attention(*map(torch.tensor, values), is_causal=True)
    np.testing.assert_allclose(run(layer, *zip(tensors, values, strict=True)), expected.numpy(), rtol=1e-12)


def test_the_first_position_sees_only_itself() -> None:
    tensors = [Tensor(name, (T, D), Role.INPUT) for name in "QKV"]
    values = [normal(5, 4, seed=seed) for seed in range(3)]
    found = run(attention(*tensors, causal=True), *zip(tensors, values, strict=True))
    np.testing.assert_allclose(found[0], values[2][0], rtol=1e-15)


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 0), (1, 1), (2, 3), (3, 1)])
def test_convolution_in_one_dimension(stride: int, padding: int) -> None:
    x, value = Tensor("x", (N, C, Axis("t", 7)), Role.INPUT), normal(2, 3, 7)
    layer = convolution(x, D, (Axis("k", 2),), stride=stride, padding=padding)
    w, b = normal(4, 3, 2, seed=1), normal(4, seed=2)
    expected = functional.conv1d(torch.tensor(value), torch.tensor(w), torch.tensor(b), stride, padding).numpy()
    found = run(layer, (x, value), W=w, b=b)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1)])
def test_convolution_in_two_dimensions(stride: int, padding: int) -> None:
    x, value = Tensor("x", (C, Axis("r", 5), Axis("s", 4)), Role.INPUT), normal(3, 5, 4)
    layer = convolution(x, E, (Axis("u", 3), Axis("v", 2)), stride=stride, padding=padding)
    w, b = normal(2, 3, 3, 2, seed=1), normal(2, seed=2)
    expected = functional.conv2d(torch.tensor(value), torch.tensor(w), torch.tensor(b), stride, padding).numpy()
    found = run(layer, (x, value), W=w, b=b)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "message"),
    [
        (3, 5, 1, 0, "a kernel of 5 does not fit into 3 places with padding 0"),
        ("t", 2, 1, 0, "a convolution needs sizes that are numbers, but 't' has t"),
        (3, 2, 0, 0, "a stride is at least 1 and a padding at least 0, but got 0 and 0"),
        (3, 2, 1, -1, "a stride is at least 1 and a padding at least 0, but got 1 and -1"),
    ],
)
def test_what_a_convolution_refuses(size: int | str, kernel: int, stride: int, padding: int, message: str) -> None:
    x = Tensor("x", (C, Axis("t", size)), Role.INPUT)
    with pytest.raises(ProgramError, match=message):
        convolution(x, D, (Axis("k", kernel),), stride=stride, padding=padding)


def test_a_layer_without_enough_axes_is_refused() -> None:
    x = Tensor("x", (C,), Role.INPUT)
    with pytest.raises(ProgramError, match="'x' has 1 axis, but the layer needs at least 2"):
        convolution(x, D, (Axis("k", 2),))
    with pytest.raises(ProgramError, match="'x' has 1 axis, but the layer needs at least 2"):
        attention(x, x, x)
    with pytest.raises(ProgramError, match="'c' has 0 axes, but the layer needs at least 1"):
        dense(Tensor("c"), D)
