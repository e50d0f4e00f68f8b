"""An ordered program as steps over arrays in memory: products of matrices, loops over rows, functions of matrices.

Equations with the same loops are one step, so that a row is in the cache for all of them: an average, what differs from
it and the sums of both are computed row by row. Sums over the rows are gathered in memory on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chalkgrad.engines.emitted.choices import Gather, Scatter, choice_of
from chalkgrad.engines.emitted.solving import Solve, solving
from chalkgrad.engines.lowering import LoweringError
from chalkgrad.engines.native.arrays.layouts import Layouts, extent, strides_of
from chalkgrad.engines.native.arrays.products import Product, product_of, sides_of
from chalkgrad.engines.native.expressions import PRIMITIVES
from chalkgrad.engines.recurrences import Step as OneStep
from chalkgrad.engines.recurrences import step_of
from chalkgrad.engines.running_sums import summand
from chalkgrad.language import (
    FUNCTIONS,
    Axis,
    Call,
    Definition,
    Element,
    Expression,
    MatrixFunction,
    Max,
    Program,
    Sum,
    Tensor,
    as_index,
    substitute_axes,
    walk,
)
from chalkgrad.language.recurrences import Recurrence, blocks


@dataclass(frozen=True)
class Equation:
    """tensor[indices] = body, summed or its maximum taken (`fold`: sum or max, else empty) along the axes `over`."""

    tensor: Tensor
    indices: tuple[Axis, ...]
    body: Expression
    fold: str = ""
    over: tuple[Axis, ...] = ()

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of its loops, those of one place left out."""
        return tuple(axis for axis in (*self.indices, *self.over) if axis.size != 1)


@dataclass
class Rows:
    """Loops over `outer`, and inside along `lane`, a vector at a time; without `lane` there are only numbers."""

    outer: tuple[Axis, ...]
    lane: Axis | None
    equations: list[Equation] = field(default_factory=list)

    @property
    def writes(self) -> dict[Tensor, Equation]:
        """The tensors that it makes."""
        return {equation.tensor: equation for equation in self.equations}

    @property
    def axes(self) -> frozenset[Axis]:
        """The axes of all loops."""
        return frozenset(self.outer if self.lane is None else (*self.outer, self.lane))

    def runs_along(self, equation: Equation) -> bool:
        """Whether an equation goes along the innermost axis; else it is one number for each row."""
        return self.lane is not None and self.lane in equation.axes

    def whole_in_a_row(self, equation: Equation) -> bool:
        """Whether what an equation gives is at hand within the row."""
        return not equation.fold or set(equation.over) - {self.lane} <= {a for a in equation.over if a.size == 1}


@dataclass(frozen=True)
class Matrices:
    """tensor[indices] = a function of a matrix that an element says, computed by a library."""

    tensor: Tensor
    indices: tuple[Axis, ...]
    function: MatrixFunction


@dataclass(frozen=True)
class Solved:
    """tensor[indices] = the solution of equations with a matrix, one for each place of `outside`, and with `right`."""

    tensor: Tensor
    indices: tuple[Axis, ...]
    solve: Solve
    matrix: MatrixFunction
    outside: tuple[Axis, ...]
    right: Element


@dataclass(frozen=True)
class Chosen:
    """tensor[indices] = what labels choose, read or gathered by NumPy."""

    tensor: Tensor
    indices: tuple[Axis, ...]
    choice: Gather | Scatter


@dataclass
class Recurring:
    """A recurrence, computed place by place by a compiled function for one place; a running sum by NumPy."""

    step: OneStep
    added: Element | None
    function: Any = None

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """What it makes."""
        return self.step.recurrence.tensors


Step = Rows | Product | Matrices | Solved | Chosen | Recurring


def steps_of(program: Program, lanes: int) -> tuple[list[Step], Layouts]:
    """The steps that compute the results of an ordered program whose sizes are numbers, and where its tensors lie."""
    planning = _Planning(program, lanes)
    for block in blocks(program.definitions):
        if isinstance(block, Recurrence):
            planning.recur(block)
        else:
            planning.define(block)
    return planning.steps, planning.layouts


