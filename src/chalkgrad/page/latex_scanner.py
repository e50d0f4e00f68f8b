r"""A walk over the characters of LaTeX maths, which makes tokens of them and remembers what there is to say about them.

Nothing in it raises: what cannot be read becomes a token PROBLEM in its place.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace

from lark import Token

from chalkgrad.errors import ReadingError

DEEPEST_LATEX = 40
COMMAND = re.compile(r"\\([A-Za-z]+|.|\n)")
_SPACE = re.compile(r"(?:[\s~\u200b\u200c\u2061-\u2064\ufeff]|%[^\n]*(?:\n|\Z))+")
_MARKS = re.compile(r"\\.|[{}]|%[^\n]*", re.DOTALL)


@dataclass(frozen=True)
class Remark:
    """What is to be said about a place: a "problem", a "guess" or a "note"; the token there has its number as text."""

    kind: str
    text: str
    place: int
    expected: str = ""

    def error(self, text: str) -> ReadingError:
        """The remark as an error in the text that was read."""
        return error_at(self.text, self.place, text, self.expected)


def error_at(problem: str, place: int, text: str, expected: str = "") -> ReadingError:
    """An error at a place of a text, told by line and column."""
    before = text[:place]
    column = place - (before.rfind("\n") + 1) + 1
    return ReadingError(problem, line=before.count("\n") + 1, column=column, text=text, expected=expected)


@dataclass(frozen=True)
class Tokens:
    """The tokens of a piece of LaTeX, with the remarks that tokens of the kinds PROBLEM, GUESS and NOTE point to."""

    tokens: list[Token]
    remarks: list[Remark]

    def moved(self, origins: list[int], length: int) -> Tokens:
        """The tokens of an expanded text with their places in the text that was written, which is so long."""
        ends = [*origins, length]
        last = len(origins)

        def placed(token: Token) -> Token:
            begin = ends[min(token.start_pos or 0, last)]
            end = ends[min(max((token.end_pos or 0) - 1, 0), last)] + 1
            return Token(token.type, str(token), begin, end_pos=min(max(begin + 1, end), length))

        remarks = [replace(each, place=ends[min(each.place, last)]) for each in self.remarks]
        return Tokens([placed(token) for token in self.tokens], remarks)


class Scanner:
    """Where the walk is, how far it may go, and what it found; `step` takes the next thing."""

    def __init__(self, text: str, step: Callable[[Scanner, bool], None]) -> None:
        self.text, self.place, self.end = text, 0, len(text)
        self.step = step
        self.closing = _closing_braces(text)
        self.found: list[Token] = []
        self.remarks: list[Remark] = []
        self.depth = 0
        self.switched_until = -1  # where a font that was switched to ends

    # --- what is emitted ---

    def emit(self, kind: str, value: str, start: int) -> None:
        """A token that reaches from a place to where the walk is."""
        self.found.append(Token(kind, value, start, end_pos=max(self.place, start)))

    def remark(self, kind: str, text: str, start: int, expected: str = "", place: int | None = None) -> None:
        """A token that stands for something that is to be said."""
        self.found.append(Token(kind.upper(), str(len(self.remarks)), start, end_pos=max(self.place, start)))
        self.remarks.append(Remark(kind, " ".join(text.split()), start if place is None else place, expected))

    def problem(self, text: str, start: int, expected: str = "", place: int | None = None) -> None:
        """Something that cannot be read; at least one character is left behind."""
        self.place = max(self.place, start + 1)
        self.remark("problem", text, start, expected, place)

    # --- where the walk goes ---

    def skip_space(self) -> bool:
        """Goes over spaces and comments; whether anything follows."""
        space = _SPACE.match(self.text, self.place, self.end)
        if space:
            self.place = space.end()
        return self.place < self.end

    def matched(self, pattern: re.Pattern[str], place: int | None = None) -> re.Match[str] | None:
        """What the pattern finds where the walk is."""
        return pattern.match(self.text, self.place if place is None else place, self.end)

    def starts(self, text: str) -> bool:
        """Whether such a text stands where the walk is."""
        return self.text.startswith(text, self.place, self.end)

    def everything(self) -> None:
        """All up to the end."""
        while self.skip_space():
            self.step(self, False)

    def inside(self, begin: int, end: int) -> None:
        """All between two places, after which the walk is where it was."""
        outer = self.place, self.end
        self.place, self.end = begin, end
        self.everything()
        self.place, self.end = outer

    def braces(self, start: int) -> None:
        """A group in braces."""
        close = self.closing.get(start, -1)
        if close < 0 or close >= self.end:
            self.problem("'{' is never closed", start, "}")
            return
        if self.depth >= DEEPEST_LATEX:
            self.place = close + 1
            self.problem(f"brackets are nested deeper than {DEEPEST_LATEX}", start)
            return
        self.depth += 1
        self.place = start + 1
        self.emit("BEGIN", "{", start)
        self.inside(start + 1, close)
        self.place = close + 1
        self.emit("END", "}", close)
        self.depth -= 1

    def argument(self, what: str) -> None:
        """The next argument, in braces whether or not it was written so."""
        before = self.place
        if not self.skip_space():
            self.emit("BEGIN", "{", before)
            self.remark("problem", "the text ends too early", before, f"the argument of {what}")
            self.emit("END", "}", before)
            return
        start = self.place
        if self.text[start] == "{":
            self.braces(start)
            return
        self.emit("BEGIN", "{", start)
        if self.text[start] in "}&^_" or self.text.startswith("\\\\", start):
            self.remark("problem", f"unexpected '{self.text[start]}'", start, f"the argument of {what}")
        elif self.depth >= DEEPEST_LATEX:
            self.problem(f"brackets are nested deeper than {DEEPEST_LATEX}", start)
        else:
            self.depth += 1
            self.step(self, True)
            self.depth -= 1
        self.emit("END", "}", self.place)

    def raw_argument(self) -> tuple[int, int]:
        """Where the characters of the next argument begin and end, unread; the walk goes on after it."""
        self.skip_space()
        start = self.place
        if start < self.end and self.text[start] == "{":
            close = self.closing.get(start, -1)
            if start < close < self.end:
                self.place = close + 1
                return start + 1, close
        command = self.matched(COMMAND)
        self.place = command.end() if command else min(start + 1, self.end)
        return start, self.place

    def raw(self) -> str:
        """The characters of the next argument."""
        begin, end = self.raw_argument()
        return self.text[begin:end].strip()

    def optional(self) -> tuple[int, int] | None:
        """Where the inside of an optional argument in square brackets begins and ends, if there is one."""
        here = self.place
        if self.skip_space() and self.text[self.place] == "[":
            end = self.text.find("]", self.place, self.end)
            if end > 0:
                begin, self.place = self.place + 1, end + 1
                return begin, end
        self.place = here
        return None


def _closing_braces(text: str) -> dict[int, int]:
    """For each opening brace where it is closed."""
    opened: list[int] = []
    found: dict[int, int] = {}
    for mark in _MARKS.finditer(text):
        if mark.group() == "{":
            opened.append(mark.start())
        elif mark.group() == "}" and opened:
            found[opened.pop()] = mark.start()
    return found


def line_and_column(starts: list[int], place: int) -> tuple[int, int]:
    """The line and the column of a place, both from 1, where `starts` has the beginning of each line."""
    line = bisect_right(starts, place)
    return line, place - starts[line - 1] + 1
