"""Figures of how good a classification is: the confusion table and the ROC curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from chalkgrad.drawing.plot import LINES, OKABE_ITO, STYLE, Plot, as_text, width_of
from chalkgrad.training.data import Floats
from chalkgrad.training.metrics import confusion, labels_of, roc
from chalkgrad.training.plots import figure_with_axes

_MOST_CELLS = 30
_MOST_CURVES = 8
_LONGEST = 24  # letters of a class's name
_WIDEST_WITHIN = 2.6  # inches of a legend's text that has room beside the curve


def confusion_plot(
    outputs: Floats, y: Floats, classes: Sequence[str], title: str = "", threshold: float = 0.5
) -> Plot | None:
    """How often each class (rows) was taken for each (columns); None for more classes than can be read."""
    if len(classes) > _MOST_CELLS:
        return None
    table = confusion(labels_of(y, threshold), labels_of(outputs, threshold), len(classes))
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    names = [as_text(name, _LONGEST) for name in classes]
    widest, cell = max(map(width_of, names)), max(0.5, 2.4 / len(names))
    slanted = widest + 0.1 > cell
    side, left, below = cell * len(names), widest + 0.6, 0.5 + (0.75 * widest if slanted else 0.2)
    beyond = max(0.0, (1.2 * width_of(title) - side) / 2)  # of the title, which is centred above
    width, height = max(left, beyond) + side + max(0.2, beyond + 0.1), below + side + 0.42
    with mpl.rc_context(STYLE):
        figure, axes = figure_with_axes(width, height, title, below=below, left=max(left, beyond))
        axes.set_position((max(left, beyond) / width, below / height, side / width, side / height))
        colours = LinearSegmentedColormap.from_list("share", ["#FFFFFF", OKABE_ITO[0]])
        axes.imshow(shares, cmap=colours, vmin=0, vmax=1, aspect="auto")
        for (row, column), count in np.ndenumerate(table):
            colour = "white" if shares[row, column] > 0.6 else "black" if count else "#888888"
            axes.text(column, row, str(count), ha="center", va="center", color=colour)
        slant: dict[str, Any] = (
            {"rotation": 45, "ha": "right", "va": "top", "rotation_mode": "anchor"} if slanted else {}
        )
        axes.set_xticks(range(len(names)), names, **slant)
        axes.set_yticks(range(len(names)), names)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
    right = int(np.trace(table))
    return Plot(figure, f"{title or 'Confusion'}. {right} of {int(table.sum())} samples are on the diagonal.")


def roc_plot(
    outputs: Floats, y: Floats, classes: Sequence[str], title: str = "", threshold: float = 0.5
) -> Plot | None:
    """The share of hits over the share of false alarms, one curve for each class against the rest (two classes: one).

    None where a class has no samples, or for more classes than can be told apart.
    """
    labels = labels_of(y, threshold)
    shown = [1] if len(classes) == 2 else list(range(len(classes)))
    if len(set(labels.tolist())) < len(classes) or len(shown) > _MOST_CURVES:
        return None
    curves = {place: roc(labels == place, outputs[:, 0 if len(classes) == 2 else place]) for place in shown}
    names = {place: f"{as_text(classes[place], _LONGEST)}, area {found.area:.3f}" for place, found in curves.items()}
    widest = max(map(width_of, names.values()))
    within = len(names) == 1 and widest < _WIDEST_WITHIN
    below = 0.6 if within else 0.75 + 0.25 * len(names)
    with mpl.rc_context(STYLE):
        figure, axes = figure_with_axes(max(4.6, widest + 0.8), 3.8 + below, title, below=below)
        axes.plot([0, 1], [0, 1], color="#999999", linewidth=0.8)
        for number, (place, found) in enumerate(curves.items()):
            line, colour = LINES[number % len(LINES)], OKABE_ITO[number % len(OKABE_ITO)]
            axes.plot(
                found.false_positives, found.true_positives, line, color=colour, linewidth=1.8, label=names[place]
            )
        axes.set_xlabel("false positives")
        axes.set_ylabel("true positives")
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(-0.02, 1.02)
        axes.grid(color="#DDDDDD", linewidth=0.6)
        if within:
            axes.legend(frameon=False, loc="lower right")
        else:
            figure.legend(frameon=False, loc="lower center")
    told = [f"{classes[place]}: area {found.area:.3f}." for place, found in curves.items()]
    return Plot(figure, f"{title or 'ROC'}. {' '.join(told)}")
