"""Indices in brackets after a name, `W[k, i]`, `y_t[i]` and `x(i+m, j+n)`, as the indices below it that they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from chalkgrad.page.spelling import function_names
from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Chain,
    Group,
    Name,
    Product,
    Scripted,
    Syntax,
    mapped,
    walk_syntax,
)
from chalkgrad.reading.layers_in_brackets import brackets_moved
from chalkgrad.reading.scripts import item_of, letters_in
from chalkgrad.reading.vocabulary import USUAL_INDICES, applications, bound_letters


def places_in_brackets(chains: Sequence[Chain]) -> Callable[[Syntax], Syntax]:
    r"""What sets the brackets after names of some equations below them, where they say which entry is meant.

    They do where all in them are letters that count, those of sums or the usual ones that are no factor and no term
    anywhere, and where the name is never applied to anything else in round brackets. These are such brackets, too,
    after a name that always has them, and several letters in them once.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.page.statements import statements_in
    >>> (chain,) = [each.body for each in statements_in(read_document(r"$$z[k] = \sum_i W[k, i] x[i]$$"))]
    >>> [part.subscripts for part in walk_syntax(places_in_brackets([chain])(chain)) if isinstance(part, Name)][0]
    (Name(base='k', ...),)
    """
    every = [part for chain in chains for part in walk_syntax(chain)]
    in_round = [(name, group) for part in every if isinstance(part, Product) for name, group in applications(part)
                if group.bracket == "("]  # fmt: skip
    applied = {name.base for name, _ in in_round}
    factors = [factor for part in every if isinstance(part, Product) for factor in part.factors]
    added = [term for part in every if isinstance(part, Addition) for term in part.terms]
    terms = (*factors, *added, *(side for chain in chains for side in chain.sides))
    quantities = {part.base for part in terms if isinstance(part, Name) and part == Name(part.base)}
    bound = {item.text for part in every if isinstance(part, BigOperator) for item in bound_letters(part)}
    letters = (USUAL_INDICES - quantities) | bound
    names = {name.base for part in every for name, group in _bracketed(part) if _are_places(group, letters)} - applied
    applied_at = {id(name) for name, _ in in_round}
    bare = {part.base for part in every if isinstance(part, Name) and id(part) not in applied_at}
    round_ = _with_round_places(in_round, letters & bound) - bare if bound else set()
    names |= round_

    def change(part: Syntax) -> Syntax:
        found = [
            name for name, group in _bracketed(part, "[(")
            if name.base in (names if group.bracket == "[" else round_) and _are_places(group, letters)
        ]  # fmt: skip
        return brackets_moved(
            part, found, lambda name, group: replace(name, subscripts=(*name.subscripts, *group.contents))
        )

    return (lambda syntax: mapped(syntax, change)) if names else (lambda syntax: syntax)


def _with_round_places(applied: Sequence[tuple[Name, Group]], letters: set[str] | frozenset[str]) -> set[str]:
    """The names that are only ever followed by letters of sums in round brackets, once by several: `x(i+m, j+n)`."""
    several = {name.base for name, group in applied if len(group.contents) > 1}
    others = {
        name.base for name, group in applied
        if name.primes or name.base.lstrip("\\").lower() in function_names() or not _are_places(group, letters)
    }  # fmt: skip
    return several - others


def _bracketed(part: Syntax, brackets: str = "[") -> Iterator[tuple[Name, Group]]:
    """The names of a product that such brackets follow directly, with nothing below these."""
    if isinstance(part, Product):
        for place, (name, group) in enumerate(zip(part.factors, part.factors[1:], strict=False)):
            inner = group.base if isinstance(group, Scripted) and not (group.subscripts or group.primes) else group
            if not isinstance(name, Name) or not name.base.strip("\\").isalpha():
                continue  # the `1_y[k]` of the class y is no table of ones
            if not part.operators[place + 1] and isinstance(inner, Group):
                if inner.bracket in brackets and inner.contents:
                    yield name, inner


def _are_places(group: Group, letters: set[str] | frozenset[str]) -> bool:
    items = [item_of(each) for each in group.contents]
    known = all(item.kind in ("letter", "number", "affine") and set(letters_in(item)) <= letters for item in items)
    return known and any(map(letters_in, items))


__all__ = ["places_in_brackets"]
