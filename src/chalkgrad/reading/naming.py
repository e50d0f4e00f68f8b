r"""Names that are given on the right of an equation: `\frac{\partial L}{\partial z} = \hat y - y =: \delta`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from chalkgrad.page.documents import WrittenEquation
from chalkgrad.page.syntax import Chain, Derivative, Name
from chalkgrad.reading.conventions import ERRORS
from chalkgrad.reading.families import key_of
from chalkgrad.reading.scope import core

NAMES_THE_LEFT = "=:"
Written: TypeAlias = tuple[WrittenEquation, Chain]


def named_on_the_right(written: Sequence[Written]) -> list[Written]:
    r"""The equations, with a definition of its own for each name that stands on the right of a `=:`.

    So is an error that ends a chain about a derivative, `\ldots = p - y = \delta`, where nothing else defines it.

    >>> from chalkgrad.reading.latex import read_latex
    >>> text = r"\frac{\partial L}{\partial z} = p - y =: \delta"
    >>> found = named_on_the_right([(WrittenEquation(text, 1, 1), chain) for chain in read_latex(text)])
    >>> [len(chain.sides) for _, chain in found], found[1][1].sides[0]
    ([2, 2], Name(base='\\delta', ...))
    """
    defined = {key_of(left) for _, chain in written if isinstance(left := chain.sides[0], Name)}
    return [(equation, each) for equation, chain in written for each in _parted(chain, defined)]


def _parted(chain: Chain, defined: set[str]) -> list[Chain]:
    relations, sides = chain.relations, chain.sides
    if len(relations) != len(sides) - 1:
        return [chain]
    last = sides[-1]
    about = isinstance(sides[0], Derivative) and len(sides) > 2 and relations[-1] == "="
    if about and isinstance(last, Name) and core(last) in ERRORS and key_of(last) not in defined:
        relations = (*relations[:-1], NAMES_THE_LEFT)
    found: list[Chain] = []
    kept: list[tuple[str, int]] = []
    for place, relation in enumerate(relations, start=1):
        name = sides[place]
        if relation == NAMES_THE_LEFT and isinstance(name, Name):
            span = (sides[place - 1].span[0], name.span[1])
            found.append(Chain(("=",), (name, sides[place - 1]), span))
        else:
            kept.append(("=" if relation == NAMES_THE_LEFT else relation, place))
    if not found or not kept:
        return found or [chain]
    others = replace(
        chain,
        relations=tuple(relation for relation, _ in kept),
        sides=(sides[0], *(sides[place] for _, place in kept)),
    )
    return [others, *found]
