"""What kind of stationary point it is: by the Hessian, and where that is singular by what f does along its null space.

In the null space of the Hessian f is followed along the curve (or surface) on which the other directions are settled:
by the splitting lemma (Gromoll and Meyer, 1969) its behaviour there decides.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath

from chalkgrad.descent.function import ScalarFunction
from chalkgrad.errors import EvaluationError
from chalkgrad.language import mpmath_arithmetic

DIGITS = 60
_NULL = 1e-12  # an eigenvalue is taken for 0 below this, relative to the greatest
_RADII = (1e-2, 1e-3)
_DIRECTIONS = 96
_ROUNDING = 1e-42  # differences of f below this, relative to f, are rounding of 60 digits
_NEWTON_STEPS = 30

Vector = list[Any]


@dataclass(frozen=True)
class Kind:
    """What a stationary point is, and how that was found out.

    `name` is "minimum", "maximum", "saddle", "inflection" (of one variable), "flat" or "undecided". It is `degenerate`
    where the Hessian is singular, and `strict` where f takes the value nowhere else nearby, as far as was seen.
    `valleys` counts the separate directions in which f falls, where it was followed around a circle.
    """

    name: str
    degenerate: bool
    strict: bool
    eigenvalues: tuple[float, ...]
    reason: str
    valleys: int | None = None


def classify(function: ScalarFunction, point: Sequence[Any]) -> Kind:
    """What kind of stationary point lies at `point`, given to as many digits as are known (60 are used).

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> f = function_of_program(read_function("(1-x^3) + 100*(y^2-x)^2"))
    >>> classify(f, [0, 0]).name, classify(f, [0, 0]).degenerate
    ('saddle', True)
    >>> classify(function_of_program(read_function("x^3 - 3*x*y^2")), [0, 0]).valleys
    3
    """
    arithmetic = mpmath_arithmetic(DIGITS)
    place = [arithmetic.number(number) for number in point]
    try:
        rows = function.hessian_at(place, arithmetic)
    except EvaluationError as problem:
        return Kind("undecided", True, False, (), f"the Hessian has no value there: {problem}")
    with mpmath.workdps(DIGITS):
        values, vectors = mpmath.eigsy(mpmath.matrix([[mpmath.mpf(entry) for entry in row] for row in rows]))
        size = len(place)
        eigenvalues = [values[k] for k in range(size)]
        columns = [[vectors[i, k] for i in range(size)] for k in range(size)]
        largest = max(abs(value) for value in eigenvalues)
        null = [k for k in range(size) if abs(eigenvalues[k]) <= _NULL * largest]
        shown = tuple(0.0 if k in null else float(eigenvalues[k]) for k in range(size))
        signs = {1 if eigenvalues[k] > 0 else -1 for k in range(size) if k not in null}
        text = _listed(shown)
        if signs == {1, -1}:
            return Kind("saddle", bool(null), False, shown, f"the Hessian has eigenvalues of both signs: {text}")
        if not null:
            name = "minimum" if signs == {1} else "maximum"
            sign = "positive" if signs == {1} else "negative"
            return Kind(name, False, True, shown, f"all eigenvalues of the Hessian are {sign}: {text}")
        others = [columns[k] for k in range(size) if k not in null]
        landscape = _Landscape(function, place, [columns[k] for k in null], others)
        return _by_null_space(landscape, signs, shown)


def _listed(numbers: Sequence[float]) -> str:
    return " and ".join(f"{number:.6g}" for number in numbers)


@dataclass(frozen=True)
class _Landscape:
    """f near a point, as a function of where one is in the null space of the Hessian."""

    function: ScalarFunction
    point: Vector
    null: list[Vector]
    others: list[Vector]

    def rise(self, steps: Sequence[Any]) -> Any:
        """f less its value at the point, a step in the null space away, the other directions being settled.

        None where f has no value or the other directions do not settle.
        """
        arithmetic = mpmath_arithmetic(DIGITS)
        base = self._moved(self.point, self.null, steps)
        aside: Vector = [arithmetic.number(0)] * len(self.others)
        try:
            for _ in range(_NEWTON_STEPS if self.others else 0):
                place = self._moved(base, self.others, aside)
                slope = self.function.gradient_at(place, arithmetic)
                hessian = self.function.hessian_at(place, arithmetic)
                change = mpmath.lu_solve(
                    mpmath.matrix([[_form(hessian, one, other) for other in self.others] for one in self.others]),
                    mpmath.matrix([_dot(slope, one) for one in self.others]),
                )
                aside = [a - change[k] for k, a in enumerate(aside)]
                if max(abs(entry) for entry in change) <= mpmath.mpf(10) ** (5 - DIGITS):
                    break
            value = self.function.value(self._moved(base, self.others, aside), arithmetic)
            reference = self.function.value(self.point, arithmetic)
        except (EvaluationError, ZeroDivisionError):
            return None
        difference = value - reference
        return mpmath.mpf(0) if abs(difference) <= _ROUNDING * (1 + abs(reference)) else difference

    @staticmethod
    def _moved(start: Vector, directions: list[Vector], steps: Sequence[Any]) -> Vector:
        return [
            number + sum((step * direction[i] for step, direction in zip(steps, directions, strict=True)), 0)
            for i, number in enumerate(start)
        ]


def _dot(one: Sequence[Any], other: Sequence[Any]) -> Any:
    return mpmath.fdot(list(one), list(other))


def _form(matrix: Sequence[Sequence[Any]], one: Vector, other: Vector) -> Any:
    return _dot(one, [_dot(row, other) for row in matrix])


def _by_null_space(landscape: _Landscape, signs: set[int], shown: tuple[float, ...]) -> Kind:
    text = f"the Hessian is singular (eigenvalues {_listed(shown)}) and decides nothing"
    valleys: int | None = None
    if len(landscape.null) == 1:
        rises = [(step, landscape.rise([mpmath.mpf(step)])) for radius in _RADII for step in (radius, -radius)]
        where = "to the two sides along its null direction"
    else:
        rises = [(_RADII[-1], rise) for rise in _around(landscape)]
        where = f"{_RADII[-1]:g} away in {len(rises)} directions of its null space"
        if len(landscape.null) == 2:
            valleys = _valleys([rise for _, rise in rises])
    if any(rise is None for _, rise in rises):
        return Kind("undecided", True, False, shown, f"{text}; f could not be followed nearby")
    near = [rise for step, rise in rises if abs(step) == _RADII[-1]]
    lowest, highest = min(near), max(near)
    seen = f"{text}; {where} f changes by {float(lowest):.3g} to {float(highest):.3g}"
    if lowest < 0 < highest and not signs and len(landscape.point) == 1:
        return Kind("inflection", True, False, shown, seen)
    if (lowest < 0 < highest) or (lowest < 0 and 1 in signs) or (highest > 0 and -1 in signs):
        return Kind("saddle", True, False, shown, seen, valleys)
    if lowest == highest == 0:
        name = {1: "minimum", -1: "maximum"}.get(next(iter(signs), 0), "flat")
        return Kind(name, True, False, shown, f"{text}; {where} f does not change at all")
    return Kind("minimum" if highest > 0 else "maximum", True, lowest * highest > 0, shown, seen)


def _around(landscape: _Landscape) -> list[Any]:
    """The rise in many directions of the null space, with the lowest and the highest sharpened."""
    radius = mpmath.mpf(_RADII[-1])
    if len(landscape.null) > 2:
        return [landscape.rise([radius * entry for entry in d]) for d in _directions(len(landscape.null))]

    def at(angle: Any) -> Any:
        return landscape.rise([radius * mpmath.cos(angle), radius * mpmath.sin(angle)])

    step = 2 * mpmath.pi / _DIRECTIONS
    rises = [at(k * step) for k in range(_DIRECTIONS)]
    if any(rise is None for rise in rises):
        return rises
    for sign in (1, -1):
        best = min(range(_DIRECTIONS), key=lambda k: sign * rises[k])
        rises[best] = _sharpened(at, (best - 1) * step, (best + 1) * step, sign)
    return rises


def _sharpened(at: Callable[[Any], Any], low: Any, high: Any, sign: int) -> Any:
    """The least value between two angles (of `sign` times the rise), by cutting off thirds."""
    for _ in range(25):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        one, other = at(left), at(right)
        if one is None or other is None:
            return None
        low, high = (low, right) if sign * one < sign * other else (left, high)
    return at((low + high) / 2)


def _directions(dimension: int) -> Iterator[list[float]]:
    """Unit vectors: the axes and diagonals between two of them, both ways, then random ones."""
    generator = random.Random(0)
    for i in range(dimension):
        for j in range(i, dimension):
            for sign in (1, -1):
                vector = [0.0] * dimension
                vector[i], vector[j] = 1.0, float(sign)
                norm = math.hypot(*vector)
                yield from ([entry / norm for entry in vector], [-entry / norm for entry in vector])
    for _ in range(_DIRECTIONS):
        vector = [generator.gauss(0, 1) for _ in range(dimension)]
        norm = math.hypot(*vector)
        yield [entry / norm for entry in vector]


def _valleys(rises: Sequence[Any]) -> int | None:
    """How many separate arcs of the circle lie below."""
    if any(rise is None for rise in rises):
        return None
    below = [rise < 0 for rise in rises]
    return sum(1 for k, here in enumerate(below) if here and not below[k - 1])
