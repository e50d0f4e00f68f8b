"""Numerical derivatives of a function of one number: extrapolated central differences, the complex step, and kinks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from chalkgrad.checking.leaves import as_array
from chalkgrad.checking.precision import DOUBLE, Precision
from chalkgrad.errors import EvaluationError, ShapeError

METHODS = ("central", "complex", "direction")
_HALVINGS = 9


@dataclass(frozen=True)
class Estimate:
    """A derivative with the rounding noise in it; on a kink, the derivatives to the left and to the right."""

    value: float
    noise: float
    kink: bool = False
    left: float = 0.0
    right: float = 0.0

    def distance(self, claimed: float) -> float:
        """How far a claimed derivative lies from this one; on a kink, from what lies between left and right."""
        if not self.kink:
            return abs(claimed - self.value)
        low, high = sorted((self.left, self.right))
        return max(0.0, low - claimed, claimed - high)


def estimate(f: Callable[[Any], Any], width: float, method: str, precision: Precision = DOUBLE) -> Estimate:
    """The derivative of f at 0, where a step of `width` times 10⁻² is small.

    By the complex step if that is the method and central differences confirm it: abs and its like lose the imaginary
    part, and then the central differences count.
    """
    found = central(f, width, precision)
    if method == "complex":
        step = complex_step(f)
        if abs(step - found.value) <= 1e-5 * max(abs(step), abs(found.value)) + found.noise and not found.kink:
            return Estimate(step, 0.0)
    return found


def complex_step(f: Callable[[Any], Any]) -> float:
    """The derivative at 0 as the imaginary part at a tiny imaginary step, without cancellation.

    >>> import numpy as np
    >>> complex_step(lambda t: np.exp(1 + t)) == float(np.exp(1.0))
    True
    """
    try:
        value = np.asarray(f(1e-200j))
    except (TypeError, ValueError) as error:
        raise EvaluationError(f"the function does not compute with complex numbers ({error}); use 'central'") from None
    if value.size != 1 or not np.iscomplexobj(value):
        raise EvaluationError("the function gave no complex number for a complex one; use the method 'central'")
    return float(value.reshape(()).imag / 1e-200)


def central(f: Callable[[Any], Any], width: float, precision: Precision = DOUBLE) -> Estimate:
    """The derivative at 0 by central differences, extrapolated to the step 0 (Richardson, 1911; Ridders, 1982).

    The steps are those at which a function of that `precision` tells more than its rounding.

    >>> import numpy as np
    >>> abs(central(np.sin, 1.0).value - 1) < 1e-11, central(np.abs, 1.0).kink
    (True, True)
    """
    middle = _value(f, 0.0)
    found = _one_sided(f, middle, width, precision)
    if found is not None:
        return found
    rows: list[list[float]] = []
    best, smallest = 0.0, np.inf
    for halving in range(_HALVINGS):
        step = precision.first_step * width / 2**halving
        ahead, behind = _value(f, step), _value(f, -step)
        row = [(ahead - behind) / (2 * step)]
        factor = 4.0
        for order in range(halving):
            row.append(row[order] + (row[order] - rows[-1][order]) / (factor - 1))
            factor *= 4
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - rows[-1][order]))
            rounding = precision.epsilon * max(abs(ahead), abs(behind)) / step
            if np.isfinite(error) and error + rounding < smallest:
                best, smallest = row[-1], error + rounding
        rows.append(row)
    tiny = _tiny(precision) * width
    rounding = 4 * precision.epsilon * max(abs(middle), 1e-300) / tiny
    if smallest > max(precision.tolerance / 10 * abs(best), rounding):  # a kink or a pole lies within the larger steps
        return Estimate((_value(f, tiny) - _value(f, -tiny)) / (2 * tiny), 8 * rounding)
    return Estimate(best, 4 * smallest)


def _tiny(precision: Precision) -> float:
    """A step that is small, and at which rounding still leaves half of the digits: 10⁻⁶ in float64."""
    return min(67.0 * math.sqrt(precision.epsilon), precision.first_step / 4)


def _one_sided(f: Callable[[Any], Any], middle: float, width: float, precision: Precision) -> Estimate | None:
    """The derivatives on both sides if they still differ at the smallest step: a kink at 0; else None.

    For a smooth function their difference shrinks with the step.
    """
    if precision.epsilon > 1e-6:
        return None  # in half precision rounding hides what is a kink
    gaps, sides = [], (0.0, 0.0)
    tiny = _tiny(precision) * width
    for step in (min(100 * tiny, precision.first_step * width), tiny):
        left, right = (middle - _value(f, -step)) / step, (_value(f, step) - middle) / step
        gaps.append(abs(right - left))
        sides = (left, right)
    noise = 16 * precision.epsilon * abs(middle) / tiny
    if gaps[1] > 0.3 * gaps[0] and gaps[1] > 10 * precision.tolerance * (abs(sides[0]) + abs(sides[1])) + noise:
        return Estimate((sides[0] + sides[1]) / 2, noise + 10 * precision.tolerance * gaps[1], True, *sides)
    return None


def _value(f: Callable[[Any], Any], distance: float) -> float:
    value = as_array(f(distance))
    if value.size != 1:
        raise ShapeError(f"the function must give one number, not an array of the shape {value.shape}")
    number = complex(value.reshape(()))
    if number.imag:
        raise EvaluationError("the function gave a complex number for a real point")
    if not np.isfinite(number.real):
        where = "at the point" if distance == 0 else "near the point"
        raise EvaluationError(f"the function is not finite {where}, so it has no gradient to compare with there")
    return number.real
