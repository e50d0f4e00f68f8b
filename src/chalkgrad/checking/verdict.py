"""The verdict on one claimed derivative: right, right up to a factor, or wrong with the smallest edit that mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chalkgrad.checking.edits import Subject
from chalkgrad.checking.mistakes import CATALOGUE
from chalkgrad.checking.repair import Slip, smallest_repair
from chalkgrad.checking.truth import Difference, Target, Truth, compare, find_difference
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Axis, Expression, multiply, size_of

_ORDER = {row.kind: place for place, row in enumerate(CATALOGUE)}


@dataclass(frozen=True)
class Judgement:
    """What was found about a claimed derivative.

    `verdict` is `right`, `right_up_to`, `wrong` or `undetermined`; `reason` says why in a sentence; `difference` is
    the counterexample of a wrong claim; `mended` is the writer's formula after the smallest edit that makes it right.
    """

    verdict: str
    reason: str
    points: int = 0
    slips: tuple[Slip, ...] = ()
    difference: Difference | None = None
    mended: Expression | None = None


def judge(truth: Truth, target: Target, claimed: Expression) -> Judgement:
    """The verdict on `∂L/∂target = claimed`, whose value has the free axes of the target, in their order.

    >>> from chalkgrad.language import Definition, Program, Role, Tensor
    >>> from chalkgrad.checking.truth import whole
    >>> x, L = Tensor("x", (), Role.PARAMETER), Tensor("L")
    >>> truth = Truth(Program((x,), (Definition(L, (), x[()] ** 2),), (L,)))
    >>> judge(truth, whole(x), 2 * x[()]).verdict
    'right'
    >>> [slip.kind for slip in judge(truth, whole(x), -2 * x[()]).slips]
    ['sign_flipped']
    """
    loose = claimed.free - set(target.axes)
    if loose:
        found = smallest_repair(truth, Subject(truth.program, target), claimed)
        letters = ", ".join(sorted(axis.name for axis in loose))
        reason = f"the index {letters} stands on the right only: it is neither summed over nor on the left"
        return Judgement("wrong", reason) if found is None else _wrong(found, 0, None)
    try:
        equal, points = compare(truth, claimed, target)
    except ChalkgradError as problem:
        return Judgement("undetermined", f"it could not be computed: {problem}")
    if equal:
        return Judgement("right", f"it agrees with the derivative at {points} random points", points)
    if points == 0:
        return Judgement("undetermined", "it is not defined at any of the points tried")
    for factor, words in _conventions(truth):
        if compare(truth, multiply(factor, claimed), target)[0]:
            return Judgement("right_up_to", f"it is right up to {words}", points)
    difference = find_difference(truth, claimed, target)
    found = smallest_repair(truth, Subject(truth.program, target), claimed)
    if found is None:
        return Judgement("wrong", "it differs from the derivative; what slipped was not found", points, (), difference)
    return _wrong(found, points, difference)


def _wrong(found: tuple[Expression, tuple[Slip, ...]], points: int, difference: Difference | None) -> Judgement:
    """A wrong claim whose slips were found, in the order of the catalogue."""
    mended, unordered = found
    slips = tuple(sorted(unordered, key=lambda slip: _ORDER[slip.kind]))
    return Judgement("wrong", " ".join(slip.message for slip in slips), points, slips, difference, mended)


def _conventions(truth: Truth) -> Iterator[tuple[Expression, str]]:
    """Factors by which people's losses differ: the mean over the samples, or their sum."""
    for size in truth.sizes:
        samples = size_of(Axis(size, size))
        yield samples**-1, f"the factor 1/{size}: it is for the sum over the samples, the loss is their mean"
        yield samples, f"the factor {size}: it is for the mean over the samples, the loss is their sum"
