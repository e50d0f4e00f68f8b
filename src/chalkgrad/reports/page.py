"""The page: one HTML document with everything in it, that asks nothing of any other place."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from chalkgrad.reports.section import Section
from chalkgrad.version import __version__
from chalkgrad.writing.markup import heading, items, tag, text
from chalkgrad.writing.mathml import FONTS

# Nothing is fetched and nothing is run, whatever a document may hold.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(
    title: str,
    subtitle: str,
    sections: Sequence[Section],
    links: Sequence[tuple[str, str]] = (),
    notes: Sequence[str] = (),
) -> str:
    """The document as one page: a title, the table of contents, the sections, and links to the files beside it.

    `notes` are sentences about how the document was read.

    >>> written = page("Worked & checked", "a sheet", [Section("one", "One", "<p>1</p>", {})])
    >>> "<h1>Worked &amp; checked</h1>" in written, '<a href="#one">' in written
    (True, True)
    """
    entries = [tag("a", text(section.title), href=f"#{section.name}") for section in sections]
    chapters = tag("ol", *(tag("li", entry) for entry in entries))
    contents = tag("nav", heading(2, "Contents"), chapters, class_="contents", aria_label="Contents") if entries else ""
    said = "".join(tag("p", text(note), class_="note") for note in notes)
    beside = [tag("a", text(name), href=name) + text(f", {what}") for name, what in links]
    footer = tag(
        "footer",
        tag("h2", text("Beside this page")) + items(beside) if beside else "",
        tag("p", text(f"Made by chalkgrad {__version__}.")),
    )
    head = tag("header", tag("h1", text(title)), tag("p", text(subtitle), class_="subtitle"), class_="title")
    main = tag("main", *(_section(section) for section in sections))
    body = tag("body", tag("div", head, said, contents, main, footer, class_="page"))
    return f'<!DOCTYPE html>\n<html lang="en">\n{_head(title)}\n{body}\n</html>\n'


def _section(section: Section) -> str:
    return tag("section", heading(2, section.title), section.html, id=section.name) + "\n"


def _head(title: str) -> str:
    style = files("chalkgrad.reports").joinpath("style.css").read_text(encoding="utf-8")
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        tag("title", text(title)),
        tag("style", f"{FONTS}\n{style}"),
    )
