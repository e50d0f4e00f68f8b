"""No text covers another or a unit that is not its own; everything stays on the page; what does not fit is elided."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ElementTree
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalkgrad.drawing import (
    Column,
    Connection,
    NetworkDiagram,
    network_scene,
    png_of,
    save_picture,
    svg_of,
    terminal_of,
    tikz_of,
)
from chalkgrad.drawing.labels import pieces_of, unicode_of, width_of
from chalkgrad.drawing.network_scene import shown
from chalkgrad.drawing.scene import Scene, Text
from chalkgrad.errors import ShapeError, UnknownNameError


def diagram(sizes: tuple[int, ...], values: bool = False) -> NetworkDiagram:
    columns, connections = [], []
    source = random.Random(1)
    for layer, size in enumerate(sizes):
        letter = "x" if layer == 0 else r"\hat{y}" if layer == len(sizes) - 1 else f"h^{{({layer})}}"
        names = tuple(f"{letter}_{{{unit + 1}}}" for unit in range(size))
        biases = tuple(f"b_{{{unit + 1}}}" for unit in range(size)) if layer > 0 and size < 10 else ()
        title = "inputs" if layer == 0 else "output" if layer == len(sizes) - 1 else f"hidden {layer}"
        columns.append(Column(size, names, title, "ReLU" if layer else "", biases))
        if layer:
            before = sizes[layer - 1]
            labels = (
                tuple(tuple(f"w_{{{i + 1}{j + 1}}}" for j in range(size)) for i in range(before))
                if before * size < 200
                else ()
            )
            weights = [[source.gauss(0, 1) for _ in range(size)] for _ in range(before)] if values else None
            connections.append(Connection(f"W_{{{layer}}}", labels, weights))
    return NetworkDiagram("-".join(map(str, sizes)), tuple(columns), tuple(connections))


SHAPES = [
    (1, 1),
    (2, 3, 1),
    (4, 8, 3),
    (3, 5, 2),
    (30, 16, 8, 1),
    (2, 4, 4, 4, 1),
    (784, 512, 512, 10),
    (2, *(5,) * 20, 1),
    (1, 9, 1),
    (7, 3, 7),
    (2, *(3,) * 200, 1),
]


def check_no_overlap(sizes: tuple[int, ...], values: bool = False) -> None:
    scene = network_scene(diagram(sizes, values))
    for one, other in combinations(scene.texts, 2):
        assert not one.box.overlaps(other.box), f"{one.label} covers {other.label}"
    for text in scene.texts:
        for shape in scene.shapes:
            own = (text.x, text.y) == (shape.x, shape.y)
            assert own or not text.box.overlaps(shape.box), f"{text.label} covers a unit"
        assert text.box.left >= 0, text.label
        assert text.box.right <= scene.width + 1, text.label
        assert text.box.top >= 0, text.label
        assert text.box.bottom <= scene.height + 1, text.label


@pytest.mark.parametrize("sizes", SHAPES, ids=str)
@pytest.mark.parametrize("values", [False, True])
def test_text_never_overlaps(sizes: tuple[int, ...], values: bool) -> None:
    check_no_overlap(sizes, values)


@settings(max_examples=60)
@given(st.lists(st.one_of(st.integers(1, 9), st.integers(1, 2000)), min_size=2, max_size=7))
def test_text_never_overlaps_in_networks_of_any_shape(sizes: list[int]) -> None:
    check_no_overlap(tuple(sizes))


def test_every_weight_of_the_homework_network_has_its_label() -> None:
    labels = {text.label for text in network_scene(diagram((2, 3, 1))).texts}
    assert {f"w_{{{i}{j}}}" for i in (1, 2) for j in (1, 2, 3)} <= labels
    assert {"w_{11}", "w_{21}", "w_{31}"} <= labels


def test_large_layers_show_dots_their_size_and_the_matrix_by_name() -> None:
    scene = network_scene(diagram((784, 512, 10)))
    words = {text.label for text in scene.texts}
    assert {"784 units", "512 units", "⋮", "W₁ (784×512)"} <= words
    assert len(scene.lines) < 120
    assert shown(784, 8) == [0, 1, 2, None, 782, 783]


def test_weight_values_give_colour_and_width() -> None:
    scene = network_scene(diagram((2, 3, 1), values=True))
    assert len({line.colour for line in scene.lines}) >= 3
    assert len({round(line.width, 2) for line in scene.lines}) > 6
    assert any(text.label == "negative" for text in scene.texts)


def test_svg_is_well_formed_stands_alone_and_has_a_text_alternative() -> None:
    picture = svg_of(network_scene(diagram((2, 3, 1))))
    root = ElementTree.fromstring(picture)
    space = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{space}title") is not None
    assert "2-3-1" in (root.find(f"{space}desc").text or "")  # type: ignore[union-attr]
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("activation", ["σ", "hardσ", "GELUₜ", "√"])
def test_tikz_has_only_characters_that_pdftex_knows(activation: str) -> None:
    columns = (Column(30, ("x_1",), "inputs"), Column(20, (r"\hat{y}",), "output", activation))
    picture = tikz_of(network_scene(NetworkDiagram("30-20", columns, (Connection("W^{(1)}_{j}"),))))
    assert picture.isascii()
    assert picture.count("$") % 2 == 0


def test_tikz_is_balanced_and_ends_what_it_begins() -> None:
    picture = tikz_of(network_scene(diagram((3, 5, 2), values=True)))
    assert picture.count("{") == picture.count("}")
    for environment in ("document", "tikzpicture"):
        assert picture.count(rf"\begin{{{environment}}}") == picture.count(rf"\end{{{environment}}}") == 1
    assert all(line.rstrip().endswith(";") for line in picture.splitlines() if line.startswith(r"  \draw"))


@pytest.mark.parametrize("sizes", SHAPES, ids=str)
def test_the_terminal_drawing_fits_in_80_columns(sizes: tuple[int, ...]) -> None:
    lines = terminal_of(diagram(sizes)).splitlines()
    assert max(map(len, lines)) <= 84  # combining accents take no room
    assert len(lines) < 30


def test_files_are_written_by_suffix(tmp_path: Path) -> None:
    scene = network_scene(diagram((2, 3, 1)))
    for suffix in ("svg", "png", "tex", "tikz"):
        assert save_picture(scene, tmp_path / f"net.{suffix}").stat().st_size > 500
    assert png_of(scene).startswith(b"\x89PNG")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.png", "net.svg", "net.tex", "net.tikz"]
    with pytest.raises(UnknownNameError, match=r"did you mean '\.svg'"):
        save_picture(scene, tmp_path / "net.svgg")


def test_values_must_fit_the_columns() -> None:
    columns = (Column(2, (), "inputs"), Column(1, (), "output"))
    with pytest.raises(ShapeError, match=r"\(2, 1\)"):
        NetworkDiagram("2-1", columns, (Connection("W", (), [[1.0]]),))


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        ("w_{12}", "w₁₂"),
        (r"\hat{y}", "ŷ"),
        (r"\hat y_1", "ŷ₁"),
        ("W^{[1]}", "W^[1]"),
        (r"\alpha_2", "α₂"),
        (r"\mathrm{out}", "out"),
    ],
)
def test_labels(latex: str, text: str) -> None:
    assert unicode_of(latex) == text
    assert pieces_of(latex)


def test_an_index_stands_under_the_exponent() -> None:
    scene = Scene(50, 50, "", "", (), (), (), (Text(20, 20, "w^{(1)}_{11} x", 20),))
    assert re.findall(r"<tspan([^>]*)>([^<]*)</tspan>", svg_of(scene)) == [
        (' font-style="italic"', "w"),
        (' dy="5.6" font-size="14.4"', "11"),
        (' dx="-15.6" dy="-13.6" font-size="14.4"', "(1)"),
        (' dy="8.0" font-style="italic"', "x"),
    ]
    assert width_of("w^{(1)}_{11}", 10) == width_of("w^{(1)}", 10)
