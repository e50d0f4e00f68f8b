"""What came of reading something under sorts, kept by the sorts that were asked for on the way.

A reading asks for one sort after the other, and which is next rests on the answers before: so what came of it stands at
the end of a path of questions, and serves for all sorts that give the same answers. Most misfits need only a few.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

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
    """What came of reading one thing under the sorts so far."""

    templated: frozenset[str]
    first: Answered | None = None

    def outcome(self, sorts: Mapping[Symbol, Sort], read: Callable[[BySort], Outcome]) -> Outcome:
        """What came of it before, or what reading it gives."""
        at = self.first
        while isinstance(at, Question):
            at = at.answers.get(sorts.get(at.symbol))
        if at is not None:
            return at
        asking = AskedSorts(sorts, self.templated)
        found = read(asking)
        self._keep(list(asking.asked.items()), found)
        return found

    def _keep(self, asked: list[tuple[Symbol, Sort | None]], found: Outcome) -> None:
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
