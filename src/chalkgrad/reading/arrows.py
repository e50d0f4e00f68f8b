r"""Equations of which one leads to the next by an arrow: `f_c(x) = c + x \to \frac{df}{dx} = 1` states two."""

from __future__ import annotations

from dataclasses import replace

from chalkgrad.page.syntax import Chain, Derivative, Group, Name, Product, Syntax

_ARROWS = frozenset({"→", "⇒", "⟹", "⇔"})


def one_after_the_other(chain: Chain) -> list[Chain]:
    """The equations between the arrows of a chain, in which what is derived is what the one before says; or the
    chain.
    """
    found: list[Chain] = []
    begin = 0
    for place, relation in enumerate((*chain.relations, "⇒")):
        if relation in _ARROWS:
            if place > begin:
                sides = chain.sides[begin : place + 1]
                found.append(Chain(chain.relations[begin:place], sides, (sides[0].span[0], sides[-1].span[1])))
            begin = place + 1
    if not found or found[0] == chain:
        return [chain]
    for place in range(1, len(found)):
        found[place] = _of_the_one_before(found[place], _defined(found[place - 1].sides[0]))
    return found


def _defined(left: Syntax) -> Name | None:
    """The name on the left of an equation, or the function."""
    if isinstance(left, Product) and len(left.factors) == 2 and isinstance(left.factors[1], Group):
        left = left.factors[0]
    return left if isinstance(left, Name) else None


def _of_the_one_before(chain: Chain, name: Name | None) -> Chain:
    """The equation where a derivative of f is meant as one of the f_c just before."""
    left = chain.sides[0]
    if name is None or not name.subscripts or not isinstance(left, Derivative) or not isinstance(left.numerator, Name):
        return chain
    above = left.numerator
    if above.base != name.base or above.subscripts or above.superscripts or above.accents != name.accents:
        return chain
    derived = replace(left, numerator=replace(name, span=above.span))
    return replace(chain, sides=(derived, *chain.sides[1:]))


__all__ = ["one_after_the_other"]
