"""Where the numbers are while networks train layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from chalkgrad.engines.lowering import numbers_of
from chalkgrad.engines.native.layer_plan import SAMPLES, LayerPlan, size_of
from chalkgrad.engines.native.nest_loops import Place
from chalkgrad.engines.nests import Contraction
from chalkgrad.language import Tensor


class Memory:
    """Where every tensor is: parameters in the slots, the rest one after the other in the scratch."""

    def __init__(self, plan: LayerPlan, lanes: int, results: str) -> None:
        self.block, self.lanes, self.used = plan.block(lanes), lanes, 0
        self.row = self._spread(self.block)
        self.places: dict[Tensor, Place] = {}
        self.transposed: dict[Tensor, Place] = {}
        for pointer, tensors in (("%slots", plan.parameters), (results, plan.results)):
            offset = 0
            for tensor in tensors:
                self.places[tensor] = Place(pointer, offset, _strides([size_of(axis) for axis in tensor.axes]))
                offset += numbers_of(tensor)
            if pointer == results:
                self.used = self._up(offset)
        for tensor in (
            *plan.data,
            *(tensor for tensor, _ in plan.drawn),
            *(tensor for operation in plan.operations for tensor in operation.writes),
        ):
            if tensor not in self.places:
                self.places[tensor] = self._new(tensor)
        for operation in plan.operations:
            if isinstance(operation, Contraction) and operation.inner.size == SAMPLES:
                self._transpose(operation.right.tensor)

    def _up(self, count: int) -> int:
        return -(-count // self.lanes) * self.lanes

    def _new(self, tensor: Tensor) -> Place:
        own = [size_of(axis) for axis in tensor.axes if axis.size != SAMPLES]
        samples = len(own) < len(tensor.axes)
        strides = iter(stride * (self.row if samples else 1) for stride in _strides(own))
        place = Place("%scratch", self.used, tuple(1 if a.size == SAMPLES else next(strides) for a in tensor.axes))
        self.used += self._up(prod(own)) * (self.row if samples else 1)
        return place

    def _spread(self, count: int) -> int:
        """A length for rows of so many numbers that does not put all of them into the same set of the cache."""
        vectors = self._up(count) // self.lanes
        return (vectors + (vectors % 16 == 0)) * self.lanes

    def room(self, count: int) -> Place:
        """Room for so many numbers that nothing else takes, and for a vector more."""
        place = Place("%scratch", self.used, (1,))
        self.used += self._up(count + self.lanes)
        return place

    def transposed_row(self, tensor: Tensor) -> int:
        """How many numbers lie between two samples of a tensor whose samples are one below the other."""
        return self._spread(numbers_of(tensor))

    def _transpose(self, tensor: Tensor) -> None:
        """Room for a tensor with its samples one below the other."""
        if tensor not in self.transposed:
            own = [size_of(axis) for axis in tensor.axes if axis.size != SAMPLES]
            row = self.transposed_row(tensor)
            strides = iter(_strides(own))
            found = tuple(row if axis.size == SAMPLES else next(strides) for axis in tensor.axes)
            self.transposed[tensor] = Place("%scratch", self.used, found)
            self.used += row * self.block


def _strides(sizes: Sequence[int]) -> tuple[int, ...]:
    return tuple(prod(sizes[k + 1 :]) for k in range(len(sizes)))
