"""The gradient of a program as a program: one reverse sweep over its definitions.

For each definition, last to first, the adjoint of each tensor that it uses gains one contribution (Speelpenning 1980;
Griewank and Walther, Evaluating Derivatives, 2008, chapter 3). The work grows linearly with the number of definitions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalkgrad.calculus.derivation import Derivation, default_wrt
from chalkgrad.calculus.links import Link
from chalkgrad.calculus.simplify import Simplifier
from chalkgrad.calculus.steps import Step
from chalkgrad.calculus.sums import is_zero_outside, sum_over
from chalkgrad.language import (
    ONE,
    ZERO,
    Add,
    Axis,
    Definition,
    Element,
    Expression,
    Multiply,
    Number,
    Power,
    Program,
    Role,
    Sum,
    Tensor,
    add,
    as_index,
    bound_axes,
    delta,
    fresh_axis,
    multiply,
    rebuild,
    split_coefficient,
    substitute_axes,
    substitute_elements,
    walk,
)
from chalkgrad.language.differential import differential
from chalkgrad.language.programs import in_range
from chalkgrad.language.recurrences import Recurrence, blocks, is_recurrent

WRITTEN_IN = 30  # an adjoint is written into the next one while the result has at most so many nodes
CANCELLED = 2  # what is written in stays if the result has so many nodes fewer than where nothing cancels
CHEAP = 14  # adjoints of at most so many nodes are tried in the others: what shortens them stays


def derive(program: Program, wrt: Sequence[str] | None = None, of: str | None = None) -> Derivation:
    """The derivative of `of` (the result) by each tensor named in `wrt` (the parameters), with every step.

    The derivative by W is the tensor `dL_dW` with the axes of W; where `of` has axes itself, they come first and the
    result is a Jacobian. Raises `UnknownNameError` for a name that is not in the program.

    >>> from chalkgrad.language import Call
    >>> z, y, L = Tensor("z", (), Role.PARAMETER), Tensor("y", (), Role.TARGET), Tensor("L")
    >>> p = Tensor("p")
    >>> loss = -(y[()] * Call("log", p[()]) + (1 - y[()]) * Call("log", 1 - p[()]))
    >>> both = (Definition(p, (), Call("sigmoid", z[()])), Definition(L, (), loss))
    >>> print(derive(Program((z, y), both, (L,))).gradients["z"])
    dL_dz = p - y
    """
    result = program.tensor(of) if of else program.result
    names = tuple(wrt) if wrt is not None else default_wrt(program)
    return _Sweep(program, result, [program.tensor(name) for name in names]).derivation()


class _Sweep:
    """The state of one reverse sweep."""

    def __init__(self, program: Program, result: Tensor, targets: Sequence[Tensor]) -> None:
        self.program, self.result, self.targets = program, result, targets
        self.definitions = {definition.tensor: definition for definition in program.definitions}
        names = {axis for d in program.definitions for axis in d.indices} | {
            a for t in program.declared for a in t.axes
        }
        seeds: list[Axis] = []
        for axis in self._indices(result):
            seeds.append(fresh_axis(axis, {*names, *seeds}))
        self.seeds = tuple(seeds)
        self.simplifier = Simplifier(program)
        self.active = self._active()
        self.contributions: dict[Tensor, list[Expression]] = {}
        self.adjoints: dict[str, Definition] = {}
        self.constant: dict[Tensor, Expression] = {}
        self.elementwise: dict[Tensor, tuple[tuple[Axis, ...], Expression]] = {}
        self.cheap: dict[Tensor, tuple[tuple[Axis, ...], Expression]] = {}
        self.steps: list[Step] = []
        self.links: dict[tuple[str, str], Link] = {}

    def _active(self) -> set[Tensor]:
        """The tensors that depend on a target and lie on the way to the result."""
        depends = set(self.targets)
        for block in blocks(self.program.definitions):
            together = (block,) if isinstance(block, Definition) else block.definitions
            for definition in together * len(together):  # round and round, as far as one can be behind another
                if any(tensor in depends for tensor in definition.body.tensors):
                    depends.add(definition.tensor)
        return depends

    def derivation(self) -> Derivation:
        seed = multiply(*(delta(s, a) for s, a in zip(self.seeds, self._indices(self.result), strict=True)))
        self.contributions[self.result] = [seed]
        for block in reversed(list(blocks(self.program.definitions))):
            if isinstance(block, Recurrence):
                self._through(block)
            elif block.tensor in self.contributions and block.tensor in self.active:
                self._finish(block.tensor)
                self._pass_on(block)
        for tensor in self.targets:
            if tensor.name not in self.adjoints:
                self._finish(tensor)
        gradients = {tensor.name: self.adjoints[tensor.name] for tensor in self.targets}
        results = tuple(definition.tensor for definition in gradients.values())
        definitions = (*self.program.definitions, *self.adjoints.values())
        whole = Program(self.program.declared, definitions, results, self.program.assumptions)
        needed = {d.tensor for d in whole.needed_for(*results).definitions} | set(self.definitions)
        kept = tuple(definition for definition in definitions if definition.tensor in needed)
        program = Program(self.program.declared, kept, results, self.program.assumptions)
        steps, name = tuple(self.steps), self.result.name
        return Derivation(self.program, program, gradients, self.adjoints, steps, self.links, name)

    def _through(self, recurrence: Recurrence) -> None:
        """The adjoints of a recurrence: as each uses the others at neighbouring places, all is passed on first.

        What comes of it is a recurrence that runs the other way.
        """
        bodies = {tensor: self.definitions[tensor] for tensor in recurrence.tensors if tensor in self.active}
        reached = {tensor for tensor in bodies if tensor in self.contributions}
        pending = list(reached)
        while pending:
            found = {t for t in bodies[pending.pop()].body.tensors if t in bodies} - reached
            reached |= found
            pending += found
        backwards = [definition for definition in reversed(bodies.values()) if definition.tensor in reached]
        for definition in backwards:
            self._pass_on(definition)
        for definition in backwards:
            self._finish(definition.tensor)

    def _indices(self, tensor: Tensor) -> tuple[Axis, ...]:
        """The index names under which a tensor's adjoint is written."""
        own = self.definitions[tensor].indices if tensor in self.definitions else tensor.axes
        if len(set(own)) == len(own):
            return own
        distinct: list[Axis] = []
        for axis in own:
            distinct.append(fresh_axis(axis, set(distinct)))
        return tuple(distinct)

    def _adjoint(self, tensor: Tensor) -> Tensor:
        return Tensor(
            f"d{self.result.name}_d{tensor.name}",
            (*self.result.axes, *tensor.axes),
            Role.ADJOINT,
            self.result.name,
            tensor.name,
        )

    def _element(self, tensor: Tensor, indices: tuple[Axis, ...]) -> Element:
        return Element(self._adjoint(tensor), tuple(as_index(axis) for axis in (*self.seeds, *indices)))

    def _finish(self, tensor: Tensor) -> None:
        """The adjoint of a tensor, all of whose users are done: added up, simplified, and noted for those below."""
        indices = self._indices(tensor)
        subject = self._element(tensor, indices)
        raw = add(*self.contributions.get(tensor, [ZERO]))
        steps = [Step(subject, "chain rule", subject, raw)] if tensor is not self.result else []
        written, body, simplifying = self._written_in(subject, raw)
        if written is not raw:
            steps.append(Step(subject, "substitute", raw, written))
        self.steps += [*steps, *simplifying]
        definition = Definition(subject.tensor, (*self.seeds, *indices), body)
        self.adjoints[tensor.name] = definition
        has_sum = any(isinstance(node, Sum) for node in walk(body))
        own = self.definitions.get(tensor)
        if is_recurrent(definition):
            return
        if own is not None and not bound_axes(own.body):
            self.elementwise[subject.tensor] = (definition.indices, body)
        elif body.cost <= CHEAP:
            self.cheap[subject.tensor] = (definition.indices, body)
        if not has_sum and not body.tensors:
            self.constant[tensor] = body

    def _written_in(self, subject: Element, raw: Expression) -> tuple[Expression, Expression, list[Step]]:
        """The raw adjoint with others written in where that serves, what it simplifies to, and by which steps."""
        written = _substituted(raw, self.elementwise)
        body, steps = self.simplifier.simplified(subject, written)
        if written is not raw and body.cost > WRITTEN_IN:
            shorter, own_steps = self.simplifier.simplified(subject, raw)
            if shorter.cost < body.cost:
                written, body, steps = raw, shorter, own_steps
        further, promising = written, self._promising(written)
        every = dict(promising)
        while promising:  # what is written in may have others in it
            further = _substituted(further, self.elementwise | promising)
            promising = {tensor: body for tensor, body in self._promising(further).items() if tensor not in every}
            every |= promising
        if further is not written:
            candidate, candidate_steps = self.simplifier.simplified(subject, further)
            larger = {tensor: bodies for tensor, bodies in every.items() if not _is_multiple(bodies[1])}
            scaled = any(isinstance(every[tensor][1], Multiply) for tensor in every.keys() - larger)
            if candidate.cost + scaled <= body.cost or candidate.cost + CANCELLED <= _in_place(body, larger):
                return further, candidate, candidate_steps
        return written, body, steps

    def _promising(self, expression: Expression) -> dict[Tensor, tuple[tuple[Axis, ...], Expression]]:
        """The adjoints in an expression that it may be shorter without."""
        found = ((tensor, self.cheap[tensor]) for tensor in expression.tensors if tensor in self.cheap)
        every = isinstance(expression, Add)
        return {t: each for t, each in found if every or _is_multiple(each[1]) or _may_cancel(each[1])}

    def _pass_on(self, definition: Definition) -> None:
        """The contribution of one definition to the adjoint of each tensor that it uses."""
        indices = definition.indices
        upstream = self.constant.get(definition.tensor, self._element(definition.tensor, indices))
        for tensor in definition.body.tensors:
            if tensor not in self.active:
                continue
            direct = _same_places(definition, tensor)
            places = direct or _places(definition, self._indices(tensor))
            local = self._local(definition, tensor, () if direct is not None else places)
            if local is ZERO:
                continue
            link = Link(definition.left, tensor, places, self._indices(tensor), local, direct is not None)
            self.links[definition.tensor.name, tensor.name] = link
            contribution = multiply(upstream, local)
            if direct is None:
                for axis in reversed(indices):
                    contribution = sum_over(contribution, axis)
            renamed = dict(zip(places, self._indices(tensor), strict=True))
            self.contributions.setdefault(tensor, []).append(substitute_axes(contribution, renamed))

    def _local(self, definition: Definition, tensor: Tensor, places: tuple[Axis, ...]) -> Expression:
        """The derivative of a body by a tensor at some places; without places, by its elements as they stand."""

        def of_element(element: Element) -> Expression:
            if element.tensor is not tensor:
                return ZERO
            return (
                multiply(*(delta(place, at) for place, at in zip(places, element.indices, strict=True)))
                if places
                else ONE
            )

        return self.simplifier.elementary(differential(definition.body, of_element, sum_over))


