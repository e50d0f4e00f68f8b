"""Curves that tell something about a function: on which it falls or rises without bound, or past a stationary point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

from chalkgrad.descent.algebra import from_sympy, symbol, to_sympy
from chalkgrad.descent.function import ScalarFunction, scalar_function
from chalkgrad.errors import EvaluationError, ProgramError
from chalkgrad.language import (
    Add,
    Call,
    Element,
    Expression,
    Number,
    Power,
    divide,
    evaluate_expression,
    mpmath_arithmetic,
    multiply,
    number,
    rebuild,
    walk,
)

_FAR = (10, 100, 1000, 10_000, 100_000)
_SLOPES = (Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(-1, 2), Fraction(2), Fraction(-2))
_MOST_CROSSED = 6  # of more variables the pairs are not gone through


@dataclass(frozen=True)
class Curve:
    """A curve through the space of the variables: each as an expression in one of them; and the function on it."""

    parameter: str
    coordinates: Mapping[str, Expression]
    along: Expression

    def __str__(self) -> str:
        equations = [f"{name} = {value}" for name, value in self.coordinates.items() if name != self.parameter]
        return ", ".join(equations) if equations else f"the {self.parameter} axis"


@dataclass(frozen=True)
class Unbounded:
    """Evidence that a function has no lower (`"below"`) or no upper bound: what it does along a curve.

    `proved` where the function is a polynomial along the curve; else its values at ever larger numbers were looked at.
    """

    side: str
    curve: Curve
    toward: str
    proved: bool

    def __str__(self) -> str:
        verb = "falls" if self.side == "below" else "rises"
        name = self.curve.parameter
        shown = f"as {name} → {self.toward}∞" + ("" if self.proved else ", by its values")
        return f"{verb} without bound along {self.curve}: there it is {self.curve.along}, {shown}"


def candidate_curves(function: ScalarFunction) -> Iterator[Curve]:
    """Curves worth looking at: where squares vanish, where the best place in one variable is simple, axes, lines.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> f = function_of_program(read_function("(1-x^3) + 100*(y^2-x)^2"))
    >>> [f"{curve}: {curve.along}" for curve in candidate_curves(f)][:2]
    ['x = y^2: 1 - y^6', 'x = 0: 1 + 100*y^4']
    """
    seen = set()
    for coordinates, parameter in (*_vanishing_squares(function), *_lines(function)):
        along = simplified(_on(function.expression, coordinates))
        key = tuple(value.identity for value in coordinates.values())
        if key not in seen:
            seen.add(key)
            yield Curve(parameter, coordinates, along)


def _vanishing_squares(function: ScalarFunction) -> Iterator[tuple[dict[str, Expression], str]]:
    scalars = {tensor.name: tensor[()] for tensor in function.tensors}
    partials = function.gradient if len(function.variables) == 2 else ()
    for base in (*_squared(function.expression), *(partial for partial in partials if isinstance(partial, Add))):
        names = [tensor.name for tensor in base.tensors]
        if len(names) != 2:
            continue
        for solved, parameter in (names, names[::-1]):
            slope = scalar_function(base, names, "base").partial(solved)
            if isinstance(slope, Number):
                rest = _on(base, {**scalars, solved: number(0)})
                others: dict[str, Expression] = {name: number(0) for name in function.variables if name not in names}
                value = simplified(multiply(-1, divide(rest, slope)))
                chosen = {**others, solved: value, parameter: scalars[parameter]}
                yield {name: chosen[name] for name in function.variables}, parameter
                break


def _squared(expression: Expression) -> Iterator[Expression]:
    """Sums under an even power, a square or an absolute value."""
    for node in walk(expression):
        match node:
            case Power(base=Add() as base, exponent=Number(value=value)) if value % 2 == 0 and value > 0:
                yield base
            case Call(function="abs" | "square", argument=Add() as base):
                yield base


def _lines(function: ScalarFunction) -> Iterator[tuple[dict[str, Expression], str]]:
    scalars: dict[str, Expression] = {tensor.name: tensor[()] for tensor in function.tensors}
    zeros: dict[str, Expression] = {name: number(0) for name in function.variables}
    for name in reversed(function.variables):
        yield {**zeros, name: scalars[name]}, name
    if len(function.variables) > 1:
        first, *others = function.variables
        for sign in (1, -1):
            yield {first: scalars[first], **{name: multiply(sign, scalars[first]) for name in others}}, first
    if len(function.variables) <= _MOST_CROSSED:
        for first, second in combinations(function.variables, 2):
            for slope in _SLOPES:
                yield {**zeros, first: scalars[first], second: multiply(slope, scalars[first])}, first


def _on(expression: Expression, coordinates: Mapping[str, Expression]) -> Expression:
    def change(node: Expression) -> Expression:
        return coordinates[node.tensor.name] if isinstance(node, Element) else rebuild(node, change)

    return change(expression)


def simplified(expression: Expression) -> Expression:
    """Multiplied out, where SymPy can express it; else as it stands."""
    import sympy

    try:
        written = to_sympy(expression)
        if written.is_polynomial():
            return from_sympy(sympy.expand(written), {tensor.name: tensor for tensor in expression.tensors})
    except ProgramError:
        pass
    return expression


def unboundedness(function: ScalarFunction) -> tuple[Unbounded, ...]:
    """Where the function was found to have no lower bound, and where no upper bound; () says only that none was found.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> f = function_of_program(read_function("(1-x^3) + 100*(y^2-x)^2"))
    >>> print(unboundedness(f)[0])
    falls without bound along x = y^2: there it is 1 - y^6, as y → ±∞
    """
    curves = list(candidate_curves(function))
    found = []
    for side, sign in (("below", -1), ("above", 1)):
        evidence = (_evidence(curve, side, sign) for curve in curves)
        found.append(next((one for one in evidence if one is not None), None))
    return tuple(one for one in found if one is not None)


def _evidence(curve: Curve, side: str, sign: int) -> Unbounded | None:
    import sympy

    try:
        written = to_sympy(curve.along)
    except ProgramError:
        return None
    if written.is_polynomial(symbol(curve.parameter)):
        polynomial = sympy.Poly(written, symbol(curve.parameter))
        if polynomial.degree() < 1:
            return None
        right = sign * polynomial.LC() > 0
        left = right if polynomial.degree() % 2 == 0 else not right
        toward = {(True, True): "±", (True, False): "+", (False, True): "-"}.get((bool(right), bool(left)))
        return None if toward is None else Unbounded(side, curve, toward, True)
    for toward, way in (("+", 1), ("-", -1)):
        values = _values_far_out(curve, way)
        if values and all(sign * later > 1.5 * max(sign * earlier, 1) for earlier, later in pairwise(values)):
            return Unbounded(side, curve, toward, False)
    return None


def _values_far_out(curve: Curve, way: int) -> list[Any]:
    arithmetic = mpmath_arithmetic(30)
    try:
        return [evaluate_expression(curve.along, {curve.parameter: Fraction(way * t)}, arithmetic) for t in _FAR]
    except (EvaluationError, OverflowError):
        return []
