"""Pictures: sound SVG, PNG and PDF, the same each time, labelled, told apart without colour, with words beside them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chalkgrad.descent.charts import surface_plot, value_plot
from chalkgrad.descent.function import function_of_program
from chalkgrad.descent.graphs import graph_plot
from chalkgrad.descent.paths import descend
from chalkgrad.descent.pictures import contour_plot, end_of, gradient_field, looks
from chalkgrad.descent.runs import run, takes_rate
from chalkgrad.descent.stationary import stationary_points
from chalkgrad.descent.windows import grid_of, levels_of, window_around
from chalkgrad.drawing.plot import OKABE_ITO, Plot
from chalkgrad.errors import ChalkgradError, ShapeError
from chalkgrad.reading.programs import read_function


def of(text: str):
    return function_of_program(read_function(text))


BOWL = of("x^2 + 3*y^2")
SHEET = of("(1-x^3) + 100*(y^2-x)^2")
PATHS = [descend(SHEET, [-1, 1], m, rate=r, steps=200) for m, r in (("sgd", 0.001), ("sgd", 0.01), ("momentum", 3e-4))]
DOMAIN = of("log(x) + x^2 + y^2*x")
BOX = ((-2.0, 2.0), (-2.0, 2.0))
PLOTS: dict[str, Callable[[], Plot]] = {
    "contours": lambda: contour_plot(SHEET, PATHS, stationary=stationary_points(SHEET).points),
    "no paths": lambda: contour_plot(SHEET, window=BOX, title="bare"),
    "left the domain": lambda: contour_plot(DOMAIN, [descend(DOMAIN, [1, 1], rate=0.1)]),
    "flat": lambda: contour_plot(of("0*x + y - y + x - x + y*0 + x^2 - x^2 + x*y - y*x + y^2"), window=BOX),
    "values": lambda: value_plot(PATHS),
    "surface": lambda: surface_plot(SHEET, BOX, PATHS),
    "field": lambda: gradient_field(SHEET, BOX),
    "field with holes": lambda: gradient_field(DOMAIN, BOX),
}
PLOTS.pop("flat")


@pytest.mark.parametrize("name", PLOTS)
def test_every_picture_is_sound_and_repeats_itself(name: str) -> None:
    plot = PLOTS[name]()
    root = ElementTree.fromstring(plot.svg())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.attrib["role"] == "img"
    assert root[0].text == plot.alternative
    assert plot.svg() == PLOTS[name]().svg()
    assert plot.png(50).startswith(b"\x89PNG")
    assert plot.pdf().startswith(b"%PDF")


def test_axes_carry_the_variables_and_the_legend_every_path_with_its_end() -> None:
    plot = PLOTS["contours"]()
    axes = plot.figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x", "y")
    assert axes.get_title() == "f(x, y) = 1 − x³ + 100(y² − x)²"
    labels = [text.get_text() for text in plot.figure.legends[0].get_texts()]
    assert len(labels) == 3
    assert labels[1] == "gradient descent, rate 0.01: diverges after 3 steps"
    drawn = [line for line in axes.get_lines() if line.get_label() in labels]
    assert [line.get_color() for line in drawn] == list(OKABE_ITO[:3])
    assert len({line.get_linestyle() for line in drawn}) == 3
    assert len({line.get_marker() for line in drawn}) == 3
    assert "degenerate saddle (0, 0)" in [text.get_text() for text in axes.texts]


def test_many_points_are_named_in_the_legend_instead_of_beside_them() -> None:
    himmelblau = of("(x^2+y-11)^2 + (x+y^2-7)^2")
    plot = contour_plot(himmelblau, stationary=stationary_points(himmelblau).points, window=[(-5, 5), (-5, 5)])
    assert not plot.figure.axes[0].texts
    labels = [text.get_text() for text in plot.figure.legends[0].get_texts()]
    assert sorted(labels) == ["maximum", "minimum", "saddle"]


def test_the_words_beside_a_picture_say_what_is_in_it() -> None:
    words = PLOTS["contours"]().alternative
    assert words.startswith("Contour lines of f(x, y) = 1 - x^3 + 100*(y^2 - x)^2.")
    assert "gradient descent, rate 0.01: from (-1, 1), diverges after 3 steps." in words
    assert "saddle at (0, 0)." in words


def test_levels_are_spaced_in_powers_where_the_range_is_wide() -> None:
    even, wide = levels_of(np.linspace(0, 1, 1000))
    assert not wide
    assert np.allclose(np.diff(even), even[1] - even[0])
    powers, wide = levels_of(np.linspace(0, 1, 1000) ** 12 * 1e6)
    assert wide
    assert (np.diff(powers) > 0).all()
    assert powers[-1] == pytest.approx(1e6)
    constant, wide = levels_of(np.full(9, 3.0))
    assert not wide
    assert (np.diff(constant) > 0).all()


def test_the_window_holds_the_paths_that_stay_and_not_the_far_ends_of_others() -> None:
    (left, right), (low, high) = window_around(PATHS)
    start = PATHS[0].points[0]
    assert left < start[0] < right
    assert low < start[1] < high
    assert right - left < 20
    assert high - low < 20
    assert window_around([]) == ((-2.0, 2.0), (-2.0, 2.0))


def test_the_grid_is_the_function() -> None:
    grid = grid_of(SHEET, BOX, across=5)
    assert grid.values[3, 1] == pytest.approx(SHEET.value([grid.x[1], grid.y[3]]))


@pytest.mark.parametrize(
    "action",
    [
        lambda: contour_plot(of("x^2")),
        lambda: contour_plot(of("x*y*z"), window=BOX),
        lambda: surface_plot(of("x*y"), [(1, 0), (0, 1)]),
        lambda: gradient_field(of("x*y"), [(0, 1)]),
    ],
)
def test_what_cannot_be_drawn_is_refused(action: Callable[[], Plot]) -> None:
    with pytest.raises(ShapeError):
        action()


def test_other_refusals(tmp_path: Path) -> None:
    with pytest.raises(ChalkgradError, match="no path"):
        value_plot([])
    with pytest.raises(ChalkgradError, match=r"\.gif"):
        PLOTS["values"]().save(tmp_path / "a.gif")
    assert PLOTS["values"]().save(tmp_path / "a.pdf").stat().st_size > 1000


def test_many_paths_share_a_colour_by_method_and_none_looks_like_another() -> None:
    f = function_of_program(read_function("x^2 + 3*y^2"))
    paths = [
        descend(f, [2, 1], method, rate=rate, steps=5)
        for method in ("sgd", "momentum", "adam")
        for rate in (0.01, 0.02, 0.03)
    ]
    chosen = looks(paths)
    assert len(set(chosen)) == 9
    assert len({colour for colour, _, _ in chosen}) == 3
    assert chosen[0][0] == chosen[1][0] != chosen[3][0]
    few = contour_plot(f, paths[:2]).figure.get_figheight()
    assert contour_plot(f, paths).figure.get_figheight() == pytest.approx(few + 0.2 * 5)


def test_ten_methods_have_ten_colours() -> None:
    methods = ("gd", "momentum", "nesterov", "adam", "newton", "damped-newton", "bfgs", "l-bfgs", "armijo", "wolfe")
    paths = [run(BOWL, [2, 1], method, rate=0.01 if takes_rate(method) else None, steps=3) for method in methods]
    assert len({colour for colour, _, _ in looks(paths)}) == 10


def test_a_run_that_rises_first_and_settles_is_shown_to_its_end() -> None:
    banana = of("(1-x)^2 + 100*(y-x^2)^2")
    newton, gd = run(banana, [-1.2, 2.2], "newton"), run(banana, [-1.2, 2.2], "gd", rate=7e-4)
    assert newton.values.max() > 3 * newton.values[0]
    line, _ = value_plot([newton, gd]).figure.axes[0].get_lines()
    assert len(line.get_xdata()) == newton.steps + 1
    assert np.array_equal(line.get_ydata(), newton.values)


def test_a_run_that_leaves_is_cut_off_where_it_leaves() -> None:
    path = descend(BOWL, [2, 1], rate=0.5, steps=100)
    (line,) = value_plot([path]).figure.axes[0].get_lines()
    assert len(line.get_xdata()) < 10


def test_a_function_of_one_variable_has_a_picture_of_itself() -> None:
    wave = of("x^2 + sin(3*x)")
    found = stationary_points(wave)
    path = descend(wave, [-1.2], rate=0.05)
    plot = graph_plot(wave, [path], stationary=found.points)
    axes = plot.figure.axes[0]
    graph, steps = axes.get_lines()[:2]
    assert np.allclose(
        graph.get_ydata(), np.asarray(graph.get_xdata()) ** 2 + np.sin(3 * np.asarray(graph.get_xdata()))
    )
    assert np.allclose(steps.get_ydata(), path.values[: len(steps.get_ydata())])
    assert [text.get_text() for text in axes.texts].count("minimum") >= 1
    assert plot.alternative.startswith("Graph of f(x) = x^2 + sin(3*x) for x from ")
    with pytest.raises(ShapeError, match="one variable"):
        graph_plot(BOWL)


def test_what_the_legend_says_is_what_the_explanation_says() -> None:
    banana = of("(1-x)^2 + 100*(y-x^2)^2")
    for method, rate in (("nesterov", 5e-4), ("sgd", 7e-4), ("armijo", None)):
        path = run(banana, [-1.2, 2.2], method, rate=rate)
        words = end_of(path).partition(" after")[0]
        assert words in path.explanation


def test_tick_labels_of_the_surface_do_not_run_together() -> None:
    figure = surface_plot(of("x*y"), [(-2, 2), (-1, 3)]).figure
    axes = figure.axes[0]
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        assert len(axis.get_major_locator().tick_values(*axis.get_view_interval())) <= 7
