r"""The x of `\frac{\partial \sigma(x)}{\partial x} = \sigma(x)(1 - \sigma(x))`: the function's own argument.

Such a line says what the derivative of a function is, and speaks of a number, whatever else the document calls x.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.page.syntax import Chain, Derivative, Name, Product, Syntax, mapped
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.vocabulary import Vocabulary, applications, arguments_of, quantities

_OWN = "§a"


def own_arguments(statements: Sequence[Statement], vocabulary: Vocabulary) -> list[Statement]:
    """The equations; those of functions by themselves have another name for an argument that is used otherwise, too."""
    found = {place: name for place, each in enumerate(statements) if (name := _argument(each.chain, vocabulary))}
    elsewhere = {
        base_of(name) for place, each in enumerate(statements) if place not in found
        for name in quantities(each.chain) if vocabulary.use(name).indices or vocabulary.use(name).samples
    }  # fmt: skip
    return [
        _with_own(each, found[place]) if place in found and base_of(found[place]) in elsewhere else each
        for place, each in enumerate(statements)
    ]


def _argument(chain: Chain, vocabulary: Vocabulary) -> Name | None:
    """The argument of the function of which alone an equation gives the derivative."""
    left = chain.sides[0]
    applied: Syntax | None = left
    if isinstance(left, Derivative):
        applied = left.numerator
    if not isinstance(applied, Product):
        return None
    of = list(applications(applied))
    if len(of) != 1 or len(applied.factors) != 2 or vocabulary.row_of(replace(of[0][0], primes=0)) is None:
        return None
    arguments = arguments_of(of[0][1])
    if len(arguments) != 1 or not isinstance(arguments[0], Name):
        return None
    name = arguments[0]
    by_it = left.denominators == (name,) if isinstance(left, Derivative) else of[0][0].primes > 0
    alone = all(
        base_of(each) == base_of(name) or vocabulary.row_of(replace(each, primes=0)) is not None
        for side in chain.sides for each in quantities(side)
    )  # fmt: skip
    return name if by_it and alone and name == Name(name.base) else None


def _with_own(statement: Statement, argument: Name) -> Statement:
    def change(part: Syntax) -> Syntax:
        if isinstance(part, Name) and base_of(part) == base_of(argument):
            return replace(part, accents=(*part.accents, _OWN))
        return part

    chain = mapped(statement.chain, change, scripts=False)
    assert isinstance(chain, Chain)
    return replace(statement, chain=chain)


__all__ = ["own_arguments"]
