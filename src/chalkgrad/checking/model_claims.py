"""Claims about the model of a document: each compared with the derivative, then what is wrong explained, in order.

All claims are compared before any is explained: what one line may mean depends on the others (whether the document
keeps to one sign and one layout, and what the names that it introduces are used for).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from chalkgrad.calculus import Derivation, derive
from chalkgrad.checking.chains import chain_verdict, way_down
from chalkgrad.checking.comparing import find_difference, find_inequality
from chalkgrad.checking.conventions import LAYOUT, Agreement, Convention, agreement, allowed
from chalkgrad.checking.following import (
    EarlierSlip,
    followed,
    possible_meanings,
    summed_over_samples,
)
from chalkgrad.checking.keeping import Kept, kept_conventions
from chalkgrad.checking.local_derivatives import judge_local
from chalkgrad.checking.own_meanings import Meaning, Use, wrong_meanings
from chalkgrad.checking.products import told_as_products
from chalkgrad.checking.refitted import refitted
from chalkgrad.checking.repair import Slip
from chalkgrad.checking.report import CheckedClaim, checked
from chalkgrad.checking.right_side import RightSide
from chalkgrad.checking.truth import Target, Truth, whole
from chalkgrad.checking.underlining import mark, marks
from chalkgrad.checking.verdict import TRANSPOSED, Judgement, accepted, explained
from chalkgrad.drawing.labels import unicode_of
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Definition, Expression, Program, Tensor, as_index
from chalkgrad.page.documents import WrittenEquation
from chalkgrad.page.syntax import Span
from chalkgrad.reading.claims import Claim, Link, Place

_EQUALITIES = frozenset({"=", "≈", "⇒", "→"})


@dataclass(frozen=True)
class _Compared:
    """A side of a claim and how it agrees with the derivative; or its verdict, where that is settled already."""

    link: Link
    target: Target | None = None
    found: Agreement | None = None
    settled: Judgement | None = None
    changed: Span | None = None

    @property
    def conventions(self) -> tuple[Convention, ...] | None:
        return self.found.conventions if self.found is not None else None


class ModelClaims:
    """The model of a document, its derivatives, and the checking of claims about it.

    `written` says how the document writes the model's tensors; `prose` decides whether it maximises, where the loss
    is not written out. Without `explain` a wrong claim is only said to be wrong. `refitted` has the equations that say
    something wrong by what cannot be read in them.
    """

    def __init__(
        self,
        program: Program,
        written: Mapping[str, str] | None = None,
        prose: str = "",
        loss_is_written: bool = False,
        explain: bool = True,
    ) -> None:
        self.program, self.written, self.loss_is_written = program, written or {}, loss_is_written
        self.explain = explain
        self.maximises = not loss_is_written and maximises(prose)
        self._truths: dict[Tensor, Truth] = {}
        self._derivations: dict[tuple[str, str], Derivation] = {}
        self._slips: dict[Tensor, list[EarlierSlip]] = {}
        self._own: dict[Tensor, Definition] = {}
        self._wanted: dict[str, dict[str, None]] = {}
        self.refitted: list[WrittenEquation] = []

    def check(self, claims: Sequence[Claim]) -> list[CheckedClaim]:
        """The verdict on each of the claims, in their order."""
        self._own = {claim.own.tensor: claim.own for claim in claims if claim.own is not None}
        for claim in claims:
            if claim.of is not None and claim.wrt is not None:
                self._wanted.setdefault(claim.of.tensor.name, {})[claim.wrt.tensor.name] = None
        compared = [self._compare(claim) for claim in claims]
        agreed = self._agreed(claims, compared)
        meanings = self._wrong_names(claims, compared)
        self._slips.clear()
        found = []
        for claim, sides in zip(claims, compared, strict=True):
            if claim.kind != "claim":
                found.append(self._definition(claim, meanings))
            else:
                found.append(self._verdict(claim, sides, agreed))
        return found

    # --- comparing ---

    def _compare(self, claim: Claim) -> list[_Compared]:
        if claim.of is None or claim.wrt is None:
            return []
        sides = []
        for number, link in enumerate(claim.links):
            relation = claim.relations[number] if number < len(claim.relations) else "="
            if relation not in _EQUALITIES:
                words = f"the relation {relation} does not say what the derivative is"
                sides.append(_Compared(link, settled=Judgement("undetermined", words)))
                continue
            if link.problem is not None:
                sides.append(self._refitted(claim, link))
                continue
            try:
                sides.append(self._compared(claim, link))
            except ChalkgradError as problem:
                sides.append(_Compared(link, settled=Judgement("undetermined", str(problem))))
        return sides

    def _refitted(self, claim: Claim, link: Link) -> _Compared:
        """A side that cannot be read: wrong if one change makes it right."""
        assert claim.of is not None
        assert claim.wrt is not None
        of, may = claim.of.tensor, self._may(claim.of, claim.wrt)
        unread = _Compared(link, settled=Judgement("unread", str(link.problem)))
        if of.axes:
            return unread

        def holds(meant: Link) -> bool:
            if meant.expression is None or meant.transposed:
                return False
            return _holds(self._truth(of), _target(claim, meant), meant.expression, may)

        def explain(meant: Link) -> tuple[Slip, ...]:
            if meant.expression is None:
                return ()
            return explained(
                self._truth(of), _target(claim, meant), meant.expression, may=may, written=meant.written
            ).slips

        found = refitted(self.program, link, holds, explain)
        if found is None:
            return unread
        self.refitted.append(claim.equation)
        return _Compared(link, settled=found[0], changed=found[1].span)

    def _compared(self, claim: Claim, link: Link) -> _Compared:
        assert claim.of is not None
        assert claim.wrt is not None
        if link.chain:
            way = partial(way_down, self.program, claim.of, claim.wrt, lambda: self._derivation(claim))
            judged = chain_verdict(link.chain, claim.of, claim.wrt, way, self.written)
            return _Compared(link, settled=judged)
        assert link.expression is not None
        if claim.of.tensor.axes:
            return _Compared(link, settled=judge_local(self.program, claim.of, claim.wrt, link))
        target = _target(claim, link)
        if link.expression.free - set(target.axes):
            return _Compared(link, target, Agreement(None, 0))
        found = agreement(self._truth(claim.of.tensor), target, link.expression, self._may(claim.of, claim.wrt))
        if link.transposed and found.conventions is not None:
            found = Agreement((*found.conventions, LAYOUT), found.points)
        if found.points == 0:
            settled = Judgement("undetermined", "it is not defined at any of the points tried")
            return _Compared(link, target, settled=settled)
        return _Compared(link, target, found)

    def _may(self, of: Place, wrt: Place) -> frozenset[str]:
        """The conventions that a claim may follow."""
        given = self.loss_is_written if of.tensor is self.program.result else None
        return allowed(wrt.tensor, wrt.indices is None, self.maximises, given)

    def _truth(self, of: Tensor) -> Truth:
        return self._truths.setdefault(of, Truth(self.program, of, self._own))

    def _derivation(self, claim: Claim) -> Derivation:
        assert claim.of is not None
        assert claim.wrt is not None
        key = claim.of.tensor.name, claim.wrt.tensor.name
        if key not in self._derivations:
            together = [name for name in self._wanted.get(key[0], ()) if name != key[1]]
            found = derive(self.program, [key[1], *together], key[0])
            self._derivations |= {(key[0], name): found for name in (key[1], *together)}
        return self._derivations[key]

    # --- what the document keeps to ---

    def _agreed(self, claims: Sequence[Claim], compared: Sequence[Sequence[_Compared]]) -> Kept:
        sides = [
            (claim, side.target, side.conventions)
            for claim, of_claim in zip(claims, compared, strict=True)
            for side in of_claim
            if side.target is not None and side.conventions is not None
        ]
        return kept_conventions(sides, self._truth(self.program.result))

    # --- names of the writer's that are used as a derivative which they are not ---

    def _wrong_names(self, claims: Sequence[Claim], compared: Sequence[Sequence[_Compared]]) -> dict[Tensor, Meaning]:
        result = self.program.result
        truth = self._truth(result)
        uses = [
            Use(claim.line, side.target, side.link.expression, side.link.own, side.conventions is not None)
            for claim, sides in zip(claims, compared, strict=True)
            for side in sides
            if claim.of is not None and claim.of.tensor is result and side.found is not None
            if side.target is not None and side.link.expression is not None
        ]
        return wrong_meanings(truth, claims, uses, lambda target, body: _holds(truth, target, body))

    def _definition(self, claim: Claim, meanings: Mapping[Tensor, Meaning]) -> CheckedClaim:
        """The verdict on a definition: its sides must be equal, and what it defines what it is used for."""
        if claim.own is None:
            return checked(claim, "definition")
        if claim.links and claim.links[-1].problem is not None:
            return self._unfit(claim, claim.links[-1])
        result, truth = self.program.result, self._truth(self.program.result)
        # A number is what it comes to in an example, such as z = w x + b = 3.
        sides = [link for link in claim.links if link.expression is not None and link.expression.tensors]
        for before, after in pairwise(sides):
            assert before.expression is not None
            assert after.expression is not None
            try:
                difference = find_inequality(truth, before.expression, after.expression, claim.own.indices)
            except ChalkgradError as problem:
                return checked(claim, "undetermined", f"its sides could not be compared: {problem}")
            if difference is None:
                continue
            judged = Judgement("wrong", "this side is not equal to the one before", difference=difference)
            for meaning in possible_meanings(self.program, claim.own):
                if _holds(truth, meaning, before.expression):
                    judged = explained(truth, meaning, after.expression)
                    self._slips.setdefault(result, []).append(EarlierSlip(claim.line, meaning, claim.own.body))
                    break
            begin, end = after.syntax.span
            return replace(
                checked(claim, "wrong", judged.reason),
                mistakes=judged.slips,
                difference=judged.difference,
                link=claim.equation.latex[begin:end].strip(),
                marks=marks(claim.equation, after, judged.mended),
            )
        if claim.own.tensor in meanings:
            return self._misused(claim, meanings[claim.own.tensor])
        return checked(claim, "definition")

    def _unfit(self, claim: Claim, link: Link) -> CheckedClaim:
        """The verdict on a definition that cannot be read as it stands."""
        truth = self._truth(self.program.result)

        def holds(meant: Link) -> bool:
            assert meant.expression is not None
            own = Definition(Tensor("meant", meant.axes), meant.axes, meant.expression)
            return any(_holds(truth, target, own.body) for target in possible_meanings(self.program, own))

        found = refitted(self.program, link, holds, lambda meant: ())
        if found is None:
            return checked(claim, "unread", str(link.problem))
        judged, refit = found
        self.refitted.append(claim.equation)
        shown = (mark(claim.equation, refit.span),)
        return replace(checked(claim, "wrong", judged.reason), mistakes=judged.slips, marks=shown)

    def _misused(self, claim: Claim, found: Meaning) -> CheckedClaim:
        """The verdict on the definition of such a name, as the claim that it makes."""
        assert claim.own is not None
        meaning = found.target
        result = self.program.result
        truth = self._truth(result)
        body = claim.own.body
        earlier = followed(truth, self._slips.get(result, []), meaning, body)
        written = claim.links[-1].written if claim.links else None
        judged = (
            _following(truth, meaning, body, earlier) if earlier else explained(truth, meaning, body, written=written)
        )
        by = self._called(meaning.tensor)
        used = f"line {found.line} uses it as the derivative by {by}, which it is not"
        if not found.line:
            used = f"it is the error of {by}, so the derivative of the loss by that, which it is not"
        self._slips.setdefault(result, []).append(EarlierSlip(judged.follows or claim.line, meaning, body))
        link = claim.links[-1]
        return replace(
            checked(claim, "wrong", f"{used}: {judged.reason}"),
            mistakes=judged.slips,
            difference=judged.difference,
            wrt=meaning.tensor,
            follows=judged.follows,
            marks=() if judged.follows else marks(claim.equation, link, judged.mended),
        )

    def _called(self, tensor: Tensor) -> str:
        """The document's name for a value; one that it has no name for is told by where it stands."""
        outer = tensor.name.removeprefix("z_")
        known = {definition.tensor.name for definition in self.program.definitions}
        if outer in known and outer != tensor.name and tensor.name not in self.written:
            return f"the value under the function of {unicode_of(self.written.get(outer, outer))}"
        return unicode_of(self.written.get(tensor.name, tensor.name))

    # --- verdicts ---

    def _verdict(self, claim: Claim, sides: Sequence[_Compared], agreed: Kept) -> CheckedClaim:
        if claim.of is None or claim.wrt is None:
            return checked(claim, "undetermined", "its left side is not a derivative that could be checked")
        if not sides:
            return checked(claim, "undetermined", "it has no right side that could be checked")
        chain = next((side.settled.reason for side in sides if side.link.chain and side.settled), "")
        exact = any(side.conventions == () for side in sides)
        judged: list[tuple[_Compared, Judgement]] = []
        for side in sides:
            kept = side.conventions is not None and all(agreed.has(claim, each) for each in side.conventions)
            if side.settled is not None:
                judgement = self._settled(claim, side, side.settled)
            elif side.found is not None and kept and (not exact or not side.conventions):
                judgement = accepted(side.found)
            else:
                judgement = self._wrong(claim, side)
            judged.append((side, judgement))
            if judgement.verdict == "wrong":
                break
        self._remember(claim, sides, judged[-1][1])
        return self._told(claim, *_decisive(judged), chain)

    def _settled(self, claim: Claim, side: _Compared, judged: Judgement) -> Judgement:
        """The verdict on the loss of one sample, which may follow from an earlier slip as that of all of them does."""
        result = self.program.result
        if judged.verdict != "wrong" or claim.of is None or claim.wrt is None or not self._slips.get(result):
            return judged
        summed = summed_over_samples(self.program, claim.of, _target(claim, side.link), side.link.expression)
        earlier = followed(summed[0], self._slips[result], *summed[1:]) if summed is not None else None
        return _following(*summed, earlier) if summed is not None and earlier is not None else judged

    def _wrong(self, claim: Claim, side: _Compared) -> Judgement:
        assert claim.of is not None
        assert claim.wrt is not None
        assert side.target is not None
        assert side.link.expression is not None
        if not self.explain:
            return Judgement("wrong", "it differs from the derivative")
        truth = self._truth(claim.of.tensor)
        slips = self._slips.get(claim.of.tensor, [])
        if side.conventions and LAYOUT in side.conventions:
            return replace(TRANSPOSED, difference=find_difference(truth, side.link.expression, side.target))
        earlier = followed(truth, slips, side.target, side.link.expression)
        if earlier is not None:
            return _following(truth, side.target, side.link.expression, earlier)
        points = side.found.points if side.found else 0
        may = self._may(claim.of, claim.wrt)
        judged = explained(truth, side.target, side.link.expression, points, may, side.link.written)
        return told_as_products(judged, side.link)

    def _remember(self, claim: Claim, sides: Sequence[_Compared], last: Judgement) -> None:
        """Keeps what a wrong claim says, for the steps that are derived from it."""
        if last.verdict != "wrong" or claim.of is None:
            return
        for side in sides:
            if side.target is None or side.link.expression is None or side.conventions == ():
                continue
            if side.link.expression.free <= set(side.target.axes):
                line = last.follows or claim.line
                slip = EarlierSlip(line, side.target, side.link.expression)
                self._slips.setdefault(claim.of.tensor, []).append(slip)

    def _told(self, claim: Claim, side: _Compared, judgement: Judgement, chain: str) -> CheckedClaim:
        found = replace(
            checked(claim, judgement.verdict, judgement.reason),
            chain=chain,
            mistakes=judgement.slips,
            difference=judgement.difference,
            wrt=claim.wrt.tensor if claim.wrt else None,
            follows=judgement.follows,
        )
        if judgement.verdict != "wrong" or claim.wrt is None:
            return found
        shown = () if judgement.follows else marks(claim.equation, side.link, judgement.mended)
        shown = (mark(claim.equation, side.changed),) if side.changed is not None else shown
        found = replace(found, marks=shown)
        begin, end = side.link.syntax.span
        several = sum(not link.chain for link in claim.links) > 1
        found = replace(found, link=claim.equation.latex[begin:end].strip() if several else "")
        if claim.of is None or claim.of.tensor.axes:
            return found
        return replace(found, right_side=RightSide(partial(self._derivation, claim), claim.wrt.tensor.name))


