"""What occurs several times in a result and is long, named once: where s = (A + B)⁻¹(x - m)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chalkgrad.calculus.derivation import Derivation
from chalkgrad.calculus.matching import rewrite
from chalkgrad.calculus.steps import Step
from chalkgrad.language import (
    Axis,
    Call,
    Definition,
    Element,
    Expression,
    MatrixFunction,
    Max,
    Multiply,
    Power,
    Program,
    Role,
    Sum,
    Tensor,
    substitute_axes,
    walk,
)
from chalkgrad.language.recurrences import recurrent_tensors

NAMED = "a part that occurs several times gets a name"
_SHORTEST = 7  # a part of fewer nodes has no name of its own
_SAVED = 11  # by so many nodes a result has to be shorter with a name than without, its equation counted
_MOST = 3
_COLUMNS, _MATRICES = ("s", "r", "q", "g", "z"), ("S", "R", "Q", "G", "Z")


def with_parts_named(derivation: Derivation) -> Derivation:
    """The derivation with long parts that occur several times in a gradient as definitions of their own.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.reading.formulas import read_formula
    >>> derived = derive(read_formula("norm2(V*sigmoid(W*x+b)-y)^2", ["W"]).program)
    >>> [each.tensor.name for each in with_parts_named(derived).program.definitions]
    ['L', 's', 'dL_dW']
    """
    if recurrent_tensors(derivation.program.definitions):
        return derivation
    tensors = (*derivation.program.declared, *(each.tensor for each in derivation.program.definitions))
    taken = {tensor.name for tensor in tensors} | {str(size) for tensor in tensors for size in tensor.shape}
    found: dict[Tensor, list[Definition]] = {}
    changed: dict[Tensor, Definition] = {}
    steps: list[Step] = []
    for definition in derivation.gradients.values():
        named, whole = _named(definition, taken)
        if named:
            found[definition.tensor], changed[definition.tensor] = named, whole
            steps.append(Step(definition.left, NAMED, definition.body, whole.body))
    if not found:
        return derivation
    definitions: list[Definition] = []
    for each in derivation.program.definitions:
        definitions += found.get(each.tensor, [])
        definitions.append(changed.get(each.tensor, each))
    old = derivation.program
    return replace(
        derivation,
        program=Program(old.declared, tuple(definitions), old.results, old.assumptions),
        gradients={name: changed.get(each.tensor, each) for name, each in derivation.gradients.items()},
        adjoints={name: changed.get(each.tensor, each) for name, each in derivation.adjoints.items()},
        steps=(*derivation.steps, *steps),
    )


def _named(definition: Definition, taken: set[str]) -> tuple[list[Definition], Definition]:
    """The definitions of parts of a body, and the definition with their names."""
    named: list[Definition] = []
    body = definition.body
    while len(named) < _MOST:
        best: tuple[int, Definition, Expression] | None = None
        for part in _parts(body):
            axes = _axes_of(part)
            letters = _MATRICES if len(axes) == 2 else _COLUMNS
            name = next((letter for letter in letters if letter not in taken), None)
            if name is None:
                continue
            one = Definition(Tensor(name, axes, Role.VALUE, "", "", _is_symmetric(part, axes)), axes, part)
            shorter = rewrite(body, part, one.left, variables=frozenset(axes), around=frozenset())
            saved = body.cost - shorter.cost - part.cost
            if saved >= _SAVED and (best is None or saved > best[0]):
                best = saved, one, shorter
        if best is None:
            break
        _, one, body = best
        taken.add(one.tensor.name)
        named.append(one)
    return named[::-1], Definition(definition.tensor, definition.indices, body)


def _parts(body: Expression) -> Iterator[Expression]:
    """The parts that are columns, matrices or numbers and worth a name, each once but for its indices."""
    seen: set[int] = set()
    for node in walk(body):
        if node is body or node.cost < _SHORTEST:
            continue
        if not isinstance(node, Call | MatrixFunction | Max | Sum | Power | Multiply):
            continue
        if not node.tensors or len(node.free) > 2:
            continue
        places = {axis: Axis(f"place {number}", axis.size) for number, axis in enumerate(_axes_of(node))}
        key = substitute_axes(node, places).identity
        if key not in seen:
            seen.add(key)
            yield node


def _is_symmetric(part: Expression, axes: tuple[Axis, ...]) -> bool:
    """Whether a matrix is the same with its rows and columns exchanged."""
    if len(axes) != 2 or axes[0].size != axes[1].size:
        return False
    return substitute_axes(part, {axes[0]: axes[1], axes[1]: axes[0]}).identity == part.identity


def _axes_of(part: Expression) -> tuple[Axis, ...]:
    """The free axes of a part, in the order in which they stand in it."""
    found: dict[Axis, None] = {}
    for node in walk(part):
        places = node.indices if isinstance(node, Element) else node.at if isinstance(node, MatrixFunction) else ()
        found.update(dict.fromkeys(axis for index in places for axis, _ in index.terms if axis in part.free))
    return (*found, *sorted(part.free - set(found), key=lambda axis: axis.name))
