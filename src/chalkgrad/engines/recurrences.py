"""Recurrences made ready for engines: what needs no earlier value is computed before, and one place is a program.

`h[t,j] := tanh(Σ_k U[k,j] h[t-1,k] + Σ_i V[i,j] x[t,i])` becomes the product of x and V for all t at once, and the
program of one place, whose inputs are the row of that product and the value of h before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chalkgrad.language import (
    Add,
    Axis,
    Definition,
    Element,
    Expression,
    Multiply,
    Program,
    Tensor,
    add,
    as_index,
    bound_axes,
    multiply,
    rebuild,
)
from chalkgrad.language.recurrences import Recurrence, blocks, uses_of


@dataclass(frozen=True)
class Row:
    """A tensor at one place of the recurrence's axis, its `place`-th: `shift` places away from that being computed."""

    tensor: Tensor
    place: int
    shift: int = 0


@dataclass(frozen=True)
class Step:
    """A recurrence at one place: a program, whose inputs are `rows` of tensors by their stand-ins, and tensors as such.

    `made` tells which tensor of the recurrence has the row that each of the program's definitions gives.
    """

    recurrence: Recurrence
    program: Program
    rows: Mapping[Tensor, Row]
    made: Mapping[Tensor, Tensor]


def with_recurrences_apart(program: Program, name: Callable[[Expression], str] | None = None) -> Program:
    """The program with parts of recurrences that need no value of them as definitions before; `name` gives names.

    >>> from chalkgrad.language import Call, Role, as_index, summation
    >>> t, i = Axis("t", "n"), Axis("i", "d")
    >>> h, x, v = Tensor("h", (t,)), Tensor("x", (t, i), Role.INPUT), Tensor("v", (i,), Role.INPUT)
    >>> body = Call("tanh", h[as_index(t) - 1] + summation(x[t, i] * v[i], i))
    >>> print(*with_recurrences_apart(Program((x, v), (Definition(h, (t,), body),), (h,))).definitions, sep="; ")
    h_part[t] = sum(i, x[t,i]*v[i]); h[t] = tanh(h[t-1] + h_part[t])
    """
    found = list(blocks(program.definitions))
    if all(isinstance(block, Definition) for block in found):
        return program
    taken = {tensor.name for tensor in (*program.declared, *(each.tensor for each in program.definitions))}
    definitions: list[Definition] = []
    for block in found:
        if isinstance(block, Definition):
            definitions.append(block)
        else:
            definitions += _apart(block, name or _names(block, taken))
    return Program(program.declared, tuple(definitions), program.results, program.assumptions)


def _names(recurrence: Recurrence, taken: set[str]) -> Callable[[Expression], str]:
    def name(part: Expression) -> str:
        stem = f"{recurrence.tensors[0].name}_part"
        number = 1
        while (chosen := stem if number == 1 else f"{stem}{number}") in taken:
            number += 1
        taken.add(chosen)
        return chosen

    return name


def _apart(recurrence: Recurrence, name: Callable[[Expression], str]) -> list[Definition]:
    before: list[Definition] = []
    known: dict[int, Element] = {}

    def stored(part: Expression) -> Expression:
        others = sorted(part.free - {recurrence.axis}, key=lambda axis: axis.name)
        axes = (recurrence.axis, *others) if recurrence.axis in part.free else tuple(others)
        if part.identity not in known:
            tensor = Tensor(name(part), axes)
            before.append(Definition(tensor, axes, part))
            known[part.identity] = tensor[axes]
        return known[part.identity]

    def change(node: Expression) -> Expression:
        if not uses_of(node, recurrence.places):
            return node if _is_ready(node, recurrence.axis) else stored(node)
        match node:
            case Add(terms=terms):
                apart = [term for term in terms if not uses_of(term, recurrence.places)]
                if any(not _is_ready(term, recurrence.axis) for term in apart) or _several(apart, recurrence.axis):
                    return add(*(change(term) for term in terms if term not in apart), stored(add(*apart)))
            case Multiply(factors=factors):
                groups: dict[frozenset[Axis], list[Expression]] = {}
                for factor in factors:
                    if not uses_of(factor, recurrence.places):
                        groups.setdefault(factor.free, []).append(factor)
                parts: list[Expression] = [change(f) for f in factors if uses_of(f, recurrence.places)]
                for free, group in groups.items():
                    whole = multiply(*group)
                    ready = _is_ready(whole, recurrence.axis) or recurrence.axis not in free
                    parts.append(multiply(*(change(each) for each in group)) if ready else stored(whole))
                return multiply(*parts)
        return rebuild(node, change)

    own = [Definition(each.tensor, each.indices, change(each.body)) for each in recurrence.definitions]
    return [*before, *own]


