"""Walking over expressions: children, rebuilding, and replacing axes and elements without capture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from chalkgrad.language.algebra import add, delta, index_value, indicator, multiply, power
from chalkgrad.language.expressions import (
    Add,
    Axis,
    Call,
    Delta,
    Element,
    Expression,
    Index,
    IndexLike,
    IndexValue,
    Indicator,
    MatrixFunction,
    Max,
    Multiply,
    Power,
    Sum,
    Tensor,
    as_index,
)
from chalkgrad.language.matrix_functions import matrix_function

_CHILDREN: dict[type, Callable[[Any], tuple[Expression, ...]]] = {
    Add: lambda node: node.terms,
    Multiply: lambda node: node.factors,
    Power: lambda node: (node.base, node.exponent),
    Call: lambda node: (node.argument,),
    Sum: lambda node: (node.body,),
    Max: lambda node: (node.body,),
    Indicator: lambda node: (node.left, node.right),
    MatrixFunction: lambda node: (node.body,),
}
_BUILDERS: dict[type, Callable[[Any, tuple[Expression, ...]], Expression]] = {
    Add: lambda node, inner: add(*inner),
    Multiply: lambda node, inner: multiply(*inner),
    Power: lambda node, inner: power(*inner),
    Call: lambda node, inner: Call(node.function, inner[0], node.order),
    Sum: lambda node, inner: Sum(inner[0], node.axis),
    Max: lambda node, inner: Max(inner[0], node.axis),
    Indicator: lambda node, inner: indicator(node.comparison, *inner),
    MatrixFunction: lambda node, inner: matrix_function(node.function, inner[0], node.rows, node.columns, node.at),
}


def children(expression: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside."""
    inner = _CHILDREN.get(type(expression))
    return inner(expression) if inner is not None else ()


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and everything inside it, outermost first."""
    pending = [expression]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(children(node)))


def tensors_in(expression: Expression) -> tuple[Tensor, ...]:
    """The tensors that occur, each once, in order of first occurrence.

    >>> x = Tensor("x")[()]
    >>> [tensor.name for tensor in tensors_in(x * x + Tensor("y")[()])]
    ['x', 'y']
    """
    return expression.tensors


def bound_by(node: Expression) -> tuple[Axis, ...]:
    """The axes that a node itself binds in what is inside: one of a sum or a maximum, the two of a matrix."""
    match node:
        case Sum(axis=axis) | Max(axis=axis):
            return (axis,)
        case MatrixFunction(rows=rows, columns=columns):
            return (rows, columns)
    return ()


def bound_axes(expression: Expression) -> frozenset[Axis]:
    """The axes bound anywhere inside."""
    return frozenset(axis for node in walk(expression) for axis in bound_by(node))


def binding_height(expression: Expression) -> int:
    """How many nodes that bind axes are nested at most."""
    try:
        return expression._binding_height
    except AttributeError:
        inner = max((binding_height(child) for child in children(expression)), default=0)
        height = inner + isinstance(expression, Sum | Max | MatrixFunction)
        object.__setattr__(expression, "_binding_height", height)
        return height


def with_bound_renamed(node: Expression, new: Mapping[Axis, Axis]) -> Expression:
    """A node that binds axes with other names for them; those that are not mentioned keep theirs."""
    match node:
        case Sum(body=body, axis=axis) | Max(body=body, axis=axis):
            bound = new.get(axis, axis)
            return type(node)(substitute_axes(body, {axis: bound}), bound)
        case MatrixFunction(function=function, body=body, rows=rows, columns=columns, at=at):
            row, column = new.get(rows, rows), new.get(columns, columns)
            return MatrixFunction(function, substitute_axes(body, {rows: row, columns: column}), row, column, at)
    return node


def rebuild(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """The same node over changed children; the very same object if nothing changed."""
    inner = _CHILDREN.get(type(expression))
    if inner is None:
        return expression
    before = inner(expression)
    after = tuple(map(change, before))
    return expression if after == before else _BUILDERS[type(expression)](expression, after)


def fresh_axis(axis: Axis, taken: frozenset[Axis] | set[Axis]) -> Axis:
    """The axis itself, or one of the same size whose name is not taken: `i`, `i'`, `i''`, …

    >>> i = Axis("i", 2)
    >>> fresh_axis(i, {i})
    Axis(name="i'", size=2)
    """
    names = {other.name for other in taken}
    name = axis.name
    while name in names:
        name += "'"
    return Axis(name, axis.size)


def substitute_index(index: Index, replacements: Mapping[Axis, Index]) -> Index:
    """The index with axes replaced by indices."""
    if len(index.terms) == 1 and index.offset == 0 and index.terms[0][1] == 1:  # nearly always
        return replacements.get(index.terms[0][0], index)
    if not any(axis in replacements for axis, _ in index.terms):
        return index
    result = Index((), index.offset)
    for axis, coefficient in index.terms:
        result = result + replacements.get(axis, as_index(axis)) * coefficient
    return result


def substitute_axes(expression: Expression, replacements: Mapping[Axis, IndexLike]) -> Expression:
    """The expression with free axes replaced; bound axes are renamed where they would capture.

    >>> from chalkgrad.language import summation
    >>> i, j = Axis("i", 2), Axis("j", 2)
    >>> W = Tensor("W", (i, j))
    >>> str(substitute_axes(summation(W[i, j], i), {j: i}))
    "sum(i', W[i',i])"
    """
    relevant = {axis: as_index(index) for axis, index in replacements.items() if axis in expression.free}
    return _substituted(expression, tuple(relevant.items())) if relevant else expression


@lru_cache(maxsize=16_384)
def _substituted(expression: Expression, replacements: tuple[tuple[Axis, Index], ...]) -> Expression:
    return _substitute_axes(expression, dict(replacements))


def _substitute_axes(expression: Expression, replacements: dict[Axis, Index]) -> Expression:
    if replacements.keys().isdisjoint(expression.free):
        return expression
    match expression:
        case Element(tensor=tensor, indices=indices):
            return Element(tensor, tuple(substitute_index(index, replacements) for index in indices))
        case Delta(left=left, right=right):
            return delta(substitute_index(left, replacements), substitute_index(right, replacements))
        case IndexValue(index=index):
            return index_value(substitute_index(index, replacements))
        case Sum(body=body, axis=axis) | Max(body=body, axis=axis):
            inner = {old: new for old, new in replacements.items() if old is not axis and old in body.free}
            incoming = {other for index in inner.values() for other, _ in index.terms}
            bound = axis
            if any(axis.name == other.name for other in incoming):
                bound = fresh_axis(axis, incoming | body.free | bound_axes(body))
                inner[axis] = as_index(bound)
            node = Sum if isinstance(expression, Sum) else Max
            return node(_substitute_axes(body, inner), bound)
        case MatrixFunction(function=function, body=body, rows=rows, columns=columns, at=at):
            inner = {old: new for old, new in replacements.items() if old in body.free - {rows, columns}}
            incoming = {other for index in inner.values() for other, _ in index.terms}
            taken = set(incoming)
            if incoming:
                taken |= body.free | bound_axes(body)
            fresh: list[Axis] = []
            for axis in (rows, columns):
                clash = any(axis.name == other.name for other in incoming)
                fresh.append(fresh_axis(axis, taken) if clash else axis)
                taken.add(fresh[-1])
                if fresh[-1] is not axis:
                    inner[axis] = as_index(fresh[-1])
            places = tuple(substitute_index(index, replacements) for index in at)
            return matrix_function(function, _substitute_axes(body, inner), fresh[0], fresh[1], places)
    return rebuild(expression, lambda child: _substitute_axes(child, replacements))


def with_axes(node: Expression, change: Callable[[Expression], Expression], axis: Callable[[Axis], Axis]) -> Expression:
    """The same node over changed children, every axis that it names itself changed too; not those of a tensor.

    >>> i = Axis("i", "n")
    >>> str(with_axes(Sum(Tensor("x", (i,))[i], i), lambda child: child, lambda axis: Axis("k", axis.size)))
    'sum(k, x[i])'
    """

    match node:
        case Sum(body=body, axis=bound) | Max(body=body, axis=bound):
            return type(node)(change(body), axis(bound))
        case MatrixFunction(function=function, body=body, rows=rows, columns=columns, at=at):
            places = tuple(place.renamed(axis) for place in at)
            return matrix_function(function, change(body), axis(rows), axis(columns), places)
        case Delta(left=left, right=right):
            return delta(left.renamed(axis), right.renamed(axis))
        case IndexValue(index=place):
            return index_value(place.renamed(axis))
    return rebuild(node, change)


def substitute_elements(
    expression: Expression, bodies: Mapping[Tensor, tuple[tuple[Axis, ...], Expression]]
) -> Expression:
    """The expression with elements of some tensors replaced by the body that defines them: "by definition".

    >>> i, k = Axis("i", 2), Axis("k", 2)
    >>> h, x = Tensor("h", (i,)), Tensor("x", (i,))
    >>> str(substitute_elements(h[k] * 2, {h: ((i,), x[i] + 1)}))
    '2*(x[k] + 1)'
    """

    def change(node: Expression) -> Expression:
        if isinstance(node, Element) and node.tensor in bodies:
            indices, body = bodies[node.tensor]
            return substitute_axes(body, dict(zip(indices, node.indices, strict=True)))
        bound = bound_by(node)
        if bound:
            free = frozenset().union(*(body.free - set(axes) for axes, body in bodies.values()))
            names = {axis.name for axis in free}
            if any(axis.name in names for axis in bound):
                inside = set().union(*(child.free | bound_axes(child) for child in children(node)))
                new: dict[Axis, Axis] = {}
                for axis in bound:
                    if axis.name in names:
                        new[axis] = fresh_axis(axis, free | inside | set(new.values()))
                node = with_bound_renamed(node, new)
        return rebuild(node, change)

    return change(expression)


def replace(expression: Expression, replacements: Mapping[int, Expression]) -> Expression:
    """The expression with every subexpression of a given identity replaced, outermost first.

    >>> x, y = Tensor("x")[()], Tensor("y")[()]
    >>> str(replace(x + 1, {x.identity: y}))
    'y + 1'
    """

    def change(node: Expression) -> Expression:
        found = replacements.get(node.identity)
        return rebuild(node, change) if found is None else found

    return change(expression)
