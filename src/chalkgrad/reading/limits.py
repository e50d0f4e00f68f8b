"""How much text, depth and size the readers accept, so that no input can exhaust the stack, the memory or the clock."""

from __future__ import annotations

from collections.abc import Iterable

from chalkgrad.errors import ReadingError
from chalkgrad.language import Expression, Number, children, split_coefficient

LONGEST_EXPRESSION = 20_000
LONGEST_PROGRAM = 500_000
LONGEST_DOCUMENT = 1_000_000
DEEPEST_NESTING = 200
DEEPEST_EXPRESSION = 120
LONGEST_NUMBER = 64
LARGEST_DECIMAL_EXPONENT = 400
LARGEST_INDEX = 10**9
MOST_BITS = 8192

_OPENING, _CLOSING = "([{⟪", ")]}⟫"
_PREFIXES = "+-^√"


def check_length(text: str, longest: int) -> None:
    """Refuses text that is longer than the reader accepts."""
    if len(text) > longest:
        raise ReadingError(f"the text has {len(text)} characters", expected=f"at most {longest}")


def check_nesting(text: str) -> None:
    """Refuses brackets, signs and powers nested deeper than the reader accepts.

    >>> check_nesting("(" * 1000)
    Traceback (most recent call last):
    chalkgrad.errors.ReadingError: line 1, column 201: brackets, signs or powers are nested deeper than 200
    ...
    """
    brackets = prefixes = line = 0
    line_start = 0
    for place, character in enumerate(text):
        if character in _OPENING:
            brackets += 1
        elif character in _CLOSING:
            brackets -= 1
        elif character in _PREFIXES:
            prefixes += 1
        elif character in "*/,=<>":
            prefixes = 0
        elif character == "\n":
            line, line_start = line + 1, place + 1
        if brackets > DEEPEST_NESTING or (prefixes > DEEPEST_NESTING and _is_chain(text, place)):
            problem = f"brackets, signs or powers are nested deeper than {DEEPEST_NESTING}"
            raise ReadingError(problem, line=line + 1, column=place - line_start + 1, text=text)


def _is_chain(text: str, place: int) -> bool:
    """Whether the prefixes before this place stand in one chain: `x^x^x` or `---x`, not `a - b - c`."""
    window = text[max(0, place - 4 * DEEPEST_NESTING) : place + 1].replace(" ", "")
    chain = window.count("^") + window.count("√")
    runs = sum(1 for before, after in zip(window, window[1:], strict=False) if before in "+-" and after in "+-")
    return chain + runs > DEEPEST_NESTING // 2


class DepthGuard:
    """Knows how deep the expressions built so far are, and refuses those deeper than the language's recursion allows."""

    def __init__(self) -> None:
        self._depths: dict[Expression, int] = {}

    def admits(self, expression: Expression) -> bool:
        """Whether the expression is shallow enough."""
        pending = [expression]
        while pending:
            node = pending[-1]
            inner = children(node)
            unknown = [child for child in inner if child not in self._depths]
            if unknown:
                pending.extend(unknown)
            else:
                self._depths[node] = 1 + max((self._depths[child] for child in inner), default=0)
                pending.pop()
        return self._depths[expression] <= DEEPEST_EXPRESSION


def coefficient_bits(expressions: Iterable[Expression]) -> int:
    """How many bits the numbers in front of the expressions have together: what multiplying them may cost."""
    return sum(_bits(expression) for expression in expressions)


def _bits(expression: Expression) -> int:
    value = split_coefficient(expression)[0]
    return value.numerator.bit_length() + value.denominator.bit_length() - 2


def power_bits(base: Expression, exponent: Expression) -> int:
    """How many bits raising the number in front of the base may give."""
    return _bits(base) * abs(int(exponent.value)) if isinstance(exponent, Number) else 0
