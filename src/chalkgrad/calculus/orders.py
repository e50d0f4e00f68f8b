"""Derivatives of every order: Hessians and their parts, products with directions, Taylor polynomials.

Each order is a row of a table that gives equations with everything written in. Directions are inputs of their own.
Source: Magnus and Neudecker, Matrix Differential Calculus, 2019, chapters 5 and 6; Griewank and Walther, Evaluating
Derivatives, 2008, chapters 3 and 5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations_with_replacement

from chalkgrad.calculus.derivation import Derivation
from chalkgrad.calculus.derive import derive
from chalkgrad.calculus.simplify import Simplifier, resummed
from chalkgrad.calculus.tangents import along
from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.language import (
    ZERO,
    Axis,
    Call,
    Definition,
    Expression,
    Program,
    Role,
    Tensor,
    add,
    divide,
    fresh_axis,
    inline,
    multiply,
    power,
    substitute_axes,
    substitute_elements,
    summation,
)
from chalkgrad.language.recurrences import recurrent_tensors

HIGHEST_DEGREE = 8
_DIRECTIONS = ("v", "u", "d", "p", "q", "s")

Names = tuple[str, ...]


@dataclass(frozen=True)
class Derivatives:
    """The derivatives of one order: an equation for each name, or for each pair of names of a Hessian.

    `program` has the definitions of the source, the equations, and the directions among what is declared. `directions`
    are by the name of what moves along them; that of a vector-Jacobian product goes by the name of the result. A Taylor
    polynomial has its `terms`, order by order.
    """

    order: str
    program: Program
    equations: Mapping[Names, Definition]
    directions: Mapping[str, Tensor]
    of: Tensor
    terms: tuple[Definition, ...] = ()


@dataclass(frozen=True)
class Request:
    """What is to be derived: the first derivatives, by which names, and how directions are called."""

    derivation: Derivation
    names: Names
    along: str | None
    degree: int

    @property
    def of(self) -> Tensor:
        """The tensor that is derived."""
        return self.derivation.source.tensor(self.derivation.of)

    def result(self, name: str, axes: Sequence[Axis], body: Expression) -> Definition:
        """An equation for a new tensor, simplified over the definitions of the source."""
        tensor = Tensor(name, tuple(axes))
        simple, _ = Simplifier(self.derivation.source).simplified(tensor[tuple(axes)], body)
        return Definition(tensor, tuple(axes), simple)

    def directions(self) -> dict[str, Tensor]:
        """An input for each name, of its shape: `v`, or `v_x` and `v_y` where there are several."""
        letter = self._letter()
        moved = {name: self.derivation.source.tensor(name) for name in self.names}
        return {
            name: Tensor(letter if len(moved) == 1 else f"{letter}_{name}", tensor.axes, Role.INPUT, "", "",
                         tensor.symmetric)
            for name, tensor in moved.items()
        }  # fmt: skip

    def weights(self) -> Tensor:
        """An input of the shape of the result."""
        return Tensor(self._letter(("u", *_DIRECTIONS)), self.of.axes, Role.INPUT)

    def _letter(self, letters: Sequence[str] = _DIRECTIONS) -> str:
        source = self.derivation.source
        taken = {tensor.name for tensor in (*source.declared, *(each.tensor for each in source.definitions))}
        if self.along in taken:
            raise ChalkgradError(f"'{self.along}' is a name of the formula already, so a direction needs another")
        return self.along or next((letter for letter in letters if letter not in taken), "direction")


@dataclass(frozen=True)
class Found:
    """The equations of an order, the directions in them, the terms where it has such, and what else they rest on."""

    equations: Mapping[Names, Definition]
    directions: Mapping[str, Tensor] = field(default_factory=dict)
    terms: tuple[Definition, ...] = ()
    definitions: tuple[Definition, ...] = ()


def _gradients(asked: Request) -> Found:
    return Found({(name,): _closed(asked.derivation, name) for name in asked.names})


def _hessians(asked: Request) -> Found:
    pairs = combinations_with_replacement(asked.names, 2)
    return Found({pair: second(asked.derivation, *pair).definition(pair[1]) for pair in pairs})


def _diagonals(asked: Request) -> Found:
    found: dict[Names, Definition] = {}
    for name in asked.names:
        whole = second(asked.derivation, name, name).definition(name)
        places = len(asked.of.axes)
        rank = (len(whole.indices) - places) // 2
        first, last = whole.indices[places : places + rank], whole.indices[places + rank :]
        body = substitute_axes(whole.body, dict(zip(first, last, strict=True)))
        found[name,] = asked.result(f"diagonal_{name}", (*whole.indices[:places], *last), body)
    return Found(found)


def _hessian_products(asked: Request) -> Found:
    directions = asked.directions()
    found: dict[Names, Definition] = {}
    for name in asked.names:
        slope = _closed(asked.derivation, name)
        body = _changed(asked.derivation.source, slope, directions)
        found[name,] = asked.result(f"hvp_{name}", slope.indices, body)
    return Found(found, directions)


def _jacobian_products(asked: Request) -> Found:
    directions = asked.directions()
    result = asked.derivation.source.definition(asked.of.name)
    change = _change(asked.derivation, asked.names, directions)
    return Found({asked.names: asked.result(f"jvp_{asked.of.name}", result.indices, change)}, directions)


def _directional(asked: Request) -> Found:
    directions = asked.directions()
    result = asked.derivation.source.definition(asked.of.name)
    squares = []
    for each in directions.values():
        axes = _distinct(each.axes)
        squares.append(summation(power(each[axes], 2), *axes))
    body = divide(_change(asked.derivation, asked.names, directions), Call("sqrt", add(*squares)))
    return Found({asked.names: asked.result(f"slope_{asked.of.name}", result.indices, body)}, directions)


def _vector_products(asked: Request) -> Found:
    weights, source = asked.weights(), asked.derivation.source
    indices = source.definition(asked.of.name).indices
    found: dict[Names, Definition] = {}
    if not indices:
        for name in asked.names:
            slope = _closed(asked.derivation, name)
            found[name,] = asked.result(f"vjp_{name}", slope.indices, multiply(weights[()], slope.body))
        return Found(found, {asked.of.name: weights})
    weighed = Tensor(f"weighed_{asked.of.name}")
    body = summation(multiply(weights[indices], asked.of[indices]), *indices)
    definitions = (*source.definitions, Definition(weighed, (), body))
    derived = derive(Program((*source.declared, weights), definitions, (weighed,), source.assumptions), asked.names)
    for name in asked.names:
        whole = _closed(derived, name)
        found[name,] = asked.result(f"vjp_{name}", whole.indices, whole.body)
    return Found(found, {asked.of.name: weights})


def _taylor(asked: Request) -> Found:
    if not 0 <= asked.degree <= HIGHEST_DEGREE:
        raise ChalkgradError(f"a Taylor polynomial of degree {asked.degree}; expected 0 to {HIGHEST_DEGREE}")
    directions = asked.directions()
    source = inline(asked.derivation.source)
    whole = source.definition(asked.of.name)
    declared, indices = (*source.declared, *directions.values()), whole.indices
    plain = Program(source.declared, (), (), source.assumptions)
    bodies = [whole.body]
    for order in range(1, asked.degree + 1):
        term = Definition(Tensor(f"change_{order}", whole.tensor.axes), indices, bodies[-1])
        present = [name for name in asked.names if source.tensor(name) in term.body.tensors]
        if not present:
            break
        once = derive(Program(declared, (term,), (term.tensor,), source.assumptions), present)
        change = substitute_elements(_change(once, present, directions), {term.tensor: (indices, term.body)})
        simple, _ = Simplifier(plain).simplified(term.tensor[indices], divide(change, order))
        bodies.append(simple)
    tensor = Tensor(f"taylor_{asked.of.name}", indices)
    terms = tuple(Definition(tensor, indices, body) for body in bodies if body is not ZERO or len(bodies) == 1)
    return Found({asked.names: Definition(tensor, indices, add(*bodies))}, directions, terms)


ORDERS: dict[str, Callable[[Request], Found]] = {
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


def derivatives(
    derivation: Derivation, order: str, wrt: Sequence[str] | None = None, along: str | None = None, degree: int = 2
) -> Derivatives:
    """The derivatives of an order of `ORDERS` by the names in `wrt` (all that was derived by), everything written in.

    `along` is the name of the directions (v, or the next letter that is free), `degree` that of a Taylor polynomial,
    which is one in the direction: f(x + v). A directional derivative is along the direction scaled to length 1. Raises
    `UnknownNameError` for an order or a name, and `ChalkgradError` for a direction that is a name of the formula.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.reading.formulas import read_formula
    >>> d = derive(read_formula("x'*A*x", ["x"]).program)
    >>> for order in ("hvp", "hessian-diagonal"):
    ...     print(*derivatives(d, order).equations.values())
    hvp_x[i] = sum(j, v[j]*A[j,i]) + sum(i', A[i,i']*v[i'])
    diagonal_x[i] = 2*A[i,i]
    """
    if order not in ORDERS:
        raise UnknownNameError("order of derivatives", order, ORDERS)
    names = tuple(derivation.gradients) if wrt is None else tuple(wrt)
    for name in names:
        derivation.definition(name)
    asked = Request(derivation, names, along, degree)
    source = derivation.source
    orders = ORDERS
    if recurrent_tensors(source.definitions):
        from chalkgrad.calculus.recurrent_orders import RECURRENT_ORDERS

        orders = RECURRENT_ORDERS
    found = orders[order](asked)
    results = tuple(each.tensor for each in found.equations.values())
    declared = (*source.declared, *found.directions.values())
    known = {each.tensor for each in source.definitions}
    more = (each for each in found.definitions if each.tensor not in known)
    definitions = (*source.definitions, *_in_order((*more, *found.equations.values())))
    program = Program(declared, definitions, results, source.assumptions)
    return Derivatives(order, program, found.equations, found.directions, asked.of, found.terms)


def _in_order(definitions: Sequence[Definition]) -> list[Definition]:
    """Definitions so that each comes after what it uses, but for the rounds of recurrences."""
    own = {each.tensor: each for each in definitions}
    done: dict[Tensor, Definition] = {}
    under_way: set[Tensor] = set()

    def visit(each: Definition) -> None:
        if each.tensor in done or each.tensor in under_way:
            return
        under_way.add(each.tensor)
        for tensor in each.body.tensors:
            if tensor in own:
                visit(own[tensor])
        done[each.tensor] = each

    for each in definitions:
        visit(each)
    return list(done.values())


def second(once: Derivation, first: str, wrt: str) -> Derivation:
    """The derivation of the gradient by `first`, its equation by `wrt` as one formula in the tensors of the source."""
    twice = derive(once.program, [wrt], of=once.gradients[first].tensor.name)
    equation = twice.definition(wrt)
    whole = Definition(equation.tensor, equation.indices, twice.closed_form(wrt))
    adjoints = [each for each in once.adjoints.values() if each.tensor is not equation.tensor]
    inlined = inline(Program((), (*adjoints, whole), (whole.tensor,)), [each.tensor.name for each in adjoints])
    body = inlined.definition(whole.tensor.name).body
    values = tuple(each for each in once.program.definitions if each.tensor.role is not Role.ADJOINT)
    simple, _ = Simplifier(replace(once.program, definitions=values)).simplified(whole.tensor[whole.indices], body)
    written = Definition(whole.tensor, whole.indices, simple)
    return replace(twice, adjoints={**twice.adjoints, wrt: written})


def _closed(derivation: Derivation, name: str) -> Definition:
    """The gradient by a name as one formula in the tensors of the source."""
    equation = derivation.definition(name)
    return Definition(equation.tensor, equation.indices, derivation.closed_form(name))


def _change(derivation: Derivation, names: Sequence[str], directions: Mapping[str, Tensor]) -> Expression:
    """How a result changes along directions; of one number, the sum of its gradients times the directions."""
    result = derivation.source.definition(derivation.of)
    if result.indices:
        return _changed(derivation.source, result, {name: directions[name] for name in names})
    terms = []
    for name in names:
        slope = _closed(derivation, name)
        terms.append(summation(multiply(directions[name][slope.indices], slope.body), *slope.indices))
    return resummed(add(*terms))


def _changed(source: Program, equation: Definition, directions: Mapping[str, Tensor]) -> Expression:
    """How an equation over the tensors of a program changes along directions, in these tensors."""
    before = tuple(each for each in source.definitions if each.tensor is not equation.tensor)
    whole = Program(source.declared, (*before, equation), (equation.tensor,), source.assumptions)
    moving, tangents = along(whole, directions)
    changed = tangents.get(equation.tensor)
    if changed is None:
        return ZERO
    own = [each.name for tensor, each in tangents.items() if each is not changed and tensor.name not in directions]
    return resummed(inline(moving, own).definition(changed.name).body)


def _distinct(axes: Sequence[Axis]) -> tuple[Axis, ...]:
    """The axes, each under a name of its own."""
    found: list[Axis] = []
    for axis in axes:
        found.append(fresh_axis(axis, set(found)))
    return tuple(found)
