"""Sums of exponentials shifted by their greatest exponent, so that no exponential overflows."""

from __future__ import annotations

from chalkgrad.language import (
    Add,
    Call,
    Expression,
    Max,
    Multiply,
    Number,
    Power,
    Sum,
    add,
    multiply,
    power,
    rebuild,
)


def shifted(expression: Expression) -> Expression:
    """The expression with log Σ eᵘ as m + log Σ eᵘ⁻ᵐ, and eᵛ/Σ eᵘ as eᵛ⁻ᵐ/Σ eᵘ⁻ᵐ, where m is the greatest u.

    >>> from chalkgrad.language import Axis, Tensor, summation
    >>> i = Axis("i", "n")
    >>> x = Tensor("x", (i,))
    >>> str(shifted(Call("log", summation(Call("exp", x[i]), i))))
    'max(i, x[i]) + log(sum(i, exp(x[i] - max(i, x[i]))))'
    """

    def change(node: Expression) -> Expression:
        node = rebuild(node, change)
        match node:
            case Call(function="log", argument=inside, order=0):
                peak = _peak(inside)
                return node if peak is None else add(peak, Call("log", _over(inside, peak) or inside))
            case Multiply(factors=factors):
                return _quotient(factors)
        return node

    return change(expression)


def _peak(expression: Expression) -> Expression | None:
    """The greatest exponent of a sum of exponentials; nothing for what is none, or already has it taken off."""
    axes, body = [], expression
    while isinstance(body, Sum):
        axes.append(body.axis)
        body = body.body
    exponents = [factor.argument for factor in _factors(body) if isinstance(factor, Call) and factor.function == "exp"]
    if not axes or len(exponents) != 1:
        return None
    (exponent,) = exponents
    if isinstance(exponent, Add) and any(isinstance(part, Max) for term in exponent.terms for part in _factors(term)):
        return None
    for axis in reversed(axes):
        exponent = Max(exponent, axis) if axis in exponent.free else exponent
    return exponent


def _factors(expression: Expression) -> tuple[Expression, ...]:
    return expression.factors if isinstance(expression, Multiply) else (expression,)


def _quotient(factors: tuple[Expression, ...]) -> Expression:
    """A product with a power of a sum of exponentials below, both sides shifted where as much above can be."""
    rest = list(factors)
    for factor in factors:
        if not isinstance(factor, Power) or not isinstance(factor.exponent, Number):
            continue
        times = -factor.exponent.value
        peak = _peak(factor.base) if times > 0 and times.denominator == 1 else None
        below = None if peak is None else _over(factor.base, peak)
        if peak is None or below is None:
            continue
        above = [(place, new) for place, other in enumerate(rest) if (new := _over(other, peak)) is not None]
        if len(above) >= times:
            for place, new in above[: int(times)]:
                rest[place] = new
            rest[rest.index(factor)] = power(below, -times)
    return multiply(*rest)


def _over(expression: Expression, peak: Expression) -> Expression | None:
    """The expression divided by the exponential of what does not depend on the axes that it sums over."""
    match expression:
        case Call(function="exp", argument=argument, order=0):
            return Call("exp", argument - peak)
        case Sum(body=body, axis=axis) if axis not in peak.free:
            inner = _over(body, peak)
            return None if inner is None else Sum(inner, axis)
        case Multiply(factors=factors):
            for place, factor in enumerate(factors):
                inner = _over(factor, peak)
                if inner is not None:
                    return multiply(*factors[:place], inner, *factors[place + 1 :])
    return None
