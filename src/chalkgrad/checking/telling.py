"""The verdicts on the claims of a part of a document, told: in words, with what slipped, where, and what follows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import islice

from chalkgrad.calculus import derive
from chalkgrad.checking.cases import Case, Cases
from chalkgrad.checking.chains import broken, chain_in, derivative_in, has_one_for_all, told_as_chain
from chalkgrad.checking.comparing import find_difference
from chalkgrad.checking.comparisons import Comparing
from chalkgrad.checking.explaining import Explaining, Explanation
from chalkgrad.checking.following import EarlierSlip, FollowThrough, Slipped, followed
from chalkgrad.checking.guesses import loosely_named, rests_on
from chalkgrad.checking.identities import judged_identities
from chalkgrad.checking.judged import RIGHT, Judged
from chalkgrad.checking.misused import Meaning, Misused
from chalkgrad.checking.partials import Partials
from chalkgrad.checking.places import begins_at, mark
from chalkgrad.checking.report import CheckedClaim
from chalkgrad.checking.right_side import RightSide
from chalkgrad.checking.spelled import spelling_of
from chalkgrad.checking.underlining import marks
from chalkgrad.checking.verdict import Judgement, turned_besides
from chalkgrad.checking.words import Spelling, told
from chalkgrad.drawing.labels import unicode_of
from chalkgrad.language import Element, Expression, Index, Program, Role, Tensor, as_index
from chalkgrad.page.effort import DOCUMENT_SPENT, MOST_FOR_EXPLAINING, SpentError, at_most
from chalkgrad.page.syntax import Name, Span, Syntax
from chalkgrad.reading.facts import Statement, has_derivative, has_primed
from chalkgrad.reading.hidden_samples import samples_of
from chalkgrad.reading.readings import ClaimRead, Reading, ways_of
from chalkgrad.reading.small_changes import STEPS
from chalkgrad.reading.vocabulary import Use

_SIZE = re.compile(r"\|?((?<![\w:])[^\s/|,]+:\d+|size \w+)\|?")  # a size by its own name, in a reason
_FOLLOWS = "it is consistent with your earlier slip (line {line})"


def checked(statement: Statement, kind: str, subject: str, verdict: str, reason: str = "") -> CheckedClaim:
    """A statement with its verdict."""
    line, column = begins_at(statement)
    equation = statement.equation
    return CheckedClaim(line, column, equation.where, equation.latex, kind, subject, verdict, reason)


@dataclass
class Telling:
    """Tells the claims of a reading in their order; without `explain` a wrong one is only said to be wrong."""

    judged: Sequence[Judged]
    reading: Reading
    comparing: Comparing
    explain: bool = True
    spelling: Spelling = field(init=False)

    def __post_init__(self) -> None:
        self.spelling = spelling_of(self.reading, self._samples())
        self.cases = Cases(self.comparing)
        self.explaining = Explaining(self.cases, self.spelling)
        self.following = FollowThrough(self.cases)
        self.partials = Partials(self.judged, self.spelling)
        self.judged = [*self.judged, *judged_identities(self.comparing)]

    def _samples(self) -> list[str]:
        """The sizes that count samples."""
        definitions = self.comparing.definitions.values()
        free = {tensor for each in definitions for tensor in each.body.tensors} - {each.tensor for each in definitions}
        declared = tuple(tensor for tensor in free if tensor.role is not Role.ADJOINT)
        return samples_of(Program(declared, (), ()))

    def claims(self) -> dict[int, CheckedClaim]:
        """What is told of each statement that was judged, or that defines a name which is misused, by its place."""
        by_place = {each.claim.statement.place: each for each in self.judged}
        self.misused = Misused(self.cases, self.judged)
        meanings = self.misused.meanings() if self.explain else {}
        found: dict[int, CheckedClaim] = {}
        for statement in self.reading.facts.statements:
            place = statement.place
            if place in by_place:
                found[place] = self._told_in_time(by_place[place])
            if place in meanings and (place not in found or found[place].verdict != "wrong"):
                found[place] = self._misused(meanings[place])
        return found

    def _told_in_time(self, judged: Judged) -> CheckedClaim:
        try:
            with at_most(MOST_FOR_EXPLAINING):
                return self._told(judged)
        except SpentError:
            statement, reason = judged.claim.statement, DOCUMENT_SPENT
            return checked(statement, self._kind(statement), self.subject(judged.claim), "undetermined", reason)

    def _kind(self, statement: Statement) -> str:
        facts = self.reading.facts
        if has_derivative(statement.chain, facts) or has_primed(statement.chain.sides[0], facts):
            return "claim"
        return "definition" if self.reading.facts.kinds.get(statement.place) == "definition" else "identity"

    def _told(self, judged: Judged) -> CheckedClaim:
        statement = judged.claim.statement
        kind = self._kind(statement)
        reason = _SIZE.sub(lambda match: self.spelling.size(self.reading.sizes.find(match[1])), judged.reason)
        found = checked(statement, kind, self.subject(judged.claim), judged.verdict, reason)
        loose = tuple(loosely_named(self.comparing, statement, self.spelling))
        found = replace(found, title=self.title(judged.claim), wrt=self._by(judged.claim), guesses=loose)
        found = replace(found, chain=self._chain(judged))
        if statement.mended and judged.verdict not in RIGHT:
            return replace(found, verdict="unread", reason=statement.mended)
        if statement.mended:
            what = "it is right with the bracket that is amiss set where it must have been meant"
            found = replace(found, guesses=(*found.guesses, what))
        if judged.verdict in RIGHT:
            return self._right(judged, found)
        if judged.verdict == "wrong":
            return self._wrong(judged, found)
        partial_of = self.partials.told(judged)
        if partial_of is not None:
            verdict, reason, difference = partial_of
            return replace(found, verdict=verdict, reason=reason, difference=difference)
        return found

    # --- what is right ---

    def _right(self, judged: Judged, found: CheckedClaim) -> CheckedClaim:
        points = [side.points for side in judged.sides if side.points]
        if found.kind == "definition":
            return replace(found, verdict="definition", reason="")
        if judged.verdict == "right" and points:
            what = "it agrees with the derivative" if found.kind == "claim" else "its sides are equal"
            where = next((f" for {side.elsewhere}" for side in judged.sides if side.elsewhere), "")
            found = replace(found, reason=f"{what} at {min(points)} random points{where}")
        if found.chain and all(chain_in(side, self.use) for side in judged.claim.statement.chain.sides[1:]):
            found = replace(found, reason=found.chain)
        rests = tuple(rests_on(self.reading, judged.claim)) if found.kind == "claim" else ()
        if rests:
            found = replace(found, reason=", ".join([found.reason, *rests]), guesses=(*found.guesses, *rests))
        return found

    # --- what is wrong ---

    def _wrong(self, judged: Judged, found: CheckedClaim) -> CheckedClaim:
        claim = judged.claim
        number = self._first_wrong(judged)
        side = judged.sides[number]
        if not self.explain:
            return replace(found, reason="it differs from the derivative")
        line = found.line
        earlier = self.following.line_of(claim, side)
        if earlier is not None:
            explanation = Explanation(Judgement("wrong", _FOLLOWS.format(line=earlier), follows=earlier))
            explanation = self.explaining.with_difference(claim, side, explanation)
        else:
            explanation = self._of_side(judged, number)
            if judged.reason and not explanation.judgement.reason:
                explanation = replace(explanation, judgement=replace(explanation.judgement, reason=judged.reason))
            if side.fitted is not None and side.fitted.layout and not self._turns_others:
                explanation = replace(explanation, judgement=turned_besides(explanation.judgement))
        self.following.remember(earlier or line, claim, side)
        told_of = explanation.number if explanation.number is not None else number
        return self._with(found, claim, told_of, explanation)

    @cached_property
    def _turns_others(self) -> bool:
        """Whether other claims, which are right, have rows and columns exchanged as well."""
        fits = [side.fitted for each in self.judged if each.verdict in RIGHT for side in each.sides]
        return any(each is not None and each.layout for each in fits)

    def _misused(self, meaning: Meaning) -> CheckedClaim:
        """What is told of the definition of a name that is no such derivative, as of the claim that it makes."""
        name, target, truth = meaning.name, meaning.target, self.misused.truth
        assert truth is not None
        statement, own = name.statement, name.definition
        earlier = followed(truth, self.misused.slips, target, own.body)
        if earlier is not None:
            words = _FOLLOWS.format(line=earlier.line)
            difference = find_difference(truth, own.body, target)
            judged = Judgement("wrong", words, 0, (), difference, None, earlier.line)
        else:
            judged = self.explaining.of_truth(truth, target, own.body, name.written)
        by = told(target.tensor, self.explaining.spelled_in(truth))
        used = f"line {meaning.line} uses it as the derivative by {by}, which it is not"
        if not meaning.line:
            used = f"it is the error of {by}, so the derivative of the loss by that, which it is not"
        line = judged.follows or name.line
        self.misused.slips.append(EarlierSlip(line, target, own.body))
        element = own.tensor[tuple(map(as_index, own.indices))]
        self.following.slips.append(Slipped(line, truth.of.name, target.tensor.name, target.indices, element))
        found = checked(statement, "definition", own.tensor.name, "wrong", f"{used}: {judged.reason}")
        found = replace(found, mistakes=judged.slips, difference=judged.difference, wrt=target.tensor)
        if judged.follows:
            return replace(found, follows=judged.follows)
        side = statement.chain.sides[1]
        parts = tuple((truth.written_out(part), span) for part, span in self._read_parts(statement, side))
        underlined = marks(statement.equation, side.span, own.body, judged.mended, parts)
        return replace(found, marks=underlined, side=mark(statement.equation, side.span))

    def _read_parts(self, statement: Statement, side: Syntax) -> list[tuple[Expression, Span]]:
        """What stands where in the formula of a definition."""
        if self.reading.setting is None:
            return []
        key = f"again{statement.place}"
        for way in islice(ways_of(self.reading, self.reading.setting, statement, side, key, {}, None), 1):
            self.reading.sizes.join_all(way.pairs, strict=True)
            return [(self.comparing.resizing.of(part), span) for part, span in way.parts]
        return []

    def _first_wrong(self, judged: Judged) -> int:
        """The number of the first side that is not right; a chain in which one unit stands for all is passed over."""
        wrong = []
        for number, side in enumerate(judged.sides):
            loosely = side.fitted is not None and side.fitted.side.loosely
            if side.verdict in ("wrong", "misfit") or (side.verdict == "right" and loosely):
                wrong.append(number)
        sides = judged.claim.statement.chain.sides[1:]
        told = [number for number in wrong if not has_one_for_all(chain_in(sides[number], self.use))]
        if wrong:
            return (told or wrong)[0]
        exchanged = (n for n, side in enumerate(judged.sides) if side.fitted is not None and side.fitted.layout)
        return next(exchanged, 0)

    def _of_side(self, judged: Judged, number: int) -> Explanation:
        """Why a side is wrong; after a chain that breaks, the next side that is wrong as well."""
        claim = judged.claim
        chain = self._chain_broken(claim, number)
        if chain is None:
            return self.explaining.side(claim, number, judged.sides[number])
        for later in range(number + 1, len(judged.sides)):
            if judged.sides[later].verdict in ("wrong", "misfit"):
                found = self.explaining.side(claim, later, judged.sides[later])
                slips = (*chain.judgement.slips, *found.judgement.slips)
                reason = f"{chain.judgement.reason}. {found.judgement.reason}"
                return replace(found, judgement=replace(found.judgement, slips=slips, reason=reason), number=later)
        return chain

    def _chain_broken(self, claim: ClaimRead, number: int) -> Explanation | None:
        sides = claim.statement.chain.sides
        factors, whole = chain_in(sides[number + 1], self.use), derivative_in(sides[0], self.use)
        found = broken(factors, whole) if factors and whole is not None else None
        if found is None:
            return None
        reason, slip = found
        return Explanation(Judgement("wrong", reason, slips=(slip,)), span=sides[number + 1].span)

    def _with(self, found: CheckedClaim, claim: ClaimRead, number: int, explanation: Explanation) -> CheckedClaim:
        judged, case = explanation.judgement, explanation.case
        statement = claim.statement
        told_side = self._defining(claim, number)
        span = statement.chain.sides[told_side + 1].span
        latex = statement.equation.latex
        several = sum(not chain_in(side, self.use) for side in statement.chain.sides[1:]) > 1
        found = replace(
            found,
            reason=judged.reason,
            mistakes=judged.slips,
            difference=judged.difference,
            follows=judged.follows,
            misfit=judged.misfit,
            invented=judged.invented,
            link=latex[slice(*span)].strip() if several else "",
            place=self._place(case),
            side=mark(statement.equation, span),
        )
        if judged.follows:
            return found
        if explanation.span is not None:
            found = replace(found, marks=(mark(statement.equation, explanation.span),))
        else:
            parts = self._parts(claim, told_side, case) if case is not None else ()
            expression = case.claimed if case is not None else None
            found = replace(found, marks=marks(statement.equation, span, expression, judged.mended, parts))
        if case is not None and not case.of.axes:
            model, name = case.units.model if case.units is not None else case.model, case.target.tensor.name
            derivation = partial(derive, model, [name], case.of.name)
            inside = self.comparing.definitions.get(name) if name.startswith("(") else None
            found = replace(found, right_side=RightSide(derivation, name, case.target, inside=inside))
        return found

    def _defining(self, claim: ClaimRead, number: int) -> int:
        """The side in which the slip was made: of a δ that is said to be a derivative, the formula beside it."""
        chain = claim.statement.chain
        if derivative_in(chain.sides[number + 1], self.use) is None or claim.left.value is None:
            return number
        if claim.left.value.derivative is not None:
            return number
        plain = [k for k in range(len(chain.sides) - 1) if derivative_in(chain.sides[k + 1], self.use) is None]
        return plain[-1] if plain else number

    def _parts(self, claim: ClaimRead, number: int, case: Case) -> tuple[tuple[Expression, Span], ...]:
        """What stands where in a side, in the terms of its case."""
        ways = [way for way in claim.sides[number] if way.value is not None]
        if not ways:
            return ()
        resize = self.comparing.resizing.of
        return tuple((case.in_place(resize(part)), span) for part, span in ways[0].parts)

    def _place(self, case: Case | None) -> str:
        """In which place something with axes was looked at: ∂h₁/∂z₁."""
        if case is None or not case.places or case.truth.of is case.of:
            return ""
        above = case.truth.program.definition(case.truth.of.name).body
        below = case.by[case.target.indices]
        return f"∂{told(above, self.spelling)}/∂{told(below, self.spelling)}"

    # --- of what ---

    def _chain(self, judged: Judged) -> str:
        sides = judged.claim.statement.chain.sides
        for side, compared in zip(sides[1:], judged.sides, strict=False):
            factors = chain_in(side, self.use)
            whole = derivative_in(sides[0], self.use)
            if factors and (whole is None or broken(factors, whole) is None):
                if compared.verdict == "right":
                    return told_as_chain(factors)
                if has_one_for_all(factors):
                    return told_as_chain(factors, loosely=True)
        return ""

    def _derivative(self, claim: ClaimRead) -> Element | None:
        """The derivative that a claim is about: its left side, or what it says that a name is."""
        for side in (claim.left, *(way for ways in claim.sides for way in ways[:1])):
            node = side.value.expression if side.value is not None else None
            if isinstance(node, Element) and node.tensor.role is Role.ADJOINT:
                return node
        return None

    def _by(self, claim: ClaimRead) -> Tensor | None:
        """What is derived by, with its sizes."""
        node = self._derivative(claim)
        if node is None:
            return None
        name = node.tensor.wrt
        count = len(node.tensor.axes)
        known = self.comparing.definitions.get(name)
        if known is not None:
            return known.tensor
        resized = self.comparing.resizing.tensor(node.tensor)
        of = self.comparing.definitions.get(node.tensor.of)
        above = len(of.tensor.axes) if of is not None else count - sum(
            axis.name.rpartition(":")[0] == name for axis in resized.axes
        )  # fmt: skip
        return Tensor(name, resized.axes[above:], self.comparing.roles.get(name, Role.PARAMETER))

    def use(self, name: Name) -> Use:
        """Who a name is, a capital V that stands for all of the v_j being v."""
        found = self.reading.facts.use(name)
        aliases = self.reading.setting.aliases if self.reading.setting is not None else {}
        return replace(found, symbol=aliases.get(found.symbol, found.symbol))

    def subject(self, claim: ClaimRead) -> str:
        """What a claim is about, in plain text: `dL/dv`, `dL/dw[0,j]`; or the name on its left."""
        node = self._derivative(claim)
        if node is None:
            facts = self.reading.facts
            left = claim.statement.chain.sides[0]
            if isinstance(left, Name):
                return str(facts.use(left).symbol)
            return unicode_of(claim.statement.equation.latex[slice(*left.span)])
        by = self._by(claim)
        below = len(by.axes) if by is not None else 0
        cut = len(node.indices) - below
        of, wrt = node.tensor.of, node.tensor.wrt
        above, under = _written(node.indices[:cut]), _written(node.indices[cut:])
        if wrt in STEPS:
            return f"d{self._formula(of)}{above}"
        return f"d{self._formula(of)}{above}/d{wrt}{under}"

    def _formula(self, name: str) -> str:
        """What is derived; a formula that has no name by itself."""
        if not name.startswith("("):
            return name
        known = self.reading.formulas.get(name)
        return f"({told(known.body, self.spelling)})" if known is not None else "(…)"

    def title(self, claim: ClaimRead) -> str:
        """The same as the document spells it: `∂L/∂w₁₂`."""
        left = claim.statement.chain.sides[0]
        text = claim.statement.equation.latex[slice(*left.span)]
        factor = derivative_in(left, self.use)
        if factor is not None and not any(step in str(factor) for step in STEPS):
            return unicode_of(str(factor))
        return unicode_of(" ".join(text.split()))


def _written(indices: Sequence[Index]) -> str:
    """Indices as plain text, as the language has them; nothing where none of them is the writer's."""
    if not indices or not any(_is_told(index) for index in indices):
        return ""
    return "[" + ",".join(str(index).replace(" ", "") if _is_told(index) else ":" for index in indices) + "]"


def _is_told(index: Index) -> bool:
    return index.axis is None or index.axis.name.rstrip("'*").isalpha()
