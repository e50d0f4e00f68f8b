r"""Indices that are told apart by a mark, `k_1` and `k_2`, `j` and `j'`: each is a letter of its own.

What goes on reads an index as one letter, so that each of them is written in another alphabet of its letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import BigOperator, Chain, Name, Number, Product, Syntax, mapped, mapped_chain, walk_syntax
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.vocabulary import MARKED_ALPHABETS, USUAL_INDICES, quantities


def with_marked_indices(statements: Sequence[Statement]) -> list[Statement]:
    """The equations with such indices as letters; what stands by itself somewhere is a quantity and no index."""
    worn = {_key(name) for each in statements for name in _worn(each.chain)}
    alone = {_key(name) for each in statements for name in quantities(_without_comparisons(each.chain))}
    letters: dict[Name, str] = {}
    for key in sorted(worn - alone, key=str):
        used = sum(other.base == key.base for other in letters)
        if used < len(MARKED_ALPHABETS):
            letters[key] = chr(ord(MARKED_ALPHABETS[used]) + ord(key.base) - ord("a"))
    if not letters:
        return list(statements)

    def change(part: Syntax) -> Syntax:
        if isinstance(part, Name) and _is_run(part) and _last_of(part) in letters:
            before = part.base[:-1]
            found = tuple(Name(letter, span=part.span) for letter in (*before, letters[_last_of(part)]))
            return Product(("",) * len(found), found, part.span)
        if isinstance(part, Name) and _is_marked(part) and _key(part) in letters:
            return Name(letters[_key(part)], span=part.span)
        return part

    return [
        replace(each, chain=mapped_chain(each.chain, change),
                conditions=tuple(mapped(part, change) for part in each.conditions))
        for each in statements
    ]  # fmt: skip


def _worn(chain: Chain) -> Iterator[Name]:
    """The marked letters in what hangs on names and stands below sums."""
    for part in walk_syntax(chain):
        hanging = part.subscripts if isinstance(part, Name | BigOperator) else ()
        if isinstance(part, Name):
            hanging = (*hanging, *part.superscripts)
        for script in hanging:
            names = [name for name in walk_syntax(script) if isinstance(name, Name)]
            yield from map(_last_of, filter(_is_run, names))
            yield from filter(_is_marked, names)


def _is_run(name: Name) -> bool:
    r"""Whether a name is a few letters of which the last has a prime, as in `\delta_{jj'}`."""
    plain = not (name.subscripts or name.superscripts or name.accents or name.style)
    return plain and name.primes == 1 and len(name.base) in (2, 3) and set(name.base) <= USUAL_INDICES


def _last_of(name: Name) -> Name:
    return Name(name.base[-1], primes=1)


def _is_marked(name: Name) -> bool:
    """Whether a name is a letter that often is an index, with one number below or one prime."""
    plain = not (name.superscripts or name.accents or name.style) and name.base in USUAL_INDICES
    numbered = len(name.subscripts) == 1 and isinstance(name.subscripts[0], Number) and not name.primes
    return plain and (numbered or (name.primes == 1 and not name.subscripts))


def _key(name: Name) -> Name:
    """A name wherever it stands."""
    return Name(name.base, tuple(replace(part, span=(0, 0)) if isinstance(part, Number) else part
                                 for part in name.subscripts), name.superscripts, name.primes)  # fmt: skip


def _without_comparisons(syntax: Syntax) -> Syntax:
    r"""A formula without what is compared in it: the indices of `1\{k_1 = k_2\}`."""

    def change(part: Syntax) -> Syntax:
        return Number("0") if isinstance(part, Chain) and part is not syntax else part

    return mapped(syntax, change)


__all__ = ["with_marked_indices"]
