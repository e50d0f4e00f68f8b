r"""What a document states, one statement after the other, each with its conditions, its notes and its lead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chalkgrad.errors import ReadingError
from chalkgrad.page.documents import Document, WrittenEquation
from chalkgrad.page.limits import MOST_EQUATIONS
from chalkgrad.page.syntax import Syntax, Unread
from chalkgrad.reading.latex import equations_in


@dataclass(frozen=True)
class Statement:
    r"""What stands there as one thing that may be true: mostly a `Chain`.

    `conditions` stand beside it (`i \ne j`, "for all i"), `notes` are words in or beside it, tags and the labels of
    braces. `lead` is what connects it with the one before in its display or sentence: "⇒", "⇔", "so", ",", "" for
    nothing. One that `continues` the statement before begins with a relation: its first side is `Text("")`.
    `guesses` are sentences about what was not known and how it was taken.
    """

    body: Syntax
    equation: WrittenEquation
    conditions: tuple[Syntax, ...] = ()
    notes: tuple[str, ...] = ()
    lead: str = ""
    continues: bool = False
    guesses: tuple[str, ...] = ()


def statements_in(document: Document) -> tuple[Statement, ...]:
    """The statements of a document in their order; nothing in it raises.

    >>> from chalkgrad.page.documents import read_document
    >>> statement, = statements_in(read_document("$$y = wx$$"))
    >>> statement.body.sides[0].base
    'y'
    """
    return tuple(each for equation in document.equations[:MOST_EQUATIONS] for each in _stated(equation, document))


def _stated(equation: WrittenEquation, document: Document) -> Iterator[Statement]:
    for found in equations_in(equation.latex, document.macros):
        whole = (0, len(equation.latex))
        yield Statement(Unread(found, whole) if isinstance(found, ReadingError) else found, equation)
