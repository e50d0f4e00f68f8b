"""Sides that come to nothing: where terms of a usual size cancel out, what is left of them is rounding.

`sum(n, x[n] - mu)` is 0 where mu is the mean of the x; computed, it is a different 1e-16 on either side of an equation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from chalkgrad.checking.worlds import World
from chalkgrad.language import Add, Axis, Expression, Sum

ROUNDED = 1e-13  # of the largest of the terms


def rounding_left(world: World, sides: Sequence[Expression], axes: Sequence[Axis]) -> NDArray[np.float64]:
    """How much may be left at each point of terms that cancel out; 0 where the sides add nothing up."""
    largest = np.zeros(world.batch.points)
    for side in sides:
        for term, bound in _terms(side, ()):
            size = np.abs(world.along(term, (*axes, *bound)))
            size = np.where(np.isfinite(size), size, 0.0).reshape(-1, size.shape[-1])
            largest = np.maximum(largest, size.max(axis=0, initial=0.0))
    return ROUNDED * largest


def _terms(side: Expression, bound: tuple[Axis, ...]) -> Iterator[tuple[Expression, tuple[Axis, ...]]]:
    """The terms that a side adds up, those under its sums included, with the axes that it sums over."""
    if isinstance(side, Sum):
        yield from _terms(side.body, (*bound, side.axis))
    elif isinstance(side, Add):
        for term in side.terms:
            inner = list(_terms(term, bound))
            yield from inner or [(term, bound)]
