"""The parts of a document that are read by themselves: each section, with the definitions that it takes from others.

A name that is given a new meaning, in another section or further on in the same, is another quantity from there on.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import mapped
from chalkgrad.reading.facts import Facts, Statement, defined_by, is_derivative
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.sense import inner_of_gradient
from chalkgrad.page.syntax import Chain, Name, Syntax
from chalkgrad.reading.vocabulary import Symbol, Vocabulary, quantities

_RESTATES = re.compile(
    r"\b(?:re-?writ\w*|re-?arrang\w*|expand\w*|equivalent\w*|i\.?e\.?|that is|simplif\w*|becomes?|same as|in other words|"
    r"substitut\w*|plug\w*|so|thus|hence|therefore|we (?:get|have|obtain|can write)|written as|equals?)\b",
    re.IGNORECASE,
)
_AGAIN = "§"
_MOST_SECTIONS = 200


def sections_of(
    statements: Sequence[Statement], vocabulary: Vocabulary, anew: Collection[int] = ()
) -> list[list[Statement]]:
    """The equations of each section with those that it needs from elsewhere, in their order.

    `anew` has the places of equations that give a name a new meaning for sure.
    """
    facts = Facts(vocabulary, list(statements))
    defining: dict[Symbol, list[int]] = {}
    for place, statement in enumerate(statements):
        symbol = _defines(facts, statement)
        if symbol is not None:
            defining.setdefault(symbol, []).append(place)
    sections: list[list[int]] = []
    before: str | None = None
    for place, statement in enumerate(statements):
        name = statement.equation.section
        if name != before or not sections:
            sections.append([])
            before = name
        sections[-1].append(place)
    if len(sections) > _MOST_SECTIONS:
        sections = [list(range(len(statements)))]
    return [_versions(facts, _with_needed(facts, statements, section, defining), anew) for section in sections]


def _defines(facts: Facts, statement: Statement) -> Symbol | None:
    if statement.chain.relations[0] not in ("=", ":=", "≡") or is_derivative(statement.chain.sides[0], facts):
        return None
    found = defined_by(facts, statement)
    return found[0] if found is not None else None


def _with_needed(
    facts: Facts, statements: Sequence[Statement], section: Sequence[int], defining: dict[Symbol, list[int]]
) -> list[Statement]:
    """The equations of a section, and the definitions from elsewhere that these need."""
    own = set(section)
    first = section[0]
    taken: set[int] = set()
    pending = list(section)
    begun: set[Symbol] = {symbol for symbol, places in defining.items() if own & set(places)}
    bases: dict[str, list[Symbol]] = {}
    for symbol in defining:
        bases.setdefault(symbol.base, []).append(symbol)
    while pending:
        statement = statements[pending.pop()]
        for name in _names(statement.chain):
            for symbol in _meant(facts, name, bases):
                if symbol in begun:
                    continue
                begun.add(symbol)
                places = defining[symbol]
                earlier = [place for place in places if place < first]
                chosen = _group(statements, places, earlier[-1] if earlier else places[0])
                for place in chosen:
                    if place not in own and place not in taken:
                        taken.add(place)
                        pending.append(place)
    for place, statement in enumerate(statements):
        if place not in own and "∈" in statement.chain.relations:
            taken.add(place)
    return [
        statements[place] if place in own else replace(statements[place], borrowed=True)
        for place in sorted(own | taken)
    ]


def _group(statements: Sequence[Statement], places: Sequence[int], chosen: int) -> list[int]:
    """The equations that define the places of a vector together with the chosen one: those of its section."""
    section = statements[chosen].equation.section
    return [place for place in places if statements[place].equation.section == section and place <= chosen or place == chosen]


def _names(syntax: Syntax) -> list[Name]:
    found = []
    for name in quantities(syntax):
        found.append(name)
        inner = inner_of_gradient(name)
        if inner is not None:
            found.append(inner)
    return found


def _meant(facts: Facts, name: Name, bases: dict[str, list[Symbol]]) -> list[Symbol]:
    """The quantities that a name may need: itself, or the same of any layer."""
    symbol = facts.use(name).symbol
    same = bases.get(symbol.base, [])
    if symbol in same:
        return [symbol, *(other for other in same if other.labels and len(other.labels) == len(symbol.labels)
                          and any(text.isalpha() for text, _ in (*other.labels, *symbol.labels)))]  # fmt: skip
    return [other for other in same if len(other.labels) == len(symbol.labels)]


def _versions(facts: Facts, statements: Sequence[Statement], anew: Collection[int]) -> list[Statement]:
    """The equations with each name that is given a new meaning marked from there on."""
    result = list(statements)
    defined: dict[Symbol, Statement] = {}
    count = 0
    for place in range(len(result)):
        statement = result[place]
        symbol = _defines(facts, statement)
        if symbol is None:
            continue
        earlier = defined.get(symbol)
        new = statement.place in anew and not restates(statement)
        if earlier is not None and (
            new or _is_new(facts, earlier, statement, result[place - 1], symbol in _used(facts, result))
        ):
            count += 1
            mark = f"{_AGAIN}{count}"
            for later in range(place, len(result)):
                chain = _marked(facts, result[later].chain, symbol, mark)
                result[later] = replace(result[later], chain=chain)
            symbol = _defines(facts, result[place]) or symbol
        defined[symbol] = result[place]
    return result


def _marked(facts: Facts, chain: Chain, symbol: Symbol, mark: str) -> Chain:
    def change(part: Syntax) -> Syntax:
        if isinstance(part, Name) and base_of(part) == symbol.base and facts.use(part).symbol == symbol:
            return replace(part, accents=(*part.accents, mark))
        return part

    changed = mapped(chain, change, scripts=False)
    assert isinstance(changed, Chain)
    return changed


def _used(facts: Facts, statements: Sequence[Statement]) -> set[Symbol]:
    """The quantities on which others are built."""
    return {
        facts.use(name).symbol for statement in statements if _defines(facts, statement) is not None
        for side in statement.chain.sides[1:] for name in quantities(side)
    }  # fmt: skip


def _is_new(facts: Facts, earlier: Statement, statement: Statement, before: Statement, used: bool) -> bool:
    """Whether an equation gives a name a new meaning, and does not say the same again in other words.

    What nothing else is built on is an example, of which there may be several under one letter.
    """
    found, again = defined_by(facts, earlier), defined_by(facts, statement)
    assert found is not None
    assert again is not None
    indices = [tuple(map(str, (*each[1].samples, *each[1].indices))) for each in (found, again)]
    if indices[0] != indices[1] and any(text.isdigit() for text in (*indices[0], *indices[1])):
        return False  # another place of the same vector
    if statement.equation.section != earlier.equation.section:
        return True
    mine = {facts.use(name).symbol for name in quantities(statement.chain.sides[1])}
    theirs = {facts.use(name).symbol for name in quantities(earlier.chain.sides[1])}
    words = statement.equation.text_before.strip()
    if statement.equation is earlier.equation or (before is earlier and not words):
        return False
    if restates(statement):
        return False
    if mine != theirs and not mine & theirs:
        return True
    return bool(words) and (not used or len(words) > 30)


def restates(statement: Statement) -> bool:
    """Whether the words before an equation say that it says the same again."""
    return _RESTATES.search(statement.equation.text_before.strip()[-120:]) is not None


__all__ = ["restates", "sections_of"]
