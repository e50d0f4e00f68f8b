r"""Changes of quantities, the `\Delta w` of `\Delta w = -\eta \frac{\partial E}{\partial w}`, as the names they are.

Where Δ stands by itself as well it is a quantity, and `\Delta w` a product. A small δ is a quantity more often: before
a name it is a mark only where some equation says what `\delta x` is, and it never stands by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import Chain, Name, Product, Syntax, mapped, walk_syntax
from chalkgrad.reading.scripts import base_of

_MARKS = {"Delta": "Δ", "delta": "d"}


def changes_by_delta(chains: Sequence[Chain]) -> Callable[[Syntax], Syntax]:
    r"""What makes one name of each such change in some equations.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.page.statements import statements_in
    >>> (chain,) = [each.body for each in statements_in(read_document(r"$$\Delta w_{ij} = -\eta d_j$$"))]
    >>> changes_by_delta([chain])(chain).sides[0]
    Name(base='Δw', ...)
    """
    every = [part for chain in chains for part in walk_syntax(chain)]
    marks = [mark for mark in _MARKS if _is_mark(mark, every, chains)]
    return (lambda syntax: mapped(syntax, lambda part: _joined(part, marks))) if marks else (lambda syntax: syntax)


def _is_mark(mark: str, every: Sequence[Syntax], chains: Sequence[Chain]) -> bool:
    """Whether a letter stands before names only, and the small one somewhere before what an equation defines."""
    before = {id(part.factors[place]) for part in every if isinstance(part, Product) for place in _places(part, mark)}
    alone = any(isinstance(part, Name) and base_of(part) == mark and id(part) not in before for part in every)
    lefts = [chain.sides[0] for chain in chains]
    told = any(isinstance(left, Product) and len(left.factors) == 2 and _places(left, mark) for left in lefts)
    return bool(before) and not alone and (mark == "Delta" or told)


def _places(product: Product, mark: str) -> list[int]:
    """Where in a product a bare Δ or δ stands directly before a name."""
    return [
        place for place, part in enumerate(product.factors[:-1])
        if isinstance(part, Name) and base_of(part) == mark and part == Name(part.base, style=part.style)
        and not product.operators[place + 1] and isinstance(product.factors[place + 1], Name)
    ]  # fmt: skip


def _joined(part: Syntax, marks: Sequence[str]) -> Syntax:
    if not isinstance(part, Product):
        return part
    places = {place: _MARKS[mark] for mark in marks for place in _places(part, mark)}
    if not places:
        return part
    factors: list[Syntax] = []
    operators: list[str] = []
    for place, factor in enumerate(part.factors):
        if place in places:
            operators.append(part.operators[place])
        elif place - 1 in places and isinstance(factor, Name):
            span = (part.factors[place - 1].span[0], factor.span[1])
            factors.append(replace(factor, base=places[place - 1] + factor.base.lstrip("\\"), span=span))
        else:
            factors.append(factor)
            operators.append(part.operators[place])
    return factors[0] if len(factors) == 1 else replace(part, factors=tuple(factors), operators=tuple(operators))


__all__ = ["changes_by_delta"]
