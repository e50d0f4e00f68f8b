r"""Names that an equation defines on its way: the z and the g of `h = \sigma(z) = g(z) = g(W x + b)`, and the D of
`O = \sigma(A - M) V = D V`, where it has not been seen before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from chalkgrad.page.syntax import Addition, Chain, Fraction, Group, Name, Number, Product, Syntax, walk_syntax
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
    seen: set[str] = set()
    for statement in statements:
        chains = [*_within(statement.chain, vocabulary, several), *_renamed(statement.chain, vocabulary, seen)]
        seen |= {base_of(name) for side in statement.chain.sides for name in quantities(side)}
        for chain in chains:
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


def _renamed(chain: Chain, vocabulary: Vocabulary, seen: set[str]) -> Iterator[Chain]:
    """What two sides that follow each other say of a new name that stands for a part of one of them."""
    known = seen | {base_of(name) for name in quantities(chain.sides[0])}
    for relation, one, other in zip(chain.relations[1:], chain.sides[1:], chain.sides[2:], strict=False):
        known |= {base_of(name) for name in quantities(one)}
        found = _difference(one, other) if relation in _EQUAL and one != other else None
        if found is not None and base_of(found[0]) not in known and vocabulary.row_of(found[0]) is None:
            yield Chain(("=",), found, chain.span)


def _difference(one: Syntax, other: Syntax) -> tuple[Name, Syntax] | None:
    """The name that stands in the second of two formulas for a part of the first, if that is all they differ in."""
    match one, other:
        case Product(), Product():
            return _among(one.factors, one.operators, other.factors, other.operators, _product)
        case Addition(), Addition():
            return _among(one.terms, one.signs, other.terms, other.signs, _addition)
        case Fraction(), Fraction():
            if one.denominator == other.denominator:
                return _part(one.numerator, other.numerator)
            return _part(one.denominator, other.denominator) if one.numerator == other.numerator else None
        case Group(), Group():
            if one.bracket == other.bracket and len(one.contents) == len(other.contents) == 1:
                return _part(one.contents[0], other.contents[0])
    return None


def _part(one: Syntax, other: Syntax) -> tuple[Name, Syntax] | None:
    if isinstance(other, Name):
        plain = not other.primes and not any(isinstance(each, Number) for each in other.superscripts)
        return (other, one) if plain and not isinstance(one, Name | Number) else None
    return _difference(one, other)


def _among(
    ones: Sequence[Syntax], marks: Sequence[Any], others: Sequence[Syntax], more: Sequence[Any],
    whole: Callable[[Sequence[Syntax], Sequence[Any]], Syntax],
) -> tuple[Name, Syntax] | None:  # fmt: skip
    """The difference of two lists that begin and end alike, with something in common."""
    short = min(len(ones), len(others))
    begin = next((k for k in range(short) if (ones[k], marks[k]) != (others[k], more[k])), short)
    end = next((k for k in range(short - begin) if (ones[-1 - k], marks[-1 - k]) != (others[-1 - k], more[-1 - k])), 0)
    left, right = ones[begin : len(ones) - end], others[begin : len(others) - end]
    if not begin + end or not left or len(right) != 1 or more[begin] != marks[begin]:
        return None
    return _part(left[0] if len(left) == 1 else whole(left, marks[begin : len(ones) - end]), right[0])


def _product(factors: Sequence[Syntax], operators: Sequence[Any]) -> Syntax:
    return Product(("", *operators[1:]), tuple(factors), (factors[0].span[0], factors[-1].span[1]))


def _addition(terms: Sequence[Syntax], signs: Sequence[Any]) -> Syntax:
    return Addition(tuple(sign * signs[0] for sign in signs), tuple(terms), (terms[0].span[0], terms[-1].span[1]))


def _application(side: Syntax, vocabulary: Vocabulary) -> tuple[Name, Syntax] | None:
    """The function and its one argument, where a side is a function of something."""
    match side:
        case Product(operators=("", ""), factors=(Name() as name, Group(bracket="(" | "[", contents=(inside,)))):
            if not name.primes and (vocabulary.row_of(name) is not None or vocabulary.is_function(name)):
                return name, inside
    return None


__all__ = ["with_inner_values"]