def _places(definition: Definition, indices: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """Axes for the places of a tensor that stand nowhere in a definition."""
    taken = bound_axes(definition.body) | set(definition.indices)
    found: list[Axis] = []
    for axis in indices:
        place = Axis(f"{axis.name}*", axis.size)
        found.append(fresh_axis(place, {*taken, *found}) if place in taken else place)
    return tuple(found)


def _same_places(definition: Definition, tensor: Tensor) -> tuple[Axis, ...] | None:
    """The indices of a tensor that a body uses only at the definition's own indices, each once; else None.

    Then nothing has to be summed: h_j = f(z_j), also in another order of the indices.
    """
    used = {node.plain_axes for node in walk(definition.body) if isinstance(node, Element) and node.tensor is tensor}
    if len(used) != 1:
        return None
    axes = tuple(axis for axis in used.pop() if axis is not None)
    own = definition.indices
    if len(axes) != len(tensor.axes) or len(axes) != len(own) or set(axes) != set(own):
        return None
    if not bound_axes(definition.body).isdisjoint(own):
        return None  # a sum over the same letter: its o_k is not the o_k outside of it
    return axes


def _substituted(expression: Expression, bodies: Mapping[Tensor, tuple[tuple[Axis, ...], Expression]]) -> Expression:
    """The expression with the adjoints that have a body written in: 0 where one is read beyond its ends."""
    used = {tensor: bodies[tensor] for tensor in expression.tensors if tensor in bodies}
    if not used:
        return expression
    inner = (node for node in walk(expression) if isinstance(node, Element) and node.tensor in used)
    if all(None not in node.plain_axes for node in inner):
        return substitute_elements(expression, used)

    def guarded(node: Expression) -> Expression:
        if isinstance(node, Element) and node.tensor in used:
            along, body = used[node.tensor]
            beyond = multiply(
                *(
                    in_range(index, axis)
                    for index, axis, own in zip(node.indices, node.tensor.axes, along, strict=True)
                    if not is_zero_outside([body], own)
                )
            )
            return multiply(beyond, node)
        return rebuild(node, guarded)

    return substitute_elements(guarded(expression), used)


def _in_place(body: Expression, bodies: Mapping[Tensor, tuple[tuple[Axis, ...], Expression]]) -> int:
    """How many nodes a body has with these adjoints written out where they stand."""
    used = (bodies[node.tensor][1] for node in walk(body) if isinstance(node, Element) and node.tensor in bodies)
    return body.cost + sum(inner.cost - 1 for inner in used)


def _is_multiple(body: Expression) -> bool:
    """Whether an adjoint is but a number times something with a name."""
    return isinstance(split_coefficient(body)[1], Element)


def _may_cancel(body: Expression) -> bool:
    """Whether an adjoint can cancel against its factors: it is a constant, or divides by a value."""
    return not body.tensors or any(
        isinstance(node, Power) and node.tensors and isinstance(node.exponent, Number) and node.exponent.value < 0
        for node in walk(body)
    )
