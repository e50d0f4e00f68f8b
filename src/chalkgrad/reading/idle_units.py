r"""The unit that is always 1, `x_0 = 1`, where nothing else speaks of that place: there it is said and never used.

What holds for any $x$ holds for one with a 1 in front; as a definition it would say nothing of the other places.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.page.syntax import Chain, Name, Number, walk_syntax
from chalkgrad.reading.facts import Statement


def is_constant_unit(chain: Chain) -> bool:
    """Whether this is the unit that is always 1, by which a bias is written as a weight: `x_0 = 1`."""
    left, right = chain.sides[0], chain.sides[-1]
    return isinstance(left, Name) and right == Number("1") and Number("0") in left.subscripts


def without_idle_units(statements: Sequence[Statement]) -> list[Statement]:
    """The equations without those that give a 1 to a place of which nothing else speaks, nor of a weight before it."""
    others = [each for each in statements if not is_constant_unit(each.chain)]
    spoken_of = any(
        isinstance(part, Name) and Number("0") in part.subscripts for each in others for part in walk_syntax(each.chain)
    )
    return list(statements) if spoken_of else others


__all__ = ["is_constant_unit", "without_idle_units"]
