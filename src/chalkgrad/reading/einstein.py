"""Letters that stand twice in a term and are summed over without a sign, by Einstein's convention."""

from __future__ import annotations

from collections.abc import Iterable

from chalkgrad.language import Add, Axis, Expression, Multiply, Number, Power, Sum, add, multiply, number


def twice(expression: Expression, axis: Axis, *, squares: bool = False) -> bool:
    """Whether an axis stands twice in every term that has it, and not below a fraction: `u_j / v_j` is no sum.

    With `squares` a square may have its axes twice: where the convention is said to hold, `e_i e_i` is a sum, and so
    is `u_i e_i^2`.
    """
    terms = expression.terms if isinstance(expression, Add) else (expression,)
    return all(
        2 in {_occurrences(term, axis, False), _occurrences(term, axis, squares)} and not _divides(term, axis)
        for term in terms
        if axis in term.free
    )


def once(expression: Expression, axis: Axis) -> bool:
    """Whether an axis stands once in every term, and not below a power: the i of `A_ij x_j` is one of the result."""
    terms = expression.terms if isinstance(expression, Add) else (expression,)
    return all(
        sum(axis in factor.free for factor in factors) == 1
        and not any(isinstance(factor, Power) and axis in factor.free for factor in factors)
        for factors in (term.factors if isinstance(term, Multiply) else (term,) for term in terms)
    )


def _divides(term: Expression, axis: Axis) -> bool:
    factors = term.factors if isinstance(term, Multiply) else (term,)
    return any(
        isinstance(factor, Power) and isinstance(factor.exponent, Number) and factor.exponent.value < 0
        and axis in factor.free
        for factor in factors
    )  # fmt: skip


def _occurrences(term: Expression, axis: Axis, squares: bool) -> int:
    factors = term.factors if isinstance(term, Multiply) else (term,)
    return sum((1 + (squares and _is_square(factor))) * (axis in factor.free) for factor in factors)


def _is_square(factor: Expression) -> bool:
    return isinstance(factor, Power) and factor.exponent == number(2)


def einstein(expression: Expression, axes: Iterable[Axis]) -> Expression:
    """The expression with each term summed over those of the axes that stand in it."""
    for axis in sorted(axes, key=lambda axis: axis.name):
        expression = _summed(expression, axis)
    return expression


def _summed(expression: Expression, axis: Axis) -> Expression:
    """The sum over an axis, of the least product that has all of it."""
    if axis not in expression.free:
        return expression
    if isinstance(expression, Add):
        return add(*(_summed(term, axis) for term in expression.terms))
    if isinstance(expression, Multiply):
        having = [factor for factor in expression.factors if axis in factor.free]
        if len(having) == 1 and isinstance(having[0], Add):
            return multiply(*(_summed(factor, axis) for factor in expression.factors))
    return Sum(expression, axis)
