r"""Names that stand for two quantities, one bare and one with an index: the `δ` of one output beside the `δ_j` of
units.

Both are defined, and the one is made of the other: so is `E = \sum_n E_n`, and so `L = \frac1m \sum_i L^{(i)}`. Or
the derivative of the one is made of those of the other: `\partial E/\partial w = \sum_n \partial E_n/\partial w`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import (
    BigOperator,
    Chain,
    Derivative,
    Group,
    Name,
    Number,
    Scripted,
    Syntax,
    mapped_chain,
    walk_syntax,
)
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import base_of, letters_in
from chalkgrad.reading.vocabulary import Vocabulary, bound_letters, quantities

_BARE = "§0"


def bare_apart(statements: Sequence[Statement], vocabulary: Vocabulary) -> list[Statement]:
    """The equations with such names marked where they are bare."""
    bare: set[str] = set()
    indexed: set[str] = set()
    built: set[str] = set()
    apart: set[str] = set()
    for statement in statements:
        left = statement.chain.sides[0]
        apart |= set(_of_derivatives(statement.chain, vocabulary))
        if not isinstance(left, Name) or statement.chain.relations[0] not in ("=", ":=", "≡", "≜"):
            continue
        if _is_bare(left):
            if _is_list(statement.chain.sides[1]):
                continue  # `x = [x_1, x_2]^T` says what the entries of x are called
            bare.add(base_of(left))
            inside = {base_of(name) for name in quantities(statement.chain.sides[1]) if _is_placed(name, vocabulary)}
            built |= {base_of(left)} & inside
        elif _is_placed(left, vocabulary):
            indexed.add(base_of(left))
            inside = {base_of(name) for name in quantities(statement.chain.sides[1]) if _is_bare(name)}
            built |= {base_of(left)} & inside
    apart |= built & bare & indexed
    if not apart:
        return list(statements)

    def change(part: Syntax) -> Syntax:
        if isinstance(part, Name) and _is_bare(part) and base_of(part) in apart:
            return replace(part, accents=(*part.accents, _BARE))
        return part

    return [replace(each, chain=mapped_chain(each.chain, change, scripts=False)) for each in statements]


def _of_derivatives(chain: Chain, vocabulary: Vocabulary) -> Iterator[str]:
    r"""What is derived bare on the left, and for each place of a sum on the right; or is another with a 0 below it."""
    left = chain.sides[0]
    name = left.numerator if isinstance(left, Derivative) else None
    if not isinstance(name, Name) or not _is_bare(name):
        return
    for side in chain.sides[1:]:
        bound = {item.text for part in walk_syntax(side) if isinstance(part, BigOperator) and part.kind == "sum"
                 for item in bound_letters(part)}  # fmt: skip
        for part in walk_syntax(side):
            other = part.numerator if isinstance(part, Derivative) else None
            if isinstance(other, Name) and base_of(other) == base_of(name):
                below = (*vocabulary.use(other).indices, *vocabulary.use(other).samples)
                letters = {letter for item in below for letter in letters_in(item)}
                if letters & bound or other.subscripts == (Number("0"),):
                    yield base_of(name)


def _is_list(side: Syntax) -> bool:
    """Whether a side lists the entries of a vector, or of its transpose."""
    inner = side.base if isinstance(side, Scripted) else side
    if isinstance(inner, BigOperator):
        return inner.kind in ("row", "column")
    return isinstance(inner, Group) and inner.bracket in ("[", "(", "{") and (
        len(inner.contents) > 1 or isinstance(inner.contents[0], Group) or isinstance(side, Scripted)
    )  # fmt: skip


def _is_placed(name: Name, vocabulary: Vocabulary) -> bool:
    """Whether a name stands with an index, or with a letter that counts samples."""
    use = vocabulary.use(name)
    return bool(use.indices or use.samples)


def _is_bare(name: Name) -> bool:
    return not (name.subscripts or name.superscripts)


__all__ = ["bare_apart"]