def _several(terms: list[Expression], axis: Axis) -> bool:
    return len(terms) > 1 and any(axis in term.free for term in terms)


def _is_ready(part: Expression, axis: Axis) -> bool:
    """Whether a part costs nothing at a place: the row of a tensor, or what has no sum and is the same everywhere."""
    if axis not in part.free:
        return not bound_axes(part)
    if not isinstance(part, Element):
        return False
    places = [index for index in part.indices if index.coefficient(axis)]
    own = part.tensor.axes[part.indices.index(places[0])]
    return len(places) == 1 and places[0].axis is axis and own.size == axis.size


def step_of(recurrence: Recurrence) -> Step:
    """The program of one place of a recurrence that `with_recurrences_apart` has gone over.

    >>> from chalkgrad.language import Role, as_index
    >>> t = Axis("t", "n")
    >>> h, x = Tensor("h", (t,)), Tensor("x", (t,), Role.INPUT)
    >>> (block,) = blocks([Definition(h, (t,), h[as_index(t) - 1] / 2 + x[t])])
    >>> print(*step_of(block).program.definitions)
    h@0 = h@-1/2 + x@0
    """
    rows: dict[Tensor, Row] = {}
    made: dict[Tensor, Tensor] = {}

    def at(tensor: Tensor, place: int, shift: int) -> Tensor:
        return Tensor(f"{tensor.name}@{shift}", (*tensor.axes[:place], *tensor.axes[place + 1 :]), tensor.role)

    def change(node: Expression) -> Expression:
        if not isinstance(node, Element):
            return rebuild(node, change)
        place = recurrence.places.get(node.tensor)
        if place is None:
            along = [number for number, index in enumerate(node.indices) if index.axis is recurrence.axis]
            if not along:
                return node
            place = along[0]
        shift = node.indices[place].offset
        row = at(node.tensor, place, shift)
        if node.tensor not in recurrence.places or shift:
            rows[row] = Row(node.tensor, place, shift)
        return Element(row, (*node.indices[:place], *node.indices[place + 1 :]))

    definitions = []
    for each in recurrence.definitions:
        place = recurrence.places[each.tensor]
        row = at(each.tensor, place, 0)
        made[row] = each.tensor
        indices = (*each.indices[:place], *each.indices[place + 1 :])
        definitions.append(Definition(row, indices, change(each.body)))
    others = dict.fromkeys(t for each in definitions for t in each.body.tensors if t not in rows and t not in made)
    return Step(recurrence, Program((*rows, *others), tuple(definitions), tuple(made)), rows, made)


def in_place(step: Step, program: Program) -> list[Definition]:
    """The definitions of a program for one place with elements of whole tensors for those of rows.

    >>> from chalkgrad.language import as_index
    >>> t = Axis("t", "n")
    >>> h, x = Tensor("h", (t,)), Tensor("x", (t,))
    >>> (block,) = blocks([Definition(h, (t,), h[as_index(t) - 1] / 2 + x[t])])
    >>> print(*in_place(step_of(block), step_of(block).program))
    h[t] = h[t-1]/2 + x[t]
    """
    recurrence = step.recurrence
    rows = dict(step.rows) | {row: Row(tensor, recurrence.places[tensor]) for row, tensor in step.made.items()}

    def whole(element: Element) -> Element:
        row = rows[element.tensor]
        at = as_index(recurrence.axis) + row.shift
        return Element(row.tensor, (*element.indices[: row.place], at, *element.indices[row.place :]))

    def change(node: Expression) -> Expression:
        if isinstance(node, Element) and node.tensor in rows:
            return whole(node)
        return rebuild(node, change)

    found = []
    for each in program.definitions:
        tensor, indices = each.tensor, each.indices
        if tensor in step.made:
            left = whole(each.left)
            tensor, indices = left.tensor, tuple(index.terms[0][0] for index in left.indices)
        found.append(Definition(tensor, indices, change(each.body)))
    return found
