"""The figures of every law, for the tests that hold them and the script that prints them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from laws.renaming import EVERYTHING, NEW_LETTERS
from laws.repeating import tally_of_labels, tally_of_pairs, tally_of_repetitions
from laws.trials import Tally, Trial, deletion_trials, exchange_trials, nonsense_trials, renaming_trials, tally

Measure = Callable[[bool, list[str] | None], Tally]


def _of(trials: Callable[[bool], tuple[Trial, ...]], kind: str) -> Measure:
    def measure(everything: bool, changed: list[str] | None = None) -> Tally:
        return tally((trial for trial in trials(everything) if trial.kind == kind), changed)

    return measure


def _measures() -> Iterator[tuple[str, Measure]]:
    for role in (*NEW_LETTERS, EVERYTHING):
        yield f"1 renamed: {role}", _of(renaming_trials, role)
    yield "2 definitions exchanged", _of(exchange_trials, "exchanged")
    yield "3 vectors and indices alike", lambda _, changed: tally_of_pairs(changed)
    yield "3 both as they should be", lambda _, changed: tally_of_labels(changed)
    yield "4 definition deleted", _of(deletion_trials, "deleted")
    for nonsense in ("unreadable", "unrelated", "prices", "unread definition"):
        yield f"4 added: {nonsense}", _of(nonsense_trials, nonsense)
    yield "6 the same report twice", tally_of_repetitions


MEASURES: dict[str, Measure] = dict(_measures())
