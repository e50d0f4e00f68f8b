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

METHODS = ("central", "complex", "direction", "sample")
_HALVINGS, _MOST_HALVINGS = 9, 34


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


def estimate(f: Callable[[Any], Any], size: float, method: str, precision: Precision = DOUBLE) -> Estimate:
    """The derivative of f at 0, which is a point whose numbers have a certain size.

    By the complex step if that is the method and central differences confirm it: abs and its like lose the imaginary
    part, and then the central differences count.
    """
    found = central(f, size, precision)
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


def central(f: Callable[[Any], Any], size: float, precision: Precision = DOUBLE) -> Estimate:
    """The derivative at 0 by central differences, extrapolated to the step 0 (Richardson, 1911; Ridders, 1982).

    The steps are those at which a function of that `precision` tells more than its rounding, and further ones where a
    kink or a pole lies within these. All are powers of two, which the numbers of a point take without rounding.

    >>> import numpy as np
    >>> abs(central(np.sin, 1.0).value - 1) < 1e-11, central(np.abs, 1.0).kink
    (True, True)
    """
    values = _Values(f, precision, size)
    return _one_sided(values) or _smooth(values)


class _Values:
    """The values of a function on a line through the point, each computed once."""

    def __init__(self, f: Callable[[Any], Any], precision: Precision, size: float) -> None:
        self.f, self.precision = f, precision
        width = 2.0 ** math.ceil(math.log2(max(1.0, size)))
        self.first, self.last = precision.first_step * width, precision.last_step * width
        # Below it a step is only a few of the point's last digits.
        self.floor = 2**10 * precision.epsilon * max(size, 2.0**-20)
        self.known: dict[float, float] = {0.0: _value(f, 0.0)}

    def __call__(self, distance: float) -> float:
        if distance not in self.known:
            self.known[distance] = _value(self.f, distance)
        return self.known[distance]

    def noise(self, *distances: float) -> float:
        """The rounding in the values at some distances."""
        greatest = max(abs(self(each)) for each in (0.0, *distances))
        return max(self.precision.noise, self.precision.epsilon / 2 * greatest)

    def sides(self, step: float) -> tuple[float, float]:
        """The slopes to the left and to the right."""
        return (self(0.0) - self(-step)) / step, (self(step) - self(0.0)) / step


def _smooth(values: _Values) -> Estimate:
    """The derivative of a function without a kink at 0: from small steps alone where these contradict larger ones."""
    found = _extrapolated(values, values.first)
    steps = (values.last, values.last / 2)
    near, nearer = ((values(step) - values(-step)) / (2 * step) for step in steps)
    doubt = 8 * values.noise(steps[0], -steps[0]) / values.last + values.precision.tolerance * abs(found.value)
    if max(doubt, 2 * abs(near - nearer)) < abs(near - found.value):
        return _extrapolated(values, 4 * values.last)
    return found


def _extrapolated(values: _Values, first: float) -> Estimate:
    precision = values.precision
    rows: list[list[float]] = []
    best, smallest = 0.0, np.inf
    for halving in range(_MOST_HALVINGS):
        step = first / 2**halving
        ahead, behind = values(step), values(-step)
        rounding = values.noise(step, -step) / step
        settled = max(precision.tolerance / 10 * abs(best), 4 * values.noise() / values.last, rounding)
        exact = halving >= _HALVINGS // 2 and smallest <= 1e-4 * precision.tolerance * abs(best)
        if exact or (halving >= _HALVINGS and (smallest <= settled or step < values.floor)):
            break
        if not np.isfinite(ahead) or not np.isfinite(behind):
            rows = []  # the end of where the function is defined lies within this step
            continue
        row = [(ahead - behind) / (2 * step)]
        factor = 4.0
        for order in range(len(rows)):
            row.append(row[order] + (row[order] - rows[-1][order]) / (factor - 1))
            factor *= 4
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - rows[-1][order]))
            if error + rounding < smallest:
                best, smallest = row[-1], error + rounding
        rows.append(row)
    if not np.isfinite(smallest):
        raise EvaluationError("the function is not finite near the point, so it has no gradient to compare with there")
    return Estimate(best, 2 * smallest)


def _one_sided(values: _Values) -> Estimate | None:
    """The derivatives on both sides if they differ by more than rounding at a tiny step: a kink at 0, or near it.

    None for a smooth function, where their difference shrinks with the step.
    """
    step = values.last
    while step <= values.first / 4:
        left, right = values.sides(step)
        if not np.isfinite(left) or not np.isfinite(right):
            return None
        noise = 16 * values.noise(step, -step) / step
        gap = abs(right - left)
        if gap > values.precision.tolerance * (abs(left) + abs(right)) + 4 * noise:
            return _beside_a_kink(values, step) or _on_a_kink(values, step, gap, noise)
        step *= 4
    return None


def _beside_a_kink(values: _Values, step: float) -> Estimate | None:
    """The derivative where a kink is nearer than the step, on one side: that of the other side.

    Beyond a kink at the distance d, where the slope leaps by J, the third difference is -Jd, if it begins at the point;
    it is 0, but for rounding, if it begins behind the kink, and on the other side.
    """
    for side in (step, -step):
        v = [values(side * k) for k in range(5)]
        w = [values(-side * k) for k in range(5)]
        bent, behind, other = (abs(u[3] - 3 * u[2] + 3 * u[1] - u[0]) for u in (v, v[1:], w))
        limit = 8 * values.noise(4 * step, -4 * step) + 0.02 * bent
        if bent > 3 * limit and behind <= limit and other <= limit:
            return _from(values, -side)
    return None


def _on_a_kink(values: _Values, step: float, gap: float, noise: float) -> Estimate | None:
    """The derivatives on both sides of a kink: their difference is the same at all steps."""
    farther, nearer = (abs(right - left) for left, right in (values.sides(2 * step), values.sides(step / 2)))
    if not (farther <= 1.3 * gap + noise and nearer >= 0.7 * gap - 2 * noise):
        return None
    left, right = _from(values, -step), _from(values, step)
    middle = (left.value + right.value) / 2
    return Estimate(middle, max(left.noise, right.noise), True, left.value, right.value)


def _from(values: _Values, step: float) -> Estimate:
    """The derivative on one side, by differences of second order."""
    near, far = ((4 * values(h) - values(2 * h) - 3 * values(0.0)) / (2 * h) for h in (step, 2 * step))
    return Estimate(near, abs(near - far) + 8 * values.noise(step, 4 * step) / abs(step))


def _value(f: Callable[[Any], Any], distance: float) -> float:
    """The function's value; away from the point it may be none, where the function is not defined."""
    try:
        with np.errstate(invalid="ignore", divide="ignore"):
            value = as_array(f(distance))
    except (ArithmeticError, ValueError):  # as math.log raises where its argument is not positive
        if distance == 0:
            raise
        return math.nan
    if value.size != 1:
        raise ShapeError(f"the function must give one number, not an array of the shape {value.shape}")
    number = complex(value.reshape(()))
    if number.imag:
        raise EvaluationError("the function gave a complex number for a real point")
    if not np.isfinite(number.real) and distance == 0:
        raise EvaluationError("the function is not finite at the point, so it has no gradient to compare with there")
    return number.real
