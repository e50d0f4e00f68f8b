"""Recurrences: definitions that use themselves, or each other, at earlier or later places of one axis.

`h[t,j] := tanh(Σ_k U[k,j] h[t-1,k] + x[t,j])` is a definition like any other, but for being computed place by place
of t; before the first place every tensor is 0. The adjoint of a recurrence is one that runs the other way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalkgrad.errors import ProgramError
from chalkgrad.language.expressions import Axis, Element, Expression, Tensor
from chalkgrad.language.programs import Definition
from chalkgrad.language.substitution import bound_axes, fresh_axis, substitute_axes, walk


@dataclass(frozen=True)
class Recurrence:
    """Definitions that are computed together, place by place of `axis`, in order at each; `backwards` from the last on.

    `places` tells which axis of each tensor is the one along which it is computed. All definitions have the index
    `axis` there.
    """

    definitions: tuple[Definition, ...]
    axis: Axis
    backwards: bool
    places: Mapping[Tensor, int]

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """What is defined, in order."""
        return tuple(definition.tensor for definition in self.definitions)

    def shift(self, element: Element) -> int:
        """How far from the place that is computed an element of one of the tensors lies; negative ones lie before."""
        return element.indices[self.places[element.tensor]].offset

    @property
    def reach(self) -> int:
        """How many places away the values lie at most that a place needs."""
        inner = (node for each in self.definitions for node in walk(each.body) if isinstance(node, Element))
        return max(abs(self.shift(node)) for node in inner if node.tensor in self.places)


def is_recurrent(definition: Definition) -> bool:
    """Whether a definition uses what it defines.

    >>> from chalkgrad.language import as_index
    >>> t = Axis("t", "n")
    >>> h, x = Tensor("h", (t,)), Tensor("x", (t,))
    >>> is_recurrent(Definition(h, (t,), h[as_index(t) - 1] + x[t]))
    True
    """
    return definition.tensor in definition.body.tensors


def blocks(definitions: Sequence[Definition]) -> Iterator[Definition | Recurrence]:
    """The definitions in order, those that use each other together as one recurrence.

    Raises `ProgramError` for one that does not go along one axis, or needs a value that is not there yet.

    >>> from chalkgrad.language import as_index
    >>> t = Axis("t", "n")
    >>> h, x = Tensor("h", (t,)), Tensor("x", (t,))
    >>> (found,) = blocks([Definition(h, (t,), h[as_index(t) - 1] / 2 + x[t])])
    >>> found.axis, found.backwards, found.reach
    (Axis(name='t', size='n'), False, 1)
    """
    place = 0
    for first, last in _groups(definitions):
        yield from definitions[place:first]
        yield _recurrence(definitions[first:last])
        place = last
    yield from definitions[place:]


def recurrences(definitions: Sequence[Definition]) -> list[Recurrence]:
    """The recurrences among definitions, in order."""
    return [block for block in blocks(definitions) if isinstance(block, Recurrence)]


def _groups(definitions: Sequence[Definition]) -> list[tuple[int, int]]:
    """The runs of definitions, from one place to before another, in which one uses itself or what comes later."""
    number = {definition.tensor: place for place, definition in enumerate(definitions)}
    found: list[tuple[int, int]] = []
    for place, definition in enumerate(definitions):
        last = max((number.get(tensor, -1) for tensor in definition.body.tensors), default=-1)
        if last >= place:
            if found and found[-1][1] > place:
                found[-1] = (found[-1][0], max(found[-1][1], last + 1))
            else:
                found.append((place, last + 1))
    return found


def recurrent_tensors(definitions: Sequence[Definition]) -> frozenset[Tensor]:
    """The tensors that recurrences define."""
    return frozenset(each.tensor for first, last in _groups(definitions) for each in definitions[first:last])


def _recurrence(definitions: Sequence[Definition]) -> Recurrence:
    tensors = {definition.tensor for definition in definitions}
    names = ", ".join(definition.tensor.name for definition in definitions)
    places = _places(definitions, tensors)
    if len(places) < len(tensors):
        raise _too_early(definitions, tensors)
    axis = definitions[0].indices[places[definitions[0].tensor]]
    bound = frozenset().union(*(bound_axes(definition.body) for definition in definitions))
    axis = fresh_axis(axis, bound)
    own: list[Definition] = []
    shifts: set[int] = set()
    done: set[Tensor] = set()
    for definition in definitions:
        along = definition.indices[places[definition.tensor]]
        if along.size != axis.size:
            raise ProgramError(f"{definition}: the axes of {names} have the sizes {along.size} and {axis.size}")
        for node in walk(definition.body):
            if not isinstance(node, Element) or node.tensor not in tensors:
                continue
            at = node.indices[places[node.tensor]] - along
            if at.terms:
                raise ProgramError(f"{definition}: {node} is not at a fixed distance from {along.name}")
            if not at.offset and node.tensor not in done:
                raise ProgramError(f"{definition}: {node} is used before it is computed")
            shifts.add(at.offset)
        done.add(definition.tensor)
        own.append(_along(definition, places[definition.tensor], axis))
    shifts.discard(0)
    if not shifts or min(shifts) < 0 < max(shifts):
        raise ProgramError(f"{definitions[0]}: {names} need values both before and after a place")
    return Recurrence(tuple(own), axis, min(shifts) > 0, places)


def _too_early(definitions: Sequence[Definition], tensors: set[Tensor]) -> ProgramError:
    """What is used before it is defined, where no axis tells what comes first."""
    done: set[Tensor] = set()
    for definition in definitions:
        early = [t for t in definition.body.tensors if t in tensors and t not in done]
        if early:
            break
        done.add(definition.tensor)
    return ProgramError(f"{definition}: '{early[0].name}' is used before it is defined or declared")


def _along(definition: Definition, place: int, axis: Axis) -> Definition:
    """The definition with an axis as its index at a place."""
    if definition.indices[place] is axis:
        return definition
    if axis in definition.indices:
        raise ProgramError(f"{definition}: the index {axis.name} stands for two axes in a recurrence")
    indices = (*definition.indices[:place], axis, *definition.indices[place + 1 :])
    return Definition(definition.tensor, indices, substitute_axes(definition.body, {definition.indices[place]: axis}))


def _places(definitions: Sequence[Definition], tensors: set[Tensor]) -> dict[Tensor, int]:
    """Which axis of each tensor is the one along which it is computed: where an index is a letter and a distance."""
    places: dict[Tensor, int] = {}
    before = -1
    while before < len(places):
        before = len(places)
        for definition in definitions:
            for node in walk(definition.body):
                if isinstance(node, Element) and node.tensor in tensors:
                    _learn(places, definition, node)
    return places


def _learn(places: dict[Tensor, int], definition: Definition, element: Element) -> None:
    for place, index in enumerate(element.indices):
        if len(index.terms) != 1 or index.terms[0][1] != 1 or index.terms[0][0] not in definition.indices:
            continue
        own = definition.indices.index(index.terms[0][0])
        if index.offset or places.get(definition.tensor) == own or places.get(element.tensor) == place:
            places.setdefault(element.tensor, place)
            places.setdefault(definition.tensor, own)


def uses_of(expression: Expression, tensors: Mapping[Tensor, object]) -> bool:
    """Whether an expression rests on one of some tensors."""
    return any(tensor in tensors for tensor in expression.tensors)
