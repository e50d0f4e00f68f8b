"""Pictures of functions of two variables: contour lines with the paths of descents, and the gradient field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import matplotlib as mpl
import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap
from matplotlib.figure import Figure

from chalkgrad.descent.diagnosis import Stop, doing_without_end
from chalkgrad.descent.function import ScalarFunction
from chalkgrad.descent.paths import DescentPath
from chalkgrad.descent.stationary import StationaryPoint
from chalkgrad.descent.windows import Grid, grid_of, levels_of, window_around
from chalkgrad.drawing.plot import COLOURS, LINES, MARKERS, OKABE_ITO, STYLE, Plot, settled
from chalkgrad.writing.equations import write_expression

Look: TypeAlias = tuple[str, str, str]  # colour, line, marker

# From a pale grey in the valleys to a darker one on the heights, so that the paths stand out.
GROUND = LinearSegmentedColormap.from_list("ground", ["#FFFFFF", "#C4C9CF", "#858C94"])
_WIDTH, _HEIGHT = 6.6, 5.6
_HALO = [patheffects.withStroke(linewidth=3, foreground="white")]
_ENDS = {
    Stop.CONVERGED: "converges",
    Stop.DIVERGED: "diverges",
    Stop.UNDEFINED: "leaves the domain",
    Stop.LEFT_WINDOW: "leaves the window",
    Stop.STUCK: "is stuck",
}
_MOST_NAMED = 4
_ROW, _ROWS = 0.2, 4  # the height of a row of the legend, and how many have room
KIND_MARKERS = {"minimum": "*", "maximum": "X", "saddle": "d"}


def contour_plot(
    function: ScalarFunction,
    paths: Sequence[DescentPath] = (),
    *,
    stationary: Sequence[StationaryPoint] = (),
    window: Sequence[tuple[float, float]] | None = None,
    title: str = "",
) -> Plot:
    """Contour lines of a function of two variables, with the paths of descents and its stationary points on them.

    The lines are spaced in powers where the range is wide. Paths differ in colour, line and marker. Raises `ShapeError`
    for a function that does not have two variables.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.descent.paths import descend
    >>> from chalkgrad.reading.programs import read_function
    >>> f = function_of_program(read_function("x^2 + 3*y^2"))
    >>> contour_plot(f, [descend(f, [2, 1], rate=0.1)]).alternative
    'Contour lines of f(x, y) = x^2 + 3*y^2. gradient descent, rate 0.1: from (2, 1), converges after 89 steps.'
    """
    if window is None:
        window = window_around(paths, [point.numbers for point in stationary])
    grid = grid_of(function, window)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(_WIDTH, _HEIGHT))
        axes = figure.add_subplot()
        axes.locator_params(nbins=6)
        _ground(figure, axes, grid, function)
        for path, look in zip(paths, looks(paths), strict=True):
            _draw_path(axes, path, look)
        for start in dict.fromkeys(tuple(map(float, path.points[0])) for path in paths):
            _draw_start(axes, start)
        inside = [point for point in stationary if _is_inside(point, window)]
        for place, point in enumerate(inside):
            _draw_point(axes, point, window, named=len(inside) <= _MOST_NAMED, first=_is_first(inside, place))
        axes.set_title(title or titled(function))
        axes.set_xlabel(function.variables[0])
        axes.set_ylabel(function.variables[1])
        axes.set_xlim(window[0])
        axes.set_ylim(window[1])
        # Margins by hand: working them out would take longer than all the rest.
        below, height = 0.65 + 0.2 * legend(figure, "lower center"), figure.get_figheight()
        figure.subplots_adjust(0.72 / _WIDTH, below / height, 1 - 0.85 / _WIDTH, 1 - 0.42 / height)
    told = [f"{path.label}: from {_point(path.points[0])}, {end_of(path)}." for path in paths]
    seen = [f"{point.kind.name} at {point.coordinates}." for point in stationary]
    return Plot(figure, " ".join([f"Contour lines of {function}.", *told, *seen]))


def end_of(path: DescentPath) -> str:
    """How a run ends, in few words: the same that its explanation says."""
    words = doing_without_end(path.points, path.values) if path.stop is Stop.MAX_STEPS else _ENDS[path.stop]
    return f"{words} after {path.steps} step{'' if path.steps == 1 else 's'}"


def _point(numbers: Any) -> str:
    return f"({', '.join(f'{number:.4g}' for number in numbers)})"


def titled(function: ScalarFunction) -> str:
    """The function as a title: its equation where that is short, else its name."""
    head = f"{function.name}({', '.join(function.variables)})"
    body = write_expression(function.expression, to="unicode")
    return f"{head} = {body}" if len(body) <= 55 and "\n" not in body else head


def legend(figure: Figure, place: Literal["lower center", "outside lower center"] = "outside lower center") -> int:
    """The legend below the figure, in two columns where the entries are short; how many rows it has.

    A long one makes the figure taller, so that what is drawn keeps its size.
    """
    labels = [label for axes in figure.axes for label in axes.get_legend_handles_labels()[1]]
    columns = 2 if len(labels) > 2 and max(map(len, labels)) <= 42 else 1
    if labels:
        figure.legend(loc=place, ncols=columns, frameon=False, fontsize=9)
    rows = -(-len(labels) // columns)
    figure.set_figheight(figure.get_figheight() + _ROW * max(rows - _ROWS, 0))
    return rows


def looks(paths: Sequence[DescentPath]) -> list[Look]:
    """Colour, line and marker for each path: all different for a few, or one a method; else one colour a method.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.descent.paths import descend
    >>> from chalkgrad.reading.programs import read_function
    >>> path = descend(function_of_program(read_function("x^2 + 3*y^2")), [2, 1], rate=0.1)
    >>> looks([path, path])
    [('#0072B2', '-', 'o'), ('#D55E00', '--', '^')]
    """
    methods = list(dict.fromkeys(path.method for path in paths))
    if len(paths) <= len(OKABE_ITO) or len(methods) == len(paths):
        places = [(k, k) for k in range(len(paths))]
    else:
        before = [sum(other.method == path.method for other in paths[:k]) for k, path in enumerate(paths)]
        places = [(methods.index(path.method), k) for path, k in zip(paths, before, strict=True)]
    return [(COLOURS[colour % len(COLOURS)], LINES[k % len(LINES)], MARKERS[k % len(MARKERS)]) for colour, k in places]


def _short(number: float) -> str:
    text = f"{number:,.0f}" if 100 <= abs(number) < 1e5 else f"{number:.3g}"
    return text.replace("-", "−").replace(",", " ")


def _ground(figure: Figure, axes: Axes, grid: Grid, function: ScalarFunction) -> None:
    levels, wide = levels_of(grid.values)
    values = np.ma.masked_invalid(grid.values)
    norm = BoundaryNorm(levels, GROUND.N)
    filled = axes.contourf(grid.x, grid.y, values, levels, cmap=GROUND, norm=norm, extend="neither")
    axes.contour(grid.x, grid.y, values, levels, colors="#5B6168", linewidths=0.5)
    if values.mask.any():
        undefined = np.where(np.ma.getmaskarray(values), 1.0, 0.0)
        axes.contourf(grid.x, grid.y, undefined, [0.5, 1.5], colors="none", hatches=["///"], zorder=1.5)
    shown = levels[:: max(1, len(levels) // 8)]
    bar = figure.colorbar(filled, ax=axes, ticks=shown, pad=0.02)
    bar.minorticks_off()
    bar.ax.set_yticklabels([_short(level) for level in shown])
    spacing = "contour lines spaced in powers above the lowest" if wide else "contour lines evenly spaced"
    bar.set_label(f"{function.name}   ({spacing})", fontsize=9)


def _draw_path(axes: Axes, path: DescentPath, look: Look) -> None:
    colour, line, marker = look
    finite = np.isfinite(path.points).all(axis=1)
    points = np.clip(path.points[finite], -1e7, 1e7)
    every = max(1, len(points) // 40)
    axes.plot(
        points[:, 0], points[:, 1], line, color=colour, linewidth=1.6, marker=marker,
        markersize=4, markevery=every, label=f"{path.label}: {end_of(path)}", path_effects=_HALO, zorder=3,
    )  # fmt: skip
    if path.stop in (Stop.CONVERGED, Stop.MAX_STEPS, Stop.STUCK):
        axes.plot(*points[-1], "s", color=colour, markeredgecolor="black", markersize=7, zorder=5)


def _draw_start(axes: Axes, start: tuple[float, ...]) -> None:
    axes.plot(*start, "o", color="white", markeredgecolor="black", markersize=8, zorder=5)
    axes.annotate(
        "start",
        (start[0], start[1]),
        xytext=(7, 7),
        textcoords="offset points",
        fontsize=9,
        path_effects=_HALO,
        zorder=6,
    )


def _is_inside(point: StationaryPoint, window: Sequence[tuple[float, float]]) -> bool:
    return all(low <= number <= high for number, (low, high) in zip(point.numbers, window, strict=True))


def _is_first(points: Sequence[StationaryPoint], place: int) -> bool:
    """Whether no point before is of the same kind: then this one stands for it in the legend."""
    return points[place].kind.name not in {point.kind.name for point in points[:place]}


def _draw_point(
    axes: Axes, point: StationaryPoint, window: Sequence[tuple[float, float]], named: bool, first: bool
) -> None:
    """A stationary point: its name beside it where there are few, else its kind in the legend."""
    x, y = point.numbers
    axes.plot(
        x, y, KIND_MARKERS.get(point.kind.name, "P"), color="white", markeredgecolor="black", markersize=11, zorder=5,
        linestyle="none", label=None if named or not first else point.kind.name,
    )  # fmt: skip
    if not named:
        return
    name = f"degenerate {point.kind.name}" if point.kind.degenerate else point.kind.name
    at = point.coordinates if point.exact is not None else _point(point.numbers)
    below = (window[1][1] - y) < (y - window[1][0])
    right = (x - window[0][0]) > 0.7 * (window[0][1] - window[0][0])
    axes.annotate(
        f"{name} {at}".replace("-", "−"), (x, y), xytext=(-9 if right else 9, -16 if below else 9), zorder=6,
        textcoords="offset points", fontsize=9, path_effects=_HALO, ha="right" if right else "left",
    )  # fmt: skip


def gradient_field(function: ScalarFunction, window: Sequence[tuple[float, float]], title: str = "") -> Plot:
    """The direction of steepest descent over a window as arrows of one length, coloured by how steep it is.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.reading.programs import read_function
    >>> gradient_field(function_of_program(read_function("x*y")), [(-1, 1), (-1, 1)]).alternative
    'Directions of steepest descent of f(x, y) = x*y, the gradient up to 1.4 long.'
    """
    grid, fine = grid_of(function, window, across=21), grid_of(function, window)
    columns, rows = np.meshgrid(grid.x, grid.y)
    slopes = -function.gradient_at_points(np.stack([columns.ravel(), rows.ravel()], axis=1))
    with np.errstate(all="ignore"):
        lengths = np.hypot(slopes[:, 0], slopes[:, 1])
        aspect = [high - low for low, high in window]
        scaled = slopes / np.array(aspect)
        directions = scaled / np.hypot(scaled[:, 0], scaled[:, 1])[:, None]
    usable = np.isfinite(directions).all(axis=1)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.8, 5.4), layout="constrained")
        axes = figure.add_subplot()
        levels, _ = levels_of(fine.values)
        axes.contour(fine.x, fine.y, np.ma.masked_invalid(fine.values), levels, colors="#B9BEC4", linewidths=0.6)
        arrows = axes.quiver(
            columns.ravel()[usable], rows.ravel()[usable], *directions[usable].T, np.log10(lengths[usable] + 1e-300),
            cmap="cividis_r", scale=30, width=0.004, pivot="middle", angles="uv",
        )  # fmt: skip
        bar = figure.colorbar(arrows, ax=axes, pad=0.02)
        bar.set_label("log₁₀ of the length of the gradient", fontsize=9)
        axes.set_title(title or f"Steepest descent on {titled(function)}")
        axes.set_xlabel(function.variables[0])
        axes.set_ylabel(function.variables[1])
    steepest = float(lengths[usable].max()) if usable.any() else 0.0
    told = f"Directions of steepest descent of {function}, the gradient up to {steepest:.2g} long."
    return settled(figure, told)
