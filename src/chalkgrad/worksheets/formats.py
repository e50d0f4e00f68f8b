"""Pieces as Markdown, LaTeX and a Jupyter notebook: the same words and equations in each."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from chalkgrad.drawing import png_of, tikz_of
from chalkgrad.worksheets.pieces import Bullets, Displayed, Drawing, Gap, Heading, Inline, NumberTable, Paragraph, Piece
from chalkgrad.writing.document import display
from chalkgrad.writing.latex import latex, prose

Writer: TypeAlias = Callable[[Sequence[Piece], str], str]

_PREAMBLE = r"""\documentclass[a4paper,11pt]{article}
\usepackage[T1]{fontenc}
\usepackage[margin=2.2cm]{geometry}
\usepackage{amsmath}
\usepackage{tikz}
\usetikzlibrary{arrows.meta}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\setlength{\parskip}{.5em}
\setlength{\jot}{6pt}
"""
_SECTIONS = {2: r"\section*", 3: r"\subsection*"}


def markdown(pieces: Sequence[Piece], picture: str) -> str:
    r"""The pieces as Markdown; `picture` is the file of the drawing.

    >>> from chalkgrad.writing.boxes import letter
    >>> print(markdown([Heading(1, ("A title",)), Paragraph(("Of ", letter("x"), "."))], ""))
    # A title
    <BLANKLINE>
    Of $x$.
    <BLANKLINE>
    """
    return "\n\n".join(_markdown(piece, picture) for piece in pieces) + "\n"


def _markdown(piece: Piece, picture: str) -> str:
    match piece:
        case Heading(level=level, words=words):
            return f"{'#' * level} {_inline(words)}"
        case Paragraph(words=words):
            return _inline(words)
        case Displayed(box=box):
            return f"$$\n{latex(box)}\n$$"
        case Bullets(entries=entries):
            return "\n".join(f"- {_inline(entry)}" for entry in entries)
        case NumberTable(head=head, rows=rows):
            table = [[_inline(cell) for cell in cells] for cells in (head, *rows)]
            table.insert(1, ["---", *["---:"] * (len(head) - 1)])
            return "\n".join(f"| {' | '.join(cells)} |" for cells in table)
        case Drawing(scene=scene):
            return f"![{scene.description}]({picture})"
        case Gap(asked=asked, equations=True):
            return f"<!-- {asked} -->\n\n$$\n\n$$"
        case Gap(asked=asked):
            return f"<!-- {asked} -->"


def _inline(words: Inline) -> str:
    return "".join(part if isinstance(part, str) else f"${latex(part)}$" for part in words)


def latex_article(pieces: Sequence[Piece], picture: str = "") -> str:
    """The pieces as a LaTeX document that stands alone; a drawing is TikZ within it."""
    body = "\n\n".join(map(_latex, pieces))
    return f"{_PREAMBLE}\\begin{{document}}\n\n{body}\n\n\\end{{document}}\n"


def _latex(piece: Piece) -> str:
    match piece:
        case Heading(level=1, words=words):
            return f"{{\\LARGE {_prose(words)}\\par}}"
        case Heading(level=level, words=words):
            return f"{_SECTIONS[level]}{{{_prose(words)}}}"
        case Paragraph(words=words):
            return _prose(words)
        case Displayed(box=box):
            return display(box)
        case Bullets(entries=entries):
            lines = "\n".join(f"\\item {_prose(entry)}" for entry in entries)
            return f"\\begin{{itemize}}\n{lines}\n\\end{{itemize}}"
        case NumberTable(head=head, rows=rows):
            first, *rest = [" & ".join(map(_prose, cells)) + r" \\" for cells in (head, *rows)]
            body = "\n".join([first, r"\hline", *rest])
            columns = "l" + "r" * (len(head) - 1)
            strut = r"\renewcommand{\arraystretch}{1.25}"
            return f"{{{strut}\n\\begin{{tabular}}{{{columns}}}\n{body}\n\\end{{tabular}}}}"
        case Drawing(scene=scene):
            return f"\\begin{{center}}\n{tikz_of(scene, standalone=False)}\\end{{center}}"
        case Gap(asked=asked, equations=True):
            return f"\\[\n% {asked}\n\\]"
        case Gap(asked=asked):
            return f"% {asked}"


def _prose(words: Inline) -> str:
    return "".join(prose(part) if isinstance(part, str) else f"${latex(part)}$" for part in words)


def notebook(pieces: Sequence[Piece], picture: str = "") -> str:
    """The pieces as a Jupyter notebook of Markdown cells, one for each heading; a drawing is attached to its cell."""
    cells: list[dict[str, object]] = []
    parts: list[list[Piece]] = []
    for piece in pieces:
        if isinstance(piece, Heading) or not parts:
            parts.append([])
        parts[-1].append(piece)
    for number, part in enumerate(parts):
        source = markdown(part, "attachment:network.png").rstrip("\n")
        name = hashlib.sha256(f"{number}:{source}".encode()).hexdigest()[:12]
        cell: dict[str, object] = {"cell_type": "markdown", "id": name, "metadata": {}}
        drawings = [piece for piece in part if isinstance(piece, Drawing)]
        if drawings:
            image = b64encode(png_of(drawings[0].scene)).decode("ascii")
            cell["attachments"] = {"network.png": {"image/png": image}}
        cells.append({**cell, "source": source.splitlines(keepends=True)})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    content = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


FORMATS: Mapping[str, Writer] = {"md": markdown, "tex": latex_article, "ipynb": notebook}
