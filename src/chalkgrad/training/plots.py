"""Figures of training: the loss per iteration, and the prediction surface with the data on it, as SVG and PNG."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from chalkgrad.drawing.plot import LINES, MARKERS, OKABE_ITO, STYLE, Plot
from chalkgrad.training.data import Dataset, Floats
from chalkgrad.training.surface import Surface

_SURFACE = ("#8FC1E3", "#FBFBFB", "#F2B27F")  # the first two of Okabe and Ito, pale enough for points to stand out


def loss_curves(
    losses: Mapping[str, Floats], title: str = "", logarithmic: bool = False, along: str = "iteration"
) -> Plot:
    """The loss per iteration (or epoch, `along`), one line for each run by its name.

    >>> loss_curves({"gradient descent": np.array([3.0, 2.0, 1.5])}).alternative
    'Loss per iteration. gradient descent: from 3 down to 1.5 in 3 iterations.'
    """
    with mpl.rc_context(STYLE):
        figure, axes = figure_with_axes(6.0, 3.7, title)
        for place, (name, values) in enumerate(losses.items()):
            line, colour = LINES[place % len(LINES)], OKABE_ITO[place % len(OKABE_ITO)]
            axes.plot(np.arange(1, len(values) + 1), values, line, color=colour, linewidth=1.8, label=name)
        axes.set_xlabel(along)
        axes.set_ylabel("loss")
        axes.grid(color="#DDDDDD", linewidth=0.6)
        if logarithmic:
            axes.set_yscale("log")
        else:
            axes.set_ylim(bottom=0)
        axes.margins(x=0.01)
        axes.legend(frameon=False)
    courses = " ".join(_course(name, values, along) for name, values in losses.items())
    return Plot(figure, f"{title or f'Loss per {along}'}. {courses}")


def _course(name: str, values: Floats, along: str) -> str:
    way = "down to" if values[-1] < values[0] else "up to"
    return f"{name}: from {values[0]:.3g} {way} {values[-1]:.3g} in {len(values)} {along}s."


def surface_plot(surface: Surface, data: Dataset, title: str = "", accuracy: float | None = None) -> Plot:
    """The prediction surface of a network of two inputs in colour, the boundary at ½, and the data on it.

    Two classes differ in colour and in marker; the surface is blue where the first is predicted.
    """
    with mpl.rc_context(STYLE):
        figure, axes = figure_with_axes(6.0, 5.2, title, below=0.95 if data.classes else 0.6)
        levels = max(len(data.classes), 1)
        single = levels <= 2
        colours = LinearSegmentedColormap.from_list("classes", _SURFACE)
        low, high = (0.0, 1.0) if levels == 2 else (float(surface.values.min()), float(surface.values.max()))
        if single:
            mesh = axes.imshow(
                surface.values, cmap=colours, vmin=low, vmax=high, origin="lower", aspect="auto",
                extent=(surface.x1[0], surface.x1[-1], surface.x2[0], surface.x2[-1]), interpolation="bilinear",
            )  # fmt: skip
            predicted = f"predicted probability of {data.classes[1]}" if levels == 2 else f"predicted {data.target}"
            place = axes.get_position()
            axes.set_position((place.x0, place.y0, 0.8 * place.width, place.height))
            beside = figure.add_axes((place.x0 + 0.84 * place.width, place.y0, 0.04 * place.width, place.height))
            figure.colorbar(mesh, cax=beside, label=predicted)
        else:
            edges = np.arange(levels + 1) - 0.5
            axes.contourf(surface.x1, surface.x2, surface.values, edges, colors=OKABE_ITO[:levels], alpha=0.25)
        boundary = [0.5] if levels == 2 else np.arange(levels - 1) + 0.5 if levels > 2 else []
        if len(boundary) and surface.values.min() < boundary[-1] and surface.values.max() > boundary[0]:
            axes.contour(surface.x1, surface.x2, surface.values, boundary, colors="black", linewidths=1.4)
        _points(figure, axes, data)
        axes.set_xlabel(data.columns[0].replace("_", " "))
        axes.set_ylabel(data.columns[1].replace("_", " "))
        axes.set_xlim(surface.x1[0], surface.x1[-1])
        axes.set_ylim(surface.x2[0], surface.x2[-1])
    share = "" if accuracy is None else f" {accuracy:.1%} of the {len(data)} samples lie on the right side."
    shown = f"{title or 'Prediction surface'}: predictions over {data.columns[0]} and {data.columns[1]}, with the data."
    return Plot(figure, shown + share)


def _points(figure: Figure, axes: Axes, data: Dataset) -> None:
    if not data.classes:
        axes.scatter(data.x[:, 0], data.x[:, 1], s=14, color="black", linewidths=0)
        return
    for place, name in enumerate(data.classes):
        chosen = data.x[data.labels == place]
        axes.scatter(
            chosen[:, 0], chosen[:, 1], s=22, marker=MARKERS[place % len(MARKERS)],
            color=OKABE_ITO[place % len(OKABE_ITO)], edgecolors="black", linewidths=0.4,
            label=f"{data.target} {name}",
        )  # fmt: skip
    figure.legend(loc="lower center", ncols=len(data.classes), frameon=False, handletextpad=0.2)  # covers no point


def figure_with_axes(
    width: float, height: float, title: str, below: float = 0.6, left: float = 0.72
) -> tuple[Figure, Axes]:
    """A figure (in inches) with one pair of axes and room for labels: a layout engine takes longer than drawing."""
    figure = Figure(figsize=(width, height))
    figure.subplots_adjust(left=left / width, right=1 - 0.2 / width, bottom=below / height, top=1 - 0.42 / height)
    axes = figure.add_subplot()
    axes.locator_params(nbins=5)  # few ticks are calm, and most of the time that drawing takes
    if title:
        axes.set_title(title)
    return figure, axes
