"""Values and derived gradients of whole networks against PyTorch's autograd, in float64.

The networks are built from definitions alone. The error is relative and norm-wise: ‖ours − theirs‖ ≤ 1e-12 ‖theirs‖.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

import torch_reference
from chalkgrad.calculus import derive
from chalkgrad.language import (
    FUNCTIONS,
    Axis,
    Definition,
    Expression,
    Program,
    Role,
    Tensor,
    evaluate,
    jacobian_by_dual_numbers,
    number,
    size_of,
    summation,
    validate,
)
from chalkgrad.networks import (
    LOSSES,
    REDUCTIONS,
    Layer,
    NetworkSpec,
    activation,
    attention,
    build,
    convolution,
    dense,
    layer_normalisation,
    softmax,
)

TOLERANCE = 1e-12
Values = dict[str, Any]
N = Axis("n", "n")


def error(found: Any, expected: torch.Tensor) -> float:
    """Relative to the greater of the two norms, and absolute where PyTorch has zero."""
    own, theirs = np.asarray(found, dtype=float), expected.detach().numpy()
    assert own.shape == theirs.shape
    return float(np.linalg.norm(own - theirs) / (np.linalg.norm(theirs) or 1.0))


def compare(
    program: Program,
    values: Values,
    reference: Callable[[Mapping[str, torch.Tensor]], torch.Tensor],
    constant: bool = False,
) -> None:
    """The result and its derivatives by every parameter and input are PyTorch's, and not zero unless `constant`."""
    validate(program)
    wrt = [tensor.name for tensor in program.declared if tensor.role is not Role.TARGET]
    derivation = derive(program, wrt)
    validate(derivation.program)
    arrays = evaluate(derivation.program, values)
    leaves = {name: torch_reference.leaf(value) for name, value in values.items()}
    result = reference(leaves)
    result.backward()
    assert error(arrays[program.result.name].nested(), result) <= TOLERANCE, program.result.name
    for name in wrt:
        found, expected = arrays[derivation.gradients[name].tensor.name].nested(), leaves[name].grad
        assert expected is not None
        assert constant or expected.abs().max() > 0, name
        assert error(found, expected) <= TOLERANCE, name


def normal(generator: np.random.Generator, *shape: int) -> np.ndarray:
    return generator.normal(size=shape)


def network_values(spec: NetworkSpec, samples: int, seed: int) -> Values:
    """Parameters, inputs, and targets that the loss is made for."""
    generator = np.random.default_rng(seed)
    values: Values = {}
    for layer, (inputs, outputs) in enumerate(zip(spec.sizes, spec.sizes[1:], strict=False), start=1):
        values[f"W{layer}"] = normal(generator, inputs, outputs) / np.sqrt(inputs)
        values[f"b{layer}"] = 0.3 * normal(generator, outputs)
    values["x"] = normal(generator, samples, spec.sizes[0])
    shape = (samples, spec.sizes[-1])
    match spec.loss:
        case "cross_entropy":
            weights = generator.uniform(size=shape)
            values["y"] = weights / weights.sum(axis=1, keepdims=True)
        case "bce" | "bce_with_logits":
            values["y"] = generator.uniform(size=shape)
        case "hinge":
            values["y"] = generator.choice([-1.0, 1.0], size=shape)
        case _:
            values["y"] = 1.5 * normal(generator, *shape)
    return values


def network_loss(spec: NetworkSpec) -> Callable[[Mapping[str, torch.Tensor]], torch.Tensor]:
    """The same network and loss in PyTorch."""

    def loss(values: Mapping[str, torch.Tensor]) -> torch.Tensor:
        hidden = logits = values["x"]
        for layer, name in enumerate(spec.activations, start=1):
            logits = hidden @ values[f"W{layer}"] + values[f"b{layer}"]
            hidden = torch_reference.softmax(logits) if name == "softmax" else torch_reference.FUNCTIONS[name](logits)
        losses = torch_reference.LOSSES[spec.loss](logits if LOSSES[spec.loss].logits_of else hidden, values["y"])
        total = losses.sum() if spec.reduction == "sum" else losses.mean()
        weights = [values[f"W{layer}"] for layer in range(1, spec.depth + 1)]
        return total + sum(spec.l1 * w.abs().sum() + spec.l2 / 2 * (w**2).sum() for w in weights)

    return loss


