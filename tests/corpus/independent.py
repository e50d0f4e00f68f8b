"""An evaluator of the language's expressions that shares nothing with the one under test: NumPy, axis names, SciPy.

A value is an array with a dimension for each of its axes, in the order of their names, and a last one for the points.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from scipy import special

from chalkgrad.checking.domains import fractions_of
from chalkgrad.language import Axis, Definition, Expression, Index, Program, Role, Tensor
from chalkgrad.language import expressions as e

_COMPARE = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
_SELU = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def _gelu_tanh(x: Any) -> Any:
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


# Each function of the table as textbooks define it, and for those whose derivative is needed, that as well.
VALUES: dict[str, Callable[[Any], Any]] = {
    "identity": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, x / 100),
    "elu": lambda x: np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1),
    "selu": lambda x: _SELU[1] * np.where(x > 0, x, _SELU[0] * (np.exp(np.minimum(x, 0)) - 1)),
    "gelu": lambda x: x * special.ndtr(x),
    "gelu_tanh": _gelu_tanh,
    "silu": lambda x: x * special.expit(x),
    "mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
    "softplus": lambda x: np.logaddexp(0, x),
    "sigmoid": special.expit,
    "tanh": np.tanh,
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "exp": np.exp, "log": np.log, "log1p": np.log1p, "expm1": np.expm1, "sqrt": np.sqrt, "abs": np.abs, "sign": np.sign,
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "arctan": np.arctan, "sinh": np.sinh, "cosh": np.cosh,
    "erf": special.erf,
    "step": lambda x: (x > 0) * 1.0,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "sech": lambda x: 1 / np.cosh(x),
}  # fmt: skip


def _by_complex_step(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The derivative of an analytic function, to the last digit: its imaginary part at a tiny imaginary step."""
    return lambda x: np.imag(function(x + 1e-30j)) / 1e-30


