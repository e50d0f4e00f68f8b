"""Points at which a claim is compared: random values for all that a model is given, and numbers for its named sizes.

A claim that holds under one set of sizes may hold by coincidence (with two samples 1/n is 1 - 1/n), so there are two.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import chain, count
from math import prod
from typing import Any, TypeAlias

import numpy as np

from chalkgrad.checking.domains import fractions_of
from chalkgrad.language import Array, Call, Element, Program, Role, Sum, Tensor, walk
from chalkgrad.reading.hidden_samples import samples_of
from chalkgrad.reading.small_changes import STEPS

Draw: TypeAlias = Callable[[random.Random], Fraction]

ROUND = 60

_LOGARITHMS = frozenset({"log", "log1p", "softplus"})
_COUNTS = (5, 3, 7, 6)  # of samples; with two or four a slip by such a factor would look like a mean that is missing
_OTHER = (3, 4, 2)


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


def sizes_for(program: Program, *, others: bool = False) -> dict[str, int]:
    """Numbers for the named sizes, distinct from each other and from the sizes that are numbers.

    With `others` they also differ from those without, each from its own.
    """
    axes = {axis for tensor in program.declared for axis in tensor.axes}
    names = {axis.size for axis in axes if isinstance(axis.size, str)}
    taken = {axis.size for axis in axes if isinstance(axis.size, int)}
    samples = [name for name in samples_of(program) if name in names]
    found: dict[str, int] = {}
    first = sizes_for(program) if others else {}
    for name in (*samples, *sorted(names - set(samples))):
        usual = _COUNTS if name in samples else _OTHER
        free = (size for size in chain(usual, count(5)) if size not in taken and size != first.get(name))
        found[name] = next(free)
        taken.add(found[name])
    return found


def random_point(program: Program, sizes: Mapping[str, int], seed: int) -> Point:
    """A point with values of both signs where the domains allow it, and targets of all kinds they may be."""
    return _point(program, sizes, random.Random(seed), _anywhere, _anywhere, _between)


def far_point(program: Program, sizes: Mapping[str, int], seed: int, scale: int) -> Point:
    """A random point some of whose values are `scale` times as large as usual."""

    def draw(source: random.Random) -> Fraction:
        near = _anywhere(source)
        return near * scale if source.random() < 0.4 else near

    return _point(program, sizes, random.Random(100 + seed), draw, draw, _between)


def labelled_point(program: Program, sizes: Mapping[str, int], seed: int) -> Point:
    """A random point whose targets are labels: 0 or 1, or where targets sum to one, one of them 1."""
    return _point(program, sizes, random.Random(seed), _anywhere, _label, _label)


def round_point(program: Program, sizes: Mapping[str, int], seed: int) -> Point:
    """A point with small whole numbers: for counterexamples. Those of the smallest seeds are the friendliest."""
    draw = _small if seed < ROUND // 2 else _wider
    return _point(program, sizes, random.Random(1000 + seed), draw, _label, _label)


@lru_cache(maxsize=256)
def has_probabilities(program: Program) -> bool:
    """Whether the targets are probabilities: those of a loss with logarithms are."""
    targets = {tensor for tensor in program.declared if tensor.role is Role.TARGET}
    return any(
        isinstance(node, Call) and node.function in _LOGARITHMS
        for definition in program.definitions
        if targets & set(definition.body.tensors)
        for node in walk(definition.body)
    )


@lru_cache(maxsize=64)
def _special(program: Program) -> tuple[frozenset[Tensor], bool]:
    """The tensors whose values are fractions, and whether the targets are probabilities."""
    targets = any(tensor.role is Role.TARGET for tensor in program.declared)
    return fractions_of(program), targets and has_probabilities(program)


def _point(
    program: Program, sizes: Mapping[str, int], source: random.Random, draw: Draw, real: Draw, probability: Draw
) -> Point:
    values = {}
    fractions, probabilities = _special(program)
    of_target = probability if probabilities else real
    of_fraction = _quarters if draw in (_small, _wider) else _between
    for tensor in program.declared:
        shape = tuple(axis.size if isinstance(axis.size, int) else sizes[axis.size] for axis in tensor.axes)
        along = sums_to_one_along(program, tensor) if tensor.role is Role.TARGET else None
        if along is not None:
            found = _distributions(source, prod(shape), shape[along], probability is _label)
            values[tensor.name] = Array(shape, along_axis(found, shape, along))
        else:
            make = of_target if tensor.role is Role.TARGET else draw
            if tensor in fractions:
                make = of_fraction
            if tensor.name in STEPS:
                make = _nothing
            values[tensor.name] = Array(shape, [make(source) for _ in range(prod(shape))])
    return Point(values, sizes)


def sums_to_one_along(program: Program, target: Tensor) -> int | None:
    """The place of the axis along which the entries of a target are taken to sum to one; None if they are not."""
    for assumption in program.assumptions:
        if target in assumption.left.tensors:
            for node in walk(assumption.left):
                if isinstance(node, Sum) and isinstance(node.body, Element):
                    return next(k for k, index in enumerate(node.body.indices) if index.axis is node.axis)
            return len(target.axes) - 1
    return None


def along_axis(entries: Sequence[Fraction], shape: tuple[int, ...], along: int) -> list[Fraction]:
    """Entries that are listed with one axis as the last, in the order of the whole shape."""
    moved = (*shape[:along], *shape[along + 1 :], shape[along])
    return list(np.moveaxis(np.array(entries, dtype=object).reshape(moved), -1, along).ravel().tolist())


_ANYWHERE = tuple(Fraction(sign * size, 1000) for sign in (-1, 1) for size in range(200, 1501))
_BETWEEN = tuple(Fraction(size, 1000) for size in range(100, 901))
_SMALL = tuple(map(Fraction, (1, 2, -1, 1, 0)))
_WIDER = tuple(map(Fraction, range(-3, 4)))
_LABELS = tuple(map(Fraction, (0, 1)))
_QUARTERS = tuple(Fraction(size, 4) for size in (1, 2, 3))


def _nothing(source: random.Random) -> Fraction:
    """A small change begins where nothing has moved."""
    return Fraction(0)


def _anywhere(source: random.Random) -> Fraction:
    return _ANYWHERE[int(source.random() * len(_ANYWHERE))]


def _between(source: random.Random) -> Fraction:
    return _BETWEEN[int(source.random() * len(_BETWEEN))]


def _small(source: random.Random) -> Fraction:
    return source.choice(_SMALL)


def _wider(source: random.Random) -> Fraction:
    return _WIDER[source.randint(-3, 3) + 3]


def _quarters(source: random.Random) -> Fraction:
    return _QUARTERS[source.randint(0, 2)]


def _label(source: random.Random) -> Fraction:
    return _LABELS[source.randint(0, 1)]


def _distributions(source: random.Random, count: int, classes: int, one_hot: bool) -> list[Fraction]:
    numbers: list[Fraction] = []
    for _ in range(count // classes):
        weights = [0] * classes if one_hot else [source.randint(1, 9) for _ in range(classes)]
        if one_hot:
            weights[source.randrange(classes)] = 1
        numbers += [Fraction(weight, sum(weights)) for weight in weights]
    return numbers
