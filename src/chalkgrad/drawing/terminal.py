"""Networks in the terminal: units as names, edges in Braille dots, within 80 columns."""

from __future__ import annotations

import unicodedata

from chalkgrad.drawing.diagram import NetworkDiagram
from chalkgrad.drawing.labels import unicode_of
from chalkgrad.drawing.network_scene import shown

WIDTH = 80
_ROWS_PER_UNIT = 3
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


def terminal_of(diagram: NetworkDiagram) -> str:
    """The network as lines of text; columns and units that do not fit are elided with dots.

    >>> from chalkgrad.drawing.diagram import Column, Connection
    >>> tiny = NetworkDiagram("1-1", (Column(1, ("x",), "in"), Column(1, ("y",), "out")), (Connection("w"),))
    >>> print(terminal_of(tiny).splitlines()[-1].strip())
    (x)⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤(y)
    """
    columns = shown(len(diagram.columns), 6)
    names = {c: _names(diagram, c) for c in columns if c is not None}
    widths = [3 if c is None else max(_length(n) for n in names[c]) for c in columns]
    gap = max(4, min(14, (WIDTH - sum(widths)) // max(1, len(columns) - 1)))
    lefts = [sum(widths[:place]) + gap * place for place in range(len(columns))]
    height = max(len(units) for units in names.values()) * _ROWS_PER_UNIT - _ROWS_PER_UNIT + 1
    total = lefts[-1] + widths[-1]
    canvas = [[0] * total for _ in range(height)]
    rows = {c: _rows(len(names[c]), height) for c in names}
    for place in range(len(columns) - 1):
        left, right = columns[place], columns[place + 1]
        if left is None or right != left + 1:
            continue
        for start, row in zip(names[left], rows[left], strict=True):
            for end, other in zip(names[right], rows[right], strict=True):
                if start != "⋮" and end != "⋮":
                    x = lefts[place] + (widths[place] + _length(start) + 1) // 2
                    to = lefts[place + 1] + (widths[place + 1] - _length(end)) // 2
                    _edge(canvas, x, row, to, other)
    text = [[chr(0x2800 + dots) if dots else " " for dots in line] for line in canvas]
    for place, column in enumerate(columns):
        if column is None:
            _write(text, height // 2, lefts[place], "⋯")
            continue
        for name, row in zip(names[column], rows[column], strict=True):
            _write(text, row, lefts[place] + (widths[place] - _length(name)) // 2, name)
    body = ["".join(line).rstrip() for line in text]
    return "\n".join([*_headings(diagram, columns, lefts, widths), *body])


def _names(diagram: NetworkDiagram, column: int) -> list[str]:
    units = diagram.columns[column]
    found = []
    for unit in shown(units.size, 6):
        if unit is None:
            found.append("⋮")
        elif unit < len(units.names):
            found.append(f"({unicode_of(units.names[unit])})")
        else:
            found.append("( )")
    return found


def _length(text: str) -> int:
    return sum(not unicodedata.combining(character) for character in text)


def _rows(count: int, height: int) -> list[int]:
    top = (height - (count - 1) * _ROWS_PER_UNIT) // 2
    return [top + place * _ROWS_PER_UNIT for place in range(count)]


def _edge(canvas: list[list[int]], x1: int, row1: int, x2: int, row2: int) -> None:
    """Sets the dots from the middle of one cell's row to the middle of another's."""
    start, end = 2 * x1, 2 * x2 - 1
    for dot in range(start, end + 1):
        share = (dot - start) / max(1, end - start)
        down = round(4 * row1 + 2 + share * 4 * (row2 - row1))
        following = round(4 * row1 + 2 + (dot + 1 - start) / max(1, end - start) * 4 * (row2 - row1))
        for level in range(min(down, following), max(down, following) + 1):
            if 0 <= level < 4 * len(canvas):
                canvas[level // 4][dot // 2] |= _DOTS[dot % 2][level % 4]


def _write(text: list[list[str]], row: int, left: int, name: str) -> None:
    cells: list[str] = []
    for character in name:
        if unicodedata.combining(character) and cells:
            cells[-1] += character
        else:
            cells.append(character)
    text[row][left : left + len(cells)] = cells


def _headings(diagram: NetworkDiagram, columns: list[int | None], lefts: list[int], widths: list[int]) -> list[str]:
    """A line with size and activation above each column, on two levels where neighbours would touch."""
    lines = [" " * WIDTH, " " * WIDTH]
    for place, column in enumerate(columns):
        if column is None:
            continue
        units = diagram.columns[column]
        words = f"{units.size} {units.activation}".strip()
        at = max(0, min(lefts[place] + widths[place] // 2 - len(words) // 2, WIDTH - len(words)))
        level = next((k for k in (1, 0) if not lines[k][max(0, at - 1) : at + len(words) + 1].strip()), None)
        if level is not None:
            lines[level] = lines[level][:at] + words + lines[level][at + len(words) :]
    return [line.rstrip() for line in lines if line.strip()]
