"""A model whose units a document writes out one by one, `h_1 = …, h_2 = …`, with its layers as vectors.

Only then can be told that the derivative of an activation is missing, or a sum over the units too many.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalkgrad.checking.truth import Target
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Definition, Element, Expression, Program, Tensor, as_index, rebuild
from chalkgrad.reading.written_out import folded_together


@dataclass(frozen=True)
class Folded:
    """A model with units as vectors; `elements` has for each number that became an entry of one where it stands."""

    model: Program
    elements: Mapping[str, Element] = field(default_factory=dict)

    def of(self, expression: Expression) -> Expression:
        """An expression of the document in terms of the folded model."""
        return _with_elements(expression, self.elements)

    def definition(self, definition: Definition) -> Definition:
        """A definition of the document likewise."""
        return Definition(definition.tensor, definition.indices, self.of(definition.body))

    def target(self, target: Target) -> Target:
        """That by which is derived likewise."""
        known = self.elements.get(target.tensor.name)
        return Target(known.tensor, known.indices) if known is not None and not target.indices else target


def folded(model: Program) -> Folded:
    """The model with its units as vectors, or as it is where that is not clear."""
    definitions = {each.tensor.name: each for each in model.definitions}
    try:
        found = folded_together(definitions)
    except (ChalkgradError, KeyError, ValueError, RecursionError):
        return Folded(model)
    if found.apart or model.result.name not in found.definitions:
        return Folded(model)
    roles = {tensor.name: tensor.role for tensor in model.declared}
    vectors: dict[str, Tensor] = {}
    elements: dict[str, Element] = {}
    for base, members in found.gathered.items():
        role = roles.get(members[0])
        plain = found.definitions[base].tensor if base in found.definitions else None
        axes = plain.axes if plain is not None else None
        if axes is None:
            axes = next(
                (t.axes for each in found.definitions.values() for t in each.body.tensors if t.name == base), None
            )
        if axes is None:
            return Folded(model)
        vectors[base] = Tensor(base, axes, role) if role is not None else Tensor(base, axes)
        elements |= {member: vectors[base][(as_index(place),)] for place, member in enumerate(members)}
    given = tuple(tensor for tensor in model.declared if tensor.name not in elements)
    declared = (*given, *(vectors[base] for base in vectors if base not in found.definitions))
    bodies = [
        Definition(vectors.get(name, each.tensor), each.indices, _with_roles(each.body, vectors))
        for name, each in found.definitions.items()
    ]
    known = {tensor.name for tensor in declared} | {each.tensor.name for each in bodies}
    if any(tensor.name not in known for each in bodies for tensor in each.body.tensors):
        return Folded(model)
    return Folded(Program(declared, tuple(bodies), model.results, model.assumptions), elements)


def _with_elements(expression: Expression, elements: Mapping[str, Element]) -> Expression:
    def change(node: Expression) -> Expression:
        if isinstance(node, Element) and not node.indices and not node.tensor.of:
            return elements.get(node.tensor.name, node)
        return rebuild(node, change)

    return change(expression) if elements else expression


def _with_roles(expression: Expression, vectors: Mapping[str, Tensor]) -> Expression:
    def change(node: Expression) -> Expression:
        if isinstance(node, Element) and node.tensor.name in vectors:
            return Element(vectors[node.tensor.name], node.indices)
        return rebuild(node, change)

    return change(expression) if vectors else expression
