"""Sums of products of many factors as sums of products of two, in the cheapest order; sums over the smaller range."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

from chalkgrad.language import (
    Axis,
    Call,
    Delta,
    Element,
    Expression,
    Index,
    Indicator,
    Multiply,
    Number,
    Power,
    Sum,
    as_index,
    multiply,
    size_of,
    substitute_axes,
    walk,
)

USUAL_SIZE = 100  # what a size that is only known with the data counts as
_FINITE = ("tanh", "abs", "sign", "sin", "cos", "arctan", "erf", "sigmoid", "relu", "softplus", "exp")

Store = Callable[[Expression], Expression]


def extent(axes: Iterable[Axis]) -> int:
    """How many places some axes have."""
    return prod(axis.size if isinstance(axis.size, int) else USUAL_SIZE for axis in axes)


def contracted(axes: Sequence[Axis], body: Expression, store: Store) -> Expression:
    """The sum of a body over some axes, each part that `store` gives a name to being the sum of at most one product.

    Factors that no axis enters stand in front. Of three and more factors those two come first whose sum is cheapest.

    >>> from chalkgrad.language import Tensor
    >>> i, j = Axis("i", "n"), Axis("j", "n")
    >>> x, A = Tensor("x", (i,)), Tensor("A", (i, j))
    >>> parts = []
    >>> def store(part):
    ...     parts.append(str(part))
    ...     return Tensor(f"t{len(parts)}", tuple(part.free))[tuple(part.free)]
    >>> str(contracted([i, j], x[i] * A[i, j] * x[j], store)), parts
    ('t2', ['sum(i, x[i]*A[i,j])', 'sum(j, x[j]*t1[j])'])
    """
    factors = body.factors if isinstance(body, Multiply) else (body,)
    outside = [factor for factor in factors if factor.free.isdisjoint(axes)]
    inside = [factor for factor in factors if not factor.free.isdisjoint(axes)]
    outside += [size_of(axis) for axis in axes if not any(axis in factor.free for factor in inside)]
    left = [axis for axis in axes if any(axis in factor.free for factor in inside)]
    if not left:
        return multiply(*outside)
    operands = _operands(inside, store)
    while len(operands) > 1:
        first, second = min(combinations(operands, 2), key=lambda pair: _cost(pair, operands, left))
        operands = [each for each in operands if each is not first and each is not second]
        done = [axis for axis in left if not any(axis in each.free for each in operands)]
        done = [axis for axis in done if axis in first.free | second.free]
        pair = multiply(*(_alone(one, other, done, store) for one, other in ((first, second), (second, first))))
        done = [axis for axis in done if axis in pair.free]
        operands.append(store(summed(pair, done)) if done else pair)
        left = [axis for axis in left if any(axis in each.free for each in operands)]
    (last,) = operands
    return multiply(*outside, store(summed(last, left)) if left else last)


def summed(body: Expression, axes: Sequence[Axis]) -> Expression:
    """The sum over some axes, the first outermost."""
    for axis in reversed(axes):
        body = Sum(body, axis)
    return body


def _alone(operand: Expression, other: Expression, done: Sequence[Axis], store: Store) -> Expression:
    """An operand with those axes summed that only it has; what takes time to compute is computed before the product."""
    own = [axis for axis in done if axis in operand.free and axis not in other.free]
    if own:
        return store(summed(operand, own))
    repeated = not other.free <= operand.free and any(isinstance(node, Call | Power) for node in walk(operand))
    return store(operand) if repeated else operand


def _cost(pair: tuple[Expression, ...], operands: Sequence[Expression], axes: Sequence[Axis]) -> tuple[int, int]:
    """How much a product of two operands takes, and how large it is."""
    first, second = pair
    others = frozenset[Axis]().union(*(each.free for each in operands if each is not first and each is not second))
    whole = first.free | second.free
    done = [axis for axis in axes if axis not in others and axis in whole]
    kept = whole.difference(done)
    pays = bool(done) or first.free <= second.free or second.free <= first.free
    return (extent(whole) if pays else extent(whole) * USUAL_SIZE), extent(kept)


def fragile(expression: Expression) -> bool:
    """Whether it may be infinite or undefined at some places, so that a gate must choose and not multiply."""
    for node in walk(expression):
        if isinstance(node, Power) and not (isinstance(node.exponent, Number) and node.exponent.value > 0):
            return True
        if isinstance(node, Call) and node.function not in _FINITE:
            return True
    return False


def _operands(factors: Sequence[Expression], store: Store) -> list[Expression]:
    """The factors of the same axes together, gates with what they guard; one of fewer axes is a tensor of 0 and 1."""
    gates = [factor for factor in factors if isinstance(factor, Indicator | Delta)]
    others = [factor for factor in factors if not isinstance(factor, Indicator | Delta)]
    grouped: dict[frozenset[Axis], list[Expression]] = {}
    for factor in others:
        grouped.setdefault(factor.free, []).append(factor)
    operands = [multiply(*group) for group in grouped.values()]
    for gate in gates:
        guarded = [each for each in operands if gate.free & each.free and fragile(each)]
        home = [each for each in operands if gate.free <= each.free]
        if not guarded and isinstance(gate, Indicator) and all(gate.free < each.free for each in home):
            operands.append(store(gate))
            continue
        chosen = guarded or home[:1]
        operands = [each for each in operands if each not in chosen]
        operands.append(multiply(gate, *chosen))
    return operands


@dataclass(frozen=True)
class _Reach:
    """An element whose index runs against the axis that is summed: W[a - i]."""

    element: Element
    index: Index
    axis: Axis


def over_the_smaller_range(total: Sum) -> Sum:
    """A sum over the places of a picture as one over the places of a kernel, where everything else is 0 outside.

    >>> from chalkgrad.language import Tensor
    >>> i, a, p = Axis("i", 30), Axis("a", 32), Axis("p", 3)
    >>> d, W = Tensor("d", (i,)), Tensor("W", (p,))
    >>> str(over_the_smaller_range(Sum(d[i] * W[as_index(a) - i], i)))
    'sum(p, d[a-p]*W[p])'
    """
    factors = total.body.factors if isinstance(total.body, Multiply) else (total.body,)
    reach = next((found for factor in factors if (found := _reach(factor, total.axis)) is not None), None)
    if reach is None:
        return total
    others = [factor for factor in factors if factor is not reach.element]
    axis = total.axis
    if not any(_shuts_out(factor, axis) for factor in others) or not all(_tame(factor, axis) for factor in others):
        return total
    taken = {each.name for each in total.body.free}
    name = reach.axis.name
    while name in taken:
        name += "'"
    kernel = Axis(name, reach.axis.size)
    rest = reach.index + as_index(axis)
    moved = {axis: rest - kernel}
    at = tuple(as_index(kernel) if index is reach.index else index for index in reach.element.indices)
    rest_moved = (substitute_axes(factor, moved) for factor in others)
    return Sum(multiply(*rest_moved, Element(reach.element.tensor, at)), kernel)


def _reach(factor: Expression, axis: Axis) -> _Reach | None:
    if not isinstance(factor, Element):
        return None
    for index, along in zip(factor.indices, factor.tensor.axes, strict=True):
        if index.coefficient(axis) == -1 and len(index.terms) > 1 and _is_smaller(along, axis):
            if sum(other.coefficient(axis) != 0 for other in factor.indices) == 1:
                return _Reach(factor, index, along)
    return None


def _is_smaller(kernel: Axis, places: Axis) -> bool:
    """Whether a range is the smaller one; of two that are only known with the data the kernel's is taken to be."""
    unknown = isinstance(kernel.size, str) and isinstance(places.size, str)
    return unknown or extent([kernel]) < extent([places])


def _shuts_out(factor: Expression, axis: Axis) -> bool:
    """Whether a factor is 0 outside of the range of an axis, as an element of a tensor along it is."""
    return isinstance(factor, Element) and any(
        index.axis is axis and along.size == axis.size
        for index, along in zip(factor.indices, factor.tensor.axes, strict=True)
    )


def _tame(factor: Expression, axis: Axis) -> bool:
    """Whether a factor has a finite value also outside of the range of an axis."""
    return axis not in factor.free or isinstance(factor, Element)
