r"""Capitals that are written for one sample, too: `Z^{[l](i)}` beside the `Z^{[l]}` of all samples is `z^{[l](i)}`.

What is written of the capital alone is then said of all samples side by side, as everywhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.page.syntax import Derivative, Name, Syntax, mapped_chain, walk_syntax
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.sense import inner_of_gradient
from chalkgrad.reading.vocabulary import Symbol, Vocabulary, quantities


def small_samples(statements: Sequence[Statement], vocabulary: Vocabulary) -> list[Statement]:
    """The equations with such capitals in small letters where one sample is meant."""
    uses = [vocabulary.use(name) for statement in statements for name in quantities(statement.chain)]
    whole = {use.symbol.base for use in uses if not use.samples and not use.indices}
    taken = {_kind(use.symbol) for use in uses if not use.samples}
    given = {use.symbol for use in uses if use.samples and _is_capital(use.symbol) and use.symbol.base in whole}
    bases = {symbol.base for symbol in given} - _losses(statements)
    bases -= {symbol.base for symbol in given if _kind(_small(symbol)) in taken}
    if not bases:
        return list(statements)

    def change(part: Syntax) -> Syntax:
        if isinstance(part, Name) and vocabulary.use(part).samples:
            inner = inner_of_gradient(part)
            if base_of(part) in bases or (inner is not None and base_of(inner) in bases):
                return replace(part, base=part.base.lower())
        return part

    return [replace(each, chain=mapped_chain(each.chain, change, scripts=False)) for each in statements]


def _losses(statements: Sequence[Statement]) -> set[str]:
    """What is derived and never derived by: a loss, of which that of one sample is a term."""
    derivatives = [part for each in statements for part in walk_syntax(each.chain) if isinstance(part, Derivative)]
    derived = {base_of(part.numerator) for part in derivatives if isinstance(part.numerator, Name)}
    return derived - {base_of(each) for part in derivatives for each in part.denominators if isinstance(each, Name)}


def _is_capital(symbol: Symbol) -> bool:
    return len(symbol.base) == 1 and symbol.base.isupper()


def _small(symbol: Symbol) -> Symbol:
    return Symbol(symbol.base.lower(), symbol.labels)


def _kind(symbol: Symbol) -> tuple[str, int]:
    """The letter of a quantity and how many marks tell its layers apart."""
    return symbol.base, len(symbol.labels)


__all__ = ["small_samples"]
