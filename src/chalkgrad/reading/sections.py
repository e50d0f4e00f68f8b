"""The parts of a document that are read by themselves: each section, with the definitions that it takes from others.

A name that is given a new meaning, in another section or further on in the same, is another quantity from there on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from chalkgrad.page.syntax import Chain, Derivative, Name, Product, Syntax, mapped_chain, walk_syntax
from chalkgrad.reading.facts import (
    LEADS_ON,
    Facts,
    Statement,
    defined_by,
    goes_further,
    is_derivative,
    is_own_table,
    note_squares,
    sought_in,
    symbols_in,
    what_is_derived,
)
from chalkgrad.reading.meant_otherwise import Elsewhere, has_other_places
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.sense import inner_of_gradient
from chalkgrad.reading.vocabulary import Symbol, Vocabulary, applications, quantities

_RESTATES = re.compile(
    r"\b(?:re-?writ\w*|re-?arrang\w*|expand\w*|equivalent\w*|i\.?e\.?|that is|simplif\w*|becomes?|same as|"
    r"in other words|"
    r"substitut\w*|plug\w*|so|thus|hence|therefore|we (?:get|have|obtain|can write)|written as|equals?)\b",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_AGAIN = "§"
_MOST_SECTIONS = 200
_MOST_COPIES = 40  # definitions that are made anew for names with a new meaning


def sections_of(statements: Sequence[Statement], vocabulary: Vocabulary) -> list[list[Statement]]:
    """The equations of each section with those that it needs from elsewhere, in their order."""
    facts = Facts(vocabulary, list(statements))
    note_squares(facts)
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
    solved = _solved(facts, statements, defining)
    kept = {symbol: places for symbol, places in defining.items() if symbol not in solved}
    elsewhere = Elsewhere(facts, {symbol: [statements[place] for place in places] for symbol, places in kept.items()})
    return [_with_needed(facts, statements, section, kept, elsewhere) for section in sections]


def _defines(facts: Facts, statement: Statement) -> Symbol | None:
    if statement.numbers:
        return None
    if statement.chain.relations[0] not in ("=", ":=", "≡") or is_derivative(statement.chain.sides[0], facts):
        return None
    if len(statement.chain.sides) == 2 and _is_table(facts, statement):
        return None
    found = defined_by(facts, statement)
    if found is None or (len(statement.chain.sides) == 2 and _lists_its_places(facts, statement, found[0])):
        return None
    return found[0]


def _lists_its_places(facts: Facts, statement: Statement, symbol: Symbol) -> bool:
    r"""Whether an equation only says how the places of a vector are called: `x = [x_1, \ldots, x_n]`."""
    listed = {facts.use(name).symbol for name in quantities(statement.chain.sides[1])}
    return listed == {symbol}


def _is_table(facts: Facts, statement: Statement) -> bool:
    return is_own_table(facts.vocabulary, statement.chain.sides[0], statement.chain.sides[1])


def _with_needed(
    facts: Facts, statements: Sequence[Statement], section: Sequence[int], defining: dict[Symbol, list[int]],
    elsewhere: Elsewhere,
) -> list[Statement]:  # fmt: skip
    """The equations of a section, and the definitions from elsewhere that these need."""
    own = set(section)
    first = section[0]
    taken: set[int] = set()
    pending = list(section)
    begun: set[Symbol] = {symbol for symbol, places in defining.items() if own & set(places)}
    bases: dict[str, list[Symbol]] = {}
    for symbol in defining:
        bases.setdefault(symbol.base, []).append(symbol)
    applied = _applied(facts, [statements[place] for place in section])
    whole = {
        use.symbol
        for place in section
        for use in map(facts.use, quantities(statements[place].chain))
        if not use.indices
    }
    while pending:
        statement = statements[pending.pop()]
        for name in _names(statement.chain):
            for symbol in _meant(facts, name, bases):
                if symbol in begun:
                    continue
                if symbol.base in facts.vocabulary.heads and symbol.base not in applied:
                    continue
                begun.add(symbol)
                here, needed = ([statements[place] for place in places] for places in (section, taken))
                places = elsewhere.places_of(symbol, here, defining[symbol])
                earlier = [place for place in places if place < first]
                if not earlier and len(places) < len(defining[symbol]):
                    earlier = [places[0]]  # what rests on that by which it is derived is only told further on
                if not earlier or elsewhere.is_another(symbol, here, statements[earlier[-1]]):
                    continue
                if elsewhere.is_target(symbol, here, needed):
                    continue
                if has_other_places(facts, [*here, *needed], symbol, statements[earlier[-1]]):
                    continue
                chosen = _group(statements, places, earlier[-1])
                if symbol not in whole and any(_is_table(facts, statements[place]) for place in chosen):
                    continue
                for place in chosen:
                    if place not in own and place not in taken:
                        taken.add(place)
                        pending.append(place)
                        applied |= _applied(facts, [statements[place]])
    taken |= _declarations(facts, statements, own, taken)
    return [
        statements[place] if place in own else replace(statements[place], borrowed=True)
        for place in sorted(own | taken)
    ]


def _solved(facts: Facts, statements: Sequence[Statement], defining: dict[Symbol, list[int]]) -> set[Symbol]:
    """What is only said to be something after it was derived by: where a gradient vanishes, or an update. What is
    derived itself somewhere is none of these.
    """
    whole = Facts(facts.vocabulary, list(statements))
    what_is_derived(whole)
    first: dict[Symbol, int] = {}
    for place, statement in enumerate(statements):
        for symbol in sought_in(facts, statement.chain):
            first.setdefault(symbol, place)
    used = {
        facts.use(name).symbol: place
        for place, statement in reversed(list(enumerate(statements)))
        if _defines(facts, statement) is not None and statement.equation.line
        for side in statement.chain.sides[1:]
        for name in quantities(side)
    }
    return {
        symbol for symbol, places in defining.items()
        if symbol in first and first[symbol] < min(places) and used.get(symbol, len(statements)) < first[symbol]
        and not whole.derived[symbol]
        and not goes_further(
            whole.derived_by, symbols_in(facts, statements[min(places)].chain.sides[1:]), symbol,
            [symbols_in(facts, each.chain.sides[1:]) for each in statements[: min(places)] if _defines(facts, each)],
        )
    }  # fmt: skip


def _applied(facts: Facts, statements: Sequence[Statement]) -> set[str]:
    """The names that stand where functions do: applied, derived, or alone on the left."""
    found: set[str] = set()
    for statement in statements:
        found |= {base_of(side) for side in statement.chain.sides[:1] if isinstance(side, Name)}
        for part in walk_syntax(statement.chain):
            if isinstance(part, Product):
                found |= {base_of(name) for name, _ in applications(part)}
                found |= {base_of(after) for sign, after in pairwise(part.factors) if isinstance(sign, Name)
                          and sign.base == r"\nabla" and isinstance(after, Name)}  # fmt: skip
            elif isinstance(part, Derivative) and isinstance(part.numerator, Name):
                found.add(base_of(part.numerator))
    return found


def _declarations(facts: Facts, statements: Sequence[Statement], own: set[int], taken: set[int]) -> set[int]:
    """Where the equations of a section, and what these need, have their names declared: in the nearest section
    before.
    """
    first = min(own)
    wanted = {facts.use(name).symbol.base for place in own | taken for name in quantities(statements[place].chain)}
    most: dict[str, int] = {}
    for place in own | taken:
        for name in quantities(statements[place].chain):
            use = facts.use(name)
            most[use.symbol.base] = max(most.get(use.symbol.base, 0), len(use.indices))
    declaring: dict[str, list[int]] = {}
    for place, statement in enumerate(statements):
        if "∈" in statement.chain.relations:
            names = {facts.use(name).symbol.base for side in statement.chain.sides[:-1] for name in quantities(side)}
            rank = _rank(statement.chain.sides[-1])
            for base in {base for base in names & wanted if rank is None or most.get(base, 0) <= rank}:
                declaring.setdefault(base, []).append(place)
    found: set[int] = set()
    for places in declaring.values():
        if own & set(places):
            continue
        before = [place for place in places if place < first]
        section = statements[before[-1] if before else places[0]].equation.section
        found.update(place for place in places if statements[place].equation.section == section)
    return found


def _rank(space: Syntax) -> int | None:
    r"""How many indices what lies in a space has: `\mathbb R^{m \times n}` two."""
    name = next(
        (part for part in walk_syntax(space) if isinstance(part, Name) and base_of(part) in ("R", "Re", "Real")), None
    )
    if name is None or len(name.superscripts) > 1:
        return None
    times = [part for above in name.superscripts for part in walk_syntax(above) if isinstance(part, Product)
             and r"\times" in part.operators]  # fmt: skip
    return len(name.superscripts) + sum(operator == r"\times" for part in times for operator in part.operators)


def _group(statements: Sequence[Statement], places: Sequence[int], chosen: int) -> list[int]:
    """The equations that define the places of a vector together with the chosen one: those of its section."""
    section = statements[chosen].equation.section
    return [
        place
        for place in places
        if (statements[place].equation.section == section and place <= chosen) or place == chosen
    ]


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
    return [other for other in same if _same_of_another_layer(other, symbol)]


def _same_of_another_layer(one: Symbol, other: Symbol) -> bool:
    """Whether two quantities differ in labels that may count layers: in numbers or single letters."""
    if len(one.labels) != len(other.labels):
        return False
    return all(
        mine == theirs or all(len(text) == 1 or text.isdigit() or text == "ell" for text, _ in (mine, theirs))
        for mine, theirs in zip(one.labels, other.labels, strict=True)
    )


def versions(
    facts: Facts, statements: Sequence[Statement], new: frozenset[int] = frozenset()
) -> tuple[list[Statement], frozenset[int]]:
    """The equations with each name that is given a new meaning marked from there on, and where that is in doubt.

    In doubt an equation says the same again, unless its place is among the `new`. What rests on a name with a new
    meaning, and is spoken of later, is defined anew by it: `y = 2 h` holds for the new h as well.
    """
    result = list(statements)
    defined: dict[Symbol, Statement] = {}
    rests: dict[Symbol, set[Symbol]] = {}  # what each quantity rests on, through all that is defined
    doubtful: set[int] = set()
    count = 0
    place = -1
    while (place := place + 1) < len(result):
        statement = result[place]
        symbol = _defines(facts, statement)
        if symbol is None:
            continue
        earlier = defined.get(symbol)
        is_new = earlier is not None and _is_new(facts, earlier, statement, result[place - 1], rests)
        if is_new is None:
            doubtful.add(statement.place)
            is_new = statement.place in new
        if is_new:
            count += 1
            mark = f"{_AGAIN}{count}"
            facts.vocabulary.goes_on(symbol.base, symbol.base + mark)
            for changed in (symbol, *_of_other_places(facts, result[:place], statement, set(defined))):
                for later in range(place, len(result)):
                    chain = _marked(facts, result[later].chain, changed, mark)
                    result[later] = replace(result[later], chain=chain)
            copies = _resting(facts, result[place + 1 :], symbol, defined, rests)
            if len(result) + len(copies) < len(statements) + _MOST_COPIES:
                marked = [(symbol, mark), *((each, mark) for each in copies)]
                made = [_all_marked(facts, _first_sides(defined[each]), marked) for each in copies]
                later_on = [_all_marked(facts, each, marked[1:]) for each in result[place + 1 :]]
                result[place + 1 :] = [*made, *later_on]
            symbol = _defines(facts, result[place]) or symbol
        defined[symbol] = result[place]
        if symbol not in rests:
            rests[symbol] = _rests_on(facts, result[place], rests)
    return result, frozenset(doubtful)


def _resting(
    facts: Facts, later: Sequence[Statement], symbol: Symbol, defined: dict[Symbol, Statement],
    rests: dict[Symbol, set[Symbol]],
) -> list[Symbol]:  # fmt: skip
    """What earlier equations define by a quantity, and later ones speak of without defining it."""
    spoken = {facts.use(name).symbol for each in later for name in quantities(each.chain)}
    again = {_defines(facts, each) for each in later}
    resting = [each for each in defined if each != symbol and symbol in rests.get(each, ())]
    wanted = {each for each in resting if each in spoken and each not in again}
    wanted |= {each for each in resting for other in wanted if each in rests[other] and each not in again}
    return [each for each in resting if each in wanted]


def _first_sides(statement: Statement) -> Statement:
    chain = statement.chain
    return replace(statement, chain=replace(chain, relations=chain.relations[:1], sides=chain.sides[:2]))


def _all_marked(facts: Facts, statement: Statement, marked: Sequence[tuple[Symbol, str]]) -> Statement:
    chain = statement.chain
    for symbol, mark in marked:
        facts.vocabulary.goes_on(symbol.base, symbol.base + mark)
        chain = _marked(facts, chain, symbol, mark)
    return replace(statement, chain=chain)


def _of_other_places(
    facts: Facts, before: Sequence[Statement], statement: Statement, defined: set[Symbol]
) -> list[Symbol]:
    """What an equation with a new meaning uses with other indices than all equations before it."""
    counts: dict[Symbol, set[int]] = {}
    for each in before:
        for name in quantities(each.chain):
            use = facts.use(name)
            counts.setdefault(use.symbol, set()).add(len(use.indices) + len(use.samples))
    found: dict[Symbol, None] = {}
    for name in quantities(statement.chain.sides[1]):
        use = facts.use(name)
        given = len(use.indices) + len(use.samples)
        if given and use.symbol in counts and use.symbol not in defined and not counts[use.symbol] & {given, 0}:
            found[use.symbol] = None
    return list(found)


def _marked(facts: Facts, chain: Chain, symbol: Symbol, mark: str) -> Chain:
    def change(part: Syntax) -> Syntax:
        if (
            isinstance(part, Name)
            and base_of(part) == symbol.base
            and facts.use(replace(part, primes=0)).symbol == symbol
        ):
            return replace(part, accents=(*part.accents, mark))
        return part

    return mapped_chain(chain, change, scripts=False)


def _rests_on(facts: Facts, statement: Statement, known: dict[Symbol, set[Symbol]]) -> set[Symbol]:
    found: set[Symbol] = set()
    for name in quantities(statement.chain.sides[1]):
        symbol = facts.use(name).symbol
        found |= {symbol} | known.get(symbol, set())
    return found


def _is_new(
    facts: Facts, earlier: Statement, statement: Statement, before: Statement, rests: dict[Symbol, set[Symbol]]
) -> bool | None:
    """Whether an equation gives a name a new meaning, and does not say the same again in other words; None in doubt."""
    found, again = defined_by(facts, earlier), defined_by(facts, statement)
    assert found is not None
    assert again is not None
    indices = [tuple(map(str, (*each[1].samples, *each[1].indices))) for each in (found, again)]
    if indices[0] != indices[1] and any(text.isdigit() for text in (*indices[0], *indices[1])):
        return False  # another place of the same vector
    if _is_table(facts, statement):
        return False  # its entries
    if statement.equation.section != earlier.equation.section:
        return True
    if indices[0] and indices[1] and len(indices[0]) != len(indices[1]):
        return True  # a vector, and a matrix of the same name
    mine, theirs = _rests_on(facts, statement, rests), _rests_on(facts, earlier, rests)
    if statement.continues:
        return False  # it goes on with the one before it
    words = _TAG.sub(" ", statement.equation.text_before).strip()
    if statement.equation is earlier.equation:
        return None if before.lead == LEADS_ON else False  # after `f = … \\to f' = …` comes another example
    if before is earlier and not words:
        return False
    if _RESTATES.search(words[-120:]):
        return False
    if mine != theirs and not mine & theirs:
        return True
    return None if words or mine != theirs else False


__all__ = ["sections_of", "versions"]
