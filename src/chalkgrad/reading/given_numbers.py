r"""The numbers that a document gives: `x = (1, -2)`, `w_{11} = 0.5`, `W = \begin{pmatrix} … \end{pmatrix}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction as Rational
from itertools import product
from typing import TypeAlias

from chalkgrad.page.syntax import Addition, Fraction, Group, Name, Number, Product, Scripted, Syntax
from chalkgrad.reading.facts import Facts
from chalkgrad.reading.scripts import is_transpose

Place: TypeAlias = "tuple[int, ...]"
Given: TypeAlias = "dict[Place, float]"
_LARGEST = 1e12


def numbers_in(parts: Sequence[Facts]) -> dict[str, Given]:
    """The numbers of each quantity by place, from 0; of a quantity that is given twice the first ones."""
    found: dict[str, Given] = {}
    for facts in parts:
        for statement in facts.statements:
            left = statement.chain.sides[0]
            if statement.borrowed or not isinstance(left, Name) or statement.chain.relations[0] not in ("=", ":="):
                continue
            use = facts.use(left)
            items = (*use.samples, *use.indices)
            value = number_of(statement.chain.sides[-1])
            if value is None or use.powers or any(item.kind != "number" or item.text == "0" for item in items):
                continue
            begin = tuple(int(item.text) - 1 for item in items)
            for place, number in value.items():
                found.setdefault(str(use.symbol), {}).setdefault((*begin, *place), number)
    return found


def number_of(side: Syntax) -> Given | None:
    """The numbers that a side consists of, by place; None for a formula.

    >>> number_of(Group("(", (Number("1"), Addition((-1,), (Number("0.5"),)))))
    {(0,): 1.0, (1,): -0.5}
    """
    match side:
        case Scripted(base=base, subscripts=(), superscripts=(script,)) if is_transpose(script):
            inner = number_of(base)
            return None if inner is None else {place[::-1]: number for place, number in inner.items()}
        case Group(bracket=bracket, contents=contents) if bracket in ("(", "[") and len(contents) > 1:
            return _list(contents)
        case Group(contents=(inner_part,)):
            return number_of(inner_part)
    number = _single(side)
    return None if number is None or abs(number) > _LARGEST else {(): float(number)}


def _list(contents: Sequence[Syntax]) -> Given | None:
    found: Given = {}
    rows = [number_of(part) for part in contents]
    single = all(isinstance(part, Group) and len(part.contents) == 1 for part in contents)
    for place, row in enumerate(rows):
        if row is None:
            return None
        for inner, number in row.items():
            found[(place,) if single and not any(inner) else (place, *inner)] = number
    return found if len({len(place) for place in found}) == 1 else None


def _single(side: Syntax) -> Rational | None:
    match side:
        case Number(text=text):
            return Rational(text)
        case Fraction(numerator=above, denominator=below):
            one, other = _single(above), _single(below)
            return None if one is None or not other else one / other
        case Addition(signs=signs, terms=terms):
            total = Rational(0)
            for sign, term in zip(signs, terms, strict=True):
                value = _single(term)
                if value is None:
                    return None
                total += sign * value
            return total
        case Product(operators=operators, factors=factors) if not any(operators[1:]):
            return _single(factors[0]) if len(factors) == 1 else None
    return None


def filled(given: Given, shape: Sequence[int]) -> list[object] | float | None:
    """The numbers as nested lists of a shape; None where some are missing.

    >>> filled({(0,): 1.0, (1,): 2.0}, (2,)), filled({(0,): 1.0}, (2,))
    ([1.0, 2.0], None)
    """
    if set(given) != set(product(*map(range, shape))):
        return None

    def nested(place: Place, rest: Sequence[int]) -> list[object] | float:
        if not rest:
            return given[place]
        return [nested((*place, at), rest[1:]) for at in range(rest[0])]

    return nested((), tuple(shape))


def gathered(given: Mapping[str, Given], members: Mapping[str, Sequence[str]]) -> dict[str, Given]:
    """The numbers with those of quantities that became one vector at its places."""
    found = dict(given)
    for vector, names in members.items():
        places = {(place, *inner): number for place, name in enumerate(names)
                  for inner, number in given.get(name, {}).items()}  # fmt: skip
        if places:
            found[vector] = places
    return found
