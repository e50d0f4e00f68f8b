"""Data sets: inputs with their targets, and generators of the usual examples; the same seed gives the same data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from chalkgrad.errors import ChalkgradError, ShapeError, UnknownNameError

Floats: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True)
class Dataset:
    """Inputs x (samples, variables) with targets y (samples, outputs), and what the columns are called.

    Two classes are one column of 0 (or -1) and 1; more classes are one column each, with a 1 for the sample's own
    (one-hot). `classes` names them, and is empty for a regression. Raises `ShapeError` for arrays that do not belong
    together.

    >>> Dataset("two points", [[0, 1], [2, 3]], [0, 1], ("a", "b"), "class", ("no", "yes")).y
    array([[0.],
           [1.]])
    """

    name: str
    x: Floats
    y: Floats
    columns: tuple[str, ...]
    target: str = "y"
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        x, y = np.asarray(self.x, dtype=np.float64), np.asarray(self.y, dtype=np.float64)
        y = y[:, None] if y.ndim == 1 else y
        if x.ndim != 2 or y.ndim != 2 or len(x) != len(y):
            raise ShapeError(f"inputs {x.shape} and targets {y.shape} need as many rows, one for each sample")
        if x.shape[1] != len(self.columns):
            raise ShapeError(f"inputs with {x.shape[1]} columns need as many names, not {len(self.columns)}")
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", y)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def labels(self) -> NDArray[np.int64]:
        """The number of each sample's class, counting from 0; raises `ChalkgradError` for a regression."""
        if not self.classes:
            raise ChalkgradError(f"the data set '{self.name}' has no classes: its target is a number")
        return self.y.argmax(axis=1) if self.y.shape[1] > 1 else (self.y[:, 0] > 0).astype(np.int64)


@dataclass(frozen=True)
class Standardisation:
    """The mean and the standard deviation of each column; a constant column has the deviation 1.

    >>> scale = standardisation([[1.0, 5.0], [3.0, 5.0]])
    >>> scale.apply([[1.0, 5.0], [3.0, 5.0]]).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """

    mean: Floats
    deviation: Floats

    def apply(self, x: Floats) -> Floats:
        """The columns with mean 0 and deviation 1."""
        return (np.asarray(x, dtype=np.float64) - self.mean) / self.deviation

    def undo(self, x: Floats) -> Floats:
        """The columns as they were."""
        return np.asarray(x, dtype=np.float64) * self.deviation + self.mean


def standardisation(x: Floats) -> Standardisation:
    """The mean and deviation of each column of x (samples, variables)."""
    values = np.asarray(x, dtype=np.float64)
    deviation = values.std(axis=0)
    return Standardisation(values.mean(axis=0), np.where(deviation > 0, deviation, 1.0))


def _two_classes(name: str, x: Floats, labels: NDArray[np.bool_], generator: np.random.Generator) -> Dataset:
    order = generator.permutation(len(x))
    return Dataset(name, x[order], labels[order].astype(np.float64), ("x1", "x2"), "class", ("0", "1"))


def _xor(count: int, noise: float, generator: np.random.Generator) -> Dataset:
    x = generator.uniform(-2, 2, (count, 2))
    labels = (x[:, 0] > 0) != (x[:, 1] > 0)
    return _two_classes("XOR", x + generator.normal(0, noise, x.shape), labels, generator)


def _moons(count: int, noise: float, generator: np.random.Generator) -> Dataset:
    labels = np.arange(count) % 2 == 1
    angle = generator.uniform(0, np.pi, count)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    x = np.where(labels[:, None], lower, upper)
    return _two_classes("moons", x + generator.normal(0, noise, x.shape), labels, generator)


def _circles(count: int, noise: float, generator: np.random.Generator) -> Dataset:
    labels = np.arange(count) % 2 == 1
    angle = generator.uniform(0, 2 * np.pi, count)
    x = np.where(labels, 0.5, 1.0)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _two_classes("circles", x + generator.normal(0, noise, x.shape), labels, generator)


def _spirals(count: int, noise: float, generator: np.random.Generator) -> Dataset:
    labels = np.arange(count) % 2 == 1
    angle = 3 * np.pi * np.sqrt(generator.uniform(0.02, 1, count))
    x = (angle * np.where(labels, -1, 1) / (3 * np.pi))[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _two_classes("spirals", x + generator.normal(0, noise, x.shape), labels, generator)


def _gaussians(count: int, noise: float, generator: np.random.Generator) -> Dataset:
    labels = np.arange(count) % 2 == 1
    x = np.where(labels[:, None], [1.5, 1.0], [-1.5, -1.0]) + generator.normal(0, 1, (count, 2))
    return _two_classes("Gaussians", x + generator.normal(0, noise, x.shape), labels, generator)


def _checkerboard(count: int, noise: float, generator: np.random.Generator) -> Dataset:
    x = generator.uniform(-2, 2, (count, 2))
    labels = np.floor(x).sum(axis=1) % 2 == 1
    return _two_classes("checkerboard", x + generator.normal(0, noise, x.shape), labels, generator)


def _plane(count: int, noise: float, generator: np.random.Generator) -> Dataset:
    x = generator.uniform(-1, 1, (count, 2))
    y = x @ np.array([2.0, -3.0]) + 0.5 + generator.normal(0, noise, count)
    return Dataset("plane", x, y, ("x1", "x2"))


_Generator: TypeAlias = "Callable[[int, float, np.random.Generator], Dataset]"
# What is drawn, and the noise (a standard deviation) that it has unless told otherwise.
GENERATORS: dict[str, tuple[_Generator, float]] = {
    "xor": (_xor, 0.0),
    "moons": (_moons, 0.1),
    "circles": (_circles, 0.05),
    "spirals": (_spirals, 0.02),
    "gaussians": (_gaussians, 0.0),
    "checkerboard": (_checkerboard, 0.0),
    "plane": (_plane, 0.1),
}


def generate(name: str, count: int = 500, seed: int = 0, noise: float | None = None) -> Dataset:
    """A data set in two variables by name: xor, moons, circles, spirals, gaussians, checkerboard (two classes), plane.

    XOR is uniform in [-2, 2]², class 1 where the signs differ; plane is the regression 2x₁ - 3x₂ + ½. `noise` is a
    standard deviation that is added to the inputs (to the target of plane). Raises `UnknownNameError`.

    >>> data = generate("xor", count=4, seed=1)
    >>> data.x.shape, data.y.shape, bool(((data.x[:, 0] * data.x[:, 1] < 0) == data.y[:, 0]).all())
    ((4, 2), (4, 1), True)
    """
    key = name.lower()
    if key not in GENERATORS:
        raise UnknownNameError("data set", name, sorted(GENERATORS))
    if count < 1:
        raise ChalkgradError(f"a data set needs at least 1 sample, not {count}")
    draw, usual = GENERATORS[key]
    return draw(count, usual if noise is None else noise, np.random.default_rng(seed))
