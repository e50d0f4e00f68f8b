"""What a document takes for granted about its targets: those of a cross-entropy over a softmax sum to one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from chalkgrad.language import (
    ONE,
    Add,
    Assumption,
    Call,
    Definition,
    Element,
    Expression,
    Index,
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
            for target, logarithm in pairs:
                at = _class_of(logarithm, softmaxes)
                if target.tensor.role is not Role.TARGET or at is None or target.tensor not in program.declared:
                    continue
                if at not in target.indices or (at.axis is None and at.terms):
                    continue
                axis = target.tensor.axes[target.indices.index(at)]
                left = summation(target.tensor[target.tensor.axes], axis)
                found[target.tensor] = Assumption(left, ONE, "the targets sum to one")
    return tuple(found.values())


def _class_of(logarithm: Expression, softmaxes: Mapping[Tensor, int]) -> Index | None:
    """The index of the class whose probability a logarithm is of: `log p_k`, or `z_k` less the log of a sum of the
    exponentials of all z.
    """
    if isinstance(logarithm, Call) and isinstance(logarithm.argument, Element):
        place = softmaxes.get(logarithm.argument.tensor)
        return None if place is None else logarithm.argument.indices[place]
    if isinstance(logarithm, Call) and isinstance(logarithm.argument, Multiply):
        return _class_of_quotient(logarithm.argument)
    if not isinstance(logarithm, Add):
        return None
    summed = {
        part.argument
        for term in logarithm.terms
        for part in walk(term)
        if isinstance(part, Call) and _is_logarithm(part) and isinstance(part.argument, Sum | Add)
        for part in walk(part.argument)
        if isinstance(part, Call) and _exponential(part)
    }
    for term in logarithm.terms:
        for logit in (part for part in walk(term) if isinstance(part, Element)) if not _takes_logarithm(term) else ():
            for other in (each for each in summed if isinstance(each, Element) and each.tensor is logit.tensor):
                differing = [index for index, own in zip(logit.indices, other.indices, strict=True) if index is not own]
                if len(differing) == 1:
                    return differing[0]
    return None


def _class_of_quotient(quotient: Multiply) -> Index | None:
    r"""The index of the class in exponentials over their sum that are written out, `e^{z_k} / \sum_j e^{z_j}`."""
    totals = [each.base for each in quotient.factors if isinstance(each, Power) and isinstance(each.base, Sum)]
    above = [each.argument for each in quotient.factors if isinstance(each, Call) and _exponential(each)]
    if len(totals) != 1 or len(above) != 1 or not isinstance(above[0], Element):
        return None
    inner = totals[0].body
    summed = inner.argument if isinstance(inner, Call) and _exponential(inner) else None
    if not isinstance(summed, Element) or summed.tensor is not above[0].tensor:
        return None
    differing = [own for own, other in zip(above[0].indices, summed.indices, strict=True) if own is not other]
    return differing[0] if len(differing) == 1 else None


def _takes_logarithm(term: Expression) -> bool:
    return any(map(_is_logarithm, walk(term)))


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
def _summed_pairs(body: Expression) -> tuple[tuple[tuple[Element, Expression], ...], ...]:
    """What stands as `y log p` in each sum of a body, outermost first: over an axis, or written out."""
    sums = (node.body if isinstance(node, Sum) else node for node in walk(body) if isinstance(node, Sum | Add))
    found = (tuple(_pairs(each)) for each in sums)
    return tuple(pairs for pairs in found if pairs)


def _pairs(body: Expression) -> Iterator[tuple[Element, Expression]]:
    """What stands as `y log p` in a term: the y, and the logarithm, which may be a difference."""
    for node in walk(body):
        if isinstance(node, Multiply):
            targets = [each for each in node.factors if isinstance(each, Element)]
            logs = [each for each in node.factors if isinstance(each, Add) or _is_logarithm(each)]
            for target in targets:
                for output in logs:
                    yield target, output


def _is_logarithm(factor: Expression) -> bool:
    return isinstance(factor, Call) and factor.function == "log"
