"""Why a side of a claim is wrong: what slipped in it, a point where it fails, and what it should have said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice

from chalkgrad.checking.cases import Case, Cases
from chalkgrad.checking.comparing import find_difference
from chalkgrad.checking.comparisons import Compared
from chalkgrad.checking.misfits import Misfits
from chalkgrad.checking.products import told_as_products
from chalkgrad.checking.truth import Target, Truth
from chalkgrad.checking.verdict import TRANSPOSED, Judgement, explained
from chalkgrad.checking.words import PLAIN, Spelling
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Expression
from chalkgrad.page.effort import MOST_FOR_EXPLAINING, SpentError, at_most
from chalkgrad.page.syntax import Span
from chalkgrad.reading.factors import NUMBER_PLACE_BY_PLACE
from chalkgrad.reading.layout import KINDS, Value
from chalkgrad.reading.readings import ClaimRead

_MOST_EXPLAINED = 4


@dataclass(frozen=True)
class Explanation:
    """What is told of a wrong side; `case` is the side as a claim about one number, if it is one.

    `span` is what is underlined, if that is known, and `number` which side it is, if another than the one asked for.
    """

    judgement: Judgement
    case: Case | None = None
    span: Span | None = None
    number: int | None = None


@dataclass
class Explaining:
    """Explains the wrong sides of a reading's claims."""

    cases: Cases
    spelling: Spelling = PLAIN

    def __post_init__(self) -> None:
        self.misfits = Misfits(self.cases)

    def side(self, claim: ClaimRead, number: int, side: Compared) -> Explanation:
        """Why a side, the one after as many others as `number`, is wrong; just that it is where nothing explains it."""
        try:
            with at_most(MOST_FOR_EXPLAINING):
                return self._side(claim, number, side)
        except (ChalkgradError, KeyError, ValueError, RecursionError, SpentError):
            return Explanation(Judgement("wrong", side.reason))

    def _side(self, claim: ClaimRead, number: int, side: Compared) -> Explanation:
        if side.verdict == "right" and side.fitted is not None and side.fitted.layout:
            return Explanation(TRANSPOSED)
        if side.verdict == "right" and side.fitted is not None and side.fitted.side.loosely == NUMBER_PLACE_BY_PLACE:
            return Explanation(Judgement("wrong", NUMBER_PLACE_BY_PLACE))
        strict = side.fitted is not None and not side.fitted.side.loosely
        case = self.cases.of(claim, side) if strict else None
        if case is not None:
            judged = told_as_products(self._judged(case), claim.statement.chain.sides[number + 1])
            if judged.slips:
                return Explanation(judged, case)
        elif strict:
            difference = self.cases.inequality(claim, side)
            return Explanation(Judgement("wrong", side.reason, difference=difference))
        found = self._changed(claim, number, side, case)
        if found is not None:
            if case is not None and found.judgement.difference is None:
                found = replace(found, judgement=replace(found.judgement, difference=judged.difference))
            return found
        if case is not None:
            return Explanation(judged, case)
        unfit = side.fitted is None
        reason = self.unfit(claim, number, side) if unfit else side.reason
        return Explanation(Judgement("wrong", reason, misfit=unfit))

    def unfit(self, claim: ClaimRead, number: int, side: Compared) -> str:
        """Why a side cannot be what the left one is."""
        if claim.left.misfit is not None:
            return "The parts of the left side do not fit"
        ways = claim.sides[number]
        left, right = claim.left.value, next((way.value for way in ways if way.value is not None), None)
        if left is None or right is None:
            return f"The parts of this side do not fit: {side.reason}"
        one, other = self._layout(left), self._layout(right)
        if one == other and left.scalar:
            return "The indices do not fit: a letter stands at a place that counts something else"
        if one == other:
            return f"The sizes of the sides do not fit: each is {one}, but of other sizes"
        return f"The sides do not fit: on the left stands {one}, on the right {other}"

    def _layout(self, value: Value) -> str:
        """What a value is, with its sizes where the document has letters or numbers for them."""
        find = self.cases.comparing.reading.sizes.find
        roots = [find(axis.size) for axis in value.axes]
        sizes = [self.spelling.sizes.get(root, root if isinstance(root, int) else "") for root in roots]
        known = all(str(size) for size in sizes) and sizes
        if not known:
            return KINDS[value.kind]
        shape = " × ".join(map(str, sizes))
        return f"{KINDS[value.kind]} of {shape}" if len(sizes) == 1 else f"a {shape} matrix"

    def with_difference(self, claim: ClaimRead, side: Compared, explanation: Explanation) -> Explanation:
        """The same with a point where the side fails."""
        case = self.cases.of(claim, side)
        if case is None:
            return explanation
        difference = find_difference(case.truth, case.claimed, case.target)
        return replace(explanation, judgement=replace(explanation.judgement, difference=difference), case=case)

    def _changed(self, claim: ClaimRead, number: int, side: Compared, case: Case | None) -> Explanation | None:
        """A side that one change of how it is written makes right, by itself or with another slip."""
        syntax = claim.statement.chain.sides[number + 1]
        misfit = side.verdict == "misfit"
        about = f"{self.unfit(claim, number, side)}. " if misfit else ""
        fitting = []
        for each in self.misfits.alternatives(claim, syntax):
            if each.side.verdict == "right" and not each.side.notes:
                slip = self.misfits.slip(claim, each)
                judged = Judgement("wrong", about + slip.message, slips=(slip,), misfit=misfit)
                return Explanation(judged, case, each.variant.span)
            if each.side.verdict == "wrong":
                fitting.append(each)
        for compared in (
            islice(self.misfits.loosely(claim, claim.sides[number]), _MOST_EXPLAINED) if case is None else ()
        ):
            found = self.cases.of(claim, compared)
            if found is None:
                continue
            judged = told_as_products(self._judged(found), syntax)
            if judged.slips:
                return Explanation(judged, found)
        for each in fitting[:_MOST_EXPLAINED]:
            found = self.cases.of(claim, each.side)
            if found is None:
                continue
            judged = self._judged(found)
            if judged.slips:
                slips = (self.misfits.slip(claim, each), *judged.slips)
                words = about + " ".join(slip.message for slip in slips)
                return Explanation(Judgement("wrong", words, slips=slips, misfit=misfit), case, each.variant.span)
        return None

    def _judged(self, case: Case) -> Judgement:
        return self.of_truth(case.truth, case.target, case.claimed, case.written)

    def of_truth(self, truth: Truth, target: Target, claimed: Expression, written: Expression) -> Judgement:
        """What is said of a wrong claim; `written` has the names of the writer's own standing in it."""
        spelling = self.spelled_in(truth)
        try:
            return explained(truth, target, claimed, 0, self._may(), None if written is claimed else written, spelling)
        except ChalkgradError as problem:
            return Judgement("wrong", f"it differs from the derivative; it could not be explained: {problem}")

    def spelled_in(self, truth: Truth) -> Spelling:
        """The document's spelling, with the formulas of values that have no name."""
        inside = {each.tensor: each for each in truth.program.definitions if " " in each.tensor.name}
        return replace(self.spelling, inside=inside)

    def _may(self) -> frozenset[str]:
        reading = self.cases.comparing.reading
        return frozenset({"mean"}) if reading.loss in reading.named else frozenset()
