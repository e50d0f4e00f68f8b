"""Directional derivatives and Taylor polynomials, written out exactly."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import comb, factorial, prod

from chalkgrad.descent.algebra import from_sympy, to_sympy
from chalkgrad.descent.function import Point, ScalarFunction, scalar_function
from chalkgrad.descent.roots import at
from chalkgrad.errors import ChalkgradError, ProgramError
from chalkgrad.language import Expression, add, call, divide, multiply, number, power

MOST_TERMS = 300


def directional_derivative(function: ScalarFunction, direction: Point) -> ScalarFunction:
    """The rate at which f changes along a direction, which is scaled to length 1: the gradient times the direction.

    Raises `ChalkgradError` for the direction 0, and what `ScalarFunction.coordinates` raises.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> print(directional_derivative(function_of_program(read_function("x^2*y")), [3, 4]).expression)
    6*x*y/5 + 4*x^2/5
    """
    entries = {name: _exact(entry) for name, entry in function.coordinates(direction).items()}
    squared = sum((entry * entry for entry in entries.values()), Fraction(0))
    if squared == 0:
        raise ChalkgradError("the direction has length 0")
    length = _settled(call("sqrt", number(squared)))
    terms = (multiply(number(entries[name]), function.partial(name)) for name in function.variables)
    body = add(*(divide(term, length) for term in terms))
    return scalar_function(body, function.variables, f"D{function.name}")


def _exact(entry: object) -> Fraction:
    return Fraction(repr(entry)) if isinstance(entry, float) else Fraction(str(entry))


def _settled(constant: Expression) -> Expression:
    """A constant with what can be worked out worked out: sqrt(25) is 5, sin(pi/2) is 1."""
    try:
        return from_sympy(to_sympy(constant), {})
    except ProgramError:
        return constant


def taylor_polynomial(function: ScalarFunction, point: Point, order: int) -> ScalarFunction:
    """The Taylor polynomial of f at a point up to the total degree `order`, with exact coefficients.

    Its coefficients are constants such as exp(1)/2 where they are not rational. Raises `ChalkgradError` for a negative
    order or one that gives more than 300 terms, and `ProgramError` where a derivative has no value at the point.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> print(taylor_polynomial(function_of_program(read_function("exp(x)*sin(y)")), [0, 0], 3).expression)
    y + x*y + x^2*y/2 - y^3/6
    """
    width = len(function.variables)
    if order < 0 or comb(width + order, order) > MOST_TERMS:
        raise ChalkgradError(f"the order {order} gives no polynomial, or one of more than {MOST_TERMS} terms")
    place = {name: number(_exact(entry)) for name, entry in function.coordinates(point).items()}
    shifted = [tensor[()] - place[tensor.name] for tensor in function.tensors]
    derivatives: dict[tuple[int, ...], Expression] = {(0,) * width: function.expression}
    terms = []
    for orders in _orders(width, order):
        if orders not in derivatives:
            place_of_one = next(k for k, entry in enumerate(orders) if entry)
            below = tuple(entry - (k == place_of_one) for k, entry in enumerate(orders))
            lower = scalar_function(derivatives[below], function.variables, function.name)
            derivatives[orders] = lower.partial(function.variables[place_of_one])
        coefficient = _settled(at(derivatives[orders], place))
        powers = (power(step, entry) for step, entry in zip(shifted, orders, strict=True))
        terms.append(multiply(divide(coefficient, prod(map(factorial, orders))), *powers))
    return scalar_function(add(*terms), function.variables, f"T{function.name}")


def _orders(width: int, total: int) -> Iterator[tuple[int, ...]]:
    """The orders of derivation by each variable, with lower totals first."""
    for degree in range(total + 1):
        yield from _of_degree(width, degree)


def _of_degree(width: int, degree: int) -> Iterator[tuple[int, ...]]:
    if width == 1:
        yield (degree,)
        return
    for first in range(degree, -1, -1):
        for rest in _of_degree(width - 1, degree - first):
            yield (first, *rest)
