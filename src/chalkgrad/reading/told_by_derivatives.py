r"""Quantities told where they are derived: p by `\frac{∂p}{∂w} = \frac{∂}{∂w} (w x + c)`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from chalkgrad.page.syntax import Chain, Derivative, Name, Number, Syntax, walk_syntax, without_brackets
from chalkgrad.reading.facts import Facts, Statement, symbols_in
from chalkgrad.reading.vocabulary import Symbol

Told = tuple[Name, Syntax]
_BEFORE = -2000  # before all that the document states


def told_in(chains: Iterable[Chain]) -> Iterator[Told]:
    """The quantities with the formulas that are derived in their place by the same, from one side to the next."""
    for side, after in (pair for chain in chains for pair in pairwise(chain.sides)):
        formulas: dict[tuple[Syntax, ...], list[Syntax]] = {}
        for part in walk_syntax(after):
            if isinstance(part, Derivative) and part.numerator is not None:
                formulas.setdefault(part.denominators, []).append(without_brackets(part.numerator))
        for part in walk_syntax(side):
            if isinstance(part, Derivative) and isinstance(part.numerator, Name):
                match formulas.get(part.denominators):
                    case [formula] if _is_whole(formula):
                        yield part.numerator, formula


def _is_whole(formula: Syntax) -> bool:
    """Whether a formula is one of values alone."""
    return not isinstance(formula, Name | Number) and not any(isinstance(p, Derivative) for p in walk_syntax(formula))


def told_by_derivatives(facts: Facts) -> list[Statement]:
    """The definitions of what nothing else defines by the formulas that stand for it where it is derived: those of the
    part itself, and of other parts what these need.

    Where there are several formulas, the one of the most quantities is the whole.
    """
    own = _by_symbol(told_in(each.chain for each in facts.passage), facts)
    elsewhere = _by_symbol(facts.vocabulary.told, facts)
    found = {symbol: told for symbol, told in own.items() if symbol not in facts.defined}
    wanted = [*found, *{use.symbol for use, _ in facts.symbols()}]
    while wanted:
        symbol = wanted.pop()
        if symbol in elsewhere and symbol not in found and symbol not in facts.defined:
            found[symbol] = elsewhere[symbol]
        if symbol in found:
            wanted += [s for s in symbols_in(facts, found[symbol][1:]) if s not in found and s in elsewhere]
    return [
        replace(facts.passage[0], chain=Chain(("=",), told), place=_BEFORE - number, conditions=(), notes=(), lead="",
                continues=False, borrowed=True, numbers=False, under=())
        for number, told in enumerate(found.values())
    ]  # fmt: skip


def _by_symbol(told: Iterable[Told], facts: Facts) -> dict[Symbol, Told]:
    found: dict[Symbol, Told] = {}
    for name, formula in told:
        symbol, names = facts.use(name).symbol, symbols_in(facts, (formula,))
        if symbol not in names and (symbol not in found or len(names) > len(symbols_in(facts, found[symbol][1:]))):
            found[symbol] = name, formula
    return found


__all__ = ["told_by_derivatives", "told_in"]
