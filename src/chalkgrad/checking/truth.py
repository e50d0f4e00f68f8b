"""What is true: the derivative of the model by dual numbers at points, apart from the symbolic calculus.

A claim is compared at random points in float64, and where that leaves a doubt with 50 digits. The points have both
signs everywhere, so that both sides of every kink are met, and sizes that are names get pairwise distinct numbers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.checking.domains import fractions_of
from chalkgrad.checking.misderivation import Misderivations
from chalkgrad.checking.vectors import Batch
from chalkgrad.errors import ChalkgradError, EvaluationError
from chalkgrad.language import (
    FLOAT,
    FUNCTIONS,
    Arithmetic,
    Array,
    Axis,
    Call,
    Definition,
    Expression,
    Index,
    Program,
    Role,
    Tensor,
    as_index,
    evaluate,
    fresh_axis,
    jacobian_by_dual_numbers,
    mpmath_arithmetic,
    substitute_elements,
    walk,
)

POINTS = 12
ROUND = 60
FEW = 8
EQUAL = 1e-10
DIFFERENT = 1e-6
DIGITS = 50
_ROUND = 40  # points at which sides are compared
_CLAIMED = "the claim"  # no name of a document has a space
_LARGE_ENOUGH = 0.05  # of a derivative in a counterexample, to be seen at a glance


@dataclass(frozen=True)
class Point:
    """Values for all declared tensors, as exact rationals, and the sizes of the named axes."""

    values: Mapping[str, Array]
    sizes: Mapping[str, int]

    def readable(self) -> dict[str, Any]:
        """The values as nested lists of plain numbers."""

        def plain(value: Any) -> Any:
            if isinstance(value, list):
                return [plain(entry) for entry in value]
            return int(value) if value == int(value) else float(value)

        return {name: plain(array.nested()) for name, array in self.values.items()}


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
        """The same of an array that has more axes after those of the tensor."""
        places = tuple(slice(None) if index.axis is not None else index.offset for index in self.indices)
        found: NDArray[np.float64] = derivative[places]
        return found


def samples_of(program: Program) -> list[str]:
    """The sizes that are names and count samples: those along which inputs and targets both run."""
    inputs, targets = (
        {axis.size for tensor in program.declared if tensor.role is role for axis in tensor.axes}
        for role in (Role.INPUT, Role.TARGET)
    )
    return sorted(size for size in inputs & targets if isinstance(size, str))


def whole(tensor: Tensor) -> Target:
    """All of a tensor, at its own axes; of two that are the same the second gets another name."""
    axes: list[Axis] = []
    for axis in tensor.axes:
        axes.append(fresh_axis(axis, set(axes)))
    return Target(tensor, tuple(map(as_index, axes)))


class Truth:
    """The model's values and derivatives at points, each computed once.

    `own` has what the writer's own names stand for, which an expression may use besides.
    """

    def __init__(
        self,
        program: Program,
        of: Tensor | None = None,
        own: Mapping[Tensor, Definition] | None = None,
        shift: int = 0,
    ) -> None:
        self.program, self.own, self._shift = program, own or {}, shift
        self.of = of or program.result
        self._known: dict[tuple[int, str, str], Any] = {}
        self._misderivations: dict[str, Misderivations] = {}

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Numbers for the named sizes, distinct from each other and from the sizes that are numbers.

        There are not two or four samples: a slip by such a factor would look like a mean that is missing.
        """
        axes = {axis for tensor in self.program.declared for axis in tensor.axes}
        taken = {axis.size for axis in axes if isinstance(axis.size, int)}
        names = {axis.size for axis in axes if isinstance(axis.size, str)}
        samples = [name for name in samples_of(self.program) if name in names]
        counts = [size for size in (5, 3, 7, 6) if size not in taken]
        found = dict(zip(samples, counts[self._shift :], strict=False))
        free = [size for size in (3, 4, 2, *range(5, 40)) if size not in taken | set(found.values())]
        others = sorted(names - set(samples))
        return {**found, **dict(zip(others, free[self._shift :], strict=False))}

    @cached_property
    def resized(self) -> Truth:
        """The same model with other numbers for the named sizes: a 2 in a claim is the size n only by chance."""
        return Truth(self.program, self.of, self.own, self._shift + 1)

    @cached_property
    def random_points(self) -> list[Point]:
        """The points at which a claim must hold."""
        return [self._point(random.Random(seed), _anywhere, _between, self.sizes) for seed in range(POINTS)]

    def round_points(self) -> Iterator[Point]:
        """Points with small whole numbers, the friendliest first: for counterexamples."""
        return map(self._round, range(ROUND))

    def _round(self, seed: int) -> Point:
        return self._point(random.Random(1000 + seed), _small if seed < ROUND // 2 else _wider, _label, self.sizes)

    def _point(self, source: random.Random, draw: Any, draw_target: Any, sizes: Mapping[str, int]) -> Point:
        values = {}
        for tensor in self.program.declared:
            shape = tuple(axis.size if isinstance(axis.size, int) else sizes[axis.size] for axis in tensor.axes)
            count = 1
            for size in shape:
                count *= size
            if tensor.role is Role.TARGET and self._sums_to_one(tensor):
                values[tensor.name] = Array(shape, _distributions(source, count, shape[-1], draw_target is _label))
            else:
                make = draw_target if tensor.role is Role.TARGET else draw
                if tensor in self._fractions:
                    make = _between if draw is _anywhere else _quarters
                values[tensor.name] = Array(shape, [make(source) for _ in range(count)])
        return Point(values, sizes)

    @cached_property
    def _fractions(self) -> frozenset[Tensor]:
        return fractions_of(self.program)

    def _sums_to_one(self, target: Tensor) -> bool:
        return any(target in assumption.left.tensors for assumption in self.program.assumptions)

    @cached_property
    def at_random(self) -> Batch:
        """The model at all the random points at once."""
        return Batch(self.program, [point.values for point in self.random_points], self.sizes)

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
        points = [self._point(random.Random(seed), _anywhere, _between, sizes) for seed in range(POINTS)]
        return Batch(self.program, [point.values for point in points], sizes)

    @cached_property
    def _shown(self) -> list[tuple[list[Point], Batch]]:
        return []

    def shown(self) -> Iterator[tuple[list[Point], Batch]]:
        """Points for counterexamples with the model at them, the friendliest first, some at a time."""
        for place, of_part in enumerate((range(FEW), range(FEW, ROUND))):
            if place == len(self._shown):
                points = [self._round(seed) for seed in of_part] + (self.random_points if place else [])
                self._shown.append((points, Batch(self.program, [point.values for point in points], self.sizes)))
            yield self._shown[place]

    def misderivations(self, wrt: Tensor) -> Misderivations:
        """What wrong rules make of the derivative by a tensor."""
        if wrt.name not in self._misderivations:
            self._misderivations[wrt.name] = Misderivations(self.at_random, self.of, wrt)
        return self._misderivations[wrt.name]

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
                    values = batch.vectors.at(node.argument, axes).reshape(-1, batch.points)
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


_ANYWHERE = tuple(Fraction(sign * size, 1000) for sign in (-1, 1) for size in range(200, 1501))
_BETWEEN = tuple(Fraction(size, 1000) for size in range(100, 901))
_SMALL = tuple(map(Fraction, (1, 2, -1, 1, 0)))
_WIDER = tuple(map(Fraction, range(-3, 4)))


def _anywhere(source: random.Random) -> Fraction:
    return _ANYWHERE[int(source.random() * len(_ANYWHERE))]


def _between(source: random.Random) -> Fraction:
    return _BETWEEN[int(source.random() * len(_BETWEEN))]


def _small(source: random.Random) -> Fraction:
    return source.choice(_SMALL)


def _wider(source: random.Random) -> Fraction:
    return _WIDER[source.randint(-3, 3) + 3]


def _quarters(source: random.Random) -> Fraction:
    return Fraction(source.randint(1, 3), 4)


def _label(source: random.Random) -> Fraction:
    return _WIDER[source.randint(0, 1) + 3]


def _distributions(source: random.Random, count: int, classes: int, one_hot: bool) -> list[Fraction]:
    numbers: list[Fraction] = []
    for _ in range(count // classes):
        weights = [0] * classes if one_hot else [source.randint(1, 9) for _ in range(classes)]
        if one_hot:
            weights[source.randrange(classes)] = 1
        numbers += [Fraction(weight, sum(weights)) for weight in weights]
    return numbers


@dataclass(frozen=True)
class Difference:
    """A point at which a claim fails, with the claimed and the true values."""

    point: Point
    claimed: Array
    derived: Array


def compare(truth: Truth, expression: Expression, target: Target) -> tuple[bool, int]:
    """Whether the claim equals the derivative at all points, and at how many it could be compared.

    Where float64 leaves a doubt the point is computed again with 50 digits. A point outside the claim's domain (a
    logarithm of a negative number, a division by zero) does not count. Raises `EvaluationError` for an axis whose size
    is not known.
    """
    worst = errors(truth.at_random, expression, target, truth.of)
    computed = np.isfinite(worst)
    points = int(computed.sum())
    if points == 0 or (worst[computed] >= DIFFERENT).any():
        return False, points
    doubtful = computed & (worst > EQUAL)
    equal = all(_equal_exactly(truth, truth.random_points[at], expression, target) for at in np.flatnonzero(doubtful))
    return equal, points


def errors(batch: Batch, expression: Expression, target: Target, of: Tensor) -> NDArray[np.float64]:
    """How far the claim is from the derivative at each point, NaN where one of them is not defined."""
    claimed = batch.vectors.at(expression, target.axes)
    with np.errstate(all="ignore"):
        derived = target.slice_of(batch.derivative(of, target.tensor))
        found = np.abs(claimed - derived) / (1 + np.abs(claimed) + np.abs(derived))
    worst: NDArray[np.float64] = found.reshape(-1, batch.points).max(axis=0, initial=0.0)
    return worst


def _equal_exactly(truth: Truth, point: Point, expression: Expression, target: Target) -> bool:
    exact = mpmath_arithmetic(DIGITS)
    try:
        claimed, derived = truth.claimed(point, expression, target.axes, exact), truth.derivative(point, target, exact)
    except EvaluationError:
        return True
    pairs = zip(claimed.numbers, derived.numbers, strict=True)
    return all(abs(a - b) / (1 + abs(a) + abs(b)) <= 10.0 ** (10 - DIGITS) for a, b in pairs)


def find_difference(truth: Truth, expression: Expression, target: Target) -> Difference | None:
    """A point where the claim fails, with small whole numbers where one is found.

    A point on a kink shows nothing: what the derivative is there is a convention. Of such points the first is taken
    where no entry of the derivative is near zero, which would hide what is wrong, or else the one that is farthest from
    that.
    """
    later: list[tuple[float, Point, Array]] = []
    for points, batch in truth.shown():
        with np.errstate(all="ignore"):
            fails = (errors(batch, expression, target, truth.of) >= DIFFERENT) & ~truth.on_a_kink(batch)
        derived = target.slice_of(batch.derivative(truth.of, target.tensor))
        smallest = np.abs(derived).reshape(-1, batch.points).min(axis=0, initial=np.inf)
        for place in np.flatnonzero(fails):
            there = Array(derived.shape[:-1], [float(number) for number in derived[..., place].reshape(-1)])
            if smallest[place] >= _LARGE_ENOUGH:
                found = _difference(truth, points[place], expression, target, there)
                if found is not None:
                    return found
            elif not np.isnan(smallest[place]):
                later.append((smallest[place], points[place], there))
    for _, point, there in sorted(later, key=lambda each: -each[0]):
        found = _difference(truth, point, expression, target, there)
        if found is not None:
            return found
    return None


def _difference(
    truth: Truth, point: Point, expression: Expression, target: Target, derived: Array
) -> Difference | None:
    try:
        return Difference(point, truth.claimed(point, expression, target.axes), derived)
    except EvaluationError:  # outside the domain of something that the derivative does not need
        return None


def find_inequality(truth: Truth, one: Expression, other: Expression, axes: tuple[Axis, ...]) -> Difference | None:
    """A point with small whole numbers where two sides differ; its targets are labels, which a writer may rely on."""
    if (one.free | other.free) - set(axes):
        return None
    for point in islice(truth.round_points(), _ROUND):
        try:
            left, right = truth.claimed(point, one, axes), truth.claimed(point, other, axes)
        except ChalkgradError:
            continue
        pairs = [(float(a), float(b)) for a, b in zip(left.numbers, right.numbers, strict=True)]
        if any(abs(a - b) > DIFFERENT * (1 + abs(a) + abs(b)) for a, b in pairs):
            return Difference(point, right, left)
    return None
