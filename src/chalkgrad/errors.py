"""The errors that chalkgrad raises: sentences that say what was found, where, and what was expected."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class ChalkgradError(Exception):
    """Anything that chalkgrad refuses, with a message fit to be shown to a person as it stands.

    >>> raise ChalkgradError("no such thing")
    Traceback (most recent call last):
    chalkgrad.errors.ChalkgradError: no such thing
    """


class ProgramError(ChalkgradError):
    """A program of the language that breaks one of its rules (a name defined twice, an unbound index, …)."""


class ShapeError(ChalkgradError):
    """Values whose shape does not fit the axes of the tensor that they were given for."""


class EvaluationError(ChalkgradError):
    """A number that cannot be computed: a domain error, a missing value, an inexact operation in exact arithmetic."""


class UnknownNameError(ChalkgradError):
    """A name that is not known here, with the nearest that is.

    >>> raise UnknownNameError("activation", "relo", ["relu", "tanh"])
    Traceback (most recent call last):
    chalkgrad.errors.UnknownNameError: there is no activation 'relo'; did you mean 'relu'?
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], *, text: str = "", at: int = 0) -> None:
        """Where the name stands in a text, `at` its character, the text is shown with the place."""
        self.kind, self.name, self.known = kind, name, tuple(known)
        near = nearest(name, self.known)
        hint = f"did you mean '{near}'?" if near else f"known are: {', '.join(self.known)}"
        message = f"there is no {kind} '{name}'; {hint}"
        if text:
            line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
            message = f"line {line}, column {column}: {message}{excerpt(text, line, column)}"
        super().__init__(message)


class ReadingError(ChalkgradError):
    """Text that cannot be read, with the place where reading stopped.

    `line` and `column` count from 1; `expected` says what would have been possible there.

    >>> raise ReadingError("unexpected ')'", line=1, column=4, text="x + )", expected="a term")
    Traceback (most recent call last):
    chalkgrad.errors.ReadingError: line 1, column 4: unexpected ')'; expected a term
      x + )
         ^
    """

    def __init__(self, problem: str, *, line: int = 1, column: int = 1, text: str = "", expected: str = "") -> None:
        self.problem, self.line, self.column, self.expected = problem, line, column, expected
        message = f"line {line}, column {column}: {problem}"
        if expected:
            message += f"; expected {expected}"
        super().__init__(message + excerpt(text, line, column))


def excerpt(text: str, line: int, column: int) -> str:
    """The part of a text around a place with a mark below it, on lines of their own.

    >>> print(excerpt("x + )", 1, 5))
    <BLANKLINE>
      x + )
          ^
    """
    lines = text.splitlines()
    if not 0 < line <= len(lines):
        return ""
    start = max(0, column - 60)
    return f"\n  {lines[line - 1][start : start + 100]}\n  {' ' * (column - 1 - start)}^"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is spelled most like `name`, or None if none is close.

    >>> nearest("sigmiod", ["relu", "sigmoid"])
    'sigmoid'
    """
    by_lowercase = {candidate.lower(): candidate for candidate in known}
    matches = get_close_matches(name.lower(), by_lowercase, n=1, cutoff=0.6)
    return by_lowercase[matches[0]] if matches else None
