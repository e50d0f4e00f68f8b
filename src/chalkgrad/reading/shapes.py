"""Matrix algebra on index expressions: a value with a row axis and a column axis, and how such values combine.

A vector is a column. One that stands alone is `loose`: it is laid as a row where only that fits, as people do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from chalkgrad.errors import ShapeError
from chalkgrad.language import Axis, Expression, Tensor, multiply, substitute_axes, summation

ANY_SIZE = "any size"  # that of a vector of ones, which is as long as what it stands beside


@dataclass(frozen=True)
class Value:
    """An expression with the axes that its rows and its columns run over; a scalar has neither."""

    expression: Expression
    row: Axis | None = None
    column: Axis | None = None
    loose: bool = False

    @property
    def scalar(self) -> bool:
        """Whether it is a single number (its expression may still have free indices)."""
        return self.row is None and self.column is None

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes it runs over: none, one or two."""
        return tuple(axis for axis in (self.row, self.column) if axis is not None)

    @property
    def transposed(self) -> Value:
        """Rows and columns exchanged."""
        return Value(self.expression, self.column, self.row)

    def shape(self) -> str:
        """The shape in words, for messages."""
        return "×".join(str(axis.size) if axis else "1" for axis in (self.row, self.column))


def whole(tensor: Tensor, axes: tuple[Axis, ...]) -> Value:
    """All of a tensor, its axes under the given names: a vector is a column, a matrix has rows and columns.

    >>> i, j = Axis("i", 2), Axis("j", 3)
    >>> whole(Tensor("W", (i, j)), (i, j)).shape()
    '2×3'
    """
    if len(axes) > 2:
        raise ShapeError(f"'{tensor.name}' has {len(axes)} axes and stands without indices")
    row, column = (*axes, None, None)[:2]
    return Value(tensor[axes], row, column, loose=len(axes) == 1)


def _renamed(value: Value, row: Axis | None, column: Axis | None) -> Value:
    pairs = ((value.row, row), (value.column, column))
    changes = {old: new for old, new in pairs if old is not None and new is not None and old is not new}
    return replace(value, expression=substitute_axes(value.expression, changes), row=row, column=column)


def _fits(left: Axis | None, right: Axis | None) -> bool:
    return left is None or right is None or left.size == right.size or ANY_SIZE in (left.size, right.size)


def _known(first: Axis | None, second: Axis | None) -> Axis | None:
    """The one of two axes that fit which is there and has a known size."""
    return second if first is None or (first.size == ANY_SIZE and second is not None) else first


def elementwise(build: Callable[..., Expression], *values: Value) -> Value:
    """The values combined place by place; scalars, rows and columns are repeated as needed."""
    first = values[0]
    expressions = [first.expression]
    row, column, loose = first.row, first.column, first.loose
    for value in values[1:]:
        if not (_fits(row, value.row) and _fits(column, value.column)) or _crossed(row, column, loose, value):
            value = _flipped(row, column, loose, value)
        row, column = _known(row, value.row), _known(column, value.column)
        aligned = _renamed(value, row if value.row else None, column if value.column else None)
        expressions.append(aligned.expression)
        loose = (loose and (value.scalar or value.loose)) or (value.loose and first.scalar)
    return Value(build(*expressions), row, column, loose)


def _crossed(row: Axis | None, column: Axis | None, loose: bool, value: Value) -> bool:
    """Whether a lone vector would be repeated across another one of the same size instead of meeting it."""
    one_way = row is not None and column is None and value.row is None and value.column is not None
    other_way = column is not None and row is None and value.column is None and value.row is not None
    if not (one_way or other_way) or not (loose or value.loose):
        return False
    return _fits(row or column, value.row or value.column)


def _flipped(row: Axis | None, column: Axis | None, loose: bool, value: Value) -> Value:
    flipped = value.transposed
    meets = (row is not None and flipped.row is not None) or (column is not None and flipped.column is not None)
    if value.loose and meets and _fits(row, flipped.row) and _fits(column, flipped.column):
        return flipped
    if loose and len(value.axes) == 1 and _fits(row or column, value.row or value.column):
        return Value(value.expression, value.row or value.column, None) if row else value.transposed
    mine = "×".join(str(axis.size) if axis else "1" for axis in (row, column))
    raise ShapeError(f"the shapes {mine} and {value.shape()} do not fit place by place")


def matrix_product(left: Value, right: Value, *, dot: bool = False) -> Value:
    r"""The product as in linear algebra; a number scales. With `dot` two columns meet in a scalar product.

    >>> from chalkgrad.language import Tensor
    >>> i, j = Axis("i", 2), Axis("j", 3)
    >>> product = matrix_product(whole(Tensor("W", (j, i)), (j, i)), whole(Tensor("x", (i,)), (i,)))
    >>> str(product.expression), product.shape()
    ('sum(i, W[j,i]*x[i])', '3×1')
    """
    if left.scalar or right.scalar:
        return elementwise(multiply, left, right)
    for one, other in _orientations(left, right):
        if one.column is not None and other.row is not None and _fits(one.column, other.row):
            return _contracted(one, other)
        if one.column is None and other.row is None:
            loose_vectors = left.loose and right.loose
            if not loose_vectors:
                return Value(one.expression * other.expression, one.row, other.column)
    if dot and left.loose and right.loose and left.axes[0].size == right.axes[0].size:
        return _contracted(left.transposed, right)
    raise ShapeError(f"the shapes {left.shape()} and {right.shape()} do not fit as a matrix product")


def inner_product(left: Value, right: Value) -> Value:
    """The sum of the products place by place, `A : B`."""
    product = elementwise(multiply, left, right)
    expression = product.expression
    for axis in product.axes:
        expression = summation(expression, axis)
    return Value(expression)


def _orientations(left: Value, right: Value) -> tuple[tuple[Value, Value], ...]:
    """The two as they stand, then with a lone vector laid the other way."""
    found = [(left, right)]
    if left.loose and not right.loose:
        found.append((left.transposed, right))
    if right.loose and not left.loose:
        found.append((left, right.transposed))
    return tuple(found)


def _contracted(left: Value, right: Value) -> Value:
    assert left.column is not None
    along = _known(left.column, right.row)
    if along is None or along.size == ANY_SIZE:
        raise ShapeError("ones meet ones, and nothing says how many they are")
    body = multiply(_renamed(left, left.row, along).expression, _renamed(right, along, right.column).expression)
    result = Value(summation(body, along), left.row, right.column)
    return replace(result, loose=len(result.axes) == 1 and (left.loose or right.loose))
