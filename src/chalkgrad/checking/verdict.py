"""The verdict on one claimed derivative: right, right up to a factor, or wrong with the smallest edit that mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from chalkgrad.checking.edits import Subject
from chalkgrad.checking.mistakes import CATALOGUE, Mistake
from chalkgrad.checking.truth import Difference, Target, Truth, compare, find_difference
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Axis, Expression, multiply, size_of

MOST_CANDIDATES = 6000
SCREENING_POINTS = 2
_PUT_IN = frozenset({"factor_missing", "weight_missing", "error_missing"})
_ORDER = {row.kind: place for place, row in enumerate(CATALOGUE)}


@dataclass(frozen=True)
class Slip:
    """One mistake that was found: the row's kind, the sentence that explains it, and the hint that does not."""

    kind: str
    message: str
    hint: str


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
        found = _smallest_repair(truth, Subject(truth.program, target), claimed)
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
    found = _smallest_repair(truth, Subject(truth.program, target), claimed)
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


def _smallest_repair(truth: Truth, subject: Subject, claimed: Expression) -> tuple[Expression, tuple[Slip, ...]] | None:
    """The fewest edits after which the claim is right: sums that hide an axis first, then up to two more."""
    start: list[tuple[Expression, tuple[Slip, ...]]] = [(claimed, ())]
    while any(axis not in expression.free for expression, _ in start for axis in subject.axes):
        freed = [
            (changed, (*slips, slip))
            for expression, slips in start
            for changed, slip in _edited(expression, subject)
            if len(changed.free & set(subject.axes)) > len(expression.free & set(subject.axes))
            and slip.kind.startswith("sum_over")
        ]
        if not freed:
            break
        start = freed
    for expression, slips in islice(_candidates(start, subject), MOST_CANDIDATES):
        if slips and _passes(truth, expression, subject):
            return expression, slips
    return None


def _candidates(
    start: list[tuple[Expression, tuple[Slip, ...]]], subject: Subject
) -> Iterator[tuple[Expression, tuple[Slip, ...]]]:
    """Claims after no, one and two more edits; those of two are made only when those of one did not do."""
    yield from start
    once = _distinct(_extended(start, subject))
    yield from once
    yield from _distinct(_extended(once, subject))


def _edited(expression: Expression, subject: Subject) -> Iterator[tuple[Expression, Slip]]:
    for row in CATALOGUE:
        for changed, what in row.edits(expression, subject):
            if changed is not expression:
                yield changed, _slip(row, what)


def _slip(row: Mistake, what: str) -> Slip:
    sentence = row.message.replace("{what}", what)
    return Slip(row.kind, sentence[:1].upper() + sentence[1:], row.hint)


def _extended(
    begun: list[tuple[Expression, tuple[Slip, ...]]], subject: Subject
) -> Iterator[tuple[Expression, tuple[Slip, ...]]]:
    for expression, slips in begun:
        for changed, slip in _edited(expression, subject):
            if not _is_guess({slip.kind, *(other.kind for other in slips)}):
                yield changed, (*slips, slip)


def _is_guess(kinds: set[str]) -> bool:
    """A factor taken out and another put in would make anything right: that explains nothing."""
    return "factor_too_many" in kinds and not _PUT_IN.isdisjoint(kinds)


def _distinct(
    candidates: Iterator[tuple[Expression, tuple[Slip, ...]]],
) -> list[tuple[Expression, tuple[Slip, ...]]]:
    """Each expression once, with the first way that led to it; as many as will be tried."""
    known: dict[int, tuple[Expression, tuple[Slip, ...]]] = {}
    for expression, slips in candidates:
        known.setdefault(expression.identity, (expression, slips))
        if len(known) >= MOST_CANDIDATES:
            break
    return list(known.values())


def _passes(truth: Truth, expression: Expression, subject: Subject) -> bool:
    if expression.free - set(subject.axes):
        return False
    try:
        quick, _ = compare(truth, expression, subject.target, SCREENING_POINTS)
        return quick and compare(truth, expression, subject.target)[0]
    except ChalkgradError:
        return False
