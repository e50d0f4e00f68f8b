r"""Names that are derivatives by definition: "the error $\delta^l$, the gradient of $C$ by $z^l$".

What a document then says that they come to is a claim about that derivative, of any layer and unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from chalkgrad.page.documents import WrittenEquation
from chalkgrad.page.statement import Statement as Stated
from chalkgrad.page.syntax import Chain, Derivative, Name, Syntax, walk_syntax
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.told_apart import DEFINES
from chalkgrad.reading.vocabulary import quantities

_DERIVATIVE = (
    r"(?:the\s+)?(?:\w+\s+){0,1}(?:derivatives?|gradients?|slopes?|sensitivit(?:y|ies)|rates?\s+of\s+change)\s+of"
    r"(?:\s+the)?(?:\s+\w+){0,2}\W*$"
)
_IS = re.compile(
    r"^\W*(?:(?:is|are|be|denotes?|stands?\s+for|means?|as|for|represents?|measures?|being)\s+)?(?:again\s+)?"
    + _DERIVATIVE,
    re.IGNORECASE,
)
_OF = re.compile(_DERIVATIVE, re.IGNORECASE)
_BY = re.compile(
    r"^\W*(?:by|with\s+(?:respect|regard)\s+to|w\.?\s?r\.?\s?t\.?|regarding)"
    r"(?:\s+(?:the|its|each|every)\b)?(?:\s+[\w-]+){0,3}\W*$",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"^\W*(?:(?:is|are|be)\s+)?(?:called|denoted|written|named|abbreviated|known)(?:\s+(?:as|by|with))?"
    r"(?:\s+the\s+\w+)?\W*$",
    re.IGNORECASE,
)
_JOINS = re.compile(r"^\W*(?:and|or)?\W*$", re.IGNORECASE)


class Told(NamedTuple):
    """A name that is said to be the derivative of something by something, and where."""

    name: Name
    of: Name
    by: Name
    equation: WrittenEquation


def told_derivatives(stated: Sequence[Stated]) -> Iterator[Told]:
    """The names that the words say to be derivatives.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.page.statements import statements_in
    >>> text = r"Let $d$ and $e$ be the gradients of $C$ with respect to $u$ and $v$."
    >>> for told in told_derivatives(statements_in(read_document(text))):
    ...     print(told.name.base, told.of.base, told.by.base)
    d C u
    e C v
    """
    groups = list(_groups(stated))
    for (before, one, equation), (between, two, _), (then, three, last) in zip(
        groups, groups[1:], groups[2:], strict=False
    ):
        if len(two) == 1 and len(one) == len(three) and _IS.match(between) and _BY.match(then):
            yield from map(Told, one, two * len(one), three, [equation] * len(one))
        elif len(one) == 1 and len(two) == len(three) and _OF.search(before) and _BY.match(between):
            if _CALLED.match(then):
                yield from map(Told, three, one * len(three), two, [last] * len(three))


def with_told_derivatives(stated: Sequence[Stated], statements: Sequence[Statement]) -> list[Statement]:
    """The equations, with the definitions that words give, and what is said of such names said of the derivative."""
    statements = [part for each in statements for part in _defined_first(each)]
    spoken_of = {base_of(part) for each in statements for part in quantities(each.chain)}
    words = [
        told for told in told_derivatives(stated)
        if {base_of(told.name), base_of(told.of), base_of(told.by)} <= spoken_of
    ]  # fmt: skip
    written = [told for each in statements for told in _by_formula(each.chain, each.equation)]
    shown = {told.name for told in written}
    words = [told for told in dict.fromkeys(words) if told.name not in shown]
    found = [_of_derivative(each, [*written, *words]) for each in statements]
    for told in words:
        chain = Chain(("=",), (told.name, Derivative(told.of, (told.by,))))
        at = next(
            (k for k, each in enumerate(found) if _stands_at(each.equation) > _stands_at(told.equation)), len(found)
        )
        found.insert(at, Statement(chain, told.equation, 0))
    return [replace(each, place=place) for place, each in enumerate(found)]


def _defined_first(statement: Statement) -> Iterator[Statement]:
    r"""`\delta^l = \partial C/\partial z^l = \ldots` as what the name means, and what is claimed of the derivative."""
    chain = statement.chain
    meaning = replace(chain, relations=chain.relations[:1], sides=chain.sides[:2])
    told = next(_by_formula(meaning, statement.equation), None)
    if told is not None and len(chain.sides) > 2 and chain.relations[0] in DEFINES and _goes_on(told.name, chain):
        yield replace(statement, chain=meaning)
        chain = replace(chain, relations=chain.relations[1:], sides=chain.sides[1:])
    yield replace(statement, chain=chain)


def _goes_on(name: Name, chain: Chain) -> bool:
    """Whether what a derivative of any layer comes to rests on that of another, as of the layer after."""
    marks = (part for script in (*name.superscripts, *name.subscripts) for part in walk_syntax(script))
    return any(isinstance(mark, Name) for mark in marks) and any(
        isinstance(part, Name) and part.base == name.base and part != name
        for side in chain.sides[2:]
        for part in walk_syntax(side)
    )


def _stands_at(equation: WrittenEquation) -> tuple[int, int]:
    return equation.line, equation.column


def _by_formula(chain: Chain, equation: WrittenEquation) -> Iterator[Told]:
    r"""What `\delta^l = \partial C/\partial z^l` says, and nothing else."""
    if len(chain.sides) != 2:
        return
    left, right = chain.sides
    if isinstance(left, Name) and isinstance(right, Derivative) and len(right.denominators) == 1:
        of, by = right.numerator, right.denominators[0]
        if isinstance(of, Name) and isinstance(by, Name) and not left.primes and base_of(of) != base_of(left):
            yield Told(left, of, by, equation)


def _of_derivative(statement: Statement, every: Sequence[Told]) -> Statement:
    """An equation for a name that is a derivative, as one for that derivative."""
    chain = statement.chain
    left = chain.sides[0]
    if not isinstance(left, Name) or any(isinstance(side, Derivative) for side in chain.sides[1:]):
        return statement
    if chain.relations[0] not in DEFINES:
        return statement
    same = [told for told in every if base_of(told.name) == base_of(left)]
    same.sort(key=lambda told: told.name != left)
    for told in same:
        by = _by_at(told, left)
        if by is not None:
            derivative = Derivative(told.of, (by,), left.span)
            return replace(statement, chain=replace(chain, sides=(derivative, *chain.sides[1:])))
    return statement


def _by_at(told: Told, name: Name) -> Name | None:
    r"""By what `\delta^L` derives where `\delta^l_j` derives by `z^l_j`: by `z^L`."""
    above = _scripts_at(told.name.superscripts, told.by.superscripts, name.superscripts)
    below = _scripts_at(told.name.subscripts, told.by.subscripts, name.subscripts)
    if above is None or below is None:
        return None
    return replace(told.by, superscripts=above, subscripts=below)


def _scripts_at(
    said: tuple[Syntax, ...], of: tuple[Syntax, ...], here: tuple[Syntax, ...]
) -> tuple[Syntax, ...] | None:
    """The scripts of what is derived by, those that it shares with the name being as the name has them here."""
    if said == here:
        return of
    if len(said) == len(here):
        if any(one != other and one not in of for one, other in zip(said, here, strict=True)):
            return None  # another delta, of which nothing is said
        changed = dict(zip(said, here, strict=True))
        return tuple(changed.get(each, each) for each in of)
    if not here and all(each in of for each in said):
        return tuple(each for each in of if each not in said)
    return here if not said and not of else None


def _groups(stated: Sequence[Stated]) -> Iterator[tuple[str, list[Name], WrittenEquation]]:
    """The names in the running text, those that are listed together, each group with the words before it."""
    before, names, equation = "", list[Name](), WrittenEquation("", 0, 0)
    for each in stated:
        found = [] if each.equation.display or isinstance(each.body, Chain) else list(each.names)
        words = each.equation.text_before
        if found and names and _JOINS.match(words):
            names += found
            continue
        yield before, names, equation
        before, names, equation = words, found, each.equation
    yield before, names, equation


__all__ = ["Told", "told_derivatives", "with_told_derivatives"]
