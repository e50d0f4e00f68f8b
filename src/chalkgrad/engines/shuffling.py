"""What is drawn at random in training: pure functions of the seed and of where in the run they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WORD = 2**64 - 1


def _mix(value: int) -> int:
    """splitmix64's finaliser."""
    value = (value + 0x9E3779B97F4A7C15) & _WORD
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _WORD
    return value ^ (value >> 31)


def epoch_order(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    """The rows of a data set in the order in which an epoch takes them.

    Fisher and Yates' shuffle, with numbers that splitmix64 counts out from a key of seed and epoch, so that any epoch
    can be taken up again without what came before. Steele, Lea and Flood, Fast splittable pseudorandom number
    generators, 2014. The compiled training does the same.

    >>> epoch_order(seed=0, epoch=0, count=5).tolist() == epoch_order(seed=0, epoch=0, count=5).tolist()
    True
    >>> sorted(epoch_order(seed=1, epoch=2, count=4).tolist())
    [0, 1, 2, 3]
    """
    order = list(range(count))
    key = _mix((_mix(seed & _WORD) + epoch) & _WORD)
    for place in range(count - 1, 0, -1):
        drawn = _mix((key + place) & _WORD) >> 32
        other = drawn * (place + 1) >> 32
        order[place], order[other] = order[other], order[place]
    return np.array(order, dtype=np.int64)


def dropout_key(seed: int, layer: int, step: int) -> int:
    """From where on the numbers are counted that a layer's units are dropped by in a step (from 1)."""
    return _mix((_mix((_mix(seed & _WORD) + layer + 1) & _WORD) + step) & _WORD)


def kept_units(seed: int, layer: int, step: int, samples: int, units: int, kept: float) -> NDArray[np.float64]:
    """1 for what is kept and 0 for what is dropped, (samples, units): each unit of each sample by itself.

    Numbers of splitmix64, one for each place, so that threads and blocks do not matter. The compiled training draws the
    same.

    >>> bool(0.7 < kept_units(seed=0, layer=0, step=1, samples=1000, units=8, kept=0.75).mean() < 0.8)
    True
    """
    places = np.arange(samples * units, dtype=np.uint64) + np.uint64(dropout_key(seed, layer, step))
    value = places + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    drawn = (value ^ (value >> np.uint64(31))) >> np.uint64(32)
    return (drawn < np.uint64(threshold(kept))).astype(np.float64).reshape(samples, units)


def threshold(kept: float) -> int:
    """Below which of 2^32 numbers a unit is kept."""
    return round(kept * 2**32)
