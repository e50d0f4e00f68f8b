"""Where a gradient vanishes: exactly by elimination for small polynomial systems, else by Newton from many starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import mpmath
import numpy as np
import sympy

from chalkgrad.descent.algebra import from_sympy, symbol, to_sympy
from chalkgrad.descent.classification import DIGITS
from chalkgrad.descent.function import Floats, ScalarFunction
from chalkgrad.descent.identities import vanishes_exactly
from chalkgrad.errors import EvaluationError, ProgramError
from chalkgrad.language import PI, Element, Expression, call, mpmath_arithmetic, multiply, number, rebuild

MOST_SOLUTIONS = 27  # by Bézout's bound; elimination in larger systems may take minutes
MOST_VARIABLES = 3
RESIDUAL = 1e-40
_SETTLED = 1e-25  # a small gradient alone is not enough: far out in a Gaussian it is small everywhere
_NEARER = (0.3, 0.1)  # shares of the window
_STARTS_ACROSS, _RANDOM_STARTS, _NEWTON_STEPS = 30, 1500, 60
MOST_POINTS = 60


@dataclass(frozen=True)
class Root:
    """A place where the gradient vanishes: its numbers to 60 digits, the greatest partial there, its closed form.

    `exact` has an expression for each variable where all have one, of which algebra showed that the gradient is zero.
    """

    numbers: tuple[Any, ...]
    residual: float
    exact: tuple[Expression, ...] | None


@dataclass(frozen=True)
class Elimination:
    """All zeros of a polynomial gradient: the isolated ones, and expressions each of whose zeros is a zero too."""

    roots: tuple[Root, ...]
    families: tuple[Expression, ...] = ()


def roots_by_elimination(function: ScalarFunction) -> Elimination | None:
    """All real zeros of a polynomial gradient, by Gröbner bases; None where it is not polynomial or too large.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> f = function_of_program(read_function("(1-x^3) + 100*(y^2-x)^2"))
    >>> [[str(entry) for entry in root.exact] for root in roots_by_elimination(f).roots]
    [['0', '0'], ['200/3', '0']]
    >>> circle = function_of_program(read_function("(x^2 + y^2 - 1)^2"))
    >>> list(map(str, roots_by_elimination(circle).families))
    ['-1 + x^2 + y^2']
    """
    symbols = [symbol(name) for name in function.variables]
    try:
        written = [to_sympy(partial) for partial in function.gradient]
    except ProgramError:
        return None
    if len(symbols) > MOST_VARIABLES or not all(one.is_polynomial(*symbols) for one in written):
        return None
    families: list[Any] = []
    if len(symbols) > 1:
        common = sympy.gcd_list(written)
        families = [factor for factor, _ in sympy.factor_list(common)[1]] if common.free_symbols else []
        if not all(_changes_sign(factor) for factor in families):
            return None
        written = [sympy.cancel(one / common) for one in written] if families else written
    polynomials = [sympy.Poly(one, *symbols) for one in written]
    if not all(entry.is_Rational for one in polynomials for entry in one.coeffs()):
        return None
    scalars = {tensor.name: tensor for tensor in function.tensors}
    expressions = tuple(from_sympy(factor, scalars) for factor in families)
    degrees = [one.total_degree() for one in polynomials]
    if any(degree == 0 for degree in degrees):
        return Elimination((), expressions)
    if any(degree < 0 for degree in degrees) or prod(degrees) > MOST_SOLUTIONS:
        return None
    candidates = []
    for place in range(len(symbols)):
        order = [*symbols[:place], *symbols[place + 1 :], symbols[place]]
        basis = sympy.groebner(written, *order, order="lex")
        if basis.exprs == [1]:
            return Elimination((), expressions)
        eliminant = basis.exprs[-1]
        if not basis.is_zero_dimensional or eliminant.free_symbols != {symbols[place]}:
            return None
        candidates.append(list(dict.fromkeys(sympy.real_roots(sympy.Poly(eliminant, symbols[place])))))
    return Elimination(tuple(_combined(function, candidates)), expressions)


def _changes_sign(factor: Any) -> bool:
    """Whether a polynomial takes both signs, so that its zeros fill a curve or a surface."""
    compute = sympy.lambdify(sorted(factor.free_symbols, key=str), factor, "numpy")
    width = len(factor.free_symbols)
    points = np.concatenate([np.random.default_rng(0).normal(size=(width, 2000)) * size for size in (0.3, 3, 30)], 1)
    values = compute(*points)
    return bool((values > 0).any() and (values < 0).any())


def _combined(function: ScalarFunction, candidates: list[list[Any]]) -> list[Root]:
    """The combinations of the coordinates at which all partials vanish."""
    arithmetic = mpmath_arithmetic(DIGITS)
    numbers = {entry: arithmetic.number(str(entry.evalf(DIGITS + 5))) for row in candidates for entry in row}
    roots = []
    for entries in product(*candidates):
        place = tuple(numbers[entry] for entry in entries)
        residual = _residual(function, place)
        if residual is not None and residual <= RESIDUAL:
            try:
                exact = tuple(from_sympy(entry, {}) for entry in entries)
            except ProgramError:  # the root of a polynomial, which has no closed form in the language
                exact = None
            if exact is not None and not _vanishes(function, exact):
                exact = None
            roots.append(Root(place, residual, exact))
    return roots


def _residual(function: ScalarFunction, place: Sequence[Any]) -> float | None:
    """The greatest partial at a place, relative to the size of its terms there."""
    arithmetic = mpmath_arithmetic(DIGITS)
    try:
        slopes = function.gradient_at(place, arithmetic)
    except EvaluationError:
        return None
    size = 1 + max(abs(entry) for entry in place)
    return float(max(abs(slope) for slope in slopes) / size)


def _vanishes(function: ScalarFunction, exact: Sequence[Expression]) -> bool:
    values = dict(zip(function.variables, exact, strict=True))
    return all(vanishes_exactly(at(partial, values)) for partial in function.gradient)


def at(expression: Expression, values: Mapping[str, Expression]) -> Expression:
    """The expression with expressions for its variables.

    >>> from chalkgrad.language import Tensor
    >>> str(at(Tensor("x")[()] ** 2 + 1, {"x": number(3)}))
    '10'
    """

    def change(node: Expression) -> Expression:
        return values[node.tensor.name] if isinstance(node, Element) else rebuild(node, change)

    return change(expression)


def roots_by_newton(function: ScalarFunction, window: Sequence[tuple[float, float]], seed: int = 0) -> list[Root]:
    """Zeros of the gradient in the window, one (low, high) for each variable, by Newton's method from many starts.

    Each is refined to 60 digits and kept if the gradient vanishes to 40. Those found may not be all.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> roots = roots_by_newton(function_of_program(read_function("sin(x)")), [(0, 6)])
    >>> [str(root.exact[0]) for root in roots]
    ['pi/2', '3*pi/2']
    """
    low, high = np.array(window, dtype=np.float64).T
    points = _starts(low, high, seed)
    for _ in range(_NEWTON_STEPS):
        points = _newton_step(function, points, high - low)
    slopes = function.gradient_at_points(points)
    scale = 1 + np.abs(function.hessian_at_points(points)).max(axis=(1, 2))
    inside = (points >= low - 1e-9).all(axis=1) & (points <= high + 1e-9).all(axis=1)
    moves = np.abs(_newton_step(function, points, high - low) - points).max(axis=1)
    kept = inside & (moves <= 1e-3 * (high - low).min()) & (np.abs(slopes).max(axis=1) <= 1e-8 * scale)
    # Those that move least first: far out, where a function flattens, there is no end of places that hardly move.
    found = points[kept][np.argsort(moves[kept], kind="stable")]
    roots: list[Root] = []
    for point in _clustered(found, float((high - low).max()) * 1e-4)[:MOST_POINTS]:
        root = _refined(function, point)
        if root is not None and not any(_distance(root, other) < 1e-12 for other in roots):
            roots.append(root)
    return sorted(roots, key=lambda root: tuple(map(float, root.numbers)))


def _starts(low: Floats, high: Floats, seed: int) -> Floats:
    """Starts all over the window, and closer together near zero, or its middle, where most formulas have shape."""
    generator = np.random.default_rng(seed)
    centre = np.clip(np.where((low < 0) & (high > 0), 0.0, (low + high) / 2), low, high)
    windows = [(low, high)] + [(centre + (low - centre) * share, centre + (high - centre) * share) for share in _NEARER]
    if len(low) <= 2:
        across = [_STARTS_ACROSS] + [_STARTS_ACROSS // 2] * len(_NEARER)
        return np.concatenate([_regular(a, b, count, generator) for (a, b), count in zip(windows, across, strict=True)])
    return np.concatenate([generator.uniform(a, b, (_RANDOM_STARTS, len(low))) for a, b in windows])


def _regular(low: Floats, high: Floats, across: int, generator: np.random.Generator) -> Floats:
    grids = np.meshgrid(*(np.linspace(a, b, across) for a, b in zip(low, high, strict=True)))
    points = np.stack([grid.ravel() for grid in grids], axis=1)
    return points + generator.uniform(-1, 1, points.shape) * (high - low) * 1e-3


def _newton_step(function: ScalarFunction, points: Floats, widths: Floats) -> Floats:
    """One step from each point, at most half a window long; points that leave the domain stay where they are."""
    slopes, hessians = function.gradient_at_points(points), function.hessian_at_points(points)
    usable = np.isfinite(slopes).all(axis=1) & np.isfinite(hessians).all(axis=(1, 2))
    steps = np.zeros_like(points)
    if usable.any():
        inverses = np.linalg.pinv(hessians[usable], rcond=1e-13, hermitian=True)
        steps[usable] = np.einsum("nij,nj->ni", inverses, slopes[usable])
    with np.errstate(all="ignore"):
        too_long = np.abs(steps / (widths / 2)).max(axis=1)
    shortened: Floats = steps / np.maximum(too_long, 1)[:, None]
    return points - shortened


def _clustered(points: Floats, radius: float) -> list[Floats]:
    chosen: list[Floats] = []
    for point in points:
        if len(chosen) > 4 * MOST_POINTS:
            break
        if all(np.abs(point - other).max() > radius for other in chosen):
            chosen.append(point)
    middle = points.mean(axis=0) if len(points) else 0
    return sorted(chosen, key=lambda point: float(np.abs(point - middle).max()))


def _distance(one: Root, other: Root) -> float:
    return max(abs(float(a - b)) for a, b in zip(one.numbers, other.numbers, strict=True))


def _refined(function: ScalarFunction, start: Floats) -> Root | None:
    """The zero near a start, to 60 digits: Newton's steps, by least squares where the Hessian is singular."""
    arithmetic = mpmath_arithmetic(DIGITS)
    place = [arithmetic.number(float(entry)) for entry in start]
    recognised = _recognised(function, place)
    if recognised is not None:
        return recognised
    with mpmath.workdps(DIGITS):
        try:
            for _ in range(300):
                slope = mpmath.matrix(list(function.gradient_at(place, arithmetic)))
                if not any(slope):
                    break
                hessian = mpmath.matrix([list(row) for row in function.hessian_at(place, arithmetic)])
                step = mpmath.lu_solve(hessian, slope)
                place = [arithmetic.number(entry - step[k]) for k, entry in enumerate(place)]
                if mpmath.norm(step, mpmath.inf) <= _SETTLED:
                    break
                if max(abs(float(a) - b) for a, b in zip(place, start, strict=True)) > 1:
                    return None
            else:
                return None
        except (EvaluationError, ZeroDivisionError):
            return None
    place = [arithmetic.number(0) if abs(entry) < RESIDUAL else entry for entry in place]
    residual = _residual(function, place)
    if residual is None or residual > RESIDUAL:
        return None
    return _recognised(function, place) or Root(tuple(place), residual, None)


def _recognised(function: ScalarFunction, place: Sequence[Any]) -> Root | None:
    """The root in closed form, if simple fractions, multiples of π, or roots of fractions lie very near and are one."""
    exact: list[Expression] = []
    for entry in map(float, place):
        near = Fraction(entry).limit_denominator(60)
        turns = Fraction(entry / float(np.pi)).limit_denominator(12)
        square = Fraction(entry**2).limit_denominator(60)
        if abs(near - Fraction(entry)) < 1e-6:
            exact.append(number(near))
        elif abs(float(turns) * np.pi - entry) < 1e-6:
            exact.append(multiply(number(turns), PI))
        elif abs(float(square) - entry**2) < 1e-6:
            exact.append(multiply(1 if entry > 0 else -1, call("sqrt", number(square))))
        else:
            return None
    if not _vanishes(function, exact):
        return None
    arithmetic = mpmath_arithmetic(DIGITS)
    numbers = tuple(arithmetic.number(str(to_sympy(entry).evalf(DIGITS + 5))) for entry in exact)
    residual = _residual(function, numbers)
    return None if residual is None else Root(numbers, residual, tuple(exact))
