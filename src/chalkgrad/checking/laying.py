"""A side of a claim laid along the left one: which of its axes are which, rows and columns exchanged or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from chalkgrad.language import (
    Axis,
    Element,
    Expression,
    Role,
    as_index,
    delta,
    multiply,
    substitute_axes,
)
from chalkgrad.page.syntax import BigOperator, Derivative, Group, Scripted, Syntax, walk_syntax
from chalkgrad.reading.layout import Value
from chalkgrad.reading.readings import SideRead

Pair = tuple[int | str, int | str, tuple[int, int]]  # two sizes that are the same then, and where that is said
Laid = tuple[Expression, list[Pair], bool, str]  # the side, which sizes are the same then, its layout, its shorthand
Along = Callable[[Sequence[tuple[Axis, Axis]]], tuple[Expression, list[Pair]]]


@dataclass(frozen=True)
class Fitted:
    """A side laid along the axes of the left one; `layout` says that rows and columns are exchanged."""

    side: SideRead
    expression: Expression
    axes: tuple[Axis, ...]
    left: Value
    layout: bool = False
    shorthand: str = ""
    left_way: frozenset[str] = frozenset()

    @property
    def shows_layout(self) -> bool:
        """Whether rows and columns could have been exchanged."""
        return len(self.axes) == 2 or (len(self.axes) == 1 and self.left.kind in "CR")


def derivative_and_claimed(left: Expression, right: Expression) -> tuple[Element, Expression] | None:
    """The side that is a derivative, the left one where both are, and the other; None where neither is."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Element) and one.tensor.role is Role.ADJOINT:
            return one, other
    return None


def lists_derivatives(side: Syntax) -> bool:
    r"""Whether a side says of which derivatives a gradient or a Jacobian consists: in a list or a table, or by
    indices.
    """
    for part in walk_syntax(side):
        listed = isinstance(part, BigOperator) and part.kind in ("row", "column")
        listed = listed or (isinstance(part, Group) and part.bracket in ("[", "(") and len(part.contents) > 1)
        listed = listed or (isinstance(part, Scripted) and bool(part.subscripts) and isinstance(part.base, Group))
        if listed and any(isinstance(inner, Derivative) for inner in walk_syntax(part)):
            return True
    return False


def axes_along(left: Value) -> tuple[Axis, ...]:
    """The axes of the left side, in order."""
    if left.kind == "T" and left.derivative is not None:
        return (*left.derivative.of_axes, *left.derivative.by_axes)
    return left.axes


def laid(left: Value, right: Value) -> Iterator[Laid]:
    """The ways in which the right side can be laid along the axes of the left one."""

    def along(pairs: Sequence[tuple[Axis, Axis]]) -> tuple[Expression, list[Pair]]:
        changes = {theirs: mine for mine, theirs in pairs if mine is not theirs}
        sizes: list[Pair] = [(mine.size, theirs.size, (0, 0)) for mine, theirs in pairs]
        return substitute_axes(right.expression, changes), sizes

    if left.kind == right.kind and left.kind != "T":
        yield (*along(list(zip(left.axes, right.axes, strict=True))), False, "")
        if left.kind == "M" and left.row is not None and left.column is not None:
            assert right.row is not None
            assert right.column is not None
            yield (*along([(left.row, right.column), (left.column, right.row)]), True, "")
        return
    if left.kind == right.kind == "T":
        one, other = left.derivative, right.derivative
        assert one is not None
        assert other is not None
        if len(one.of_axes) == len(other.of_axes) and len(one.by_axes) == len(other.by_axes):
            pairs = zip((*one.of_axes, *one.by_axes), (*other.of_axes, *other.by_axes), strict=True)
            yield (*along(list(pairs)), False, "")
        return
    if right.kind == "S" and not right.expression.tensors and left.derivative is None:
        yield right.expression, [], False, ""
        return
    if {left.kind, right.kind} == {"C", "R"}:
        one, other = left.derivative, right.derivative  # the same derivative, worked out by the chain rule
        same = one is not None and other is not None and one.by is other.by and not (one.of_axes or other.of_axes)
        same = same or (one is None and other is not None and not other.of_axes)  # a chain has its last factor's layout
        yield (*along([(left.axes[0], right.axes[0])]), not same, "")
        return
    what = left.derivative
    if right.kind == "S" and (what is None or not what.of_axes or not what.by_axes):
        if not right.expression.tensors:
            yield right.expression, [], False, ""
        return
    if what is not None and what.of_axes and what.by_axes:
        yield from _shorthands(left, right, along)


def _shorthands(left: Value, right: Value, along: Along) -> Iterator[Laid]:
    """What people write for a Jacobian that has more axes than can be written: each entry by its own, or a factor."""
    what = left.derivative
    assert what is not None
    if len(what.of_axes) == len(what.by_axes) and (right.kind == "S" or len(right.axes) == len(what.of_axes)):
        pairs = list(zip(what.of_axes, right.axes, strict=True)) if right.axes else []
        expression, sizes = along(pairs)
        gates = [delta(as_index(a), as_index(b)) for a, b in zip(what.of_axes, what.by_axes, strict=True)]
        sizes = [*sizes, *((a.size, b.size, (0, 0)) for a, b in zip(what.of_axes, what.by_axes, strict=True))]
        yield multiply(*gates, expression), sizes, False, "element by element"
    if len(what.of_axes) == 1 and len(what.by_axes) == 2 and len(right.axes) == 1:
        for own, rest in ((what.by_axes[0], what.by_axes[1]), (what.by_axes[1], what.by_axes[0])):
            expression, sizes = along([(rest, right.axes[0])])
            gate = delta(as_index(what.of_axes[0]), as_index(own))
            yield (
                multiply(gate, expression), [*sizes, (what.of_axes[0].size, own.size, (0, 0))], False,
                "as the factor that the derivative by the outcome is multiplied with",
            )  # fmt: skip
