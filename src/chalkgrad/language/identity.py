"""Equality of expressions up to the order of terms and factors and the names of bound axes."""

from __future__ import annotations

from collections.abc import Mapping
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
    identity_number,
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


def identity_key(expression: Expression) -> tuple[Any, ...]:
    """A key made of the children's identities that equal expressions share."""
    return _key(expression, {}, {})


def _identity(expression: Expression, names: Mapping[Axis, str], known: dict[Expression, int]) -> int:
    """The identity of what an expression would be if the axes had other names."""
    if names.keys().isdisjoint(expression.free):
        return expression.identity
    found = known.get(expression)
    if found is None:
        found = known[expression] = identity_number(_key(expression, names, known))
    return found


def _index_key(index: Index, names: Mapping[Axis, str]) -> tuple[Any, ...]:
    return (index.offset, *sorted((names.get(axis, axis.name), str(axis.size), c) for axis, c in index.terms))


def _key(expression: Expression, names: Mapping[Axis, str], known: dict[Expression, int]) -> tuple[Any, ...]:
    match expression:
        case Number(value=value):
            return ("number", value)
        case Constant(name=name):
            return ("constant", name)
        case SizeOf(size=size):
            return ("size", size)
        case Element(tensor=tensor, indices=indices):
            places = [_index_key(index, names) for index in indices]
            if tensor.symmetric:
                places.sort(key=repr)
            return ("element", tensor, *places)
        case IndexValue(index=index):
            return ("index", _index_key(index, names))
        case Add(terms=terms):
            return ("add", *sorted(_identity(term, names, known) for term in terms))
        case Multiply(factors=factors):
            return ("multiply", *sorted(_identity(factor, names, known) for factor in factors))
        case Power(base=base, exponent=exponent):
            return ("power", _identity(base, names, known), _identity(exponent, names, known))
        case Call(function=function, argument=argument, order=order):
            return ("call", function, order, _identity(argument, names, known))
        case Sum(body=body, axis=axis) | Max(body=body, axis=axis):
            kind = "sum" if isinstance(expression, Sum) else "max"
            return (kind, str(axis.size), _identity(body, {**names, axis: _bound_name(body)}, {}))
        case Delta(left=left, right=right):
            return ("delta", *sorted((_index_key(left, names), _index_key(right, names)), key=repr))
        case Indicator(comparison=comparison, left=before, right=after):
            return ("indicator", comparison, _identity(before, names, known), _identity(after, names, known))
        case MatrixFunction(function=function, body=body, rows=rows, columns=columns, at=at):
            one = _bound_name(body)
            inside = _identity(body, {**names, rows: one, columns: f"{one}'"}, {})
            turned = _identity(body, {**names, columns: one, rows: f"{one}'"}, {})
            places = [_index_key(index, names) for index in at]
            # what is made of a symmetric matrix is symmetric
            if inside == turned and function not in ("cholesky", "exponential_slope"):
                places.sort(key=repr)
            return ("matrix", function, str(rows.size), inside, *places)
    raise TypeError(type(expression).__name__)


def _bound_name(body: Expression) -> str:
    """A name for the axis that binds in a body, which depends only on how many are bound below it."""
    from chalkgrad.language.substitution import binding_height

    return f"#{binding_height(body)}"
