"""What an edit of a claim works on: the claim's subject, and its formula place by place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chalkgrad.checking.truth import Target
from chalkgrad.language import (
    Axis,
    Call,
    Definition,
    Element,
    Expression,
    Program,
    Role,
    Tensor,
    as_index,
    children,
    rebuild,
)


@dataclass(frozen=True)
class Subject:
    """What a claim is about: the model, and that by which it derives."""

    program: Program
    target: Target

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes along which the claim has a value each."""
        return self.target.axes

    def kind_of_axis(self, axis: Axis) -> str:
        """`samples`, `inputs`, `outputs` or `hidden_units`: along what an axis of that size runs in the model."""
        if isinstance(axis.size, str):
            return "samples"
        inputs = {a.size for t in self.program.declared if t.role is Role.INPUT for a in t.axes}
        targets = {a.size for t in self.program.declared if t.role is Role.TARGET for a in t.axes}
        hidden = {a.size for d in self.program.definitions for a in d.tensor.axes} - targets
        if axis.size in hidden and axis.size not in inputs:
            return "hidden_units"
        return "inputs" if axis.size in inputs else "outputs"

    def activations(self) -> Iterator[tuple[Definition, Call]]:
        """The definitions that are one function of the table, such as `h := relu(z)`."""
        for definition in self.program.definitions:
            if isinstance(definition.body, Call) and isinstance(definition.body.argument, Element):
                yield definition, definition.body

    def placed(self, tensor: Tensor) -> Element | None:
        """The tensor at the claim's own axes, where each of its axes finds one of its size."""
        places = []
        for own in tensor.axes:
            fitting = [axis for axis in self.axes if axis.size == own.size]
            if not fitting:
                return None
            places.append(as_index(fitting[0]))
        return Element(tensor, tuple(places))


Edits = Callable[[Expression, Subject], Iterator[tuple[Expression, str]]]


def everywhere(
    expression: Expression, edit: Callable[[Expression], Iterator[tuple[Expression, str]]]
) -> Iterator[tuple[Expression, str]]:
    """The expression with the edit made at each place in turn, outermost first."""
    yield from edit(expression)
    for child in dict.fromkeys(children(expression)):
        for changed, what in everywhere(child, edit):
            yield rebuild(expression, lambda node, old=child, new=changed: new if node is old else node), what  # type: ignore[misc]
