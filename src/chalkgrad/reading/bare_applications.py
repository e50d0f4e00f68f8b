r"""Functions that are applied without brackets now and then: the `g z` of a document that writes `g(z)` elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import Chain, Derivative, Group, Name, Product, Syntax, walk_syntax


def with_bare_applications(chains: Sequence[Chain]) -> Callable[[Syntax], Syntax]:
    """What puts the brackets, where a function stands before what it is applied to elsewhere, and nothing else does."""
    applied = {(_plain(name), argument) for chain in chains for name, argument in _applied(chain)}
    pairs = {(name, argument) for chain in chains for side in chain.sides
             if (pair := _pair(side)) is not None for name, argument in (pair,)}  # fmt: skip
    functions = {name for name, argument in applied & pairs}
    functions -= {name for name in functions if _stands_alone(chains, name)}
    if not functions:
        return lambda part: part

    def changed(part: Syntax) -> Syntax:
        if not isinstance(part, Chain):
            return part
        return replace(part, sides=tuple(map(side_changed, part.sides)))

    def side_changed(side: Syntax) -> Syntax:
        pair = _pair(side)
        if pair is None or pair[0] not in functions or pair not in applied or not isinstance(side, Product):
            return side
        return replace(side, factors=(side.factors[0], Group("(", (side.factors[1],), side.factors[1].span)))

    return changed


def _plain(name: Name) -> Name:
    return replace(name, primes=0)


def _pair(side: Syntax) -> tuple[Name, Name] | None:
    """The two names that a side consists of, side by side."""
    match side:
        case Product(operators=("", ""), factors=(Name() as first, Name() as second)) if not first.base.startswith(
            "\\"
        ):
            return first, second
    return None


def _applied(chain: Chain) -> Iterator[tuple[Name, Name]]:
    for part in walk_syntax(chain):
        if isinstance(part, Product):
            for place, name in enumerate(part.factors[:-1]):
                group = part.factors[place + 1]
                if isinstance(name, Name) and isinstance(group, Group) and not part.operators[place + 1]:
                    if group.bracket == "(" and len(group.contents) == 1 and isinstance(group.contents[0], Name):
                        yield name, group.contents[0]


def _stands_alone(chains: Sequence[Chain], name: Name) -> bool:
    """Whether a name is a factor or a side elsewhere, or what is derived by."""
    for chain in chains:
        for side in chain.sides:
            if side == name:
                return True
            for part in walk_syntax(side):
                if isinstance(part, Derivative) and name in part.denominators:
                    return True
                if isinstance(part, Product) and _pair(side) is None:
                    for place, factor in enumerate(part.factors):
                        after = part.factors[place + 1] if place + 1 < len(part.factors) else None
                        if factor == name and not isinstance(after, Group):
                            return True
    return False


__all__ = ["with_bare_applications"]
