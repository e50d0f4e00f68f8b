r"""Quantities written without the index on which they rest: after `u = e^{z_k}`, u is meant as u_k wherever it
stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.page.syntax import Addition, BigOperator, Name, Product, Syntax, mapped_chain, walk_syntax
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import base_of, letters_in
from chalkgrad.reading.vocabulary import Symbol, Vocabulary, bound_letters, quantities


def with_dropped_indices(passage: Sequence[Statement], vocabulary: Vocabulary) -> list[Statement]:
    """The equations with the indices that a definition shows a name to rest on written below it, wherever it stands."""
    dropped = _dropped(passage, vocabulary)
    if not dropped:
        return list(passage)

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Name) or part.subscripts:
            return part
        letters = dropped.get(vocabulary.use(part).symbol)
        return (
            part
            if letters is None
            else replace(part, subscripts=tuple(Name(letter, span=part.span) for letter in letters))
        )

    return [replace(each, chain=mapped_chain(each.chain, change, scripts=False)) for each in passage]


def _dropped(passage: Sequence[Statement], vocabulary: Vocabulary) -> dict[Symbol, tuple[str, ...]]:
    """The names that stand without the one index that all of their definitions have on the right."""
    found: dict[Symbol, set[tuple[str, ...]]] = {}
    indexed = {vocabulary.use(name).symbol for statement in passage for name in quantities(statement.chain)
               if name.subscripts}  # fmt: skip
    labelling = _labelling(passage, vocabulary)
    for statement in passage:
        left = statement.chain.sides[0]
        if not isinstance(left, Name) or statement.chain.relations[0] not in ("=", ":=", "≡") or left.subscripts:
            continue
        use = vocabulary.use(left)
        plain = not (use.powers or use.transposed or use.samples or use.symbol.labels or vocabulary.einstein)
        if plain and use.symbol not in indexed and vocabulary.bases[base_of(left)] and len(base_of(left)) == 1:
            letters = _free(statement.chain.sides[1], vocabulary, labelling)
            if all(use.symbol != vocabulary.use(name).symbol for name in quantities(statement.chain.sides[1])):
                found.setdefault(use.symbol, set()).add(letters)
    return {symbol: next(iter(each)) for symbol, each in found.items() if len(each) == 1 and len(next(iter(each))) == 1}


def _labelling(passage: Sequence[Statement], vocabulary: Vocabulary) -> frozenset[str]:
    """The letters that say which of many a defined quantity is, `f_i = …`, and over which nothing sums."""
    summed = {item.text for statement in passage for part in walk_syntax(statement.chain)
              if isinstance(part, BigOperator) for item in bound_letters(part)}  # fmt: skip
    lefts = (statement.chain.sides[0] for statement in passage if statement.chain.relations[:1] in (("=",), (":=",)))
    names = [left for left in lefts if isinstance(left, Name)]
    return frozenset(letter for name in names for letter in _letters(name, vocabulary)) - summed


def _free(side: Syntax, vocabulary: Vocabulary, labelling: frozenset[str]) -> tuple[str, ...]:
    """The index letters of a side over which nothing sums; none where one stands twice in a product, and may be meant
    to be summed over.
    """
    sums = [part for part in walk_syntax(side) if isinstance(part, BigOperator)]
    bound = {item.text for part in sums for item in bound_letters(part)}
    counted: Counter[str] = Counter()
    for name in quantities(side):
        counted.update(_letters(name, vocabulary))
    for part in walk_syntax(side):
        if isinstance(part, Product):
            here: Counter[str] = Counter()
            for factor in part.factors:
                here.update({letter for name in _plain(factor) for letter in _letters(name, vocabulary)})
            if any(count > 1 for letter, count in here.items() if letter not in labelling):
                return ()
    return tuple(letter for letter in counted if letter not in bound)


def _letters(name: Name, vocabulary: Vocabulary) -> list[str]:
    use = vocabulary.use(name)
    return [letter for item in use.indices for letter in letters_in(item) if letter not in vocabulary.class_letters]


def _plain(factor: Syntax) -> list[Name]:
    return [] if isinstance(factor, BigOperator | Addition) else list(quantities(factor))


__all__ = ["with_dropped_indices"]
