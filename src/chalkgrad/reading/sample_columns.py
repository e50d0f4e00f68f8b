r"""Which matrices have a sample in each column: those that weights are multiplied with from the left, `Z = W X + b`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chalkgrad.page.syntax import Addition, Chain, Derivative, Name, Product, Syntax, walk_syntax
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.sense import inner_of_gradient


def sample_columns(chains: Sequence[Chain]) -> set[str]:
    r"""The letters of what layers give whose weights stand on the left of what comes in.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.page.statements import statements_in
    >>> text = r"$Z = W X + b$ and $Y = X V$ with $dW = G X^T$ and $dV = X^T G$"
    >>> sample_columns([each.body for each in statements_in(read_document(text))])
    {'Z'}
    """
    defined = {base_of(chain.sides[0]) for chain in chains if isinstance(chain.sides[0], Name)}
    weights = {base for chain in chains for base in _derived_by(chain)} - defined
    found = set()
    for chain in chains:
        left, side = chain.sides[0], chain.sides[1] if len(chain.sides) > 1 else None
        first = side.terms[0] if isinstance(side, Addition) else side
        match first:
            case Product(factors=(Name() as one, Name() as other)) if isinstance(left, Name):
                if base_of(one) in weights and base_of(other) not in weights:
                    found.add(base_of(left))
    return found


def _derived_by(chain: Chain) -> Iterator[str]:
    for part in walk_syntax(chain):
        if isinstance(part, Derivative):
            yield from (base_of(each) for each in part.denominators if isinstance(each, Name))
    left: Syntax = chain.sides[0]
    inner = inner_of_gradient(left) if isinstance(left, Name) else None
    if inner is not None:
        yield base_of(inner)


__all__ = ["sample_columns"]
