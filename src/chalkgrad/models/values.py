"""What a graph's operations pass on: a tensor of equations, and how a framework lays it out in dimensions.

A framework's tensor has dimensions, the equations' one has axes, and the two differ: the samples of a batch are a
dimension but no axis (equations are those of one sample), several axes may be one dimension (heads and their width),
and a dimension of size 1 may be no axis at all. Transposing, parting, merging and slicing change how a tensor is read,
and need no equation of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Axis, Expression, Index, Tensor, as_index
from chalkgrad.language.substitution import substitute_index

BATCH = Axis("n", "n")
Dimension = tuple[Axis, ...]


@dataclass(frozen=True)
class Value:
    """An element of a tensor at indices, and for each dimension the axes that it is made of, the last running fastest.

    The samples are the axis `BATCH` of a dimension, and no index. A dimension without axes has the size 1.

    >>> i, j = Axis("i", 2), Axis("j", 3)
    >>> value = Value(Tensor("x", (i, j)), (as_index(i), as_index(j)), ((BATCH,), (i,), (j,)))
    >>> value.permuted([0, 2, 1]).shape(13), value.permuted([0, 2, 1]).element
    ((13, 3, 2), <x[i,j]>)
    """

    tensor: Tensor
    indices: tuple[Index, ...]
    dimensions: tuple[Dimension, ...]

    @property
    def element(self) -> Expression:
        """The element of the tensor."""
        return self.tensor[self.indices]

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the dimensions, in order, without that of the samples."""
        return tuple(axis for dimension in self.dimensions for axis in dimension if axis is not BATCH)

    @property
    def of_samples(self) -> bool:
        """Whether it is another for each sample."""
        return any(BATCH in dimension for dimension in self.dimensions)

    @property
    def is_plain(self) -> bool:
        """Whether it is the whole tensor, read along its own axes in order."""
        return self.indices == tuple(map(as_index, self.axes)) and [axis.size for axis in self.axes] == list(
            self.tensor.shape
        )

    def shape(self, samples: int) -> tuple[int, ...]:
        """The sizes of the dimensions, for so many samples."""
        return tuple(prod(size_of(axis, samples) for axis in dimension) for dimension in self.dimensions)

    def place(self, dimension: int) -> int:
        """The number of a dimension that may be counted from the end."""
        place = dimension + len(self.dimensions) if dimension < 0 else dimension
        if not 0 <= place < len(self.dimensions):
            raise ChalkgradError(f"'{self.tensor.name}' has {len(self.dimensions)} dimensions, and no {dimension}")
        return place

    def without_samples(self, dimension: int) -> int:
        """The number of a dimension that is none of the samples; raises `ChalkgradError` for that of the samples."""
        place = self.place(dimension)
        if BATCH in self.dimensions[place]:
            raise ChalkgradError(f"dimension {place} of '{self.tensor.name}' is that of the samples: "
                                 "what mixes the samples is not covered")  # fmt: skip
        return place

    def permuted(self, order: Sequence[int]) -> Value:
        """The dimensions in another order."""
        return Value(self.tensor, self.indices, tuple(self.dimensions[self.place(each)] for each in order))

    def inserted(self, place: int) -> Value:
        """With a dimension of size 1 at a place, which may be counted from the end."""
        place = place + len(self.dimensions) + 1 if place < 0 else place
        return Value(self.tensor, self.indices, (*self.dimensions[:place], (), *self.dimensions[place:]))

    def removed(self, place: int) -> Value:
        """Without a dimension of size 1."""
        place = self.place(place)
        gone: Mapping[Axis, Index] = {axis: as_index(0) for axis in self.dimensions[place]}
        return self.read_at(gone, (*self.dimensions[:place], *self.dimensions[place + 1 :]))

    def read_at(self, replaced: Mapping[Axis, Index], dimensions: tuple[Dimension, ...]) -> Value:
        """The same tensor with axes replaced by indices, in other dimensions."""
        return Value(self.tensor, tuple(substitute_index(each, replaced) for each in self.indices), dimensions)

    def along(self, axes: Sequence[Axis]) -> Value:
        """The same along other axes of the same sizes, one for each axis that it has."""
        new = dict(zip(self.axes, axes, strict=True)) | {BATCH: BATCH}
        changed = tuple(tuple(new[axis] for axis in dimension) for dimension in self.dimensions)
        return self.read_at({old: as_index(axis) for old, axis in new.items() if old is not BATCH}, changed)


def size_of(axis: Axis, samples: int) -> int:
    """The size of an axis, for so many samples."""
    return samples if axis is BATCH else int(axis.size)


def together(axes: Sequence[Axis]) -> Index:
    """Where in their one dimension an element of several axes lies, the last running fastest.

    >>> print(together((Axis("i", 2), Axis("j", 3))))
    3*i + j
    """
    at: Index = as_index(0)
    for axis in axes:
        at = at * int(axis.size) + axis
    return at


def reshaped(value: Value, shape: Sequence[int], samples: int, fresh: Callable[[int], Axis]) -> Value | None:
    """The value in other dimensions with the same elements in the same order; None where axes would have to be merged
    and parted elsewhere. `fresh` gives a new axis of a size.

    >>> i = Axis("i", 6)
    >>> value = Value(Tensor("x", (i,)), (as_index(i),), ((BATCH,), (i,)))
    >>> names = iter("jk")
    >>> heads = reshaped(value, (13 * 2, 3), 13, lambda size: Axis(next(names), size))
    >>> heads.element, [[axis.name for axis in dimension] for dimension in heads.dimensions]
    (<x[3*j+k]>, [['n', 'j'], ['k']])
    """
    pending = [axis for dimension in value.dimensions for axis in dimension if size_of(axis, samples) != 1]
    single: Mapping[Axis, Index] = {
        axis: as_index(0) for dimension in value.dimensions for axis in dimension if size_of(axis, samples) == 1
    }
    replaced: dict[Axis, Index] = dict(single)
    parts: dict[Axis, tuple[Axis, Axis]] = {}
    dimensions: list[Dimension] = []
    for size in shape:
        made: list[Axis] = []
        left = size
        while left > 1:
            if not pending:
                return None
            axis = pending.pop(0)
            own = size_of(axis, samples)
            if left % own == 0:
                made.append(axis)
                left //= own
                continue
            if axis is BATCH or own % left:
                return None
            first, second = fresh(left), fresh(own // left)
            parts[axis] = (first, second)
            made.append(first)
            pending.insert(0, second)
            left = 1
        dimensions.append(tuple(made))
    if pending:
        return None

    def index(axis: Axis) -> Index:
        if axis not in parts:
            return as_index(axis)
        first, second = parts[axis]
        return index(first) * int(second.size) + index(second)

    replaced |= {axis: index(axis) for axis in parts if axis in value.axes}
    return value.read_at(replaced, tuple(dimensions))
