"""Programs as loops over named axes: contractions, nests of elementwise equations, and reductions.

This is the lowered form for axes that are too long to be written out (`lowering` writes small ones out). Sums of
products over two groups of axes become contractions, for which there are fast kernels; what is left is elementwise,
and equations with the same loops share one nest, so that what only passes between them never touches memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from chalkgrad.engines.lowering import LoweringError
from chalkgrad.language import (
    Axis,
    Definition,
    Element,
    Expression,
    Max,
    Multiply,
    Program,
    Sum,
    Tensor,
    as_index,
    bound_by,
    multiply,
    rebuild,
    substitute_axes,
    walk,
)


@dataclass(frozen=True)
class Contraction:
    """result[axes] = Σ left·right over `inner` and the axes in `summed`.

    `right` goes along `lane` and `left` does not; `row` is the axis that only `left` has (None: none); `outer` are the
    other axes of the result.
    """

    result: Tensor
    axes: tuple[Axis, ...]
    left: Element
    right: Element
    lane: Axis
    row: Axis | None
    inner: Axis
    summed: tuple[Axis, ...]
    outer: tuple[Axis, ...]

    @property
    def writes(self) -> tuple[Tensor, ...]:
        """The tensors that it makes."""
        return (self.result,)

    @property
    def reads(self) -> frozenset[Tensor]:
        """The tensors that it takes."""
        return frozenset((self.left.tensor, self.right.tensor))


@dataclass(frozen=True)
class Nest:
    """Elementwise equations in the same loops over `axes`; those inside have reductions over short axes at most."""

    axes: tuple[Axis, ...]
    definitions: tuple[Definition, ...]

    @property
    def writes(self) -> tuple[Tensor, ...]:
        """The tensors that it makes."""
        return tuple(definition.tensor for definition in self.definitions)

    @property
    def reads(self) -> frozenset[Tensor]:
        """The tensors that it takes and does not make itself."""
        used = {tensor for definition in self.definitions for tensor in definition.body.tensors}
        return frozenset(used - set(self.writes))


@dataclass(frozen=True)
class Reduction:
    """result[axes] = Σ body over `summed`, the last of which is the one to run along."""

    result: Tensor
    axes: tuple[Axis, ...]
    summed: tuple[Axis, ...]
    body: Expression

    @property
    def writes(self) -> tuple[Tensor, ...]:
        """The tensors that it makes."""
        return (self.result,)

    @property
    def reads(self) -> frozenset[Tensor]:
        """The tensors that it takes."""
        return frozenset(self.body.tensors)


Operation: TypeAlias = Contraction | Nest | Reduction


def operations_of(program: Program, samples: str = "n") -> list[Operation]:
    """The operations that compute a program's results, in order. `samples` is the size of the axis of samples.

    Raises `LoweringError` where a program pairs samples with samples.

    >>> from chalkgrad.networks import Network, NetworkSpec
    >>> program = Network(NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce")).program
    >>> for operation in operations_of(program.needed_for(program.tensor("yhat"))):
    ...     print(type(operation).__name__, [tensor.name for tensor in operation.writes])
    Contraction ['part 1']
    Nest ['z1', 'h1']
    Contraction ['part 2']
    Nest ['z2', 'yhat']
    """
    splitting = _Splitting(samples)
    for definition in program.needed_for(*program.results).definitions:
        splitting.define(definition)
    return _fused(splitting.operations)


class _Splitting:
    """Takes the sums that deserve loops of their own out of the definitions."""

    def __init__(self, samples: str) -> None:
        self.samples = samples
        self.operations: list[Operation] = []
        self._parts = 0
        self._known: dict[Expression, Element] = {}

    def define(self, definition: Definition) -> None:
        """Adds the operations for a definition."""
        if sum(axis.size == self.samples for axis in definition.indices) > 1:
            raise LoweringError(f"{definition} pairs samples with samples")
        body: Expression | None = definition.body
        if isinstance(body, Sum):
            body = self._sum(body, definition)
        elif body is not None:
            body = self._extracted(body)
        if body is not None:
            self.operations.append(Nest(definition.indices, (Definition(definition.tensor, definition.indices, body),)))

    def _extracted(self, expression: Expression) -> Expression:
        if isinstance(expression, Sum):
            found = self._sum(expression, None)
            assert found is not None
            return found
        if isinstance(expression, Max) and expression.axis.size == self.samples:
            raise LoweringError(f"{expression} is a maximum over samples")
        return rebuild(expression, self._extracted)

    def _sum(self, expression: Sum, into: Definition | None) -> Expression | None:
        """What stands for a sum afterwards; nothing if it is the whole of a definition and was made by itself."""
        axes, body = [], expression.body
        axes.append(expression.axis)
        while isinstance(body, Sum):
            axes.append(body.axis)
            body = body.body
        body = self._extracted(body)
        factors = body.factors if isinstance(body, Multiply) else (body,)
        inside = [factor for factor in factors if factor.free & set(axes)]
        outside = [factor for factor in factors if not factor.free & set(axes)]
        if not inside:
            return _summed(multiply(*outside), axes)
        free = frozenset().union(*(factor.free for factor in inside)) - set(axes)
        over_samples = [axis for axis in axes if axis.size == self.samples]
        if len(over_samples) > 1 or (over_samples and any(axis.size == self.samples for axis in free)):
            raise LoweringError(f"{expression} pairs samples with samples")
        if into is not None and not outside and free == set(into.indices):
            result, order = into.tensor, into.indices
        else:
            order = self._order(free, inside)
            result = None
        operation: Contraction | Reduction | None = self._contraction(axes, inside, order, result)
        if operation is None and (over_samples or self._long(axes, free)):
            last = over_samples[0] if over_samples else axes[-1]
            summed = (*(axis for axis in axes if axis is not last), last)
            operation = Reduction(result or self._part(order), order, summed, multiply(*inside))
        if operation is None:
            return _summed(body, axes)
        self.operations.append(operation)
        if result is not None:
            return None
        return multiply(*outside, operation.result[order])

    def _long(self, axes: Sequence[Axis], free: frozenset[Axis]) -> bool:
        """Whether a sum that samples have no part in is worth vectors of its own."""
        sizes = [axis.size for axis in axes if isinstance(axis.size, int)]
        return not any(axis.size == self.samples for axis in free) and max(sizes, default=0) >= 4

    def _order(self, free: Iterable[Axis], factors: Sequence[Expression]) -> tuple[Axis, ...]:
        """The axes of a new tensor: the samples first, then as they occur."""
        wanted = set(free)
        found = dict.fromkeys(
            axis
            for factor in factors
            for node in walk(factor)
            if isinstance(node, Element)
            for index in node.indices
            for axis, _ in index.terms
            if axis in wanted
        )
        rest = [*found, *sorted(wanted - set(found), key=lambda axis: axis.name)]
        return tuple(sorted(rest, key=lambda axis: axis.size != self.samples))

    def _part(self, axes: Sequence[Axis]) -> Tensor:
        self._parts += 1
        return Tensor(f"part {self._parts}", tuple(axes))

    def _contraction(
        self, axes: Sequence[Axis], factors: Sequence[Expression], order: tuple[Axis, ...], result: Tensor | None
    ) -> Contraction | None:
        lane = self._lane(axes, order)
        right = [factor for factor in factors if lane in factor.free]
        left = [factor for factor in factors if lane not in factor.free]
        if lane is None or not left or not right:
            return None
        free_left = frozenset().union(*(factor.free for factor in left))
        free_right = frozenset().union(*(factor.free for factor in right))
        if any(axis not in free_left or axis not in free_right for axis in axes):
            return None
        inner = max(axes, key=lambda axis: _extent(axis, self.samples))
        rows = [axis for axis in order if axis in free_left and axis not in free_right]
        row = max(rows, key=lambda axis: _extent(axis, self.samples), default=None)
        return Contraction(
            result or self._part(order),
            order,
            self._stored(left),
            self._stored(right),
            lane,
            row,
            inner,
            tuple(axis for axis in axes if axis is not inner),
            tuple(axis for axis in order if axis is not lane and axis is not row),
        )

    def _lane(self, axes: Sequence[Axis], order: Sequence[Axis]) -> Axis | None:
        """The axis to run along: that of the samples, or where they are summed the one that is contiguous."""
        for axis in order:
            if axis.size == self.samples:
                return axis
        if not any(axis.size == self.samples for axis in axes):
            return None
        return next((axis for axis in reversed(order) if axis.size != 1), order[-1] if order else None)

    def _stored(self, factors: Sequence[Expression]) -> Element:
        """A product as an element of a tensor in memory."""
        product = multiply(*factors)
        if isinstance(product, Element):
            axes = product.plain_axes
            if None not in axes and len(set(axes)) == len(axes):
                return product
        if product not in self._known:
            axes_of = self._order(product.free, factors)
            part = self._part(axes_of)
            self.operations.append(Nest(axes_of, (Definition(part, axes_of, product),)))
            self._known[product] = Element(part, tuple(as_index(axis) for axis in axes_of))
        return self._known[product]


def _extent(axis: Axis, samples: str) -> float:
    return float("inf") if axis.size == samples else float(axis.size)


def _summed(body: Expression, axes: Sequence[Axis]) -> Expression:
    for axis in reversed(axes):
        body = Sum(body, axis)
    return body


def _fused(operations: Sequence[Operation]) -> list[Operation]:
    """Neighbouring nests with the same loops as one, where no equation reads another's elements of other places."""
    result: list[Operation] = []
    for operation in operations:
        last = result[-1] if result else None
        if isinstance(operation, Nest) and isinstance(last, Nest):
            joined = _joined(last, operation)
            if joined is not None:
                result[-1] = joined
                continue
        result.append(operation)
    return result


def _joined(first: Nest, second: Nest) -> Nest | None:
    if [axis.size for axis in first.axes] != [axis.size for axis in second.axes]:
        return None
    renamed = dict(zip(second.axes, first.axes, strict=True))
    moved = tuple(
        Definition(definition.tensor, first.axes, substitute_axes(definition.body, renamed))
        for definition in second.definitions
    )
    here = tuple(as_index(axis) for axis in first.axes)
    made = set(first.writes)
    for definition in moved:
        for node in walk(definition.body):
            if isinstance(node, Element) and node.tensor in made and node.indices != here:
                return None
            if bound_by(node) and made & set(node.tensors):
                return None
    return Nest(first.axes, (*first.definitions, *moved))