def check_network(spec: NetworkSpec, samples: int = 5, seed: int = 0) -> None:
    constant = not {"sign", "step"}.isdisjoint(spec.activations)
    compare(build(spec), network_values(spec, samples, seed), network_loss(spec), constant)


# Their values are not defined for every pre-activation; tests/language/test_functions.py checks them one by one.
NOT_EVERYWHERE = {"log", "log1p", "sqrt", "arcsin", "arccos"}
OUTPUTS = {"bce": ("sigmoid",), "bce_with_logits": ("identity", "sigmoid"), "cross_entropy": ("softmax", "identity")}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("hidden", [name for name in FUNCTIONS if name not in NOT_EVERYWHERE])
def test_every_activation_with_every_loss(hidden: str, loss: str) -> None:
    for output in OUTPUTS.get(loss, ("identity",)):
        check_network(NetworkSpec((2, 4, 3), (hidden, output), loss))


@pytest.mark.parametrize("output", [name for name in FUNCTIONS if name not in NOT_EVERYWHERE] + ["softmax"])
@pytest.mark.parametrize("loss", ["mse", "huber", "mae"])
def test_every_activation_at_the_output(output: str, loss: str) -> None:
    check_network(NetworkSpec((2, 4, 3), ("tanh", output), loss), seed=3)


@pytest.mark.parametrize(
    "sizes", [(2, 1), (2, 3, 1), (3, 5, 4, 2), (2, 3, 4, 5, 1), (2, 2, 2, 2, 2), (2, *[3] * 12, 1)], ids=str
)
@pytest.mark.parametrize("hidden", ["relu", "gelu"])
def test_depths(sizes: tuple[int, ...], hidden: str) -> None:
    check_network(NetworkSpec(sizes, (hidden,) * (len(sizes) - 2) + ("sigmoid",), "bce"), seed=12)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_penalties(reduction: str) -> None:
    check_network(NetworkSpec((3, 4, 2), ("silu", "softmax"), "cross_entropy", reduction, l1=0.05, l2=0.3))


@pytest.mark.parametrize("loss", ["mse", "cross_entropy", "bce_with_logits"])
def test_one_sample(loss: str) -> None:
    spec = NetworkSpec((3, 4, 2), ("mish", "softmax" if loss == "cross_entropy" else "identity"), loss)
    values = network_values(spec, 1, 2)
    one = {**values, "x": values["x"][0], "y": values["y"][0]}
    loss_of_batch = network_loss(spec)
    batched = ("x", "y")
    compare(
        build(spec, batch=False),
        one,
        lambda given: loss_of_batch({name: t[None] if name in batched else t for name, t in given.items()}),
    )


def test_softmax_cross_entropy_far_from_zero() -> None:
    """Logits of the order of 1e3 to 1e4: without the maximum taken off, every exponential would overflow."""
    spec = NetworkSpec((2, 4, 3), ("tanh", "softmax"), "cross_entropy")
    values = network_values(spec, 4, 5)
    values["b2"] = np.array([9000.0, 9001.0, 8999.5])
    values["y"] = np.eye(3)[[0, 1, 2, 0]]
    derivation = derive(build(spec))
    arrays = evaluate(derivation.program, values)
    leaves = {name: torch_reference.leaf(value) for name, value in values.items()}
    result = network_loss(spec)(leaves)
    result.backward()
    # z of about 1e4 is known to 1e-12 only, so everything after it is known to 1e-12 of its size
    assert arrays["L"].nested() == pytest.approx(result.item(), rel=1e-11)
    for name, definition in derivation.gradients.items():
        assert error(arrays[definition.tensor.name].nested(), leaves[name].grad) <= 1e-11, name


def test_a_loss_of_each_sample_has_a_jacobian() -> None:
    spec = NetworkSpec((2, 4, 3), ("tanh", "softmax"), "cross_entropy", reduction="none")
    assert REDUCTIONS[0] == spec.reduction
    values = network_values(spec, 3, 1)
    derivation = derive(build(spec))
    arrays = evaluate(derivation.program, values)
    for sample in range(3):
        leaves = {name: torch_reference.leaf(value) for name, value in values.items()}
        network_loss(NetworkSpec(spec.sizes, spec.activations, spec.loss))(
            {**leaves, "x": leaves["x"][sample : sample + 1], "y": leaves["y"][sample : sample + 1]}
        ).backward()
        for name, definition in derivation.gradients.items():
            found = np.array(arrays[definition.tensor.name].nested())[sample]
            assert error(found, leaves[name].grad) <= TOLERANCE, name


