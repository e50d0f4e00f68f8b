"""Claims read by what stands just before them, where the whole part of the document leaves them open.

A long document uses its letters for many things. What a person reads a line by are the few equations before it. Only
what is right so counts, and only where no equation further away defines a name that the nearer ones leave open: then
nothing is assumed that the document says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from chalkgrad.checking.comparisons import Comparing
from chalkgrad.checking.judged import RIGHT, Judged
from chalkgrad.checking.judging import judged_part
from chalkgrad.checking.report import CheckedClaim
from chalkgrad.checking.telling import Telling
from chalkgrad.page.documents import Document, WrittenEquation
from chalkgrad.page.effort import MOST_FOR_PART, SpentError, at_most
from chalkgrad.page.statement import Statement as Stated
from chalkgrad.page.syntax import Chain, Derivative, Group, Name, Product, Syntax, walk_syntax
from chalkgrad.reading.parts import parts_of
from chalkgrad.reading.readings import Reading
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.told_apart import DEFINES
from chalkgrad.reading.vocabulary import quantities

_BEFORE = 10  # equations that a line is read by
_MOST = 60  # lines of a document that are read so
OPEN = ("undetermined", "unread")
_GUESS = "read by the equations just before it"

Told: TypeAlias = "tuple[tuple[int, int, int], CheckedClaim]"  # where it stands: the equation, and the place in it


def read_nearby(told: Sequence[Told], stated: Sequence[Stated], document: Document) -> list[Told]:
    """What is told of each claim, with those that are open and right by the equations before them as right."""
    found = list(told)
    chains = [each for each in stated if isinstance(each.body, Chain)]
    last_of = {id(each.equation): k for k, each in enumerate(chains)}
    defined = [(k, name) for k, each in enumerate(chains) for name in _defines(each.body)]
    tried = 0
    for k, (place, claim) in enumerate(told):
        equation = document.equations[place[0]]
        last = last_of.get(id(equation))
        if claim.kind != "claim" or claim.verdict not in OPEN or last is None or tried >= _MOST:
            continue
        first = max(0, last - _BEFORE)
        if last - first + 1 == len(chains) or _leaves_out(chains, defined, first, last):
            continue
        tried += 1
        near = {id(each.equation) for each in chains[first : last + 1]}
        passage = [each for each in stated if id(each.equation) in near or not isinstance(each.body, Chain)]
        right = _right(passage, equation, place[1:], document)
        if right is not None:
            found[k] = place, replace(right, guesses=(*right.guesses, _GUESS))
    return found


def _right(
    passage: Sequence[Stated], equation: WrittenEquation, span: tuple[int, int], document: Document
) -> CheckedClaim | None:
    """What is told of a claim that is right in a passage, if its functions and loss are those that it states."""
    try:
        with at_most(MOST_FOR_PART // 2):
            for facts in parts_of(passage, document):
                own = [
                    each for each in facts.statements
                    if each.equation is equation and each.chain.span == span and not each.borrowed
                ]  # fmt: skip
                if not own:
                    continue
                judged, reading = judged_part(facts, document)
                if reading.assumed or (reading.named_as and not facts.words.losses):
                    return None
                claim = _claims(judged, reading).get(own[0].place)
                return claim if claim is not None and claim.verdict in RIGHT else None
    except SpentError:
        return None
    return None


def _claims(judged: list[Judged], reading: Reading) -> dict[int, CheckedClaim]:
    by = next((each.comparing for each in judged if each.comparing is not None), None) or Comparing(reading)
    return Telling(judged, reading, by, False).claims()


def _leaves_out(chains: Sequence[Stated], defined: Iterable[tuple[int, str]], first: int, last: int) -> bool:
    """Whether a name that the last equation rests on is open in the passage, and defined elsewhere in the document.

    What it derives by is free whatever it may be elsewhere, and so is what a function is written for.
    """
    at: dict[str, list[int]] = {}
    for k, name in defined:
        at.setdefault(name, []).append(k)
    own = [each.body for each in chains if each.equation is chains[last].equation]
    used = {
        base_of(name) for body in own for part in walk_syntax(body) if isinstance(part, Derivative)
        for below in part.denominators for name in quantities(below)
    }  # fmt: skip
    used |= {name for each in chains[first : last + 1] for name in _written_for(each.body)}
    pending = {base_of(name) for body in own for name in quantities(body)} - used
    while pending:
        name = pending.pop()
        used.add(name)
        within = [k for k in at.get(name, ()) if first <= k <= last]
        if name in at and not within:
            return True
        pending |= {base_of(each) for k in within for each in quantities(chains[k].body)} - used
    return False


def _written_for(chain: Syntax) -> Iterator[str]:
    """The arguments of the function that an equation defines, the z of `g(z) = …`."""
    left = chain.sides[0] if isinstance(chain, Chain) else None
    if isinstance(left, Product) and len(left.factors) == 2 and isinstance(left.factors[1], Group):
        yield from (base_of(each) for each in left.factors[1].contents if isinstance(each, Name))


def _defines(chain: Syntax) -> Iterator[str]:
    """The name that an equation would define: the left side, or the function that stands there."""
    if not isinstance(chain, Chain) or chain.relations[0] not in DEFINES:
        return
    left = chain.sides[0]
    if isinstance(left, Product) and left.factors:
        left = left.factors[0]
    if isinstance(left, Name):
        yield base_of(left)


__all__ = ["read_nearby"]
