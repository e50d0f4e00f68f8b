"""Inverses, determinants and whole powers of matrices, as values of a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from chalkgrad.language import (
    MATRIX_FUNCTIONS,
    Element,
    Expression,
    MatrixFunction,
    Power,
    Tensor,
    bound_axes,
    call,
    matrix_function,
    number,
    substitute_axes,
    walk,
)
from chalkgrad.language import Number as Literal
from chalkgrad.page.syntax import Group, Span, Syntax
from chalkgrad.reading.layout import MisfitError, Value, matrix_product

if TYPE_CHECKING:
    from chalkgrad.reading.sense import Sense

LARGEST_POWER = 8


def function_of_matrix(sense: Sense, function: str, value: Value, span: Span) -> Value:
    """A function of the table of whole matrices, of a matrix that has to be square."""
    if value.row is None or value.column is None:
        raise MisfitError(f"the {function.replace('_', ' ')} of something that is no matrix", span)
    sense.facts.same(value.row, value.column, span)
    rows, columns = sense.fresh(value.row.size), sense.fresh(value.row.size)
    body = substitute_axes(value.expression, {value.row: rows, value.column: columns})
    if not MATRIX_FUNCTIONS[function].gives_matrix:
        if all(count == 1 for count in Counter(_tensors(body)).values()):  # not so in det(XᵀX)
            sense.alike += [(axis.size, rows.size) for axis in bound_axes(body)]
        return Value(matrix_function(function, body, rows, columns))
    row, column = sense.fresh(rows.size), sense.fresh(rows.size)
    return Value(matrix_function(function, body, rows, columns, (row, column)), row, column)


def _tensors(body: Expression) -> Iterator[Tensor]:
    return (node.tensor for node in walk(body) if isinstance(node, Element))


def determinant(sense: Sense, group: Group) -> Value:
    """The determinant of what is in the brackets; a number is its own."""
    return _of_argument(sense, group, "determinant")


def log_determinant(sense: Sense, group: Group) -> Value:
    """The logarithm of the determinant of what is in the brackets."""
    value = _of_argument(sense, group, "determinant")
    return Value(logarithm(value.expression))


def inverse(sense: Sense, group: Group) -> Value:
    """The inverse of what is in the brackets."""
    value = _argument(sense, group)
    return (
        Value(number(1) / value.expression) if value.scalar else function_of_matrix(sense, "inverse", value, group.span)
    )


def cholesky(sense: Sense, group: Group) -> Value:
    """The Cholesky factor of what is in the brackets; of a number its root."""
    value = _argument(sense, group)
    if value.scalar:
        return Value(call("sqrt", value.expression))
    return function_of_matrix(sense, "cholesky", value, group.span)


def exponential(sense: Sense, group: Group) -> Value:
    """The exponential of the matrix in the brackets; of a number its own."""
    value = _argument(sense, group)
    if value.scalar:
        return Value(call("exp", value.expression))
    return function_of_matrix(sense, "exponential", value, group.span)


def _of_argument(sense: Sense, group: Group, function: str) -> Value:
    value = _argument(sense, group)
    return value if value.scalar else function_of_matrix(sense, function, value, group.span)


def _argument(sense: Sense, group: Group) -> Value:
    if len(group.contents) != 1:
        raise sense.error("a list stands where a matrix should", group)
    return sense.value(group.contents[0])


def logarithm(expression: Expression) -> Expression:
    """The logarithm; that of a determinant is a function of the matrix itself, also where the determinant is large."""
    if isinstance(expression, MatrixFunction) and expression.function == "determinant":
        return matrix_function("log_determinant", expression.body, expression.rows, expression.columns)
    if isinstance(expression, Power) and isinstance(expression.exponent, Literal):
        inner = logarithm(expression.base)
        return expression.exponent * inner if isinstance(inner, MatrixFunction) else call("log", expression)
    return call("log", expression)


def power_of_matrix(sense: Sense, value: Value, exponent: Expression, place: Syntax) -> Value:
    """A matrix to a whole power: the product of as many, of a negative one that of its inverse."""
    whole = isinstance(exponent, Literal) and exponent.value.denominator == 1
    if not whole or not isinstance(exponent, Literal) or not 0 < abs(exponent.value) <= LARGEST_POWER:
        raise sense.error("this power of a matrix cannot be read yet", place, f"a whole one up to {LARGEST_POWER}")
    if exponent.value < 0:
        value = function_of_matrix(sense, "inverse", value, place.span)
    elif value.row is not None and value.column is not None:
        sense.squares.append((value.row.size, value.column.size))
    result = value
    for _ in range(abs(int(exponent.value)) - 1):
        result = matrix_product(result, sense.again(value), sense.facts, place.span)
    return result