def weighted_sum(output: Tensor) -> tuple[Tensor, tuple[Definition, ...]]:
    """A scalar that depends on every element of the output differently: Σ r·o + ½ Σ o², with a declared r."""
    weights = Tensor("r", output.axes, Role.TARGET)
    at = output.axes
    body: Expression = summation(weights[at] * output[at] + number("1/2") * output[at] ** 2, *at)
    return weights, (Definition(Tensor("L"), (), body),)


def torch_weighted_sum(output: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    return (weights * output).sum() + (output**2).sum() / 2


def block(inputs: tuple[Tensor, ...], layers: tuple[Layer, ...]) -> Program:
    """The program of layers after each other, with a scalar at the end."""
    weights, total = weighted_sum(layers[-1].output)
    definitions = tuple(definition for layer in layers for definition in layer.definitions)
    parameters = tuple(tensor for layer in layers for tensor in layer.parameters)
    return Program((*inputs, *parameters, weights), (*definitions, *total), (total[0].tensor,))


def values_for(program: Program, sizes: Mapping[str, int], seed: int) -> Values:
    generator = np.random.default_rng(seed)
    shape_of = {t.name: tuple(s if isinstance(s, int) else sizes[s] for s in t.shape) for t in program.declared}
    return {name: normal(generator, *shape) for name, shape in shape_of.items()}


def test_layer_normalisation() -> None:
    x = Tensor("x", (N, Axis("i", 4)), Role.INPUT)
    linear = dense(x, Axis("j", 5))
    program = block((x,), (linear, layer_normalisation(linear.output, "h")))

    def reference(t: Mapping[str, torch.Tensor]) -> torch.Tensor:
        z = t["x"] @ t["W"] + t["b"]
        return torch_weighted_sum(functional.layer_norm(z, (5,), t["gamma"], t["beta"]), t["r"])

    compare(program, values_for(program, {"n": 3}, 1), reference)


def test_softmax_alone() -> None:
    x = Tensor("x", (N, Axis("k", 4)), Role.INPUT)
    program = block((x,), (softmax(x),))
    compare(program, values_for(program, {"n": 3}, 2), lambda t: torch_weighted_sum(torch.softmax(t["x"], -1), t["r"]))


@pytest.mark.parametrize("causal", [True, False])
def test_attention_of_given_queries_keys_and_values(causal: bool) -> None:
    t, u, d, c, h = Axis("t", 5), Axis("u", 5), Axis("d", 3), Axis("c", 4), Axis("h", 2)
    inputs = (
        Tensor("Q", (h, t, d), Role.INPUT),
        Tensor("K", (h, u, d), Role.INPUT),
        Tensor("V", (h, u, c), Role.INPUT),
    )
    program = block(inputs, (attention(*inputs, causal=causal),))
    compare(
        program,
        values_for(program, {}, 3),
        lambda v: torch_weighted_sum(
            functional.scaled_dot_product_attention(v["Q"], v["K"], v["V"], is_causal=causal), v["r"]
        ),
    )


def self_attention_block() -> Program:
    """Causal self-attention over a batch, with its projections and a layer normalisation: half a transformer block."""
    t, i, d, c = Axis("t", 4), Axis("i", 3), Axis("d", 2), Axis("c", 5)
    x = Tensor("x", (N, t, i), Role.INPUT)
    normalised = layer_normalisation(x, "u")
    query, key = (dense(normalised.output, d, f"W{name}", f"b{name}", name) for name in "QK")
    value = dense(normalised.output, c, "WV", "bV", "V")
    mixed = attention(query.output, key.output, value.output, causal=True)
    return block((x,), (normalised, query, key, value, mixed, dense(mixed.output, i, "WO", "bO", "out")))


def test_causal_self_attention_with_its_projections() -> None:
    def reference(t: Mapping[str, torch.Tensor]) -> torch.Tensor:
        normalised = functional.layer_norm(t["x"], (3,), t["gamma"], t["beta"])
        query, key, value = (normalised @ t[f"W{name}"] + t[f"b{name}"] for name in "QKV")
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        return torch_weighted_sum(mixed @ t["WO"] + t["bO"], t["r"])

    program = self_attention_block()
    values = values_for(program, {"n": 2}, 4)
    validate(program)
    derivation = derive(program, ["x", *(tensor.name for tensor in program.parameters)])
    arrays = evaluate(derivation.program, values)
    leaves = {name: torch_reference.leaf(value) for name, value in values.items()}
    result = reference(leaves)
    result.backward()
    assert error(arrays["L"].nested(), result) <= TOLERANCE
    for name, definition in derivation.gradients.items():
        gradient = np.array(arrays[definition.tensor.name].nested())
        if name == "bK":  # adding one vector to every key shifts all scores of a row alike: its gradient is 0
            assert np.abs(gradient).max() <= 1e-13
        else:
            assert error(gradient, leaves[name].grad) <= TOLERANCE, name


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (1, 2), (3, 0)])
def test_convolution_in_one_dimension(stride: int, padding: int) -> None:
    x = Tensor("x", (N, Axis("c", 3), Axis("t", 8)), Role.INPUT)
    layer = convolution(x, Axis("o", 4), (Axis("k", 3),), stride=stride, padding=padding)
    program = block((x,), (layer, activation(layer.output, "tanh")))
    compare(
        program,
        values_for(program, {"n": 2}, 5),
        lambda t: torch_weighted_sum(
            torch.tanh(functional.conv1d(t["x"], t["W"], t["b"], stride=stride, padding=padding)), t["r"]
        ),
    )


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1)])
def test_convolution_in_two_dimensions(stride: int, padding: int) -> None:
    x = Tensor("x", (N, Axis("c", 3), Axis("a", 6), Axis("d", 5)), Role.INPUT)
    layer = convolution(x, Axis("o", 2), (Axis("p", 3), Axis("q", 2)), stride=stride, padding=padding)
    program = block((x,), (layer, activation(layer.output, "silu")))
    compare(
        program,
        values_for(program, {"n": 2}, 6),
        lambda t: torch_weighted_sum(
            functional.silu(functional.conv2d(t["x"], t["W"], t["b"], stride=stride, padding=padding)), t["r"]
        ),
    )


