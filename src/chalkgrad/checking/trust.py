"""How far a reading is to be trusted when it says that a claim is wrong.

Most authors are right most of the time, so that a reading that finds much wrong is the likelier slip. A short text
leaves nothing to guess. In a sheet a slip that people make is wrong; one that differs by a factor or in any way, where
something is guessed or does not fit, only if what the document claims rightly speaks of the same names. A longer
document is read in parts, and each part has to bear out its reading by itself: what is claimed rightly in it speaks of
all names of the claim, and is twice as much as what is wrong; or hardly anything is wrong in the whole document.

Where nothing stays open, every definition is read, nothing is guessed and nearly all is right, the reading is the
writer's: what differs there is wrong, whatever it speaks of. What is not trusted is undetermined.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from chalkgrad.checking.judged import RIGHT, Judged
from chalkgrad.checking.report import CheckedClaim
from chalkgrad.checking.strays import Mentions
from chalkgrad.reading.facts import Facts, Statement
from chalkgrad.reading.readings import Reading
from chalkgrad.reading.vocabulary import quantities

_DOUBTFUL = "as it is read here, {reason}; but nothing else bears that reading out"
_RELATION, _DERIVED = re.compile(r"=|\\equiv|≡"), re.compile(r"\\partial|\\nabla|∂|∇|\\frac\{d\b")
_GUESSED = 0.5  # from this cost on, something of the reading is a guess
_MOST_SLIPS = 2  # more of them at once explain anything
_SHORT, _SHEET = 3, 8  # claims in a text in which nothing has to be borne out, and in one where slips need not be
_MOSTLY = 5  # for each claim that is wrong so many are right: the reading is good
_IN_PART, _IN_ALL = 2, 10  # the same in a part of a longer document, and in all of it
_CLEARLY = 3  # where nothing is open, so many right ones for each that is wrong
_SEVERAL = 2  # right claims that are no mere chain rules
# With these any formula comes from any other: they say where two differ, and less what somebody did.
_WEAK = frozenset(
    {"factor_too_many", "factor_missing", "term_too_many", "term_missing", "wrong_variable", "wrong_weights",
     "weight_missing", "wrong_index", "sum_over_units_missing", "value_for_derivative"}
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """What is told of the claims of a part, by their places, and the reading behind it.

    `odd` says of undetermined claims for what in them nothing else here has a place.
    """

    claims: Mapping[int, CheckedClaim]
    judged: Sequence[Judged]
    reading: Reading
    odd: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, claims: Mapping[int, CheckedClaim], judged: Sequence[Judged], reading: Reading, by: Mentions) -> Part:
        """A part, with what is odd in it, as far as the letters of its document tell."""
        own = {each.claim.statement.place: by.odd(each, reading) for each in judged if each.verdict == "undetermined"}
        return cls(claims, judged, reading, {place: reason for place, reason in own.items() if reason})

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
    derived: int = 0  # right, and no mere chain rule
    still_open: int = 0
    half_told: bool = False  # words name the loss, and functions are any: what links hold of any is no model
    odd: int = 0
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
            found.half_told = found.half_told or bool(part.reading.unknown and part.reading.named_as)
            for place, each in part.claims.items():
                found.still_open += each.verdict in ("undetermined", "unread") and place not in part.odd
                found.odd += place in part.odd
                if each.verdict not in ("right", "right_up_to", "wrong", "undetermined"):
                    continue
                explained = _is_explained(each, found.slips)
                found.claims += 1
                found.right += each.verdict in RIGHT
                found.wrong += each.verdict == "wrong"
                found.unexplained += each.verdict == "wrong" and not explained
                if place in statements and each.verdict in RIGHT and not _is_chain_alone(each):
                    found.derived += 1
                    found.borne_out |= _names(facts, statements[place])
        return found

    def is_clear(self, about_the_same: bool = False) -> bool:
        """Whether nothing is open or guessed and what is right leaves no doubt of the reading, `about_the_same` names
        as a claim that is told to be wrong, or about others.
        """
        if self.still_open or self.guessed or self.half_told or self.derived < _SEVERAL:
            return False
        return self.derived >= _CLEARLY * (self.wrong + self.odd) or (about_the_same and 2 * self.derived >= self.wrong)

    def trusts(self, claim: CheckedClaim, names: set[str], in_part: Evidence, *, gives_name: bool) -> bool:
        """Whether a claim that is told to be wrong is, by what the document and the part that it stands in say.

        One that `gives_name` to a derivative may err in which one it is, and be meant as the other lines use it.
        """
        if claim.follows is not None:
            return True
        explained = _is_explained(claim, self.slips)
        sure = explained and not any(slip.kind in _WEAK for slip in claim.mistakes)
        known = bool(names) and names <= self.borne_out
        invented, misfit = claim.invented, claim.misfit
        clear = in_part.is_clear() if self.claims > _SHEET else self.is_clear(known and explained)
        if clear and not (misfit and gives_name):
            return True
        if self.claims > _SHEET:
            borne_out = bool(names) and names <= in_part.borne_out and in_part.right >= _IN_PART * in_part.wrong
            hardly_ever = known and self.right >= _IN_ALL * self.wrong and not misfit
            return (borne_out or hardly_ever) and (sure or not invented)
        if self.still_open > self.right + self.wrong and not sure and not known:
            return False  # most of the text was not understood
        if not explained:
            short = self.claims <= _SHORT and not self.guessed and bool(names)
            return short or (known and not invented and self.right >= self.unexplained)
        if self.claims <= _SHORT or not (misfit or (not sure and (self.guessed or invented))):
            return True
        much = sure or 2 * len(names & self.borne_out) >= len(names)
        enough = sure or (known and not invented) or self.right >= _MOSTLY * self.wrong
        least = self.wrong + (misfit and not known) * (1 if sure else self.wrong)
        return much and enough and self.right >= least


def in_doubt(parts: Sequence[Part]) -> list[dict[int, CheckedClaim]]:
    """The verdicts of the parts of a document, where those that rest on what nothing bears out are undetermined."""
    evidence = Evidence.of(parts)
    result = []
    for part in parts:
        in_part = Evidence.of([part])
        found, doubted = dict(part.claims), set[int]()
        clear = (in_part if evidence.claims > _SHEET else evidence).is_clear()
        for place, each in part.claims.items():
            if place in part.odd and each.verdict == "undetermined" and clear:
                found[place] = replace(each, verdict="wrong", reason=part.odd[place])
            if each.verdict != "wrong" or place not in part.statements:
                continue
            statement = part.statements[place]
            names = _names(part.reading.facts, statement)
            gives_name = _gives_name(statement)
            if each.follows in doubted or not evidence.trusts(each, names, in_part, gives_name=gives_name):
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


def _gives_name(statement: Statement) -> bool:
    r"""Whether an equation says of which derivative its name stands: `\delta_k = \partial E / \partial a_k = …`."""
    left, *others = _RELATION.split(statement.equation.latex[slice(*statement.chain.span)])
    return not _DERIVED.search(left) and any(map(_DERIVED.search, others))


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
