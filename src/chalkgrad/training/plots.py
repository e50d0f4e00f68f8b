"""Figures of training: the loss per iteration, and the prediction surface with the data on it, as SVG and PNG."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from chalkgrad.drawing.plot import LINES, MARKERS, OKABE_ITO, STYLE, Plot, as_text, width_of
from chalkgrad.training.data import Dataset, Floats
from chalkgrad.training.surface import Surface

_LINE = 0.25  # inches from one line of a legend to the next
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
            greatest = max(float(np.max(values)) for values in losses.values())
            axes.set_ylim(0, 1.06 * greatest if greatest > 0 else None)
        axes.margins(x=0.01)
        axes.legend(frameon=False)
    courses = " ".join(_course(name, values, along) for name, values in losses.items())
    return Plot(figure, f"{title or f'Loss per {along}'}. {courses}")


def _course(name: str, values: Floats, along: str) -> str:
    way = "down to" if values[-1] < values[0] else "up to"
    return f"{name}: from {values[0]:.3g} {way} {values[-1]:.3g} in {len(values)} {along}s."


def surface_plot(
    surface: Surface, data: Dataset, title: str = "", accuracy: float | None = None, threshold: float = 0.5
) -> Plot:
    """The outputs of a network of two inputs in colour, with the data on them.

    Of two classes the surface is blue where the first is predicted, and the boundary is where the output is the
    `threshold`; of more each has its colour, and the boundaries are between them. Classes differ in colour and in
    marker. Of a regression the points have the colours of their targets.
    """
    names = [as_text(f"{data.target} {name}") for name in data.classes]
    columns = min(max(1, int(5.6 / (max(map(width_of, names), default=1.0) + 0.5))), max(len(names), 1))
    below = 0.7 + _LINE * -(-len(names) // columns)
    with mpl.rc_context(STYLE):
        figure, axes = figure_with_axes(6.0, 4.2 + below, title, below=below)
        if len(names) > 2:
            _fields(axes, surface, len(names))
        else:
            _shades(figure, axes, surface, data, threshold)
        for place, name in enumerate(names):
            chosen = data.x[data.labels == place]
            axes.scatter(
                chosen[:, 0], chosen[:, 1], s=22, marker=MARKERS[(place + place // len(OKABE_ITO)) % len(MARKERS)],
                color=OKABE_ITO[place % len(OKABE_ITO)], edgecolors="black", linewidths=0.4, label=name,
            )  # fmt: skip
        if names:  # below, where it covers no point
            figure.legend(loc="lower center", ncols=columns, frameon=False, handletextpad=0.2)
        axes.set_xlabel(as_text(data.columns[0].replace("_", " "), 50))
        axes.set_ylabel(as_text(data.columns[1].replace("_", " "), 40))
        axes.set_xlim(surface.x1[0], surface.x1[-1])
        axes.set_ylim(surface.x2[0], surface.x2[-1])
    share = "" if accuracy is None else f" {accuracy:.1%} of the {len(data)} samples lie on the right side."
    shown = f"{title or 'Prediction surface'}: predictions over {data.columns[0]} and {data.columns[1]}, with the data."
    return Plot(figure, shown + share)


def _shades(figure: Figure, axes: Axes, surface: Surface, data: Dataset, threshold: float) -> None:
    """One output as a colour, with its scale; between two classes the boundary, for a regression the data."""
    values = surface.values
    low, high = float(values.min()), float(values.max())
    told = as_text(f"predicted {data.target}", 40)
    if data.classes:
        told = as_text(f"predicted probability of {data.classes[1]}", 40)
        if threshold != 0.5 or low < 0 or high > 1:
            told = as_text(f"output for {data.classes[1]}", 40)
            reach = max(high - threshold, threshold - low)
            low, high = threshold - reach, threshold + reach
        else:
            low, high = 0.0, 1.0
    else:
        low, high = min(low, float(data.y.min())), max(high, float(data.y.max()))
    colours = LinearSegmentedColormap.from_list("classes", _SURFACE)
    mesh = axes.imshow(
        values, cmap=colours, vmin=low, vmax=high, origin="lower", aspect="auto",
        extent=(surface.x1[0], surface.x1[-1], surface.x2[0], surface.x2[-1]), interpolation="bilinear",
    )  # fmt: skip
    place = axes.get_position()
    axes.set_position((place.x0, place.y0, 0.8 * place.width, place.height))
    beside = figure.add_axes((place.x0 + 0.84 * place.width, place.y0, 0.04 * place.width, place.height))
    figure.colorbar(mesh, cax=beside).set_label(told, labelpad=6)
    if data.classes and values.min() < threshold < values.max():
        axes.contour(surface.x1, surface.x2, values, [threshold], colors="black", linewidths=1.4)
    if not data.classes:
        axes.scatter(
            data.x[:, 0], data.x[:, 1], c=data.y[:, 0], cmap=colours, vmin=low, vmax=high, s=18, edgecolors="black",
            linewidths=0.5,
        )  # fmt: skip


def _fields(axes: Axes, surface: Surface, classes: int) -> None:
    """The field of each of several classes, and the lines between them."""
    every = np.arange(classes)[:, None, None]
    leads = np.where(surface.values == every, 1.0, -1.0) if surface.leads is None else surface.leads
    for place, lead in enumerate(leads):
        if lead.max() > 0:
            colour = OKABE_ITO[place % len(OKABE_ITO)]
            axes.contourf(surface.x1, surface.x2, lead, [0, np.inf], colors=[colour], alpha=0.25)
            if lead.min() < 0:
                axes.contour(surface.x1, surface.x2, lead, [0], colors="black", linewidths=0.8)


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
