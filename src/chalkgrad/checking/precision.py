"""In what precision a function computes: by the type of its numbers, and by how finely its values change."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from chalkgrad.checking.leaves import as_array


@dataclass(frozen=True)
class Precision:
    """A kind of floating-point numbers.

    `epsilon` is the rounding error of one operation, `first_step` the greatest step of a difference where the point is
    of size 1, `last_step` the one at which rounding still leaves half of the digits, and `tolerance` to how much of
    itself a gradient can be expected to be right. `noise` is the rounding that was found in a function's values, where
    it is more than that of their last operation.
    """

    name: str
    epsilon: float
    first_step: float
    last_step: float
    tolerance: float
    noise: float = 0.0


DOUBLE = Precision("float64", 2.0**-52, 2.0**-7, 2.0**-20, 1e-6)
SINGLE = Precision("float32", 2.0**-23, 2.0**-3, 2.0**-12, 2e-3)
HALF = Precision("float16", 2.0**-10, 0.5, 2.0**-4, 5e-2)
BRAIN = Precision("bfloat16", 2.0**-7, 0.5, 2.0**-3, 1e-1)
_BY_NAME = {each.name: each for each in (DOUBLE, SINGLE, HALF, BRAIN)} | {"complex64": SINGLE, "complex128": DOUBLE}
# Distances, as parts of the point's size, around which values are looked at closely: no kink is near all of them.
_PLACES, _AT_ONCE = (0.0, 3e-4, -2.3e-3, 1e-2, -1.1e-2), 8
_BY_TYPE: dict[np.dtype[Any], Precision] = {np.dtype(np.float16): HALF, np.dtype(np.float32): SINGLE}


def precision_of(value: Any) -> Precision:
    """The precision of an array's or a number's type; whole numbers and Python's are exact enough for float64.

    >>> import numpy as np
    >>> precision_of(np.float32(1)).name, precision_of(1.5).name
    ('float32', 'float64')
    """
    return _BY_NAME.get(str(getattr(value, "dtype", "float64")).rpartition(".")[2], DOUBLE)


def coarser(one: Precision, other: Precision) -> Precision:
    """The one of two precisions with the greater rounding error."""
    return one if one.epsilon >= other.epsilon else other


def measured(f: Callable[[Any], Any], width: float, least: Precision = DOUBLE) -> Precision:
    """The precision in which a function of one number computes near 0, whatever the type of its result.

    Its rounding is what is left of the values at equal steps when their smooth part is taken away by differences
    (Moré and Wild, 2011). In tiny steps a function that rounds its numbers stands still, or takes a few values only.
    `least` is what its types tell.

    >>> import numpy as np
    >>> measured(lambda t: float(np.float32(1.5 + t) ** 2), 1.0).name, measured(lambda t: (1.5 + t) ** 2, 1.0).name
    ('float32', 'float64')
    """
    double = least is DOUBLE
    fine = _windows(f, (2.0**-19 if double else 2.0**-13) * width, width)
    values = {value for each in fine for value in each}
    if len(values) < 2:
        return least
    shown = [kind for dtype, kind in _BY_TYPE.items() if all(_fits(value, dtype) for value in values)]
    noise, size = 2 * _noise(fine, 4), max(map(abs, values))
    if len(values) > 3 and shown and double:
        return replace(shown[0], noise=noise)
    if all(len(set(each)) < 3 for each in fine):
        return _of_steps(f, width, least)
    if double and noise <= 1e-9 * size:  # digits that are rounded in a part of it may not move in tiny steps
        leap = _leap(f, width, size)
        return replace(SINGLE, noise=leap) if 1e-9 * size < leap < 1e-5 * size else replace(DOUBLE, noise=noise)
    return replace(SINGLE if double else HALF if noise > 1e-4 * size else least, noise=noise)


def _leap(f: Callable[[Any], Any], width: float, size: float) -> float:
    """How far the values leap where they deviate most from smooth ones: at a kink they do not leap."""
    step = 2.0**-10 * width
    bent = [np.abs(np.diff([_number(f, place * width + step * k) for k in range(_AT_ONCE)], 6)) for place in _PLACES]
    most = [float(np.nan_to_num(each).max()) for each in bent]
    if max(most) < 1e-9 * size:
        return 0.0
    chosen = int(np.argmax(most))
    begin = _PLACES[chosen] * width + step * int(np.nan_to_num(bent[chosen]).argmax())
    end = begin + 6 * step
    first, last = _number(f, begin), _number(f, end)
    for _ in range(45):
        middle = _number(f, (begin + end) / 2)
        if abs(middle - first) > abs(last - middle):
            end, last = (begin + end) / 2, middle
        else:
            begin, first = (begin + end) / 2, middle
    return abs(last - first) if np.isfinite(last - first) else 0.0


def _windows(f: Callable[[Any], Any], step: float, width: float) -> list[list[float]]:
    """Values at equal steps, at several places."""
    found = [[_number(f, place * width + step * k) for k in range(_AT_ONCE)] for place in _PLACES]
    return [each for each in found if np.isfinite(each).all()]


def _of_steps(f: Callable[[Any], Any], width: float, least: Precision) -> Precision:
    """The precision of a function that stands still in small steps, by how far its values are apart."""
    along = [_number(f, 1e-2 * width * k) for k in range(16)]
    closely = [value for each in _windows(f, 2.0**-12 * width, width) for value in each]
    values = sorted({value for value in (*along, *closely) if np.isfinite(value)})
    if len(values) < 4:  # a step function, or one that hardly changes
        return least
    apart = min(after - before for before, after in pairwise(values))
    size = abs(values[0])
    for kind in (SINGLE, HALF):
        if apart < 4 * kind.epsilon * size:
            return replace(kind, noise=apart)
    return BRAIN


def _noise(windows: list[list[float]], order: int) -> float:
    """The deviation of values at equal steps from smooth ones."""
    if not windows:
        return 0.0
    differences = [np.diff(np.array(each), order) for each in windows]
    found = sorted(float(np.sqrt(np.mean(each**2) / math.comb(2 * order, order))) for each in differences)
    return found[len(found) // 2]  # a kink may lie within some of them


def _fits(value: float, dtype: np.dtype[Any]) -> bool:
    with np.errstate(over="ignore"):
        return float(np.array(value).astype(dtype)) == value


def _number(f: Callable[[Any], Any], distance: float) -> float:
    try:
        with np.errstate(invalid="ignore", divide="ignore"):
            return float(as_array(f(distance)).reshape(-1)[0].real)
    except (ArithmeticError, ValueError):  # it is not defined there
        return np.nan
