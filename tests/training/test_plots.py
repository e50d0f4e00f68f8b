"""Figures: valid SVG and PNG, the same each time, with words beside them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chalkgrad.errors import ChalkgradError
from chalkgrad.training.data import Dataset, generate
from chalkgrad.training.plots import Plot, loss_curves, surface_plot
from chalkgrad.training.surface import Surface

LINE = np.linspace(-2, 2, 9)
SLOPE = Surface(LINE, LINE, np.tile(np.linspace(0, 1, 9), (9, 1)))
THREE = Dataset("three", [[-1, 0], [0, 0], [1, 0]], np.eye(3), ("a_b", "c"), "kind", ("r", "g", "b"))


CURVES = {"gradient descent": np.array([3.0, 2.0, 1.0]), "momentum": np.array([3.0, 1.0, 4.0])}
PLOTS: dict[str, Callable[[], Plot]] = {
    "losses": lambda: loss_curves(CURVES, "XOR"),
    "logarithmic": lambda: loss_curves(CURVES, logarithmic=True),
    "two classes": lambda: surface_plot(SLOPE, generate("xor", 40), "XOR", 0.9),
    "three classes": lambda: surface_plot(Surface(LINE, LINE, np.round(SLOPE.values * 2)), THREE),
    "regression": lambda: surface_plot(SLOPE, generate("plane", 40)),
    "one class predicted": lambda: surface_plot(Surface(LINE, LINE, SLOPE.values * 0.2), generate("xor", 40)),
}


@pytest.mark.parametrize("name", PLOTS)
def test_every_figure_is_sound_and_repeats_itself(name: str) -> None:
    plot = PLOTS[name]()
    root = ElementTree.fromstring(plot.svg())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.attrib["role"] == "img"
    assert root[0].text == plot.alternative
    assert plot.svg() == PLOTS[name]().svg()
    assert plot.png().startswith(b"\x89PNG")


def test_axes_are_labelled_and_runs_are_told_apart_without_colour() -> None:
    axes = PLOTS["losses"]().figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("iteration", "loss")
    assert len({line.get_linestyle() for line in axes.get_lines()}) == 2
    figure = PLOTS["three classes"]().figure
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("a b", "c")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["kind r", "kind g", "kind b"]


def test_the_words_say_what_is_seen() -> None:
    assert PLOTS["losses"]().alternative == (
        "XOR. gradient descent: from 3 down to 1 in 3 iterations. momentum: from 3 up to 4 in 3 iterations."
    )
    assert PLOTS["two classes"]().alternative == (
        "XOR: predictions over x1 and x2, with the data. 90.0% of the 40 samples lie on the right side."
    )


def test_saving_is_by_the_ending(tmp_path: Path) -> None:
    plot = PLOTS["losses"]()
    assert plot.save(tmp_path / "a.svg").read_text().startswith("<svg")
    assert plot.save(tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ChalkgradError, match=r"saved as .svg, .png or .pdf, not as '.gif'"):
        plot.save(tmp_path / "a.gif")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a.svg"]
