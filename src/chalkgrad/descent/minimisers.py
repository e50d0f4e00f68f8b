"""Methods that choose their own step: Newton's, damped Newton, BFGS and L-BFGS (SciPy), and descent with a line search.

Each gives the same kind of path as gradient descent, so that they can be drawn and compared together.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from chalkgrad.descent.diagnosis import Stop, doing, stop_of
from chalkgrad.descent.function import Floats, Point, ScalarFunction
from chalkgrad.descent.paths import MOST_STEPS, DescentPath
from chalkgrad.errors import ChalkgradError, UnknownNameError

_SUFFICIENT, _CURVATURE = 1e-4, 0.9  # Nocedal and Wright's usual constants of the two Wolfe conditions
_HALVINGS = 60


@dataclass(frozen=True)
class Minimiser:
    """A row: the name, how it is called in full, where it comes from, and its steps.

    `track` goes from the function, the start, the most steps and the tolerance to all points, (steps + 1, variables).
    """

    name: str
    title: str
    source: str
    track: Callable[[ScalarFunction, Floats, int, float], Floats]


def minimise(
    function: ScalarFunction,
    start: Point,
    method: str = "bfgs",
    *,
    steps: int = 200,
    tolerance: float = 1e-8,
    window: Sequence[tuple[float, float]] | None = None,
) -> DescentPath:
    """Goes down from a start by a method of `MINIMISERS` until the gradient is shorter than the tolerance.

    Raises `UnknownNameError` for a method, `ChalkgradError` for a number of steps, `ShapeError` for a start.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> path = minimise(function_of_program(read_function("(1-x)^2 + 100*(y-x^2)^2")), [-1, 1], "damped newton")
    >>> path.stop.value, [round(number, 6) for number in path.end.values()]
    ('converged', [1.0, 1.0])
    """
    name = " ".join(method.lower().replace("-", " ").replace("_", " ").split())
    if name not in MINIMISERS:
        raise UnknownNameError("method", method, MINIMISERS)
    if not 0 <= steps <= MOST_STEPS:
        raise ChalkgradError(f"the number of steps is from 0 to {MOST_STEPS}, not {steps}")
    row = MINIMISERS[name]
    place = np.array([float(number) for number in function.coordinates(start).values()])
    with np.errstate(all="ignore"):  # a run that diverges overflows, and is told so
        points = row.track(function, place, steps, tolerance)
        values, slopes = function.at_points(points), np.linalg.norm(function.gradient_at_points(points), axis=1)
    stop, last = stop_of(points, values, slopes, steps, tolerance, window)
    if stop is Stop.MAX_STEPS and last < steps:
        stop = Stop.STUCK
    points, values, slopes = points[: last + 1], values[: last + 1], slopes[: last + 1]
    said = doing(function, points, values, slopes, stop)
    return DescentPath(function, row.name, row.title, {}, points, values, slopes, stop, said[0].upper() + said[1:])


def _value(function: ScalarFunction, point: Floats) -> float:
    return float(function.at_points(point[None, :])[0])


def _gradient(function: ScalarFunction, point: Floats) -> Floats:
    slope: Floats = function.gradient_at_points(point[None, :])[0]
    return slope


def _stepping(
    function: ScalarFunction,
    start: Floats,
    steps: int,
    tolerance: float,
    next_point: Callable[[Floats, Floats], Floats | None],
) -> Floats:
    """The points of a method that goes from a point and its gradient to the next, or None where it is stuck."""
    points = [start]
    for _ in range(steps):
        slope = _gradient(function, points[-1])
        if not np.linalg.norm(slope) > tolerance or not np.isfinite(points[-1]).all():
            break
        following = next_point(points[-1], slope)
        if following is None:
            break
        points.append(following)
    return np.array(points)


def _newton(function: ScalarFunction, start: Floats, steps: int, tolerance: float) -> Floats:
    """Newton's steps as they are: they go to any stationary point, also to a saddle or a maximum."""

    def following(point: Floats, slope: Floats) -> Floats | None:
        hessian = function.hessian_at_points(point[None, :])[0]
        if not np.isfinite(hessian).all():
            return None
        step: Floats = np.linalg.lstsq(hessian, slope, rcond=None)[0]
        return point - step

    return _stepping(function, start, steps, tolerance, following)


