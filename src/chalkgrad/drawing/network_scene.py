"""The geometry of a network: where units, edges and labels go, and what is left out where there is no room."""

from __future__ import annotations

from collections.abc import Iterator

from chalkgrad.drawing.diagram import Connection, NetworkDiagram
from chalkgrad.drawing.labels import unicode_of, width_of
from chalkgrad.drawing.scene import BLUE, GREY, INK, VERMILION, Box, Curve, Line, Scene, Shape, Text

MOST_UNITS = 8  # a column with more units shows the first and the last
MOST_COLUMNS = 9
MOST_EDGE_LABELS = 24
RADIUS = 25.0
UNIT_DISTANCE = 104.0
COLUMN_DISTANCE = 235.0
NARROW = 150.0
MARGIN = 70.0
TITLE_SPACE = 86.0
FOOT_SPACE = 92.0
EDGE_LABEL_SIZE = 14.0
SMALLEST = 10.0  # of a unit's name, which else stands out of its circle
_SHARES = (0.5, 0.38, 0.62, 0.3, 0.7, 0.24, 0.76, 0.44, 0.56, 0.34, 0.66)  # where a label may sit, best first
_FILLS = {"input": "#eef4fa", "hidden": "#ffffff", "output": "#fdf3e4"}


def network_scene(diagram: NetworkDiagram) -> Scene:
    """The scene of a network.

    Columns of more than 8 units and networks of more than 9 columns are elided with dots; a label is shown only where
    all labels of its connection find room.
    """
    return _Builder(diagram).scene()


def shown(size: int, most: int) -> list[int | None]:
    """The places that are drawn, None for dots.

    >>> shown(3, 8), shown(784, 8)
    ([0, 1, 2], [0, 1, 2, None, 782, 783])
    """
    if size <= most:
        return list(range(size))
    return [0, 1, 2, None, size - 2, size - 1]


