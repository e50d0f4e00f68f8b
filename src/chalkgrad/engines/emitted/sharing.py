"""What occurs twice in an ordered program, elementwise, named and computed once."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from chalkgrad.engines.emitted.keys import axes_of, key_of
from chalkgrad.language import (
    Add,
    Axis,
    Call,
    Definition,
    Delta,
    Expression,
    Indicator,
    Multiply,
    Number,
    Power,
    Program,
    Tensor,
    children,
    multiply,
    rebuild,
)
from chalkgrad.language.recurrences import recurrent_tensors


class Steps(Protocol):
    """Who gives names, and notes which tensors are parts."""

    parts: set[Tensor]

    def name(self, part: Expression) -> str:
        """A name that is free."""


def shared(program: Program, steps: Steps) -> Program:
    """The program with what occurs twice, elementwise, named and computed once.

    Of products it may also be the factors of the same axes: r t in Σ r t a and Σ r t b.
    """
    uses: Counter[int] = Counter()

    def tally(node: Expression) -> None:
        if _worth_a_name(node):
            key = key_of(node, axes_of(node))
            uses[key] += 1
            if uses[key] > 1:
                return
        for part in (*_products_within(node), *children(node)):
            tally(part)

    recurrent = recurrent_tensors(program.definitions)
    for definition in program.definitions:
        if definition.tensor not in recurrent:
            tally(definition.body)
    definitions: list[Definition] = []
    known: dict[int, tuple[Tensor, tuple[int, ...]]] = {}

    def change(node: Expression) -> Expression:
        if not _worth_a_name(node):
            return inside(node)
        axes = axes_of(node)
        key = key_of(node, axes)
        if key not in known:
            if uses[key] < 2:
                return inside(node)
            body = inside(node)
            tensor = Tensor(steps.name(node), axes)
            steps.parts.add(tensor)
            definitions.append(Definition(tensor, axes, body))
            known[key] = tensor, tuple(range(len(axes)))
        tensor, places = known[key]
        return tensor[tuple(axes[place] for place in places)]

    def inside(node: Expression) -> Expression:
        for part in _products_within(node):
            key = key_of(part, axes_of(part))
            if uses[key] > 1 or key in known:
                assert isinstance(node, Multiply)
                assert isinstance(part, Multiply)
                rest = [factor for factor in node.factors if factor not in part.factors]
                node = multiply(change(part), *rest)
        return rebuild(node, change)

    for definition in program.definitions:
        if definition.tensor in recurrent:
            definitions.append(definition)
            continue
        axes = axes_of(definition.body)
        key = key_of(definition.body, axes)
        if _worth_a_name(definition.body) and set(axes) == set(definition.indices) and key not in known:
            body = inside(definition.body)
            known[key] = definition.tensor, tuple(map(axes.index, definition.indices))
        else:
            body = change(definition.body)
        definitions.append(Definition(definition.tensor, definition.indices, body))
    return Program(program.declared, tuple(definitions), program.results, program.assumptions)


def _products_within(node: Expression) -> list[Expression]:
    """The products of the factors of a product that have the same axes, where there are others as well."""
    if not isinstance(node, Multiply):
        return []
    groups: dict[frozenset[Axis], list[Expression]] = {}
    for factor in node.factors:
        if factor.free and not isinstance(factor, Delta | Indicator):
            groups.setdefault(factor.free, []).append(factor)
    others = [factor for factor in node.factors if not isinstance(factor, Number)]
    return [multiply(*group) for group in groups.values() if 1 < len(group) < len(others)]


def _worth_a_name(node: Expression) -> bool:
    """Whether an elementwise part is worth an array of its own where it is used twice."""
    if not node.tensors:
        return False
    match node:
        case Call():
            return True
        case Add():
            return bool(node.free)
        case Multiply(factors=factors):
            return sum(not isinstance(factor, Number) for factor in factors) > 1
        case Power(base=base):
            return bool(base.tensors)
    return False
