"""How much work a document may take, in steps and not in seconds: the same for the same text on every machine.

A step is about as much as one small array computed at all points: some ten microseconds. What may take long says so
by `spend`; who can go on without it asks for it under `at_most`, and is told by `SpentError` that it takes more. No
share is larger than what is left of the one around it. Outside of any, nothing is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

MOST_FOR_DOCUMENT = 2_500_000
MOST_FOR_PART = 1_500_000  # a section with what it needs of others
MOST_FOR_CLAIM = 200_000  # comparing one side of it, under one reading
MOST_FOR_EXPLAINING = 400_000  # what slipped in one side
PART_READ = 10  # a part of a formula, read once
CHANGE_TRIED = 20  # a formula with one edit
NUMBERS_IN_A_STEP = 4_000

DOCUMENT_SPENT = "the document takes more work than is done for one; this part of it was not reached"
PART_SPENT = "the section takes more work than is done for one: its names can be read in too many ways"
CLAIM_SPENT = "it takes more work than is done for one claim"


class SpentError(Exception):
    """More work than the share allows. No `ChalkgradError`: who tries one way after another must not go on."""


@dataclass
class Effort:
    """A share of the work: the steps that are left of it."""

    left: int
    spent: bool = False
    given: int = field(init=False)

    def __post_init__(self) -> None:
        self.given = self.left


_CURRENT: ContextVar[Effort | None] = ContextVar("effort", default=None)


def spend(steps: int) -> None:
    """Counts steps; raises `SpentError` where the share has none left."""
    effort = _CURRENT.get()
    if effort is not None:
        effort.left -= steps
        if effort.left < 0:
            effort.spent = True
            raise SpentError


def spend_again(steps: int) -> None:
    """Counts steps that were done before, as if they were done now: with the share used up, the rest is not begun."""
    effort = _CURRENT.get()
    if effort is not None:
        spend(min(steps, max(effort.left, 0) + 1))


def steps_left() -> int | None:
    """How many steps the share has left; None where nothing is counted."""
    effort = _CURRENT.get()
    return None if effort is None else effort.left


@contextmanager
def counting(effort: Effort) -> Iterator[None]:
    """Goes on counting what is done: who tells a document part by part has one effort for all of them."""
    token = _CURRENT.set(effort)
    try:
        yield
    finally:
        _CURRENT.reset(token)


@contextmanager
def at_most(steps: int) -> Iterator[Effort]:
    """A share of so many steps, or of what is left of the one around it.

    >>> with at_most(3) as effort:
    ...     spend(2)
    >>> effort.left, effort.spent
    (1, False)
    """
    around = _CURRENT.get()
    given = steps if around is None else max(0, min(steps, around.left))
    effort = Effort(given)
    token = _CURRENT.set(effort)
    try:
        yield effort
    finally:
        _CURRENT.reset(token)
        if around is not None:
            around.left -= given - effort.left
            around.spent = around.spent or around.left < 0