def _holds(truth: Truth, target: Target, claimed: Expression, may: frozenset[str] = frozenset({"mean"})) -> bool:
    if claimed.free - set(target.axes):
        return False
    try:
        return agreement(truth, target, claimed, may).conventions is not None
    except ChalkgradError:
        return False


def _following(truth: Truth, target: Target, claimed: Expression, earlier: EarlierSlip) -> Judgement:
    reason = f"it is consistent with your earlier slip (line {earlier.line})"
    difference = find_difference(truth, claimed, target)
    return Judgement("wrong", reason, 0, (), difference, None, earlier.line)


def _decisive(judged: Sequence[tuple[_Compared, Judgement]]) -> tuple[_Compared, Judgement]:
    """The side that settles the claim: the first that is wrong, else the first that is anything but right."""
    for verdicts in (("wrong",), ("unread",), ("undetermined", "right_up_to")):
        for side, judgement in judged:
            if judgement.verdict in verdicts:
                return side, judgement
    return judged[-1]


def _target(claim: Claim, link: Link) -> Target:
    """By what a link derives, with the writer's own index letters where the link has them."""
    assert claim.wrt is not None
    tensor, indices = claim.wrt.tensor, claim.wrt.indices
    target = whole(tensor) if indices is None else Target(tensor, indices)
    if len(link.axes) != len(target.axes):
        return target
    fitting = (a if a.size == b.size else b for a, b in zip(link.axes, target.axes, strict=True))
    moved = tuple(as_index(next(fitting)) if index.axis is not None else index for index in target.indices)
    return Target(tensor, moved) if len(set(moved)) == len(moved) else target
