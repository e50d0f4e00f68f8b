"""A side of a claim as a statement about one number: what is derived, by what, in which model, and what is said of it.

The sides of a claim are compared in a world of their own (`comparisons`). To explain what slipped in one, more is
needed:
the derivative in the form that a person would have it, and what the names stand for that the writer uses besides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from chalkgrad.calculus import derive
from chalkgrad.checking.comparing import Difference, find_inequality
from chalkgrad.checking.comparisons import Compared, Comparing
from chalkgrad.checking.laying import Fitted, derivative_and_claimed
from chalkgrad.checking.other_places import differ, other_places
from chalkgrad.checking.truth import Target, Truth
from chalkgrad.checking.units import Folded, folded
from chalkgrad.checking.worlds import World
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import (
    Add,
    Axis,
    Call,
    Definition,
    Delta,
    Element,
    Expression,
    Index,
    Multiply,
    Program,
    Role,
    Tensor,
    add,
    as_index,
    call,
    multiply,
    number,
    substitute_axes,
    substitute_elements,
)
from chalkgrad.language.substitution import substitute_index
from chalkgrad.reading.layout import Value
from chalkgrad.reading.readings import ClaimRead

THE_PLACE = "the place"  # no name of a document has a space
_HELD = " held"
_DIFFERENT = 1e-6


@dataclass(frozen=True)
class Case:
    """What is claimed of the derivative of `truth.of` by the target.

    `written` is what stands there, with the names that the writer uses besides the model's; in `claimed` these are
    written out. `of` and `by` are what is derived and by what in the document, `model` has the definitions on which
    they rest. Where what is derived is no number it is looked at in one place: `places` has that for each of its axes.
    """

    truth: Truth
    target: Target
    written: Expression
    claimed: Expression
    of: Tensor
    by: Tensor
    model: Program
    places: Mapping[Axis, Index] = field(default_factory=dict)
    units: Folded | None = None

    def in_place(self, expression: Expression) -> Expression:
        """A part of the writer's formula as it stands in this case."""
        there = substitute_axes(expression, dict(self.places))
        return self.truth.written_out(self.units.of(there) if self.units is not None else there)


@dataclass(frozen=True)
class Standing:
    """A side of a claim in its world: the two expressions that have to be equal, along which axes, and when."""

    world: World
    left: Expression
    right: Expression
    axes: tuple[Axis, ...]
    gates: tuple[Expression, ...] = ()
    beside: tuple[Expression, ...] = ()