def _damped_newton(function: ScalarFunction, start: Floats, steps: int, tolerance: float) -> Floats:
    """Newton's steps with the Hessian made positive definite and the step halved until f falls enough."""

    def following(point: Floats, slope: Floats) -> Floats | None:
        hessian = function.hessian_at_points(point[None, :])[0]
        if not np.isfinite(hessian).all():
            return None
        eigenvalues, vectors = np.linalg.eigh(hessian)
        least = 1e-8 * max(1.0, float(np.abs(eigenvalues).max()))
        direction = -vectors @ ((vectors.T @ slope) / np.maximum(np.abs(eigenvalues), least))
        return _armijo(function, point, slope, direction, 1.0)

    return _stepping(function, start, steps, tolerance, following)


def _armijo(function: ScalarFunction, point: Floats, slope: Floats, direction: Floats, first: float) -> Floats | None:
    """The first of ever halved steps that lowers f by enough (Armijo, 1966); None where none does."""
    here, expected = _value(function, point), float(slope @ direction)
    length = first
    for _ in range(_HALVINGS):
        candidate = point + length * direction
        value = _value(function, candidate)
        if np.isfinite(value) and value <= here + _SUFFICIENT * length * expected and (candidate != point).any():
            return candidate
        length /= 2
    return None


def _descent_armijo(function: ScalarFunction, start: Floats, steps: int, tolerance: float) -> Floats:
    """Steepest descent; each search begins with twice the step that was taken last."""
    taken = 1.0

    def following(point: Floats, slope: Floats) -> Floats | None:
        nonlocal taken
        found = _armijo(function, point, slope, -slope, 2 * taken)
        if found is not None:
            taken = float(np.linalg.norm(found - point) / np.linalg.norm(slope))
        return found

    return _stepping(function, start, steps, tolerance, following)


def _descent_wolfe(function: ScalarFunction, start: Floats, steps: int, tolerance: float) -> Floats:
    """Steepest descent with SciPy's search for a step that meets both of Wolfe's conditions."""
    from scipy.optimize import line_search

    def following(point: Floats, slope: Floats) -> Floats | None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that no step was found is told by None
            length = line_search(
                lambda p: _value(function, p), lambda p: _gradient(function, p), point, -slope, slope,
                c1=_SUFFICIENT, c2=_CURVATURE,
            )[0]  # fmt: skip
        return _armijo(function, point, slope, -slope, 1.0) if length is None else point - length * slope

    return _stepping(function, start, steps, tolerance, following)


def _by_scipy(name: str) -> Callable[[ScalarFunction, Floats, int, float], Floats]:
    def track(function: ScalarFunction, start: Floats, steps: int, tolerance: float) -> Floats:
        from scipy.optimize import minimize

        points = [start]
        if steps == 0 or not np.isfinite(_gradient(function, start)).all():
            return np.array(points)
        options = {"maxiter": steps, "gtol": tolerance / np.sqrt(len(start))}
        if name == "L-BFGS-B":
            options |= {"ftol": 0.0}
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # trouble is told by where the path ends
            minimize(
                lambda p: _value(function, p), start, jac=lambda p: _gradient(function, p), method=name,
                callback=lambda p: points.append(np.array(p)), options=options,
            )  # fmt: skip
        return np.array(points)

    return track


_ROWS = (
    Minimiser("newton", "Newton's method", "Newton, 1669; Raphson, 1690", _newton),
    Minimiser(
        "damped newton",
        "damped Newton",
        "Nocedal and Wright, Numerical optimization, 2006, section 3.4",
        _damped_newton,
    ),
    Minimiser("bfgs", "BFGS", "Broyden, Fletcher, Goldfarb and Shanno, 1970, as SciPy has it", _by_scipy("BFGS")),
    Minimiser("l bfgs", "L-BFGS", "Liu and Nocedal, 1989, as SciPy has it", _by_scipy("L-BFGS-B")),
    Minimiser("armijo", "gradient descent, Armijo search", "Armijo, 1966", _descent_armijo),
    Minimiser("wolfe", "gradient descent, Wolfe search", "Wolfe, 1969, as SciPy has it", _descent_wolfe),
)
MINIMISERS: dict[str, Minimiser] = {row.name: row for row in _ROWS}
