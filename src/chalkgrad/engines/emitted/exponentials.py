"""Sums of exponentials shifted by their greatest exponent, so that no exponential overflows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from chalkgrad.language import (
    Add,
    Axis,
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
    substitute_axes,
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
                return node if peak is None else add(peak.greatest, Call("log", peak.off(inside, 1) or inside))
            case Multiply(factors=factors):
                return _quotient(factors)
        return node

    return change(expression)


@dataclass(frozen=True)
class _Peak:
    """The exponent of a sum of exponentials, the axis that it is summed over (if it is one), and its maximum."""

    exponent: Expression
    axis: Axis | None
    greatest: Expression

    def off(self, expression: Expression, times: int) -> Expression | None:
        """The expression divided by the exponential of the peak so often; nothing where it does not come out."""
        match expression:
            case Call(function="exp", order=0):
                return self._apart(expression.argument, times)
            case Sum(body=body, axis=axis) if axis not in self.greatest.free:
                inner = self.off(body, times)
                return None if inner is None else Sum(inner, axis)
            case Add(terms=terms):
                parts = [self.off(term, times) for term in terms]
                return add(*(part for part in parts if part is not None)) if None not in parts else None
            case Multiply(factors=factors):
                return self.off_factors(factors, times)
        return None

    def off_factors(self, factors: Sequence[Expression], times: int) -> Expression | None:
        """The same of a product: from each factor as often as it has the exponent, what is left from exponentials."""
        shares = [min(self._holds(factor), times) for factor in factors]
        for place, share in enumerate(shares):
            shares[place] = min(share, times - sum(shares[:place]))
        left = times - sum(shares)
        last = next((place for place, factor in enumerate(factors) if _is_exponential(factor)), None)
        if left and last is None:
            return None
        if last is not None:
            shares[last] += left
        parts = [self.off(f, share) if share else f for f, share in zip(factors, shares, strict=True)]
        return multiply(*(part for part in parts if part is not None)) if None not in parts else None

    def _holds(self, expression: Expression) -> int:
        """How often an expression has such an exponential as a factor."""
        match expression:
            case Call(function="exp", order=0):
                return max(1, len(self._instances(expression.argument)[0]))
            case Sum(body=body, axis=axis) if axis not in self.greatest.free:
                return self._holds(body)
            case Add(terms=terms):
                return min(map(self._holds, terms))
            case Multiply(factors=factors):
                return sum(map(self._holds, factors))
        return 0

    def _instances(self, exponent: Expression) -> tuple[list[Expression], Expression]:
        """The parts of an exponent that are the one of the sum at some place, and what is left: x + y is x, and y."""
        found = []
        for axis in sorted(exponent.free - self.greatest.free, key=lambda each: each.name):
            if self.axis is not None and self.axis.size == axis.size:
                one = substitute_axes(self.exponent, {self.axis: axis})
                rest = _less(exponent, one)
                if axis not in rest.free:
                    found.append(one)
                    exponent = rest
        return found, exponent

    def _apart(self, exponent: Expression, times: int) -> Expression:
        """e^(x + y) over as many exponentials of the peak, as e^(x - m) e^(y - m)."""
        parts, _ = self._instances(exponent)
        parts = parts[: times - 1]
        rest = exponent
        for part in parts:
            rest = _less(rest, part)
        rest = rest - multiply(Number(Fraction(times - len(parts))), self.greatest)
        return multiply(*(Call("exp", part - self.greatest) for part in parts), Call("exp", rest))


def _peak(expression: Expression) -> _Peak | None:
    """The peak of a sum of exponentials; nothing for what is none, or already has it taken off."""
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
    greatest = exponent
    for axis in reversed(axes):
        greatest = Max(greatest, axis) if axis in greatest.free else greatest
    return _Peak(exponent, axes[0] if len(axes) == 1 else None, greatest)


def _less(whole: Expression, part: Expression) -> Expression:
    return add(whole, *(-term for term in (part.terms if isinstance(part, Add) else (part,))))


def _factors(expression: Expression) -> tuple[Expression, ...]:
    return expression.factors if isinstance(expression, Multiply) else (expression,)


def _is_exponential(expression: Expression) -> bool:
    return isinstance(expression, Call) and expression.function == "exp" and not expression.order


def _quotient(factors: tuple[Expression, ...]) -> Expression:
    """A product with a power of a sum of exponentials below, both sides shifted where as much above can be."""
    rest = list(factors)
    for factor in factors:
        if not isinstance(factor, Power) or not isinstance(factor.exponent, Number):
            continue
        times = -factor.exponent.value
        peak = _peak(factor.base) if times > 0 and times.denominator == 1 else None
        below = None if peak is None else peak.off(factor.base, 1)
        others = [other for other in rest if other is not factor]
        above = None if peak is None or below is None else peak.off_factors(others, int(times))
        if above is not None and below is not None:
            rest = [*_factors(above), power(below, -times)]
    return multiply(*rest)
