"""The smallest edit of a wrong formula that makes it right: one row of the catalogue of mistakes, or two.

Sums that hide an index, or that an index lacks, are mended first: without them nothing can be compared. Then each row
is tried by itself, in the order of the catalogue. Two slips are found from what one edit does alone: in different
factors of a product their effects multiply, so that pairs are found by comparing numbers, not by making all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chalkgrad.checking.edits import Subject
from chalkgrad.checking.mistakes import CATALOGUE, Mistake
from chalkgrad.checking.truth import DIFFERENT, Truth, compare
from chalkgrad.checking.vectors import Batch
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Expression

MOST_CANDIDATES = 1500
_MOST_PAIRS = 40
_CLOSE = 1e-7
_COLUMNS = 48
_NEEDED = 4
_SUMS = ("sum_over", "bias_gradient", "partial_for_total")
_PUT_IN = frozenset({"factor_missing", "weight_missing", "error_missing"})
_MEANS = [row for row in CATALOGUE if row.kind in ("mean_missing", "mean_doubled")]


@dataclass(frozen=True)
class Slip:
    """One mistake that was found: the row's kind, the sentence that explains it, and the hint that does not."""

    kind: str
    message: str
    hint: str


@dataclass(frozen=True)
class Edited:
    """A formula after some edits: what slipped, and the rows by which that was mended."""

    expression: Expression
    slips: tuple[Slip, ...] = ()
    rows: tuple[Mistake, ...] = field(default=(), compare=False)

    def after(self, row: Mistake, expression: Expression, what: str) -> Edited:
        """The same after one more edit."""
        sentence = row.message.replace("{what}", what)
        slip = Slip(row.kind, sentence[:1].upper() + sentence[1:], row.hint)
        return Edited(expression, (*self.slips, slip), (*self.rows, row))

    def edits(self, rows: tuple[Mistake, ...], subject: Subject) -> Iterator[Edited]:
        """All that one more edit makes of it."""
        for row in rows:
            for changed, what in row.edits(self.expression, subject):
                if changed is not self.expression:
                    yield self.after(row, changed, what)


def smallest_repair(truth: Truth, subject: Subject, claimed: Expression) -> tuple[Expression, tuple[Slip, ...]] | None:
    """The fewest edits after which the claim is right, and what slipped; None where it is not found."""
    found = _Search(truth, subject).run(claimed)
    return (found.expression, found.slips) if found is not None else None


