"""What a document writes out place by place as definitions of whole tensors, with sums in the place of written terms.

`h_1 = …, h_2 = …` that follow one rule become one definition; places that follow none become numbers of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chalkgrad.language import (
    Add,
    Definition,
    Delta,
    Element,
    Expression,
    Multiply,
    Tensor,
    multiply,
    rebuild,
    walk,
)
from chalkgrad.reading.folding import Folding


@dataclass
class WrittenOut:
    """Definitions folded together; `apart` has the tensors whose places became numbers, with these by place."""

    definitions: dict[str, Definition] = field(default_factory=dict)
    apart: dict[str, dict[int, str]] = field(default_factory=dict)
    folding: Folding = field(default_factory=Folding)


def folded_together(definitions: Mapping[str, Definition]) -> WrittenOut:
    """The definitions with written-out sums and places folded.

    >>> from chalkgrad.language import Axis, Call, add, as_index, delta
    >>> i, j = Axis("i", 2), Axis("j", 2)
    >>> x, w, h = Tensor("x", (i,)), Tensor("w", (i, j)), Tensor("h", (j,))
    >>> bodies = [Call("relu", x[0] * w[0, k] + x[1] * w[1, k]) for k in (0, 1)]
    >>> body = add(*(delta(as_index(j), as_index(k)) * each for k, each in enumerate(bodies)))
    >>> print(folded_together({"h": Definition(h, (j,), body)}).definitions["h"])
    h[j] = relu(sum(i, x[i]*w[i,j]))
    """
    found = WrittenOut()
    pending: dict[str, dict[int, Expression]] = {}
    for name, definition in definitions.items():
        places = places_of(definition)
        if places is None:
            body = found.folding.fold_sums(definition.body)
            found.definitions[name] = Definition(definition.tensor, definition.indices, body)
        else:
            pending[name] = {place: found.folding.fold_sums(body) for place, body in places.items()}
            found.definitions[name] = definition
    for name, bodies in pending.items():
        definition = definitions[name]
        general = _general(found.folding, definition, bodies)
        if general is not None:
            found.definitions[name] = general
        elif set(bodies) == set(range(len(bodies))) and _only_places(name, definitions.values()):
            found.apart[name] = {place: f"{name}_{place + 1}" for place in bodies}
    return _with_numbers(found, pending) if found.apart else found


def places_of(definition: Definition) -> dict[int, Expression] | None:
    """The bodies of a definition whose places were defined one by one, by place; None for any other."""
    if len(definition.indices) != 1:
        return None
    (axis,) = definition.indices
    terms = definition.body.terms if isinstance(definition.body, Add) else (definition.body,)
    bodies: dict[int, Expression] = {}
    for term in terms:
        factors = term.factors if isinstance(term, Multiply) else (term,)
        gate = next((each for each in factors if isinstance(each, Delta) and _place(each, axis.name) is not None), None)
        if gate is None:
            return None
        place = _place(gate, axis.name)
        rest = multiply(*(each for each in factors if each is not gate))
        if place is None or place in bodies or axis in rest.free:
            return None
        bodies[place] = rest
    return bodies


def _place(gate: Delta, name: str) -> int | None:
    """The place at which a gate is open, of the axis of that name."""
    for one, other in ((gate.left, gate.right), (gate.right, gate.left)):
        if one.axis is not None and one.axis.name == name and not other.terms:
            return other.offset
    return None


def _general(folding: Folding, definition: Definition, bodies: Mapping[int, Expression]) -> Definition | None:
    (own,) = definition.tensor.axes
    if set(bodies) != set(range(len(bodies))) or own.size != len(bodies):
        return None
    found = folding.generalised([bodies[place] for place in range(len(bodies))], own)
    return None if found is None else Definition(definition.tensor, (found[1],), found[0])


def _only_places(name: str, definitions: Iterable[Definition]) -> bool:
    """Whether a tensor is used at fixed places only."""
    elements = (node for each in definitions for node in walk(each.body) if isinstance(node, Element))
    return not any(element.tensor.name == name and element.indices[0].terms for element in elements)


def _with_numbers(found: WrittenOut, pending: Mapping[str, Mapping[int, Expression]]) -> WrittenOut:
    """The definitions with numbers of their own in the place of the tensors that stand apart."""
    tensors = {(name, place): Tensor(new) for name, places in found.apart.items() for place, new in places.items()}

    def change(node: Expression) -> Expression:
        if isinstance(node, Element) and len(node.indices) == 1 and not node.indices[0].terms:
            number = tensors.get((node.tensor.name, node.indices[0].offset))
            if number is not None:
                return number[()]
        return rebuild(node, change)

    definitions: dict[str, Definition] = {}
    for name, definition in found.definitions.items():
        if name not in found.apart:
            definitions[name] = Definition(definition.tensor, definition.indices, change(definition.body))
            continue
        for place, new in found.apart[name].items():
            definitions[new] = Definition(tensors[name, place], (), change(pending[name][place]))
    return WrittenOut(definitions, found.apart, found.folding)
