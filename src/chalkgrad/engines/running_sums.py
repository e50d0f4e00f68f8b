"""Sums up to a place as recurrences: Σ_u [u ≤ t] x_u is s_t = s_(t-1) + x_t, which costs n and not n²."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalkgrad.engines.emitted.keys import key_of
from chalkgrad.language import (
    Add,
    Axis,
    Definition,
    Element,
    Expression,
    IndexValue,
    Indicator,
    Multiply,
    Program,
    Sum,
    Tensor,
    add,
    as_index,
    multiply,
    rebuild,
    substitute_axes,
    walk,
)
from chalkgrad.language.recurrences import Recurrence, recurrent_tensors

_MIRRORED = {"<=": ">=", ">=": "<=", "<": ">", ">": "<"}


@dataclass(frozen=True)
class RunningSum:
    """Σ over an axis of what stands up to (or from) a place of another, that place itself counted or not."""

    axis: Axis
    place: Axis
    body: Expression
    backwards: bool
    without_place: bool


def running_sum(node: Expression) -> RunningSum | None:
    """The sum up to a place that an expression is.

    >>> from chalkgrad.language import index_value, indicator
    >>> t, u = Axis("t", "n"), Axis("u", "n")
    >>> x = Tensor("x", (u,))
    >>> found = running_sum(Sum(indicator("<=", index_value(u), index_value(t)) * x[u], u))
    >>> str(found.body), found.place.name, found.backwards
    ('x[u]', 't', False)
    """
    if not isinstance(node, Sum):
        return None
    factors = node.body.factors if isinstance(node.body, Multiply) else (node.body,)
    for gate in factors:
        if not isinstance(gate, Indicator) or gate.comparison not in _MIRRORED:
            continue
        if not isinstance(gate.left, IndexValue) or not isinstance(gate.right, IndexValue):
            continue
        left, right = gate.left.index.axis, gate.right.index.axis
        comparison = gate.comparison
        if right is node.axis:
            left, right, comparison = right, left, _MIRRORED[comparison]
        rest = multiply(*(factor for factor in factors if factor is not gate))
        if left is not node.axis or right is None or right.size != left.size or right in rest.free:
            continue
        if node.axis in rest.free:
            return RunningSum(node.axis, right, rest, comparison in (">", ">="), comparison in ("<", ">"))
    return None


def with_running_sums(program: Program) -> Program:
    """The program with each sum up to a place as a recurrence of its own.

    >>> from chalkgrad.language import Role, index_value, indicator
    >>> t, u = Axis("t", "n"), Axis("u", "n")
    >>> x, y = Tensor("x", (u,), Role.INPUT), Tensor("y", (t,))
    >>> up_to = Sum(indicator("<=", index_value(u), index_value(t)) * x[u], u)
    >>> print(*with_running_sums(Program((x,), (Definition(y, (t,), 2 * up_to),), (y,))).definitions, sep="; ")
    sum_to_t[t] = sum_to_t[t-1] + x[t]; y[t] = 2*sum_to_t[t]
    """
    if not any(isinstance(node, Indicator) for each in program.definitions for node in walk(each.body)):
        return program
    taken = {tensor.name for tensor in (*program.declared, *(each.tensor for each in program.definitions))}
    recurrent = recurrent_tensors(program.definitions)
    definitions: list[Definition] = []
    known: dict[tuple[int, bool], Tensor] = {}

    def change(node: Expression) -> Expression:
        node = rebuild(node, change)
        found = running_sum(node)
        if found is None:
            return node
        body = substitute_axes(found.body, {found.axis: found.place})
        order = (found.place, *sorted(body.free - {found.place}, key=lambda axis: axis.name))
        key = key_of(body, order), found.backwards
        if key not in known:
            name = f"sum_{'from' if found.backwards else 'to'}_{found.place.name}"
            while name in taken:
                name += "_"
            taken.add(name)
            tensor = Tensor(name, order)
            step = 1 if found.backwards else -1
            one_off = Element(tensor, (as_index(found.place) + step, *map(as_index, order[1:])))
            definitions.append(Definition(tensor, order, add(one_off, body)))
            known[key] = tensor
        whole = known[key][order]
        if not found.without_place:
            return whole
        return substitute_axes(whole, {found.place: as_index(found.place) + (1 if found.backwards else -1)})

    for each in program.definitions:
        body = each.body if each.tensor in recurrent else _apart(each.body, change)
        definitions.append(Definition(each.tensor, each.indices, body))
    return Program(program.declared, tuple(definitions), program.results, program.assumptions)


def _apart(body: Expression, change: Callable[[Expression], Expression]) -> Expression:
    return change(body) if any(isinstance(node, Indicator) for node in walk(body)) else body


def summand(recurrence: Recurrence) -> Element | None:
    """What a recurrence adds up, where it is s_t = s_(t-1) + x_t and nothing else.

    >>> from chalkgrad.language.recurrences import blocks
    >>> t = Axis("t", "n")
    >>> s, x = Tensor("s", (t,)), Tensor("x", (t,))
    >>> (block,) = blocks([Definition(s, (t,), s[as_index(t) - 1] + x[t])])
    >>> str(summand(block))
    'x[t]'
    """
    if len(recurrence.definitions) > 1 or recurrence.reach != 1:
        return None
    (definition,) = recurrence.definitions
    body, place = definition.body, recurrence.places[definition.tensor]
    if not isinstance(body, Add) or len(body.terms) != 2:
        return None
    before = tuple(
        as_index(axis) + ((1 if recurrence.backwards else -1) if number == place else 0)
        for number, axis in enumerate(definition.indices)
    )
    rest = [term for term in body.terms if term is not Element(definition.tensor, before)]
    if len(rest) != 1 or not isinstance(rest[0], Element) or definition.tensor in rest[0].tensors:
        return None
    (found,) = rest
    assert isinstance(found, Element)
    return found if set(found.plain_axes) == set(definition.indices) == found.free else None
