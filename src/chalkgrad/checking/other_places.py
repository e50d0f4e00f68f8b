"""Letters that differ and so mean different places, where a quantity is derived by what stands in it twice."""

from __future__ import annotations

from chalkgrad.language import Axis, Delta, Element, Expression, Role, add, as_index, multiply, number


def other_places(left: Expression) -> list[tuple[Axis, Axis]]:
    r"""Letters that mean different places, as the u and i of `\partial (b_u + b_i)/\partial b_u`: one of them is also
    that of what is derived by, which then stands in what is derived at another place.
    """
    if not isinstance(left, Element) or left.tensor.role is not Role.ADJOINT:
        return []
    letters = [index.axis for index in left.indices if index.axis is not None and index == as_index(index.axis)]
    own = [axis for axis in dict.fromkeys(letters) if letters.count(axis) > 1]
    return [(one, other) for one in own for other in dict.fromkeys(letters)
            if other not in own and other.size == one.size]  # fmt: skip


def differ(one: Axis, other: Axis) -> Expression:
    """1 where two letters stand for different places, else 0."""
    return add(number(1), multiply(-1, Delta(as_index(one), as_index(other))))
