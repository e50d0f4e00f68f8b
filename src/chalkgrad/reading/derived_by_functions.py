r"""Derivatives by a function inside another: `\frac{df}{dg}` of `\frac{d}{dx} f(g(x)) = \frac{df}{dg} \frac{dg}{dx}`.

What is meant is f' at g(x), where f is applied to g(x) on the left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import Chain, Derivative, Group, Name, Product, Syntax, mapped, walk_syntax
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.vocabulary import applications


def derived_by_functions(chains: Sequence[Chain]) -> Callable[[Chain], Chain]:
    """What writes derivatives by a function that stands inside another with a prime, where both are functions
    throughout: each equation that has their name applies it.
    """
    quantities: set[str] = set()
    for chain in chains:
        applied = {base_of(name) for part in walk_syntax(chain) for name, _ in _applications(part)}
        quantities |= {base_of(part) for part in walk_syntax(chain) if isinstance(part, Name)} - applied
    return lambda chain: _with_primes(chain, quantities)


def _applications(part: Syntax) -> Iterator[tuple[Name, Group]]:
    return applications(part) if isinstance(part, Product) else iter(())


def _with_primes(chain: Chain, quantities: set[str]) -> Chain:
    left = chain.sides[0]
    if not any(isinstance(part, Derivative) for part in walk_syntax(left)):
        return chain
    inside = {
        (outer, inner): group
        for part in walk_syntax(left)
        for outer, group in _applications(part)
        if not outer.primes and (inner := _inside(group)) is not None and not quantities & {base_of(outer)}
    }
    inner_ones = {inner for _, inner in inside} & {outer for outer, _ in inside}  # g of f(g(x)), which has one in it
    inside = {pair: group for pair, group in inside.items() if inner_ones & {*pair}}
    if not inside:
        return chain

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Derivative) or len(part.denominators) != 1:
            return part
        above, below = _function(part.numerator), _function(part.denominators[0])
        if above is None or below is None or (above, below) not in inside:
            return part
        called = Product(("", ""), (replace(above, primes=1, span=part.span), inside[above, below]), part.span)
        return Group("(", (called,), part.span)

    return replace(chain, sides=(left, *(mapped(side, change) for side in chain.sides[1:])))


def _inside(group: Syntax) -> Name | None:
    """The function that stands in brackets with what it is applied to, or a name by itself."""
    return _function(group.contents[0]) if isinstance(group, Group) and len(group.contents) == 1 else None


def _function(part: Syntax | None) -> Name | None:
    """A function by itself or applied to something: f of `f` and `f(x)`."""
    if isinstance(part, Product) and len(part.factors) == 2 and any(True for _ in applications(part)):
        part = part.factors[0]
    return part if isinstance(part, Name) and not part.primes else None


__all__ = ["derived_by_functions"]
