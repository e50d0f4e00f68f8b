"""Gradient descent on a function of two variables: paths at several rates, with and without momentum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot, isfinite
from typing import Any

import numpy as np

from chalkgrad.descent.diagnosis import curvature, largest_stable_rate
from chalkgrad.descent.function import ScalarFunction, domain_problem
from chalkgrad.descent.paths import DescentPath, descend
from chalkgrad.descent.pictures import contour_plot
from chalkgrad.descent.stationary import StationaryPoints
from chalkgrad.networks import optimiser_named
from chalkgrad.reports.figures import Figure, figure_html
from chalkgrad.reports.numbers import spelled, value_box, with_minus
from chalkgrad.writing.boxes import Fenced, separated
from chalkgrad.writing.markup import heading, inline, table, tag, text

STEPS = 600
METHODS = {"sgd": "Gradient descent", "momentum": "With momentum 0.9"}
_ABOUT_RATES = "Where L is the greatest curvature, a rate above 2/L overshoots in the steepest direction."
_SHARES = (0.06, 0.4, 1.3)  # of the largest stable rate at the start: slow, brisk, and too fast
_HALF_WIDTH = 2.0
_NEAR = 6.0  # stationary points farther from the first than this are left out of the picture
_STARTS = ((-0.6, 0.7), (0.6, 0.7), (-0.6, -0.7), (0.6, -0.7), (0.3, 0.4))  # shares of half the window

Window = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class DescentPart:
    """The part as HTML, its figures, and its data."""

    html: str
    figures: tuple[Figure, ...]
    data: Mapping[str, Any]


def descent_part(function: ScalarFunction, found: StationaryPoints) -> DescentPart | None:
    """Paths on the contours of a function of two variables; None for another number of variables, or none to start at.

    The rates are shares of 2/L at the start, with L the greatest curvature there, above which a step overshoots.
    """
    if len(function.variables) != 2:
        return None
    window = _window(found)
    start = _start(function, window)
    steepest = curvature(function, np.array(start)) if start is not None else 0.0
    bound = largest_stable_rate(optimiser_named("sgd"), {}, steepest) if isfinite(steepest) else None
    if start is None or bound is None:
        return None
    rates = [_rounded(share * bound) for share in _SHARES]
    paths = {
        method: [descend(function, start, method, rate=rate, steps=STEPS, window=window) for rate in rates]
        for method in METHODS
    }
    figures = tuple(
        Figure(
            f"{function.name}_{'contours' if method == 'sgd' else method}",
            contour_plot(function, paths[method], stationary=found.points, window=window, title=title),
            f"Contour lines of {function.name}, and the paths at the three rates.",
        )
        for method, title in METHODS.items()
    )
    at = Fenced(separated([value_box(number) for number in start]))
    html = heading(3, "Gradient descent on it")
    ends = f" and ends where it leaves the picture, or after {STEPS} steps. {_ABOUT_RATES}"
    html += tag("p", text("Every path starts at "), inline(at), text(f"{ends} Here 2/L is {spelled(bound, 2)}."))
    rows = [_row(path) for method in METHODS for path in paths[method]]
    head = [text("method"), text("rate"), text("steps"), text(f"{function.name} at the end"), text("what happened")]
    html += table(head, rows, "Where each path went") + "".join(map(figure_html, figures))
    data = {"start": list(start), "window": [list(side) for side in window], "paths": _data(paths)}
    return DescentPart(html, figures, data)


def _window(found: StationaryPoints) -> Window:
    """A square around the stationary points that lie together, or around the origin."""
    near = [point.numbers for point in found.points]
    if near:
        first = min(near, key=lambda place: hypot(*place))
        near = [place for place in near if hypot(place[0] - first[0], place[1] - first[1]) <= _NEAR]
    low = [min((place[axis] for place in near), default=0.0) - _HALF_WIDTH for axis in (0, 1)]
    high = [max((place[axis] for place in near), default=0.0) + _HALF_WIDTH for axis in (0, 1)]
    return (low[0], high[0]), (low[1], high[1])


def _start(function: ScalarFunction, window: Window) -> tuple[float, float] | None:
    """A place off the middle of the window where the function and its gradient have values."""
    for shares in _STARTS:
        (x, y) = (
            round((low + high) / 2 + share * (high - low) / 2, 2)
            for (low, high), share in zip(window, shares, strict=True)
        )
        if not domain_problem(function, (x, y)) and curvature(function, np.array((x, y))) > 0:
            return x, y
    return None


def _rounded(rate: float) -> float:
    """The rate to one significant figure."""
    return float(f"{rate:.0e}")


def _row(path: DescentPath) -> list[str]:
    finite = path.values[np.isfinite(path.values)]
    happened = path.explanation.rpartition("): ")[2]
    return [
        text(METHODS[path.method]),
        inline(value_box(path.hyper_parameters["rate"], 2)),
        text(str(path.steps)),
        inline(value_box(float(finite[-1]))) if len(finite) else "",
        tag("span", text(with_minus(happened[:1].upper() + happened[1:])), class_="words"),
    ]


def _data(paths: Mapping[str, Sequence[DescentPath]]) -> list[dict[str, Any]]:
    return [
        {
            "method": path.method,
            "hyper_parameters": path.hyper_parameters,
            "steps": path.steps,
            "stop": path.stop.value,
            "explanation": path.explanation,
            "end": path.end,
            "points": [[float(number) for number in point] for point in path.points if np.isfinite(point).all()],
        }
        for method in METHODS
        for path in paths[method]
    ]
