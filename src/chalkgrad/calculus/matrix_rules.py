"""What products of a matrix and its inverse come to: X⁻¹X is I, (AX)⁻¹A is X⁻¹, det(AB) is det(A) det(B)."""

from __future__ import annotations

from chalkgrad.calculus.matching import match
from chalkgrad.calculus.sums import sum_over
from chalkgrad.language import (
    MATRIX_FUNCTIONS,
    ZERO,
    Axis,
    Element,
    Expression,
    Index,
    MatrixFunction,
    Multiply,
    Power,
    Sum,
    add,
    as_index,
    delta,
    fresh_axis,
    matrix_function,
    multiply,
    number,
    power,
    rebuild,
    substitute_axes,
    walk,
)

INVERSE = "a matrix times its inverse"
OF_PRODUCT = "inverse of a product"


def with_inverses_cancelled(expression: Expression) -> tuple[Expression, str]:
    """The expression with every product of a matrix and its own inverse gone, and the rule that this took.

    An inverse of a product is taken apart only where something cancels then.

    >>> from chalkgrad.language import Tensor
    >>> i, j, k = (Axis(name, "n") for name in "ijk")
    >>> X = Tensor("X", (i, j))
    >>> inverse = matrix_function("inverse", X[i, j], i, j, (i, k))
    >>> print(*with_inverses_cancelled(Sum(inverse * X[k, j], k)), sep=": ")
    delta(i, j): a matrix times its inverse
    """
    if not any(isinstance(node, MatrixFunction) for node in walk(expression)):
        if not any(tensor.orthogonal for tensor in expression.tensors):
            return expression, ""
    cancelled = _cancelled(expression)
    apart = _apart(cancelled)
    if apart is not cancelled:
        shorter = _cancelled(_summed_again(apart))
        if shorter.cost < cancelled.cost:
            return shorter, OF_PRODUCT if cancelled is expression else f"{INVERSE}, {OF_PRODUCT}"
    return cancelled, INVERSE if cancelled is not expression else ""


def _summed_again(expression: Expression) -> Expression:
    def change(node: Expression) -> Expression:
        changed = rebuild(node, change)
        return sum_over(changed.body, changed.axis) if isinstance(changed, Sum) else changed

    return change(expression)


def _cancelled(expression: Expression) -> Expression:
    def change(node: Expression) -> Expression:
        node = _of_orthogonal(rebuild(node, change))
        while isinstance(node, Sum):
            found = _identity_in(node) or _identity_in_nest(node) or _trace_of_slope(node)
            if found is None:
                break
            node = found
        return node

    return change(expression)


def _identity_in_nest(total: Sum) -> Expression | None:
    """The same where sums stand between: Σ_i a_i Σ_j inverse_ji …"""
    axes, factors = [total.axis], [*(total.body.factors if isinstance(total.body, Multiply) else (total.body,))]
    taken = {total.axis} | total.free
    place = 0
    while place < len(factors):
        factor = factors[place]
        if not isinstance(factor, Sum):
            place += 1
            continue
        axis = fresh_axis(factor.axis, taken)
        inner = substitute_axes(factor.body, {factor.axis: axis})
        factors[place : place + 1] = inner.factors if isinstance(inner, Multiply) else (inner,)
        axes.append(axis)
        taken.add(axis)
    for axis in axes if len(axes) > 1 else ():
        found = _identity_in(Sum(multiply(*factors), axis))
        if found is not None:
            for other in axes:
                if other is not axis:
                    found = sum_over(found, other)
            return found
    return None


def _trace_of_slope(total: Sum) -> Expression | None:
    """The derivative of the trace of an exponential is the exponential, turned: Σ_r D_rr,pq = (e^A)_qp."""
    if isinstance(total.body, Sum):  # the sums may change places
        inner = _trace_of_slope(Sum(total.body.body, total.axis))
        return None if inner is None else Sum(inner, total.body.axis)
    factors = total.body.factors if isinstance(total.body, Multiply) else (total.body,)
    for factor in factors:
        if not isinstance(factor, MatrixFunction) or len(factor.at) != 4:
            continue
        rest = multiply(*(other for other in factors if other is not factor))
        if [index.axis for index in factor.at[:2]] != [total.axis] * 2 or total.axis in rest.free:
            continue
        p, q = factor.at[2:]
        if total.axis not in factor.body.free and not p.coefficient(total.axis) and not q.coefficient(total.axis):
            whole = MATRIX_FUNCTIONS[factor.function].slope_of
            return multiply(rest, matrix_function(whole, factor.body, factor.rows, factor.columns, (q, p)))
    return None


