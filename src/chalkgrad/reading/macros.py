r"""The writer's own commands without arguments, `\newcommand{\yh}{\hat y}`: expanded where they are used, with a limit.

What would include another file, run something or change how TeX reads is refused.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lark import Token

from chalkgrad.errors import ReadingError
from chalkgrad.reading.limits import LONGEST_LATEX

_LONGEST_BODY = 300
_MOST_MACROS = 200
_DEEPEST = 10
_DEFINITION = re.compile(
    r"\\(?:new|renew|provide)command\*?\s*(?:\{\s*\\(?P<braced>[A-Za-z]+)\s*\}|\\(?P<bare>[A-Za-z]+))"
    r"\s*(?P<arguments>\[\d\](?:\[[^\]]*\])?)?\s*(?=\{)"
    r"|\\def\s*\\(?P<defined>[A-Za-z]+)\s*(?P<parameters>(?:#\d)*)\s*(?=\{)"
    r"|\\DeclareMathOperator\*?\s*\{\s*\\(?P<operator>[A-Za-z]+)\s*\}\s*(?=\{)"
)
_COMMAND = re.compile(r"\\([A-Za-z]+)")


@dataclass(frozen=True)
class Macros:
    """Bodies by name; `refused` has those that are not expanded, with the reason."""

    bodies: Mapping[str, str]
    refused: Mapping[str, str]

    def expanded(self, text: str) -> tuple[str, list[int]]:
        """The text with every command replaced, and for each of its characters where it comes from.

        Raises `ReadingError` where that does not end or grows too long, and for a command that is not expanded.
        """
        origins = list(range(len(text)))
        for _ in range(_DEEPEST):
            found = [each for each in _COMMAND.finditer(text) if each[1] in self.bodies or each[1] in self.refused]
            if not found:
                return text, origins
            pieces: list[str] = []
            places: list[int] = []
            end = 0
            for each in found:
                place = origins[each.start()]
                if each[1] in self.refused:
                    raise _at(self.refused[each[1]], place, text)
                body = f"{{{self.bodies[each[1]]}}}" if _needs_braces(text, each.end()) else self.bodies[each[1]]
                apart = " " if body[-1:].isalpha() and text[each.end() : each.end() + 1].isalpha() else ""
                pieces += [text[end : each.start()], body + apart]
                places += [*origins[end : each.start()], *[place] * len(pieces[-1])]
                end = each.end()
            text = "".join((*pieces, text[end:]))
            origins = places + origins[end:]
            if len(text) > LONGEST_LATEX:
                raise ReadingError("the commands expand to too long a text", expected=f"at most {LONGEST_LATEX}")
        raise ReadingError("the commands are defined by themselves", expected="commands that end")


def _needs_braces(text: str, end: int) -> bool:
    """Whether scripts follow, which then hang on all of the body."""
    return text[end:].lstrip()[:1] in ("^", "_")


def _at(problem: str, place: int, text: str) -> ReadingError:
    return ReadingError(problem, line=1, column=place + 1, text=text, expected="a command without arguments")


def macros_in(text: str) -> tuple[Macros, str]:
    r"""The commands that a document defines, and its text without the definitions, each character at its place.

    >>> macros, rest = macros_in(r"\newcommand{\yh}{\hat y} $\yh = w$")
    >>> macros.bodies["yh"], macros.expanded(r"\yh - y")[0]
    ('\\hat y', '\\hat y - y')
    """
    bodies: dict[str, str] = {}
    refused: dict[str, str] = {}
    pieces: list[str] = []
    end = 0
    for found in _DEFINITION.finditer(text):
        body = _braced(text, found.end())
        if body is None or found.start() < end or len(bodies) >= _MOST_MACROS:
            continue
        name = found["braced"] or found["bare"] or found["defined"] or found["operator"]
        if found["arguments"] or found["parameters"]:
            refused[name] = f"the command \\{name} takes arguments, and such commands are not expanded"
        elif len(body) > _LONGEST_BODY:
            refused[name] = f"the command \\{name} stands for more than {_LONGEST_BODY} characters"
        else:
            bodies[name] = rf"\operatorname{{{body}}}" if found["operator"] else body
        after = found.end() + len(body) + 2
        pieces += [text[end : found.start()], re.sub(r"[^\n]", " ", text[found.start() : after])]
        end = after
    return Macros(bodies, refused), "".join((*pieces, text[end:]))


def _braced(text: str, place: int) -> str | None:
    """What stands between the brace at a place and the one that closes it."""
    depth = 0
    for at in range(place, min(len(text), place + 10 * _LONGEST_BODY)):
        if text[at - 1] != "\\":
            depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[place + 1 : at]
    return None


def replaced(tokens: Sequence[Token], origins: Sequence[int], text: str) -> list[Token]:
    """The tokens of an expanded text with their places in the text that was written."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    ends = [*origins, len(text)]
    moved = []
    for token in tokens:
        begin = ends[min(token.start_pos or 0, len(origins))]
        end = max(begin + 1, ends[min(token.end_pos or 0, len(origins))])
        line = bisect_right(starts, begin)
        column = begin - starts[line - 1] + 1
        moved.append(Token(token.type, str(token), begin, line, column, line, column, end))
    return moved
