"""A network's equations, from its spec: the forward pass and the loss as one program, with canonical names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalkgrad.language import (
    Axis,
    Definition,
    Expression,
    Program,
    Role,
    Tensor,
    add,
    call,
    number,
    size_of,
    summation,
)
from chalkgrad.networks.architecture import GATES, SOFTMAX, NetworkSpec
from chalkgrad.networks.blocks import gated_unit
from chalkgrad.networks.layers import Layer, activation, dense, layer_normalisation, softmax
from chalkgrad.networks.losses import loss_named
from chalkgrad.networks.normalising import rms_normalisation
from chalkgrad.networks.parameters import pack, parameter_shapes, unpack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLES = Axis("n", "n")
_AXIS_NAMES = "ijkpqr"


@dataclass(frozen=True)
class Network:
    """A network given by a spec: its program over a batch and over one sample, and its parameters.

    >>> network = Network(NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce"))
    >>> network.parameters
    {'W1': (2, 3), 'b1': (3,), 'W2': (3, 1), 'b2': (1,)}
    >>> print(network.sample_program.definitions[1])
    h1[j] = relu(z1[j])
    """

    spec: NetworkSpec

    @cached_property
    def program(self) -> Program:
        """The equations over a batch of samples, with the axis n."""
        return build(self.spec, batch=True)

    @cached_property
    def sample_program(self) -> Program:
        """The equations for one sample."""
        return build(self.spec, batch=False)

    @cached_property
    def parameters(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the parameters by name, in order; weights are inputs by outputs."""
        return parameter_shapes(self.sample_program)

    def pack(self, values: Mapping[str, Any]) -> NDArray[np.float64]:
        """The parameters as one flat vector, in order, each in row-major order.

        >>> network = Network(NetworkSpec((2, 1), ("sigmoid",), "bce"))
        >>> network.pack({"W1": [[1], [2]], "b1": [3]})
        array([1., 2., 3.])
        """
        return pack(self.parameters, values)

    def unpack(self, vector: Any) -> dict[str, NDArray[np.float64]]:
        """The parameters by name from one flat vector.

        >>> Network(NetworkSpec((2, 1), ("sigmoid",), "bce")).unpack([1, 2, 3])["b1"]
        array([3.])
        """
        return unpack(self.parameters, vector)


def layer_axes(sizes: Sequence[int]) -> tuple[Axis, ...]:
    """One axis for each layer, inputs first: i, j, k, p, q, r, then i6, i7, ….

    >>> [axis.name for axis in layer_axes((2, 3, 1))]
    ['i', 'j', 'k']
    """
    named = [*_AXIS_NAMES, *(f"i{layer}" for layer in range(len(_AXIS_NAMES), len(sizes)))]
    return tuple(Axis(name, size) for name, size in zip(named, sizes, strict=False))


def build(spec: NetworkSpec, batch: bool = True) -> Program:
    """The equations of a network: inputs x, target y, parameters W1, b1, …; values z1, h1, …, yhat; the loss L.

    With `batch`, x, y and all values have the leading axis n, and a sample's loss is `l`. The loss L is the mean or the
    sum of l, or with the reduction "none" the loss of each sample itself, L[n]. Without a batch L is the one sample's
    loss. The penalty `Omega` (Goodfellow, Bengio and Courville, Deep Learning, 2016, section 7.1: l1·Σ|w| + (l2/2)·Σw²,
    over the weights and not the biases) is added to L.

    >>> print(build(NetworkSpec((2, 1), ("sigmoid",), "bce"), batch=False))
    axis i: 2
    axis j: 1
    input x[i]
    target y[j]
    parameter W1[i,j]
    parameter b1[j]
    z1[j] = sum(i, x[i]*W1[i,j]) + b1[j]
    yhat[j] = sigmoid(z1[j])
    L = -sum(j, y[j]*log(yhat[j]) + (1 - y[j])*log(1 - yhat[j]))
    result L
    """
    lead = (SAMPLES,) if batch else ()
    axes = layer_axes(spec.sizes)
    inputs = Tensor("x", (*lead, axes[0]), Role.INPUT)
    target = Tensor("y", (*lead, axes[-1]), Role.TARGET)
    parameters: list[Tensor] = []
    definitions: list[Definition] = []
    hidden = logits = inputs
    for layer, (units, function) in enumerate(zip(axes[1:], spec.activations, strict=True), start=1):
        for part in _parts(hidden, units, function, layer, "yhat" if layer == spec.depth else f"h{layer}"):
            parameters += part.parameters
            definitions += part.definitions
            logits, hidden = hidden, part.output
    row = loss_named(spec.loss)
    reduced = batch and spec.reduction != "none"
    weights = [tensor for tensor in parameters if len(tensor.axes) == 2]
    penalty = _penalty(spec, weights)
    loss = Tensor("l" if reduced or penalty else "L", lead)
    given = set(definitions[-4:])  # the softmax output has written out its maximum and sum already
    worked_out = row.definitions(logits if row.logits_of else hidden, target, loss)
    definitions += (definition for definition in worked_out if definition not in given)
    if reduced or penalty:
        definitions += _total(spec, loss, reduced, penalty)
    declared = (inputs, target, *parameters)
    return Program(declared, tuple(definitions), (definitions[-1].tensor,), row.assumptions(target))


def _parts(inputs: Tensor, units: Axis, function: str, number: int, output: str) -> Iterator[Layer]:
    """What one layer is made of, in order: a weighted sum, perhaps a normalisation, a function; or a gated unit."""
    if function in GATES:
        yield gated_unit(inputs, units, GATES[function], output, str(number))
        return
    linear = dense(inputs, units, f"W{number}", f"b{number}", f"z{number}")
    yield linear
    before, *normalisation = reversed(function.split())
    arrived = linear.output
    if normalisation:
        normalised = layer_normalisation if normalisation == ["layernorm"] else rms_normalisation
        between = normalised(arrived, f"a{number}", str(number))
        yield between
        arrived = between.output
    yield softmax(arrived, output) if function == SOFTMAX else activation(arrived, before, output)


def _total(spec: NetworkSpec, loss: Tensor, reduced: bool, penalty: Expression | None) -> tuple[Definition, ...]:
    """The sum or mean over the samples, and the penalty."""
    total: Expression = loss[loss.axes]
    if reduced:
        total = summation(total, SAMPLES)
        total = total / size_of(SAMPLES) if spec.reduction == "mean" else total
    result = Tensor("L")
    if penalty is None:
        return (Definition(result, (), total),)
    omega = Tensor("Omega")
    return (Definition(omega, (), penalty), Definition(result, (), total + omega[()]))


def _penalty(spec: NetworkSpec, weights: Sequence[Tensor]) -> Expression | None:
    terms: list[Expression] = []
    for weight in weights:
        element = weight[weight.axes]
        if spec.l1:
            terms.append(number(spec.l1) * summation(call("abs", element), *weight.axes))
        if spec.l2:
            terms.append(number(spec.l2) / 2 * summation(element**2, *weight.axes))
    return add(*terms) if terms else None
