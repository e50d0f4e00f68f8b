"""The smallest edit of a wrong formula that makes it right: one row of the catalogue of mistakes, or two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from chalkgrad.checking.edits import Subject
from chalkgrad.checking.mistakes import CATALOGUE, Mistake
from chalkgrad.checking.truth import Truth, compare
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Expression

MOST_CANDIDATES = 6000
_PUT_IN = frozenset({"factor_missing", "weight_missing", "error_missing"})


@dataclass(frozen=True)
class Slip:
    """One mistake that was found: the row's kind, the sentence that explains it, and the hint that does not."""

    kind: str
    message: str
    hint: str


def smallest_repair(truth: Truth, subject: Subject, claimed: Expression) -> tuple[Expression, tuple[Slip, ...]] | None:
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
        return compare(truth, expression, subject.target)[0]
    except ChalkgradError:
        return False
