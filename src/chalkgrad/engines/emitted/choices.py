"""What labels choose: a tensor read at places that another tells (a gather), sums gathered at such places (a scatter).

Both are sums in which an indicator [y = i] leaves one term. Nothing goes over all places: what computes a definition of
this form goes to the one that the label says.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalkgrad.language import Axis, Definition, Element, Expression, Sum
from chalkgrad.language.named import choice_in, factors_of


@dataclass(frozen=True)
class Gather:
    """The values at the places along `axis` that the labels tell, 0 where there is no such place."""

    labels: Element
    axis: Axis
    values: Element


@dataclass(frozen=True)
class Scatter:
    """For each place along `axis` the sum over `over` of the values whose labels tell it."""

    labels: Element
    axis: Axis
    values: Element
    over: tuple[Axis, ...]


def choice_of(definition: Definition) -> Gather | Scatter | None:
    """What labels choose in a definition of an ordered program; nothing where it is no such definition.

    >>> from chalkgrad.language import Tensor
    >>> from chalkgrad.language.named import chosen
    >>> n, c = Axis("n", "n"), Axis("c", 3)
    >>> z, y, p = Tensor("z", (n, c)), Tensor("y", (n,)), Tensor("p", (n,))
    >>> found = choice_of(Definition(p, (n,), chosen(z[n, c], c, y[n])))
    >>> found.labels, found.values
    (<y[n]>, <z[n,c]>)
    """
    over: list[Axis] = []
    body = definition.body
    while isinstance(body, Sum):
        over.append(body.axis)
        body = body.body
    factors = factors_of(body)
    if len(factors) != 2 or not over:
        return None
    found = choice_in(factors, (*over, *definition.indices))
    if found is None:
        return None
    gate, labels, axis = found
    values = next(factor for factor in factors if factor is not gate)
    if not is_plain(labels) or not is_plain(values):
        return None
    assert isinstance(labels, Element)
    assert isinstance(values, Element)
    if over == [axis] and axis in values.free:
        return Gather(labels, axis, values)
    if axis not in over and labels.free == frozenset(over) <= values.free and axis not in values.free:
        return Scatter(labels, axis, values, tuple(over))
    return None


def is_plain(expression: Expression) -> bool:
    """Whether an expression is an element of a tensor that goes along all of its axes."""
    if not isinstance(expression, Element):
        return False
    axes = expression.plain_axes
    return None not in axes and len(set(axes)) == len(axes)
