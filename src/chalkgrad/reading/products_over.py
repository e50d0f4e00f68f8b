r"""Products over letters, `\prod_{i=1}^n p_i^{y_i}`: the exponential of the sum of the logarithms.

Where a factor may be negative, its amount is taken, and the sign is that of as many minuses as there are such factors:
(-1)^k is cos πk, which has no slope there.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.language import (
    Add,
    Axis,
    Call,
    Constant,
    Expression,
    Multiply,
    Number,
    Power,
    Sum,
    call,
    indicator,
    multiply,
    number,
)

_ABOVE_ZERO = frozenset({"exp", "sigmoid", "softplus", "cosh"})


def product_over(factor: Expression, axes: Sequence[Axis], gates: Sequence[Expression]) -> Expression:
    """The product of a factor over some axes, of those places where all gates are 1.

    >>> from chalkgrad.language import Tensor
    >>> i = Axis("i", 3)
    >>> print(product_over(call("exp", Tensor("x", (i,))[i]), [i], []))
    exp(sum(i, log(exp(x[i]))))
    """
    if is_above_zero(factor):
        return call("exp", _total(call("log", factor), axes, gates))
    amount = call("exp", _total(call("log", call("abs", factor)), axes, gates))
    minuses = _total(indicator("<", factor, number(0)), axes, gates)
    return multiply(call("cos", multiply(Constant("pi"), minuses)), amount)


def _total(term: Expression, axes: Sequence[Axis], gates: Sequence[Expression]) -> Expression:
    total = multiply(*gates, term)
    for axis in reversed(axes):
        total = Sum(total, axis)
    return total


def is_above_zero(expression: Expression) -> bool:
    """Whether a value is above zero wherever it is defined, by how it is written.

    >>> is_above_zero(call("exp", number(-2))), is_above_zero(number(-2))
    (True, False)
    """
    match expression:
        case Number(value=value):
            return value > 0
        case Constant():
            return True
        case Call(function=function, order=0):
            return function in _ABOVE_ZERO
        case Power(exponent=Number(value=value)) if value.denominator == 1:
            return is_above_zero(expression.base)
        case Power():  # a power by what is no whole number is of what is above zero
            return True
        case Multiply(factors=parts) | Add(terms=parts):
            return all(map(is_above_zero, parts))
    return False


__all__ = ["is_above_zero", "product_over"]
