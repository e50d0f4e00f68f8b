"""What a document takes for granted about its targets: those of a cross-entropy over a softmax sum to one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from chalkgrad.language import (
    ONE,
    Assumption,
    Call,
    Definition,
    Element,
    Expression,
    Multiply,
    Power,
    Program,
    Role,
    Sum,
    Tensor,
    summation,
    walk,
)


def assumptions_of(program: Program, others: Iterable[Definition] = ()) -> tuple[Assumption, ...]:
    """The targets of a program that sum to one along an axis, as those of a cross-entropy over a softmax do.

    The cross-entropy may be among the `others`, definitions that the program leaves out.
    """
    definitions = (*program.definitions, *others)
    softmaxes = {each.tensor: along for each in definitions if (along := _normalised(each.body, each)) is not None}
    found: dict[Tensor, Assumption] = {}
    for definition in definitions:
        for pairs in _summed_pairs(definition.body):
            for target, output in pairs:
                place = softmaxes.get(output.tensor)
                if target.tensor.role is not Role.TARGET or place is None or target.tensor not in program.declared:
                    continue
                at = output.indices[place].axis
                if at is None or not any(index.axis is at for index in target.indices):
                    continue
                left = summation(target.tensor[target.tensor.axes], target.tensor.axes[
                    next(k for k, index in enumerate(target.indices) if index.axis is at)])  # fmt: skip
                found[target.tensor] = Assumption(left, ONE, "the targets sum to one")
    return tuple(found.values())


def _normalised(body: Expression, definition: Definition) -> int | None:
    """The place of the axis along which a quotient of exponentials sums to one."""
    if not isinstance(body, Multiply):
        return None
    for factor in body.factors:
        if isinstance(factor, Power) and isinstance(factor.base, Sum) and _exponential(factor.base.body):
            rest = [each for each in body.factors if each is not factor]
            if any(_exponential(each) for each in rest):
                kept = factor.base.free
                return next((k for k, axis in enumerate(definition.indices) if axis not in kept), None)
    return None


def _exponential(part: Expression) -> bool:
    return isinstance(part, Call) and part.function == "exp"


@lru_cache(maxsize=4096)
def _summed_pairs(body: Expression) -> tuple[tuple[tuple[Element, Element], ...], ...]:
    """What stands as `y log p` in each sum of a body, outermost first."""
    found = (tuple(_pairs(node.body)) for node in walk(body) if isinstance(node, Sum))
    return tuple(pairs for pairs in found if pairs)


def _pairs(body: Expression) -> Iterator[tuple[Element, Element]]:
    """What stands as `y log p` in a term."""
    for node in walk(body):
        if isinstance(node, Multiply):
            targets = [each for each in node.factors if isinstance(each, Element)]
            logs = [each.argument for each in node.factors if isinstance(each, Call) and each.function == "log"]
            for target in targets:
                for output in logs:
                    if isinstance(output, Element):
                        yield target, output