class _Planning:
    def __init__(self, program: Program, lanes: int) -> None:
        self.lanes = lanes
        self.results = frozenset(program.results)
        self.steps: list[Step] = []
        self.layouts = Layouts()
        self.solving = solving(program)
        self.inverses = {each.tensor: each for each in program.definitions if each.tensor in self.solving.matrices}
        for tensor in (*program.declared, *program.results):
            self.layouts.strides[tensor] = strides_of(tensor.axes)

    def recur(self, recurrence: Recurrence) -> None:
        """Adds what computes the tensors of a recurrence."""
        for tensor in recurrence.tensors:
            self.layouts.strides.setdefault(tensor, strides_of(tensor.axes))
        self.steps.append(Recurring(step_of(recurrence), summand(recurrence)))

    def define(self, definition: Definition) -> None:
        """Adds what computes a tensor."""
        body, solve = definition.body, self.solving.solves.get(definition.tensor)
        if self.solving.left_out(definition.tensor):
            return
        if solve is not None:
            right, matrix = self._stored(solve.right), self.solving.matrices[solve.inverse]
            outside = self.inverses[solve.inverse].indices[:-2]
            self.layouts.strides.setdefault(definition.tensor, strides_of(definition.tensor.axes))
            self.steps.append(Solved(definition.tensor, definition.indices, solve, matrix, outside, right))
            return
        if isinstance(body, MatrixFunction):
            self.layouts.strides.setdefault(definition.tensor, strides_of(definition.tensor.axes))
            self.steps.append(Matrices(definition.tensor, definition.indices, body))
            return
        choice = choice_of(definition)
        if choice is not None:
            self.layouts.strides.setdefault(definition.tensor, strides_of(definition.tensor.axes))
            self.steps.append(Chosen(definition.tensor, definition.indices, choice))
            return
        over: list[Axis] = []
        fold: type[Sum] | type[Max] | None = None
        while isinstance(body, Sum | Max) and fold in (None, type(body)):
            fold = type(body)
            over.append(body.axis)
            body = body.body
        if all(axis.size == 1 for axis in over):
            fold, over = None, []
        name = {None: "", Sum: "sum", Max: "max"}[fold]
        equation = Equation(definition.tensor, definition.indices, body, name, tuple(over))
        if name == "sum" and (sides := sides_of(equation.body, equation.indices, equation.over)) is not None:
            left, right = (self._stored(each) for each in sides)
            fixed = definition.tensor in self.results
            product = product_of(definition, over, left, right, self.layouts, self.lanes, fixed)
            self.steps.append(product)
            if product.tensor is not definition.tensor:
                self._loop(Equation(definition.tensor, definition.indices, product.tensor[definition.indices]))
            return
        self._loop(equation)

    def _stored(self, factor: Expression) -> Element:
        """A factor as an element of a tensor in memory."""
        if isinstance(factor, Element):
            return factor
        axes = tuple(sorted(factor.free, key=lambda axis: axis.name))
        tensor = Tensor(f"factor {len(self.layouts.strides)}", axes)
        self._loop(Equation(tensor, axes, factor))
        return tensor[axes]

    def _loop(self, equation: Equation) -> None:
        best = self._best_lane(equation)
        for step in reversed(self.steps):
            if isinstance(step, Rows):
                moved = self._joined(step, equation, best)
                if moved is not None:
                    step.equations.append(moved)
                    return
            written = step.writes if isinstance(step, Rows) else writes(step)
            if any(tensor in written for tensor in equation.body.tensors):
                break
        outer = tuple(axis for axis in equation.axes if axis is not best)
        self._lay(equation, outer, best)
        self.steps.append(Rows(outer, best, [equation]))

    def _lay(self, equation: Equation, outer: Sequence[Axis], lane: Axis | None) -> None:
        """Chooses the order of a new tensor in memory: as the loops go."""
        if equation.tensor in self.layouts.strides:
            return
        order = [axis for axis in outer if axis in equation.indices]
        order += [lane] if lane is not None and lane in equation.indices else []
        steps = dict(zip(order, strides_of(order), strict=True))
        self.layouts.strides[equation.tensor] = tuple(steps.get(axis, 0) for axis in equation.indices)

    def _best_lane(self, equation: Equation) -> Axis | None:
        """The axis along which most of what is read and written is contiguous, and long enough for vectors."""
        if not equation.axes:
            return None

        def rank(axis: Axis) -> tuple[bool, int, int]:
            gain = self._gain(equation, axis)
            return gain > 0, min(int(axis.size), self.lanes), gain

        return max((axis for axis in equation.axes if self._is_written_along(equation, axis)), key=rank, default=None)

    def _is_written_along(self, equation: Equation, axis: Axis | None) -> bool:
        """Whether what is computed for a vector along an axis can be written down as one."""
        if axis not in equation.indices or equation.tensor not in self.layouts.strides:
            return True
        return self.layouts.strides[equation.tensor][equation.indices.index(axis)] == 1

    def _gain(self, equation: Equation, axis: Axis) -> int:
        """How many numbers are contiguous along an axis, less those that lie apart."""
        gain = 0
        elements = {node for node in walk(equation.body) if isinstance(node, Element) and axis in node.free}
        if equation.tensor in self.layouts.strides and axis in equation.indices:
            elements.add(Definition(equation.tensor, equation.indices, equation.body).left)
        for element in elements:
            if element.tensor in self.layouts.strides:
                along = self.layouts.along(element, axis)
                gain += extent(element.free) * (1 if along == 1 else -1)
        return gain

    def _joined(self, rows: Rows, equation: Equation, best: Axis | None) -> Equation | None:
        """The equation in the axes of other loops, where it can be computed in them."""
        if not equation.fold:
            equation = _in_axes_of(rows, equation, best)
        axes = frozenset(equation.axes)
        if axes == rows.axes:
            if rows.lane is not None and self._gain(equation, rows.lane) < 0:
                return None
        elif axes != frozenset(rows.outer) or equation.fold or _is_slow(equation.body) or not axes:
            return None
        if not self._is_written_along(equation, rows.lane):
            return None
        made = rows.writes
        for node in walk(equation.body):
            if isinstance(node, Element) and node.tensor in made:
                maker = made[node.tensor]
                if node.indices != tuple(map(as_index, maker.indices)) or not rows.whole_in_a_row(maker):
                    return None
                if rows.runs_along(maker) and not maker.fold and rows.lane not in axes:
                    return None
        self._lay(equation, rows.outer, rows.lane)
        return equation


