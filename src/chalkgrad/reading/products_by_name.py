r"""Products that are written as a function, `\text{prod}\left(\frac{\partial L}{\partial z}, \frac{\partial z}{\partial
w}\right)`: each derivative times the next one, in whatever layout fits, as in a chain of fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import Chain, Derivative, Group, Name, Product, Syntax, mapped
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.vocabulary import arguments_of

_NAMES = frozenset(("prod", "Prod", "product"))


def products_by_name(chains: Sequence[Chain]) -> Callable[[Syntax], Syntax]:
    r"""What writes such products as products.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.page.statements import statements_in
    >>> text = r"$$g = \text{prod}(\frac{\partial L}{\partial z}, \frac{\partial z}{\partial w})$$"
    >>> (chain,) = [each.body for each in statements_in(read_document(text))]
    >>> [type(factor).__name__ for factor in products_by_name([chain])(chain).sides[1].factors]
    ['Derivative', 'Derivative']
    """
    return lambda syntax: mapped(syntax, _written_out)


def _written_out(part: Syntax) -> Syntax:
    if not isinstance(part, Product) or len(part.factors) != 2 or any(part.operators):
        return part
    name, group = part.factors
    if not isinstance(name, Name) or base_of(name) not in _NAMES or not isinstance(group, Group):
        return part
    arguments = arguments_of(group)
    if group.bracket != "(" or len(arguments) < 2 or not all(isinstance(each, Derivative) for each in arguments):
        return part
    return replace(part, factors=tuple(arguments), operators=("",) * len(arguments))


__all__ = ["products_by_name"]
