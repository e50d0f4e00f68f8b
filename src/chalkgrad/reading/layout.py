"""Values as they stand on paper, with the axis that their rows run over and the one of their columns, and what fits.

A product needs the columns of the left as many as the rows of the right; a sum and ⊙ need the same layout. Which sizes
have to agree is kept as facts for the whole document; what cannot agree in its layout raises `MisfitError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from chalkgrad.errors import ShapeError
from chalkgrad.language import Axis, Expression, Tensor, multiply, substitute_axes, summation
from chalkgrad.page.syntax import Span


class MisfitError(ShapeError):
    """Parts whose layouts do not fit, with the place."""

    def __init__(self, message: str, span: Span = (0, 0)) -> None:
        super().__init__(message)
        self.span = span


KINDS = {"S": "a number", "C": "a column", "R": "a row", "M": "a matrix", "T": "a derivative with three axes"}


@dataclass(frozen=True)
class Differentiated:
    """Of a value that is a derivative: what is derived by what, with the axes that run over all of each."""

    of: Tensor
    of_axes: tuple[Axis, ...]
    by: Tensor
    by_axes: tuple[Axis, ...]


@dataclass(frozen=True)
class Value:
    """An expression with the axes of its rows and of its columns; a scalar has neither, a column no columns.

    `derivative` says of a derivative what it is of; one with more than two axes has neither rows nor columns.
    """

    expression: Expression
    row: Axis | None = None
    column: Axis | None = None
    derivative: Differentiated | None = None
    ones: bool = False

    @property
    def kind(self) -> str:
        """`S`calar, `C`olumn, `R`ow or `M`atrix; `T` for a derivative with more axes."""
        if self.derivative is not None and self.row is None and self.column is None:
            if len(self.derivative.of_axes) + len(self.derivative.by_axes) > 2:
                return "T"
        if self.row is None:
            return "S" if self.column is None else "R"
        return "C" if self.column is None else "M"

    @property
    def scalar(self) -> bool:
        return self.kind == "S"

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes that it runs over."""
        return tuple(axis for axis in (self.row, self.column) if axis is not None)

    @property
    def transposed(self) -> Value:
        """Rows and columns exchanged."""
        return replace(self, row=self.column, column=self.row)


@dataclass
class Agreements:
    """The sizes that have to be the same, in the order in which that was found."""

    pairs: list[tuple[int | str, int | str, Span]] = field(default_factory=list)

    def same(self, one: Axis, other: Axis, span: Span) -> None:
        """Both axes are as long."""
        if one.size != other.size:
            self.pairs.append((one.size, other.size, span))


def aligned(value: Value, row: Axis | None, column: Axis | None, facts: Agreements, span: Span) -> Expression:
    """The value's expression along the given axes."""
    changes = {}
    for mine, other in ((value.row, row), (value.column, column)):
        if mine is not None and other is not None and mine is not other:
            facts.same(mine, other, span)
            changes[mine] = other
    return substitute_axes(value.expression, changes) if changes else value.expression


def elementwise(
    build: Callable[..., Expression], left: Value, right: Value, facts: Agreements, span: Span, *, repeat: bool = False
) -> Value:
    """Two values place by place. A number goes with everything; with `repeat` a row or column is repeated."""
    if left.kind == "T" or right.kind == "T":
        raise MisfitError("a derivative with three axes stands in an elementwise product", span)
    if left.scalar or right.scalar or left.kind == right.kind:
        main = right if left.scalar else left
        first = aligned(left, main.row, main.column, facts, span)
        second = aligned(right, main.row, main.column, facts, span)
        return Value(build(first, second), main.row, main.column)
    if repeat and "M" in (left.kind, right.kind):
        main = left if left.kind == "M" else right
        first = aligned(left, main.row, main.column, facts, span)
        second = aligned(right, main.row, main.column, facts, span)
        return Value(build(first, second), main.row, main.column)
    raise MisfitError(f"{KINDS[left.kind]} and {KINDS[right.kind]} stand where the same layout is needed", span)


