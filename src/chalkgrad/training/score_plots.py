"""Figures of how good a classification is: the confusion table and the ROC curves."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from chalkgrad.drawing.plot import LINES, OKABE_ITO, STYLE, Plot
from chalkgrad.training.data import Floats
from chalkgrad.training.metrics import confusion, labels_of, roc
from chalkgrad.training.plots import figure_with_axes

_MOST_CELLS = 30
_MOST_CURVES = 8


def confusion_plot(
    outputs: Floats, y: Floats, classes: Sequence[str], title: str = "", threshold: float = 0.5
) -> Plot | None:
    """How often each class (rows) was taken for each (columns); None for more classes than can be read."""
    if len(classes) > _MOST_CELLS:
        return None
    table = confusion(labels_of(y, threshold), labels_of(outputs, threshold), len(classes))
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    side = 2.4 + 0.5 * len(classes)
    with mpl.rc_context(STYLE):
        figure, axes = figure_with_axes(side + 0.6, side, title, below=0.9, left=1.3)
        colours = LinearSegmentedColormap.from_list("share", ["#FFFFFF", OKABE_ITO[0]])
        axes.imshow(shares, cmap=colours, vmin=0, vmax=1, aspect="auto")
        for row in range(len(classes)):
            for column in range(len(classes)):
                dark = shares[row, column] > 0.6
                count = str(table[row, column])
                axes.text(column, row, count, ha="center", va="center", color="white" if dark else "black")
        axes.set_xticks(range(len(classes)), classes)
        axes.set_yticks(range(len(classes)), classes)
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
    told = []
    with mpl.rc_context(STYLE):
        figure, axes = figure_with_axes(4.6, 4.4, title)
        axes.plot([0, 1], [0, 1], color="#999999", linewidth=0.8)
        for number, place in enumerate(shown):
            found = roc(labels == place, outputs[:, 0 if len(classes) == 2 else place])
            line, colour = LINES[number % len(LINES)], OKABE_ITO[number % len(OKABE_ITO)]
            label = f"{classes[place]}, area {found.area:.3f}"
            axes.plot(found.false_positives, found.true_positives, line, color=colour, linewidth=1.8, label=label)
            told.append(f"{classes[place]}: area {found.area:.3f}.")
        axes.set_xlabel("false positives")
        axes.set_ylabel("true positives")
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(-0.02, 1.02)
        axes.grid(color="#DDDDDD", linewidth=0.6)
        axes.legend(frameon=False, loc="lower right")
    return Plot(figure, f"{title or 'ROC'}. {' '.join(told)}")