def test_two_convolutions_then_the_mean_over_places() -> None:
    """As in a small convolutional classifier: convolve, relu, convolve, average over the places."""
    x = Tensor("x", (Axis("c", 2), Axis("t", 9)), Role.INPUT)
    first = convolution(x, Axis("o", 3), (Axis("k", 4),), "W1", "b1", "z1", stride=2)
    hidden = activation(first.output, "relu", "h1")
    second = convolution(hidden.output, Axis("f", 5), (Axis("k2", 2),), "W2", "b2", "z2", padding=1)
    channels, places = second.output.axes
    mean = Tensor("g", (channels,))
    pooled = Layer(
        (), (Definition(mean, (channels,), summation(second.output[channels, places], places) / size_of(places)),)
    )
    program = block((x,), (first, hidden, second, pooled))

    def reference(t: Mapping[str, torch.Tensor]) -> torch.Tensor:
        h = torch.relu(functional.conv1d(t["x"][None], t["W1"], t["b1"], stride=2))
        return torch_weighted_sum(functional.conv1d(h, t["W2"], t["b2"], padding=1)[0].mean(-1), t["r"])

    compare(program, values_for(program, {}, 7), reference)


def test_the_second_derivative_by_the_weights() -> None:
    """The Hessian of a small network, by deriving the derived program, against torch.autograd.functional."""
    spec = NetworkSpec((2, 3, 1), ("tanh", "sigmoid"), "bce")
    values = network_values(spec, 3, 8)
    first = derive(build(spec), ["W1"])
    second = derive(first.program, ["W1"], of="dL_dW1")
    found = evaluate(second.program, values)[second.gradients["W1"].tensor.name].nested()
    fixed = {name: torch.tensor(value, dtype=torch.float64) for name, value in values.items()}
    # The same function of W1, by way of logits: through log(sigmoid) PyTorch's Hessian is off by 2e-11.
    stable = network_loss(NetworkSpec(spec.sizes, spec.activations, "bce_with_logits"))
    expected = torch.autograd.functional.hessian(lambda w: stable({**fixed, "W1": w}), fixed["W1"])
    assert error(found, expected) <= TOLERANCE


def test_dual_numbers_agree_with_the_derived_gradient() -> None:
    program = self_attention_block()
    values = values_for(program, {"n": 1}, 9)
    derivation = derive(program, ["WQ", "gamma"])
    arrays = evaluate(derivation.program, values)
    for name in ("WQ", "gamma"):
        found = np.array(jacobian_by_dual_numbers(program, values, name).nested())
        assert error(arrays[derivation.gradients[name].tensor.name].nested(), torch.tensor(found)) <= TOLERANCE
