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
STRAIGHT = 8.0  # how much more it matters that an arrow is straight where it passes than where a node stands
SWEEPS = 24
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
    layers, routes, above = _layered(nodes)
    places = _placed(layers, widths, above)
    lines, shapes, texts = [], [], []
    for node in nodes:
        x, y = places[node.tensor.name]
        for used in node.uses:
            stops = [places[stop] for stop in routes[used.name, node.tensor.name]]
            half = NODE_HEIGHT / 2  # beside the nodes of a layer an arrow goes straight down
            corners = [corner for x_, y_ in stops for corner in ((x_, y_ - half), (x_, y_ + half))]
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


def _layered(nodes: list[Node]) -> tuple[list[list[str]], dict[tuple[str, str], list[str]], dict[str, list[str]]]:
    """The layers, ordered, with a stop for every arrow in each that it crosses; each arrow's stops; what is above."""
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
    return _ordered([layer for layer in layers if layer], above), routes, above


def _ordered(layers: list[list[str]], above: dict[str, list[str]]) -> list[list[str]]:
    """Layers ordered by the barycentre of their neighbours, swept down and up a few times (Sugiyama et al. 1981)."""
    below = _turned(above)
    for sweep in range(8):
        near = above if sweep % 2 == 0 else below
        place = {name: (k + 0.5) / len(layer) for layer in layers for k, name in enumerate(layer)}
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            centre = {name: _mean([place[other] for other in near.get(name, [])], place[name]) for name in layer}
            layer.sort(key=centre.__getitem__)
            place |= {name: (k + 0.5) / len(layer) for k, name in enumerate(layer)}
    return layers


def _turned(above: dict[str, list[str]]) -> dict[str, list[str]]:
    below: dict[str, list[str]] = {}
    for lower, uppers in above.items():
        for upper in uppers:
            below.setdefault(upper, []).append(lower)
    return below


def _mean(numbers: list[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise


def _placed(
    layers: list[list[str]], widths: dict[str, float], above: dict[str, list[str]]
) -> dict[str, tuple[float, float]]:
    """The centre of each node and stop, near its neighbours in the layers beside it, so that arrows are straight."""
    below = _turned(above)
    along: dict[str, float] = {}
    for layer in layers:
        starts = _starts(layer, widths)
        for name, start in zip(layer, starts, strict=True):
            along[name] = start - (starts[0] + starts[-1]) / 2
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            near = {name: [*above.get(name, ()), *below.get(name, ())] for name in layer}
            wanted = [_mean([along[other] for other in near[name]], along[name]) for name in layer]
            weights = [1.0 if name in widths else STRAIGHT for name in layer]
            starts = _starts(layer, widths)
            free = [place - start for place, start in zip(wanted, starts, strict=True)]
            for name, start, place in zip(layer, starts, _not_falling(free, weights), strict=True):
                along[name] = start + place
    left = min(along[name] - widths.get(name, STOP) / 2 for name in along)
    return {
        name: (along[name] - left + MARGIN, MARGIN + NODE_HEIGHT / 2 + depth * ROW)
        for depth, layer in enumerate(layers)
        for name in layer
    }


def _starts(layer: list[str], widths: dict[str, float]) -> list[float]:
    """The centres of what stands in a layer, as close together as may be."""
    found, x = [], 0.0
    for place, name in enumerate(layer):
        width = widths.get(name, STOP)
        if place:
            x += GAP if name in widths and layer[place - 1] in widths else GAP / 2
        found.append(x + width / 2)
        x += width
    return found


def _not_falling(numbers: list[float], weights: list[float]) -> list[float]:
    """The numbers nearest to these, in squares by weight, none less than the one before it (Ayer et al. 1955).

    >>> _not_falling([1.0, 4.0, 2.0, 5.0], [1.0, 1.0, 1.0, 1.0])
    [1.0, 3.0, 3.0, 5.0]
    """
    blocks: list[tuple[float, float, int]] = []
    for number, weight in zip(numbers, weights, strict=True):
        mean, total, count = number, weight, 1
        while blocks and blocks[-1][0] > mean:
            other, more, size = blocks.pop()
            mean, total, count = (mean * total + other * more) / (total + more), total + more, count + size
        blocks.append((mean, total, count))
    return [mean for mean, _, count in blocks for _ in range(count)]
