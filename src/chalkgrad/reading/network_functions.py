r"""Networks that are written as functions, `f(x) = W x + b`: where a loss uses one, `f(x)` is the name of its value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from chalkgrad.page.documents import WrittenEquation
from chalkgrad.page.syntax import Chain, Name, Product, Syntax, mapped, walk_syntax
from chalkgrad.reading.conventions import LOSS_NAMES
from chalkgrad.reading.functions import applied
from chalkgrad.reading.scope import core

Written: TypeAlias = tuple[WrittenEquation, Chain]


def as_values(written: Sequence[Written]) -> list[Written]:
    r"""The equations with f in the place of each `f(x)`, for every such f that a loss is made of.

    >>> from chalkgrad.reading.latex import read_latex
    >>> text = r"f(x) = w x + b \quad L = (f(x) - y)^2"
    >>> found = as_values([(WrittenEquation(text, 1, 1), chain) for chain in read_latex(text)])
    >>> found[0][1].sides[0]
    Name(base='f', ...)
    """
    heads = dict(filter(None, (applied(chain.sides[0]) for _, chain in written)))
    losses = [chain for _, chain in written if isinstance(left := chain.sides[0], Name) and core(left) in LOSS_NAMES]
    used = {
        core(one)
        for chain in losses
        for part in walk_syntax(chain)
        if isinstance(part, Product)
        for one, _ in _calls(part, heads)
    } - set(LOSS_NAMES)
    if not used:
        return list(written)

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Product):
            return part
        groups = {place + 1 for name, place in _calls(part, heads) if core(name) in used}
        kept = [place for place in range(len(part.factors)) if place not in groups]
        factors = tuple(part.factors[place] for place in kept)
        operators = tuple(part.operators[place] for place in kept)
        return factors[0] if len(factors) == 1 else replace(part, factors=factors, operators=operators)

    changed = [(equation, mapped(chain, change, scripts=False)) for equation, chain in written]
    return [(equation, chain) for equation, chain in changed if isinstance(chain, Chain)]


def _calls(product: Product, heads: dict[str, tuple[str, ...]]) -> list[tuple[Name, int]]:
    """The names of the functions that stand before their variables in a product, with their places."""
    found = []
    for place, name in enumerate(product.factors[:-1]):
        pair = Product(("", ""), product.factors[place : place + 2])
        head = applied(pair) if not product.operators[place + 1] else None
        if head is not None and isinstance(name, Name) and heads.get(head[0]) == head[1]:
            found.append((name, place))
    return found
