"""Recurrences between the compiled runs: a compiled function for one place, called for each place in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.engines.native.arrays.steps import Recurring
from chalkgrad.language import Tensor

Views = Callable[[Tensor], NDArray[Any]]


def recur(step: Recurring, view: Views) -> None:
    """Computes the tensors of a recurrence where `view` says that they lie."""
    recurrence = step.step.recurrence
    if step.added is not None:
        _add_up(step, view)
        return
    if step.function is None:
        from chalkgrad.engines.native.arrays.function import ArrayFunction

        step.function = ArrayFunction(step.step.program)
    arrays: list[Callable[[int], NDArray[Any]]] = []
    for tensor in step.step.program.declared:
        row = step.step.rows.get(tensor)
        if row is None:
            whole = view(tensor)
            arrays.append(lambda place, whole=whole: whole)  # type: ignore[misc]
        else:
            arrays.append(_rows(view(row.tensor), row.place, row.shift))
    targets = [(view(tensor), recurrence.places[tensor]) for tensor in step.step.made.values()]
    places = range(int(recurrence.axis.size))
    for place in reversed(places) if recurrence.backwards else places:
        found = step.function(*(array(place) for array in arrays))
        for (target, axis), row_now in zip(targets, found, strict=True):
            np.moveaxis(target, axis, 0)[place] = row_now


def _rows(array: NDArray[Any], axis: int, shift: int) -> Callable[[int], NDArray[Any]]:
    """The row at a place, some way off; zeros beyond the ends."""
    rows, last = np.moveaxis(array, axis, 0), array.shape[axis]
    zeros = np.zeros(array.shape[:axis] + array.shape[axis + 1 :], array.dtype)

    def row(place: int) -> NDArray[Any]:
        return np.asarray(rows[place + shift]) if 0 <= place + shift < last else zeros

    return row


def _add_up(step: Recurring, view: Views) -> None:
    recurrence = step.step.recurrence
    (definition,) = recurrence.definitions
    assert step.added is not None
    own = list(step.added.plain_axes)
    added = view(step.added.tensor).transpose([own.index(axis) for axis in definition.indices])
    place = recurrence.places[definition.tensor]
    target = view(definition.tensor)
    if recurrence.backwards:
        added, target = np.flip(added, place), np.flip(target, place)
    np.cumsum(added, axis=place, out=target)
