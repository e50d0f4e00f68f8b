"""How far a reading is to be trusted when it says that a claim is wrong, and nobody finds what slipped in it.

Most authors are right most of the time. A claim that differs from the derivative by a known slip is wrong. One that
differs by anything is wrong only if what is right bears out how its names are read, or if a short text leaves
nothing to guess; else the reading is the likelier slip, and the claim is undetermined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from chalkgrad.checking.judged import Judged
from chalkgrad.checking.report import CheckedClaim
from chalkgrad.reading.facts import Facts, Statement
from chalkgrad.reading.readings import Reading
from chalkgrad.reading.vocabulary import quantities

_DOUBTFUL = "as it is read here, {reason}; but nothing else bears that reading out"
_GUESSED = 0.5  # from this cost on, something of the reading is a guess
_MOST_SLIPS = 2  # more of them at once explain anything
_SHORT = 3  # claims in a part that needs nothing to bear it out


def in_doubt(claims: Mapping[int, CheckedClaim], judged: Sequence[Judged], reading: Reading) -> dict[int, CheckedClaim]:
    """The verdicts of a part, where those that rest on a reading that nothing bears out are undetermined."""
    statements = {each.claim.statement.place: each.claim.statement for each in judged}
    facts = reading.facts
    right = [
        place for place, each in claims.items() if each.verdict in ("right", "right_up_to") and place in statements
    ]
    seen = {slip.kind for each in claims.values() if _is_explained(each) for slip in each.mistakes}
    explained = [place for place, each in claims.items() if _is_explained(each, seen) and place in statements]
    unexplained = sum(each.verdict == "wrong" and not _is_explained(each, seen) for each in claims.values())
    borne_out = {name for place in (*right, *explained) for name in _names(facts, statements[place])}
    alone = len(claims) <= _SHORT and not _guesses(reading)
    found = dict(claims)
    for place, each in claims.items():
        if each.verdict != "wrong" or place in explained or place not in statements:
            continue
        known = _names(facts, statements[place]) <= borne_out and len(right) + len(explained) >= unexplained
        if not known and not alone:
            found[place] = _doubted(each)
    return found


def _is_explained(claim: CheckedClaim, seen: Set[str] = frozenset()) -> bool:
    """Whether a wrong claim follows from another, or has few slips besides those `seen` in claims that have few."""
    if claim.verdict != "wrong" or not claim.mistakes:
        return claim.verdict == "wrong" and claim.follows is not None
    kinds = [slip.kind for slip in claim.mistakes]
    return len(kinds) <= _MOST_SLIPS or (any(kind in seen for kind in kinds) and len(set(kinds) - seen) < _MOST_SLIPS)


def _names(facts: Facts, statement: Statement) -> set[str]:
    return {str(facts.use(name).symbol) for name in quantities(statement.chain)}


def _guesses(reading: Reading) -> bool:
    """Whether something of a reading is a guess, or could not be read."""
    return bool(reading.broken or any(cost >= _GUESSED for cost in reading.said.values()))


def _doubted(claim: CheckedClaim) -> CheckedClaim:
    reason = claim.reason.partition(";")[0].rstrip(".") or "it differs from the derivative"
    reason = _DOUBTFUL.format(reason=reason[:1].lower() + reason[1:])
    return replace(
        claim, verdict="undetermined", reason=reason, mistakes=(), difference=None, right_side=None, marks=()
    )


__all__ = ["in_doubt"]
