"""Equality of expressions up to the order of terms and factors and the names of bound axes."""

from __future__ import annotations

from typing import Any

from chalkgrad.language.expressions import (
    Add,
    Axis,
    Call,
    Constant,
    Delta,
    Element,
    Expression,
    Index,
    IndexValue,
    Indicator,
    MatrixFunction,
    Max,
    Multiply,
    Number,
    Power,
    SizeOf,
    Sum,
)


def same(left: Expression, right: Expression) -> bool:
    """Whether two expressions agree up to the order of terms and factors and the names of bound axes.

    >>> from chalkgrad.language import Axis, Tensor, summation
    >>> i, k = Axis("i", 2), Axis("k", 2)
    >>> x, w = Tensor("x", (i,)), Tensor("w", (i,))
    >>> same(summation(x[i] * w[i], i), summation(w[k] * x[k], k))
    True
    """
    return left.identity == right.identity


def _index_key(index: Index) -> tuple[Any, ...]:
    return (index.offset, *sorted((axis.name, str(axis.size), c) for axis, c in index.terms))


def identity_key(expression: Expression) -> tuple[Any, ...]:
    """A key made of the children's identities that equal expressions share."""
    match expression:
        case Number(value=value):
            return ("number", value)
        case Constant(name=name):
            return ("constant", name)
        case SizeOf(size=size):
            return ("size", size)
        case Element(tensor=tensor, indices=indices):
            places = list(map(_index_key, indices))
            if tensor.symmetric:
                places.sort(key=repr)
            return ("element", tensor, *places)
        case IndexValue(index=index):
            return ("index", _index_key(index))
        case Add(terms=terms):
            return ("add", *sorted(term.identity for term in terms))
        case Multiply(factors=factors):
            return ("multiply", *sorted(factor.identity for factor in factors))
        case Power(base=base, exponent=exponent):
            return ("power", base.identity, exponent.identity)
        case Call(function=function, argument=argument, order=order):
            return ("call", function, order, argument.identity)
        case Sum(body=body, axis=axis) | Max(body=body, axis=axis):
            kind = "sum" if isinstance(expression, Sum) else "max"
            return (kind, str(axis.size), _with_canonical_axis(body, axis).identity)
        case Delta(left=left, right=right):
            return ("delta", *sorted((_index_key(left), _index_key(right)), key=repr))
        case Indicator(comparison=comparison, left=before, right=after):
            return ("indicator", comparison, before.identity, after.identity)
        case MatrixFunction(function=function, body=body, rows=rows, columns=columns, at=at):
            inside, turned = _with_canonical_axes(body, rows, columns), _with_canonical_axes(body, columns, rows)
            places = [_index_key(index) for index in at]
            if inside.identity == turned.identity:  # what is made of a symmetric matrix is symmetric
                places.sort(key=repr)
            return ("matrix", function, str(rows.size), inside.identity, *places)
    raise TypeError(type(expression).__name__)


def _with_canonical_axes(body: Expression, rows: Axis, columns: Axis) -> Expression:
    """The body of a matrix with its two axes under such names."""
    from chalkgrad.language.substitution import binding_height, substitute_axes

    height = binding_height(body)
    new = {rows: Axis(f"#{height}", rows.size), columns: Axis(f"#{height}'", columns.size)}
    return substitute_axes(body, new)


def _with_canonical_axis(body: Expression, axis: Axis) -> Expression:
    """The body with the bound axis under a name that depends only on how many axes are bound below it."""
    from chalkgrad.language.substitution import binding_height, substitute_axes

    return substitute_axes(body, {axis: Axis(f"#{binding_height(body)}", axis.size)})
