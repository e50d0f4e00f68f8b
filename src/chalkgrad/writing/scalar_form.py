"""Expressions with every sum written out in numbers: h_1 = ReLU(x_1 w_11 + x_2 w_21 + b_1), as on a worksheet."""

from __future__ import annotations

from itertools import product
from math import prod

from chalkgrad.language import (
    ZERO,
    Axis,
    Definition,
    Element,
    Expression,
    Max,
    Sum,
    add,
    as_index,
    children,
    rebuild,
    substitute_axes,
)
from chalkgrad.writing.boxes import Box
from chalkgrad.writing.index_form import ExpressionWriter
from chalkgrad.writing.names import Names

LONGEST_SUM = 6  # a longer sum is written with its first two terms, dots, and its last
WIDEST = 120  # a sum that would be written out with more symbols than this keeps its Σ
MOST_EQUATIONS = 12  # a tensor with more elements is written with its first two equations, dots, and its last


def written_out(expression: Expression) -> Expression:
    """The expression with each short sum over an axis of known size written out, in order.

    >>> from chalkgrad.language import Tensor, summation
    >>> i = Axis("i", 3)
    >>> print(written_out(summation(Tensor("x", (i,))[i] ** 2, i)))
    x[0]^2 + x[1]^2 + x[2]^2
    """

    def change(node: Expression) -> Expression:
        if isinstance(node, Sum) and isinstance(node.axis.size, int) and node.axis.size <= LONGEST_SUM:
            if _width(node) <= WIDEST:
                return add(*(change(substitute_axes(node.body, {node.axis: at})) for at in range(node.axis.size)))
        elif isinstance(node, Element) and _is_outside(node):
            return ZERO
        return rebuild(node, change)

    return change(expression)


def _width(expression: Expression) -> int:
    """How many symbols are written when every sum inside is written out, with dots where it is long."""
    inner = sum(map(_width, children(expression))) or 1
    if isinstance(expression, Sum | Max) and isinstance(expression.axis.size, int):
        size = expression.axis.size
        return inner * (size if size <= LONGEST_SUM else 3)
    return inner


def _is_outside(element: Element) -> bool:
    """Whether an element stands at a place outside its axes, where every tensor is zero (as with zero padding)."""
    return any(
        not index.terms and isinstance(axis.size, int) and not 0 <= index.offset < axis.size
        for index, axis in zip(element.indices, element.tensor.axes, strict=True)
    )


def terms(expression: Sum | Max) -> list[Expression | None] | None:
    """The terms of a sum or maximum over an axis of known size, with None for dots where there are many."""
    size = expression.axis.size
    if isinstance(size, str) or size == 0 or _width(expression) > WIDEST:
        return None
    places = range(size) if size <= LONGEST_SUM else (0, 1, None, size - 1)
    return [
        None if place is None else written_out(substitute_axes(expression.body, {expression.axis: place}))
        for place in places
    ]


def scalar_box(expression: Expression, names: Names) -> Box:
    """The box of an expression in scalar form.

    >>> from chalkgrad.language import Tensor, summation
    >>> from chalkgrad.notation import notation_named
    >>> from chalkgrad.writing.latex import latex
    >>> i = Axis("i", 100)
    >>> x = Tensor("x", (i,))
    >>> print(latex(scalar_box(summation(x[i] ** 2, i), Names(notation_named("plain")))))
    x_1^2 + x_2^2 + \\cdots + x_{100}^2
    """
    return ExpressionWriter(names, terms).box(written_out(expression))


def scalar_equations(definition: Definition) -> list[tuple[Element, Expression] | None]:
    """Left and right side for each element of the tensor, None for dots where there are many.

    Axes of known size become numbers; an axis whose size is a name (the samples) stays an index.

    >>> from chalkgrad.language import Tensor
    >>> j = Axis("j", 2)
    >>> z, h = Tensor("z", (j,)), Tensor("h", (j,))
    >>> [(str(left), str(right)) for left, right in scalar_equations(Definition(h, (j,), z[j] ** 2))]
    [('h[0]', 'z[0]^2'), ('h[1]', 'z[1]^2')]
    """
    equations: list[tuple[Element, Expression] | None] = []
    for place in _places(definition.indices):
        if place is None:
            equations.append(None)
        else:
            left = Element(definition.tensor, tuple(as_index(place.get(axis, axis)) for axis in definition.indices))
            equations.append((left, written_out(substitute_axes(definition.body, place))))
    return equations


def _places(indices: tuple[Axis, ...]) -> list[dict[Axis, int] | None]:
    """The places of the elements to write an equation for, in order, None for dots."""
    sizes = {axis: axis.size for axis in indices if isinstance(axis.size, int)}
    if prod(sizes.values()) <= MOST_EQUATIONS:
        return [dict(zip(sizes, place, strict=True)) for place in product(*map(range, sizes.values()))]
    first = dict.fromkeys(sizes, 0)
    widest = [axis for axis, size in sizes.items() if size > 1][-1]
    return [first, first | {widest: 1}, None, {axis: size - 1 for axis, size in sizes.items()}]
