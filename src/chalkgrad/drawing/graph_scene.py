"""The computation graph of a program: one node a tensor, arrows from what is used to what uses it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from chalkgrad.drawing.labels import width_of
from chalkgrad.drawing.scene import INK, Line, Scene, Shape, Text
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Program, Role, Tensor, tensors_in

MOST_NODES = 150
ROW = 92.0
GAP = 34.0
MARGIN = 30.0
NODE_HEIGHT = 40.0
STOP = 6.0  # the room of an arrow that passes a layer
_LOOK = {
    Role.INPUT: ("round", "#e5f1fa", "#0072B2"),
    Role.TARGET: ("round", "#e5f1fa", "#0072B2"),
    Role.PARAMETER: ("box", "#fdf0d9", "#B37400"),
    Role.VALUE: ("box", "#ffffff", INK),
    Role.ADJOINT: ("box", "#fbe9e0", "#D55E00"),
}


@dataclass(frozen=True)
class Node:
    """A tensor to be drawn with its label, and the tensors that it uses."""

    tensor: Tensor
    label: str
    uses: tuple[Tensor, ...]


def graph_scene(program: Program, labels: dict[str, str], title: str = "Computation graph") -> Scene:
    """The scene of a program's computation graph; `labels` gives the LaTeX for each tensor's name.

    Inputs are rounded, parameters boxes with a warm fill, values white, adjoints reddish, results have a double frame.
    Raises `ChalkgradError` for programs of more than 150 tensors.
    """
    nodes = _nodes(program, labels)
    if len(nodes) > MOST_NODES:
        raise ChalkgradError(
            f"a graph of {len(nodes)} tensors has too many nodes to be read; at most {MOST_NODES} are drawn"
        )
    widths = {node.tensor.name: max(46.0, width_of(node.label, 16) + 22) for node in nodes}
    layers, routes = _layered(nodes)
    places = _placed(layers, widths)
    lines, shapes, texts = [], [], []
    for node in nodes:
        x, y = places[node.tensor.name]
        for used in node.uses:
            corners = [places[stop] for stop in routes[used.name, node.tensor.name]]
            frame = 4.0 if node.tensor in program.results else 0.0
            points = [(places[used.name][0], places[used.name][1] + NODE_HEIGHT / 2), *corners]
            points.append((x, y - NODE_HEIGHT / 2 - 1 - frame))
            for (x1, y1), (x2, y2) in pairwise(points):
                lines.append(Line(x1, y1, x2, y2, "#8a8a8a", 1.2, arrow=(x2, y2) == points[-1]))
        kind, fill, stroke = _LOOK[node.tensor.role]
        if node.tensor in program.results:
            shapes.append(Shape("box", x, y, widths[node.tensor.name] + 8, NODE_HEIGHT + 8, "#ffffff", stroke))
        shapes.append(Shape(kind, x, y, widths[node.tensor.name], NODE_HEIGHT, fill, stroke))
        texts.append(Text(x, y, node.label, 16))
    total = max(x for x, _ in places.values()) + max(widths.values()) / 2 + MARGIN
    height = 2 * MARGIN + NODE_HEIGHT + (len(layers) - 1) * ROW
    described = "; ".join(
        f"{node.tensor.name} from {', '.join(t.name for t in node.uses)}" for node in nodes if node.uses
    )
    return Scene(total, height, title, described, tuple(lines), tuple(shapes), (), tuple(texts))


def _nodes(program: Program, labels: dict[str, str]) -> list[Node]:
    made = [Node(tensor, labels.get(tensor.name, tensor.name), ()) for tensor in program.declared]
    for definition in program.definitions:
        tensor = definition.tensor
        made.append(Node(tensor, labels.get(tensor.name, tensor.name), tensors_in(definition.body)))
    used = {tensor for node in made for tensor in node.uses} | set(program.results)
    return [node for node in made if node.tensor in used or node.uses]


def _depths(nodes: list[Node]) -> dict[str, int]:
    """Each node one layer below the deepest that it uses; what is given stands just above its first use."""
    depth: dict[str, int] = {}
    for node in nodes:
        depth[node.tensor.name] = 1 + max((depth[used.name] for used in node.uses), default=-1)
    for node in nodes:
        if not node.uses:
            below = [depth[other.tensor.name] for other in nodes if node.tensor in other.uses]
            depth[node.tensor.name] = min(below, default=1) - 1
    return depth


def _layered(nodes: list[Node]) -> tuple[list[list[str]], dict[tuple[str, str], list[str]]]:
    """The layers, ordered, with a stop for every arrow in each layer that it crosses; and each arrow's stops."""
    depth = _depths(nodes)
    layers: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for node in nodes:
        layers[depth[node.tensor.name]].append(node.tensor.name)
    routes: dict[tuple[str, str], list[str]] = {}
    above: dict[str, list[str]] = {}
    for node in nodes:
        for used in node.uses:
            stops = [
                f"{used.name}|{node.tensor.name}|{k}" for k in range(depth[used.name] + 1, depth[node.tensor.name])
            ]
            for stop, k in zip(stops, range(depth[used.name] + 1, depth[node.tensor.name]), strict=True):
                layers[k].append(stop)
            routes[used.name, node.tensor.name] = stops
            for upper, lower in pairwise([used.name, *stops, node.tensor.name]):
                above.setdefault(lower, []).append(upper)
    return _ordered([layer for layer in layers if layer], above), routes


def _ordered(layers: list[list[str]], above: dict[str, list[str]]) -> list[list[str]]:
    """Layers ordered by the barycentre of their neighbours, swept down and up a few times (Sugiyama et al. 1981)."""
    below: dict[str, list[str]] = {}
    for lower, uppers in above.items():
        for upper in uppers:
            below.setdefault(upper, []).append(lower)
    for sweep in range(8):
        near = above if sweep % 2 == 0 else below
        place = {name: (k + 0.5) / len(layer) for layer in layers for k, name in enumerate(layer)}
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            centre = {name: _mean([place[other] for other in near.get(name, [])], place[name]) for name in layer}
            layer.sort(key=centre.__getitem__)
            place |= {name: (k + 0.5) / len(layer) for k, name in enumerate(layer)}
    return layers


def _mean(numbers: list[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise


def _placed(layers: list[list[str]], widths: dict[str, float]) -> dict[str, tuple[float, float]]:
    """The centre of each node and stop; a stop takes little room."""
    rows = [sum(widths.get(name, STOP) + GAP for name in layer) - GAP for layer in layers]
    places = {}
    for depth, (layer, row) in enumerate(zip(layers, rows, strict=True)):
        x = MARGIN + (max(rows) - row) / 2
        for name in layer:
            width = widths.get(name, STOP)
            places[name] = (x + width / 2, MARGIN + NODE_HEIGHT / 2 + depth * ROW)
            x += width + GAP
    return places
