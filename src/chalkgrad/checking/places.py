"""Where a statement stands: the line and the column where it begins, in a display that may begin earlier."""

from __future__ import annotations

from chalkgrad.reading.facts import Statement


def begins_at(statement: Statement) -> tuple[int, int]:
    """The line and the column where a statement begins."""
    equation = statement.equation
    before = equation.latex[: statement.chain.span[0]]
    breaks = before.count("\n")
    return equation.line + breaks, len(before) - before.rfind("\n") if breaks else equation.column


def line_of(statement: Statement) -> int:
    """The line where a statement begins."""
    return begins_at(statement)[0]
