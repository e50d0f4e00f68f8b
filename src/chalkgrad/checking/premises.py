r"""Gradients of a loss that nothing defines as premises of others: `\partial L/\partial z = p - t`, then those by W.

What such a loss is cannot be said, and so not whether the first of its gradients is right. The others have to follow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from chalkgrad.checking.claim_verdicts import verdicts_on
from chalkgrad.checking.comparisons import Comparing
from chalkgrad.checking.judged import Judged, merit
from chalkgrad.language import (
    Add,
    Definition,
    Element,
    Expression,
    Role,
    Sum,
    Tensor,
    as_index,
    multiply,
)
from chalkgrad.reading.readings import Reading

_MOST = 4  # premises that are tried
_COST = 0.3


@dataclass(frozen=True)
class _Premise:
    """A claim that is taken as given, by what it derives, and the loss of which it is the gradient."""

    judged: Judged
    by: str
    loss: Definition


def under_premises(found: Sequence[Judged], reading: Reading) -> tuple[list[Judged], Reading] | None:
    """The verdicts where a gradient of the undefined loss is given, and more of the others are right than wrong."""
    if not reading.loss or reading.loss in reading.definitions:
        return None
    best: tuple[list[Judged], Reading] | None = None
    most = merit(found)
    before = {id(each.claim): each for each in found}
    for premise in islice(_premises(found, reading), _MOST):
        line = premise.judged.claim.statement.equation.line
        taken = replace(
            reading,
            definitions={**reading.definitions, reading.loss: premise.loss},
            said={**reading.said, f"the derivative of {reading.loss} by {premise.by} is what line {line} says": _COST},
        )
        tried = [_as_before(each, premise, before.get(id(each.claim))) for each in verdicts_on(Comparing(taken))]
        if merit(tried) > most:
            best, most = (tried, taken), merit(tried)
    return best


def _as_before(judged: Judged, premise: _Premise, before: Judged | None) -> Judged:
    """The verdict, but for the premise itself and for what says the same of it: these stay as they are."""
    if before is not None and before.verdict == "undetermined" and _by(before) in (premise.by, _by(premise.judged)):
        return before
    return judged


def _by(judged: Judged) -> str:
    left = judged.claim.left.value
    return left.expression.tensor.wrt if left is not None and isinstance(left.expression, Element) else ""


def _premises(found: Sequence[Judged], reading: Reading) -> Iterator[_Premise]:
    """The claims that tell the gradient of the loss by something on the way in values that do not rest on that."""
    for judged in found:
        left = judged.claim.left.value
        if judged.verdict != "undetermined" or left is None or not isinstance(left.expression, Element):
            continue
        element = left.expression
        side = judged.sides[-1].fitted if judged.sides else None
        if element.tensor.role is not Role.ADJOINT or element.tensor.of != reading.loss or side is None:
            continue
        by = _on_the_way(element.tensor.wrt, reading)
        if by is None or judged.comparing is None or side.layout or side.shorthand:
            continue
        if any(tensor.role is Role.ADJOINT for tensor in side.expression.tensors) or not side.expression.tensors:
            continue
        names = {name for tensor in side.expression.tensors
                 for name in judged.comparing.reached(judged.comparing.definitions, tensor.name)}  # fmt: skip
        if by.name not in names and element.tensor.wrt not in names:
            loss = _with_gradient(element, side.expression, by, reading)
            if loss is not None:
                yield _Premise(judged, by.name, loss)


def _on_the_way(name: str, reading: Reading) -> Tensor | None:
    """The value whose gradient is the same: a value on the way itself, or that to which a bias is added."""
    if name in reading.definitions:
        return reading.definitions[name].tensor
    resting = [each for each in reading.definitions.values() if any(t.name == name for t in each.body.tensors)]
    if len(resting) != 1 or not isinstance(resting[0].body, Add):
        return None
    value, places = resting[0].tensor, tuple(map(as_index, resting[0].indices))
    added = [term for term in resting[0].body.terms if isinstance(term, Element) and term.tensor.name == name]
    return value if len(added) == 1 and added[0].indices == places else None


def _with_gradient(element: Element, side: Expression, by: Tensor, reading: Reading) -> Definition | None:
    """A loss whose gradient by a value is what a side says."""
    axes = [index.axis for index in element.indices]
    if len(axes) != len(by.axes) or any(axis is None for axis in axes) or len(set(axes)) < len(axes):
        return None
    for mine, theirs in zip(axes, by.axes, strict=True):
        assert mine is not None
        reading.sizes.join(mine.size, theirs.size)
    body = multiply(side, by[tuple(as_index(axis) for axis in axes if axis is not None)])
    for axis in axes:
        assert axis is not None
        body = Sum(body, axis)
    return Definition(Tensor(reading.loss), (), body) if not body.free else None


__all__ = ["under_premises"]
