"""What part of the plane a picture shows, and at which heights its contour lines lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chalkgrad.descent.function import Floats, ScalarFunction
from chalkgrad.descent.paths import DescentPath
from chalkgrad.errors import ShapeError

_ACROSS = 161
_LEVELS = 16


@dataclass(frozen=True)
class Grid:
    """A function of two variables over a window: `x` (columns,), `y` (rows,), `values` (rows, columns)."""

    x: Floats
    y: Floats
    values: Floats


def need_two_variables(function: ScalarFunction) -> None:
    """Raises `ShapeError` unless the function has two variables, as a picture in the plane needs."""
    if len(function.variables) != 2:
        names = ", ".join(function.variables)
        raise ShapeError(f"a picture in the plane needs two variables, but {function.name} has {names}")


def window_around(
    paths: Sequence[DescentPath], points: Sequence[Sequence[float]] = ()
) -> tuple[tuple[float, float], ...]:
    """A window that shows the paths, without the far ends of those that leave, and the given points near them.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.descent.paths import descend
    >>> from chalkgrad.reading.programs import read_function
    >>> path = descend(function_of_program(read_function("x^2 + y^2")), [2, 0], rate=0.1)
    >>> [(round(low, 3), round(high, 3)) for low, high in window_around([path])]
    [(-0.36, 2.36), (-0.9, 0.9)]
    """
    if not paths:
        return ((-2.0, 2.0), (-2.0, 2.0))
    starts = np.array([path.points[0] for path in paths])
    middle, reach = starts.mean(axis=0), 3 * (1 + np.abs(starts - starts.mean(axis=0)).max() + np.abs(starts).max() / 2)
    shown = [path.points[: _leaves(path.points, middle, reach)] for path in paths]
    near = [np.array([point]) for point in points if np.abs(np.array(point) - middle).max() <= reach]
    every = np.concatenate([*shown, *near])
    low, high = every.min(axis=0), every.max(axis=0)
    widths = np.maximum(high - low, 0.5 * (high - low).max() or 1.0)
    centre = (low + high) / 2
    sides = zip(
        np.where(widths > high - low, centre - widths * 0.9, low - 0.18 * widths),
        np.where(widths > high - low, centre + widths * 0.9, high + 0.18 * widths),
        strict=True,
    )
    return tuple((float(a), float(b)) for a, b in sides)


def _leaves(points: Floats, middle: Floats, reach: float) -> int:
    """How many points come before the first that is far away."""
    with np.errstate(all="ignore"):
        far = ~(np.abs(points - middle).max(axis=1) <= reach)
    return max(int(np.argmax(far)), 1) if far.any() else len(points)


def grid_of(function: ScalarFunction, window: Sequence[tuple[float, float]], across: int = _ACROSS) -> Grid:
    """The function over a window, on a regular grid of `across` points each way.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> grid_of(function_of_program(read_function("x + 10*y")), [(0, 1), (0, 2)], across=2).values.tolist()
    [[0.0, 1.0], [20.0, 21.0]]
    """
    need_two_variables(function)
    if len(window) != 2 or any(not low < high for low, high in window):
        raise ShapeError("the window needs (low, high) for each of the two variables, low below high")
    x, y = (np.linspace(low, high, across) for low, high in window)
    columns, rows = np.meshgrid(x, y)
    values = function.at_points(np.stack([columns.ravel(), rows.ravel()], axis=1))
    return Grid(x, y, values.reshape(columns.shape))


def levels_of(values: Floats) -> tuple[Floats, bool]:
    """Heights for contour lines, and whether they are spaced in powers above the lowest: so where the range is wide.

    >>> levels, wide = levels_of(np.linspace(0, 1, 100) ** 8)
    >>> wide, bool((np.diff(levels) > 0).all())
    (True, True)
    """
    finite = values[np.isfinite(values)]
    if not finite.size or finite.min() == finite.max():
        return np.array([0.0, 1.0]) + (float(finite.min()) if finite.size else 0.0), False
    low, high = float(finite.min()), float(finite.max())
    quartile, middle = (float(np.quantile(finite, share)) for share in (0.1, 0.5))
    wide = (high - low) > 6 * max(middle - low, 1e-300) or (middle - low) > 12 * max(quartile - low, 1e-300)
    if not wide:
        return np.linspace(low, high, _LEVELS), False
    smallest = max((quartile - low) / 10, (high - low) * 1e-6)
    return low + np.concatenate([[0.0], np.geomspace(smallest, high - low, _LEVELS - 1)]), True
