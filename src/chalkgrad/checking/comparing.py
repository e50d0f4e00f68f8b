"""A claim compared with the truth: in float64 at many points, and where that leaves a doubt with 50 digits or more."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from chalkgrad.checking.points import Point
from chalkgrad.checking.truth import Target, Truth
from chalkgrad.checking.vectors import Batch
from chalkgrad.errors import EvaluationError
from chalkgrad.language import Array, Axis, Expression, Tensor, mpmath_arithmetic

EQUAL = 1e-12
DIFFERENT = 1e-6
DIGITS = 50
_MORE_DIGITS = 300  # far from 0, where 1 - ŷ may be as small as e^-500
_LARGE_ENOUGH = 0.05  # of a derivative in a counterexample, to be seen at a glance
_VISIBLE = 1e-3
_MOST_TRIED = 40


@dataclass(frozen=True)
class Difference:
    """A point at which a claim fails, with the claimed and the true values."""

    point: Point
    claimed: Array
    derived: Array


def compare(truth: Truth, expression: Expression, target: Target) -> tuple[bool, int]:
    """Whether the claim equals the derivative at all points, and at how many it could be compared.

    Where float64 leaves a doubt the point is computed again with 50 digits. A point outside the claim's domain (a
    logarithm of a negative number, a division by zero) does not count. Raises `EvaluationError` for an axis whose size
    is not known.
    """
    equal, points = _equal(truth, truth.random_points, truth.at_random, expression, target)
    if not equal or truth.labels:
        return equal, points
    if truth.sizes:
        equal, count = _equal(truth, *truth.of_other_sizes, expression, target)
        points += count
        if count and not equal:
            return False, points
    for more, batch in truth.about_edges(expression):
        equal, count = _equal_with_care(truth, more, batch, expression, target)
        points += count
        if not equal:
            return False, points
    return True, points


def undefined_at(truth: Truth, expression: Expression, target: Target) -> int:
    """At how many of the random points the claim is not defined though the derivative is."""
    batch = truth.at_random
    claimed = batch.vectors.at(expression, target.axes)
    derived = target.slice_of(batch.derivative(truth.of, target.tensor))
    undefined = ~np.isfinite(claimed) & np.isfinite(derived)
    return int(undefined.reshape(-1, batch.points).any(axis=0).sum())


def _equal(truth: Truth, points: list[Point], batch: Batch, expression: Expression, target: Target) -> tuple[bool, int]:
    """Whether they are equal at all of some points, and at how many they could be compared.

    Rounding can make equal things differ at a few points, where something is nearly 0; not at most of them.
    """
    distances, unit = _distances(batch, expression, target, truth.of)
    worst, fine = _worst(distances, 1.0), _worst(distances, unit)
    computed = np.isfinite(worst)
    count = int(computed.sum())
    differs = computed & (worst >= DIFFERENT)
    if count == 0 or 2 * differs.sum() > count:
        return False, count
    doubtful = np.flatnonzero(computed & (fine > EQUAL))
    for at in sorted(map(int, doubtful), key=lambda at: -float(worst[at])):
        equal = _equal_exactly(truth, points[at], expression, target, DIGITS)
        if equal is None:
            equal = not differs[at]
        if not equal:
            return False, count
    return True, count


def _equal_with_care(
    truth: Truth, points: list[Point], batch: Batch, expression: Expression, target: Target
) -> tuple[bool, int]:
    """The same at points where float64 is no judge: what it does not find equal is computed with many digits."""
    distances, unit = _distances(batch, expression, target, truth.of)
    equal_already = _worst(distances, unit) <= EQUAL
    count = int(equal_already.sum())
    for at in np.flatnonzero(~equal_already):
        equal = _equal_exactly(truth, points[int(at)], expression, target, _MORE_DIGITS)
        if equal is False:
            return False, count + 1
        count += equal is not None
    return True, count


def errors(batch: Batch, expression: Expression, target: Target, of: Tensor, fine: bool = False) -> NDArray[np.float64]:
    """How far the claim is from the derivative at each point, NaN where one of them is not defined.

    `fine` measures small derivatives by their own size.
    """
    distances, unit = _distances(batch, expression, target, of)
    return _worst(distances, unit if fine else 1.0)


def _distances(
    batch: Batch, expression: Expression, target: Target, of: Tensor
) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], float]:
    """The distances between the claim and the derivative, how large both are together, and the largest derivative."""
    claimed = batch.vectors.at(expression, target.axes)
    with np.errstate(all="ignore"):
        derived = target.slice_of(batch.derivative(of, target.tensor))
        distance, size = np.abs(claimed - derived), np.abs(claimed) + np.abs(derived)
    largest = float(np.max(np.abs(derived), where=np.isfinite(derived), initial=0.0))
    return (distance.reshape(-1, batch.points), size.reshape(-1, batch.points)), min(largest, 1.0) or 1.0


def _worst(distances: tuple[NDArray[np.float64], NDArray[np.float64]], unit: float) -> NDArray[np.float64]:
    distance, size = distances
    with np.errstate(all="ignore"):
        worst: NDArray[np.float64] = (distance / (unit + size)).max(axis=0, initial=0)
    return worst


def _equal_exactly(truth: Truth, point: Point, expression: Expression, target: Target, digits: int) -> bool | None:
    """Whether they are equal with many digits; None where one of them is not defined.

    What differs is computed again with more digits, lest it be rounding: 1 - ŷ may have lost nearly all of them.
    """
    found: bool | None = None
    for precision in (digits, 3 * digits):
        found = _equal_with(truth, point, expression, target, precision)
        if found is not False:
            break
    return found


def _equal_with(truth: Truth, point: Point, expression: Expression, target: Target, digits: int) -> bool | None:
    """All entries at once: their sums with random weights are equal if they are, and hardly otherwise."""
    exact = mpmath_arithmetic(digits)
    try:
        claimed = truth.claimed(point, expression, target.axes, exact).numbers
        source = random.Random(len(claimed))
        weights = [exact.number(Fraction(source.randint(500, 1500), 1000)) for _ in claimed]
        slope = truth.slope(point, target, weights, exact)
    except EvaluationError:
        return None
    parts = [weight * entry for weight, entry in zip(weights, claimed, strict=True)]
    distance = abs(sum(parts, -slope))
    return bool(distance <= (1 + abs(slope) + sum(map(abs, parts))) * 10.0 ** (10 - DIGITS))


def find_inequality(truth: Truth, one: Expression, other: Expression, axes: tuple[Axis, ...]) -> Difference | None:
    """A point where two sides of a definition differ, with small whole numbers if there is one.

    Its targets are labels, on which a writer may rely, and no less than the sixth digit counts: decimals are rounded.
    Raises `EvaluationError` where the sides cannot be compared.
    """
    loose = (one.free | other.free) - set(axes)
    if loose:
        letters = ", ".join(sorted(axis.name for axis in loose))
        raise EvaluationError(f"the index {letters} stands on one side only")
    points, batch = truth.as_written
    left, right = truth.values_along(one, axes, batch), truth.values_along(other, axes, batch)
    with np.errstate(all="ignore"):
        apart = np.abs(left - right) / (1 + np.abs(left) + np.abs(right))
    if not np.isfinite(apart).any():
        raise EvaluationError("the sides are not defined at any of the points tried")
    failing = np.flatnonzero((apart > DIFFERENT).reshape(-1, batch.points).any(axis=0))
    if not failing.size:
        return None
    point = points[int(failing[0])]
    return Difference(point, truth.claimed(point, other, axes), truth.claimed(point, one, axes))


def find_difference(truth: Truth, expression: Expression, target: Target) -> Difference | None:
    """A point where the claim fails, with small whole numbers where one is found.

    A point on a kink shows nothing: what the derivative is there is a convention. Of such points the first is taken
    where no entry of the derivative is near zero, which would hide what is wrong, or else the one that is farthest from
    that. One whose numbers look alike, as where rounding is all that differs, is only taken where there is no other.
    """
    alike: Difference | None = None
    for batches, fine, least in _shown(truth, expression):
        for found in islice(_differences_at(truth, batches, expression, target, fine, least), _MOST_TRIED):
            if _can_be_seen(found):
                return found
            alike = alike or found
    far = chain(truth.beside_edges(expression), [truth.far_away])
    differences = islice(_differences_at(truth, far, expression, target, False, DIFFERENT), _MOST_TRIED)
    exact = (_with_care(truth, found, expression, target) for found in differences)
    return next((found for found in exact if found is not None and _can_be_seen(found)), alike)


def _with_care(truth: Truth, found: Difference, expression: Expression, target: Target) -> Difference | None:
    """A difference far from 0, where float64 may have lost all digits, computed with many of them; None if it is
    none.
    """
    if _equal_exactly(truth, found.point, expression, target, _MORE_DIGITS) is not False:
        return None
    exact = mpmath_arithmetic(_MORE_DIGITS)
    claimed, derived = (
        truth.claimed(found.point, expression, target.axes, exact), truth.derivative(found.point, target, exact)
    )  # fmt: skip
    return Difference(
        found.point, *(Array(each.shape, [float(n) for n in each.numbers]) for each in (claimed, derived))
    )


def _can_be_seen(found: Difference) -> bool:
    """Whether some entry differs in the digits that are told."""
    pairs = zip(found.claimed.numbers, found.derived.numbers, strict=True)
    return any(not abs(one - other) <= _VISIBLE * max(abs(one), abs(other)) for one, other in pairs)


def _shown(truth: Truth, expression: Expression) -> Iterator[tuple[Iterator[tuple[list[Point], Batch]], bool, float]]:
    """Where a difference is looked for, and how large it must be there: the simplest first."""
    for fine, least in ((False, DIFFERENT), (True, 10 * EQUAL)):
        yield truth.shown(), fine, least
        if truth.sizes:
            yield iter([truth.of_other_sizes]), fine, least


def _differences_at(
    truth: Truth,
    batches: Iterator[tuple[list[Point], Batch]],
    expression: Expression,
    target: Target,
    fine: bool,
    least: float,
) -> Iterator[Difference]:
    later: list[tuple[float, Point, Array]] = []
    for points, batch in batches:
        with np.errstate(all="ignore"):
            fails = (errors(batch, expression, target, truth.of, fine) >= least) & ~truth.on_a_kink(batch)
        fails &= batch.defined
        derived = target.slice_of(batch.derivative(truth.of, target.tensor))
        smallest = np.abs(derived).reshape(-1, batch.points).min(axis=0, initial=np.inf)
        for place in np.flatnonzero(fails):
            there = Array(derived.shape[:-1], [float(number) for number in derived[..., place].reshape(-1)])
            if smallest[place] >= _LARGE_ENOUGH:
                found = _difference(truth, points[place], expression, target, there)
                if found is not None:
                    yield found
            elif not np.isnan(smallest[place]):
                later.append((smallest[place], points[place], there))
    for _, point, there in sorted(later, key=lambda each: -each[0]):
        found = _difference(truth, point, expression, target, there)
        if found is not None:
            yield found


def _difference(
    truth: Truth, point: Point, expression: Expression, target: Target, derived: Array
) -> Difference | None:
    try:
        return Difference(point, truth.claimed(point, expression, target.axes), derived)
    except EvaluationError:  # outside the domain of something that the derivative does not need
        return None
