"""The picture of a function of one variable: its graph, with descents and its stationary points on it."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from chalkgrad.descent.function import ScalarFunction
from chalkgrad.descent.paths import DescentPath
from chalkgrad.descent.pictures import KIND_MARKERS, end_of, legend, looks, titled
from chalkgrad.descent.stationary import StationaryPoint
from chalkgrad.descent.windows import window_around
from chalkgrad.drawing.plot import STYLE, Plot, settled
from chalkgrad.errors import ShapeError

_ACROSS = 801
_MOST_NAMED = 6
_MOST_STEPS = 25  # of a run; more would hide the graph


def graph_plot(
    function: ScalarFunction,
    paths: Sequence[DescentPath] = (),
    *,
    stationary: Sequence[StationaryPoint] = (),
    window: Sequence[tuple[float, float]] | None = None,
    title: str = "",
) -> Plot:
    """The graph of a function of one variable over a window, with the first steps of descents, and where they end.

    Raises `ShapeError` for a function of more variables.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> graph_plot(function_of_program(read_function("x^2")), window=[(-1, 1)]).alternative
    'Graph of f(x) = x^2 for x from -1 to 1.'
    """
    if len(function.variables) != 1:
        names = ", ".join(function.variables)
        raise ShapeError(f"a graph over a line needs one variable, but {function.name} has {names}")
    (variable,) = function.variables
    ((low, high),) = window or graph_window(paths, stationary)
    along = np.linspace(low, high, _ACROSS)
    values = function.at_points(along[:, None])
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.4, 4.6), layout="constrained")
        axes = figure.add_subplot()
        axes.plot(along, np.where(np.isfinite(values), values, np.nan), color="#858C94", linewidth=2.2, zorder=1)
        for path, (colour, line, marker) in zip(paths, looks(paths), strict=True):
            shown = np.isfinite(path.values) & (path.points[:, 0] >= low) & (path.points[:, 0] <= high)
            places = np.where(shown, path.points[:, 0], np.nan)[: _MOST_STEPS + 1]
            axes.plot(
                places, path.values[: _MOST_STEPS + 1], line, color=colour, linewidth=1, marker=marker, markersize=5,
                label=f"{path.label}: {end_of(path)}", zorder=3,
            )  # fmt: skip
            if shown[-1]:
                axes.plot(path.points[-1, 0], path.values[-1], "s", color=colour, markeredgecolor="black", markersize=7)
        for start in dict.fromkeys((float(path.points[0, 0]), float(path.values[0])) for path in paths):
            axes.plot(*start, "o", color="white", markeredgecolor="black", markersize=8, zorder=5)
            axes.annotate("start", start, xytext=(7, 7), textcoords="offset points", fontsize=9, zorder=6)
        inside = [point for point in stationary if low <= point.numbers[0] <= high]
        for point in inside:
            _draw_point(axes, point, named=len(inside) <= _MOST_NAMED)
        axes.set_xlim(low, high)
        axes.margins(y=0.08)
        axes.set_xlabel(variable)
        axes.set_ylabel(function.name)
        axes.grid(color="#DDDDDD", linewidth=0.6)
        axes.set_title(title or titled(function))
        legend(figure)
    told = [f"{path.label}: from {path.points[0, 0]:.4g}, {end_of(path)}." for path in paths]
    seen = [f"{point.kind.name} at {point.coordinates}." for point in inside]
    head = f"Graph of {function} for {variable} from {low:.4g} to {high:.4g}."
    return settled(figure, " ".join([head, *told, *seen]))


def graph_window(
    paths: Sequence[DescentPath], stationary: Sequence[StationaryPoint] = ()
) -> tuple[tuple[float, float]]:
    """What is shown: the paths without the far ends of those that leave, and the stationary points near them."""
    if not paths and stationary:
        places = [point.numbers[0] for point in stationary]
        room = max(max(places) - min(places), 2.0)
        return ((min(places) - 0.5 * room, max(places) + 0.5 * room),)
    ((low, high), *_) = window_around(paths, [point.numbers for point in stationary])
    return ((low, high),)


def _draw_point(axes: mpl.axes.Axes, point: StationaryPoint, named: bool) -> None:
    place = (point.numbers[0], point.value)
    axes.plot(
        *place, KIND_MARKERS.get(point.kind.name, "P"), color="white", markeredgecolor="black", markersize=11,
        linestyle="none", zorder=5,
    )  # fmt: skip
    if named:
        below = point.kind.name == "minimum"
        axes.annotate(
            point.kind.name, place, xytext=(0, -16 if below else 10), textcoords="offset points", fontsize=9,
            ha="center", zorder=6,
        )  # fmt: skip
