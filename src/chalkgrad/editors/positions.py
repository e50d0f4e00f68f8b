"""Places as editors count them: lines from 0, and columns from 0 in units of an encoding, mostly of UTF-16."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from chalkgrad.editors.findings import Place

_END_OF_LINE = re.compile("\r\n|\r|\n")


@dataclass(frozen=True)
class Lines:
    """A text by its lines, as editors part it: not at form feeds and their like, at which Python parts as well."""

    text: str
    encoding: str = "utf-16"

    @cached_property
    def lines(self) -> list[str]:
        return _END_OF_LINE.split(self.text)

    def position(self, line: int, column: int) -> tuple[int, int]:
        """The editor's position of a line and a column in code points, both from 1.

        >>> Lines("a\\n𝑥 = y").position(2, 3)
        (1, 3)
        """
        row = min(max(line - 1, 0), len(self.lines) - 1)
        return row, sum(units(each, self.encoding) for each in self.lines[row][: max(column - 1, 0)])

    def place(self, line: int, character: int) -> tuple[int, int]:
        """The line and the column in code points, both from 1, of an editor's position.

        >>> Lines("a\\n𝑥 = y").place(1, 3)
        (2, 3)
        """
        text = self.lines[line] if line < len(self.lines) else ""
        column = 0
        while character > 0 and column < len(text):
            character -= units(text[column], self.encoding)
            column += 1
        return line + 1, column + 1

    def at(self, place: Place) -> str:
        """What stands at a place."""
        rows = self.lines[place.line - 1 : place.end_line]
        if not rows:
            return ""
        rows[-1] = rows[-1][: place.end_column - 1]
        rows[0] = rows[0][place.column - 1 :]
        return "\n".join(rows)

    def replaced(self, place: Place, new: str) -> str:
        """The text with something else at a place.

        >>> Lines("a\\n𝑥 = y").replaced(Place(2, 5, 2, 6), "z")
        'a\\n𝑥 = z'
        """
        before = [*self.lines[: place.line - 1], self.lines[place.line - 1][: place.column - 1]]
        after = [self.lines[place.end_line - 1][place.end_column - 1 :], *self.lines[place.end_line :]]
        return "\n".join(before) + new + "\n".join(after)


def units(character: str, encoding: str) -> int:
    """How many units a character takes in an encoding, by the names that the protocol has for them.

    >>> [units("𝑥", encoding) for encoding in ("utf-8", "utf-16", "utf-32")]
    [4, 2, 1]
    """
    if encoding == "utf-8":
        return len(character.encode())
    return 2 if encoding == "utf-16" and ord(character) > 0xFFFF else 1


def holds(place: Place, line: int, column: int) -> bool:
    """Whether a line and a column, or the end after the last character, are of a place."""
    return (place.line, place.column) <= (line, column) <= (place.end_line, place.end_column)
