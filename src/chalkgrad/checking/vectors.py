"""The reference evaluator for many points at once: expressions over NumPy arrays, and their dual numbers.

An array has an axis for each index of its expression (of length 1 where it does not depend on it), then one for the
directions of a derivative, then one for the points. The rules of the dual numbers are written here by hand, as they are
in `language.arithmetic`: nothing rests on the symbolic calculus. Outside the domain of a function is NaN.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, reduce
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.checking.matrix_numbers import MATRICES
from chalkgrad.checking.numbers_at_points import Floats, Numbers
from chalkgrad.errors import EvaluationError
from chalkgrad.language import (
    FUNCTIONS,
    Add,
    Array,
    Axis,
    Call,
    Constant,
    Delta,
    Element,
    Expression,
    Index,
    IndexValue,
    Indicator,
    MatrixFunction,
    Max,
    Multiply,
    Number,
    Power,
    Program,
    SizeOf,
    Sum,
    Tensor,
    as_index,
)
from chalkgrad.language.functions import X, derivative_expression
from chalkgrad.page.effort import NUMBERS_IN_A_STEP, spend, spend_again, steps_left

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
_LARGEST = 1_000_000  # numbers in an array, at each point
_MANY_AXES = 3  # with fewer, what comes out is about as large as what is given
_MOST_KEPT = 20_000_000  # numbers in memory, in all
_MOST_MOVED = 20_000  # numbers of derivatives that are kept of one program from text to text


def _erf(x: Floats) -> Floats:
    from scipy.special import erf

    found: Floats = erf(x)
    return found


# Each primitive function of the table with its derivative, both by hand.
_PRIMITIVES: dict[str, tuple[Callable[[Floats], Floats], Callable[[Floats], Any]]] = {
    "exp": (np.exp, np.exp),
    "log": (np.log, lambda x: 1 / x),
    "log1p": (np.log1p, lambda x: 1 / (1 + x)),
    "expm1": (np.expm1, np.exp),
    "sqrt": (np.sqrt, lambda x: 0.5 / np.sqrt(x)),
    "abs": (np.abs, np.sign),
    "sign": (np.sign, np.zeros_like),
    "sin": (np.sin, np.cos),
    "cos": (np.cos, lambda x: -np.sin(x)),
    "tan": (np.tan, lambda x: 1 + np.tan(x) ** 2),
    "arctan": (np.arctan, lambda x: 1 / (1 + x * x)),
    "sinh": (np.sinh, np.cosh),
    "cosh": (np.cosh, np.sinh),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "erf": (_erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-x * x)),
}


class Vectors:
    """Expressions computed at all points, each subexpression once.

    `values` are those of the tensors: an axis each of their own, one for directions, one for the points.
    """

    def __init__(self, sizes: Mapping[str, int], values: dict[Tensor, Numbers]) -> None:
        self.sizes, self.values = sizes, values
        self._slots: dict[Axis, int] = {}
        self._known: dict[Expression, Numbers] = {}
        self._kept = 0

    def define(self, program: Program) -> None:
        """Computes the tensors that a program defines and that are not known."""
        with np.errstate(all="ignore"):
            for definition in program.definitions:
                if definition.tensor not in self.values:
                    self.values[definition.tensor] = self.placed(self._of(definition.body), definition.indices)

    def copy(self) -> Vectors:
        """The same numbers, beside which others can be computed for itself."""
        found = Vectors(self.sizes, dict(self.values))
        found._slots, found._known, found._kept = dict(self._slots), dict(self._known), self._kept
        return found

    @property
    def numbers(self) -> int:
        """How many numbers are held."""
        every = (array for each in self.values.values() for array in (each.value, each.slope) if array is not None)
        return self._kept + sum(array.size for array in every)

    def forget(self) -> None:
        """Keeps the tensors only, not what else was computed."""
        self._known.clear()
        self._kept = 0

    def at(self, expression: Expression, axes: Sequence[Axis]) -> Floats:
        """The values along the axes, then the points."""
        return self.placed(self.of(expression), axes).value[..., 0, :]

    def of(self, expression: Expression) -> Numbers:
        """The values of an expression, an axis for each slot."""
        with np.errstate(all="ignore"):
            return self._of(expression)

    def _of(self, expression: Expression) -> Numbers:
        found = self._known.get(expression)
        if found is None:
            if len(expression.free) >= _MANY_AXES:
                _check_size(prod(map(self.size, expression.free)))
            found = self._compute(expression)
            numbers = found.value.size + (0 if found.slope is None else found.slope.size)
            spend(1 + numbers // NUMBERS_IN_A_STEP)
            if self._kept > _MOST_KEPT:
                self._known.clear()
                self._kept = 0
            self._known[expression] = found
            self._kept += numbers
        return found

    def placed(self, numbers: Numbers, axes: Sequence[Axis]) -> Numbers:
        """The same with an axis for each of `axes`, in order."""
        slots = [self._slot(axis) for axis in axes]
        shape = [self.size(axis) for axis in axes]

        def arranged(array: Floats) -> Floats:
            rank = array.ndim - 2
            wide = array.reshape((1,) * max(0, len(self._slots) - rank) + array.shape)
            count = wide.ndim - 2
            order = [count - 1 - slot for slot in slots]
            rest = [place for place in range(count) if place not in order]
            moved = wide.transpose([*rest, *order, count, count + 1]).reshape(
                *(wide.shape[place] for place in order), *wide.shape[count:]
            )
            whole = (*shape, *wide.shape[count:])
            return moved if moved.shape == whole else np.broadcast_to(moved, whole)

        return Numbers(arranged(numbers.value), None if numbers.slope is None else arranged(numbers.slope))

    def size(self, axis: Axis) -> int:
        """The length of an axis; raises `EvaluationError` where it is not known."""
        if isinstance(axis.size, int):
            return axis.size
        if axis.size not in self.sizes:
            raise EvaluationError(f"the size '{axis.size}' of axis '{axis.name}' is not known from any value")
        return self.sizes[axis.size]

    def _slot(self, axis: Axis) -> int:
        return self._slots.setdefault(axis, len(self._slots))

    def _index(self, index: Index) -> NDArray[np.int64]:
        """The places that an index runs through, along the slots of its axes."""
        total: NDArray[np.int64] = np.array(index.offset)
        for axis, coefficient in index.terms:
            shape = (self.size(axis),) + (1,) * self._slot(axis)
            total = total + coefficient * np.arange(self.size(axis)).reshape(shape)
        return total

    def _compute(self, expression: Expression) -> Numbers:
        return _RULES[type(expression)](self, expression)

    def _element(self, element: Element) -> Numbers:
        held = self.values.get(element.tensor)
        if held is None:
            raise EvaluationError(f"nothing says what {element.tensor.name} is")
        return self._read(held, element.indices)

    def _read(self, held: Numbers, places: Sequence[Index]) -> Numbers:
        """What is held along axes of its own, at an index for each of them."""
        if not places:
            return held
        axes = [index.axis for index in places if index.terms]
        if len(set(axes)) == len(axes) and all(map(self._is_plain, places, held.value.shape)):
            return self._viewed(held, places)
        indices = [self._index(index) for index in places]
        shape = held.value.shape
        inside: Any = True
        for index, size in zip(indices, shape, strict=False):
            inside = inside & (index >= 0) & (index < size)
        whole = bool(np.all(inside))
        where = tuple(indices if whole else (np.clip(i, 0, n - 1) for i, n in zip(indices, shape, strict=False)))

        def read(array: Floats) -> Floats:
            found = array[where]
            return found if whole else np.where(np.asarray(inside)[..., None, None], found, 0.0)

        return Numbers(read(held.value), None if held.slope is None else read(held.slope))

    def _is_plain(self, index: Index, size: int) -> bool:
        """Whether an index runs through an axis of just that size, or is a place within it."""
        if not index.terms:
            return 0 <= index.offset < size
        axis, coefficient = index.terms[0]
        return len(index.terms) == 1 and coefficient == 1 and not index.offset and self.size(axis) == size

    def _viewed(self, held: Numbers, indices: Sequence[Index]) -> Numbers:
        """A tensor at plain indices: no number is moved."""
        picked = tuple(slice(None) if index.terms else index.offset for index in indices)
        slots = [self._slot(index.terms[0][0]) for index in indices if index.terms]
        order = sorted(range(len(slots)), key=lambda place: -slots[place])
        last = len(slots)

        def read(array: Floats) -> Floats:
            found = array[picked]
            shape = [1] * (max(slots, default=-1) + 1)
            for slot, length in zip(slots, found.shape, strict=False):
                shape[-1 - slot] = length
            return found.transpose([*order, last, last + 1]).reshape(*shape, *found.shape[last:])

        return Numbers(read(held.value), None if held.slope is None else read(held.slope))

    def _product(self, factors: Sequence[Expression]) -> Numbers:
        """Gates hide what is behind them, even where that is not defined."""
        gates = [self._of(factor).value for factor in factors if isinstance(factor, Indicator | Delta)]
        others = [self._of(factor) for factor in factors if not isinstance(factor, Indicator | Delta)]
        result = reduce(_times, others) if others else _plain(1.0)
        if not gates:
            return result
        gate = reduce(operator.mul, gates)
        open_gate = np.where(np.isnan(gate), gate, 1.0)
        slope = None if result.slope is None else np.where(gate != 0, result.slope, 0.0)
        return Numbers(np.where(gate != 0, result.value * open_gate, 0.0), slope)

    def called(self, function: str, argument: Numbers, order: int = 0) -> Numbers:
        """A function of the table, or a derivative of it, at an argument."""
        form = FUNCTIONS[function].form if order == 0 else derivative_expression(function, order)
        if form is None:
            value, slope = _PRIMITIVES[function]
            return Numbers(
                value(argument.value), None if argument.slope is None else slope(argument.value) * argument.slope
            )
        inner = Vectors(self.sizes, {X.tensors[0]: argument})
        return inner.of(form)

    def _summed(self, body: Numbers, axis: Axis) -> Numbers:
        place, size = -3 - self._slot(axis), self.size(axis)

        def added(array: Floats) -> Floats:
            if array.ndim < -place or array.shape[place] != size:
                return array * size
            total: Floats = array.sum(axis=place, keepdims=True)
            return total

        return Numbers(added(body.value), None if body.slope is None else added(body.slope))

    def _greatest(self, body: Numbers, axis: Axis) -> Numbers:
        place = -3 - self._slot(axis)
        if body.value.ndim < -place:
            return body
        chosen = body.value.argmax(axis=place, keepdims=True)
        value = np.take_along_axis(body.value, chosen, place)
        if body.slope is None:
            return Numbers(value)
        spread = np.broadcast_to(body.slope, np.broadcast_shapes(body.slope.shape, (*body.value.shape[:-2], 1, 1)))
        wide = np.broadcast_to(chosen, (*chosen.shape[:-2], spread.shape[-2], chosen.shape[-1]))
        return Numbers(value, np.take_along_axis(spread, wide, place))

    def _of_matrix(self, node: MatrixFunction) -> Numbers:
        """A function of a whole matrix, for each place of the axes that its matrix depends on."""
        outside = sorted(node.body.free - {node.rows, node.columns}, key=lambda axis: axis.name)
        body = self.placed(self._of(node.body), (*outside, node.rows, node.columns))
        held = MATRICES[node.function](body)
        return self._read(held, (*map(as_index, outside), *node.at))


# How each kind of node is computed: a table, as looking a type up is far quicker than trying one after the other.
_RULES: dict[type[Expression], Callable[[Vectors, Any], Numbers]] = {
    Number: lambda vectors, node: _plain(float(node.value)),
    Constant: lambda vectors, node: _plain(np.pi),
    SizeOf: lambda vectors, node: _plain(float(vectors.size(Axis(node.size, node.size)))),
    IndexValue: lambda vectors, node: _plain(vectors._index(node.index)),
    Element: lambda vectors, node: vectors._element(node),
    Delta: lambda vectors, node: _plain(vectors._index(node.left) == vectors._index(node.right)),
    Indicator: lambda vectors, node: _compared(
        node.comparison, vectors._of(node.left).value, vectors._of(node.right).value
    ),
    Add: lambda vectors, node: reduce(_sum, map(vectors._of, node.terms)),
    Multiply: lambda vectors, node: vectors._product(node.factors),
    Power: lambda vectors, node: _power(vectors._of(node.base), vectors._of(node.exponent)),
    Call: lambda vectors, node: vectors.called(node.function, vectors._of(node.argument), node.order),
    Sum: lambda vectors, node: vectors._summed(vectors._of(node.body), node.axis),
    Max: lambda vectors, node: vectors._greatest(vectors._of(node.body), node.axis),
    MatrixFunction: lambda vectors, node: vectors._of_matrix(node),
}


def _compared(comparison: str, left: Floats, right: Floats) -> Numbers:
    """1 where it holds, 0 where not, and not defined where one of the two is not."""
    holds = _COMPARISONS[comparison](left, right).astype(float)
    undefined = np.isnan(left) | np.isnan(right)
    return Numbers(np.where(undefined, np.nan, holds) if undefined.any() else holds)


def _check_size(numbers: int) -> None:
    """Refuses arrays so large that they would fill the memory."""
    if numbers > _LARGEST:
        raise EvaluationError(f"{numbers} numbers at once are too many; at most {_LARGEST} are computed")


def _plain(value: Any) -> Numbers:
    return Numbers(np.asarray(value, dtype=np.float64)[..., None, None])


def _sum(left: Numbers, right: Numbers) -> Numbers:
    value = left.value + right.value
    if left.slope is None or right.slope is None:
        one = left.slope if right.slope is None else right.slope
        return Numbers(value, one)
    return Numbers(value, left.slope + right.slope)


def _times(left: Numbers, right: Numbers) -> Numbers:
    value = left.value * right.value
    if left.slope is None:
        return Numbers(value, None if right.slope is None else left.value * right.slope)
    if right.slope is None:
        return Numbers(value, right.value * left.slope)
    return Numbers(value, left.value * right.slope + left.slope * right.value)


def _power(base: Numbers, exponent: Numbers) -> Numbers:
    if exponent.slope is None and exponent.value.size == 1 and (small := _SMALL_POWERS.get(exponent.value.item())):
        return small(base)
    value = np.power(base.value, exponent.value)
    value = np.where((base.value == 0) & (exponent.value < 0), np.nan, value)
    slope: Floats | None = None
    if base.slope is not None:
        lowered = np.where(exponent.value == 0, 0.0, exponent.value * np.power(base.value, exponent.value - 1))
        slope = base.slope * lowered
    if exponent.slope is not None:
        more = exponent.slope * value * np.log(base.value)
        slope = more if slope is None else slope + more
    return Numbers(value, slope)


def _squared(base: Numbers) -> Numbers:
    return Numbers(base.value * base.value, None if base.slope is None else 2 * base.value * base.slope)


def _reciprocal(base: Numbers) -> Numbers:
    value = 1 / np.where(base.value == 0, np.nan, base.value)
    return Numbers(value, None if base.slope is None else -base.slope * value * value)


_SMALL_POWERS = {2.0: _squared, -1.0: _reciprocal}


def _floats(array: Array) -> Floats:
    return np.array([number.numerator / number.denominator for number in array.numbers], dtype=np.float64)


class Batch:
    """A program at several points: its values, and the derivatives of one tensor by others, each computed once."""

    def __init__(self, program: Program, given: Mapping[Tensor, Floats], sizes: Mapping[str, int]) -> None:
        """`given` has an array for each declared tensor: its axes, then the points."""
        self.program, self.given, self.sizes = program, given, sizes
        self.points = next(iter(given.values())).shape[-1] if given else 1
        self._given = {tensor: Numbers(array[..., None, :]) for tensor, array in given.items()}
        self._moving: dict[str, Vectors] = {}
        self._moved: dict[str, tuple[Vectors, int]] = {}  # the same by all copies, each with the steps that it took

    @classmethod
    def of(cls, program: Program, points: Sequence[Mapping[str, Array]], sizes: Mapping[str, int]) -> Batch:
        """The batch of the points, each with the values of the declared tensors by name."""

        def stacked(name: str) -> Floats:
            columns = [_floats(point[name]) for point in points]
            return np.stack(columns, axis=-1).reshape(*points[0][name].shape, len(points))

        return cls(program, {tensor: stacked(tensor.name) for tensor in program.declared}, sizes)

    def copy(self) -> Batch:
        """The same numbers, beside which others can be computed for itself."""
        found = Batch(self.program, self.given, self.sizes)
        found.vectors, found._moving, found._moved = self.vectors.copy(), dict(self._moving), self._moved
        return found

    @property
    def numbers(self) -> int:
        """How many numbers it holds, those along which it was derived aside."""
        return self.vectors.numbers

    @cached_property
    def vectors(self) -> Vectors:
        """The values of all tensors, and of what is computed from them."""
        vectors = Vectors(self.sizes, dict(self._given))
        vectors.define(self.program)
        return vectors

    @cached_property
    def defined(self) -> NDArray[np.bool_]:
        """At which points every value of the program is a number."""
        found = np.ones(self.points, dtype=bool)
        for tensor in (definition.tensor for definition in self.program.definitions):
            value = self.vectors.values[tensor].value
            found &= np.isfinite(value).reshape(-1, value.shape[-1]).all(axis=0)
        return found

    def derivative(self, of: Tensor, wrt: Tensor) -> Floats:
        """The derivative of a tensor by another, declared or defined on the way: of's axes, wrt's axes, the points."""
        shape = self.vectors.values[self.program.tensor(wrt.name)].value.shape[:-2]
        count = int(np.prod(shape, dtype=int))
        held = self._along(wrt, shape, count).values[self.program.tensor(of.name)]
        above = held.value.shape[:-2]
        slope = np.zeros(1) if held.slope is None else held.slope
        return np.broadcast_to(slope, (*above, count, self.points)).reshape(*above, *shape, self.points)

    def _along(self, wrt: Tensor, shape: tuple[int, ...], count: int) -> Vectors:
        """The values of all tensors with their slopes along the entries of one of them."""
        if wrt.name not in self._moving:
            self._moving[wrt.name] = self._moved_along(wrt, shape, count)
        return self._moving[wrt.name]

    def _moved_along(self, wrt: Tensor, shape: tuple[int, ...], count: int) -> Vectors:
        """The same, where no copy knows it yet computed anew; the work is counted each time."""
        known = self._moved.get(wrt.name)
        if known is None:
            left = steps_left()
            _check_size(count * count)
            seeds = np.broadcast_to(np.eye(count).reshape(*shape, count, 1), (*shape, count, 1))
            held = self.vectors.values[self.program.tensor(wrt.name)].value
            moving = Vectors(self.sizes, {**self._given, wrt: Numbers(held, seeds)})
            moving.define(self.program)
            moving.forget()
            others = sum(each.numbers for each, _ in self._moved.values())
            if left is not None and others + moving.numbers <= _MOST_MOVED:
                self._moved[wrt.name] = moving, left - (steps_left() or 0)
            return moving
        spend_again(known[1])
        return known[0]
