"""Definitions and programs: written equations in order, what goes in, and what comes out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from chalkgrad.errors import ProgramError, UnknownNameError
from chalkgrad.language.algebra import index_value, indicator, multiply, size_of
from chalkgrad.language.expressions import (
    Axis,
    Call,
    Element,
    Expression,
    Index,
    MatrixFunction,
    Role,
    Tensor,
)
from chalkgrad.language.functions import FUNCTIONS
from chalkgrad.language.sizes import Size, add_sizes
from chalkgrad.language.substitution import bound_axes, rebuild, substitute_axes, walk


@dataclass(frozen=True)
class Definition:
    """An equation that defines a tensor: `h[n, j] := relu(a[n, j])`.

    >>> j = Axis("j", 3)
    >>> a, h = Tensor("a", (j,)), Tensor("h", (j,))
    >>> print(Definition(h, (j,), Call("relu", a[j])))
    h[j] = relu(a[j])
    """

    tensor: Tensor
    indices: tuple[Axis, ...]
    body: Expression

    @property
    def left(self) -> Element:
        """The left side: the tensor at its indices."""
        return Element(self.tensor, tuple(Index(((axis, 1),), 0) for axis in self.indices))

    def __str__(self) -> str:
        return f"{self.left} = {self.body}"


@dataclass(frozen=True)
class Assumption:
    """Something taken for granted about the inputs, used by the calculus and said wherever it was used."""

    left: Expression
    right: Expression
    reason: str

    def __str__(self) -> str:
        return f"{self.left} = {self.right}"


@dataclass(frozen=True)
class Program:
    """Definitions in order over declared tensors, and which of the tensors are the results.

    `declared` are the inputs, targets and parameters, in the order in which people expect them.
    """

    declared: tuple[Tensor, ...]
    definitions: tuple[Definition, ...]
    results: tuple[Tensor, ...]
    assumptions: tuple[Assumption, ...] = ()
    _by_name: dict[str, Tensor] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        every = (*self.declared, *(definition.tensor for definition in self.definitions))
        object.__setattr__(self, "_by_name", {tensor.name: tensor for tensor in every})

    @property
    def result(self) -> Tensor:
        """The one result (the first, where there are several)."""
        return self.results[0]

    @property
    def parameters(self) -> tuple[Tensor, ...]:
        """The declared tensors that are parameters, in order."""
        return tuple(tensor for tensor in self.declared if tensor.role is Role.PARAMETER)

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """The declared tensors that are not parameters: inputs and targets."""
        return tuple(tensor for tensor in self.declared if tensor.role is not Role.PARAMETER)

    def tensor(self, name: str) -> Tensor:
        """The tensor of that name; raises `UnknownNameError` with the nearest name."""
        if name not in self._by_name:
            raise UnknownNameError("tensor", name, self._by_name)
        return self._by_name[name]

    def definition(self, name: str) -> Definition:
        """The definition of the tensor of that name."""
        for definition in self.definitions:
            if definition.tensor.name == name:
                return definition
        raise UnknownNameError("definition", name, [d.tensor.name for d in self.definitions])

    def needed_for(self, *results: Tensor) -> Program:
        """The program that gives just these results: definitions that they do not use are left out."""
        bodies = {definition.tensor: definition.body for definition in self.definitions}
        wanted, pending = set(results), list(results)
        while pending:
            body = bodies.get(pending.pop())
            found = set(body.tensors) - wanted if body is not None else set()
            wanted |= found
            pending += found
        kept = tuple(definition for definition in self.definitions if definition.tensor in wanted)
        declared = tuple(tensor for tensor in self.declared if tensor in wanted)
        return Program(declared, kept, results, self.assumptions)

    def __str__(self) -> str:
        return program_text(self)


def program_text(program: Program) -> str:
    """The program as plain text, one line a declaration or definition; the plain-text reader reads it back.

    >>> x, y = Tensor("x", (), Role.INPUT), Tensor("y")
    >>> print(program_text(Program((x,), (Definition(y, (), x[()] ** 2),), (y,))))
    input x
    y = x^2
    result y
    """
    axes: dict[str, Axis] = {}
    for tensor in program.declared:
        axes.update({axis.name: axis for axis in tensor.axes})
    for definition in program.definitions:
        for axis in (*definition.indices, *bound_axes(definition.body)):
            axes.setdefault(axis.name, axis)
    lines = [f"axis {axis.name}: {axis.size}" for axis in axes.values()]
    for tensor in program.declared:
        subscript = f"[{','.join(axis.name for axis in tensor.axes)}]" if tensor.axes else ""
        lines.append(f"{tensor.role.value} {tensor.name}{subscript}")
    lines += [f"assume {assumption}  # {assumption.reason}" for assumption in program.assumptions]
    lines += [str(definition) for definition in program.definitions]
    lines.append(f"result {', '.join(tensor.name for tensor in program.results)}")
    return "\n".join(lines)


def validate(program: Program, *, parts: bool = False) -> None:
    """Raises `ProgramError` unless every name is defined once and before its use, every index bound, every size right.

    A definition may use itself, and what follows it, at places of one axis that are computed before (`recurrences`).
    With `parts` an index may go along a part of an axis, or beyond it, where both sizes are numbers.

    >>> x, y = Tensor("x", (), Role.INPUT), Tensor("y")
    >>> validate(Program((), (Definition(y, (), x[()]),), (y,)))
    Traceback (most recent call last):
    chalkgrad.errors.ProgramError: y = x: 'x' is used before it is defined or declared
    """
    from chalkgrad.language.recurrences import blocks

    known: dict[str, Tensor] = {}
    for tensor in program.declared:
        if tensor.name in known:
            raise ProgramError(f"'{tensor.name}' is declared twice")
        if tensor.role in (Role.VALUE, Role.ADJOINT):
            raise ProgramError(f"'{tensor.name}' is declared, so it must be an input, a target or a parameter")
        known[tensor.name] = tensor
    for block in blocks(program.definitions):
        together = (block,) if isinstance(block, Definition) else block.definitions
        own = {} if isinstance(block, Definition) else {tensor.name: tensor for tensor in block.tensors}
        for definition in together:
            if definition.tensor.name in known:
                raise ProgramError(f"{definition}: '{definition.tensor.name}' is defined twice")
            _validate_definition(definition, known | own, parts)
            known[definition.tensor.name] = definition.tensor
    for result in program.results:
        if known.get(result.name) is not result:
            raise ProgramError(f"the result '{result.name}' is not defined")


def _validate_definition(definition: Definition, known: dict[str, Tensor], parts: bool) -> None:
    where, tensor = str(definition), definition.tensor
    if len(definition.indices) != len(tensor.axes) or len(set(definition.indices)) != len(tensor.axes):
        raise ProgramError(f"{where}: '{tensor.name}' has {len(tensor.axes)} axes, and as many different indices")
    for index, axis in zip(definition.indices, tensor.axes, strict=True):
        if index.size != axis.size:
            raise ProgramError(f"{where}: index '{index.name}' has size {index.size}, the axis has {axis.size}")
    unbound = definition.body.free - set(definition.indices)
    if unbound:
        names = ", ".join(sorted(axis.name for axis in unbound))
        raise ProgramError(f"{where}: the index {names} is not bound by the left side or by a sum")
    for node in walk(definition.body):
        if isinstance(node, Element):
            if known.get(node.tensor.name) is not node.tensor:
                raise ProgramError(f"{where}: '{node.tensor.name}' is used before it is defined or declared")
            if len(node.indices) != len(node.tensor.axes):
                raise ProgramError(f"{where}: {node} needs {len(node.tensor.axes)} indices")
            for at, axis in zip(node.indices, node.tensor.axes, strict=True):
                numbers = at.axis is not None and isinstance(at.axis.size, int) and isinstance(axis.size, int)
                if at.axis is not None and not goes_along(at.axis, axis) and not (parts and numbers):
                    message = f"{where}: in {node} the index {at} has size {at.axis.size}, but the axis has {axis.size}"
                    raise ProgramError(message)
        elif isinstance(node, MatrixFunction):
            sizes = {axis.size for axis in (node.rows, *(index.axis for index in node.at)) if axis is not None}
            if len(sizes) > 1:
                problem = f"in {node} the indices have different sizes: {', '.join(map(str, sorted(sizes, key=str)))}"
                raise ProgramError(f"{where}: {problem}")
        elif isinstance(node, Call) and node.function not in FUNCTIONS:
            raise ProgramError(f"{where}: there is no function '{node.function}'")


def goes_along(index: Axis, axis: Axis) -> bool:
    """Whether an index may stand for an axis: of its size, or of one less than that by a known number."""
    beyond = add_sizes(axis.size, index.size, -1)
    return isinstance(beyond, int) and (beyond == 0 or (beyond > 0 and isinstance(axis.size, str)))


def in_range(index: Index, axis: Axis) -> Expression:
    """The condition that an index lies within an axis; 1 where it cannot lie outside."""
    if index.axis is not None and index.axis.size == axis.size:
        return multiply(1)
    if not index.terms and isinstance(axis.size, int) and 0 <= index.offset < axis.size:
        return multiply(1)
    begins, ends = within(index, axis)
    return multiply(
        1 if begins else indicator(">=", index_value(index), 0),
        1 if ends else indicator("<", index_value(index), size_of(axis)),
    )


def within(index: Index, axis: Axis) -> tuple[bool, bool]:
    """Whether an index is known not to lie before an axis, and not to lie beyond it.

    >>> from chalkgrad.language import as_index
    >>> i, j = Axis("i", "n-1"), Axis("j", "n")
    >>> within(as_index(i) + 1, j), within(as_index(j) - 1, i)
    ((True, True), (False, True))
    """
    least: Size = index.offset
    room = add_sizes(axis.size, -1 - index.offset)
    for inner, factor in index.terms:
        reach = add_sizes(inner.size, -1)
        if factor < 0:
            least = add_sizes(least, reach, factor)
        else:
            room = add_sizes(room, reach, -factor)
    return isinstance(least, int) and least >= 0, isinstance(room, int) and room >= 0


def inline(program: Program, names: Iterable[str] | None = None) -> Program:
    """The program with the named definitions (all but the results, by default) written into those that use them.

    Those of a recurrence stay.

    >>> x, h, y = Tensor("x", (), Role.INPUT), Tensor("h"), Tensor("y")
    >>> two = (Definition(h, (), x[()] + 1), Definition(y, (), h[()] ** 2))
    >>> print(inline(Program((x,), two, (y,))).definitions[0])
    y = (x + 1)^2
    """
    from chalkgrad.language.recurrences import recurrent_tensors

    keep = set(program.results)
    recurrent = recurrent_tensors(program.definitions)
    chosen = None if names is None else set(names)
    bodies: dict[Tensor, Definition] = {}
    kept: list[Definition] = []
    for definition in program.definitions:
        written = Definition(definition.tensor, definition.indices, _written_out(definition.body, bodies))
        inlined = definition.tensor not in keep if chosen is None else definition.tensor.name in chosen
        if inlined and definition.tensor not in recurrent:
            bodies[definition.tensor] = written
        else:
            kept.append(written)
    return Program(program.declared, tuple(kept), program.results, program.assumptions)


def _written_out(expression: Expression, bodies: dict[Tensor, Definition]) -> Expression:
    def change(node: Expression) -> Expression:
        if isinstance(node, Element) and node.tensor in bodies:
            definition = bodies[node.tensor]
            replacements = dict(zip(definition.indices, node.indices, strict=True))
            body = substitute_axes(definition.body, replacements)
            guards = (in_range(index, axis) for index, axis in zip(node.indices, node.tensor.axes, strict=True))
            return multiply(*guards, body)
        return rebuild(node, change)

    return change(expression)
