"""What came of reading something under sorts, kept by the sorts that were asked for on the way.

A reading asks for one sort after the other, and which is next rests on the answers before: so what came of it stands at
the end of a path of questions, and serves for all sorts that give the same answers. Most misfits need only a few.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeAlias

from chalkgrad.page.effort import spend_again, steps_left
from chalkgrad.reading.search_states import BySort, Outcome
from chalkgrad.reading.sense import Sort
from chalkgrad.reading.vocabulary import Symbol


@dataclass
class Question:
    """The quantity whose sort was asked for next, and where each answer leads."""

    symbol: Symbol
    answers: dict[Sort | None, Answered] = field(default_factory=dict)


Answered: TypeAlias = Question | Outcome


class AskedSorts(BySort):
    """Sorts that know which of them were asked for, in order."""

    def __init__(self, sorts: Mapping[Symbol, Sort], templated: frozenset[str]) -> None:
        super().__init__(sorts, templated)
        self.asked: dict[Symbol, Sort | None] = {}

    def get(self, symbol: Symbol, default: object = None) -> Sort | None:  # type: ignore[override]
        key = self.key(symbol)
        found = self.asked[key] = dict.get(self, key)
        return found


@dataclass
class Answers:
    """What came of reading one thing under the sorts so far.

    `before` has what came of it in other documents, by what that rests on besides.
    """

    templated: frozenset[str]
    before: Mapping[str, Answers] = field(default_factory=dict)
    first: Answered | None = None
    count: int = 0  # the outcomes in it
    made_up: int = 0  # how many functions had been made up when `before` was looked up

    def outcome(self, sorts: Mapping[Symbol, Sort], read: Callable[[BySort], Outcome]) -> Outcome:
        """What came of it before, or what reading it gives; the work is counted once, whoever did it."""
        at = self.first
        while isinstance(at, Question):
            at = at.answers.get(sorts.get(at.symbol))
        if at is not None:
            return at
        known = next((path for each in self.before.values() if (path := each.path(sorts)) is not None), None)
        if known is not None:
            asked, found = known
            spend_again(found.work)
        else:
            asking = AskedSorts(sorts, self.templated)
            left = steps_left()
            found = read(asking)
            asked = list(asking.asked.items())
            if found.rests_on in self.before and left is not None:
                found = replace(found, work=left - (steps_left() or 0))
                self.before[found.rests_on].keep(asked, _without_frames(found))
        self.keep(asked, found)
        return found

    def path(self, sorts: Mapping[Symbol, Sort]) -> tuple[list[tuple[Symbol, Sort | None]], Outcome] | None:
        """What came of it under the sorts, after the questions that lead there with their answers; None if unknown."""
        asked: list[tuple[Symbol, Sort | None]] = []
        at = self.first
        while isinstance(at, Question):
            answer = sorts.get(at.symbol)
            asked.append((at.symbol, answer))
            at = at.answers.get(answer)
        return (asked, at) if at is not None else None

    def keep(self, asked: list[tuple[Symbol, Sort | None]], found: Outcome) -> None:
        """Keeps what came of it where the questions were answered so."""
        self.count += 1
        if not asked:
            self.first = found
            return
        if self.first is None:
            self.first = Question(asked[0][0])
        at = self.first
        for (_, answer), (following, _) in pairwise(asked):
            assert isinstance(at, Question)
            at = at.answers.setdefault(answer, Question(following))
        assert isinstance(at, Question)
        at.answers[asked[-1][1]] = found


def _without_frames(found: Outcome) -> Outcome:
    """The same, where its problem holds nothing of how it came about."""
    if found.problem is not None:
        found.problem.__traceback__ = found.problem.__context__ = found.problem.__cause__ = None
    return found
