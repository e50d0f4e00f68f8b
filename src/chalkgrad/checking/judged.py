"""A claim with its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from chalkgrad.checking.comparisons import Compared, Comparing
from chalkgrad.reading.readings import ClaimRead

RIGHT = ("right", "right_up_to")


@dataclass(frozen=True)
class Judged:
    """A claim with what came of it."""

    claim: ClaimRead
    verdict: str
    reason: str
    sides: tuple[Compared, ...]
    comparing: Comparing | None = field(default=None, compare=False, repr=False)  # by which it was judged


def count_right(found: Sequence[Judged]) -> int:
    return sum(each.verdict in RIGHT for each in found)


def merit(found: Sequence[Judged]) -> tuple[int, int]:
    """How many more are right than refused, and how few are refused."""
    refused = sum(map(is_refused, found))
    return count_right(found) - refused, -refused


def is_refused(judged_: Judged) -> bool:
    """Whether a claim is wrong, or would be if what it speaks of were tied to what is derived."""
    return judged_.verdict == "wrong" or any(side.unconnected for side in judged_.sides)


def all_right(found: Sequence[Judged]) -> bool:
    return not any(map(is_refused, found))
