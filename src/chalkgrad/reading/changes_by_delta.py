r"""Changes of quantities, the `\Delta w` of `\Delta w = -\eta \frac{\partial E}{\partial w}`, as the names they are.

Where Δ stands by itself as well it is a quantity, and `\Delta w` a product.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import Chain, Name, Product, Syntax, mapped, walk_syntax
from chalkgrad.reading.scripts import base_of

_DELTA = "Delta"


def changes_by_delta(chains: Sequence[Chain]) -> Callable[[Syntax], Syntax]:
    r"""What makes one name of each such change in some equations.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.page.statements import statements_in
    >>> (chain,) = [each.body for each in statements_in(read_document(r"$$\Delta w_{ij} = -\eta d_j$$"))]
    >>> changes_by_delta([chain])(chain).sides[0]
    Name(base='Δw', ...)
    """
    every = [part for chain in chains for part in walk_syntax(chain)]
    before = {id(part.factors[place]) for part in every if isinstance(part, Product) for place in _places(part)}
    alone = any(_is_delta(part) and id(part) not in before for part in every)
    return (lambda syntax: syntax) if alone or not before else (lambda syntax: mapped(syntax, _joined))


def _is_delta(part: Syntax) -> bool:
    """Whether a part is a bare Δ."""
    return isinstance(part, Name) and base_of(part) == _DELTA and part == Name(part.base, style=part.style)


def _places(product: Product) -> list[int]:
    """Where in a product Δ stands directly before a name."""
    return [
        place for place in range(len(product.factors) - 1)
        if _is_delta(product.factors[place]) and not product.operators[place + 1]
        and isinstance(product.factors[place + 1], Name)
    ]  # fmt: skip


def _joined(part: Syntax) -> Syntax:
    if not isinstance(part, Product):
        return part
    places = _places(part)
    if not places:
        return part
    factors: list[Syntax] = []
    operators: list[str] = []
    for place, factor in enumerate(part.factors):
        if place in places:
            operators.append(part.operators[place])
        elif place - 1 in places and isinstance(factor, Name):
            span = (part.factors[place - 1].span[0], factor.span[1])
            factors.append(replace(factor, base="Δ" + factor.base.lstrip("\\"), span=span))
        else:
            factors.append(factor)
            operators.append(part.operators[place])
    return factors[0] if len(factors) == 1 else replace(part, factors=tuple(factors), operators=tuple(operators))


__all__ = ["changes_by_delta"]
