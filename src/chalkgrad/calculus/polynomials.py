"""Polynomials with rational coefficients over atoms: what the cancelling of factors needs, and no more.

An atom is any expression, named by its identity. A monomial is a sorted tuple of (atom, exponent).
"""

from __future__ import annotations

from fractions import Fraction

Monomial = tuple[tuple[int, int], ...]
Polynomial = dict[Monomial, Fraction]
LARGEST = 120  # terms; above that an expression is left as it is


class TooLargeError(Exception):
    """The polynomial would have more than `LARGEST` terms."""


def multiply_monomials(left: Monomial, right: Monomial, idempotent: frozenset[int] | set[int]) -> Monomial:
    """The product; an idempotent atom (an indicator) is its own square."""
    exponents = dict(left)
    for atom, exponent in right:
        exponents[atom] = 1 if atom in idempotent else exponents.get(atom, 0) + exponent
    return tuple(sorted(exponents.items()))


def add_polynomials(left: Polynomial, right: Polynomial) -> Polynomial:
    """The sum, without zero terms, in order of first occurrence."""
    result = dict(left)
    for monomial, coefficient in right.items():
        total = result.get(monomial, Fraction(0)) + coefficient
        if total:
            result[monomial] = total
        else:
            result.pop(monomial, None)
    return result


def multiply_polynomials(left: Polynomial, right: Polynomial, idempotent: frozenset[int] | set[int]) -> Polynomial:
    """The product, multiplied out; raises `TooLargeError`."""
    if len(left) * len(right) > LARGEST:
        raise TooLargeError
    result: Polynomial = {}
    for one, coefficient in left.items():
        for other, factor in right.items():
            monomial = multiply_monomials(one, other, idempotent)
            total = result.get(monomial, Fraction(0)) + coefficient * factor
            if total:
                result[monomial] = total
            else:
                result.pop(monomial, None)
    return result


def common_monomial(polynomial: Polynomial) -> Monomial:
    """The greatest monomial that divides every term."""
    monomials = iter(polynomial)
    common = dict(next(monomials))
    for monomial in monomials:
        exponents = dict(monomial)
        common = {atom: min(e, exponents[atom]) for atom, e in common.items() if atom in exponents}
    return tuple(sorted(common.items()))


def divide_monomial(monomial: Monomial, divisor: Monomial) -> Monomial | None:
    """The quotient, or None if it is not a monomial."""
    exponents = dict(monomial)
    for atom, exponent in divisor:
        left = exponents.get(atom, 0) - exponent
        if left < 0:
            return None
        exponents[atom] = left
    return tuple((atom, exponent) for atom, exponent in sorted(exponents.items()) if exponent)


def divide_exactly(dividend: Polynomial, divisor: Polynomial) -> Polynomial | None:
    """The quotient if the division leaves nothing, else None (leading terms by the lexical order of atoms)."""

    def leading(polynomial: Polynomial) -> Monomial:
        return max(polynomial, key=lambda monomial: [(-atom, exponent) for atom, exponent in monomial])

    head = leading(divisor)
    quotient: Polynomial = {}
    rest = dict(dividend)
    for _ in range(4 * LARGEST):
        if not rest:
            return quotient
        top = leading(rest)
        monomial = divide_monomial(top, head)
        if monomial is None:
            return None
        factor = rest[top] / divisor[head]
        quotient[monomial] = quotient.get(monomial, Fraction(0)) + factor
        subtract = {multiply_monomials(monomial, other, frozenset()): -factor * c for other, c in divisor.items()}
        rest = add_polynomials(rest, subtract)
    return None
