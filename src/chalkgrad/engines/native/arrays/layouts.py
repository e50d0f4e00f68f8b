"""Where the numbers of tensors lie: how far a step along each axis of a tensor is, and along an axis of an element."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod

from chalkgrad.language import Axis, Element, Tensor


@dataclass
class Layouts:
    """The strides of each tensor by its axes, in numbers."""

    strides: dict[Tensor, tuple[int, ...]] = field(default_factory=dict)

    def along(self, element: Element, axis: Axis) -> int:
        """How far a step along an axis moves in an element."""
        strides = self.strides[element.tensor]
        return sum(step * index.coefficient(axis) for step, index in zip(strides, element.indices, strict=True))

    def room(self, tensor: Tensor) -> int:
        """How many numbers a tensor takes in memory."""
        strides = self.strides[tensor]
        return 1 + sum((int(axis.size) - 1) * step for axis, step in zip(tensor.axes, strides, strict=True))


def strides_of(axes: Sequence[Axis]) -> tuple[int, ...]:
    """The strides of an array whose last index runs fastest.

    >>> strides_of((Axis("i", 2), Axis("j", 3)))
    (3, 1)
    """
    sizes = [int(axis.size) for axis in axes]
    return tuple(prod(sizes[place + 1 :]) for place in range(len(sizes)))


def extent(axes: Iterable[Axis]) -> int:
    """How many places some axes have."""
    return prod(int(axis.size) for axis in axes)
