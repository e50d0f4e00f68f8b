"""Sums in normal form: deltas eliminated as soon as they appear, factors that do not depend on the axis in front."""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.language import (
    ZERO,
    Add,
    Axis,
    Call,
    Delta,
    Element,
    Expression,
    Index,
    MatrixFunction,
    Multiply,
    Number,
    Power,
    Sum,
    add,
    fresh_axis,
    multiply,
    size_of,
    substitute_axes,
    walk,
)
from chalkgrad.language.programs import in_range


def sum_over(body: Expression, axis: Axis) -> Expression:
    """The sum of the body over the axis: `Σ_i δ_ij a_i = a_j`, `Σ_i c a_i = c Σ_i a_i`, `Σ_i c = |i| c`.

    >>> from chalkgrad.language import Tensor, delta
    >>> i, j = Axis("i", 3), Axis("j", 3)
    >>> a = Tensor("a", (i,))
    >>> str(sum_over(delta(i, j) * a[i], i)), str(sum_over(a[j] * a[i], i))
    ('a[j]', 'a[j]*sum(i, a[i])')
    """
    if body is ZERO:
        return ZERO
    if axis not in body.free:
        return multiply(size_of(axis), body)
    if isinstance(body, Add):
        apart = [term for term in body.terms if axis not in term.free or _has_delta(term, axis)]
        if apart:
            kept = [term for term in body.terms if term not in apart]
            rest = [Sum(add(*kept), axis)] if len(kept) > 1 else [sum_over(term, axis) for term in kept]
            return add(*(sum_over(term, axis) for term in apart), *rest)
        return Sum(body, axis)
    factors = body.factors if isinstance(body, Multiply) else (body,)
    for place, factor in enumerate(factors):
        if isinstance(factor, Delta):
            solved = _solve(factor, axis)
            if solved is not None:
                return _eliminated(factors[:place] + factors[place + 1 :], axis, solved)
    for place, factor in enumerate(factors):
        if isinstance(factor, Add) and _has_delta(factor, axis):
            others = factors[:place] + factors[place + 1 :]
            return add(*(sum_over(multiply(*others, term), axis) for term in factor.terms))
    for place, factor in enumerate(factors):
        if isinstance(factor, Sum) and _is_met(factor, axis):  # the sums change places
            beside = multiply(*factors[:place], *factors[place + 1 :])
            inner = fresh_axis(factor.axis, beside.free | {axis} | (factor.body.free - {factor.axis}))
            body = substitute_axes(factor.body, {factor.axis: inner})
            return sum_over(sum_over(multiply(beside, body), axis), inner)
    outside = [factor for factor in factors if axis not in factor.free]
    inside = [factor for factor in factors if axis in factor.free]
    return multiply(*outside, Sum(multiply(*inside), axis))


def _has_delta(expression: Expression, axis: Axis) -> bool:
    return any(isinstance(node, Delta) and _solve(node, axis) is not None for node in walk(expression))


def _is_met(expression: Expression, axis: Axis) -> bool:
    """Whether a delta that settles an axis stands in a sum, through sums and products alone."""
    match expression:
        case Delta():
            return _solve(expression, axis) is not None
        case Sum(body=body):
            return axis in body.free and _is_met(body, axis)
        case Add(terms=parts) | Multiply(factors=parts):
            return any(axis in part.free and _is_met(part, axis) for part in parts)
    return False


def _solve(delta: Delta, axis: Axis) -> Index | None:
    """The index at which the delta is 1, as a value for the axis; None if it is not determined by whole numbers."""
    difference = delta.left - delta.right
    coefficient = difference.coefficient(axis)
    if abs(coefficient) != 1:
        return None
    terms = tuple((other, -coefficient * c) for other, c in difference.terms if other is not axis)
    return Index(terms, -coefficient * difference.offset)


def _eliminated(factors: tuple[Expression, ...], axis: Axis, place: Index) -> Expression:
    """The factors at that place; a condition is left where the place may lie outside and no factor is zero there."""
    guard = () if is_zero_outside(factors, axis) else (in_range(place, axis),)
    return multiply(*(substitute_axes(factor, {axis: place}) for factor in factors), *guard)


def is_zero_outside(factors: Sequence[Expression], axis: Axis) -> bool:
    """Whether a product is 0 beyond the ends of an axis, where elements are 0, and has a value there.

    >>> from chalkgrad.language import Tensor
    >>> i = Axis("i", 3)
    >>> x, c = Tensor("x", (i,)), Tensor("c")
    >>> [is_zero_outside([each], i) for each in (x[i] * c[()], c[()] / 3, c[()] / x[i])]
    [True, False, False]
    """
    zero = any(_is_zero_outside(factor, axis) for factor in factors)
    return zero and not any(_may_be_undefined(node, axis) for factor in factors for node in walk(factor))


def _is_zero_outside(factor: Expression, axis: Axis) -> bool:
    """Whether a factor is 0 beyond the ends of an axis, as an element of a tensor is, and a sum of such products."""
    match factor:
        case Element(tensor=tensor, indices=indices):
            places = zip(indices, tensor.axes, strict=True)
            return any(index.axis is axis and own.size == axis.size for index, own in places)
        case Multiply(factors=factors):
            return any(_is_zero_outside(each, axis) for each in factors)
        case Sum(body=body):
            return _is_zero_outside(body, axis)
    return False


def _may_be_undefined(node: Expression, axis: Axis) -> bool:
    """Whether a part may have no value where the elements in it are 0: what is divided by them, a logarithm."""
    if axis not in node.free:
        return False
    if isinstance(node, Power):
        return not isinstance(node.exponent, Number) or node.exponent.value < 1
    return isinstance(node, MatrixFunction) or (isinstance(node, Call) and node.function in ("log", "sqrt"))
