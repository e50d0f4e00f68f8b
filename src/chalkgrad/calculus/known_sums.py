"""What definitions sum to: shares to 1, deviations from a mean to 0, exponentials to what has a name already."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chalkgrad.calculus.sums import sum_over
from chalkgrad.language import (
    Add,
    Axis,
    Definition,
    Element,
    Expression,
    Power,
    Sum,
    Tensor,
    add,
    multiply,
    rebuild,
)
from chalkgrad.language.named import factors_of

KNOWN_SUM = "a sum that is always the same"
KnownSums = dict[tuple[Tensor, int], Expression]


def sums_of(
    definition: Definition, summed: frozenset[Tensor], simplified: Callable[[Expression], Expression]
) -> KnownSums:
    """The indices of a definition, by their place, over which it sums to a number, and that number.

    `summed` are the tensors that are defined by sums; only with one of them, or with a sum, can that be.
    """
    found: KnownSums = {}
    for place, axis in enumerate(definition.indices):
        if not _may_be_known(definition.body, axis, summed):
            continue
        total = simplified(_termwise(definition.body, axis))
        if not total.tensors and not total.free:
            found[definition.tensor, place] = total
    return found


def named_sum(definition: Definition) -> KnownSums:
    """With s = Σ_k e_k, that e sums to s over k; nothing where a definition is no such sum."""
    body = definition.body
    if not isinstance(body, Sum) or not isinstance(body.body, Element):
        return {}
    axes = [index.axis for index in body.body.indices]
    others = [axis for axis in axes if axis is not body.axis]
    if tuple(others) != definition.indices or axes.count(body.axis) != 1:
        return {}
    return {(body.body.tensor, axes.index(body.axis)): definition.left}


def with_known_sums(expression: Expression, known: Mapping[tuple[Tensor, int], Expression]) -> Expression:
    """The expression with these sums worked out, also where they are one term of a sum.

    >>> k, n = Axis("k", "c"), Axis("n", "n")
    >>> p, v, b = Tensor("p", (n, k)), Tensor("v", (k,)), Tensor("b", (n,))
    >>> total = Sum(p[n, k] * (v[k] - b[n]), k)
    >>> str(with_known_sums(total, {(p, 1): multiply(1)}))
    '-b[n] + sum(k, p[n,k]*v[k])'
    """
    tensors = {tensor for tensor, _ in known}

    def change(node: Expression) -> Expression:
        if tensors.isdisjoint(node.tensors):
            return node
        node = rebuild(node, change)
        return _worked_out(node, known) if isinstance(node, Sum) else node

    return change(expression)


def _worked_out(total: Sum, known: Mapping[tuple[Tensor, int], Expression]) -> Expression:
    axis = total.axis
    terms = total.body.terms if isinstance(total.body, Add) else (total.body,)
    values = [_value(term, axis, known) for term in terms]
    if all(value is None for value in values):
        return total
    left = [term for term, value in zip(terms, values, strict=True) if value is None]
    return add(*(value for value in values if value is not None), sum_over(add(*left), axis))


def _value(term: Expression, axis: Axis, known: Mapping[tuple[Tensor, int], Expression]) -> Expression | None:
    factors = factors_of(term)
    for factor in factors:
        value = _known_over(factor, axis, known)
        if value is None:
            continue
        others = [other for other in factors if other is not factor]
        outside = [other for other in others if axis not in other.free]
        inside = [other for other in others if axis in other.free]
        if not inside:
            return multiply(value, *outside)
        if len(inside) == 1 and isinstance(inside[0], Add):
            apart = [each for each in inside[0].terms if axis not in each.free]
            rest = add(*(each for each in inside[0].terms if axis in each.free))
            if apart:
                return add(multiply(value, *outside, add(*apart)), sum_over(multiply(*outside, factor, rest), axis))
    return None


def _known_over(factor: Expression, axis: Axis, known: Mapping[tuple[Tensor, int], Expression]) -> Expression | None:
    if not isinstance(factor, Element):
        return None
    places = [place for place, index in enumerate(factor.indices) if index.coefficient(axis)]
    if len(places) != 1 or factor.indices[places[0]].axis is not axis:
        return None
    value = known.get((factor.tensor, places[0]))
    if isinstance(value, Element):  # by its name: at the other indices of the factor
        return Element(value.tensor, factor.indices[: places[0]] + factor.indices[places[0] + 1 :])
    return value


def _termwise(body: Expression, axis: Axis) -> Expression:
    """The sum over a body: over each term of it, with what does not depend on the axis in front."""
    factors = factors_of(body)
    inside = [factor for factor in factors if axis in factor.free]
    if len(inside) == 1 and isinstance(inside[0], Add):
        outside = [factor for factor in factors if axis not in factor.free]
        return multiply(*outside, add(*(sum_over(term, axis) for term in inside[0].terms)))
    return sum_over(body, axis)


def _may_be_known(body: Expression, axis: Axis, summed: frozenset[Tensor]) -> bool:
    """Whether a body is something over a sum, or less something that is a sum, which does not depend on the axis."""
    factors = factors_of(body)
    for factor in factors:
        parts = factor.terms if isinstance(factor, Add) else (factor.base,) if isinstance(factor, Power) else ()
        for part in parts:
            if axis not in part.free and not summed.isdisjoint(part.tensors):
                return True
            if axis not in part.free and isinstance(part, Sum):
                return True
    return False
