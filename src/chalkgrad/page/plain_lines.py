"""Texts without any marks of maths: the lines in them that are equations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chalkgrad.page.sections import HASH_HEADING
from chalkgrad.page.spelling import function_names

LONGEST_PLAIN_LINE = 2000
_WORD = re.compile(r"[A-Za-z]{3,}")
_MATHS_WORDS = frozenset({"softmax", "max", "min", "diag", "sum", "exp", "log", "out", "net"})
_NUMBERED_NAME = re.compile(r"(?<![A-Za-z\\_^])(?P<name>[A-Za-z]+)(?P<digits>\d{1,3})(?![\w.])")
_SUM = re.compile(r"\bsum(?=_)")
_BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def plain_equations(text: str) -> Iterator[tuple[str, int, int]]:
    """Each line that is an equation and no sentence, with its number and the column where it begins.

    >>> list(plain_equations("The model:\\n  y = W1 x"))
    [('y = W₁ x', 2, 3)]
    """
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.strip()
        words = [word.lower() for word in _WORD.findall(bare)]
        if "=" not in bare or len(bare) > LONGEST_PLAIN_LINE or HASH_HEADING.match(line):
            continue
        if all(map(_is_of_maths, words)):
            yield _with_subscripts(bare), number, len(line) - len(line.lstrip()) + 1


def _is_of_maths(word: str) -> bool:
    return word in function_names() or word in _MATHS_WORDS or word.endswith("hat")


def _with_subscripts(line: str) -> str:
    """A line of plain text with the digits that stand on a letter below it, `W1 x`, and its sums as signs.

    Every character keeps its place.
    """

    def lowered(found: re.Match[str]) -> str:
        return found.group() if found["name"] in function_names() else found["name"] + found["digits"].translate(_BELOW)

    return _SUM.sub("Σ  ", _NUMBERED_NAME.sub(lowered, line))
