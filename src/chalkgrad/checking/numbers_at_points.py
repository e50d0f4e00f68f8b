"""Values at many points at once, with their slopes along directions."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


class Numbers(NamedTuple):
    """Values, and slopes along the directions; no slopes are zero."""

    value: Floats
    slope: Floats | None = None
