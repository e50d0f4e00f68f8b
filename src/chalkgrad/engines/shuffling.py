"""The order of the samples in an epoch: a pure function of the seed and the epoch's number."""

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
