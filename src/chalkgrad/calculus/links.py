"""One link of the chain rule as the sweep meets it, and on the diagonal where it is diagonal."""

from __future__ import annotations

from dataclasses import dataclass

from chalkgrad.language import (
    Add,
    Axis,
    Delta,
    Element,
    Expression,
    Multiply,
    Tensor,
    as_index,
    fresh_axis,
    substitute_axes,
)


@dataclass(frozen=True)
class Link:
    """The derivative of an element by a tensor at some places, as the rules give it; `own` are the tensor's axes.

    Where it is `direct` the places are indices of the element, and the derivative is that on the diagonal already.
    """

    of: Element
    tensor: Tensor
    places: tuple[Axis, ...]
    own: tuple[Axis, ...]
    derivative: Expression
    direct: bool

    def settled(self) -> tuple[Element, Expression]:
        """By which element, and the derivative: ∂h_j/∂z_j where only the diagonal is not zero, else ∂o/∂h_j."""
        value = self.derivative
        if self.direct:
            return Element(self.tensor, tuple(map(as_index, self.places))), value
        replaced: dict[Axis, Axis] = {}
        for found in _deltas(value):
            if found.left.axis in self.places and found.right.axis is not None:
                replaced[found.left.axis] = found.right.axis
        for place, axis in replaced.items():
            value = substitute_axes(value, {place: axis})
        taken = {axis for index in self.of.indices for axis, _ in index.terms}
        for place, own in zip(self.places, self.own, strict=True):
            if place not in replaced:
                replaced[place] = fresh_axis(own, taken)
                value = substitute_axes(value, {place: replaced[place]})
            taken.add(replaced[place])
        return Element(self.tensor, tuple(as_index(replaced[place]) for place in self.places)), value


def _deltas(expression: Expression) -> dict[Delta, None]:
    """The deltas that stand in every term: where one of them is 0, so is the whole."""
    match expression:
        case Delta():
            return {expression: None}
        case Multiply(factors=factors):
            return {found: None for factor in factors for found in _deltas(factor)}
        case Add(terms=terms):
            first, *rest = map(_deltas, terms)
            return {found: None for found in first if all(found in other for other in rest)}
    return {}
