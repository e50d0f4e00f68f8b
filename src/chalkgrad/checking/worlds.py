"""What is true of a document's quantities at random points: their values, and the derivatives of any by any.

A claim is compared in a program of its own: the definitions that its names rest on. What nothing defines is random; a
loss that nothing defines is any function of the values by whose gradients the claim speaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, count

import numpy as np
from numpy.typing import NDArray

from chalkgrad.checking.domains import fractions_of
from chalkgrad.checking.kept_batches import KEPT_BATCHES
from chalkgrad.checking.numbers_at_points import Numbers
from chalkgrad.checking.points import random_point
from chalkgrad.checking.vectors import Batch, Vectors
from chalkgrad.errors import ChalkgradError, EvaluationError
from chalkgrad.language import (
    Axis,
    Call,
    Definition,
    Expression,
    Power,
    Program,
    Role,
    SizeOf,
    Tensor,
    bound_axes,
    walk,
)
from chalkgrad.reading.hidden_samples import samples_of

_MOST_DIFFERENT = 6
POINTS = 12
_SAMPLE_COUNTS = (5, 3, 7, 6)
_COUNTS = (3, 4, 2)
_SATURATED = 1e-7
_SCALES = (10.0, 100.0, 1000.0, 0.05, 0.003)
_HELD = " held"


class UndefinedError(ChalkgradError):
    """Something that a claim needs, and that the document does not define or that could not be read."""


@dataclass
class World:
    """A program at random points, with the derivatives that expressions ask for."""

    program: Program
    seed: int = 0
    others: bool = False
    _adjoints: dict[Tensor, NDArray[np.float64]] = field(default_factory=dict)

    least: Mapping[str, int] = field(default_factory=dict)
    extra: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)  # which matrices are symmetric, orthogonal, diagonal
    scale: float = 1.0

    @cached_property
    def sizes(self) -> dict[str, int]:
        """A number for each named size, the first ones all different from each other and from those that are numbers.

        Of many sizes the further ones are small: their product is how many numbers a sum over all of them has.
        """
        axes = {axis for tensor in self._tensors() for axis in tensor.axes}
        axes |= {axis for each in self.program.definitions for axis in bound_axes(each.body)}
        names = {axis.size for axis in axes if isinstance(axis.size, str)} | set(self.extra)
        names |= {node.size for each in self.program.definitions for node in walk(each.body)
                  if isinstance(node, SizeOf)}  # fmt: skip
        taken = {axis.size for axis in axes if isinstance(axis.size, int)}
        samples = [name for name in samples_of(self.program) if name in names]
        found: dict[str, int] = {}
        for name in (*samples, *sorted(names - set(samples))):
            usual: tuple[int, ...] = _SAMPLE_COUNTS if name in samples else _COUNTS
            usual = usual[1:] + usual[:1] if self.others else usual
            least = self.least.get(name, 1)
            if len(found) < _MOST_DIFFERENT:
                found[name] = next(size for size in chain(usual, count(5)) if size not in taken and size >= least)
                taken.add(found[name])
            else:
                found[name] = max(2 + (len(found) + self.others) % 2, least)
        return found

    @cached_property
    def second(self) -> World | None:
        """The same program at other points under other sizes."""
        if self.others:
            return None
        return World(self.program, self.seed + POINTS, True, {}, self.least, self.extra, self.kinds)

    @cached_property
    def scaled(self) -> list[World]:
        """The same program at points farther from 0, and nearer to it."""
        return [
            World(self.program, self.seed + 100 * (k + 1), self.others, {}, self.least, self.extra, self.kinds, scale)
            for k, scale in enumerate(_SCALES)
        ]

    def _tensors(self) -> Iterator[Tensor]:
        yield from self.program.declared
        for definition in self.program.definitions:
            yield definition.tensor

    @cached_property
    def batch(self) -> Batch:
        """The numbers of all quantities at the points, as they are for every text with this program."""
        program = self.program
        key = (
            program.declared, program.definitions, program.results, program.assumptions, self.seed, self.others,
            tuple(sorted(self.least.items())), self.extra, tuple(sorted(self.kinds.items())), self.scale,
        )  # fmt: skip
        return KEPT_BATCHES.of(key, self._computed)

    def _computed(self) -> Batch:
        points = [random_point(self.program, self.sizes, self.seed + number) for number in range(POINTS)]
        plain, resting = _apart(self.program)
        batch = Batch.of(plain, [point.values for point in points], self.sizes)
        if self.scale != 1:
            special = fractions_of(plain)
            given = {
                tensor: array if tensor in special or tensor.role is Role.TARGET else self._scaled(array, number)
                for number, (tensor, array) in enumerate(batch.given.items())
            }
            batch = Batch(plain, given, self.sizes)
        if any(tensor.name in self.kinds for tensor in plain.declared):
            given = {tensor: _of_kind(array, self.kinds.get(tensor.name, "")) for tensor, array in batch.given.items()}
            batch = Batch(plain, given, self.sizes)
        for definition in resting:
            self._supply(definition.body, batch)
            batch.vectors.define(Program((), (definition,), (definition.tensor,)))
        return batch

    @property
    def largest(self) -> NDArray[np.float64]:
        """The largest finite number of any quantity, at each point."""
        found = np.zeros(self.batch.points)
        for numbers in self.batch.vectors.values.values():
            value = np.abs(numbers.value)
            value = np.where(np.isfinite(value), value, 0.0).reshape(-1, value.shape[-1])
            found = np.maximum(found, value.max(axis=0, initial=0.0))
        return found

    @cached_property
    def saturated(self) -> NDArray[np.bool_]:
        """At which points a function is within rounding of 1 or −1: what is left of 1 minus it is chance.

        A sigmoid that is written out, 1/(1 + e^{-z}), is one, too.
        """
        found = np.zeros(self.batch.points, dtype=bool)
        bodies = [each.body for each in self.batch.program.definitions]
        for node in {node for body in bodies for node in walk(body) if _may_saturate(node)}:
            left = np.abs(1 - np.abs(self.batch.vectors.of(node).value))
            found |= ((left > 0) & (left < _SATURATED)).reshape(-1, left.shape[-1]).any(axis=0)
        return found

    def _scaled(self, array: NDArray[np.float64], number: int) -> NDArray[np.float64]:
        """Some of the values larger or smaller than usual."""
        source = np.random.default_rng(self.seed + number)
        return np.where(source.random(array.shape) < 0.5, array * self.scale, array)

    def along(self, expression: Expression, axes: Sequence[Axis]) -> NDArray[np.float64]:
        """The values of an expression along the axes, then the points."""
        batch = self.batch
        self._supply(expression, batch)
        found = batch.vectors.at(expression, axes)
        return np.broadcast_to(found, (*found.shape[:-1], batch.points))

    def _supply(self, expression: Expression, batch: Batch) -> None:
        """Computes the derivatives that an expression names."""
        values = batch.vectors.values
        for tensor in expression.tensors:
            if tensor.role is Role.ADJOINT and tensor not in values:
                values[tensor] = Numbers(self.derivative(tensor, batch)[..., None, :])

    def derivative(self, tensor: Tensor, batch: Batch) -> NDArray[np.float64]:
        """The numbers of a derivative: the axes of what is derived, then those of what by."""
        of, by = self.program.tensor(tensor.of), self.program.tensor(tensor.wrt)
        if tensor.name.endswith(_HELD):
            return self._held(of, by, batch)
        if of not in {definition.tensor for definition in batch.program.definitions} and of not in batch.given:
            raise EvaluationError(f"the derivative of {of.name}, which rests on derivatives itself")
        if by not in batch.program.declared and by not in {
            definition.tensor for definition in batch.program.definitions
        }:
            raise EvaluationError(f"a derivative by {by.name}, which rests on derivatives itself")
        return batch.derivative(of, by)

    def _held(self, of: Tensor, by: Tensor, batch: Batch) -> NDArray[np.float64]:
        """The derivative through what defines `of` alone, all other quantities being held."""
        known = {tensor: Numbers(numbers.value) for tensor, numbers in batch.vectors.values.items()}
        shape = known[by].value.shape[:-2]
        count = int(np.prod(shape, dtype=int))
        seeds = np.broadcast_to(np.eye(count).reshape(*shape, count, 1), (*shape, count, 1))
        held = {tensor: numbers for tensor, numbers in known.items() if tensor is not of}
        held[by] = Numbers(known[by].value, seeds)
        vectors = Vectors(self.sizes, held)
        definition = next((each for each in self.program.definitions if each.tensor is of), None)
        above = known[of].value.shape[:-2]
        if definition is None:
            slope: NDArray[np.float64] = np.zeros(1)
        else:
            vectors.define(Program((), (definition,), (of,)))
            found = vectors.values[of].slope
            slope = np.zeros(1) if found is None else found
        return np.broadcast_to(slope, (*above, count, batch.points)).reshape(*above, *shape, batch.points)


def _may_saturate(node: Expression) -> bool:
    if isinstance(node, Power):
        return any(isinstance(inner, Call) for inner in walk(node.base))
    return isinstance(node, Call)


def _of_kind(array: NDArray[np.float64], kind: str) -> NDArray[np.float64]:
    """The values of a matrix at the points, made symmetric, orthogonal or diagonal."""
    if array.ndim != 3 or array.shape[0] != array.shape[1]:
        return array
    stacked = np.moveaxis(array, -1, 0)
    match kind:
        case "symmetric":
            stacked = (stacked + stacked.transpose(0, 2, 1)) / 2
        case "covariance" | "positive definite":
            stacked = stacked @ stacked.transpose(0, 2, 1) + np.eye(array.shape[0])
        case "orthogonal":
            stacked = np.linalg.qr(stacked)[0]
        case "diagonal":
            stacked = stacked * np.eye(array.shape[0])
    return np.moveaxis(stacked, 0, -1)


def _apart(program: Program) -> tuple[Program, list[Definition]]:
    """The definitions that rest on no derivative, as a program, and those that do."""
    plain: list[Definition] = []
    resting: list[Definition] = []
    names: set[str] = set()
    for definition in program.definitions:
        used = definition.body.tensors
        if any(tensor.role is Role.ADJOINT or tensor.name in names for tensor in used):
            resting.append(definition)
            names.add(definition.tensor.name)
        else:
            plain.append(definition)
    return Program(program.declared, tuple(plain), program.results, program.assumptions), resting


def program_of(
    expressions: Iterable[Expression],
    definitions: Mapping[str, Definition],
    broken: Mapping[str, ChalkgradError],
    tensors: Mapping[str, Tensor],
    cut: frozenset[str] = frozenset(),
) -> Program:
    """The definitions that expressions rest on, in order, and what these leave free.

    What is derived by (`cut`) needs no definition of its own. `tensors` has the tensor of each quantity by its name.
    Raises `UndefinedError` for what could not be read.
    """
    ordered: list[Definition] = []
    declared: dict[str, Tensor] = {}
    begun: set[str] = set()

    def need(name: str) -> None:
        if name in begun:
            return
        begun.add(name)
        definition = definitions.get(name)
        if definition is not None:
            for inner in definition.body.tensors:
                wanted(inner)
            ordered.append(definition)
        elif name in broken and name not in cut:
            raise UndefinedError(f"it rests on {name}, whose definition could not be read")
        elif name not in tensors:
            raise UndefinedError(f"nothing says what {name} is")
        else:
            declared[name] = tensors[name]

    def wanted(tensor: Tensor) -> None:
        names = (tensor.of, tensor.wrt) if tensor.role is Role.ADJOINT else (tensor.name,)
        for name in names:
            need(name)

    for expression in expressions:
        for tensor in expression.tensors:
            wanted(tensor)
    return Program(tuple(declared.values()), tuple(ordered), tuple(each.tensor for each in ordered[-1:]))


__all__ = ["EvaluationError", "UndefinedError", "World", "program_of"]