def _in_axes_of(rows: Rows, equation: Equation, best: Axis | None) -> Equation:
    """An equation in the axes of loops that are as long as its own."""
    own = [*(axis for axis in equation.axes if axis is not best), *([best] if best is not None else [])]
    theirs = [*rows.outer, *([rows.lane] if rows.lane is not None else [])]
    if len(own) < len(theirs):
        own, theirs = list(equation.axes), list(rows.outer)
    if set(own) == set(theirs) or [axis.size for axis in own] != [axis.size for axis in theirs]:
        return equation
    new = dict(zip(own, theirs, strict=True))
    indices = tuple(new.get(axis, axis) for axis in equation.indices)
    return replace(equation, indices=indices, body=substitute_axes(equation.body, new))


def _is_slow(body: Expression) -> bool:
    """Whether a body has functions that take long one number at a time."""
    return any(isinstance(node, Call) and (node.function in PRIMITIVES - {"sqrt", "abs"} or
               FUNCTIONS[node.function].form is not None) for node in walk(body))  # fmt: skip


def kept_in_rows(steps: Iterable[Step], results: Iterable[Tensor]) -> frozenset[Tensor]:
    """The tensors that nothing reads but the loops that make them, in the same row."""
    used: dict[Tensor, set[int]] = {}
    made: dict[Tensor, tuple[int, bool]] = {}
    for number, step in enumerate(steps):
        for tensor in reads(step):
            used.setdefault(tensor, set()).add(number)
        if isinstance(step, Rows):
            made |= {e.tensor: (number, not e.fold and step.runs_along(e)) for e in step.equations}
    kept = (t for t, (number, along) in made.items() if along and used.get(t, set()) <= {number})
    return frozenset(kept) - frozenset(results)


def writes(step: Product | Matrices | Solved | Chosen | Recurring) -> tuple[Tensor, ...]:
    """The tensors that a step makes."""
    return step.tensors if isinstance(step, Recurring) else (step.tensor,)


def reads(step: Step) -> set[Tensor]:
    """The tensors that a step takes."""
    match step:
        case Rows(equations=equations):
            return {tensor for equation in equations for tensor in equation.body.tensors}
        case Matrices(function=function):
            return set(function.tensors)
        case Solved(matrix=matrix, right=right):
            return {*matrix.tensors, right.tensor}
        case Recurring(step=one):
            return {t for each in one.recurrence.definitions for t in each.body.tensors} - set(step.tensors)
        case Chosen(choice=choice):
            return {choice.labels.tensor, choice.values.tensor}
        case Product():
            return {step.left.tensor, step.right.tensor, *(copy.source for copy in step.copies)}
    raise LoweringError(f"no step {step}")
