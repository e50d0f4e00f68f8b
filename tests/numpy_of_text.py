"""Text of matrices computed by NumPy in complex numbers, with nothing of ours: `x'*A*x` as Python would have it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

STEP = 1e-30


class Matrix:
    """A matrix of complex numbers; a number is 1×1, a vector a column. `%` and `//` go place by place."""

    __array_ufunc__ = None

    def __init__(self, entries: Any) -> None:
        array = np.asarray(entries, dtype=complex)
        self.entries = array.reshape(-1, 1) if array.ndim < 2 else array

    @property
    def T(self) -> Matrix:  # noqa: N802
        return Matrix(self.entries.T)

    def _with(self, other: Any, act: Callable[[Any, Any], Any]) -> Matrix:
        return Matrix(act(self.entries, matrix(other).entries))

    def __add__(self, other: Any) -> Matrix:
        return self._with(other, np.add)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Matrix:
        return self._with(other, np.subtract)

    def __rsub__(self, other: Any) -> Matrix:
        return matrix(other) - self

    def __neg__(self) -> Matrix:
        return Matrix(-self.entries)

    def __mul__(self, other: Any) -> Matrix:
        numbers = (1, 1) in (self.entries.shape, matrix(other).entries.shape)
        return self._with(other, np.multiply if numbers else np.matmul)

    def __rmul__(self, other: Any) -> Matrix:
        return matrix(other) * self

    def __truediv__(self, other: Any) -> Matrix:
        assert matrix(other).entries.shape == (1, 1)
        return self._with(other, np.divide)

    def __rtruediv__(self, other: Any) -> Matrix:
        return matrix(other) / self

    def __mod__(self, other: Any) -> Matrix:
        return self._with(other, np.multiply)

    def __floordiv__(self, other: Any) -> Matrix:
        return self._with(other, np.divide)

    def __rfloordiv__(self, other: Any) -> Matrix:
        return matrix(other) // self

    def __pow__(self, exponent: Any) -> Matrix:
        square = self.entries.shape[0] == self.entries.shape[1] != 1
        if isinstance(exponent, int) and square:
            return Matrix(np.linalg.matrix_power(self.entries, exponent))
        return self._with(exponent, np.power)

    def each(self, exponent: Any) -> Matrix:
        return self._with(exponent, np.power)


def matrix(value: Any) -> Matrix:
    return value if isinstance(value, Matrix) else Matrix(value)


def _elementwise(act: Callable[[Any], Any]) -> Callable[[Any], Matrix]:
    return lambda value: Matrix(act(matrix(value).entries))


def _size(value: Any) -> Any:
    return np.where(value.real < 0, -value, value)


def _norm(value: Matrix) -> Matrix:
    return Matrix(np.sqrt(np.sum(value.entries**2)))


def _square(act: Callable[[Any], Any]) -> Callable[[Matrix], Matrix]:
    return lambda value: Matrix(act(value.entries))


FUNCTIONS: dict[str, Any] = {
    "exp": _elementwise(np.exp),
    "log": _elementwise(np.log),
    "sin": _elementwise(np.sin),
    "cos": _elementwise(np.cos),
    "tanh": _elementwise(np.tanh),
    "abs": _elementwise(_size),
    "sigmoid": _elementwise(lambda x: 1 / (1 + np.exp(-x))),
    "relu": _elementwise(lambda x: np.where(x.real > 0, x, 0)),
    "sum": lambda value: Matrix(np.sum(value.entries)),
    "tr": _square(np.trace),
    "det": _square(np.linalg.det),
    "logdet": _square(lambda x: np.log(np.linalg.det(x) * np.sign(np.linalg.det(x).real))),
    "inv": _square(np.linalg.inv),
    "norm1": lambda value: Matrix(np.sum(_size(value.entries))),
    "norm2": _norm,
    "normF": _norm,
    "vector": lambda one: one,
    "diag": lambda value: Matrix(np.diag(value.entries[:, 0] if value.entries.shape[1] == 1 else value.entries)),
}


def value_of(text: str, values: Mapping[str, Any], size: int) -> np.ndarray:
    """The value of a text of matrices in complex numbers; `eye` is as large as told."""
    python = text.replace("'", ".T").replace(".*", "%").replace("./", "//")
    python = re.sub(r"\.\^\s*(\([^()]*\)|-?[\w.]+)", r".each(\1)", python).replace("^", "**")
    names = {**FUNCTIONS, "eye": Matrix(np.eye(size)), "pi": np.pi, **{k: matrix(v) for k, v in values.items()}}
    names = {name: value for name, value in names.items() if name not in values or isinstance(value, Matrix)}
    return matrix(eval(python, {"__builtins__": {}}, names)).entries


def gradient_of(text: str, values: Mapping[str, Any], wrt: str, size: int) -> np.ndarray:
    """The gradient of a text that is a number, by complex steps (Squire and Trapp, 1998): exact to rounding."""
    start = np.asarray(values[wrt], dtype=complex)
    found = np.zeros(start.shape)
    for place in np.ndindex(start.shape):
        moved = start.copy()
        moved[place] += STEP * 1j
        found[place] = value_of(text, {**values, wrt: moved}, size).imag.item() / STEP
    return found