@dataclass
class Cases:
    """The sides of the claims of a reading, one by one; what they share is worked out once."""

    comparing: Comparing
    _truths: dict[tuple[object, ...], Truth] = field(default_factory=dict)
    _derivatives: dict[tuple[object, ...], Definition] = field(default_factory=dict)
    _folded: dict[tuple[object, ...], Folded] = field(default_factory=dict)

    def standing(self, claim: ClaimRead, fitted: Fitted, beside: Iterable[Expression] = ()) -> Standing:
        """A side of a claim in its world, in which the expressions `beside` it can be computed too.

        Raises `ChalkgradError` where it has none.
        """
        resizing = self.comparing.resizing
        one, other = resizing.of(fitted.left.expression), resizing.of(fitted.expression)
        loose = sorted(fitted.left.expression.free - set(fitted.axes), key=lambda axis: axis.name)
        axes = tuple(dict.fromkeys(resizing.axis(axis) for axis in (*fitted.axes, *loose)))
        world, _, expressions = self.comparing.world((one, other, *beside), fitted.left)
        gates = (*map(resizing.of, claim.conditions), *(differ(*pair) for pair in other_places(one)))
        return Standing(world, expressions[0], expressions[1], axes, gates, tuple(expressions[2:]))

    def of(self, claim: ClaimRead, side: Compared) -> Case | None:
        """The side as a claim about a derivative, None where it is none or cannot be told as one."""
        found = self.beside(claim, side, ())
        return found[0] if found is not None else None

    def beside(
        self, claim: ClaimRead, side: Compared, others: Sequence[Expression]
    ) -> tuple[Case, tuple[Expression, ...]] | None:
        """The same, and other expressions of the document in terms of the same model."""
        if side.fitted is None:
            return None
        try:
            return self._case(self.standing(claim, side.fitted, others))
        except (ChalkgradError, KeyError, ValueError, RecursionError):
            return None

    def _case(self, standing: Standing) -> tuple[Case, tuple[Expression, ...]] | None:
        found = derivative_and_claimed(standing.left, standing.right)  # or a name that is said to be a derivative
        if found is None:
            return self._of_function(standing)
        left, right = found
        program = standing.world.program
        of, by = program.tensor(left.tensor.of), program.tensor(left.tensor.wrt)
        cut = len(of.axes)
        above, below = left.indices[:cut], left.indices[cut:]
        places = self._place(standing, above) if cut else {}
        if places is None:
            return None
        result = of if not cut else Tensor(THE_PLACE)
        definitions = list(_needed(program, of, by))
        if cut:
            there = tuple(substitute_index(index, places) for index in above)
            definitions.append(Definition(result, (), of[there]))
        target = Target(by, tuple(substitute_index(index, places) for index in below))
        if len(set(target.axes)) < len(target.axes):
            return None
        written = substitute_axes(right, dict(places))
        plain = Program(program.declared, tuple(definitions), (result,), program.assumptions)
        own = self._own(program, plain, (written, *standing.beside))
        units = self._units(plain)
        own = {tensor: units.definition(each) for tensor, each in own.items()}
        truth = self._truth(standing.world, with_pre_activations(units.model), own)
        written = units.of(written)
        written_out = truth.written_out(written)
        case = Case(truth, units.target(target), written, written_out, of, by, plain, places, units)
        return case, tuple(truth.written_out(units.of(each)) for each in standing.beside)

    def _of_function(self, standing: Standing) -> tuple[Case, tuple[Expression, ...]] | None:
        """The side as a claim about a function of the table, where the left one is its derivative: `tanh'(x)`."""
        left, program = standing.left, standing.world.program
        if not isinstance(left, Call) or left.order != 1 or not isinstance(left.argument, Element):
            return None
        by = left.argument.tensor
        if by.axes or by not in program.declared or standing.axes:
            return None
        result = Tensor(THE_PLACE)
        model = Program((by,), (Definition(result, (), call(left.function, left.argument, 0)),), (result,))
        truth = self._truth(standing.world, model, {})
        return Case(truth, Target(by, ()), standing.right, standing.right, result, by, model), standing.beside

    def _units(self, model: Program) -> Folded:
        key = (model.declared, model.definitions, model.results)
        if key not in self._folded:
            self._folded[key] = folded(model)
        return self._folded[key]

    def about_loss(self, loss: Tensor, expressions: Sequence[Expression]) -> tuple[Truth, tuple[Expression, ...]]:
        """The loss by itself, and expressions of the document in the terms of what it rests on.

        Raises `ChalkgradError` where these have no meaning together.
        """
        world, _, found = self.comparing.world((loss[()], *expressions), Value(loss[()]))
        program = world.program
        definitions = tuple(_needed(program, program.tensor(loss.name), program.tensor(loss.name)))
        model = Program(program.declared, definitions, (program.tensor(loss.name),), program.assumptions)
        truth = self._truth(world, with_pre_activations(model), self._own(program, model, found))
        return truth, tuple(map(truth.written_out, found[1:]))

    def inequality(self, claim: ClaimRead, side: Compared) -> Difference | None:
        """A point at which the two sides of an equation differ that is not about a derivative; None if none is
        found.
        """
        if side.fitted is None:
            return None
        try:
            standing = self.standing(claim, side.fitted)
            program = standing.world.program
            plain = tuple(
                each for each in program.definitions if not any(t.role is Role.ADJOINT for t in each.body.tensors)
            )
            result = Definition(Tensor(THE_PLACE), (), number(0))
            model = Program(program.declared, (*plain, result), (result.tensor,), program.assumptions)
            own = self._own(program, model, (standing.left, standing.right))
            truth = self._truth(standing.world, model, own)
            one, other = truth.written_out(standing.left), truth.written_out(standing.right)
            return find_inequality(
                truth, multiply(one, *standing.gates), multiply(other, *standing.gates), standing.axes
            )
        except (ChalkgradError, KeyError, ValueError, RecursionError):
            return None

    def _truth(self, world: World, model: Program, own: Mapping[Tensor, Definition]) -> Truth:
        key = (model.declared, model.definitions, model.results, tuple(own.values()))
        if key not in self._truths:
            sizes = (world.sizes, world.second.sizes) if world.second is not None else None
            self._truths[key] = Truth(model, model.result, own, sizes=sizes)
        return self._truths[key]

    def _place(self, standing: Standing, above: tuple[Index, ...]) -> dict[Axis, Index] | None:
        """A place along what is derived at which both sides differ, or the first."""
        letters = list(dict.fromkeys(axis for index in above for axis, _ in index.terms))
        if not letters:
            return {}
        world, axes = standing.world, standing.axes
        rest = [axis for axis in axes if axis not in letters]
        every = (*letters, *rest)
        with np.errstate(all="ignore"):
            left, right = world.along(standing.left, every), world.along(standing.right, every)
            apart = np.abs(left - right) / (1 + np.abs(left) + np.abs(right))
            for gate in standing.gates:
                apart = apart * np.nan_to_num(world.along(gate, every))
        shape = apart.shape[: len(letters)]
        worst = np.nan_to_num(apart).reshape(*shape, -1).max(axis=-1)
        failing = np.argwhere(worst > _DIFFERENT)
        at = failing[0] if len(failing) else np.zeros(len(letters), dtype=int)
        return {axis: as_index(int(place)) for axis, place in zip(letters, at, strict=True)}

    # --- what the writer's own names and derivatives stand for ---

    def _own(self, program: Program, model: Program, written: Iterable[Expression]) -> dict[Tensor, Definition]:
        """What the names in expressions stand for that are not of the model, in the model's."""
        known = {each.tensor for each in model.definitions} | set(model.declared)
        defined = {each.tensor: each for each in program.definitions}
        own: dict[Tensor, Definition] = {}

        def settle(expression: Expression) -> None:
            for tensor in expression.tensors:
                if tensor in known or tensor in own:
                    continue
                if tensor.role is Role.ADJOINT:
                    found = self._derivative(program, tensor)
                elif tensor in defined:
                    found = defined[tensor]
                else:
                    continue
                settle(found.body)
                bodies = {each: (own[each].indices, own[each].body) for each in found.body.tensors if each in own}
                body = substitute_elements(found.body, bodies) if bodies else found.body
                own[tensor] = Definition(tensor, found.indices, body)

        for each in written:
            settle(each)
        return own

    def _derivative(self, program: Program, tensor: Tensor) -> Definition:
        """The derivative that a name such as ∂L/∂z stands for, as a formula."""
        key = (program.declared, program.definitions, tensor)
        if key not in self._derivatives:
            of = program.tensor(tensor.of)
            definitions = tuple(_needed(program, of, program.tensor(tensor.wrt)))
            declared = program.declared
            if tensor.name.endswith(_HELD):
                definition = program.definition(of.name)
                declared = tuple(Tensor(each.name, each.axes, each.role) for each in definition.body.tensors)
                declared += tuple(each for each in (program.tensor(tensor.wrt),) if each not in declared)
                definitions = (definition,)
            alone = Program(declared, definitions, (of,), program.assumptions)
            derived = derive(alone, [tensor.wrt], tensor.of)
            indices = derived.definition(tensor.wrt).indices
            self._derivatives[key] = Definition(tensor, indices, derived.closed_form(tensor.wrt))
        return self._derivatives[key]


