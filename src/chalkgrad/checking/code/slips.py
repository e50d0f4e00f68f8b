"""The gradients that a backward function with a slip in it would return, as numbers, to be recognised by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chalkgrad.calculus import derive
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.language import Axis, Definition, Program, Role, Tensor, call, summation
from chalkgrad.networks.architecture import SOFTMAX, NetworkSpec

Floats: TypeAlias = "NDArray[np.float64]"
Gradients: TypeAlias = "dict[str, Floats]"


@dataclass(frozen=True)
class CodeSlip:
    """A slip: its kind in the catalogue, the sentence that explains it, and a hint that does not."""

    kind: str
    message: str
    hint: str


@dataclass(frozen=True)
class Layers:
    """What backpropagation needs at one point: the values of every layer, and the adjoints of the output."""

    spec: NetworkSpec
    values: Mapping[str, Floats]

    @property
    def depth(self) -> int:
        """How many layers have weights."""
        return len(self.spec.sizes) - 1

    @property
    def samples(self) -> int:
        """How many samples the batch has."""
        return int(self.values["x"].shape[0])

    def before(self, layer: int) -> Floats:
        """The activations that enter a layer, counted from 1."""
        return self.values["x"] if layer == 1 else self.values[f"h{layer - 1}"]

    def after(self, layer: int) -> Floats:
        """The activations that leave a layer."""
        return self.values["yhat"] if layer == self.depth else self.values[f"h{layer}"]


Rule: TypeAlias = "Callable[[Layers, int, Floats], Floats]"


def backward(layers: Layers, slopes: Mapping[int, Rule] | None = None, no_weights: int = 0) -> Gradients:
    """Backpropagation from the true adjoint of the last pre-activation.

    `slopes` replaces what the adjoint of a layer's activations is turned into; `no_weights` is the layer whose weights
    are forgotten on the way back (where shapes allow it).
    """
    slopes = slopes or {}
    gradients: Gradients = {}
    adjoint = layers.values[f"dL_dz{layers.depth}"]
    for layer in range(layers.depth, 0, -1):
        if layer in slopes and layer == layers.depth:
            adjoint = slopes[layer](layers, layer, adjoint)
        gradients[f"W{layer}"] = layers.before(layer).T @ adjoint
        gradients[f"b{layer}"] = adjoint.sum(axis=0)
        if layer > 1:
            weights = layers.values[f"W{layer}"]
            arrived = adjoint @ (np.ones_like(weights) if no_weights == layer else weights).T
            rule = slopes.get(layer - 1, _times_slope)
            adjoint = rule(layers, layer - 1, arrived)
    return gradients


def _times_slope(layers: Layers, layer: int, arrived: Floats) -> Floats:
    return arrived * slope(layers.spec.activations[layer - 1], layers.values[f"z{layer}"])


@lru_cache(maxsize=64)
def _slope_function(activation: str) -> Any:
    axis = Axis("i", "m")
    point = Tensor("t", (axis,), Role.PARAMETER)
    total = Tensor("L")
    program = Program((point,), (Definition(total, (), summation(call(activation, point[axis]), axis)),), (total,))
    return compile_numpy(derive(program).program)


def slope(activation: str, at: Floats) -> Floats:
    """The derivative of an elementwise activation at every entry."""
    if activation == "identity":
        return np.ones_like(at)
    found: Floats = _slope_function(activation)(t=at.reshape(-1))["dL_dt"]
    return found.reshape(at.shape)


def _slope_slips(layers: Layers, layer: int) -> Iterator[tuple[CodeSlip, Rule]]:
    """Slips in the derivative of the activation of a layer."""
    name = layers.spec.activations[layer - 1]
    if name in ("identity", SOFTMAX):
        return
    where = f"of layer {layer}" if layer < layers.depth else "of the output"
    hint = f"Look again at the derivative of the activation {where}."

    def by(factor: Callable[[Floats, Floats], Floats]) -> Rule:
        if layer == layers.depth:  # the last adjoint comes with its slope already; it is exchanged
            return lambda at, k, given: np.asarray(at.values["dL_dyhat"]) * factor(at.values[f"z{k}"], at.after(k))
        return lambda at, k, given: given * factor(at.values[f"z{k}"], at.after(k))

    yield (
        CodeSlip("activation_derivative_missing", f"The derivative of {name} {where} is missing.", hint),
        by(lambda z, h: np.ones_like(z)),
    )
    yield (
        CodeSlip(
            "derivative_at_activation",
            f"The derivative of {name} {where} is evaluated at its output instead of at the pre-activation.",
            hint,
        ),
        by(lambda z, h: slope(name, h)),
    )
    yield (
        CodeSlip("activation_derivative_too_many", f"The derivative of {name} {where} is applied twice.", hint),
        by(lambda z, h: slope(name, z) ** 2),
    )
    yield (
        CodeSlip("value_for_derivative", f"{name} itself stands where its derivative should, {where}.", hint),
        by(lambda z, h: h),
    )
    if name == "sigmoid":
        yield (
            CodeSlip("sigmoid_derivative_slip", f"σ' is σ(1 − σ), not σ(1 + σ), {where}.", hint),
            by(lambda z, h: h * (1 + h)),
        )
    if name == "tanh":
        yield (
            CodeSlip("tanh_derivative_slip", f"tanh' is 1 − tanh², not 1 − tanh, {where}.", hint),
            by(lambda z, h: 1 - h),
        )
    for other in sorted({"relu", "sigmoid", "tanh"} - {name}):
        yield (
            CodeSlip("wrong_activation_derivative", f"The derivative of {other} is used for the {name} {where}.", hint),
            by(lambda z, h, other=other: slope(other, z)),  # type: ignore[misc]
        )


def slips(layers: Layers, name: str) -> Iterator[tuple[CodeSlip, Floats]]:
    """Every recognised slip with the gradient by the parameter that it would give, the plainest first."""
    true = backward(layers)[name]
    layer, samples = int(name[1:]), layers.samples
    yield from _scaled(true, samples)
    yield from _of_samples(layers, name, true)
    for other in range(layers.depth, layer - 1, -1):
        for slip, rule in _slope_slips(layers, other):
            yield slip, backward(layers, {other: rule})[name]
    for other in range(layer + 1, layers.depth + 1):
        message = f"The weights W{other} are missing on the way back to layer {other - 1}."
        hint = "Follow the chain rule from the loss to this parameter: is every factor there?"
        yield CodeSlip("weight_missing", message, hint), backward(layers, no_weights=other)[name]


def pairs(layers: Layers, name: str) -> Iterator[tuple[CodeSlip, CodeSlip, Floats]]:
    """Two slips together: one in the factors of the chain rule, and one of the scale of the whole."""
    for slip, wrong in slips(layers, name):
        if slip.kind not in _SCALES and wrong.shape == layers.values[name].shape:
            for scale, both in _scaled(wrong, layers.samples):
                yield slip, scale, both


_SCALES = frozenset({"sign_flipped", "mean_missing", "mean_doubled", "factor_of_two", "transposed"})


def _scaled(true: Floats, samples: int) -> Iterator[tuple[CodeSlip, Floats]]:
    yield CodeSlip("sign_flipped", "The sign is flipped.", "Look again at the sign."), -true
    hint = "How are the losses of the samples put together?"
    yield CodeSlip("mean_missing", "The factor 1/n of the mean over the samples is missing.", hint), true * samples
    yield CodeSlip("mean_doubled", "The factor 1/n of the mean over the samples is there twice.", hint), true / samples
    hint = "Look again at the constant factors."
    yield CodeSlip("factor_of_two", "There is a factor 2 too many.", hint), 2 * true
    yield CodeSlip("factor_of_two", "A factor 2 is missing.", hint), true / 2
    if true.ndim == 2 and min(true.shape) >= 1:
        hint = "Compare the shape of the gradient with that of the parameter."
        yield CodeSlip("transposed", "It is the transpose of the gradient.", hint), true.T


def _of_samples(layers: Layers, name: str, true: Floats) -> Iterator[tuple[CodeSlip, Floats]]:
    """Slips in the sum over samples and in what enters the layer."""
    layer, depth = int(name[1:]), layers.depth
    adjoint = layers.values[f"dL_dz{layer}"]
    hint = "The parameter serves every sample: where do their contributions meet?"
    if name[0] == "b":
        yield (
            CodeSlip("bias_gradient_not_summed", "The gradient of the bias is not summed over the samples.", hint),
            adjoint,
        )
        yield CodeSlip("mean_doubled", "The gradient of the bias is averaged once more.", hint), adjoint.mean(axis=0)
        summed = CodeSlip("sum_over_hidden_units", "It is summed over the units, not over the samples.", hint)
        yield summed, adjoint.sum(axis=1)
        return
    before = layers.before(layer)
    for one, said in ((0, "first"), (-1, "last")):
        slip = CodeSlip("sum_over_samples_missing", f"Only the {said} sample is counted; the sum is missing.", hint)
        yield slip, np.outer(before[one], adjoint[one])
        yield slip, np.outer(before[one], adjoint[one]) * layers.samples
    hint = "Which values enter this layer?"
    if layer > 1:
        slip = CodeSlip("wrong_variable", f"z{layer - 1} stands for h{layer - 1}.", hint)
        yield slip, layers.values[f"z{layer - 1}"].T @ adjoint
    for other in range(1, depth + 1):
        if other != layer and layers.before(other).shape == before.shape:
            slip = CodeSlip(
                "wrong_layer_activation", f"The activations that enter layer {other} stand for those of {layer}.", hint
            )
            yield slip, layers.before(other).T @ adjoint
    slip = CodeSlip("factor_missing", f"The activations that enter layer {layer} are missing as a factor.", hint)
    yield slip, np.ones_like(before).T @ adjoint