class _Search:
    def __init__(self, truth: Truth, subject: Subject) -> None:
        self.truth, self.subject = truth, subject
        self.derived = self._derivative(truth.at_random)

    def run(self, claimed: Expression) -> Edited | None:
        starts = self._starts(Edited(claimed))
        for start in starts:
            if start.slips and self._passes(start):
                return start
        once = [self._distinct(start.edits(CATALOGUE, self.subject)) for start in starts]
        for candidates in once:
            for candidate in candidates:
                if self._passes(candidate):
                    return candidate
        for start, candidates in zip(starts, once, strict=True):
            found = self._pair(start, candidates)
            if found is not None:
                return found
        return None

    def _starts(self, claimed: Edited) -> list[Edited]:
        """The claim after the sums are mended that hide one of its axes, or that an index lacks; then as it is."""
        reached = [claimed]
        while True:
            further = [
                edited
                for before in reached
                for edited in before.edits(_SUM_ROWS, self.subject)
                if self._unfit(edited.expression) < self._unfit(before.expression)
            ]
            if not further:
                break
            reached = self._distinct(iter(further))[:8]
        return reached if reached == [claimed] or self._loose(claimed.expression) else [*reached, claimed]

    def _unfit(self, expression: Expression) -> int:
        """How many axes of the claim the expression lacks, and how many it has besides."""
        return len(expression.free ^ set(self.subject.axes))

    def _loose(self, expression: Expression) -> bool:
        return bool(expression.free - set(self.subject.axes))

    def _distinct(self, candidates: Iterator[Edited]) -> list[Edited]:
        """Each expression once, with the first way that led to it."""
        known: dict[int, Edited] = {}
        for candidate in candidates:
            known.setdefault(candidate.expression.identity, candidate)
            if len(known) >= MOST_CANDIDATES:
                break
        return list(known.values())

    # --- numbers ---

    def _derivative(self, batch: Batch) -> NDArray[np.float64]:
        target = self.subject.target
        return _at_all_points(target.slice_of(batch.derivative(self.truth.of, target.tensor)), batch)

    def _values(self, expression: Expression, batch: Batch) -> NDArray[np.float64] | None:
        if self._loose(expression):
            return None
        try:
            return _at_all_points(batch.vectors.at(expression, self.subject.axes), batch)
        except (ChalkgradError, KeyError):
            return None

    def _passes(self, candidate: Edited) -> bool:
        values = self._values(candidate.expression, self.truth.at_random)
        if values is None:
            return False
        with np.errstate(all="ignore"):
            far = np.abs(values - self.derived) > DIFFERENT * (1 + np.abs(values) + np.abs(self.derived))
        return not far.any() and compare(self.truth, candidate.expression, self.subject.target)[0]

    # --- two slips ---

    def _pair(self, start: Edited, candidates: list[Edited]) -> Edited | None:
        """Two of the edits that make the claim right together."""
        one = self.truth.at_one_sample
        derived = self._derivative(one)
        begun = self._values(start.expression, one)
        if begun is None:
            return None
        with np.errstate(all="ignore"):
            tell = np.flatnonzero(np.isfinite(begun) & (np.abs(begun) > 1e-9) & (np.abs(derived) > 1e-9))[:_COLUMNS]
        if len(tell) < _NEEDED:
            return None
        kept, rows = [], []
        for candidate in candidates:
            values = self._values(candidate.expression, one)
            if values is not None and np.isfinite(values[tell]).all() and (values[tell] != 0).all():
                kept.append(candidate)
                rows.append(values[tell])
        if not kept:
            return None
        found = np.array(rows)
        for candidate, values in zip(kept, found, strict=True):
            if np.allclose(values, derived[tell], rtol=_CLOSE, atol=0):
                mended = self._mean_mended(candidate)
                if mended is not None:
                    return mended
        for first, second in self._matching(found, derived[tell] * begun[tell], kept):
            mended = self._together(first, second) or self._together(second, first)
            if mended is not None:
                return mended
        return None

    def _matching(
        self, found: NDArray[np.float64], wanted: NDArray[np.float64], kept: list[Edited]
    ) -> Iterator[tuple[Edited, Edited]]:
        """Pairs whose products are what is wanted, the likeliest first."""
        partner = wanted / found
        pairs = np.argwhere(np.abs(partner[:, None, 0] - found[None, :, 0]) <= _CLOSE * np.abs(found[None, :, 0]))
        pairs = pairs[pairs[:, 0] <= pairs[:, 1]]
        close = np.abs(partner[pairs[:, 0]] - found[pairs[:, 1]]) <= _CLOSE * np.abs(found[pairs[:, 1]])
        likely = [(kept[i], kept[j]) for i, j in pairs[close.all(axis=1)]]
        likely = [(i, j) for i, j in likely if not _is_guess(i.rows[-1], j.rows[-1])]
        yield from sorted(likely, key=_strangeness)[:_MOST_PAIRS]

    def _together(self, first: Edited, second: Edited) -> Edited | None:
        for candidate in first.edits((second.rows[-1],), self.subject):
            if self._passes(candidate):
                return candidate
            mended = self._mean_mended(candidate) if self._right_for_one(candidate) else None
            if mended is not None:
                return mended
        return None

    def _right_for_one(self, candidate: Edited) -> bool:
        values = self._values(candidate.expression, self.truth.at_one_sample)
        return values is not None and np.allclose(values, self._derivative(self.truth.at_one_sample), rtol=_CLOSE)

    def _mean_mended(self, candidate: Edited) -> Edited | None:
        """What is right for one sample, with the mean over the samples where that makes it right for all."""
        for mended in candidate.edits(tuple(_MEANS), self.subject):
            if self._passes(mended):
                return mended
        return None


def _at_all_points(values: NDArray[np.float64], batch: Batch) -> NDArray[np.float64]:
    return np.broadcast_to(values, (*values.shape[:-1], batch.points)).reshape(-1)


_SUM_ROWS = tuple(row for row in CATALOGUE if row.kind.startswith(_SUMS))
_PLACE = {row.kind: place for place, row in enumerate(CATALOGUE)}


def _strangeness(pair: tuple[Edited, Edited]) -> tuple[int, int]:
    rows = pair[0].rows[-1], pair[1].rows[-1]
    return sum(row.weak for row in rows), sum(_PLACE[row.kind] for row in rows)


def _is_guess(one: Mistake, other: Mistake) -> bool:
    """Two weak edits, or a factor taken out and another put in, would make anything right: that explains nothing."""
    kinds = {one.kind, other.kind}
    return (one.weak and other.weak) or ("factor_too_many" in kinds and not _PUT_IN.isdisjoint(kinds))
