"""How much text, depth and size the readers accept, so that no input can exhaust the stack, the memory or the clock."""

from __future__ import annotations

from collections.abc import Iterable

from chalkgrad.errors import ReadingError
from chalkgrad.language import Expression, Number, split_coefficient

LONGEST_EXPRESSION = 20_000
LONGEST_LATEX = 20_000
LONGEST_PROGRAM = 500_000
LONGEST_DOCUMENT = 1_000_000
LONGEST_NOTEBOOK = 100_000_000
DEEPEST_NESTING = 200
DEEPEST_EXPRESSION = 120
LONGEST_NUMBER = 64
LARGEST_DECIMAL_EXPONENT = 400
LARGEST_INDEX = 10**9
MOST_BITS = 8192
MOST_EQUATIONS = 1000
MOST_STATED = 20_000
MOST_PIECES = 50_000
LARGEST_WRITTEN_IN = 50_000


def check_length(text: str, longest: int) -> None:
    """Refuses text that is longer than the reader accepts."""
    if len(text) > longest:
        raise ReadingError(f"the text has {len(text)} characters", expected=f"at most {longest}")


def check_nesting(text: str) -> None:
    """Refuses brackets nested deeper than the reader accepts.

    >>> check_nesting("(" * 1000)
    Traceback (most recent call last):
    chalkgrad.errors.ReadingError: line 1, column 201: brackets are nested deeper than 200
    ...
    """
    depth = line = line_start = 0
    for place, character in enumerate(text):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "\n":
            line, line_start = line + 1, place + 1
        if depth > DEEPEST_NESTING:
            problem = f"brackets are nested deeper than {DEEPEST_NESTING}"
            raise ReadingError(problem, line=line + 1, column=place - line_start + 1, text=text)


def coefficient_bits(expressions: Iterable[Expression]) -> int:
    """How many bits the numbers in front of the expressions have together: what multiplying them may cost."""
    return sum(_bits(expression) for expression in expressions)


def _bits(expression: Expression) -> int:
    value = split_coefficient(expression)[0]
    return value.numerator.bit_length() + value.denominator.bit_length() - 2


def power_bits(base: Expression, exponent: Expression) -> int:
    """How many bits raising the number in front of the base may give."""
    return _bits(base) * abs(int(exponent.value)) if isinstance(exponent, Number) else 0
