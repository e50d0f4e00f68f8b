"""What a document calls itself."""

from __future__ import annotations

import re

from chalkgrad.errors import ReadingError
from chalkgrad.page.limits import LONGEST_NOTEBOOK
from chalkgrad.page.notebooks import notebook_in
from chalkgrad.page.sections import HASH_HEADING

_TITLE = re.compile(r"\\title\{(?P<title>(?:[^{}\n]|\{[^{}\n]*\})*)\}")
_KEY = re.compile(r"\A---[ \t]*\n(?:.*\n)*?title:[ \t]*[\"']?(?P<title>[^\n\"']+)")
_MARKS = re.compile(r"\\[a-zA-Z]+\*?|[*_`{}$\\]")
_HEAD = 20_000
_LONGEST = 120


def title_in(text: str) -> str:
    r"""The title of a document: that of its front matter or its LaTeX, else its first heading; "" where it has none.

    >>> title_in("# One *neuron*\n\nText."), title_in(r"\title{A \emph{short} note}"), title_in("Text.")
    ('One neuron', 'A short note', '')
    """
    try:
        notebook = notebook_in(text) if len(text) <= LONGEST_NOTEBOOK else None
    except ReadingError:
        return ""
    head = (notebook.text if notebook is not None else text)[:_HEAD]
    headings = (HASH_HEADING.match(line) for line in head.split("\n"))
    found = _KEY.match(head[:2000]) or _TITLE.search(head) or next(filter(None, headings), None)
    words = " ".join(_MARKS.sub("", found["title"]).split()) if found is not None else ""
    return words[:_LONGEST]
