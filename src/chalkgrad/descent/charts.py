"""Charts of descents: the value against the iteration, and the surface of a function in three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from chalkgrad.descent.diagnosis import Stop
from chalkgrad.descent.function import Floats, ScalarFunction
from chalkgrad.descent.paths import DescentPath
from chalkgrad.descent.pictures import GROUND, Look, end_of, legend, looks, titled
from chalkgrad.descent.windows import grid_of, levels_of
from chalkgrad.drawing.plot import STYLE, Plot, settled
from chalkgrad.errors import ChalkgradError


def value_plot(paths: Sequence[DescentPath], title: str = "") -> Plot:
    """The value of the function against the iteration, a line for each run; the scale is logarithmic where it helps.

    Raises `ChalkgradError` without paths, or where none of them has a value.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.descent.paths import descend
    >>> from chalkgrad.reading.programs import read_function
    >>> path = descend(function_of_program(read_function("x^2 + 3*y^2")), [2, 1], rate=0.1)
    >>> value_plot([path]).alternative
    'f against the iteration. gradient descent, rate 0.1: from 7 to 2.25e-17, converges after 89 steps.'
    """
    if not paths:
        raise ChalkgradError("there is no path to show")
    name = paths[0].function.name
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.4, 4.6), layout="constrained")
        axes = figure.add_subplot()
        low, high = _shown(paths)
        longest = max(path.steps for path in paths)
        stretched = longest > 50 * max(1, min(path.steps for path in paths))
        for path, (colour, line, marker) in zip(paths, looks(paths), strict=True):
            values = _until_out_of_sight(path.values, low, high)
            last = len(values) - 1
            marks = np.geomspace(1, last + 1, 12) - 1 if stretched else np.linspace(0, last, 12)
            axes.plot(
                np.arange(len(values)), values, line, color=colour, linewidth=1.8, marker=marker, markersize=4,
                markevery=sorted({int(mark) for mark in marks}), label=f"{path.label}: {end_of(path)}",
            )  # fmt: skip
        if low > 0 and high / low > 50:
            axes.set_yscale("log")
            axes.set_ylim(low / 1.5, high * 1.5)
        elif high - low > 100:
            axes.set_yscale("symlog", linthresh=1)
            axes.set_ylim(low * (2 if low < 0 else 0.5), high * 2)
        else:
            axes.set_ylim(low - 0.05 * (high - low or 1), high + 0.05 * (high - low or 1))
        if stretched:
            axes.set_xscale("symlog", linthresh=10)
            axes.set_xlim(0, longest)
        axes.set_xlabel("iteration")
        axes.set_ylabel(name)
        axes.grid(color="#DDDDDD", linewidth=0.6)
        axes.margins(x=0.01)
        axes.set_title(title or f"{name} against the iteration")
        legend(figure)
    told = " ".join(f"{p.label}: from {p.values[0]:.3g} to {p.values[-1]:.3g}, {end_of(p)}." for p in paths)
    return settled(figure, f"{title or f'{name} against the iteration'}. {told}")


def _shown(paths: Sequence[DescentPath]) -> tuple[float, float]:
    """The range of values to show: that of runs that settle, and of the others what is not far above their start."""
    top = 3 * max(abs(float(path.values[0])) for path in paths) + 1
    finite = [path.values[np.isfinite(path.values)] for path in paths]
    kept = [
        values if path.stop in (Stop.CONVERGED, Stop.STUCK) else values[np.abs(values) <= top]
        for path, values in zip(paths, finite, strict=True)
    ]
    near = np.concatenate(kept)
    if not near.size:
        raise ChalkgradError("no path has a value to show: the start is outside the domain")
    return float(near.min()), float(near.max())


def _until_out_of_sight(values: Floats, low: float, high: float) -> Floats:
    """The values up to the first after which they stay far outside of what is shown: a run that has left for good is
    not drawn any more.
    """
    room = (high - low) + 1
    inside = np.flatnonzero((values >= low - room) & (values <= high + room))
    shown: Floats = values[: int(inside[-1]) + 2] if inside.size else values[:1]
    return np.clip(np.nan_to_num(shown, nan=high + room), low - room, high + room)


def surface_plot(
    function: ScalarFunction,
    window: Sequence[tuple[float, float]],
    paths: Sequence[DescentPath] = (),
    title: str = "",
) -> Plot:
    """The graph of a function of two variables as a surface, with the paths of descents on it.

    Heights far above the rest are cut off, and said to be. Raises `ShapeError` for other than two variables.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> surface_plot(function_of_program(read_function("x*y")), [(-1, 1), (-1, 1)]).alternative
    'Surface of f(x, y) = x*y for x from -1 to 1 and y from -1 to 1; its values go from -1 to 1.'
    """
    grid = grid_of(function, window, across=121)
    finite = grid.values[np.isfinite(grid.values)]
    low, high = float(finite.min()), float(finite.max())
    _, wide = levels_of(grid.values)
    top = float(np.quantile(finite, 0.9)) if wide else high
    values = np.minimum(grid.values, top)
    columns, rows = np.meshgrid(grid.x, grid.y)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 5.8), layout="constrained")
        axes: Any = figure.add_subplot(projection="3d")
        axes.computed_zorder = False
        axes.plot_surface(
            columns, rows, values, cmap=GROUND, rcount=60, ccount=60, linewidth=0.15, edgecolor="#33333366",
            alpha=0.9, vmin=low, vmax=top, zorder=1,
        )  # fmt: skip
        for place, (path, look) in enumerate(zip(paths, looks(paths), strict=True)):
            _draw_on(axes, path, window, top, look, place)
        axes.set_xlabel(function.variables[0])
        axes.set_ylabel(function.variables[1])
        axes.set_zlabel(function.name)
        axes.view_init(elev=48, azim=-70)
        for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
            axis.set_major_locator(MaxNLocator(5))
        axes.tick_params(labelsize=9, pad=2)
        axes.set_title(title or titled(function))
        legend(figure)
    (x, y), ((x0, x1), (y0, y1)) = function.variables, window
    cut = f"; above {top:.3g} it is cut off" if top < high else ""
    where = f"for {x} from {x0:g} to {x1:g} and {y} from {y0:g} to {y1:g}"
    return settled(figure, f"Surface of {function} {where}; its values go from {low:.3g} to {high:.3g}{cut}.")


def _draw_on(
    axes: Any, path: DescentPath, window: Sequence[tuple[float, float]], top: float, look: Look, place: int
) -> None:
    colour, line, marker = look
    low, high = np.array(window).T
    with np.errstate(all="ignore"):
        shown = ((path.points >= low) & (path.points <= high)).all(axis=1) & (path.values <= top)
    points = np.where(shown[:, None], path.points, np.nan)
    axes.plot(
        points[:, 0], points[:, 1], np.where(shown, path.values, np.nan), line, color=colour, linewidth=2,
        marker=marker, markersize=3, markevery=max(1, len(points) // 40), label=path.label, zorder=5 + place,
    )  # fmt: skip
