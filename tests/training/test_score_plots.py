"""Pictures of tables whose names people chose: nothing is cut off, overlaps, or is taken for a formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from chalkgrad.drawing.plot import OKABE_ITO, Plot
from chalkgrad.training.data import Dataset
from chalkgrad.training.plots import loss_curves, surface_plot
from chalkgrad.training.score_plots import confusion_plot, roc_plot
from chalkgrad.training.surface import Surface

NAMES = {
    "short": ["a", "b"],
    "long": ["a name of a class that nobody wants to read", "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"],
    "dollars": ["$5^", "over $10_{", "5$ to 10$"],
    "Japanese": ["猫", "犬", "鳥"],
    "seven": ["Iris-setosa", "Iris-versicolor", "Iris-virginica", "rose", "tulip", "of another kind altogether", "x"],
    "many": [f"letter {k}" for k in range(20)],
}


def scored(classes: int, count: int = 400) -> tuple[Any, Any]:
    generator = np.random.default_rng(2)
    labels = np.arange(count) % classes
    if classes == 2:
        return generator.uniform(size=(count, 1)), labels[:, None] * 1.0
    return generator.dirichlet(np.ones(classes), count), np.eye(classes)[labels]


def boundary(names: Sequence[str]) -> Plot:
    line = np.linspace(-1, 1, 12)
    _, y = scored(len(names))
    x = np.random.default_rng(1).uniform(-1, 1, (len(y), 2))
    if len(names) == 2:
        surface = Surface(line, line, np.tile(np.linspace(0, 1, 12), (12, 1)))
    else:
        leads = np.sin(np.arange(len(names))[:, None, None] + np.add.outer(line, 3 * line))
        surface = Surface(line, line, leads.argmax(axis=0) * 1.0, leads - np.sort(leads, axis=0)[-2])
    data = Dataset("t", x, y, ("$of_a$ rather long name for an input of a network", "b_c"), names[0], tuple(names))
    return surface_plot(surface, data, "Decision boundary")


DRAWN: dict[str, Callable[[Sequence[str]], Plot | None]] = {
    "confusion": lambda names: confusion_plot(*scored(len(names)), names, "Confusion on the training samples"),
    "roc": lambda names: roc_plot(*scored(len(names)), names, "ROC on the training samples"),
    "boundary": boundary,
}


def texts_of(plot: Plot) -> list[tuple[str, Any]]:
    """Every text that is drawn, and the box that it fills (dots)."""
    canvas: Any = FigureCanvasAgg(plot.figure)
    canvas.draw()
    drawn = [*plot.figure.texts, *(text for legend in plot.figure.legends for text in legend.get_texts())]
    for axes in plot.figure.axes:
        drawn += [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
        drawn += axes.get_legend().get_texts() if axes.get_legend() else []
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            ticks = zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=False)
            drawn += [label for place, label in ticks if min(limits) <= place <= max(limits)]
    boxes = [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in drawn]
    return [(text, box) for text, box in boxes if text.strip() and box.width > 0]


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("kind", DRAWN)
def test_every_text_is_within_the_picture_and_none_covers_another(kind: str, names: str) -> None:
    plot = DRAWN[kind](NAMES[names])
    if plot is None:
        assert (kind, names) == ("roc", "many")  # more curves than can be told apart
        return
    width, height = plot.figure.get_size_inches() * plot.figure.dpi
    texts = texts_of(plot)
    for text, box in texts:
        assert -1 <= box.x0 < box.x1 <= width + 1, text
        assert -1 <= box.y0 < box.y1 <= height + 1, text
    upright = [(text, box) for text, box in texts if box.height < 0.3 * plot.figure.dpi]
    for place, (text, box) in enumerate(upright):
        for other, other_box in upright[:place]:
            assert not box.shrunk(0.9, 0.9).overlaps(other_box.shrunk(0.9, 0.9)), (text, other)


@pytest.mark.parametrize("kind", DRAWN)
def test_names_with_dollars_are_shown_as_they_are(kind: str) -> None:
    plot = DRAWN[kind](["$5^", "10$ or_{more$"])
    assert plot is not None
    assert plot.svg()
    assert any("10\\$ or_{more\\$" in text for text, _ in texts_of(plot))


def test_letters_that_the_font_lacks_give_no_warning() -> None:
    plot = confusion_plot(*scored(2), ["猫", "犬"])
    assert plot is not None
    assert plot.png().startswith(b"\x89PNG")  # warnings are errors here


def test_the_boundary_is_where_the_output_is_the_threshold() -> None:
    line = np.linspace(-1, 1, 21)
    surface = Surface(line, line, np.tile(4 * line - 1, (21, 1)))
    data = Dataset("t", [[-0.5, 0], [0.5, 0]], [0, 1], ("a", "b"), "side", ("left", "right"))
    figure = surface_plot(surface, data, threshold=0.0).figure
    paths = [path for found in figure.axes[0].collections for path in found.get_paths()]
    boundary_of = next(path for path in paths if len(path.vertices) >= 21)
    np.testing.assert_allclose(boundary_of.vertices[:, 0], 0.25, atol=1e-12)
    assert figure.axes[1].get_ylabel() == "output for right"
    low, high = figure.axes[0].images[0].get_clim()
    assert low == -high


def test_the_points_of_a_regression_have_the_colours_of_their_targets() -> None:
    line = np.linspace(0, 1, 5)
    data = Dataset("t", [[0, 0], [1, 1]], [-3.0, 8.0], ("a", "b"), "price")
    figure = surface_plot(Surface(line, line, np.tile(line, (5, 1))), data).figure
    points = figure.axes[0].collections[0]
    assert points.get_array().tolist() == [-3, 8]
    assert points.get_clim() == figure.axes[0].images[0].get_clim() == (-3, 8)
    assert figure.axes[1].get_ylabel() == "predicted price"


def test_a_loss_that_stays_where_it_is_can_be_seen() -> None:
    axes = loss_curves({"training": np.full(5, 1e10)}).figure.axes[0]
    assert axes.get_ylim()[1] > 1.05e10


def test_classes_beyond_the_colours_differ_in_their_markers() -> None:
    count = len(OKABE_ITO) + 2
    line = np.linspace(0, 1, 5)
    data = Dataset("t", np.zeros((count, 2)), np.eye(count), ("a", "b"), "k", tuple(map(str, range(count))))
    axes = surface_plot(Surface(line, line, np.zeros((5, 5))), data).figure.axes[0]
    looks = {
        (tuple(points.get_facecolor()[0]), len(points.get_paths()[0].vertices), points.get_paths()[0].vertices.sum())
        for points in axes.collections[-count:]
    }
    assert len(looks) == count