SLOPES: dict[str, Callable[[Any], Any]] = {
    "identity": np.ones_like,
    "relu": lambda x: (x > 0) * 1.0,
    "leaky_relu": lambda x: np.where(x > 0, 1.0, 0.01),
    "elu": lambda x: np.where(x > 0, 1.0, np.exp(np.minimum(x, 0))),
    "selu": lambda x: _SELU[1] * np.where(x > 0, 1.0, _SELU[0] * np.exp(np.minimum(x, 0))),
    "gelu": lambda x: special.ndtr(x) + x * np.exp(-x * x / 2) / np.sqrt(2 * np.pi),
    "gelu_tanh": _by_complex_step(_gelu_tanh),
    "silu": _by_complex_step(lambda x: x / (1 + np.exp(-x))),
    "mish": _by_complex_step(lambda x: x * np.tanh(np.log(1 + np.exp(x)))),
    "hard_sigmoid": lambda x: (np.abs(x) < 3) / 6,
    "hard_tanh": lambda x: (np.abs(x) < 1) * 1.0,
    "softsign": lambda x: 1 / (1 + np.abs(x)) ** 2,
    "sigmoid": lambda x: special.expit(x) * special.expit(-x),
    "softplus": special.expit,
    "tanh": lambda x: 1 / np.cosh(x) ** 2,
    "abs": np.sign,
    "sign": np.zeros_like,
    "step": np.zeros_like,
    "reciprocal": lambda x: -1 / x**2,
    "erf": lambda x: 2 / np.sqrt(np.pi) * np.exp(-x * x),
}
for _name in ("exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "arctan", "sinh", "cosh", "square", "sech"):
    SLOPES[_name] = _by_complex_step(VALUES[_name])


@dataclass(frozen=True)
class Named:
    """An array with names for its dimensions, all but the last, which is the points."""

    array: Any
    axes: tuple[Axis, ...] = ()


def _widened(values: Sequence[Named]) -> tuple[list[Any], tuple[Axis, ...]]:
    axes = tuple(
        sorted({axis for value in values for axis in value.axes}, key=lambda axis: (axis.name, str(axis.size)))
    )
    arrays = []
    for value in values:
        shape = [value.array.shape[value.axes.index(axis)] if axis in value.axes else 1 for axis in axes]
        arrays.append(value.array.reshape(*shape, value.array.shape[-1]))
    return arrays, axes


def _joined(act: Callable[..., Any], *values: Named) -> Named:
    arrays, axes = _widened(values)
    return Named(act(*arrays), axes)


class Evaluator:
    """Expressions at points, given the tensors' values (a dimension for each of their axes, then the points)."""

    def __init__(self, sizes: Mapping[str, int], tensors: Mapping[str, Any]) -> None:
        self.sizes, self.tensors = sizes, dict(tensors)
        self.known: dict[Expression, Named] = {}

    def along(self, expression: Expression, axes: Sequence[Axis]) -> Any:
        """The values as an array with the axes in this order, then the points."""
        value = self.of(expression)
        order = [value.axes.index(axis) for axis in axes if axis in value.axes]
        array = value.array.transpose(*order, len(value.axes))
        shape = [array.shape[order.index(value.axes.index(a))] if a in value.axes else 1 for a in axes]
        full = [self.size(axis) for axis in axes]
        return np.broadcast_to(array.reshape(*shape, array.shape[-1]), (*full, array.shape[-1]))

    def size(self, axis: Axis) -> int:
        return axis.size if isinstance(axis.size, int) else self.sizes[axis.size]

    def of(self, expression: Expression) -> Named:
        if expression not in self.known:
            self.known[expression] = self._of(expression)
        return self.known[expression]

    def _index(self, index: Index) -> Named:
        parts = [Named(np.array([[float(index.offset)]]).reshape(1))]
        for axis, coefficient in index.terms:
            parts.append(Named(coefficient * np.arange(self.size(axis)).reshape(-1, 1), (axis,)))
        return _joined(lambda *arrays: reduce(operator.add, arrays), *parts)

    def _of(self, node: Expression) -> Named:
        match node:
            case e.Number(value=value):
                return Named(np.array([float(value)]))
            case e.Constant():
                return Named(np.array([np.pi]))
            case e.SizeOf(size=size):
                return Named(np.array([float(self.sizes[size])]))
            case e.IndexValue(index=index):
                return self._index(index)
            case e.Element(tensor=tensor, indices=indices):
                return self._element(self.tensors[tensor.name], [self._index(index) for index in indices])
            case e.Delta(left=left, right=right):
                return _joined(lambda a, b: (a == b) * 1.0, self._index(left), self._index(right))
            case e.Indicator(comparison=comparison, left=left, right=right):
                return _joined(lambda a, b: _COMPARE[comparison](a, b) * 1.0, self.of(left), self.of(right))
            case e.Add(terms=terms):
                return _joined(lambda *arrays: reduce(operator.add, arrays), *map(self.of, terms))
            case e.Multiply(factors=factors):
                return self._product(factors)
            case e.Power(base=base, exponent=exponent):
                return _joined(lambda a, b: np.power(a + 0.0, b), self.of(base), self.of(exponent))
            case e.Call(function=function, argument=argument, order=order):
                if order > 1:
                    raise NotImplementedError(f"{function} derived {order} times")
                inner = self.of(argument)
                return Named((SLOPES if order else VALUES)[function](inner.array), inner.axes)
            case e.Sum(body=body, axis=axis):
                inner = self.of(body)
                if axis not in inner.axes:
                    return Named(inner.array * self.size(axis), inner.axes)
                return Named(inner.array.sum(axis=inner.axes.index(axis)), tuple(a for a in inner.axes if a != axis))
            case e.Max(body=body, axis=axis):
                inner = self.of(body)
                if axis not in inner.axes:
                    return inner
                return Named(inner.array.max(axis=inner.axes.index(axis)), tuple(a for a in inner.axes if a != axis))
        raise NotImplementedError(type(node).__name__)

    def _element(self, held: Any, indices: list[Named]) -> Named:
        if not indices:
            return Named(held)
        arrays, axes = _widened(indices)
        places = [array[..., 0].astype(int) for array in arrays]
        inside = reduce(operator.and_, (((p >= 0) & (p < n)) for p, n in zip(places, held.shape, strict=False)))
        taken = held[tuple(np.clip(p, 0, n - 1) for p, n in zip(places, held.shape, strict=False))]
        return Named(np.where(inside[..., None], taken, 0.0), axes)

    def _product(self, factors: Sequence[Expression]) -> Named:
        """What an indicator rules out is not looked at, so that it may be undefined there."""
        gates = [self.of(factor) for factor in factors if isinstance(factor, e.Indicator | e.Delta)]
        others = [self.of(factor) for factor in factors if not isinstance(factor, e.Indicator | e.Delta)]

        def product(*arrays: Any) -> Any:
            gate = reduce(operator.mul, arrays[: len(gates)], np.array([1.0]))
            value = reduce(operator.mul, arrays[len(gates) :], np.array([1.0]))
            return np.where(gate != 0, value, 0.0)

        return _joined(product, *gates, *others)


class Model:
    """A program at random points of our own: every tensor's values, under sizes that are all different.

    The targets of a loss with logarithms are probabilities, of any other any numbers; what logarithms and roots are
    taken of is between 0 and 1.
    """

    def __init__(self, program: Program, seed: int, points: int = 24, scale: float = 0.9) -> None:
        self.program, self.points = program, points
        self.random = np.random.default_rng(seed)
        named = sorted({a.size for t in program.declared for a in t.axes if isinstance(a.size, str)})
        taken = {a.size for t in program.declared for a in t.axes}
        free = (size for size in (7, 5, 8, 6, 9, 11, 13, 10, 12, *range(14, 99)) if size not in taken)
        self.sizes = {name: next(free) for name in named}
        given = {tensor.name: self._drawn(tensor, scale) for tensor in program.declared}
        self.evaluator = self.at(given)
        self.given = given

    def at(self, given: Mapping[str, Any]) -> Evaluator:
        """The evaluator with all that the program defines from these values."""
        evaluator = Evaluator(self.sizes, given)
        with np.errstate(all="ignore"):
            for definition in self.program.definitions:
                evaluator.tensors[definition.tensor.name] = _tensor(evaluator, definition, self.points)
        return evaluator

    def _drawn(self, tensor: Tensor, scale: float) -> Any:
        shape = [axis.size if isinstance(axis.size, int) else self.sizes[axis.size] for axis in tensor.axes]
        if tensor in fractions_of(self.program):
            return self.random.uniform(0.05, 0.95, size=(*shape, self.points))
        if tensor.role is not Role.TARGET:
            return self.random.normal(size=(*shape, self.points)) * scale
        one = any(tensor in assumption.left.tensors for assumption in self.program.assumptions)
        if not one and "log" not in str(self.program) and "softplus" not in str(self.program.definitions[-1]):
            return self.random.normal(size=(*shape, self.points)) * scale
        drawn = self.random.uniform(0.05, 0.95, size=(*shape, self.points))
        return drawn / drawn.sum(axis=-2, keepdims=True) if one else drawn


def _tensor(evaluator: Evaluator, definition: Definition, points: int) -> Any:
    found = evaluator.along(definition.body, definition.indices)
    return np.broadcast_to(found, (*found.shape[:-1], points))
