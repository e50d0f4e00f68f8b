"""Jupyter notebooks: what is written in their cells as one text, and in which cell each line stands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from chalkgrad.errors import ReadingError
from chalkgrad.page.limits import LONGEST_NOTEBOOK, check_length

_MOST_CELLS = 10_000
_LATEX_CELL = "%%latex"


@dataclass(frozen=True)
class Notebook:
    """The text of a notebook; `places` has the cell (from 1) and the line in it for each line of the text."""

    text: str
    places: tuple[tuple[int, int], ...]


def notebook_in(text: str) -> Notebook | None:
    """The notebook that a text is, in the format of nbformat 3 or 4; None for any other text.

    Markdown, headings, raw cells and cells that begin with `%%latex` are read; code and what it put out is not. A line
    with a form feed stands between cells, over which no maths reaches. Raises `ReadingError` for a notebook that is
    broken.

    >>> cell = '{"cell_type": "markdown", "source": ["Here:\\\\n", "$y = x$"]}'
    >>> notebook_in('{"cells": [' + cell + '], "nbformat": 4}')
    Notebook(text='Here:\\n$y = x$\\n\\x0c', places=((1, 1), (1, 2), (1, 3)))
    """
    if not text.lstrip().startswith("{") or ('"cells"' not in text and '"worksheets"' not in text):
        return None
    check_length(text, LONGEST_NOTEBOOK)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise ReadingError("this is not a notebook: its JSON is broken", expected="a Jupyter notebook") from None
    cells = _cells(content)
    if not isinstance(cells, list) or len(cells) > _MOST_CELLS:
        raise ReadingError("this is not a notebook: it has no list of cells", expected="a Jupyter notebook")
    lines: list[str] = []
    places: list[tuple[int, int]] = []
    for number, cell in enumerate(cells, start=1):
        written = _written(cell) if isinstance(cell, dict) else None
        if written is None:
            continue
        inside = written.replace("\f", " ").replace("\r\n", "\n").split("\n")
        lines += [*inside, "\f"]
        places += [(number, line) for line in range(1, len(inside) + 2)]
    return Notebook("\n".join(lines), tuple(places))


def _cells(content: Any) -> Any:
    """The list of cells; in the old format it stands in a worksheet."""
    if not isinstance(content, dict):
        return None
    sheets = content.get("worksheets")
    if "cells" not in content and isinstance(sheets, list) and sheets and isinstance(sheets[0], dict):
        return sheets[0].get("cells")
    return content.get("cells")


def _written(cell: dict[str, Any]) -> str | None:
    """What a cell says to people; None for code."""
    source = cell.get("source", cell.get("input", ""))
    pieces = source if isinstance(source, list) else [source]
    text = "".join(piece for piece in pieces if isinstance(piece, str))
    kind = cell.get("cell_type")
    if kind == "heading":
        return f"# {text}"
    if kind == "code" and text.lstrip().startswith(_LATEX_CELL):
        return text.replace(_LATEX_CELL, " " * len(_LATEX_CELL), 1)
    return text if kind in ("markdown", "raw") else None
