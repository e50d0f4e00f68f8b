"""Chains of factors, `∂L/∂ŷ · ∂ŷ/∂z · ∂z/∂w`: whether each begins where the one before it ends, all along the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from chalkgrad.calculus import Derivation
from chalkgrad.checking.mistakes import CATALOGUE
from chalkgrad.checking.repair import slip_of
from chalkgrad.checking.verdict import Judgement
from chalkgrad.drawing.labels import unicode_of
from chalkgrad.language import Element, Program, walk
from chalkgrad.reading.claims import DerivativeFactor, Place

_ROW = next(row for row in CATALOGUE if row.kind == "link_missing")


def chain_verdict(
    factors: Sequence[DerivativeFactor],
    of: Place,
    wrt: Place,
    way: Callable[[], Sequence[str]],
    written: Mapping[str, str],
) -> Judgement:
    """Whether the factors link up from of to wrt, along the only way through the model."""
    names = [factors[0].of.tensor.name, *(factor.wrt.tensor.name for factor in factors)]
    for before, after in pairwise(factors):
        if before.wrt.tensor is not after.of.tensor or _apart(before.wrt, after.of):
            return _broken(f"the chain breaks: {before} is not followed by a derivative of {before.wrt}")
    shown = " → ".join(unicode_of(written.get(name, name)) for name in names)
    if names[0] != of.tensor.name or names[-1] != wrt.tensor.name or _apart(factors[-1].wrt, wrt):
        return _broken(f"the chain leads from {names[0]} to {factors[-1].wrt}, not to {wrt}")
    through = iter(way())
    if not all(name in through for name in names):
        return Judgement("wrong", f"the chain {shown} is not the only way, or not the way, through the model")
    return Judgement("right", f"the chain of factors is right as a chain rule: {shown}")


def way_down(program: Program, of: Place, wrt: Place, derivation: Callable[[], Derivation]) -> Sequence[str]:
    """The names from one thing down to another, where there is one way; () otherwise.

    A single place of a tensor, such as the w_2 of two layers, has a way of its own: through what uses that place.
    """
    found = derivation().chain(wrt.tensor.name)
    if found or wrt.indices is None:
        return found
    users = [
        definition.tensor.name
        for definition in program.needed_for(of.tensor).definitions
        if any(isinstance(node, Element) and _may_be(node, wrt) for node in walk(definition.body))
    ]
    above = derivation().chain(users[0]) if len(users) == 1 else ()
    return (*above, wrt.tensor.name) if above else ()


def _may_be(element: Element, place: Place) -> bool:
    if element.tensor is not place.tensor or place.indices is None:
        return False
    return not _apart(Place(element.tensor, element.indices), place)


def _apart(one: Place, other: Place) -> bool:
    """Whether two places of a tensor are surely not the same, as those of w_1 and w_2."""
    if one.indices is None or other.indices is None:
        return False
    pairs = zip(one.indices, other.indices, strict=True)
    return any(left.axis is None and right.axis is None and left != right for left, right in pairs)


def _broken(words: str) -> Judgement:
    return Judgement("wrong", words, slips=(slip_of(_ROW, words.removeprefix("the chain breaks: ")),))
