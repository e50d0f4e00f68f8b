r"""Matrices as lists of rows: `\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}` reads as `[[1, 2], [3, 4]]`."""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token

from chalkgrad.errors import ReadingError


def with_lists(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with brackets and commas for the beginnings, rows and columns of matrices.

    Raises `ReadingError` for a row that ends inside a bracket.
    """
    found: list[Token] = []
    tables: list[tuple[str, int]] = []
    depth = 0
    for token in tokens:
        kind = token.type
        depth += {"OPEN": 1, "BEGIN": 1, "CLOSE": -1, "END": -1}.get(kind, 0)
        inside = bool(tables) and tables[-1][0] == "MATRIX"
        if kind == "MATRIX":
            found += [_like(token, "OPEN", "["), _like(token, "OPEN", "[")]
        elif kind == "END_MATRIX":
            if found[-1].type == "OPEN" and found[-2].type == "COMMA":  # after the last row
                del found[-2:]
                found.append(_like(token, "CLOSE", "["))
            else:
                found += [_like(token, "CLOSE", "["), _like(token, "CLOSE", "[")]
        elif inside and kind == "NEXT_COLUMN":
            found.append(_like(token, "COMMA", ","))
        elif inside and kind == "NEXT_ROW":
            if depth != tables[-1][1]:
                place = token.line or 1, token.column or 1
                raise ReadingError("a row of a matrix ends inside a bracket", line=place[0], column=place[1])
            found += [_like(token, "CLOSE", "["), _like(token, "COMMA", ","), _like(token, "OPEN", "[")]
        else:
            found.append(token)
        if kind in ("CASES", "MATRIX"):
            tables.append((kind, depth))
        elif kind in ("END_CASES", "END_MATRIX"):
            tables.pop()
    return found


def _like(token: Token, kind: str, value: str) -> Token:
    """A token in the place of another."""
    return Token(
        kind, value, token.start_pos, token.line, token.column, token.end_line, token.end_column, token.end_pos
    )
