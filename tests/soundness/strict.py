"""A strict evaluator of trees: linear algebra and indices as on paper, at several points at once.

A value is an array with the points first: (points,) for a scalar, (points, rows, columns) for the rest, so that a
column and a row differ. What does not fit raises `MisfitError`: nothing is transposed, spread or summed silently.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod
from typing import Any, Protocol

import numpy as np

from soundness import matrices
from soundness.declared import Written
from soundness.problems import MisfitError
from soundness.trees import (
    Addition,
    Bracket,
    Call,
    Cases,
    Derivative,
    Entry,
    Fraction,
    Index,
    Indicator,
    Inner,
    Kronecker,
    Letter,
    Node,
    Norm,
    Number,
    Power,
    Product,
    Reference,
    Relation,
    Sum,
    Transposed,
    walk,
)

Array = Any


class Quantities(Protocol):
    """What the evaluator asks of a document's sidecar."""

    points: int
    ranges: Mapping[str, range]  # of each axis

    def value(self, name: Written) -> Array:
        """(points, *slots, *shape)"""

    def derivative(self, of: Written, by: tuple[Written, ...], power: int) -> Array:
        """(points, *axes of `of`, *axes of each of `by`)"""

    def function(self, name: str, primes: int) -> Callable[..., Array]: ...


@dataclass(frozen=True)
class Bound:
    """A letter at one of its values; the axis that it runs along, once it is known."""

    value: int
    axis: str | None


