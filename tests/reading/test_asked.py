"""What came of a reading is found again under all sorts that give the same answers to what it asks."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from chalkgrad.errors import ReadingError
from chalkgrad.reading.asked import Answers
from chalkgrad.reading.search_states import BySort, Outcome
from chalkgrad.reading.sense import Sort
from chalkgrad.reading.vocabulary import Symbol

A, B, C = (Symbol(letter) for letter in "abc")
NUMBER, COLUMN = Sort(), Sort(0, "C")


@pytest.fixture
def reads() -> list[Outcome]:
    return []


def outcome(answers: Answers, reads: list[Outcome], sorts: Mapping[Symbol, Sort]) -> Outcome:
    """What comes of asking for a, then for c where that is a column, else for b."""

    def read(asked: BySort) -> Outcome:
        asked.get(C if asked.get(A) == COLUMN else B)
        reads.append(Outcome(None, 1.0, ReadingError(str(len(reads)))))
        return reads[-1]

    return answers.outcome(sorts, read)


def test_what_was_not_asked_for_makes_no_difference(reads: list[Outcome]) -> None:
    answers = Answers(frozenset())
    first = outcome(answers, reads, {A: COLUMN, B: NUMBER, C: NUMBER})
    assert outcome(answers, reads, {A: COLUMN, B: COLUMN, C: NUMBER}) is first
    assert outcome(answers, reads, {A: COLUMN, C: NUMBER}) is first
    assert len(reads) == 1


def test_another_answer_is_another_reading(reads: list[Outcome]) -> None:
    answers = Answers(frozenset())
    every = [{A: a, B: b, C: c} for a in (NUMBER, COLUMN) for b in (NUMBER, COLUMN) for c in (NUMBER, COLUMN)]
    found = [outcome(answers, reads, sorts) for sorts in every + every]
    assert found[:8] == found[8:]
    assert len(reads) == 4
    assert outcome(answers, reads, {}) is reads[4]


def test_what_asks_for_nothing_is_read_once() -> None:
    answers, made = Answers(frozenset()), Outcome(None, 0.0)
    assert answers.outcome({A: NUMBER}, lambda asked: made) is made
    assert answers.outcome({A: COLUMN}, lambda asked: Outcome(None, 1.0)) is made


def test_the_layers_of_a_quantity_have_one_sort(reads: list[Outcome]) -> None:
    answers = Answers(frozenset("a"))
    layer = Symbol("a", (("#", 0),))

    def read(asked: BySort) -> Outcome:
        reads.append(Outcome(None, float(asked.get(Symbol("a", (("l", 0),))) == COLUMN)))
        return reads[-1]

    assert answers.outcome({layer: COLUMN}, read).cost == 1
    assert answers.outcome({layer: NUMBER}, read).cost == 0
    assert answers.outcome({layer: COLUMN, B: NUMBER}, read) is reads[0]
