"""Claims in which a bracket is amiss, as what they say with that mended: they are told to be right, or are not read.

What defines a name is read so only where it says the same wherever its bracket was meant to end: too much rests on it.
"""

from __future__ import annotations

from dataclasses import replace

from chalkgrad.page.syntax import Chain, Derivative, Name, Syntax, Unread, walk_syntax


def with_brackets(chain: Chain, *, displayed: bool) -> tuple[Chain, str]:
    """An equation about a derivative with its brackets mended, and what was amiss; any other where it says the same
    wherever they stand, and is `displayed`: in a line of text the words have brackets, too.
    """
    amiss = [side for side in chain.sides if isinstance(side, Unread) and side.instead is not None]
    if not amiss:
        return chain, ""
    sides = tuple(_mended(side) for side in chain.sides)
    if not _is_derivative(sides[0]):
        return (replace(chain, sides=sides), "") if displayed and all(side.surely for side in amiss) else (chain, "")
    return replace(chain, sides=sides), str(amiss[0].error)


def _mended(side: Syntax) -> Syntax:
    return side.instead if isinstance(side, Unread) and side.instead is not None else side


def _is_derivative(side: Syntax) -> bool:
    return any(
        isinstance(part, Derivative) or (isinstance(part, Name) and part.base == r"\nabla")
        for part in walk_syntax(side)
    )


__all__ = ["with_brackets"]
