"""Jupyter notebooks: their Markdown cells as one text, and in which cell each line stands."""

from __future__ import annotations

import json
from dataclasses import dataclass

from chalkgrad.errors import ReadingError

_MOST_CELLS = 10_000


@dataclass(frozen=True)
class Notebook:
    """The Markdown of a notebook; `places` has the cell (from 1) and the line in it for each line of the text."""

    text: str
    places: tuple[tuple[int, int], ...]


def notebook_in(text: str) -> Notebook | None:
    """The notebook that a text is, in the format of nbformat 4; None for any other text.

    Raises `ReadingError` for a notebook that is broken.

    >>> cell = '{"cell_type": "markdown", "source": ["Here:\\\\n", "$y = x$"]}'
    >>> notebook_in('{"cells": [' + cell + '], "nbformat": 4}')
    Notebook(text='Here:\\n$y = x$\\n', places=((1, 1), (1, 2), (1, 3)))
    """
    if not text.lstrip().startswith("{") or '"cells"' not in text:
        return None
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise ReadingError("this is not a notebook: its JSON is broken", expected="a Jupyter notebook") from None
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list) or len(cells) > _MOST_CELLS:
        raise ReadingError("this is not a notebook: it has no list of cells", expected="a Jupyter notebook")
    lines: list[str] = []
    places: list[tuple[int, int]] = []
    for number, cell in enumerate(cells, start=1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "markdown":
            continue
        source = cell.get("source", "")
        pieces = source if isinstance(source, list) else [source]
        inside = "".join(piece for piece in pieces if isinstance(piece, str)).split("\n")
        lines += [*inside, ""] if inside[-1] else inside
        places += [(number, line) for line in range(1, len(inside) + 1 + bool(inside[-1]))]
    return Notebook("\n".join(lines), tuple(places))
