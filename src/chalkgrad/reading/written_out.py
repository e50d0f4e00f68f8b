"""What a document writes out place by place as definitions of whole tensors, with sums in the place of written terms.

`h_1 = …, h_2 = …` that follow one rule become one definition; places that follow none become numbers of their own.
Numbers `x_1, x_2` that always run together become one vector.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from chalkgrad.language import (
    Add,
    Axis,
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

_PLACE = re.compile(r"(?P<base>.+)_(?P<number>[1-9]\d*)")


@dataclass
class WrittenOut:
    """Definitions folded together.

    `gathered` has the names of the numbers that became one vector, by its name; `apart` those of the vectors whose
    places became numbers.
    """

    definitions: dict[str, Definition] = field(default_factory=dict)
    gathered: dict[str, tuple[str, ...]] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()
    rigid: frozenset[str] = frozenset()  # tensors that have places which follow no rule, or stand at fixed places


def folded_together(definitions: Mapping[str, Definition]) -> WrittenOut:
    """The definitions with written-out sums and places folded.

    >>> from chalkgrad.language import Call, add, as_index, delta
    >>> i, j = Axis("i", 2), Axis("j", 2)
    >>> x, w, h = Tensor("x", (i,)), Tensor("w", (i, j)), Tensor("h", (j,))
    >>> bodies = [Call("relu", x[0] * w[0, k] + x[1] * w[1, k] + Tensor(f"b_{k + 1}")[()]) for k in (0, 1)]
    >>> body = add(*(delta(as_index(j), as_index(k)) * each for k, each in enumerate(bodies)))
    >>> print(folded_together({"h": Definition(h, (j,), body)}).definitions["h"])
    h[j] = relu(sum(i, x[i]*w[i,j]) + b[j])
    """
    families = _families(definitions)
    while families:
        found = _attempt(definitions, families)
        bad = [base for base in families if base in found.rigid]
        if not bad:
            return _apart(found, definitions, families)
        families = {base: members for base, members in families.items() if base not in bad}
    return _apart(_attempt(definitions, {}), definitions, {})


def _families(definitions: Mapping[str, Definition]) -> dict[str, tuple[str, ...]]:
    """The numbers that differ in what is counted below them, `x_1, …, x_n`, by their letter."""
    ranks = {name: len(each.tensor.axes) for name, each in definitions.items()}
    for each in definitions.values():
        ranks |= {tensor.name: len(tensor.axes) for tensor in each.body.tensors}
    counted: dict[str, set[int]] = {}
    for name, rank in ranks.items():
        numbered = _PLACE.fullmatch(name)
        if numbered is not None and rank == 0:
            counted.setdefault(numbered["base"], set()).add(int(numbered["number"]))
    return {
        base: tuple(f"{base}_{number}" for number in sorted(numbers))
        for base, numbers in counted.items()
        if base not in ranks and len(numbers) > 1 and numbers == set(range(1, len(numbers) + 1))
        and len({f"{base}_{number}" in definitions for number in numbers}) == 1
    }  # fmt: skip


def _attempt(definitions: Mapping[str, Definition], families: Mapping[str, tuple[str, ...]]) -> WrittenOut:
    """The definitions with these families as vectors, folded as far as that goes."""
    elements: dict[str, Element] = {}
    vectors = {base: Tensor(base, (Axis(f"{base}:0", len(members)),)) for base, members in families.items()}
    for base, members in families.items():
        elements |= {member: vectors[base][place] for place, member in enumerate(members)}
    folding, found = Folding(), WrittenOut(gathered=dict(families))
    places: dict[str, tuple[Tensor, dict[int, Expression]]] = {}
    for name, definition in definitions.items():
        body = _with_elements(definition.body, elements)
        own = elements.get(name)
        written = places_of(Definition(definition.tensor, definition.indices, body))
        if own is not None:
            bodies = places.setdefault(own.tensor.name, (own.tensor, {}))[1]
            bodies[own.indices[0].offset] = folding.fold_sums(body)
        elif written is not None:
            places[name] = definition.tensor, {place: folding.fold_sums(each) for place, each in written.items()}
        else:
            found.definitions[name] = Definition(definition.tensor, definition.indices, folding.fold_sums(body))
    rigid: set[str] = set()
    for name, (tensor, bodies) in places.items():
        general = _general(folding, tensor, bodies)
        if general is None:
            rigid.add(name)
        else:
            found.definitions[name] = general
    bodies_left = [each.body for each in found.definitions.values()]
    bodies_left += [body for name in rigid for body in places[name][1].values()]
    for body in bodies_left:
        for node in walk(body):
            if isinstance(node, Element) and any(not index.terms for index in node.indices):
                rigid.add(node.tensor.name)
    found.rigid = frozenset(rigid)
    order = {name: at for at, name in enumerate(definitions)}
    first = {base: order.get(members[0], 0) for base, members in families.items()}
    found.definitions = dict(sorted(found.definitions.items(), key=lambda each: {**order, **first}[each[0]]))
    return found


def _apart(
    found: WrittenOut, definitions: Mapping[str, Definition], families: Mapping[str, tuple[str, ...]]
) -> WrittenOut:
    """The definitions with numbers of their own in the place of a vector whose places follow no rule."""
    stiff = {name: places for name, each in definitions.items()
             if name not in found.definitions and name not in _members(families)
             and (places := places_of(each)) is not None}  # fmt: skip
    if not stiff:
        return found
    numbers = {
        (name, place): Tensor(_free_name(f"{name}_{place + 1}", definitions)) for name in stiff for place in stiff[name]
    }
    changed: dict[str, Definition] = {}
    for name, definition in definitions.items():
        if name not in stiff or not _only_places(name, definitions):
            changed[name] = Definition(definition.tensor, definition.indices, _with_numbers(definition.body, numbers))
            continue
        for place, body in stiff[name].items():
            number = numbers[name, place]
            changed[number.name] = Definition(number, (), _with_numbers(body, numbers))
    if any(not _only_places(name, definitions) for name in stiff):
        return WrittenOut(dict(definitions))
    again = _attempt(changed, families)
    again.apart = frozenset(stiff)
    return again


def _members(families: Mapping[str, Collection[str]]) -> set[str]:
    return {member for members in families.values() for member in members}


def _free_name(name: str, taken: Collection[str]) -> str:
    while name in taken:
        name += "'"
    return name


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


def _general(folding: Folding, tensor: Tensor, bodies: Mapping[int, Expression]) -> Definition | None:
    (own,) = tensor.axes
    if set(bodies) != set(range(len(bodies))) or own.size != len(bodies):
        return None
    found = folding.generalised([bodies[place] for place in range(len(bodies))], own)
    return None if found is None else Definition(tensor, (found[1],), found[0])


def _only_places(name: str, definitions: Mapping[str, Definition]) -> bool:
    """Whether a tensor is used at fixed places only."""
    elements = (node for each in definitions.values() for node in walk(each.body) if isinstance(node, Element))
    return not any(element.tensor.name == name and element.indices[0].terms for element in elements)


def _with_elements(expression: Expression, elements: Mapping[str, Element]) -> Expression:
    def change(node: Expression) -> Expression:
        if isinstance(node, Element) and not node.indices:
            return elements.get(node.tensor.name, node)
        return rebuild(node, change)

    return change(expression) if elements else expression


def _with_numbers(expression: Expression, numbers: Mapping[tuple[str, int], Tensor]) -> Expression:
    def change(node: Expression) -> Expression:
        if isinstance(node, Element) and len(node.indices) == 1 and not node.indices[0].terms:
            number = numbers.get((node.tensor.name, node.indices[0].offset))
            if number is not None:
                return number[()]
        return rebuild(node, change)

    return change(expression)
