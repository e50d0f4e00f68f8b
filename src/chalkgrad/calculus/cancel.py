"""Cancelling: quotients over one denominator, multiplied out where that makes them shorter, common factors gone.

This is what turns `-(y/ŷ - (1-y)/(1-ŷ)) ŷ(1-ŷ)` into `ŷ - y`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from chalkgrad.calculus.polynomials import (
    Monomial,
    Polynomial,
    TooLargeError,
    add_polynomials,
    common_monomial,
    divide_exactly,
    divide_monomial,
    multiply_polynomials,
)
from chalkgrad.language import (
    Add,
    Delta,
    Expression,
    Indicator,
    Max,
    Multiply,
    Number,
    Power,
    Sum,
    add,
    children,
    multiply,
    number,
    power,
    rebuild,
)


def cancel(expression: Expression) -> Expression:
    """An equal expression that is no longer: everything over one denominator, and what cancels is gone.

    >>> from chalkgrad.language import Tensor
    >>> y, p = Tensor("y")[()], Tensor("p")[()]
    >>> str(cancel(-(y / p - (1 - y) / (1 - p)) * p * (1 - p)))
    'p - y'
    """
    if isinstance(expression, Sum | Max | Indicator) or not isinstance(expression, Add | Multiply | Power):
        return rebuild(expression, cancel)
    inside = rebuild(expression, lambda child: child if isinstance(child, Add | Multiply | Power) else cancel(child))
    if not _worth_trying(inside):
        return rebuild(inside, lambda child: cancel(child) if isinstance(child, Add | Multiply | Power) else child)
    workspace = _Workspace()
    try:
        candidate = workspace.written(workspace.factored(inside))
    except (TooLargeError, RecursionError):
        return inside
    return candidate if candidate.cost < inside.cost else inside


def _worth_trying(expression: Expression) -> bool:
    """Only a sum can cancel against something: a product of atoms is collected already when it is built."""
    if isinstance(expression, Add):
        return True
    if isinstance(expression, Multiply | Power):
        return any(_worth_trying(child) for child in children(expression))
    return False


@dataclass
class _Factored:
    """coefficient · Π factor^exponent, where a factor is an atom (by identity) or a polynomial (by its key)."""

    coefficient: Fraction
    exponents: dict[int | frozenset[tuple[Monomial, Fraction]], int] = field(default_factory=dict)

    def times(self, other: _Factored, exponent: int, idempotent: set[int]) -> None:
        if other.coefficient != 1:
            self.coefficient *= other.coefficient**exponent
        for factor, inner in other.exponents.items():
            total = self.exponents.get(factor, 0) + inner * exponent
            if isinstance(factor, int) and factor in idempotent and total > 0:
                total = 1
            if total:
                self.exponents[factor] = total
            else:
                self.exponents.pop(factor, None)


class _Workspace:
    """The atoms and polynomials met while one expression is cancelled."""

    def __init__(self) -> None:
        self.atoms: dict[int, Expression] = {}
        self.idempotent: set[int] = set()
        self.polynomials: dict[frozenset[tuple[Monomial, Fraction]], Polynomial] = {}
        self.shorter: dict[frozenset[tuple[Monomial, Fraction]], Expression] = {}

    def factored(self, expression: Expression) -> _Factored:
        match expression:
            case Number(value=value):
                return _Factored(value)
            case Multiply(factors=factors):
                result = _Factored(Fraction(1))
                for factor in factors:
                    result.times(self.factored(factor), 1, self.idempotent)
                return self._cancelled(result)
            case Power(base=base, exponent=Number(value=value)) if value.denominator == 1 and abs(value) <= 8:
                inner = self.factored(base)
                if inner.coefficient == 0 and value < 0:
                    raise TooLargeError
                result = _Factored(Fraction(1))
                result.times(inner, int(value), self.idempotent)
                return result
            case Add(terms=terms):
                return self._sum([self.factored(term) for term in terms], expression)
        self.atoms[expression.identity] = expression
        if isinstance(expression, Indicator | Delta):
            self.idempotent.add(expression.identity)
        return _Factored(Fraction(1), {expression.identity: 1})

    def _sum(self, terms: list[_Factored], written: Expression) -> _Factored:
        """Over one denominator, with the factors that all terms share in front of one polynomial."""
        terms = [term for term in terms if term.coefficient]
        if not terms:
            return _Factored(Fraction(0))
        every = dict.fromkeys(factor for term in terms for factor in term.exponents)
        front = {factor: min(term.exponents.get(factor, 0) for term in terms) for factor in every}
        total: Polynomial = {}
        for term in terms:
            polynomial: Polynomial = {(): term.coefficient}
            for factor in (*term.exponents, *(f for f in every if f not in term.exponents)):
                left = term.exponents.get(factor, 0) - front[factor]
                for _ in range(left):
                    polynomial = multiply_polynomials(polynomial, self._polynomial(factor), self.idempotent)
            total = add_polynomials(total, polynomial)
        if not total:
            return _Factored(Fraction(0))
        primitive = self._primitive(total)
        untouched = not any(front.values())
        for key in primitive.exponents:
            if not isinstance(key, int) and untouched and primitive.coefficient == 1 and len(primitive.exponents) == 1:
                self.shorter.setdefault(key, written)
        result = _Factored(Fraction(1), {factor: exponent for factor, exponent in front.items() if exponent})
        result.times(primitive, 1, self.idempotent)
        return self._cancelled(result)

    def _polynomial(self, factor: int | frozenset[tuple[Monomial, Fraction]]) -> Polynomial:
        return {((factor, 1),): Fraction(1)} if isinstance(factor, int) else self.polynomials[factor]

    def _primitive(self, polynomial: Polynomial) -> _Factored:
        """The polynomial as content · common monomial · a polynomial whose first term has a positive coefficient."""
        common = common_monomial(polynomial)
        reduced: Polynomial = {}
        for monomial, coefficient in polynomial.items():
            quotient = divide_monomial(monomial, common)
            assert quotient is not None
            reduced[quotient] = coefficient
        result = _Factored(Fraction(1), dict(common))
        if len(reduced) == 1:
            result.coefficient = next(iter(reduced.values()))
            return result
        content = _content(reduced)
        reduced = {monomial: coefficient / content for monomial, coefficient in reduced.items()}
        key = frozenset(reduced.items())
        negated = frozenset((monomial, -coefficient) for monomial, coefficient in reduced.items())
        if negated in self.polynomials:
            key, content = negated, -content
        self.polynomials.setdefault(key, reduced)
        result.coefficient = content
        result.exponents[key] = 1
        return result

    def _cancelled(self, factored: _Factored) -> _Factored:
        """Divides polynomials above by polynomials below where that leaves nothing."""
        below = [f for f, e in factored.exponents.items() if e < 0 and not isinstance(f, int)]
        for divisor in below:
            for factor in [f for f, e in factored.exponents.items() if e > 0 and not isinstance(f, int)]:
                while factored.exponents.get(divisor, 0) < 0 < factored.exponents.get(factor, 0):
                    quotient = divide_exactly(self._polynomial(factor), self._polynomial(divisor))
                    if quotient is None:
                        break
                    factored.times(_Factored(Fraction(1), {factor: 1, divisor: -1}), -1, self.idempotent)
                    factored.times(self._primitive(quotient), 1, self.idempotent)
        return factored

    def written(self, factored: _Factored) -> Expression:
        """The expression for a factored form: terms with a plus first, in the order of first occurrence."""
        coefficient = factored.coefficient
        turned = self._turned(factored) if coefficient < 0 else None
        factors: list[Expression] = []
        for factor, exponent in factored.exponents.items():
            if isinstance(factor, int):
                factors.append(power(self.atoms[factor], number(exponent)))
                continue
            polynomial, short = self.polynomials[factor], self.shorter.get(factor)
            if factor == turned:
                polynomial, short = {monomial: -c for monomial, c in polynomial.items()}, None
                coefficient = -coefficient
            base = self._written_polynomial(polynomial)
            if short is not None and short.cost <= base.cost:
                base = short
            factors.append(power(base, number(exponent)))
        return multiply(Number(coefficient), *factors)

    def _turned(self, factored: _Factored) -> object:
        """The factor above the line that takes up a minus in front: -(y - ŷ) is ŷ - y."""
        for factor, exponent in factored.exponents.items():
            odd_above = exponent > 0 and exponent % 2 == 1
            if odd_above and not isinstance(factor, int) and min(self.polynomials[factor].values()) < 0:
                return factor
        return None

    def _written_polynomial(self, polynomial: Polynomial) -> Expression:
        ordered = sorted(polynomial.items(), key=lambda term: term[1] < 0)
        return add(
            *(
                multiply(Number(c), *(power(self.atoms[atom], number(e)) for atom, e in monomial))
                for monomial, c in ordered
            )
        )


def _content(polynomial: Polynomial) -> Fraction:
    """The positive rational that leaves coprime whole coefficients; negative if every coefficient is."""
    from math import gcd

    numerators = [abs(c.numerator) for c in polynomial.values()]
    denominators = [c.denominator for c in polynomial.values()]
    content = Fraction(gcd(*numerators), 1)
    for denominator in denominators:
        content = Fraction(
            content.numerator, content.denominator * denominator // gcd(content.denominator, denominator)
        )
    return -content if all(c < 0 for c in polynomial.values()) else content
