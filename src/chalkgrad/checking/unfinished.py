"""Claims that more work would decide than is done for them: what is told of them, and why."""

from __future__ import annotations

from dataclasses import replace

from chalkgrad.checking.comparisons import Compared
from chalkgrad.checking.judged import Judged
from chalkgrad.reading.facts import Facts
from chalkgrad.reading.readings import ClaimRead, Reading, SideRead
from chalkgrad.reading.sizes import Sizes


def unfinished(judged: Judged, reason: str) -> Judged:
    """A claim as undetermined, for the reason that not all was tried."""
    return replace(judged, verdict="undetermined", reason=reason)


def not_reached(facts: Facts, reason: str) -> tuple[list[Judged], Reading]:
    """The claims of a part of which no reading was found, each undetermined, and a reading that says nothing."""
    reading = Reading(facts, {}, Sizes(), loss=str(facts.loss) if facts.loss is not None else "")
    found = []
    for statement in facts.claims:
        if not statement.borrowed:
            left, *others = statement.chain.sides
            claim = ClaimRead(statement, SideRead(left, None), [[] for _ in others], {})
            found.append(Judged(claim, "undetermined", reason, tuple(Compared("undetermined", reason) for _ in others)))
    return found, reading
