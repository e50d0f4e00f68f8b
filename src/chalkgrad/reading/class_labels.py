r"""Targets that are the number of a class, `L = -\log p_y`: written as the vector with a one at that class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.page.syntax import BigOperator, Chain, Group, Name, Product, Syntax, mapped, walk_syntax
from chalkgrad.reading.conventions import TARGETS
from chalkgrad.reading.families import key_of
from chalkgrad.reading.scope import core

_ONES = frozenset({"1", "I"})


def labels_as_vectors(chains: Sequence[Chain]) -> list[Chain]:
    r"""The equations with `\log p_y` as the sum of all `y_k \log p_k`, and `\mathbb{1}[k = y]` as `y_k`.

    >>> from chalkgrad.reading.latex import read_latex
    >>> found = labels_as_vectors(read_latex(r"p = \mathrm{softmax}(z), L = -\log p_y"))
    >>> found[1].sides[1].terms[0].kind
    'sum'
    """
    lefts = [chain.sides[0] for chain in chains]
    whole = {key_of(left) for left in lefts if isinstance(left, Name) and not left.subscripts and not left.superscripts}
    names = [part for chain in chains for part in walk_syntax(chain) if isinstance(part, Name)]
    labels = {label for name in names if key_of(name) in whole and (label := _label(name)) and label not in whole}
    if len(labels) != 1:
        return list(chains)
    taken = {core(name) for name in names}
    letter = next(each for each in ("k", "c", "m", "q", "r") if each not in taken or each == "r")

    def picked(name: Name, body: Sequence[Syntax], span: tuple[int, int]) -> BigOperator:
        below = Name(letter, span=span)
        factors = (Name(_label(name), (below,), span=span), *body, replace(name, subscripts=(below,)))
        return BigOperator("sum", (below,), (), Product(("",) * len(factors), factors, span), span)

    def chosen(part: Syntax) -> Name | None:
        if isinstance(part, Group) and len(part.contents) == 1:
            part = part.contents[0]
        return part if isinstance(part, Name) and _label(part) in labels and key_of(part) in whole else None

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Product):
            return part
        if len(part.factors) == 2 and not any(part.operators):
            first, second = part.factors
            name = chosen(second)
            if name is not None and isinstance(first, Name) and core(first) in ("log", "ln"):
                return picked(name, (first,), part.span)
            index = _compared(second, labels) if isinstance(first, Name) and _is_one(first) else None
            if index is not None:
                return Name(next(iter(labels)), (index,), span=part.span)
        return part

    found = [mapped(chain, change, scripts=False) for chain in chains]
    return [chain for chain in found if isinstance(chain, Chain)]


def _label(name: Name) -> str:
    """The target that is the only index of a name, or ""."""
    below = name.subscripts[0] if len(name.subscripts) == 1 else None
    return core(below) if isinstance(below, Name) and below == Name(below.base) and core(below) in TARGETS else ""


def _is_one(name: Name) -> bool:
    return name.base in _ONES and not name.subscripts


def _compared(part: Syntax, labels: set[str]) -> Name | None:
    """The index in `[k = y]`."""
    if not isinstance(part, Group) or len(part.contents) != 1:
        return None
    inner = part.contents[0]
    if not isinstance(inner, Chain) or inner.relations != ("=",):
        return None
    sides = [side for side in inner.sides if isinstance(side, Name)]
    indices = [side for side in sides if core(side) not in labels]
    return indices[0] if len(sides) == 2 and len(indices) == 1 else None
