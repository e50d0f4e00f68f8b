"""The edges of a formula, where it goes over from one piece to another, and points close by on both sides of them.

Random points tell 1[z > 0] from 1[z > 0.001] only by chance. Where a claim has an edge the derivative must have it too,
so both are compared just before and just after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

from chalkgrad.checking.vectors import Batch
from chalkgrad.language import FUNCTIONS, Call, Expression, Indicator, Tensor, walk

_SEGMENTS = 4
_STEPS = 24
_ROUNDS = 3
_CLOSE = 1e-6  # of a segment


def edges_in(expression: Expression) -> Iterator[Expression]:
    """What is 0 at each edge: where an indicator changes, and where a function of the table has a kink."""
    for node in walk(expression):
        if isinstance(node, Indicator):
            edges = [node.left - node.right]
        elif isinstance(node, Call):
            edges = [node.argument - at for at in _edges_of(node.function)]
        else:
            continue
        yield from (edge for edge in edges if edge.tensors)


@cache
def _edges_of(function: str) -> frozenset[Fraction]:
    row = FUNCTIONS[function]
    pieces = row.definition is not None and any(isinstance(node, Indicator) for node in walk(row.definition))
    return frozenset({kink.at for kink in row.kinks} | ({Fraction(0)} if pieces else set()))


def one_sided(batch: Batch, expression: Expression) -> bool:
    """Whether some edge of the expression is met from one side only, at all the points."""
    sides = (_along(batch, edge) for edge in edges_in(expression))
    return any(not ((values > 0).any(axis=1) & (values <= 0).any(axis=1)).all() for values in sides)


def beside(batch: Batch, edge: Expression) -> Batch | None:
    """Points just before and just after an edge, on lines between points of the batch; None where it is not crossed."""
    lines = list(_crossing(_along(batch, edge)))[:_SEGMENTS]
    if not lines:
        return None
    entries, starts, ends = (np.array(column) for column in zip(*lines, strict=True))
    low, high = np.zeros(len(lines)), np.ones(len(lines))
    for _ in range(_ROUNDS):
        fractions = low + np.linspace(0, 1, _STEPS)[:, None] * (high - low)
        values = _along(_between(batch, starts, ends, fractions), edge)
        of_line = values.reshape(len(values), _STEPS, len(lines))[entries, :, np.arange(len(lines))].T
        last = _last_before(of_line)
        low, high = (np.take_along_axis(fractions, at[None], 0)[0] for at in (last, last + 1))
        below, above = (np.take_along_axis(of_line, at[None], 0)[0] for at in (last, last + 1))
    with np.errstate(all="ignore"):
        crossing = np.clip(np.nan_to_num(low - below * (high - low) / (above - below)), low, high)
    return _between(batch, starts, ends, np.stack([crossing - _CLOSE, crossing + _CLOSE]))


def _along(batch: Batch, edge: Expression) -> NDArray[np.float64]:
    """The values of the edge, a row for each place along its axes, at all points."""
    return batch.vectors.at(edge, sorted(edge.free, key=lambda axis: axis.name)).reshape(-1, batch.points)


def _crossing(values: NDArray[np.float64]) -> Iterator[tuple[int, int, int]]:
    """Lines from a point where the edge is not yet reached to one beyond it: the place of the edge, the two points."""
    for turn in range(_SEGMENTS):
        for place, row in enumerate(values):
            before, after = np.flatnonzero(row <= 0), np.flatnonzero(row > 0)
            if turn < min(before.size, after.size):
                yield place, int(before[turn]), int(after[turn])


def _last_before(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each column the last step at which the edge is not yet reached, and with the next one it is."""
    crossed = (values[:-1] <= 0) & (values[1:] > 0)
    found: NDArray[np.int64] = crossed.argmax(axis=0)
    return found


def _between(batch: Batch, starts: NDArray[np.int64], ends: NDArray[np.int64], fractions: NDArray[np.float64]) -> Batch:
    """The points on the lines at the fractions: a row of them for each step, a column for each line."""

    def placed(given: NDArray[np.float64]) -> NDArray[np.float64]:
        start, end = given[..., None, starts], given[..., None, ends]
        return (start + fractions * (end - start)).reshape(*given.shape[:-1], -1)

    given: dict[Tensor, NDArray[np.float64]] = {tensor: placed(array) for tensor, array in batch.given.items()}
    return Batch(batch.program, given, batch.sizes)