def _needed(program: Program, of: Tensor, by: Tensor) -> list[Definition]:
    """The definitions on which both rest. Raises `ChalkgradError` if one of them rests on derivatives."""
    found = list(program.needed_for(of, by).definitions)
    if any(tensor.role is Role.ADJOINT for each in found for tensor in each.body.tensors):
        raise ChalkgradError(f"{of.name} rests on derivatives itself")
    return found


def _as_one_call(body: Expression) -> Expression:
    """A layer that is defined unit by unit as one function of one value: δ_{j1} f(u) + δ_{j2} f(v) is f of such a
    sum.
    """
    terms = body.terms if isinstance(body, Add) else ()
    gated = [_gated(term) for term in terms]
    functions = {found[1].function for found in gated if found is not None}
    if len(gated) < 2 or None in gated or len(functions) != 1:
        return body
    inside = add(*(multiply(found[0], found[1].argument) for found in gated if found is not None))
    return Call(functions.pop(), _each_of_one([found for found in gated if found is not None]) or inside)


def _each_of_one(gated: Sequence[tuple[Delta, Call]]) -> Expression | None:
    """The entries of one vector, each at its own place, as that vector."""
    whole: Expression | None = None
    for gate, called in gated:
        place, running = sorted((gate.left, gate.right), key=lambda index: index.axis is not None)
        inside = called.argument
        if not isinstance(inside, Element) or len(inside.indices) != 1 or inside.indices[0] != place:
            return None
        if inside.tensor.axes[0].size != len(gated) or (whole is not None and inside.tensor not in whole.tensors):
            return None
        whole = Element(inside.tensor, (running,))
    return whole


def _gated(term: Expression) -> tuple[Delta, Call] | None:
    """The place and the function of δ_{jk} f(u)."""
    match term:
        case (
            Multiply(factors=(Delta() as gate, Call(order=0) as called))
            | Multiply(factors=(Call(order=0) as called, Delta() as gate))
        ):
            return gate, called
    return None


def with_pre_activations(model: Program) -> Program:
    """The model with what stands under each activation as a value of its own: h = f(z) for h = f(Wx + b)."""
    definitions: list[Definition] = []
    for each in model.definitions:
        body = _as_one_call(each.body)
        under = isinstance(body, Call) and not body.order and each.tensor not in model.results
        if isinstance(body, Call) and under and not isinstance(body.argument, Element):
            inside = Tensor(f"inside {each.tensor.name}", each.tensor.axes)
            definitions.append(Definition(inside, each.indices, body.argument))
            body = Call(body.function, inside[tuple(map(as_index, each.indices))])
        definitions.append(Definition(each.tensor, each.indices, body))
    return Program(model.declared, tuple(definitions), model.results, model.assumptions)
