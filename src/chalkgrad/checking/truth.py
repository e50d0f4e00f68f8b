"""What is true: the derivative of the model by dual numbers at points, apart from the symbolic calculus.

A claim is compared at random points in float64, and where that leaves a doubt with 50 digits or more. The points have
both signs everywhere, so that both sides of every kink are met; where they are not, points farther away are taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.checking.edges import beside, edges_in, one_sided
from chalkgrad.checking.misderivation import Misderivations
from chalkgrad.checking.points import (
    ROUND,
    Point,
    along_axis,
    far_point,
    labelled_point,
    random_point,
    round_point,
    sizes_for,
    sums_to_one_along,
)
from chalkgrad.checking.vectors import Batch
from chalkgrad.errors import EvaluationError
from chalkgrad.language import (
    FLOAT,
    FUNCTIONS,
    Arithmetic,
    Array,
    Axis,
    Call,
    Definition,
    Dual,
    Expression,
    Index,
    Program,
    Role,
    Tensor,
    array_of,
    as_index,
    dual_arithmetic,
    evaluate,
    fresh_axis,
    jacobian_by_dual_numbers,
    substitute_elements,
    walk,
)
from chalkgrad.reading.hidden_samples import samples_of

POINTS = 12
FEW = 8
_FAR = (3, 10, 30, 100, 300, 3000)
_CLAIMED = "the claim"  # no name of a document has a space


@dataclass(frozen=True)
class Target:
    """That by which is derived: a tensor, or the part of it at indices that are axes or fixed places."""

    tensor: Tensor
    indices: tuple[Index, ...]

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes that are left free, in order."""
        return tuple(index.axis for index in self.indices if index.axis is not None)

    def part_of(self, derivative: Array) -> Array:
        """The entries of the whole derivative that belong to this part."""
        fixed = {k: index.offset for k, index in enumerate(self.indices) if index.axis is None}
        chosen = [
            number
            for place, number in zip(derivative.places(), derivative.numbers, strict=True)
            if all(place[k] == at for k, at in fixed.items())
        ]
        return Array(tuple(size for k, size in enumerate(derivative.shape) if k not in fixed), chosen)

    def slice_of(self, derivative: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same of an array that has more axes after those of the tensor.

        Raises `EvaluationError` for one with fewer axes: the claim is about another quantity than the array.
        """
        if derivative.ndim < len(self.indices):
            raise EvaluationError(f"{len(self.indices)} indices on a derivative with {derivative.ndim} axes")
        places = tuple(slice(None) if index.axis is not None else index.offset for index in self.indices)
        found: NDArray[np.float64] = derivative[places]
        return found


def whole(tensor: Tensor) -> Target:
    """All of a tensor, at its own axes; of two that are the same the second gets another name."""
    axes: list[Axis] = []
    for axis in tensor.axes:
        axes.append(fresh_axis(axis, set(axes)))
    return Target(tensor, tuple(map(as_index, axes)))


class Truth:
    """The model's values and derivatives at points, each computed once.

    `own` has what the writer's own names stand for, which an expression may use besides. With `labels` the targets are
    labels. `sizes` are the numbers of the named sizes, twice, where they are not to be chosen.
    """

    def __init__(
        self,
        program: Program,
        of: Tensor | None = None,
        own: Mapping[Tensor, Definition] | None = None,
        labels: bool = False,
        sizes: tuple[Mapping[str, int], Mapping[str, int]] | None = None,
    ) -> None:
        self.program, self.own, self.labels, self._sizes = program, own or {}, labels, sizes
        self.of = of or program.result
        self._known: dict[tuple[int, str, str], Any] = {}
        self._misderivations: dict[str, Misderivations] = {}
        self._beside: dict[Expression, tuple[list[Point], Batch] | None] = {}

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Numbers for the named sizes, distinct from each other and from the sizes that are numbers."""
        return dict(self._sizes[0]) if self._sizes is not None else sizes_for(self.program)

    @cached_property
    def random_points(self) -> list[Point]:
        """The points at which a claim must hold."""
        draw = labelled_point if self.labels else random_point
        return [draw(self.program, self.sizes, seed) for seed in range(POINTS)]

    @cached_property
    def round_points(self) -> list[Point]:
        """Points with small whole numbers, the friendliest first: for counterexamples."""
        return [round_point(self.program, self.sizes, seed) for seed in range(ROUND)]

    @cached_property
    def at_random(self) -> Batch:
        """The model at all the random points at once."""
        return self._at(self.random_points)

    @cached_property
    def of_other_sizes(self) -> tuple[list[Point], Batch]:
        """Points under other sizes, which tell 1/n from 1 - 1/n whatever the first size was."""
        sizes = dict(self._sizes[1]) if self._sizes is not None else sizes_for(self.program, others=True)
        points = [random_point(self.program, sizes, POINTS + seed) for seed in range(POINTS // 2)]
        return points, self._at(points)

    @cached_property
    def far_away(self) -> tuple[list[Point], Batch]:
        """Points farther from 0, for the kinks that lie there."""
        points = [far_point(self.program, self.sizes, seed, scale) for seed, scale in enumerate(_FAR * 4)]
        return points, self._at(points)

    def about_edges(self, expression: Expression) -> Iterator[tuple[list[Point], Batch]]:
        """Points at which a formula is tried that has edges: beside them, and far away where they are not yet met."""
        yield from self.beside_edges(expression)
        if self.one_sided or one_sided(self.at_random, expression):
            yield self.far_away

    def beside_edges(self, expression: Expression) -> Iterator[tuple[list[Point], Batch]]:
        """Points just before and just after each edge of a formula."""
        for edge in dict.fromkeys(edges_in(expression)):
            if edge not in self._beside:
                batch = beside(self.at_random, edge) or beside(self.far_away[1], edge)
                self._beside[edge] = None if batch is None else (_points_of(batch), batch)
            found = self._beside[edge]
            if found is not None:
                yield found

    def values_along(self, expression: Expression, axes: tuple[Axis, ...], batch: Batch) -> NDArray[np.float64]:
        """An expression along the axes at all points of a batch; what its own names stand for is computed once."""
        vectors = batch.vectors
        for tensor in expression.tensors:
            if tensor not in vectors.values and tensor in self.own:
                definition = self.own[tensor]
                vectors.values[tensor] = vectors.placed(vectors.of(definition.body), definition.indices)
        found = vectors.at(expression, axes)
        return np.broadcast_to(found, (*found.shape[:-1], batch.points))

    def written_out(self, expression: Expression) -> Expression:
        """An expression with what the writer's own names stand for in their place."""
        bodies = {tensor: (own.indices, own.body) for tensor, own in self.own.items() if tensor in expression.tensors}
        return substitute_elements(expression, bodies) if bodies else expression

    @cached_property
    def at_one_sample(self) -> Batch:
        """The model at random points with one sample each: there a sum over the samples is its only term."""
        samples = samples_of(self.program)
        if not samples:
            return self.at_random
        sizes = {name: 1 if name in samples else size for name, size in self.sizes.items()}
        return self._at([random_point(self.program, sizes, seed) for seed in range(POINTS)])

    @cached_property
    def _shown(self) -> list[tuple[list[Point], Batch]]:
        return []

    def shown(self) -> Iterator[tuple[list[Point], Batch]]:
        """Points for counterexamples with the model at them, the friendliest first, some at a time."""
        for place, of_part in enumerate((range(FEW), range(FEW, ROUND))):
            if place == len(self._shown):
                points = [round_point(self.program, self.sizes, seed) for seed in of_part]
                points += self.random_points if place else []
                self._shown.append((points, self._at(points)))
            yield self._shown[place]

    def misderivations(self, wrt: Tensor) -> Misderivations:
        """What wrong rules make of the derivative by a tensor."""
        if wrt.name not in self._misderivations:
            self._misderivations[wrt.name] = Misderivations(self.at_random, self.of, wrt)
        return self._misderivations[wrt.name]

    @cached_property
    def as_written(self) -> tuple[list[Point], Batch]:
        """Points whose targets are labels, as people have them in mind: those of whole numbers, then random ones."""
        points = [*self.round_points, *self.labelled.random_points]
        return points, self._at(points)

    @cached_property
    def labelled(self) -> Truth:
        """The same where all targets are labels, such as 0 or 1."""
        return Truth(self.program, self.of, self.own, labels=True, sizes=self._sizes)

    @cached_property
    def one_sided(self) -> bool:
        """Whether the random points lie on one side only of some kink of the model."""
        return any(one_sided(self.at_random, definition.body) for definition in self.program.definitions)

    def _at(self, points: list[Point]) -> Batch:
        return Batch.of(self.program, [point.values for point in points], points[0].sizes)

    def values(self, point: Point, arithmetic: Arithmetic = FLOAT) -> dict[str, Array]:
        """Every tensor of the model at the point."""
        key = (id(point), "", arithmetic.name)
        if key not in self._known:
            self._known[key] = evaluate(self.program, point.values, arithmetic, point.sizes)
        known: dict[str, Array] = self._known[key]
        return known

    def derivative(self, point: Point, target: Target, arithmetic: Arithmetic = FLOAT) -> Array:
        """The derivative of `of` by the target (of a tensor that is declared, or defined on the way) at the point."""
        wrt = target.tensor.name
        key = (id(point), wrt, arithmetic.name)
        if key not in self._known:
            program, values = self.program, dict(point.values)
            if wrt not in {tensor.name for tensor in program.declared}:
                program, values = self._from(wrt, point, arithmetic)
            self._known[key] = jacobian_by_dual_numbers(program, values, wrt, self.of.name, arithmetic, point.sizes)
        return target.part_of(self._known[key])

    def slope(self, point: Point, target: Target, weights: Sequence[Any], arithmetic: Arithmetic) -> Any:
        """How `of` changes where the entries of the target change by the weights: one run of dual numbers."""
        name = target.tensor.name
        program, values = self.program, dict(point.values)
        if name not in {tensor.name for tensor in program.declared}:
            program, values = self._from(name, point, arithmetic)
        dual = dual_arithmetic(arithmetic)
        base = array_of(values[name], dual.number)
        numbers = list(base.numbers)
        places = target.part_of(Array(base.shape, range(len(numbers)))).numbers
        for place, weight in zip(places, weights, strict=True):
            numbers[place] = Dual(numbers[place].value, weight)
        given = {**values, name: Array(base.shape, numbers)}
        return evaluate(program, given, dual, point.sizes)[self.of.name].numbers[0].slope

    def _from(self, name: str, point: Point, arithmetic: Arithmetic) -> tuple[Program, dict[str, Array]]:
        """The model as a function of one of its own values: what comes after it, with that value given."""
        tensor = self.program.tensor(name)
        given = Tensor(tensor.name, tensor.axes, tensor.role)
        later = tuple(d for d in self.program.definitions if d.tensor is not tensor)
        everything = self.values(point, arithmetic)
        program = Program((*self.program.declared, given), later, (self.of,), self.program.assumptions)
        return program, {**point.values, name: everything[name]}

    def on_a_kink(self, batch: Batch) -> NDArray[np.bool_]:
        """At which points a function of the model is evaluated exactly where it has no derivative."""
        found = np.zeros(batch.points, dtype=bool)
        for definition in self.program.definitions:
            for node in walk(definition.body):
                if isinstance(node, Call) and not node.order and FUNCTIONS[node.function].kinks:
                    axes = sorted(node.argument.free, key=lambda axis: axis.name)
                    values = batch.vectors.at(node.argument, axes)
                    values = values.reshape(-1, values.shape[-1])  # one for all points where it is a constant
                    for kink in FUNCTIONS[node.function].kinks:
                        found |= (values == float(kink.at)).any(axis=0)
        return found

    def claimed(
        self, point: Point, expression: Expression, axes: tuple[Axis, ...], arithmetic: Arithmetic = FLOAT
    ) -> Array:
        """The claim's value for every place along the axes; what does not depend on an axis is the same along it."""
        values, used = self.values(point, arithmetic), expression.tensors
        result = Tensor(_CLAIMED, axes)
        program = Program(used, (Definition(result, axes, expression),), (result,))
        given = {tensor.name: values[tensor.name] for tensor in used}
        return evaluate(program, given, arithmetic, point.sizes)[_CLAIMED]


def _points_of(batch: Batch) -> list[Point]:
    """The points of a batch, as exact as its numbers; what is to sum to one does so exactly."""

    def exact(tensor: Tensor, entries: NDArray[np.float64]) -> Array:
        along = sums_to_one_along(batch.program, tensor) if tensor.role is Role.TARGET else None
        numbers = [
            Fraction(entry)
            for entry in (entries if along is None else np.moveaxis(entries, along, -1)).ravel().tolist()
        ]
        if along is not None:
            classes = entries.shape[along]
            totals = [sum(numbers[row : row + classes]) for row in range(0, len(numbers), classes)]
            numbers = [number / totals[place // classes] for place, number in enumerate(numbers)]
            numbers = along_axis(numbers, entries.shape, along)
        return Array(entries.shape, numbers)

    return [
        Point({tensor.name: exact(tensor, array[..., at]) for tensor, array in batch.given.items()}, batch.sizes)
        for at in range(batch.points)
    ]
