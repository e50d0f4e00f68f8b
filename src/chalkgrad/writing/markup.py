"""HTML from plain functions: whatever is text is escaped here, and nowhere else is a tag put together."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape

from chalkgrad.writing.boxes import Box
from chalkgrad.writing.mathml import mathml

_VOID = frozenset({"meta", "img", "br", "hr"})


def text(words: str) -> str:
    """Words as HTML.

    >>> text("a < b & c")
    'a &lt; b &amp; c'
    """
    return escape(words, quote=True)


def tag(name: str, *children: str, **attributes: str) -> str:
    """An element around children that are HTML already; attribute values are text (`class_` for `class`).

    >>> tag("p", text("1 < 2"), class_="note")
    '<p class="note">1 &lt; 2</p>'
    """
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{text(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>" if name in _VOID else f"<{name}{written}>{''.join(children)}</{name}>"


def paragraph(words: str, **attributes: str) -> str:
    """A paragraph of plain words."""
    return tag("p", text(words), **attributes)


def heading(level: int, words: str, **attributes: str) -> str:
    """A heading of plain words."""
    return tag(f"h{level}", text(words), **attributes)


def displayed(math: str) -> str:
    """A displayed equation in a box of its own, which scrolls sideways where the page is too narrow."""
    return tag("div", math, class_="maths")


def display(box: Box) -> str:
    """A layout box as a displayed equation."""
    return displayed(mathml(box))


def inline(box: Box) -> str:
    """A layout box within a line of words."""
    return mathml(box, display=False)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> str:
    """A table of HTML cells; the first cell of a row is its heading."""
    top = tag("tr", *(tag("th", cell, scope="col") for cell in head))
    body = "".join(
        tag("tr", tag("th", cells[0], scope="row"), *(tag("td", cell) for cell in cells[1:])) for cells in rows
    )
    written = tag("table", tag("caption", text(caption)), tag("thead", top), tag("tbody", body))
    return tag("div", written, class_="table")


def items(entries: Iterable[str], **attributes: str) -> str:
    """A list of HTML entries."""
    return tag("ul", *(tag("li", entry) for entry in entries), **attributes)


def folded(summary: str, *children: str) -> str:
    """What is shown when somebody asks for it, and always in print."""
    return tag("details", tag("summary", text(summary)), *children)


def picture(svg: str, alternative: str, caption: str) -> str:
    """A figure with an SVG embedded as an image of its own, its words for those who cannot see it, and a caption."""
    source = "data:image/svg+xml;base64," + b64encode(svg.encode()).decode("ascii")
    image = tag("img", src=source, alt=alternative)
    return tag("figure", image, tag("figcaption", text(caption)))
