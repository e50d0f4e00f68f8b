"""What the call of a function in its own file claims: gradients by name, number and shape, or steps that were taken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from chalkgrad.checking.code.calls import arrays_in
from chalkgrad.checking.code.layouts import Floats
from chalkgrad.checking.code.names import bare, is_data, is_decorated, is_rate, undecorated
from chalkgrad.checking.code.returned import named_entries
from chalkgrad.checking.code.uses import Use
from chalkgrad.checking.gradcheck import BlockCheck

_ALONG = 0.99


def claims_of(
    outcome: Mapping[str, Any], use: Use, returned: tuple[str, ...], moving: Mapping[str, Floats]
) -> dict[str, Floats]:
    """The gradients by the places of what moves: by name and number, else in order where the shapes tell."""
    value = outcome["gradients"]
    if use.loss is None and isinstance(value, tuple | list):
        value = value[1] if len(value) == 2 else type(value)(value[1:])
        returned = returned[1:]
    told = returned if any(map(is_decorated, returned)) else use.names[len(use.names) - len(returned) :] or returned
    entries = list(named_entries(value, told))
    if any(name in moving and not is_decorated(name) for name, _ in entries):  # parameters, not their gradients
        return {}
    for name, kept in outcome.items():
        if name.startswith("kept "):
            entries += [(place, array) for place, array in arrays_in(kept)
                        if is_decorated(place) or is_decorated(place.split(".")[-1]) or "grad" in place]  # fmt: skip
    claimed: dict[str, Floats] = {}
    left = []
    for name, array in entries:
        meant = [place for place in moving if place not in claimed and _is_of(name, place)]
        meant = [place for place in meant if _fits(array, moving[place])] or meant[:1]
        if meant:
            claimed[meant[0]] = _shaped(array, moving[meant[0]])
        else:
            left.append(array)
    if not claimed:
        shaped = [place for place in moving if np.ndim(moving[place])]
        for array in left:
            fitting = [
                place for place in shaped if place not in claimed and np.ndim(array) and _fits(array, moving[place])
            ]
            if fitting:
                claimed[fitting[0]] = _shaped(array, moving[fitting[0]])
    return claimed


def is_other(place: str) -> bool:
    """Whether a place holds data, or a gradient."""
    first, *_ = place.split(".")
    return (is_data(first) and place == first) or is_decorated(place) or is_decorated(first) or "grad" in place


def _fits(array: Any, moving: Floats) -> bool:
    return bool(np.squeeze(array).shape == np.squeeze(moving).shape)


def _shaped(array: Any, moving: Floats) -> Floats:
    """A claim in the shape of what moves, where it fits but for axes of length 1."""
    found = np.asarray(array, dtype=np.float64)
    return found.reshape(moving.shape) if _fits(found, moving) else found


def _is_of(name: str, place: str) -> bool:
    """Whether a gradient's name is that of what is at a place: dW_h of `self.W_h`, `grads.1` of nothing.

    >>> _is_of("grads.dW1", "parameters.W1"), _is_of("all_dl_dweights.0", "all_weights.0"), _is_of("dW1", "W2")
    (True, True, False)
    """
    one, first = _stem(name)
    other, second = _stem(place)
    if first != second or not one:
        return False
    return one == other or (min(len(one), len(other)) > 2 and (one.endswith(other) or other.endswith(one)))


def _stem(place: str) -> tuple[str, str]:
    """The last name of a place, and the number after it."""
    *_, before, last = ["", *re.sub(r"\.(val|value|data|grad)$", "", place).split(".")]
    name, number = (before, last) if last.isdigit() else (last, "")
    if not is_decorated(name):
        return bare(name).removeprefix("all").removeprefix("alldld"), number
    return bare(undecorated(name)), number


def steps_taken(outcome: Mapping[str, Any], moving: Mapping[str, Floats]) -> dict[str, Floats]:
    """The gradients by what the call has updated in place: the steps over their length, where an object has it."""
    after: dict[str, Any] = {}
    rates = []
    for name, kept in outcome.items():
        if name.startswith("kept "):
            for place, array in arrays_in(kept, name.removeprefix("kept ")):
                after[place] = array
                if np.ndim(array) == 0 and is_rate(place.split(".")[-1]):
                    rates.append(float(array))
    moved = {place: before - np.asarray(after[place]) for place, before in moving.items()
             if before.ndim and place in after and np.shape(after[place]) == before.shape}  # fmt: skip
    return {place: step / rates[0] for place, step in moved.items() if rates and np.abs(step).max(initial=0.0) > 0}


def is_along(claim: Floats, block: BlockCheck) -> bool:
    """Whether a step is along the derivative, or against it: that of Adam, or with momentum, is not."""
    known = np.isfinite(block.derivative) if block.derivative.shape == claim.shape else np.zeros(claim.shape, bool)
    one, other = claim[known], block.derivative[known]
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return bool(block.passed or (lengths > 0 and abs(float(one @ other)) > _ALONG * lengths))
