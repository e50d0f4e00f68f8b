"""The inner side of the sandbox: functions that everybody writes alike, for files that came without their helpers.

Like the runner it imports nothing of chalkgrad. They compute with NumPy's arrays; what two people would write
differently (the slope of a leaky relu, a derivative by the output or by the input) is not here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def sigmoid(z: Any) -> Any:
    """1 / (1 + e⁻ᶻ)."""
    import numpy

    return 1.0 / (1.0 + numpy.exp(-numpy.asarray(z)))


def relu(z: Any) -> Any:
    """The greater of z and 0."""
    import numpy

    return numpy.maximum(z, 0)


def tanh(z: Any) -> Any:
    """The hyperbolic tangent."""
    import numpy

    return numpy.tanh(z)


def softmax(z: Any) -> Any:
    """Exponentials over their sum: of a vector or a column all, of a matrix those of each row."""
    import numpy

    z = numpy.asarray(z)
    axis = 0 if z.ndim == 1 or z.shape[-1] == 1 else -1
    powers = numpy.exp(z - z.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def softmax_of_columns(z: Any) -> Any:
    """The same, of a matrix those of each column."""
    import numpy

    powers = numpy.exp(z - numpy.max(z, axis=0))
    return powers / powers.sum(axis=0)


def identity(z: Any) -> Any:
    """What it is given."""
    return z


def sigmoid_backward(from_above: Any, kept: Any) -> Any:
    """The gradient by z of what is sigmoid(z), of which z was kept."""
    s = sigmoid(kept)
    return from_above * s * (1 - s)


def relu_backward(from_above: Any, kept: Any) -> Any:
    """The gradient by z of what is relu(z), of which z was kept."""
    return from_above * (kept > 0)


def tanh_backward(from_above: Any, kept: Any) -> Any:
    """The gradient by z of what is tanh(z), of which z was kept."""
    return from_above * (1 - tanh(kept) ** 2)


def with_argument(function: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, Any]]:
    """A function that also returns what it was given, as one does whose result is unpacked into a value and a cache."""

    def both(z: Any) -> tuple[Any, Any]:
        return function(z), z

    return both
