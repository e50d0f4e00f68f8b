r"""The marks of maths in reStructuredText: `.. math::` with what is indented below it, and :math:`…` in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chalkgrad.page.limits import MOST_PIECES
from chalkgrad.page.marks import Piece

_DIRECTIVE = re.compile(r"^(?P<indent>[ \t]*)\.\.[ \t]+(?P<name>[\w-]+)::(?P<argument>[^\n]*)$", re.MULTILINE)
_ROLE = re.compile(r"``[^\n]{1,200}?``(?!`)|:math:`(?P<inside>[^`]+)`")
_OPTION = re.compile(r"[ \t]*:[\w-]+:[^\n]*")
_LINE = re.compile(r"[^\n]*(?:\n|\Z)")


def is_restructured(text: str) -> bool:
    """Whether maths is marked as in reStructuredText."""
    return re.search(r"^[ \t]*\.\.[ \t]+math::|:math:`", text, re.MULTILINE) is not None


def pieces_of_restructured(text: str) -> tuple[list[Piece], list[tuple[int, int]]]:
    """The maths in order, and the places of what is left alone (code).

    >>> pieces, _ = pieces_of_restructured("With :math:`x = 1`:\\n\\n.. math::\\n\\n   y = x\\n")
    >>> [(piece.inside, piece.display) for piece in pieces]
    [((12, 17), False), ((31, 41), True)]
    """
    found: list[Piece] = []
    left_alone: list[tuple[int, int]] = []
    place = 0
    for directive in _DIRECTIVE.finditer(text):
        if len(found) > MOST_PIECES:
            return found[:MOST_PIECES], left_alone
        if directive.start() < place:
            continue
        end = _end_of_block(text, directive.end(), len(directive["indent"].expandtabs()))
        found += _roles(text, place, directive.start())
        place = end
        if directive["name"] == "math":
            found += _displays(text, directive, end)
        elif directive["name"] in ("code", "code-block", "sourcecode", "literalinclude", "raw"):
            left_alone.append((directive.start(), end))
        else:
            found += _roles(text, directive.end(), end)
    found += _roles(text, place, len(text))
    return found[:MOST_PIECES], left_alone


def _roles(text: str, begin: int, end: int) -> Iterator[Piece]:
    for role in _ROLE.finditer(text, begin, end):
        if role["inside"] is not None:
            yield Piece(role.start(), role.span("inside"), role.end(), False)


def _end_of_block(text: str, place: int, indent: int) -> int:
    """Where what is indented more than that ends."""
    place = min(place + 1, len(text))
    end = place
    while place < len(text):
        line = _LINE.match(text, place)
        if line is None or line.end() == place:
            break
        content = line.group().expandtabs()
        if content.strip():
            if len(content) - len(content.lstrip()) <= indent:
                break
            end = line.end()
        place = line.end()
    return max(end, min(place, len(text))) if end == len(text) else end


def _displays(text: str, directive: re.Match[str], end: int) -> Iterator[Piece]:
    """The paragraphs of a directive, each of which is an equation by itself, but not within an environment."""
    if directive["argument"].strip():
        begin = directive.start("argument")
        yield Piece(directive.start(), (begin, directive.end()), directive.end(), True)
    place = min(directive.end() + 1, end)
    while (option := _OPTION.match(text, place, end)) and option.end() < end:
        place = option.end() + 1
    begin = place
    while begin < end:
        stop = text.find("\n\n", begin, end)
        stop = end if stop < 0 else stop
        while text.count("\\begin{", begin, stop) > text.count("\\end{", begin, stop) and stop < end:
            following = text.find("\n\n", stop + 2, end)
            stop = end if following < 0 else following
        if text[begin:stop].strip():
            yield Piece(directive.start(), (begin, stop), stop, True)
        begin = stop + 1 if stop < end else end
