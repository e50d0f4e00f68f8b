"""How far a reading is to be trusted when it says that a claim is wrong.

Most authors are right most of the time, so that a reading that finds much wrong is the likelier slip. A short text
leaves nothing to guess. In a sheet a slip that people make is wrong; one that differs by a factor or in any way, where
something is guessed or does not fit, only if what the document claims rightly speaks of the same names. A longer
document is read in parts, and each part has to bear out its reading by itself: what is claimed rightly in it speaks of
all names of the claim, and is twice as much as what is wrong; or hardly anything is wrong in the whole document. What
is not trusted is undetermined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from chalkgrad.checking.judged import RIGHT, Judged
from chalkgrad.checking.report import CheckedClaim
from chalkgrad.reading.facts import Facts, Statement
from chalkgrad.reading.readings import Reading
from chalkgrad.reading.vocabulary import quantities

_DOUBTFUL = "as it is read here, {reason}; but nothing else bears that reading out"
_GUESSED = 0.5  # from this cost on, something of the reading is a guess
_MOST_SLIPS = 2  # more of them at once explain anything
_SHORT, _SHEET = 3, 8  # claims in a text in which nothing has to be borne out, and in one where slips need not be
_MOSTLY = 5  # for each claim that is wrong so many are right: the reading is good
_IN_PART, _IN_ALL = 2, 10  # the same in a part of a longer document, and in all of it
# With these any formula comes from any other: they say where two differ, and less what somebody did.
_WEAK = frozenset(
    {"factor_too_many", "factor_missing", "term_too_many", "term_missing", "wrong_variable", "wrong_weights",
     "weight_missing", "wrong_index", "sum_over_units_missing", "value_for_derivative"}
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """What is told of the claims of a part, by their places, and the reading behind it."""

    claims: Mapping[int, CheckedClaim]
    judged: Sequence[Judged]
    reading: Reading

    @cached_property
    def statements(self) -> dict[int, Statement]:
        """The statements of the part, by their places."""
        compared = {each.claim.statement.place: each.claim.statement for each in self.judged}
        return {each.place: each for each in self.reading.facts.statements} | compared


@dataclass
class Evidence:
    """What the claims of a document say for the readings of its parts."""

    claims: int = 0
    right: int = 0
    wrong: int = 0
    unexplained: int = 0
    borne_out: set[str] = field(default_factory=set)
    slips: set[str] = field(default_factory=set)
    guessed: bool = False

    @classmethod
    def of(cls, parts: Sequence[Part]) -> Evidence:
        """What all parts of a document say together."""
        found = cls()
        for part in parts:
            wrong = [each for each in part.claims.values() if each.verdict == "wrong"]
            found.slips |= {slip.kind for each in wrong if _is_explained(each) for slip in each.mistakes}
        for part in parts:
            facts, statements = part.reading.facts, part.statements
            found.guessed = found.guessed or _guesses(part.reading)
            for place, each in part.claims.items():
                if each.verdict not in ("right", "right_up_to", "wrong", "undetermined"):
                    continue
                explained = _is_explained(each, found.slips)
                found.claims += 1
                found.right += each.verdict in RIGHT
                found.wrong += each.verdict == "wrong"
                found.unexplained += each.verdict == "wrong" and not explained
                if place in statements and each.verdict in RIGHT and not _is_chain_alone(each):
                    found.borne_out |= _names(facts, statements[place])
        return found

    def trusts(self, claim: CheckedClaim, names: set[str], in_part: Evidence) -> bool:
        """Whether a claim that is told to be wrong is, by what the document and the part that it stands in say."""
        if claim.follows is not None:
            return True
        explained = _is_explained(claim, self.slips)
        sure = explained and not any(slip.kind in _WEAK for slip in claim.mistakes)
        known = bool(names) and names <= self.borne_out
        invented, misfit = claim.invented, claim.misfit
        if self.claims > _SHEET:
            borne_out = bool(names) and names <= in_part.borne_out and in_part.right >= _IN_PART * in_part.wrong
            hardly_ever = known and self.right >= _IN_ALL * self.wrong and not misfit
            return (borne_out or hardly_ever) and (sure or not invented)
        if not explained:
            short = self.claims <= _SHORT and not self.guessed and bool(names)
            return short or (known and not invented and self.right >= self.unexplained)
        if self.claims <= _SHORT or not (misfit or (not sure and (self.guessed or invented))):
            return True
        much = sure or 2 * len(names & self.borne_out) >= len(names)
        enough = sure or (known and not invented) or self.right >= _MOSTLY * self.wrong
        return much and enough and self.right >= self.wrong + (misfit and not known)


def in_doubt(parts: Sequence[Part]) -> list[dict[int, CheckedClaim]]:
    """The verdicts of the parts of a document, where those that rest on what nothing bears out are undetermined."""
    evidence = Evidence.of(parts)
    result = []
    for part in parts:
        in_part = Evidence.of([part])
        found, doubted = dict(part.claims), set[int]()
        for place, each in part.claims.items():
            if each.verdict != "wrong" or place not in part.statements:
                continue
            names = _names(part.reading.facts, part.statements[place])
            if each.follows in doubted or not evidence.trusts(each, names, in_part):
                found[place] = _doubted(each)
                doubted.add(each.line)
        result.append(found)
    return result


def _is_explained(claim: CheckedClaim, seen: set[str] | frozenset[str] = frozenset()) -> bool:
    """Whether a wrong claim follows from another, or has few slips besides those `seen` in claims that have few."""
    if claim.verdict != "wrong" or not claim.mistakes:
        return claim.verdict == "wrong" and claim.follows is not None
    kinds = [slip.kind for slip in claim.mistakes]
    return len(kinds) <= _MOST_SLIPS or (any(kind in seen for kind in kinds) and len(set(kinds) - seen) < _MOST_SLIPS)


def _is_chain_alone(claim: CheckedClaim) -> bool:
    """Whether a claim is a chain rule and nothing else: that says nothing of what its quantities are."""
    return bool(claim.chain) and claim.reason == claim.chain


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


__all__ = ["Part", "in_doubt"]
