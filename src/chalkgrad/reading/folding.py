"""Written-out equations to indexed ones: `h_1 v_1 + h_2 v_2 + h_3 v_3` to a sum, `h_1 = …, h_2 = …` to one definition.

Things fold when they differ only in one running place: every index that differs counts 0, 1, 2, … along an axis of
just that size. The indices that run together are then one axis.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from chalkgrad.language import (
    Add,
    Axis,
    Element,
    Expression,
    Index,
    Sum,
    Tensor,
    add,
    as_index,
    rebuild,
    same,
    walk,
)

Dimension: TypeAlias = tuple[Tensor, int]


@dataclass
class Folding:
    """Which dimensions of the tensors turned out to be one axis: each axis points to the one it is joined to."""

    joined: dict[Axis, Axis] = field(default_factory=dict)

    def axis(self, axis: Axis) -> Axis:
        """The one axis that this and all joined to it stand for."""
        while axis in self.joined:
            axis = self.joined[axis]
        return axis

    def join(self, axes: Iterable[Axis]) -> Axis:
        """Makes the axes one."""
        first, *others = [self.axis(axis) for axis in axes]
        for other in others:
            if self.axis(other) is not first:
                self.joined[self.axis(other)] = first
        return first

    def fold_sums(self, expression: Expression) -> Expression:
        """The expression with sums in the place of terms that differ only in a running place.

        >>> i = Axis("i", 2)
        >>> x, w = Tensor("x", (i,)), Tensor("w", (i,))
        >>> str(Folding().fold_sums(x[0] * w[0] + w[1] * x[1] + 1))
        'sum(i, x[i]*w[i]) + 1'
        """
        expression = rebuild(expression, self.fold_sums)
        if not isinstance(expression, Add):
            return expression
        groups: dict[int, list[Expression]] = {}
        for term in expression.terms:
            groups.setdefault(_zeroed(term).identity, []).append(term)
        folded: list[Expression] = []
        for term in expression.terms:
            group = groups.pop(_zeroed(term).identity, None)
            if group is not None:
                found = self._folded_sum(group)
                folded.extend([found] if found is not None else group)
        return add(*folded)

    def _folded_sum(self, terms: list[Expression]) -> Expression | None:
        if len(terms) < 2:
            return None
        for tensor, position in _constants(terms[0]):
            if tensor.axes[position].size != len(terms):
                continue
            places = [_constants(term).get((tensor, position), set()) for term in terms]
            if any(len(place) != 1 for place in places) or {min(place) for place in places} != set(range(len(terms))):
                continue
            ordered = [term for _, term in sorted(zip(places, terms, strict=True), key=lambda pair: min(pair[0]))]
            found = self.generalised(ordered)
            if found is not None:
                return Sum(found[0], found[1])
        return None

    def generalised(
        self, expressions: Sequence[Expression], also: Axis | None = None
    ) -> tuple[Expression, Axis] | None:
        """The one expression, in an axis, that gives the k-th of these at place k; None if there is none.

        `also` is an axis that runs along (that of the left side).
        """
        constants = [_constants(expression) for expression in expressions]
        running: list[Dimension] = []
        for dimension, places in constants[0].items():
            here = [found.get(dimension, set()) for found in constants]
            if all(place == places for place in here):
                continue
            if here != [{place} for place in range(len(expressions))]:
                return None
            if dimension[0].axes[dimension[1]].size != len(expressions):
                return None
            running.append(dimension)
        axes = [tensor.axes[position] for tensor, position in running] + ([also] if also else [])
        if not axes or any(found.keys() != constants[0].keys() for found in constants):
            return None
        axis = self.axis(axes[0])
        general = [_running(body, running, place, axis) for place, body in enumerate(expressions)]
        if not all(same(general[0], other) for other in general[1:]):
            return None
        self.join(axes)
        return general[0], axis


def _constants(expression: Expression) -> dict[Dimension, set[int]]:
    """For each dimension of a tensor that is indexed by a fixed place, the places."""
    found: dict[Dimension, set[int]] = {}
    for node in walk(expression):
        if isinstance(node, Element):
            for position, index in enumerate(node.indices):
                if not index.terms:
                    found.setdefault((node.tensor, position), set()).add(index.offset)
    return found


def _zeroed(expression: Expression) -> Expression:
    """The expression with every fixed place 0: equal for things that differ only in places."""
    if isinstance(expression, Element):
        return expression.tensor[tuple(index if index.terms else as_index(0) for index in expression.indices)]
    return rebuild(expression, _zeroed)


def _running(expression: Expression, running: Sequence[Dimension], place: int, axis: Axis) -> Expression:
    """The expression with the axis at the running dimensions, where it has the given place."""

    def change(node: Expression) -> Expression:
        if isinstance(node, Element):
            indices = tuple(
                as_index(axis) if (node.tensor, position) in running and not index.terms else index
                for position, index in enumerate(node.indices)
            )
            return node.tensor[indices]
        return rebuild(node, change)

    return change(expression)


def with_tensors(expression: Expression, tensors: Mapping[Tensor, Tensor], axes: Mapping[Axis, Axis]) -> Expression:
    """The expression with other tensors in place of its own, and other axes, bound ones included."""

    def index(old: Index) -> Index:
        return Index(tuple((axes.get(axis, axis), coefficient) for axis, coefficient in old.terms), old.offset)

    def change(node: Expression) -> Expression:
        if isinstance(node, Element):
            return tensors.get(node.tensor, node.tensor)[tuple(map(index, node.indices))]
        if isinstance(node, Sum):
            return Sum(change(node.body), axes.get(node.axis, node.axis))
        return rebuild(node, change)

    return change(expression)
