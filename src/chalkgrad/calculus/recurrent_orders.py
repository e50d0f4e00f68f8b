"""Derivatives of every order of what has recurrences: no formula can be written in, so the programs stay whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from chalkgrad.calculus.derive import derive
from chalkgrad.calculus.orders import Found, Names, Request
from chalkgrad.calculus.simplify import Simplifier
from chalkgrad.calculus.tangents import along
from chalkgrad.errors import ProgramError
from chalkgrad.language import (
    ZERO,
    Call,
    Definition,
    Expression,
    Program,
    Tensor,
    add,
    divide,
    multiply,
    power,
    substitute_axes,
    substitute_elements,
    summation,
)


def _gradients(asked: Request) -> Found:
    derived = asked.derivation
    return _found({(name,): derived.gradients[name] for name in asked.names}, derived.program)


def _hessians(asked: Request) -> Found:
    found: dict[Names, Definition] = {}
    definitions: dict[Tensor, Definition] = {}
    once = asked.derivation
    for place, first in enumerate(asked.names):
        twice = derive(once.program, asked.names[place:], of=once.gradients[first].tensor.name)
        definitions |= {each.tensor: each for each in twice.program.definitions}
        found |= {(first, name): twice.gradients[name] for name in asked.names[place:]}
    return _found(found, Program((), tuple(definitions.values()), ()))


def _diagonals(asked: Request) -> Found:
    found: dict[Names, Definition] = {}
    definitions: dict[Tensor, Definition] = {}
    for name in asked.names:
        blocks = _hessians(replace(asked, names=(name,)))
        whole = blocks.equations[name, name]
        definitions |= {each.tensor: each for each in (*blocks.definitions, whole)}
        places = len(asked.of.axes)
        rank = (len(whole.indices) - places) // 2
        first, last = whole.indices[places : places + rank], whole.indices[places + rank :]
        tensor = Tensor(f"diagonal_{name}", (*whole.indices[:places], *last))
        body = substitute_axes(whole.left, dict(zip(first, last, strict=True)))
        found[name,] = Definition(tensor, tensor.axes, body)
    return Found(found, definitions=tuple(definitions.values()))


def _hessian_products(asked: Request) -> Found:
    directions = asked.directions()
    gradients = {name: asked.derivation.gradients[name] for name in asked.names}
    return _moving(asked.derivation.program, gradients, directions, "hvp_{}")


def _jacobian_products(asked: Request, name: str = "jvp_{}") -> Found:
    directions = asked.directions()
    result = asked.derivation.source.definition(asked.of.name)
    found = _moving(asked.derivation.source, {asked.of.name: result}, directions, name)
    return replace(found, equations={asked.names: next(iter(found.equations.values()))})


def _directional(asked: Request) -> Found:
    found = _jacobian_products(asked)
    squares: list[Expression] = [
        summation(power(each[each.axes], 2), *each.axes) if each.axes else power(each[()], 2)
        for each in found.directions.values()
    ]
    (change,) = found.equations.values()
    tensor = Tensor(f"slope_{asked.of.name}", change.tensor.axes)
    body = divide(change.left, Call("sqrt", add(*squares)))
    whole = Definition(tensor, change.indices, body)
    return replace(found, equations={asked.names: whole}, definitions=(*found.definitions, change))


def _vector_products(asked: Request) -> Found:
    weights, source = asked.weights(), asked.derivation.source
    indices = source.definition(asked.of.name).indices
    weighed = Tensor(f"weighed_{asked.of.name}")
    body = summation(multiply(weights[indices], asked.of[indices]), *indices)
    definitions = (*source.definitions, Definition(weighed, (), body))
    derived = derive(Program((*source.declared, weights), definitions, (weighed,), source.assumptions), asked.names)
    found = _found({(name,): derived.gradients[name] for name in asked.names}, derived.program)
    return replace(found, directions={asked.of.name: weights})


def _taylor(asked: Request) -> Found:
    raise ProgramError("a Taylor polynomial of a recurrence cannot be written in; jvp and hvp give its terms")


def _moving(program: Program, moved: Mapping[str, Definition], directions: Mapping[str, Tensor], name: str) -> Found:
    """How some equations of a program change along directions."""
    moving, tangents = along(program, directions)
    named = {
        tangents[each.tensor]: Tensor(name.format(key), each.tensor.axes)
        for key, each in moved.items()
        if each.tensor in tangents
    }
    elements = {old: (old.axes, new[old.axes]) for old, new in named.items()}
    definitions = tuple(
        Definition(named.get(each.tensor, each.tensor), each.indices, substitute_elements(each.body, elements))
        for each in moving.definitions
    )
    known, simplifier = {each.tensor for each in program.definitions}, Simplifier(program)
    definitions = tuple(
        each
        if each.tensor in known
        else Definition(each.tensor, each.indices, simplifier.simplified(each.left, each.body)[0])
        for each in definitions
    )
    by_tensor = {each.tensor: each for each in definitions}
    equations: dict[Names, Definition] = {}
    for key, each in moved.items():
        new = named.get(tangents.get(each.tensor, each.tensor))
        still = Definition(Tensor(name.format(key), each.tensor.axes), each.indices, ZERO)
        equations[key,] = by_tensor[new] if new is not None else still
    found = _found(equations, Program((), definitions, ()))
    return replace(found, directions=dict(directions))


def _found(equations: Mapping[Names, Definition], program: Program) -> Found:
    own = {each.tensor for each in equations.values()}
    return Found(equations, definitions=tuple(each for each in program.definitions if each.tensor not in own))


RECURRENT_ORDERS: dict[str, Callable[[Request], Found]] = {
    "gradient": _gradients,
    "jacobian": _gradients,
    "hessian": _hessians,
    "hessian-diagonal": _diagonals,
    "hvp": _hessian_products,
    "jvp": _jacobian_products,
    "vjp": _vector_products,
    "directional": _directional,
    "taylor": _taylor,
}
