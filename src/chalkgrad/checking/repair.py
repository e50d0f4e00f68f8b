"""The smallest edit of a wrong formula that makes it right: one row of the catalogue of mistakes, or two.

Sums that hide an index, or that an index lacks, are mended first: without them nothing can be compared. Then each row
is tried by itself, in the order of the catalogue. Two slips are found from what one edit does alone: in different
factors of a product their effects multiply, so that pairs are found by comparing numbers, not by making all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from chalkgrad.calculus import derive
from chalkgrad.checking.comparing import DIFFERENT, compare, undefined_at
from chalkgrad.checking.edits import Subject
from chalkgrad.checking.misderivation import Misderivations, Misderive, Misderived
from chalkgrad.checking.mistakes import CATALOGUE, Mistake
from chalkgrad.checking.truth import Truth
from chalkgrad.checking.vectors import Batch
from chalkgrad.checking.words import PLAIN, Spelling, What, told
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Expression, substitute_axes, walk
from chalkgrad.page.effort import CHANGE_TRIED, spend

MOST_CANDIDATES = 1500
LARGEST_CLAIM = 200  # different parts; a long line of a derivation has 40
LARGEST_MODEL = 400
_MOST_PAIRS = 40
_MOST_STARTS = 8
_CLOSE = 1e-7
_SAME = 1e-9
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


def slip_of(row: Mistake, what: What, spelling: Spelling = PLAIN) -> Slip:
    """The mistake of a row, with what it is about."""
    return Slip(row.kind, row.message.replace("{what}", told(what, spelling)), row.hint)


@dataclass(frozen=True)
class Edited:
    """A formula after some edits: what slipped, and the rows by which that was mended."""

    expression: Expression
    slips: tuple[Slip, ...] = ()
    rows: tuple[Mistake, ...] = field(default=(), compare=False)
    spelling: Spelling = field(default=PLAIN, compare=False)

    def after(self, row: Mistake, expression: Expression, what: What) -> Edited:
        """The same after one more edit."""
        slip = slip_of(row, what, self.spelling)
        return Edited(expression, (*self.slips, slip), (*self.rows, row), self.spelling)

    def edits(self, rows: tuple[Mistake, ...], subject: Subject) -> Iterator[Edited]:
        """All that one more edit makes of it."""
        for row in rows:
            for changed, what in row.edits(self.expression, subject):
                if changed is not self.expression:
                    yield self.after(row, changed, what)


def _nodes(*expressions: Expression) -> int:
    return len({node for expression in expressions for node in walk(expression)})


def smallest_repair(truth: Truth, subject: Subject, claimed: Expression) -> tuple[Expression, tuple[Slip, ...]] | None:
    """The fewest edits after which the claim is right, and what slipped; None where it is not found.

    It is not looked for in what nobody writes by hand, where the search would take minutes.
    """
    if _nodes(claimed) > LARGEST_CLAIM or _nodes(*(d.body for d in subject.program.definitions)) > LARGEST_MODEL:
        return None
    found = _Search(truth, subject).run(claimed)
    return (truth.written_out(found.expression), found.slips) if found is not None else None


class _Search:
    def __init__(self, truth: Truth, subject: Subject) -> None:
        self.truth, self.subject = truth, subject
        self.derived = self._derivative(truth.at_random)
        self._known_parts: dict[Misderive, list[NDArray[np.float64]]] = {}

    def run(self, claimed: Expression) -> Edited | None:
        starts = self._starts(Edited(claimed, spelling=self.subject.spelling))
        for start in starts:
            if start.slips and self._passes(start):
                return start
        once: list[dict[int, Edited]] = [{} for _ in starts]
        found = self._one(starts, once)
        for start, known in zip(starts, once, strict=True):
            candidates = list(known.values())
            pair = found or self._pair(start, candidates)
            if pair is None or any(row.weak for row in pair.rows):
                pair = found or self._edited_and_misderived(candidates) or pair
            found = pair
        for start in starts:
            found = found or self._misderived_twice(start)
        return found

    def _one(self, starts: list[Edited], once: list[dict[int, Edited]]) -> Edited | None:
        """The first row of the catalogue that explains the claim by itself; `once` keeps what was tried."""
        values = [self._values(start.expression, self.truth.at_random) for start in starts]
        for row in CATALOGUE:
            for start, claimed, known in zip(starts, values, once, strict=True):
                for candidate in self._new(start.edits((row,), self.subject), known):
                    if self._passes(candidate):
                        return candidate
                found = self._misderived(start, claimed, row)
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
            reached = list(islice(self._new(iter(further), {}), _MOST_STARTS))
        return reached if reached == [claimed] else [*reached, claimed]

    def _unfit(self, expression: Expression) -> int:
        """How many axes of the claim the expression lacks, and how many it has besides."""
        return len(expression.free ^ set(self.subject.axes))

    def _loose(self, expression: Expression) -> bool:
        return bool(expression.free - set(self.subject.axes))

    def _new(self, candidates: Iterator[Edited], known: dict[int, Edited]) -> Iterator[Edited]:
        """Each expression once, with the first way that led to it; `known` keeps them."""
        for candidate in candidates:
            if len(known) >= MOST_CANDIDATES:
                return
            spend(CHANGE_TRIED)
            identity = candidate.expression.identity
            if identity not in known:
                known[identity] = candidate
                yield candidate

    # --- numbers ---

    def _derivative(self, batch: Batch) -> NDArray[np.float64]:
        target = self.subject.target
        return _at_all_points(target.slice_of(batch.derivative(self.truth.of, target.tensor)), batch)

    def _values(self, expression: Expression, batch: Batch) -> NDArray[np.float64] | None:
        if self._loose(expression):
            return None
        try:
            return self.truth.values_along(expression, self.subject.axes, batch).reshape(-1)
        except (ChalkgradError, KeyError):
            return None

    def _passes(self, candidate: Edited) -> bool:
        values = self._values(candidate.expression, self.truth.at_random)
        if values is None or values.shape != self.derived.shape:
            return False
        with np.errstate(all="ignore"):
            far = np.abs(values - self.derived) > DIFFERENT * (1 + np.abs(values) + np.abs(self.derived))
        written, target = self.truth.written_out(candidate.expression), self.subject.target
        return (
            not far.any() and compare(self.truth, written, target)[0] and not undefined_at(self.truth, written, target)
        )

    # --- wrong rules ---

    def _misderived(self, start: Edited, values: NDArray[np.float64] | None, row: Mistake) -> Edited | None:
        """What explains the claim, which has those values, as that which a wrong rule gives."""
        if values is None or row.misderive is None:
            return None
        for wrong, part in self._parts_of(row.misderive):
            if _agree(values, part):
                return start.after(row, self._right, wrong.what)
        return None

    def _edited_and_misderived(self, candidates: list[Edited]) -> Edited | None:
        """One edit and one wrong rule, both telling ones."""
        for candidate in candidates:
            if candidate.rows[-1].weak:
                continue
            values = self._values(candidate.expression, self.truth.at_random)
            for row in CATALOGUE:
                found = self._misderived(candidate, values, row) if not row.weak else None
                if found is not None:
                    return found
        return None

    def _misderived_twice(self, start: Edited) -> Edited | None:
        """Two wrong rules, whose errors add up."""
        values = self._values(start.expression, self.truth.at_random)
        if values is None:
            return None
        with np.errstate(all="ignore"):
            errors = [
                (row, wrong, part - self.derived)
                for row in CATALOGUE
                if row.misderive is not None
                for wrong, part in self._parts_of(row.misderive)
            ]
            for place, (row, one, error) in enumerate(errors):
                for other_row, other, more in errors[:place]:
                    if other_row is not row and _agree(values, self.derived + error + more):
                        return start.after(other_row, self._right, other.what).after(row, self._right, one.what)
        return None

    @property
    def _derivatives(self) -> Misderivations:
        return self.truth.misderivations(self.subject.target.tensor)

    def _parts_of(self, misderive: Misderive) -> Iterator[tuple[Misderived, NDArray[np.float64]]]:
        """The wrong derivatives of one kind, each with its numbers at the claim's own indices."""
        known = self._known_parts.setdefault(misderive, [])
        for place, wrong in enumerate(self._derivatives.of_kind(misderive)):
            if place == len(known):
                known.append(self._part(wrong.derivative))
            yield wrong, known[place]

    def _part(self, derivative: NDArray[np.float64]) -> NDArray[np.float64]:
        return _at_all_points(self.subject.target.slice_of(derivative), self.truth.at_random)

    @cached_property
    def _right(self) -> Expression:
        """The derivative in one formula, at the claim's own indices."""
        target = self.subject.target
        name = target.tensor.name
        derivation = derive(self.truth.program, [name], self.truth.of.name)
        moved = dict(zip(derivation.definition(name).indices, target.indices, strict=True))
        return substitute_axes(derivation.closed_form(name), moved)

    # --- two slips ---

    def _pair(self, start: Edited, candidates: list[Edited]) -> Edited | None:
        """Two of the edits that make the claim right together."""
        one = self.truth.at_one_sample
        derived = self._derivative(one)
        begun = self._values(start.expression, one)
        if begun is None or begun.shape != derived.shape:
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
        with np.errstate(all="ignore"):
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


