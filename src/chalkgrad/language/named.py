"""Expressions with names and no node of their own: softmax, logsumexp, places of the greatest, what labels choose."""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.language.algebra import divide, index_value, indicator, maximum_over, multiply, size_of, summation
from chalkgrad.language.expressions import (
    Axis,
    Call,
    Expression,
    IndexValue,
    Indicator,
    Multiply,
    Sum,
)
from chalkgrad.language.substitution import bound_axes, fresh_axis, substitute_axes


def softmax(body: Expression, *axes: Axis) -> Expression:
    """The exponential of the body over its sum along the axes.

    >>> from chalkgrad.language import Tensor
    >>> c = Axis("c", 3)
    >>> str(softmax(Tensor("z", (c,))[c], c))
    "exp(z[c])/sum(c', exp(z[c']))"
    """
    exponential = Call("exp", body)
    return divide(exponential, _over_all(exponential, axes))


def log_softmax(body: Expression, *axes: Axis) -> Expression:
    """The logarithm of the softmax, as the body less its logsumexp."""
    return body - Call("log", _over_all(Call("exp", body), axes))


def logsumexp(body: Expression, *axes: Axis) -> Expression:
    """The logarithm of the sum of the exponentials along the axes."""
    return Call("log", summation(Call("exp", body), *axes))


def place_of_greatest(body: Expression, axis: Axis) -> Expression:
    """The first place along an axis at which the body is greatest, counting from 0; its derivative is 0.

    >>> from chalkgrad.language import Tensor, evaluate_expression
    >>> i = Axis("i", "n")
    >>> evaluate_expression(place_of_greatest(Tensor("x", (i,))[i], i), {"x": [1, 4, 2, 4]})
    1.0
    """
    inner = fresh_axis(axis, {axis, *body.free, *bound_axes(body)})
    greatest = maximum_over(substitute_axes(body, {axis: inner}), inner)
    here, elsewhere = indicator(">=", body, greatest), indicator("<", body, greatest)
    return -maximum_over(-(here * index_value(axis)) - elsewhere * size_of(axis), axis)


def chosen(body: Expression, axis: Axis, place: Expression) -> Expression:
    """The body at a place along an axis that is a number, such as a label; 0 where there is no such place.

    It is the sum in which that place alone is not 0. What computes it goes there directly, see `choice_in`.

    >>> from chalkgrad.language import Tensor
    >>> n, c = Axis("n", "n"), Axis("c", 3)
    >>> z, y = Tensor("z", (n, c)), Tensor("y", (n,))
    >>> str(chosen(z[n, c], c, y[n]))
    'sum(c, [y[n] = index(c)]*z[n,c])'
    """
    return Sum(multiply(indicator("=", place, index_value(axis)), body), axis)


def choice_in(factors: Sequence[Expression], axes: Sequence[Axis]) -> tuple[Indicator, Expression, Axis] | None:
    """Among factors, one that is 1 at one place along one of the axes alone: it, the place, and the axis.

    >>> from chalkgrad.language import Tensor
    >>> n, c = Axis("n", "n"), Axis("c", 3)
    >>> found = choice_in([indicator("=", Tensor("y", (n,))[n], index_value(c))], [c])
    >>> str(found[1]), found[2].name
    ('y[n]', 'c')
    """
    for factor in factors:
        if not isinstance(factor, Indicator) or factor.comparison != "=":
            continue
        for place, position in ((factor.left, factor.right), (factor.right, factor.left)):
            axis = position.index.axis if isinstance(position, IndexValue) else None
            if axis is not None and axis in axes and axis not in place.free and place.tensors:
                return factor, place, axis
    return None


def factors_of(body: Expression) -> tuple[Expression, ...]:
    """The factors of a product; of anything else itself."""
    return body.factors if isinstance(body, Multiply) else (body,)


def _over_all(body: Expression, axes: Sequence[Axis]) -> Expression:
    taken = {*axes, *body.free, *bound_axes(body)}
    inner = {}
    for axis in axes:
        inner[axis] = fresh_axis(axis, taken)
        taken.add(inner[axis])
    return summation(substitute_axes(body, inner), *inner.values())
