r"""A loss that words name, where only its gradients tell what it is of: the output `X w` and the target y of
`\nabla_w J = X^\top (X w - y)`, beside the words "mean squared error".
"""

from __future__ import annotations

from collections.abc import Iterator

from chalkgrad.language import (
    MINUS_ONE,
    Add,
    Call,
    Definition,
    Element,
    Expression,
    Multiply,
    Number,
    Sum,
    Tensor,
    add,
    call,
    multiply,
    size_of,
    walk,
)
from chalkgrad.networks.losses import LOSSES
from chalkgrad.reading.named_losses import HALF, NamedLoss
from chalkgrad.reading.readings import Reading

_MOST = 3  # outputs that may be meant


def losses_of_residuals(reading: Reading, name: str) -> list[tuple[NamedLoss, Definition]]:
    """The losses called `name` of each output that a gradient of the loss holds against a target, with the output."""
    row = LOSSES.get(name.removeprefix(HALF))
    if row is None or (row.term is not None and row.logits_of) or reading.loss in reading.definitions:
        return []
    found = []
    apart = {(output.identity, target.tensor.name): (output, target) for output, target in _residuals(reading)}
    for output, target in list(apart.values())[:_MOST]:
        if not _may_be(row.output, output):
            continue
        axes = tuple(axis for index in target.indices if (axis := index.axis) is not None)
        value = Definition(Tensor(f"the output under {reading.loss}", axes), axes, output)
        predicted = value.tensor[axes]
        if row.term is None and not axes:
            continue
        term = multiply(-1, target, call("log", predicted)) if row.term is None else row.term(predicted, target)
        learned = _learned_along(reading, output)
        for axis in axes:
            term = Sum(term, axis)
            term = term if reading.sizes.find(axis.size) in learned else term / size_of(axis)
        if name.startswith(HALF):
            term = term / 2
        definition = Definition(Tensor(reading.loss), (), term)
        found.append((NamedLoss(definition, name, value.tensor.name, target.tensor.name), value))
    return found


def _learned_along(reading: Reading, output: Expression) -> set[int | str]:
    """The sizes of what an output is made of and that something is derived by; any other axis counts samples."""
    derived = {str(symbol) for symbol in reading.facts.derived_by}
    pending, begun, found = list(output.tensors), set(), set()
    while pending:
        tensor = pending.pop()
        if tensor.name in begun:
            continue
        begun.add(tensor.name)
        found |= {reading.sizes.find(axis.size) for axis in tensor.axes if tensor.name in derived}
        if tensor.name in reading.definitions:
            pending += reading.definitions[tensor.name].body.tensors
    return found


def _may_be(activation: str, output: Expression) -> bool:
    """Whether an output is a probability where the loss takes one."""
    if activation == "sigmoid":
        return isinstance(output, Call) and output.function == "sigmoid"
    if activation == "softmax":
        return any(isinstance(node, Call) and node.function == "exp" for node in walk(output))
    return True


def _residuals(reading: Reading) -> Iterator[tuple[Expression, Element]]:
    """The outputs, by formulas, and the targets that stand against each other where the loss is derived."""
    for claim in reading.claims:
        left = claim.left
        if left.value is None or not any(tensor.of == reading.loss for tensor in left.derived):
            continue
        for way in (way for ways in claim.sides for way in ways[:1]):
            if way.value is None:
                continue
            body = way.value.expression
            inner = [
                reading.definitions[tensor.name].body for tensor in body.tensors if tensor.name in reading.definitions
            ]
            for part in (node for each in (body, *inner) for node in walk(each) if isinstance(node, Add)):
                yield from _apart(reading, part)


def _apart(reading: Reading, part: Add) -> Iterator[tuple[Expression, Element]]:
    """The output and the target of a difference: the one term of its sign that is a target, and all others."""
    for minus in (True, False):
        wanted = [term for term in part.terms if _is_minus(term) is minus]
        rest = [term for term in part.terms if _is_minus(term) is not minus]
        if len(wanted) == 1 and rest:
            target = multiply(-1, wanted[0]) if minus else wanted[0]
            output = add(*(rest if minus else (multiply(-1, term) for term in rest)))
            if isinstance(target, Element) and _is_target(reading, target, output):
                yield output, target


def _is_minus(term: Expression) -> bool:
    return isinstance(term, Multiply) and term.factors[0] is MINUS_ONE


def _is_target(reading: Reading, wanted: Element, output: Expression) -> bool:
    """Whether something that nothing defines or derives by stands at just the places of an output."""
    derived = {str(symbol) for symbol in reading.facts.derived_by}
    name = wanted.tensor.name
    plain = all(index.axis is not None for index in wanted.indices)
    return (
        plain
        and name not in {*reading.definitions, *reading.broken, *derived}
        and not wanted.tensor.of
        and wanted.free == output.free
        and not isinstance(output, Element | Number)
        and name not in {tensor.name for tensor in output.tensors}
    )


__all__ = ["losses_of_residuals"]
