"""Scenes as figures of matplotlib, of which PNG and PDF are written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chalkgrad.drawing.labels import unicode_of
from chalkgrad.drawing.scene import Scene, Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 144
_UNITS_PER_INCH = 90.0
_SIMPLE = re.compile(r"[A-Za-z](_([0-9a-z]|\{[0-9a-z,]+\}))?")


def figure_of(scene: Scene) -> Figure:
    """The scene as a figure; one unit of the scene is 1.6 pixels of its PNG.

    >>> figure_of(Scene(90, 45, "nothing", "", (), (), (), ())).get_size_inches().tolist()
    [1.0, 0.5]
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import Ellipse, FancyBboxPatch
    from matplotlib.patheffects import Normal, Stroke

    figure = Figure(
        figsize=(scene.width / _UNITS_PER_INCH, scene.height / _UNITS_PER_INCH), dpi=DOTS_PER_INCH, facecolor="white"
    )
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, scene.width)
    axes.set_ylim(scene.height, 0)
    axes.set_axis_off()
    points = 72 / _UNITS_PER_INCH
    for line in scene.lines:
        style = "-|>,head_width=0.18,head_length=0.4" if line.arrow else "-"
        properties = {"arrowstyle": style, "color": line.colour, "lw": line.width * points, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (line.x2, line.y2), (line.x1, line.y1), arrowprops=properties, zorder=1)
    for shape in scene.shapes:
        box = shape.box
        look: dict[str, Any] = {"facecolor": shape.fill, "edgecolor": shape.stroke, "lw": 1.6 * points, "zorder": 2}
        if shape.kind == "circle":
            axes.add_patch(Ellipse((shape.x, shape.y), shape.width, shape.height, **look))
        else:
            radius = 8.0 if shape.kind == "box" else shape.height / 2
            rounded = f"round,pad=0,rounding_size={radius}"
            axes.add_patch(FancyBboxPatch((box.left, box.top), shape.width, shape.height, boxstyle=rounded, **look))
    for curve in scene.curves:
        axes.plot(*zip(*curve.points, strict=True), color=curve.colour, lw=curve.width * points, zorder=3)
    for text in scene.texts:
        effects = [Stroke(linewidth=5 * points, foreground="white"), Normal()] if text.halo else []
        axes.text(
            text.x,
            text.y,
            _label(text),
            fontsize=text.size * points,
            color=text.colour,
            ha="center",
            va="center",
            path_effects=effects,
            math_fontfamily="stix",
            family="DejaVu Sans",
            zorder=4,
        )
    return figure


def _label(text: Text) -> str:
    if not text.maths:
        return text.label.replace("$", r"\$")
    label = text.label.replace(r"\operatorname", r"\mathrm").replace(r"\text", r"\mathrm")
    return f"${label}$" if _is_mathtext(label) else unicode_of(text.label)


def _is_mathtext(label: str) -> bool:
    if _SIMPLE.fullmatch(label):  # parsing these to find out would take as long as drawing them
        return True
    from matplotlib.mathtext import MathTextParser

    try:
        MathTextParser("path").parse(f"${label}$")
    except ValueError:
        return False
    return True