def matrix_product(left: Value, right: Value, facts: Agreements, span: Span) -> Value:
    r"""The product as in linear algebra.

    >>> i, j = Axis("i", 2), Axis("j", 3)
    >>> W, x = Tensor("W", (j, i)), Tensor("x", (i,))
    >>> str(matrix_product(Value(W[j, i], j, i), Value(x[i], i), Agreements(), (0, 0)).expression)
    'sum(i, W[j,i]*x[i])'
    """
    if left.scalar or right.scalar:
        return elementwise(multiply, left, right, facts, span)
    if left.kind == "T" or right.kind == "T":
        raise MisfitError("a derivative with three axes stands in a product of matrices", span)
    if left.column is None and right.row is None:  # a column times a row
        return Value(multiply(left.expression, right.expression), left.row, right.column)
    if left.column is None or right.row is None:
        raise MisfitError(f"{KINDS[left.kind]} times {KINDS[right.kind]} is no product of matrices", span)
    facts.same(left.column, right.row, span)
    second = substitute_axes(right.expression, {right.row: left.column})
    return Value(summation(multiply(left.expression, second), left.column), left.row, right.column)


def inner_product(left: Value, right: Value, facts: Agreements, span: Span) -> Value:
    """The sum of the products place by place."""
    product = elementwise(multiply, left, right, facts, span)
    expression = product.expression
    for axis in product.axes:
        expression = summation(expression, axis)
    return Value(expression)


def outer_product(left: Value, right: Value, span: Span) -> Value:
    """The matrix of all products of an entry of the left with one of the right."""
    if len(left.axes) != 1 or len(right.axes) != 1:
        raise MisfitError(f"an outer product of {KINDS[left.kind]} and {KINDS[right.kind]}", span)
    return Value(multiply(left.expression, right.expression), left.axes[0], right.axes[0])


def linked(left: Value, right: Value, facts: Agreements, span: Span) -> Value | None:
    """The product of two derivatives by the chain rule, where one goes on where the other ends; else None."""
    one, other = left.derivative, right.derivative
    if one is None or other is None:
        return None
    for first, second, a, b in ((one, other, left, right), (other, one, right, left)):
        if first.by is not second.of or len(first.by_axes) != len(second.of_axes):
            continue
        if not first.by_axes:
            continue
        changes = {}
        for mine, theirs in zip(first.by_axes, second.of_axes, strict=True):
            facts.same(mine, theirs, span)
            changes[theirs] = mine
        expression = multiply(a.expression, substitute_axes(b.expression, changes))
        for axis in first.by_axes:
            expression = summation(expression, axis)
        return of_derivative(expression, Differentiated(first.of, first.of_axes, second.by, second.by_axes), a, b)
    return None


def of_derivative(
    expression: Expression, what: Differentiated, outer: Value | None = None, inner: Value | None = None
) -> Value:
    """The layout of a derivative: that of what is derived by, for a number; rows and columns, for two vectors."""
    axes = (*what.of_axes, *what.by_axes)
    if not what.of_axes and inner is not None and inner.derivative is not None and len(what.by_axes) <= 2:
        shape = [axis for axis in (inner.row, inner.column) if axis in what.by_axes]
        if len(shape) == len(what.by_axes):
            row = inner.row if inner.row in what.by_axes else None
            column = inner.column if inner.column in what.by_axes else None
            return Value(expression, row, column, what)
    if len(axes) > 2:
        return Value(expression, derivative=what)
    row, column = (*axes, None, None)[:2]
    return Value(expression, row, column, what)


def diagonal_of(value: Value, facts: Agreements, span: Span) -> Value:
    """A derivative of a vector by another as that of each entry by its own: what ⊙ wants."""
    what = value.derivative
    if what is None or not what.of_axes or len(what.of_axes) != len(what.by_axes):
        return value
    for mine, theirs in zip(what.of_axes, what.by_axes, strict=True):
        facts.same(mine, theirs, span)
    changes = dict(zip(what.by_axes, what.of_axes, strict=True))
    row, column = (*what.of_axes, None, None)[:2]
    return Value(substitute_axes(value.expression, changes), row, column)


def axes_of(value: Value) -> Iterator[Axis]:
    """The axes of a value, those of a derivative included."""
    yield from value.axes
    if value.derivative is not None and not value.axes:
        yield from value.derivative.of_axes
        yield from value.derivative.by_axes
