"""Where a descent starts, at which rate, and what part of the plane is looked at, where nobody says so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chalkgrad.descent.diagnosis import curvature, largest_stable_rate
from chalkgrad.descent.function import Point, ScalarFunction, domain_problem
from chalkgrad.errors import ChalkgradError
from chalkgrad.networks import optimiser_named

_WIDE = (-2.0, 2.0)
_SHARES = (0.2, 0.8, 0.35, 0.65, 0.9, 0.55)  # of the window, for one variable after the other
_TRIES = 6
_BRISK = 0.4  # of the largest stable rate: fast, and room for a steeper place on the way


def default_start(function: ScalarFunction, window: Sequence[tuple[float, float]] | None = None) -> dict[str, float]:
    """A place off the middle of the window, where the function and its gradient have values.

    Raises `ChalkgradError` where none was found.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> default_start(function_of_program(read_function("log(x) + y^2")))
    {'x': 1.2, 'y': -0.6}
    """
    sides = window or [_WIDE] * len(function.variables)
    for shift in range(_TRIES):
        place = {
            name: float(f"{low + _SHARES[(k + shift) % len(_SHARES)] * (high - low):.3g}")
            for k, (name, (low, high)) in enumerate(zip(function.variables, sides, strict=True))
        }
        if not domain_problem(function, place):
            return place
    raise ChalkgradError(f"{function.name} has no value at the places that were tried: say where to start")


def default_rate(function: ScalarFunction, start: Point, method: str) -> float:
    """A share of the largest stable rate at the start where the method has one, else its usual rate.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> f = function_of_program(read_function("x^2 + 50*y^2"))
    >>> default_rate(f, [1, 1], "gd"), default_rate(f, [1, 1], "adam")
    (0.008, 0.001)
    """
    row = optimiser_named(method)
    steepest = curvature(function, np.array([float(entry) for entry in function.coordinates(start).values()]))
    bound = largest_stable_rate(row, row.defaults, steepest)
    return row.defaults["rate"] if bound is None else float(f"{_BRISK * bound:.1g}")
