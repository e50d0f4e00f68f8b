r"""Worked examples: numbers that a document gives, `x = 2`, and what it says comes out, `z = w x + b = 3 \cdot 2 = 6`.

They are set apart before anything else is read: a number is no definition of a parameter, and no formula for a
gradient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Chain,
    Derivative,
    Dots,
    Group,
    Name,
    Number,
    Product,
    Scripted,
    Syntax,
    Text,
    Unread,
    walk_syntax,
)
from chalkgrad.reading.facts import Facts, Statement, defined_by, what_is_derived
from chalkgrad.reading.idle_units import is_constant_unit
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.vocabulary import Symbol, Vocabulary, quantities

# A number for one of these is a constant of the model, or how many there are of something.
_SETTINGS = frozenset(
    (
        "lambda",
        "alpha",
        "epsilon",
        "varepsilon",
        "eta",
        "gamma",
        "delta",
        "rho",
        "tau",
        "mu",
        "kappa",
        "nu",
        *"nmNMKdksT",
    )
)
_EQUAL = frozenset({"=", "≈", ":="})
_NO_QUANTITIES = frozenset({"e", "exp", "pi"})


def numbers_apart(statements: Sequence[Statement], vocabulary: Vocabulary) -> list[Statement]:
    """The equations, their numbers as equations of their own, where the document works out an example."""
    facts = Facts(vocabulary, list(statements))
    what_is_derived(facts)
    places = [_numeric_sides(each, facts) for each in statements]
    given = _given(statements, places, facts)
    found: list[Statement] = []
    for statement, numeric in zip(statements, places, strict=True):
        found += _apart(statement, numeric, given, facts)
    return [replace(each, place=place) for place, each in enumerate(found)]


def _apart(statement: Statement, numeric: list[int], given: set[Symbol], facts: Facts) -> list[Statement]:
    chain, left = statement.chain, statement.chain.sides[0]
    others = [k for k in range(1, len(chain.sides)) if k not in numeric]
    if not numeric:
        return [statement]
    if others:
        if not isinstance(left, Name) and not (given or any(map(_is_rounded, (chain.sides[k] for k in numeric)))):
            return [statement]
        rest = replace(statement, chain=_with_sides(chain, others))
        return [rest, replace(statement, chain=_with_sides(chain, numeric), numbers=True)]
    if not given:
        return [statement]
    if isinstance(left, Name):
        symbol = facts.use(left).symbol
        is_outcome = symbol in _defined(facts) and statement.equation.display
        return [replace(statement, numbers=symbol in given or is_outcome)]
    if isinstance(left, Derivative):
        return [replace(statement, numbers=True)]
    known = given | _defined(facts)
    symbols = {facts.use(name).symbol for name in _standing_in(left, facts.vocabulary)}
    return [replace(statement, numbers=symbols <= known)]


def _given(statements: Sequence[Statement], places: Sequence[list[int]], facts: Facts) -> set[Symbol]:
    """The quantities to which numbers are given, and nothing else."""
    defined = _defined(facts)
    used = {
        facts.use(name).symbol
        for each, numeric in zip(statements, places, strict=True)
        for k, side in enumerate(each.chain.sides)
        if k not in numeric and (k or len(each.chain.sides) > 1 + len(numeric))
        for name in quantities(side)
    }
    found: set[Symbol] = set()
    others: set[Symbol] = set()
    for statement, numeric in zip(statements, places, strict=True):
        left = statement.chain.sides[0]
        if 1 not in numeric or not isinstance(left, Name) or is_constant_unit(statement.chain):
            continue
        symbol = facts.use(left).symbol
        learned = symbol in facts.derived_by
        listed = _is_list(statement.chain.sides[-1])
        whole = any(other.base.lower() == symbol.base.lower() for other in used)
        if symbol in defined or not (learned or listed or base_of(left) not in _SETTINGS):
            continue
        (found if symbol in used or (listed and whole) or learned else others).add(symbol)
    return found | others if found else found


def _defined(facts: Facts) -> set[Symbol]:
    """What formulas define."""
    found = set()
    for statement in facts.statements:
        if not _is_numeric(statement.chain.sides[1], facts) and not isinstance(statement.chain.sides[0], Derivative):
            named = defined_by(facts, statement)
            if named is not None:
                found.add(named[0])
    return found


def _numeric_sides(statement: Statement, facts: Facts) -> list[int]:
    """Which of the sides are numbers after which only numbers come; none where the relations are others."""
    chain = statement.chain
    left = chain.sides[0]
    if not _EQUAL.issuperset(chain.relations) or is_constant_unit(chain):
        return []
    if not isinstance(left, Name | Derivative) and not _is_formula(left, facts.vocabulary):
        return []
    places: list[int] = []
    for place in range(len(chain.sides) - 1, 0, -1):
        if not _is_numeric(chain.sides[place], facts):
            break
        places.insert(0, place)
    return places


def _is_formula(side: Syntax, vocabulary: Vocabulary) -> bool:
    r"""Whether a side is a formula of quantities that may have numbers: `f'(z)`, `W^\top \delta`, `a - y`."""
    if any(isinstance(part, Derivative | BigOperator | Dots | Text | Unread) for part in walk_syntax(side)):
        return False
    return isinstance(side, Product | Addition | Scripted | Group) and any(_standing_in(side, vocabulary))


def _standing_in(side: Syntax, vocabulary: Vocabulary) -> Iterator[Name]:
    """The quantities of a formula but for the functions in it."""
    for name in quantities(side):
        if vocabulary.row_of(name) is None and not vocabulary.is_function(name) and base_of(name) not in _NO_QUANTITIES:
            yield name


def _is_numeric(side: Syntax, facts: Facts) -> bool:
    found = list(walk_syntax(side))
    if any(isinstance(part, Derivative | BigOperator | Dots | Text | Unread) for part in found):
        return False
    if not any(isinstance(part, Number) for part in found):
        return False
    vocabulary = facts.vocabulary
    return all(vocabulary.row_of(name) is not None or base_of(name) in _NO_QUANTITIES for name in quantities(side))


def _is_rounded(side: Syntax) -> bool:
    return any(isinstance(part, Number) and "." in part.text for part in walk_syntax(side))


def _is_list(side: Syntax) -> bool:
    if isinstance(side, Scripted):
        return _is_list(side.base)
    if not isinstance(side, Group) or side.bracket not in ("(", "["):
        return False
    return len(side.contents) > 1 or any(isinstance(part, Group) and part.bracket == "[" for part in side.contents)


def _with_sides(chain: Chain, places: Sequence[int]) -> Chain:
    relations = tuple(chain.relations[place - 1] for place in places)
    return replace(chain, relations=relations, sides=(chain.sides[0], *(chain.sides[place] for place in places)))
