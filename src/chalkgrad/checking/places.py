"""Where things stand in a document: a statement in a display that may begin earlier, a part of an equation."""

from __future__ import annotations

from dataclasses import dataclass

from chalkgrad.page.documents import WrittenEquation
from chalkgrad.page.syntax import Span
from chalkgrad.reading.facts import Statement


@dataclass(frozen=True)
class Mark:
    """A part of an equation's LaTeX, `latex[start:end]`, with its place in the document (lines, columns from 1)."""

    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int


def mark(equation: WrittenEquation, span: Span) -> Mark:
    """A part of an equation's LaTeX, without the space around it."""
    text = equation.latex[span[0] : span[1]]
    start = span[0] + len(text) - len(text.lstrip())
    end = span[0] + len(text.rstrip())
    (line, column), (end_line, end_column) = _place(equation, start), _place(equation, end)
    return Mark(start, end, line, column, end_line, end_column)


def _place(equation: WrittenEquation, offset: int) -> tuple[int, int]:
    before = equation.latex[:offset]
    breaks = before.count("\n")
    column = offset - before.rfind("\n") if breaks else offset + equation.column
    return equation.line + breaks, column


def begins_at(statement: Statement) -> tuple[int, int]:
    """The line and the column where a statement begins."""
    equation = statement.equation
    before = equation.latex[: statement.chain.span[0]]
    breaks = before.count("\n")
    return equation.line + breaks, len(before) - before.rfind("\n") if breaks else equation.column


def line_of(statement: Statement) -> int:
    """The line where a statement begins."""
    return begins_at(statement)[0]
