"""Why a descent stopped, and what it did on the way: named, and held against the largest stable rate 2/L."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

import numpy as np

from chalkgrad.descent.function import Floats, ScalarFunction, domain_problem
from chalkgrad.networks import Optimiser

_FAR = 1e8  # this many times farther out than the start, or higher, is divergence
_RECENT = 20
_FOLLOWED = 2000  # the steps among which a steeper place is looked for


class Stop(Enum):
    """Why a run ended."""

    MAX_STEPS = "max steps"
    CONVERGED = "converged"
    DIVERGED = "diverged"
    UNDEFINED = "undefined"
    LEFT_WINDOW = "left the window"
    STUCK = "stuck"


def stop_of(
    points: Floats,
    values: Floats,
    slopes: Floats,
    steps: int,
    tolerance: float,
    window: Sequence[tuple[float, float]] | None,
) -> tuple[Stop, int]:
    """Why a run with these points (steps + 1, variables) ended, and at which of them.

    >>> points = np.array([[1.0], [0.5], [0.0]])
    >>> stop_of(points, points[:, 0] ** 2, 2 * points[:, 0], 9, 1e-8, None)
    (<Stop.CONVERGED: 'converged'>, 2)
    """
    size = 1 + float(np.abs(points[0]).max())
    outside = np.zeros(len(points), dtype=bool)
    if window is not None:
        low, high = np.array(window, dtype=np.float64).T
        outside = ((points < low) | (points > high)).any(axis=1)
        outside[0] = False
    with np.errstate(all="ignore"):
        infinite = np.isinf(points).any(axis=1) | np.isinf(values) | np.isinf(slopes)
        far = (np.abs(points).max(axis=1) > _FAR * size) | (np.abs(values) > _FAR**4)
        undefined = np.isnan(points).any(axis=1) | np.isnan(values) | np.isnan(slopes)
    reasons = (
        (Stop.CONVERGED, slopes <= tolerance),
        (Stop.LEFT_WINDOW, outside & np.isfinite(points).all(axis=1)),
        (Stop.DIVERGED, infinite | far),
        (Stop.UNDEFINED, undefined & ~infinite),
    )
    ends = [(int(np.argmax(held)), stop) for stop, held in reasons if held.any()]
    if not ends:
        return Stop.MAX_STEPS, len(points) - 1
    last = min(place for place, _ in ends)
    return next(stop for place, stop in ends if place == last), last


def curvature(function: ScalarFunction, point: Floats) -> float:
    """L, the greatest absolute eigenvalue of the Hessian at a point; NaN where it has none.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> curvature(function_of_program(read_function("x^2 + 50*y^2")), np.array([1.0, 1.0]))
    100.0
    """
    hessian = function.hessian_at_points(point[None, :])[0]
    return float(np.abs(np.linalg.eigvalsh(hessian)).max()) if np.isfinite(hessian).all() else float("nan")


def largest_stable_rate(row: Optimiser, settings: Mapping[str, float], largest_eigenvalue: float) -> float | None:
    """The rate above which a method cannot settle in a valley of that curvature; None where there is no such bound.

    2/L for gradient descent, 2(1 + α)/L for momentum (Polyak, 1964), and 2(1 + α)/((1 + 2α) L) for Nesterov's: the
    rates at which the linear recursion on a parabola reaches the eigenvalue -1.
    """
    momentum = settings.get("momentum", 0.0)
    factors = {"sgd": 2.0, "momentum": 2 * (1 + momentum), "nesterov": 2 * (1 + momentum) / (1 + 2 * momentum)}
    return factors[row.name] / largest_eigenvalue if row.name in factors and largest_eigenvalue > 0 else None


def oscillates(points: Floats) -> bool:
    """Whether the last steps turn back again and again: each goes against the one before."""
    moves = np.diff(points[-_RECENT:], axis=0)
    if len(moves) < 4 or not np.isfinite(moves).all():
        return False
    turns = (moves[1:] * moves[:-1]).sum(axis=1) < 0
    return bool(turns.mean() >= 0.75)


def stagnates(values: Floats) -> bool:
    """Whether the value hardly changes any more: neither beside all that it has changed, nor beside itself."""
    recent = values[-5 * _RECENT :]
    if len(recent) < 5 * _RECENT or not np.isfinite(recent).all():
        return False
    change = abs(recent[-1] - recent[0])
    return bool(change <= 1e-4 * (abs(values[0] - values[-1]) + 1e-12) and change <= 1e-3 * abs(recent[0]) + 1e-12)


def doing_without_end(points: Floats, values: Floats) -> str:
    """What a run does whose steps are over, in few words.

    >>> doing_without_end(np.array([[4.0], [3.0], [2.0]]), np.array([16.0, 9.0, 4.0]))
    'still on its way'
    """
    if oscillates(points):
        return "oscillates"
    return "stagnates" if stagnates(values) else "still on its way"


def explain(
    function: ScalarFunction,
    row: Optimiser,
    settings: Mapping[str, float],
    points: Floats,
    values: Floats,
    slopes: Floats,
    stop: Stop,
) -> str:
    """One sentence about a run: what it did, and how its rate compares with the largest stable one at the start."""
    done = doing(function, points, values, slopes, stop)
    rate, steepest = settings["rate"], curvature(function, points[0])
    bound = largest_stable_rate(row, settings, steepest)
    if bound is None:
        return done[0].upper() + done[1:] if done else done
    name = {"sgd": "2/L", "momentum": "2(1 + α)/L", "nesterov": "2(1 + α)/((1 + 2α)L)"}[row.name]
    relation = "exceeds" if rate > bound else "is below"
    told = f"rate {rate:g} {relation} {name} = {bound:.6g} at the start (L = {steepest:g}): {done}"
    if rate <= bound and (stop is Stop.DIVERGED or oscillates(points)):
        told += _steeper(function, row, settings, points, name)
    return told


def _steeper(function: ScalarFunction, row: Optimiser, settings: Mapping[str, float], points: Floats, name: str) -> str:
    """Where on its way a run first met a curvature for which its rate is too great; empty where it did not."""
    rows = points[:_FOLLOWED]
    with np.errstate(all="ignore"):
        hessians = function.hessian_at_points(rows)
    for step, hessian in enumerate(hessians):
        if not np.isfinite(hessian).all():
            return ""
        steepest = float(np.abs(np.linalg.eigvalsh(hessian)).max())
        bound = largest_stable_rate(row, settings, steepest)
        if bound is not None and settings["rate"] > bound:
            return f"; it exceeds {name} = {bound:.6g} at step {step}, where L = {steepest:g}"
    return ""


def doing(function: ScalarFunction, points: Floats, values: Floats, slopes: Floats, stop: Stop) -> str:
    """What a run did, as the end of a sentence: "it converges in 12 steps, …"."""
    steps = len(points) - 1
    made = f"{steps} step" if steps == 1 else f"{steps} steps"
    match stop:
        case Stop.CONVERGED:
            return f"it converges in {made}, to a gradient of length {slopes[-1]:.2g}"
        case Stop.LEFT_WINDOW:
            return f"it leaves the window at step {steps}, where {function.name} is {values[-1]:.4g}"
        case Stop.UNDEFINED:
            problem = domain_problem(function, list(map(float, points[-1])))
            at = ", ".join(
                f"{name} = {number:.6g}" for name, number in zip(function.variables, points[-1], strict=True)
            )
            return f"at step {steps}, at {at}, {function.name} has no value: {problem}"
        case Stop.STUCK:
            return (
                f"it is stuck after {made}: no further step lowers {function.name}, "
                f"and the gradient has the length {slopes[-1]:.2g}"
            )
        case Stop.DIVERGED:
            if oscillates(points[:-1]):
                return "it oscillates and diverges"
            falling = values[np.isfinite(values)]
            if len(falling) > 1 and falling[-1] < falling[0]:
                return f"it runs off to where {function.name} falls without end ({falling[-1]:.3g} after {made})"
            return f"it diverges within {made}"
    if oscillates(points):
        return f"it oscillates and has not settled after {made}"
    if stagnates(values):
        return f"it stagnates: after {made} the gradient still has the length {slopes[-1]:.2g}"
    return f"it is still on its way after {made}, with a gradient of length {slopes[-1]:.2g}"
