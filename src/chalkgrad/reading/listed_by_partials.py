r"""The vectors whose places a list of partials names: x and y of `\frac{\partial y}{\partial x} = [\frac{\partial
y_1}{\partial x_1}, \frac{\partial y_1}{\partial x_2}]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chalkgrad.page.syntax import Chain, Derivative, Group, Name, Product, Syntax, walk_syntax
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.vocabulary import applications


def listed_by_partials(chains: Iterable[Syntax]) -> set[str]:
    """The bases of which such lists name the places."""
    return {base for chain in chains if isinstance(chain, Chain) for base in _listed(chain)}


def _listed(chain: Chain) -> Iterator[str]:
    wholes = [side for side in chain.sides if isinstance(side, Derivative)]
    for whole in wholes:
        of, by = _bare(whole.numerator), _bare(whole.denominators[0] if len(whole.denominators) == 1 else None)
        for side in chain.sides:
            entries = [part for group in walk_syntax(side) if isinstance(group, Group)
                       for part in walk_syntax(group) if isinstance(part, Derivative)]  # fmt: skip
            below = [_place(each.denominators[0]) for each in entries if len(each.denominators) == 1]
            above = [_place(each.numerator) for each in entries]
            if len(entries) > 1 and by and set(below) == {by}:
                yield by
                if of and set(above) == {of}:
                    yield of


def _bare(part: Syntax | None) -> str:
    """The base of a name without indices, or of a function that is applied."""
    if isinstance(part, Product):
        part = next((name for name, _ in applications(part)), None) if len(part.factors) == 2 else None
    return base_of(part) if isinstance(part, Name) and not part.subscripts else ""


def _place(part: Syntax | None) -> str:
    """The base of a name with something below it."""
    return base_of(part) if isinstance(part, Name) and part.subscripts else ""


__all__ = ["listed_by_partials"]
