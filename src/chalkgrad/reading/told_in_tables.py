r"""What a table of the notation says: `| $\theta$ | parameter vector | $n \times 1$ |` tells that θ is a column.

Each row is about the name that it begins with. A text that is cut by `|` says nothing across that mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from chalkgrad.page.statement import Statement
from chalkgrad.page.syntax import Group, Name, Number, Product, Syntax

_CELL = "|"
_WORDS = (
    (re.compile(r"\bmatri(?:x|ces)\b", re.IGNORECASE), "M"),
    (re.compile(r"\brow\s+vectors?\b", re.IGNORECASE), "R"),
    (re.compile(r"\bvectors?\b", re.IGNORECASE), "V"),
    (re.compile(r"\bscalars?\b", re.IGNORECASE), "S"),
)


def in_its_cell(text: str, *, last: bool) -> str:
    """The end of a text in its own cell of a table, or its beginning.

    >>> in_its_cell("a matrix | the input", last=True)
    ' the input'
    """
    return text.rpartition(_CELL)[2] if last else text.partition(_CELL)[0]


def told_in_tables(statements: Sequence[Statement]) -> Iterator[tuple[Name, str, str]]:
    """The names that rows of tables begin with, each with what it is said to be, and in which section."""
    rows = [list(row) for _, row in groupby(statements, lambda each: each.equation.line)]
    for row, following in zip(rows, [*rows[1:], []], strict=True):
        first = row[0]
        if not isinstance(first.body, Name) or not first.equation.text_before.rstrip().endswith(_CELL):
            continue
        texts = [each.equation.text_before for each in row[1:]]
        if following:  # what stands in the last cells, before the next row begins
            texts.append(re.split(r"\|\s*\|", following[0].equation.text_before)[0])
        if not any(_CELL in text for text in texts):
            continue
        kind = next((_kind(each.body) for each in reversed(row[1:]) if _kind(each.body)), "")
        words = [found for pattern, found in _WORDS for text in texts if pattern.search(text)]
        if kind or words:
            yield first.body, kind or words[0], first.equation.section


def _kind(body: Syntax) -> str:
    r"""What has a size that is written with a cross: `m \times 1` is that of a column."""
    if isinstance(body, Group) and len(body.contents) == 1:
        return _kind(body.contents[0])
    if not isinstance(body, Product) or body.operators.count(r"\times") != 1:
        return ""
    place = body.operators.index(r"\times")
    if len(body.factors) - place == 1 and body.factors[place] == Number("1"):
        return "C"
    return "R" if place == 1 and body.factors[0] == Number("1") else "M"


__all__ = ["in_its_cell", "told_in_tables"]