def _agree(values: NDArray[np.float64], wrong: NDArray[np.float64]) -> bool:
    """Whether two arrays are equal wherever both are defined; those of other sizes are not."""
    if values.shape != wrong.shape:
        return False
    with np.errstate(all="ignore"):
        apart = np.abs(values - wrong) / (1 + np.abs(values) + np.abs(wrong))
    defined = np.isfinite(apart)
    if (apart[defined] > _SAME).any():
        return False
    telling = defined & ((np.abs(values) > _SAME) | (np.abs(wrong) > _SAME))
    return int(telling.sum()) >= _NEEDED


_SUM_ROWS = tuple(row for row in CATALOGUE if row.kind.startswith(_SUMS))
_PLACE = {row.kind: place for place, row in enumerate(CATALOGUE)}


def _strangeness(pair: tuple[Edited, Edited]) -> tuple[int, int]:
    rows = pair[0].rows[-1], pair[1].rows[-1]
    return sum(row.weak for row in rows), sum(_PLACE[row.kind] for row in rows)


def _is_guess(one: Mistake, other: Mistake) -> bool:
    """Two weak edits, or a factor taken out and another put in, would make anything right: that explains nothing."""
    kinds = {one.kind, other.kind}
    if kinds == {"sign_flipped"}:
        return True  # which are none
    return (one.weak and other.weak) or ("factor_too_many" in kinds and not _PUT_IN.isdisjoint(kinds))
