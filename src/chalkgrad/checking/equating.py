"""Whether two expressions have the same values: at random points, for other sizes, far away, or up to a factor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from chalkgrad.checking.cancelled import rounding_left
from chalkgrad.checking.grounds import Grounds
from chalkgrad.checking.worlds import World
from chalkgrad.errors import EvaluationError
from chalkgrad.language import (
    FUNCTIONS,
    Axis,
    Call,
    Element,
    Expression,
    Indicator,
    Max,
    Number,
    Power,
    Role,
    SizeOf,
    Sum,
    divide,
    multiply,
    number,
    replace,
    size_of,
    walk,
)
from chalkgrad.reading.hidden_samples import samples_of

DIFFERENT = 1e-6
MAXIMISED = "the sign: it is the gradient of the log-likelihood, which is maximised"
FACTOR = "the factor "  # with which a note on what a loss leaves open begins
_OPEN = ", which the name of the loss leaves open"
_OF_SUM = ": it is for the sum over the samples, the loss is their mean"
_OF_MEAN = ": it is for the mean over the samples, the loss is their sum"
_ROUNDED = 3  # digits from which a decimal is taken to be rounded
_MOST_DECIMALS = 20
_MANY_DIGITS = 7  # more than what counts elsewhere
_LARGE = 10  # a number that makes a smooth step steep
_SMALL = 1e-5
_TINY = 1e-11  # what rounding in a computation comes to
_ROUNDED_AFAR = 1e-7  # of the largest number at a point far away, or of 1: less is rounding
_ENOUGH = 4  # points at which something far away must be defined


@dataclass
class Equating(Grounds):
    """Compares expressions in the worlds of a reading."""

    def _factor(self, world: World, one: Expression, other: Expression, axes: tuple[Axis, ...]) -> str:
        """What a loss named in words leaves open: a half, a mean or a sum, or the sign of what is maximised."""
        if not any(tensor.of == self.reading.loss for tensor in one.tensors):
            return ""
        if self.reading.loss not in self.reading.named:
            found = self._mean_factor(world, one, other, axes)
        else:
            found = self._named_factor(world, one, other, axes)
        if not found and self.reading.named_as and self.reading.facts.words.maximises:
            opposite = multiply(-1, other)
            if self._equal(world, one, opposite, axes)[0]:
                return MAXIMISED
            found = self._named_factor(world, one, opposite, axes) if self.reading.loss in self.reading.named else ""
            return f"{MAXIMISED} and {found}" if found and not found.startswith(f"{FACTOR}2") else ""
        return found

    def _named_factor(self, world: World, one: Expression, other: Expression, axes: tuple[Axis, ...]) -> str:
        """The factor that the name of a loss leaves open."""
        factors: dict[str, Expression] = {}
        if self.reading.named_as == "mse":
            factors = {f"2{_OPEN}": number("1/2"), f"1/2{_OPEN}": number(2)}
        averaged = {
            node.size for node in walk(world.program.definition(self.reading.loss).body) if isinstance(node, SizeOf)
        }
        for name in samples_of(world.program):
            size = size_of(Axis("", name))
            if name in averaged:
                factors[f"1/{name}{_OF_SUM}"] = divide(1, size)
            else:
                factors[f"{name}{_OF_MEAN}"] = size
        for name in self._output_sizes(world) if self.reading.named_as == "mse" else ():
            size = size_of(Axis("", name))
            factors[f"1/{name}{_OPEN}"], factors[f"{name}{_OPEN}"] = size, divide(1, size)
        for words, factor in factors.items():
            if self._equal(world, one, multiply(factor, other), axes)[0]:
                return f"{FACTOR}{words}"
        return ""

    def _output_sizes(self, world: World) -> list[str]:
        """The sizes over which a named squared error may be a mean."""
        body = world.program.definition(self.reading.loss).body
        return sorted(
            {node.axis.size for node in walk(body) if isinstance(node, Sum) and isinstance(node.axis.size, str)}
        )

    def _mean_factor(self, world: World, one: Expression, other: Expression, axes: tuple[Axis, ...]) -> str:
        """The number of samples, where the loss of one of them is meant: not for a parameter, which is in all."""
        wrt = next((tensor.wrt for tensor in one.tensors if tensor.role is Role.ADJOINT), "")
        definition = self.definitions.get(self.reading.loss)
        if definition is None or (self.roles.get(wrt) is Role.PARAMETER and wrt not in self.definitions):
            return ""
        body = world.program.definition(self.reading.loss).body
        samples = samples_of(world.program)
        for node in walk(body):
            if isinstance(node, Power) and node.exponent == number(-1):
                counts = isinstance(node.base, SizeOf) and (node.base.size in samples or not samples)
                if counts or (isinstance(node.base, Element) and not node.base.indices):
                    if self._equal(world, one, multiply(node, other), axes)[0]:
                        return f"{FACTOR}{node}{_OF_SUM}"
        return ""

    def _equal(self, world: World, one: Expression, other: Expression, axes: tuple[Axis, ...]) -> tuple[bool, int]:
        """Whether two sides are equal under two sets of sizes, and at how many points they could be compared."""
        equal, points = self._equal_in(world, one, other, axes)
        if equal and world.sizes and world.second is not None:
            again, more = self._equal_in(world.second, one, other, axes)
            points += more
            if more and not again:
                return False, points
        if equal and _has_edges((one, other, *(each.body for each in world.program.definitions))):
            return self._equal_afar(world, one, other, axes), points
        return equal, points

    def _equal_afar(self, world: World, one: Expression, other: Expression, axes: tuple[Axis, ...]) -> bool:
        """Whether sides with edges or steep steps are equal at points farther away, and nearer to 0."""
        for scaled in world.scaled:
            try:
                equal, count = self._equal_in(scaled, one, other, axes, afar=True)
            except (EvaluationError, KeyError, ValueError):
                continue
            if count >= _ENOUGH and not equal:
                return False
        return True

    def _equal_in(
        self, world: World, one: Expression, other: Expression, axes: tuple[Axis, ...], afar: bool = False
    ) -> tuple[bool, int]:
        with np.errstate(all="ignore"):
            left, right = world.along(one, axes), world.along(other, axes)
            distance = np.abs(left - right)
            size = np.maximum(np.abs(left), np.abs(right))
            scale = np.nanmax(size.reshape(-1, size.shape[-1]), axis=0, initial=0.0)
            apart = distance / (size + 1e-9 * scale + 1e-300)
            apart = np.where(distance == 0, 0.0, apart).reshape(-1, size.shape[-1])
            if afar:  # where functions are saturated, differences of like numbers are nothing but rounding
                rounded = world.saturated | (distance <= _ROUNDED_AFAR * np.maximum(1.0, world.largest))
                distance = np.where(rounded, 0.0, distance)
                apart = np.where(distance.reshape(apart.shape) == 0, 0.0, apart)
            if (apart > DIFFERENT).any():  # sides that cancel out to nothing differ by nothing but rounding
                nothing = size <= rounding_left(world, (one, other), axes)
                apart = np.where(nothing.reshape(apart.shape), 0.0, apart)
            rounding = self._rounding(world, other, right, axes)
            if rounding is not None:
                apart = np.where(distance <= rounding, 0.0, apart.reshape(distance.shape)).reshape(apart.shape)
                if _has_many_digits(other):
                    far = (distance > rounding + _TINY * (1 + scale)).reshape(apart.shape)
                    apart = np.where(far, 1.0, apart)
        computed = np.isfinite(left).reshape(apart.shape).all(axis=0) & np.isfinite(right).reshape(apart.shape).all(
            axis=0
        )
        count = int(computed.sum())
        if not count:
            return False, 0
        differs = (apart > DIFFERENT).any(axis=0) & computed
        return not differs.any(), count

    def _rounding(
        self, world: World, side: Expression, value: NDArray[np.float64], axes: tuple[Axis, ...]
    ) -> NDArray[np.float64] | None:
        """How far a side may be off because its decimals are rounded to the digits given."""
        decimals = {node for node in walk(side) if isinstance(node, Number) and _digits(node.value) >= _ROUNDED}
        if not decimals or len(decimals) > _MOST_DECIMALS:
            return None
        total = np.zeros_like(value)
        for node in decimals:
            moved = Number(node.value + Fraction(1, 2 * 10 ** _digits(node.value)))
            total = total + np.abs(world.along(replace(side, {node.identity: moved}), axes) - value)
        return 1.05 * total


def _has_edges(expressions: Sequence[Expression]) -> bool:
    """Whether something changes abruptly: at a comparison, a kink, or where a large number steepens a function, or what
    a small one hides nearby shows far away."""
    for expression in expressions:
        for node in walk(expression):
            if isinstance(node, Indicator | Max):
                return True
            if isinstance(node, Call) and (FUNCTIONS[node.function].kinks or node.function in ("sign", "step")):
                return True
            if isinstance(node, Number) and (abs(node.value) >= _LARGE or 0 < abs(node.value) <= _SMALL):
                return True
    return False


def _has_many_digits(side: Expression) -> bool:
    """Whether a decimal has so many digits that the last ones count."""
    return any(isinstance(node, Number) and _digits(node.value) >= _MANY_DIGITS for node in walk(side))


def _digits(value: Fraction) -> int:
    """How many digits a decimal has after its point; 0 for what is no decimal."""
    for digits in range(1, 13):
        if (value * 10**digits).denominator == 1:
            return 0 if value.denominator == 1 else digits
    return 0
