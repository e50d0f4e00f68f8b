"""In what precision a function computes: by the type of its numbers, and by how finely its values change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from chalkgrad.checking.leaves import as_array


@dataclass(frozen=True)
class Precision:
    """A kind of floating-point numbers.

    `epsilon` is the rounding error of one operation, `first_step` the greatest step of a difference where the point is
    of size 1, and `tolerance` to how much of itself a gradient can be expected to be right.
    """

    name: str
    epsilon: float
    first_step: float
    tolerance: float


DOUBLE = Precision("float64", 2.0**-52, 1e-2, 1e-6)
SINGLE = Precision("float32", 2.0**-23, 0.125, 2e-3)
HALF = Precision("float16", 2.0**-10, 0.5, 5e-2)
BRAIN = Precision("bfloat16", 2.0**-7, 0.5, 1e-1)
_BY_NAME = {each.name: each for each in (DOUBLE, SINGLE, HALF, BRAIN)} | {"complex64": SINGLE, "complex128": DOUBLE}


def precision_of(value: Any) -> Precision:
    """The precision of an array's or a number's type; whole numbers and Python's are exact enough for float64.

    >>> import numpy as np
    >>> precision_of(np.float32(1)).name, precision_of(1.5).name
    ('float32', 'float64')
    """
    return _BY_NAME.get(str(getattr(value, "dtype", "float64")).rpartition(".")[2], DOUBLE)


def coarser(one: Precision, other: Precision) -> Precision:
    """The one of two precisions with the greater rounding error."""
    return one if one.epsilon >= other.epsilon else other


def measured(f: Callable[[Any], Any], width: float) -> Precision:
    """The precision in which a function of one number computes near 0, whatever the type of its result.

    In tiny steps a function that rounds its numbers stands still, or takes a few values only, where one in float64
    still moves. A function that hardly changes at all tells nothing, and counts as float64.

    >>> import numpy as np
    >>> measured(lambda t: float(np.float32(1.5 + t) ** 2), 1.0).name, measured(lambda t: (1.5 + t) ** 2, 1.0).name
    ('float32', 'float64')
    """
    middle = _number(f(0.0))
    change = abs(_number(f(1e-2 * width)) - _number(f(-1e-2 * width))) / (2e-2 * width)
    if not np.isfinite(change) or change <= 1e-4 * abs(middle):
        return DOUBLE
    for precision, step in ((DOUBLE, 2e-10), (SINGLE, 2e-5)):
        # Eight steps apart by so much: with digits to spare they all differ.
        if len({_number(f(step * width * (1 + k))) for k in range(8)}) >= 7:
            return precision
    values = sorted({_number(f(1e-2 * width * k)) for k in range(16)})
    least = min((after - before for before, after in pairwise(values)), default=0.0)
    return HALF if least < 0.5 * BRAIN.epsilon * abs(middle) else BRAIN


def _number(value: Any) -> float:
    return float(as_array(value).reshape(-1)[0].real)
