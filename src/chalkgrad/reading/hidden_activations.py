r"""Activations that only their derivative tells: a^l is f(z^l) where `f'(z^l)` stands and `z^{l+1} = W a^l + b`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from chalkgrad.language import FUNCTIONS
from chalkgrad.page.syntax import Chain, Group, Name, Product, walk_syntax
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.told_apart import DEFINES
from chalkgrad.reading.vocabulary import Symbol, Vocabulary, quantities


def hidden_activations(statements: Sequence[Statement], vocabulary: Vocabulary, prose: str) -> list[Statement]:
    """The definitions of such activations, where no equation defines any of that name, and the prose speaks of the
    function if it has a name of its own, such as ReLU.
    """
    lefts = [(left, each) for each in statements if isinstance(left := each.chain.sides[0], Name)
             and each.chain.relations[0] in DEFINES and not each.numbers]  # fmt: skip
    defined = {base_of(left) for left, _ in lefts if _is_of_any(left, vocabulary)}
    symbols = {vocabulary.use(left).symbol for left, _ in lefts}
    spoken = {vocabulary.use(name).symbol: name for each in statements for name in quantities(each.chain)}
    found: list[Statement] = []
    told = _told(statements, vocabulary)
    for symbol, functions in told.items():
        if len(functions) != 1:
            continue
        bases = {base for left, each in lefts if base_of(left) == symbol.base
                 for base in _from_before(left, each, vocabulary) if base not in defined}  # fmt: skip
        if len(bases) != 1:
            continue
        activation = spoken.get(Symbol(bases.pop(), symbol.labels))
        if activation is not None and vocabulary.use(activation).symbol in symbols:
            continue
        (function, value), statement = functions.popitem()
        word = function.base.lstrip("\\")
        if word.lower() in FUNCTIONS and re.search(rf"\b{word}\b", prose, re.IGNORECASE) is None:
            continue
        if activation is not None and not vocabulary.use(activation).indices:
            side = Product(("", ""), (function, Group("(", (value,))))
            name = replace(activation, superscripts=value.superscripts, subscripts=value.subscripts)
            chain = Chain(("=",), (name, side), statement.chain.span)
            found.append(replace(statement, chain=chain, place=-2 * len(statements) - len(found)))
    return found


def _told(statements: Sequence[Statement], vocabulary: Vocabulary) -> dict[Symbol, dict[tuple[Name, Name], Statement]]:
    """The values of which derivatives of functions are taken, with the functions."""
    found: dict[Symbol, dict[tuple[Name, Name], Statement]] = {}
    for statement in statements:
        for part in walk_syntax(statement.chain):
            for function, group in pairwise(part.factors) if isinstance(part, Product) else ():
                if isinstance(function, Name) and function.primes == 1 and isinstance(group, Group):
                    inside = group.contents[0] if len(group.contents) == 1 else None
                    if isinstance(inside, Name) and not vocabulary.use(inside).indices:
                        functions = found.setdefault(vocabulary.use(inside).symbol, {})
                        functions.setdefault((replace(function, primes=0), inside), statement)
    return found


def _is_of_any(left: Name, vocabulary: Vocabulary) -> bool:
    r"""Whether what an equation says of one layer it says of others: not of the last, `a^L = \sigma(z^L)`."""
    labels = vocabulary.use(left).symbol.labels
    return not any(text.isupper() and not shift for text, shift in labels)


def _from_before(left: Name, statement: Statement, vocabulary: Vocabulary) -> Iterator[str]:
    """What the definition of a value takes from another layer."""
    labels = vocabulary.use(left).symbol.labels
    for name in quantities(statement.chain.sides[1]):
        symbol = vocabulary.use(name).symbol
        if labels and symbol.base != base_of(left) and len(symbol.labels) == len(labels) and symbol.labels != labels:
            yield symbol.base


__all__ = ["hidden_activations"]
