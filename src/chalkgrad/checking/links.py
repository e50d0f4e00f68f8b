"""What a right claim rests on: derivatives in it that the document derives, claims wrongly, or never derives.

`∂L/∂w = ∂L/∂z x` is right as a link; it shows ∂L/∂w only where ∂L/∂z comes to given values in the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from chalkgrad.checking.comparisons import Comparing
from chalkgrad.checking.judged import RIGHT, Judged
from chalkgrad.checking.laying import derivative_and_claimed
from chalkgrad.checking.report import CheckedClaim, Rests
from chalkgrad.checking.trust import Part
from chalkgrad.checking.words import plainly
from chalkgrad.language import Element, Expression, Index, Role, walk
from chalkgrad.reading.small_changes import STEPS

_MOST_PLACES = 1000


@dataclass(frozen=True)
class _Derivative:
    """A derivative of what by what, at the places that are given by numbers; None for all places of an axis."""

    of: str
    by: str
    places: tuple[int | None, ...]
    shape: tuple[int | str, ...] = field(compare=False)

    @classmethod
    def of_element(cls, node: Element) -> _Derivative:
        return cls(node.tensor.of, node.tensor.wrt, tuple(map(_number, node.indices)), node.tensor.shape)

    def __str__(self) -> str:
        return f"∂{plainly(self.of)}/∂{plainly(self.by)}"

    def holds(self, other: _Derivative) -> bool:
        """Whether the other is a part of it."""
        if (self.of, self.by) != (other.of, other.by):
            return False
        if len(self.places) != len(other.places):
            return True  # one of them is written for one unit, without its index
        return all(mine is None or mine == place for mine, place in zip(self.places, other.places, strict=True))

    def elements(self) -> Iterator[_Derivative]:
        """Its single places, where their number is known and small, or itself."""
        ranges = [
            [place] if place is not None or isinstance(size, str) else list(range(size))
            for place, size in zip(self.places, self.shape, strict=True)
        ]
        count = 1
        for each in ranges:
            count *= len(each)
        if count > _MOST_PLACES:
            yield self
            return
        for places in product(*ranges):
            yield replace(self, places=places)


@dataclass(frozen=True)
class _Claimed:
    """A claim about a derivative, with the derivatives in each of its sides."""

    subject: _Derivative
    sides: tuple[frozenset[_Derivative], ...]
    told: CheckedClaim


def with_links(parts: Sequence[Part], told: Sequence[Mapping[int, CheckedClaim]]) -> list[dict[int, CheckedClaim]]:
    """What is told of the claims of the parts of a document, each right one with what it rests on."""
    claims = {
        (number, judged.claim.statement.place): found
        for number, (part, verdicts) in enumerate(zip(parts, told, strict=True))
        for judged in part.judged
        for found in _claimed(judged, verdicts.get(judged.claim.statement.place))
    }
    derived = _derived([each for each in claims.values() if each.told.verdict in RIGHT])
    result = [dict(verdicts) for verdicts in told]
    for (number, place), each in claims.items():
        if each.told.verdict in RIGHT and not _is_in(each.subject, derived):
            rests = _rests(each, derived, list(claims.values()))
            result[number][place] = replace(each.told, rests=rests)
    return result


def _claimed(judged: Judged, told: CheckedClaim | None) -> Iterator[_Claimed]:
    comparing = judged.comparing
    if told is None or told.kind != "claim" or comparing is None:
        return
    subject: Element | None = None
    sides: list[frozenset[_Derivative]] = []
    for side in judged.sides:
        if side.fitted is None:
            continue
        found = derivative_and_claimed(side.fitted.left.expression, side.fitted.expression)
        if found is not None:
            subject, claimed = found
            sides.append(frozenset(_in(claimed, comparing)))
    if subject is not None and subject.tensor.of in comparing.definitions:
        yield _Claimed(_Derivative.of_element(subject), tuple(sides), told)


def _in(expression: Expression, comparing: Comparing) -> Iterator[_Derivative]:
    """The derivatives that stand in an expression, or behind a name that is one by definition."""
    begun: set[str] = set()
    pending = [expression]
    while pending:
        for node in walk(pending.pop()):
            if not isinstance(node, Element):
                continue
            name = node.tensor.name
            if node.tensor.role is Role.ADJOINT:
                if not _is_given(node):
                    yield _Derivative.of_element(node)
            elif name in comparing.definitions and name not in begun:
                begun.add(name)
                pending.append(comparing.definitions[name].body)


def _derived(claims: Sequence[_Claimed]) -> set[_Derivative]:
    """The derivatives that right claims bring down to given values, one after the other."""
    derived: set[_Derivative] = set()
    left = list(claims)
    while True:
        new = [each for each in left if any(all(_is_in(one, derived) for one in side) for side in each.sides)]
        if not new:
            return derived
        derived |= {each.subject for each in new}
        left = [each for each in left if each not in new]


def _is_in(derivative: _Derivative, derived: set[_Derivative]) -> bool:
    same = [each for each in derived if (each.of, each.by) == (derivative.of, derivative.by)]
    return bool(same) and all(any(each.holds(one) for each in same) for one in derivative.elements())


def _rests(claim: _Claimed, derived: set[_Derivative], claims: Sequence[_Claimed]) -> Rests:
    """On what a claim rests that is not derived: the first slip among it, what is not judged, what is missing."""
    missing: dict[str, None] = {}
    unjudged: dict[str, None] = {}
    slip: int | None = None
    pending, begun = [claim], {id(claim)}
    while pending:
        each = pending.pop(0)
        fewest = min(each.sides, key=lambda side: sum(not _is_in(one, derived) for one in side))
        for one in sorted(fewest, key=str):
            if _is_in(one, derived):
                continue
            about = [other for other in claims if other.subject.holds(one) or one.holds(other.subject)]
            wrong = [other for other in about if other.told.verdict == "wrong"]
            right = [other for other in about if other.told.verdict in RIGHT]
            if wrong:
                first = wrong[-1].told
                slip = slip or first.follows or first.line
            elif right:
                new = [other for other in right if id(other) not in begun]
                begun |= set(map(id, new))
                pending += new
                if not new:
                    missing[str(one)] = None
            else:
                (unjudged if about else missing)[str(one)] = None
    return Rests(tuple(missing), tuple(unjudged), slip)


def _is_given(node: Element) -> bool:
    """Whether a derivative is one that nobody has to derive: a small change `dw`, or the `h'` of a function."""
    return node.tensor.wrt in STEPS or node.tensor.wrt.startswith("(")


def _number(index: Index) -> int | None:
    return None if index.terms else index.offset


__all__ = ["with_links"]
