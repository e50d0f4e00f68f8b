"""Computation graphs: an arrow for each use, nothing on top of anything else."""

from __future__ import annotations

from itertools import combinations

import pytest

from chalkgrad.calculus import derive
from chalkgrad.drawing import graph_scene
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Program, tensors_in
from chalkgrad.networks import Network, NetworkSpec


def program(sizes: tuple[int, ...] = (2, 3, 1)) -> Program:
    hidden = ("relu",) * (len(sizes) - 2)
    return Network(NetworkSpec(sizes, (*hidden, "sigmoid"), "bce")).program


@pytest.mark.parametrize("sizes", [(1, 1), (2, 3, 1), (4, 8, 8, 3)], ids=str)
@pytest.mark.parametrize("gradient", [False, True])
def test_one_arrow_a_use_and_no_overlap(sizes: tuple[int, ...], gradient: bool) -> None:
    graph = derive(program(sizes)).program if gradient else program(sizes)
    scene = graph_scene(graph, {})
    assert sum(line.arrow for line in scene.lines) == sum(len(tensors_in(d.body)) for d in graph.definitions)
    for one, other in combinations(scene.texts, 2):
        assert not one.box.overlaps(other.box), f"{one.label} covers {other.label}"
    for text in scene.texts:
        assert any(
            s.box.left <= text.box.left and text.box.right <= s.box.right and s.y == text.y for s in scene.shapes
        ), f"{text.label} does not fit its node"
    assert all(line.y1 < line.y2 for line in scene.lines)
    for line in scene.lines:
        for shape in scene.shapes:
            inside = shape.box.top + 6 < min(line.y2, shape.y) and line.y1 + 6 < shape.y < line.y2 - 6
            at = line.x1 + (shape.y - line.y1) / (line.y2 - line.y1) * (line.x2 - line.x1)
            assert not (inside and shape.box.left < at < shape.box.right), "an arrow passes behind a node"
    assert "yhat" in scene.description


def test_a_graph_that_nobody_could_read_is_refused() -> None:
    with pytest.raises(ChalkgradError, match="too many nodes"):
        graph_scene(program((2, *(3,) * 60, 1)), {})


@pytest.mark.parametrize("name", ["layer_norm", "attention", "lstm", "info_nce"])
def test_no_arrow_runs_through_a_node(name: str) -> None:
    from chalkgrad.networks.catalogue import CATALOGUE

    scene = graph_scene(CATALOGUE[name].program(batch=False), {})
    for line in scene.lines:
        for node in scene.shapes:
            for part in (k / 40 for k in range(1, 40)):
                x, y = line.x1 + part * (line.x2 - line.x1), line.y1 + part * (line.y2 - line.y1)
                inside = abs(x - node.x) < node.width / 2 - 1 and abs(y - node.y) < node.height / 2 - 1
                assert not inside, (name, line, node)
