"""Linear algebra that refuses what does not fit: (points,) are scalars, (points, rows, columns) all the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from soundness.problems import MisfitError, UnreadError

Array = Any


def shape(array: Array) -> str:
    return "a scalar" if array.ndim == 1 else f"{array.shape[1]} × {array.shape[2]}"


def scalar_if_single(array: Array) -> Array:
    return array[:, 0, 0] if array.ndim == 3 and array.shape[1:] == (1, 1) else array


def spread(array: Array, to: Array) -> Array:
    """A scalar as large as another value, or a column or row repeated."""
    if to.ndim == 1:
        return array
    if array.ndim == 1:
        array = array[:, None, None]
    try:
        return np.broadcast_to(array, np.broadcast_shapes(array.shape, to.shape))
    except ValueError as error:
        raise MisfitError(f"{shape(array)} beside {shape(to)}") from error


def transposed(array: Array) -> Array:
    return array if array.ndim == 1 else array.swapaxes(1, 2)


def times(one: Array, other: Array, operator: str = "", conventions: Mapping[str, str] | None = None) -> Array:
    """The product of two values with the written operator."""
    meant = (conventions or {}).get(operator, operator)
    if meant in (r"\odot", r"\circ"):
        if one.shape != other.shape:
            raise MisfitError(f"an elementwise product of {shape(one)} and {shape(other)}")
        return one * other
    if meant == ":":
        return inner(one, other)
    if meant == r"\otimes":
        if one.ndim == 1 or other.ndim == 1 or one.shape[2] != 1 or other.shape[2] != 1:
            raise UnreadError("an outer product of what are no columns")
        return one @ transposed(other)
    if one.ndim == 1 or other.ndim == 1:
        return spread(one, other) * spread(other, one)
    if meant == r"\times":
        raise MisfitError("a cross product")
    if meant == r"\cdot" and one.shape == other.shape and one.shape[2] == 1:
        return inner(one, other)
    if one.shape[2] != other.shape[1]:
        raise MisfitError(f"a product of {shape(one)} and {shape(other)}")
    return scalar_if_single(one @ other)


def product(
    factors: Sequence[Array], operators: Sequence[str], conventions: Mapping[str, str], left_to_right: bool
) -> Array:
    """A product of several: matrix products before elementwise ones, as most write, or else from left to right."""
    orders = [_tighter, _from_left] if not left_to_right else [_from_left, _tighter]
    problems = []
    for order in [*orders, _any_order]:
        try:
            return order(factors, operators, conventions)
        except MisfitError as problem:
            problems.append(problem)
    raise problems[0]


def _tighter(factors: Sequence[Array], operators: Sequence[str], conventions: Mapping[str, str]) -> Array:
    groups: list[tuple[list[Array], list[str]]] = [([factors[0]], [])]
    between = []
    for operator, factor in zip(operators, factors[1:], strict=True):
        if conventions.get(operator, operator) in (r"\odot", r"\circ", ":"):
            between.append(operator)
            groups.append(([factor], []))
        else:
            groups[-1][0].append(factor)
            groups[-1][1].append(operator)
    values = [_any_order(group, signs, conventions) for group, signs in groups]
    scalars = [value for value in values if value.ndim == 1]
    if between and scalars and len(scalars) < len(values):
        # `2 \odot x` has no meaning; `(\hat y - y) w \odot h` has: the scalar stands in a product.
        raise MisfitError("an elementwise product with a scalar")
    return _from_left(values, between, conventions)


def _from_left(factors: Sequence[Array], operators: Sequence[str], conventions: Mapping[str, str]) -> Array:
    total = factors[0]
    for operator, factor in zip(operators, factors[1:], strict=True):
        total = times(total, factor, operator, conventions)
    return total


def _any_order(factors: Sequence[Array], operators: Sequence[str], conventions: Mapping[str, str]) -> Array:
    """The first bracketing that fits; from the left, if it does."""
    try:
        return _from_left(factors, operators, conventions)
    except MisfitError as problem:
        if len(factors) < 3 or len(factors) > 8:
            raise
        first = problem
    for cut in range(1, len(factors)):
        try:
            left = _any_order(factors[:cut], operators[: cut - 1], conventions)
            right = _any_order(factors[cut:], operators[cut:], conventions)
            return times(left, right, operators[cut - 1], conventions)
        except MisfitError:
            continue
    raise first


def divided(above: Array, below: Array, literal: bool) -> Array:
    if above.shape != below.shape and below.ndim != 1 and not (above.ndim == 1 and literal):
        raise MisfitError(f"{shape(above)} divided by {shape(below)}")
    with np.errstate(all="ignore"):
        return spread(above, below) / spread(below, above)


def power(base: Array, exponent: Array) -> Array:
    if exponent.ndim > 1:
        raise MisfitError("a power with a vector above")
    with np.errstate(all="ignore"):
        if base.ndim == 1:
            return base**exponent
        whole = int(exponent[0])
        if base.shape[1] != base.shape[2] or np.ptp(exponent) or exponent[0] != whole:
            raise MisfitError("a power of a vector or matrix")
        return np.linalg.matrix_power(base, whole)


def inner(one: Array, other: Array) -> Array:
    if one.shape != other.shape:
        raise MisfitError(f"an inner product of {shape(one)} and {shape(other)}")
    return (one * other).sum(axis=tuple(range(1, one.ndim)))


def norm(of: Array, kind: str) -> Array:
    if kind == "abs":
        return np.abs(of)
    if of.ndim == 1:
        return np.abs(of)
    if kind == "1":
        if 1 not in of.shape[1:]:
            raise UnreadError("the norm 1 of a matrix")
        return np.abs(of).sum(axis=(1, 2))
    if kind == "2" and 1 not in of.shape[1:]:
        raise UnreadError("the norm 2 of a matrix")
    return np.sqrt((of**2).sum(axis=(1, 2)))


def softmax(of: Array, along: str) -> Array:
    if of.ndim == 1:
        raise MisfitError("the softmax of a scalar")
    axis = 1 if of.shape[2] == 1 else 2 if of.shape[1] == 1 or along == "rows" else 1
    powers = np.exp(of - of.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def trace(of: Array) -> Array:
    if of.ndim == 1:
        return of
    if of.shape[1] != of.shape[2]:
        raise MisfitError(f"the trace of {shape(of)}")
    return np.trace(of, axis1=1, axis2=2)


def diagonal(of: Array) -> Array:
    if of.ndim == 1 or 1 not in of.shape[1:]:
        raise MisfitError(f"diag of {shape(of)}")
    entries = of.reshape(len(of), -1)
    return entries[:, :, None] * np.eye(entries.shape[1])


def summed(of: Array, axis: int) -> Array:
    """`np.sum(of, axis=…, keepdims=True)`."""
    if of.ndim == 1:
        raise MisfitError("a sum along an axis of a scalar")
    return scalar_if_single(of.sum(axis=axis + 1, keepdims=True))


WHOLE: Mapping[str, Callable[[Array], Array]] = {
    r"\tr": trace,
    r"\diag": diagonal,
    "np.sum0": lambda of: summed(of, 0),
    "np.sum1": lambda of: summed(of, 1),
}