@dataclass
class Evaluator:
    quantities: Quantities
    conventions: Mapping[str, str] = field(default_factory=dict)
    left_to_right: bool = False  # whether ⊙ binds as tightly as a product
    limits: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    # Whole equations.

    def sides(self, relation: Relation) -> list[list[Array]]:
        """The values of each side, for all values of the letters that are free on the left."""
        letters = self.free_letters(relation.sides[0])
        axes = [self.quantities.ranges[axis] for axis in letters.values()]
        for i, letter in enumerate(letters):
            if letter in self.limits:
                low, high = self.limits[letter]
                axes[i] = range(low, high + 1)
        found: list[list[Array]] = [[] for _ in relation.sides]
        for values in itertools.product(*axes):
            bound = {letter: Bound(value, axis) for (letter, axis), value in zip(letters.items(), values, strict=True)}
            for side, node in zip(found, relation.sides, strict=True):
                side.append(self.value(node, bound))
        return found

    def free_letters(self, node: Node) -> dict[str, str]:
        bound = {letter for part in walk(node) if isinstance(part, Sum) for letter in part.letters}
        found: dict[str, str] = {}
        for index, axis in indices_in(node):
            letter = index.alone
            if letter is not None and letter not in bound:
                found.setdefault(letter, axis)
        for index, _ in indices_in(node):
            for letter, _count in index.letters:
                if letter not in bound and letter not in found:
                    raise MisfitError(f"the index {letter} has no range")
        return found

    # Single nodes.

    @singledispatchmethod
    def value(self, node: Node, bound: Mapping[str, Bound]) -> Array:
        raise AssertionError(type(node))

    @value.register
    def _(self, node: Number, bound: Mapping[str, Bound]) -> Array:
        return np.full(self.quantities.points, float(node.text))

    @value.register
    def _(self, node: Letter, bound: Mapping[str, Bound]) -> Array:
        return np.full(self.quantities.points, float(self.number(node.index, bound)))

    @value.register
    def _(self, node: Bracket, bound: Mapping[str, Bound]) -> Array:
        return self.value(node.inner, bound)

    @value.register
    def _(self, node: Kronecker, bound: Mapping[str, Bound]) -> Array:
        one, other = self.number(node.one, bound), self.number(node.other, bound)
        axes = {bound[index.alone].axis for index in (node.one, node.other) if index.alone in bound} - {None}
        if len(axes) > 1:
            raise MisfitError(f"a δ between {' and '.join(sorted(map(str, axes)))}")
        return np.full(self.quantities.points, float(one == other))

    @value.register
    def _(self, node: Reference, bound: Mapping[str, Bound]) -> Array:
        if node.name.formula:
            raise MisfitError("a formula that is only derived")
        array = self.quantities.value(node.name)
        array = self.picked(array, node.name.slots, node.slots, bound)
        if node.entry:
            return self.picked(array, node.name.axes, node.entry, bound)
        return on_paper(array, node.name.kind)

    @value.register
    def _(self, node: Entry, bound: Mapping[str, Bound]) -> Array:
        array = self.value(node.of, bound)
        if array.ndim == 1:
            raise MisfitError("an index at a scalar")
        array = np.squeeze(array, axis=tuple(i for i in (1, 2) if array.shape[i] == 1))
        if array.ndim - 1 != len(node.indices):
            raise MisfitError("too few or too many indices")
        for index in node.indices:
            place = self.number(index, bound) - 1
            if not 0 <= place < array.shape[1]:
                raise MisfitError("an index runs out of its range")
            array = array[:, place]
        return array

    @value.register
    def _(self, node: Derivative, bound: Mapping[str, Bound]) -> Array:
        whole = self.quantities.derivative(node.of.name, tuple(each.name for each in node.by), node.power)
        vectors, array = [], whole
        at = 1
        for place, each in enumerate((node.of, *node.by)):
            array = self.picked(array, each.name.slots, each.slots, bound, at)
            axes = each.name.axes
            if each.entry:
                array = self.picked(array, axes, each.entry, bound, at)
            elif each.name.kind != "scalar":
                vectors.append((place, each.name.kind))
                at += len(axes)
        if not vectors:
            return array
        numerator = self.conventions.get("layout") == "numerator"
        if len(vectors) == 1:
            place, kind = vectors[0]
            found = on_paper(array, kind)
            turned = node.transposed != (numerator and place > 0)
            return matrices.transposed(found) if turned else found
        if array.ndim != 3:
            raise MisfitError("a derivative with more than two places")
        turned = node.transposed != (self.conventions.get("jacobian") == "transposed")
        return matrices.transposed(array) if turned and vectors[0][0] == 0 else array

    @value.register
    def _(self, node: Transposed, bound: Mapping[str, Bound]) -> Array:
        return matrices.transposed(self.value(node.of, bound))

    @value.register
    def _(self, node: Power, bound: Mapping[str, Bound]) -> Array:
        return matrices.power(self.value(node.base, bound), self.value(node.exponent, bound))

    @value.register
    def _(self, node: Call, bound: Mapping[str, Bound]) -> Array:
        arguments = [self.value(argument, bound) for argument in node.arguments]
        found = self.applied(node, arguments)
        if node.power is not None:
            exponent = self.value(node.power, bound)
            if exponent.ndim > 1:
                raise MisfitError("a function to the power of a vector")
            found = found ** matrices.spread(exponent, found)
        return found

    def applied(self, node: Call, arguments: list[Array]) -> Array:
        if node.function in matrices.WHOLE:
            if node.primes or len(arguments) != 1:
                raise MisfitError(f"{node.function} of {len(arguments)} arguments")
            return matrices.WHOLE[node.function](arguments[0])
        if node.function == r"\softmax" and len(arguments) == 1 and not node.primes:
            return matrices.softmax(arguments[0], self.conventions.get("softmax", "rows"))
        if node.function in (r"\max", r"\min"):
            if len(arguments) != 2 or node.primes:
                raise MisfitError("a maximum of other than two values")
            one, other = sorted(arguments, key=np.ndim)
            if one.ndim != other.ndim and not isinstance(node.arguments[0], Number):
                raise MisfitError("a maximum of a scalar and a vector")
            return (np.maximum if node.function == r"\max" else np.minimum)(matrices.spread(one, other), other)
        try:
            return self.quantities.function(node.function, node.primes)(*arguments)
        except TypeError as error:
            raise MisfitError(f"{node.function} of {len(arguments)} arguments") from error

    @value.register
    def _(self, node: Norm, bound: Mapping[str, Bound]) -> Array:
        return matrices.norm(self.value(node.of, bound), node.kind)

    @value.register
    def _(self, node: Inner, bound: Mapping[str, Bound]) -> Array:
        return matrices.inner(self.value(node.one, bound), self.value(node.other, bound))

    @value.register
    def _(self, node: Fraction, bound: Mapping[str, Bound]) -> Array:
        return matrices.divided(self.value(node.above, bound), self.value(node.below, bound), literal(node.above))

    @value.register
    def _(self, node: Addition, bound: Mapping[str, Bound]) -> Array:
        terms = [sign * self.value(term, bound) for sign, term in zip(node.signs, node.terms, strict=True)]
        largest = max(terms, key=lambda term: term.size)
        total = np.zeros_like(largest)
        for term, written in zip(terms, node.terms, strict=True):
            if term.shape != largest.shape:
                if not (literal(written) or self.spreads(written)):
                    raise MisfitError(f"a sum of {matrices.shape(largest)} and {matrices.shape(term)}")
                term = matrices.spread(term, largest)
            total = total + term
        return total

    def spreads(self, node: Node) -> bool:
        return isinstance(node, Reference) and node.name.spread

    @value.register
    def _(self, node: Product, bound: Mapping[str, Bound]) -> Array:
        factors = [self.value(factor, bound) for factor in node.factors]
        return matrices.product(factors, node.operators, self.conventions, self.left_to_right)

    @value.register
    def _(self, node: Sum, bound: Mapping[str, Bound]) -> Array:
        total = None
        for each in self.bindings(node, bound):
            value = self.value(node.body, each)
            if total is not None and total.shape != value.shape:
                raise MisfitError("a sum of different shapes")
            total = value if total is None else total + value
        if total is None:
            raise MisfitError("a sum of nothing")
        return total

    def bindings(self, node: Sum, bound: Mapping[str, Bound]) -> Iterator[Mapping[str, Bound]]:
        axes = {letter: axis_of(letter, node) for letter in node.letters}
        ranges = []
        for letter, axis in axes.items():
            whole = self.quantities.ranges.get(axis or "")
            if whole is None and (node.low is None or node.high is None):
                raise MisfitError(f"the sum over {letter} has no range")
            low = self.whole(node.low, bound) if node.low is not None else whole[0]
            high = self.whole(node.high, bound) if node.high is not None else whole[-1]
            ranges.append(range(low, high + 1))
        for values in itertools.product(*ranges):
            inner = {
                **bound,
                **{letter: Bound(value, axes[letter]) for letter, value in zip(axes, values, strict=True)},
            }
            if node.condition is None or self.true(node.condition, inner).all():
                yield inner

    def whole(self, node: Node, bound: Mapping[str, Bound]) -> int:
        value = self.value(node, bound)
        if value.ndim > 1 or np.ptp(value) or value[0] % 1:
            raise MisfitError("a limit of a sum that is no whole number")
        return int(value[0])

    @value.register
    def _(self, node: Indicator, bound: Mapping[str, Bound]) -> Array:
        return self.true(node.condition, bound).astype(float)

    @value.register
    def _(self, node: Cases, bound: Mapping[str, Bound]) -> Array:
        values = [self.value(value, bound) for value in node.values]
        left = np.ones_like(values[0], dtype=bool)
        found = np.zeros_like(values[0])
        for value, condition in zip(values, node.conditions, strict=True):
            if value.shape != found.shape:
                raise MisfitError("cases of different shapes")
            holds = left & (self.true(condition, bound) if condition is not None else True)
            found, left = np.where(holds, value, found), left & ~holds
        return found

    def true(self, relation: Node, bound: Mapping[str, Bound]) -> Array:
        assert isinstance(relation, Relation)
        values = [self.value(side, bound) for side in relation.sides]
        holds: Array = True
        for one, other, operator in zip(values, values[1:], relation.operators, strict=False):
            if one.shape != other.shape:
                if min(one.ndim, other.ndim) > 1:
                    raise MisfitError("a comparison of different shapes")
                one, other = (matrices.spread(one, other), matrices.spread(other, one))
            holds = holds & COMPARISONS[operator](one, other)
        return holds

    # Indices.

    def number(self, index: Index, bound: Mapping[str, Bound]) -> int:
        total = index.constant
        for letter, count in index.letters:
            if letter not in bound:
                raise MisfitError(f"the index {letter} is bound by nothing")
            total += count * bound[letter].value
        return total

    def picked(
        self, array: Array, axes: tuple[str, ...], indices: tuple[Index, ...], bound: Mapping[str, Bound], at: int = 1
    ) -> Array:
        """The array at these indices of its axes, the first of which is number `at`."""
        for axis, index in zip(axes, indices, strict=True):
            letter = index.alone
            if letter in bound and bound[letter].axis not in (None, axis):
                raise MisfitError(f"{letter} is an index of {bound[letter].axis}, not of {axis}")
            place = self.number(index, bound) - self.quantities.ranges[axis][0]
            if not 0 <= place < len(self.quantities.ranges[axis]):
                raise MisfitError(f"an index of {axis} runs out of its range")
            array = np.take(array, place, axis=at)
        return array


COMPARISONS: Mapping[str, Callable[[Array, Array], Array]] = {
    "=": np.equal,
    r"\neq": np.not_equal,
    "<": np.less,
    ">": np.greater,
    r"\le": np.less_equal,
    r"\ge": np.greater_equal,
}


def on_paper(array: Array, kind: str) -> Array:
    if kind == "column":
        return array[:, :, None]
    return array[:, None, :] if kind == "row" else array


def literal(node: Node) -> bool:
    """Whether it is a number, which may be added to every entry: 1 - h."""
    return not any(isinstance(part, Reference | Derivative | Letter | Kronecker) for part in walk(node))


def indices_in(node: Node) -> Iterator[tuple[Index, str]]:
    """Each index of the names in an expression, with the axis of its place."""
    for part in walk(node):
        if isinstance(part, Reference):
            yield from zip(part.slots, part.name.slots, strict=True)
            yield from zip(part.entry, part.name.axes, strict=False)


def axis_of(letter: str, node: Sum) -> str | None:
    """The axis that a sum's letter runs along: that of the first place where it stands alone."""
    inner = replace(node, low=None, high=None)
    return next((axis for index, axis in indices_in(inner) if index.alone == letter), None)