def _identity_in(total: Sum) -> Expression | None:
    """The sum without the inverse and the matrix that cancel in it, summed over in between."""
    axis = total.axis
    factors = total.body.factors if isinstance(total.body, Multiply) else (total.body,)
    for factor in factors:
        if not isinstance(factor, MatrixFunction) or factor.function != "inverse":
            continue
        here = [place for place, index in enumerate(factor.at) if index.axis is axis]
        if len(here) != 1 or axis in factor.body.free - {factor.rows, factor.columns}:
            continue
        others = [other for other in factors if other is not factor]
        inside = [other for other in others if axis in other.free]
        outside = [other for other in others if axis not in other.free]
        index = _other_end(factor, here[0], axis, multiply(*inside))
        if index is not None:
            return multiply(*outside, delta(factor.at[1 - here[0]], index))
    return _orthogonal_in(factors, axis)


def _orthogonal_in(factors: tuple[Expression, ...], axis: Axis) -> Expression | None:
    """The product summed over the axis that two orthogonal matrices share: QᵀQ and QQᵀ are I."""
    inside = [factor for factor in factors if axis in factor.free]
    squared = inside[0].base if len(inside) == 1 and isinstance(inside[0], Power) else None
    if squared is not None and inside[0] is power(squared, number(2)):
        inside = [squared, squared]
    if len(inside) != 2 or not all(isinstance(each, Element) and each.tensor.orthogonal for each in inside):
        return None
    one, other = inside
    assert isinstance(one, Element)
    assert isinstance(other, Element)
    for place in (0, 1):
        ends = one.indices[1 - place], other.indices[1 - place]
        met = one.indices[place].axis is axis and other.indices[place].axis is axis
        if one.tensor is other.tensor and met and not any(end.coefficient(axis) for end in ends):
            return multiply(*(factor for factor in factors if axis not in factor.free), delta(*ends))
    return None


def _of_orthogonal(node: Expression) -> Expression:
    """A function of an orthogonal matrix itself: Q⁻¹ is Qᵀ, and log |det Q| is 0."""
    if not (isinstance(node, MatrixFunction) and isinstance(node.body, Element) and node.body.tensor.orthogonal):
        return node
    axes = [index.axis for index in node.body.indices]
    if set(axes) != {node.rows, node.columns}:
        return node
    if node.function == "log_determinant":
        return ZERO
    if node.function != "inverse":
        return node
    row, column = node.at if axes == [node.rows, node.columns] else node.at[::-1]
    return Element(node.body.tensor, (column, row))


def _other_end(inverse: MatrixFunction, place: int, axis: Axis, product: Expression) -> Index | None:
    """The index k where the product is the entry (k, axis) or (axis, k) of the matrix that was inverted."""
    meeting, open_end = (inverse.columns, inverse.rows) if place == 0 else (inverse.rows, inverse.columns)
    end = Axis("the other end", open_end.size)
    entry = substitute_axes(inverse.body, {meeting: axis, open_end: end})
    ways = [entry]
    if entry.identity == substitute_axes(inverse.body, {open_end: axis, meeting: end}).identity:
        ways.append(substitute_axes(inverse.body, {open_end: axis, meeting: end}))
    for way in ways:
        found = match(way, product, frozenset(), frozenset({end}))
        if found is not None:
            value = found.get(end)
            if isinstance(value, Index) and not value.coefficient(axis):
                return value
    return None


def _apart(expression: Expression) -> Expression:
    """The expression with inverses and determinants of products of square matrices as products of those of each."""

    def change(node: Expression) -> Expression:
        node = rebuild(node, change)
        return _of_product(node) if isinstance(node, MatrixFunction) else node

    return change(expression)


def _of_product(node: MatrixFunction) -> Expression:
    body = node.body
    if not isinstance(body, Sum) or body.axis.size != node.rows.size:
        return node
    factors = body.body.factors if isinstance(body.body, Multiply) else (body.body,)
    left = multiply(*(factor for factor in factors if node.rows in factor.free))
    right = multiply(*(factor for factor in factors if node.rows not in factor.free))
    if node.columns in left.free or node.rows in right.free or body.axis not in left.free & right.free:
        return node
    if node.function == "cholesky":
        return node
    if not node.at:
        parts = (matrix_function(node.function, left, node.rows, body.axis),
                 matrix_function(node.function, right, body.axis, node.columns))  # fmt: skip
        return add(*parts) if node.function == "log_determinant" else multiply(*parts)
    taken = {axis for index in node.at for axis, _ in index.terms} | node.free
    between = fresh_axis(body.axis, taken)
    first = matrix_function("inverse", right, body.axis, node.columns, (node.at[0], as_index(between)))
    second = matrix_function("inverse", left, node.rows, body.axis, (as_index(between), node.at[1]))
    return Sum(multiply(first, second), between)
