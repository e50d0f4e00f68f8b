"""A claim with its verdict."""

from __future__ import annotations

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