class _Builder:
    def __init__(self, diagram: NetworkDiagram) -> None:
        self.diagram = diagram
        self.columns = shown(len(diagram.columns), MOST_COLUMNS)
        self.units = {c: shown(diagram.columns[c].size, MOST_UNITS) for c in self.columns if c is not None}
        tallest = max(len(units) for units in self.units.values())
        self.height = TITLE_SPACE + (tallest - 1) * UNIT_DISTANCE + 2 * RADIUS + FOOT_SPACE
        self.middle = TITLE_SPACE + RADIUS + (tallest - 1) * UNIT_DISTANCE / 2
        self.x: list[float] = []
        place = MARGIN
        for position, column in enumerate(self.columns):
            self.x.append(place)
            near_dots = column is None or (position + 1 < len(self.columns) and self.columns[position + 1] is None)
            place += NARROW / 1.4 if near_dots else self._distance(column)
        self.width = self.x[-1] + MARGIN
        self.lines: list[Line] = []
        self.shapes: list[Shape] = []
        self.curves: list[Curve] = []
        self.texts: list[Text] = []

    def _distance(self, column: int | None) -> float:
        if column is None or column + 1 >= len(self.diagram.columns):
            return NARROW
        return COLUMN_DISTANCE if self._labelled(column) else max(NARROW, 190.0)

    def _labelled(self, column: int) -> bool:
        connection = self.diagram.connections[column]
        count = self.diagram.columns[column].size * self.diagram.columns[column + 1].size
        return bool(connection.labels) and count <= MOST_EDGE_LABELS

    def y(self, column: int, position: int) -> float:
        return self.middle + (position - (len(self.units[column]) - 1) / 2) * UNIT_DISTANCE

    def scene(self) -> Scene:
        for position, column in enumerate(self.columns):
            if column is None:
                self.texts.append(Text(self.x[position], self.middle, "⋯", 30, GREY, maths=False))
            else:
                self._column(self.x[position], column)
        for position, column in enumerate(self.columns[:-1]):
            if column is not None and self.columns[position + 1] == column + 1:
                self._connection(position, column)
        self._legend()
        sizes = "-".join(str(column.size) for column in self.diagram.columns)
        activations = ", ".join(c.activation for c in self.diagram.columns if c.activation)
        description = f"A network of {len(self.diagram.columns)} columns of units, {sizes}"
        description += f", with the activations {activations}." if activations else "."
        return Scene(
            self.width,
            self.height,
            f"Network {self.diagram.name}",
            description,
            tuple(self.lines),
            tuple(self.shapes),
            tuple(self.curves),
            tuple(self.texts),
        )

    def _column(self, x: float, place: int) -> None:
        column = self.diagram.columns[place]
        last = place == len(self.diagram.columns) - 1
        fill = _FILLS["input" if place == 0 else "output" if last else "hidden"]
        self.texts.append(Text(x, 22, column.title, 15, INK, maths=False))
        if column.activation:
            self.texts.append(Text(x, 43, column.activation, 14, BLUE, maths=False))
        for position, unit in enumerate(self.units[place]):
            y = self.y(place, position)
            if unit is None:
                self.texts.append(Text(x, y, "⋮", 30, GREY, maths=False))
                continue
            name = f"{column.units}[{unit}]"
            self.shapes.append(Shape("circle", x, y, 2 * RADIUS, 2 * RADIUS, fill, name=name))
            if unit < len(column.names):
                label = column.names[unit]
                size = max(SMALLEST, min(17.0, 17.0 * (2 * RADIUS - 8) / max(width_of(label, 17.0), 1.0)))
                long = width_of(label, size) > 2.4 * RADIUS
                self.texts.append(Text(x, y, label, size, halo=long, name=name))
            if unit < len(column.biases):
                self._bias(x, y, column.biases[unit], f"{column.bias}[{unit}]")
        if None in self.units[place]:
            foot = self.y(place, len(self.units[place]) - 1) + RADIUS + (46 if column.biases else 34)
            self.texts.append(Text(x, foot, f"{column.size} units", 13, INK, maths=False))

    def _bias(self, x: float, y: float, label: str, name: str) -> None:
        """A short arrow from below with the bias's name."""
        self.lines.append(Line(x, y + RADIUS + 15, x, y + RADIUS + 1, INK, 1.1, arrow=True, name=name))
        self.texts.append(Text(x, y + RADIUS + 24, label, 13, name=name))

    def _connection(self, position: int, column: int) -> None:
        connection = self.diagram.connections[column]
        strongest = _strongest(connection)
        for start, end, left, right in self._edges(position, column):
            colour, width = GREY, 1.1
            if connection.values is not None:
                value = float(connection.values[start][end])
                colour = BLUE if value >= 0 else VERMILION
                width = 0.4 + 4.2 * abs(value) / strongest
            x1, y1, x2, y2 = _between_circles(*left, *right)
            name = f"{connection.weights}[{start},{end}]"
            self.lines.append(Line(x1, y1, x2, y2, colour, width, connection.values is None, name))
        if not (self._labelled(column) and self._edge_labels(position, column, connection)):
            sizes = f"({self.diagram.columns[column].size}×{self.diagram.columns[column + 1].size})"
            x = (self.x[position] + self.x[position + 1]) / 2
            name = unicode_of(connection.name)
            self.texts.append(Text(x, self.height - 18, f"{name} {sizes}", 13, INK, maths=False))

    def _edges(self, position: int, column: int) -> Iterator[tuple[int, int, tuple[float, float], tuple[float, float]]]:
        for at, start in enumerate(self.units[column]):
            for to, end in enumerate(self.units[column + 1]):
                if start is not None and end is not None:
                    left = (self.x[position], self.y(column, at))
                    yield start, end, left, (self.x[position + 1], self.y(column + 1, to))

    def _edge_labels(self, position: int, column: int, connection: Connection) -> bool:
        """Places every label of a connection on its edge without overlap, or none of them."""
        taken = [shape.box for shape in self.shapes] + [text.box for text in self.texts]
        edges = list(self._edges(position, column))
        placed: list[Text] = []
        for start, end, left, right in edges:
            others = [edge for edge in edges if edge[:2] != (start, end)]
            label = connection.labels[start][end]
            name = f"{connection.weights}[{start},{end}]"
            possible = [_on_edge(left, right, share, label, name) for share in _SHARES]
            free = [text for text in possible if not any(text.box.overlaps(box) for box in taken)]
            clear = [text for text in free if not any(_crosses(text.box, edge[2], edge[3]) for edge in others)]
            if not free:
                return False
            placed.append((clear or free)[0])
            taken.append(placed[-1].box)
        self.texts.extend(placed)
        return True

    def _legend(self) -> None:
        if not any(connection.values is not None for connection in self.diagram.connections):
            return
        y = self.height + 4
        self.height += 30
        x = MARGIN - 40
        for colour, words in ((BLUE, "positive"), (VERMILION, "negative")):
            self.lines.append(Line(x, y, x + 34, y, colour, 3.0))
            text = Text(0, y, words, 13, INK, maths=False)
            width = text.box.right - text.box.left
            self.texts.append(Text(x + 42 + width / 2, y, words, 13, INK, maths=False))
            x += 62 + width
        words = "width: size of the weight"
        half = Text(0, y, words, 13, maths=False).box.right
        self.texts.append(Text(x + half, y, words, 13, INK, maths=False))
        self.width = max(self.width, x + 2 * half + 12)


def _on_edge(left: tuple[float, float], right: tuple[float, float], share: float, label: str, name: str) -> Text:
    x, y = left[0] + share * (right[0] - left[0]), left[1] + share * (right[1] - left[1])
    return Text(x, y, label, EDGE_LABEL_SIZE, halo=True, name=name)


def _strongest(connection: Connection) -> float:
    values = connection.values or ((0.0,),)
    return max((abs(float(value)) for row in values for value in row), default=0.0) or 1.0


def _between_circles(x1: float, y1: float, x2: float, y2: float) -> tuple[float, float, float, float]:
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    dx, dy = RADIUS * (x2 - x1) / length, RADIUS * (y2 - y1) / length
    return x1 + dx, y1 + dy, x2 - dx, y2 - dy


def _crosses(box: Box, start: tuple[float, float], end: tuple[float, float]) -> bool:
    """Whether a line passes through the box (Liang and Barsky's clipping)."""
    (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
    enter, leave = 0.0, 1.0
    for step, low, high, origin in ((dx, box.left, box.right, x), (dy, box.top, box.bottom, y)):
        if step == 0:
            if not low <= origin <= high:
                return False
            continue
        first, second = sorted(((low - origin) / step, (high - origin) / step))
        enter, leave = max(enter, first), min(leave, second)
    return enter <= leave
