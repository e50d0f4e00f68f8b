r"""Names that an equation defines on its way: the z and the g of `h = \sigma(z) = g(z) = g(W x + b)`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import Chain, Group, Name, Number, Product, Syntax, walk_syntax
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.vocabulary import Symbol, Vocabulary, applications, quantities

_EQUAL = ("=", ":=", "≡")


def with_inner_values(statements: Sequence[Statement], vocabulary: Vocabulary) -> list[Statement]:
    """The equations, each after those by which it defines more on its way."""
    defined = {base_of(name) for each in statements for name in _named(each.chain.sides[0])}
    found: list[Statement] = []
    made: set[Symbol] = set()
    applied = {(base_of(name), group.contents) for each in statements for part in walk_syntax(each.chain)
               if isinstance(part, Product) for name, group in applications(part)}  # fmt: skip
    several = {base for base, count in Counter(base for base, _ in applied).items() if count > 1}
    for statement in statements:
        for chain in _within(statement.chain, vocabulary, several):
            name = next(_named(chain.sides[0]))
            symbol = vocabulary.use(name).symbol
            if base_of(name) not in defined and symbol not in made:
                made.add(symbol)
                place = -len(statements) - len(made)  # no other equation has it, and it stands before all claims
                found.append(replace(statement, chain=chain, place=place))
        found.append(statement)
    return found


def _named(left: Syntax) -> Iterator[Name]:
    """The name that an equation with this left side defines."""
    if isinstance(left, Name):
        yield left
    elif isinstance(left, Product) and isinstance(left.factors[0], Name):
        yield left.factors[0]


def _within(chain: Chain, vocabulary: Vocabulary, several: set[str]) -> Iterator[Chain]:
    """What two sides that follow each other say of a function's argument, or of a function that is taken of `several`
    things.
    """
    for relation, one, other in zip(chain.relations[1:], chain.sides[1:], chain.sides[2:], strict=False):
        if relation not in _EQUAL:
            continue
        first, second = _application(one, vocabulary), _application(other, vocabulary)
        if first is None or second is None:
            continue
        (function, inside), (again, formula) = first, second
        if function == again and isinstance(inside, Name) and not isinstance(formula, Name | Number):
            use = vocabulary.use(inside)
            known = {vocabulary.use(name).symbol.base for name in quantities(formula)}
            if not use.powers and not use.transposed and not inside.primes and use.symbol.base not in known:
                yield Chain(("=",), (inside, formula), chain.span)
        elif inside == formula and isinstance(inside, Name) and vocabulary.row_of(function) is not None:
            new = vocabulary.row_of(again) is None and not again.subscripts and not again.superscripts
            if new and base_of(again) in several:
                yield Chain(("=",), (other, one), chain.span)


def _application(side: Syntax, vocabulary: Vocabulary) -> tuple[Name, Syntax] | None:
    """The function and its one argument, where a side is a function of something."""
    match side:
        case Product(operators=("", ""), factors=(Name() as name, Group(bracket="(" | "[", contents=(inside,)))):
            if not name.primes and (vocabulary.row_of(name) is not None or vocabulary.is_function(name)):
                return name, inside
    return None


__all__ = ["with_inner_values"]
