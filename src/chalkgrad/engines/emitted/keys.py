"""What tells parts of programs apart that differ in more than the names of their axes."""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.language import Axis, Delta, Element, Expression, Index, IndexValue, Multiply, children, substitute_axes


def axes_of(part: Expression, by_name: bool = False) -> tuple[Axis, ...]:
    """The free axes of a part in the order in which they occur; `by_name` takes factors in the order of their names."""
    found: dict[Axis, None] = {}

    def look(node: Expression) -> None:
        places: tuple[Index, ...] = ()
        match node:
            case Element(indices=indices):
                places = indices
            case Delta(left=left, right=right):
                places = (left, right)
            case IndexValue(index=index):
                places = (index,)
        for place in places:
            found.update((axis, None) for axis, _ in place.terms if axis in part.free)
        inside = children(node)
        if by_name and isinstance(node, Multiply):
            inside = tuple(sorted(inside, key=lambda factor: [tensor.name for tensor in factor.tensors]))
        for child in inside:
            look(child)

    look(part)
    return tuple(found)


def key_of(part: Expression, axes: Sequence[Axis]) -> int:
    """The same number for parts that differ in the names of their axes only."""
    places = {axis: Axis(f"place {number}", axis.size) for number, axis in enumerate(axes)}
    return substitute_axes(part, places).identity
