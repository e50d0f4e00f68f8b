r"""The writer's own commands, `\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}`: expanded, with a limit.

What would include another file, run something or change how TeX reads is refused.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lark import Token

from chalkgrad.errors import ReadingError
from chalkgrad.page.limits import LONGEST_LATEX

_LONGEST_BODY = 300
_MOST_MACROS = 200
_DEEPEST = 10
_DEFINITION = re.compile(
    r"\\(?:new|renew|provide)command\*?\s*(?:\{\s*\\(?P<braced>[A-Za-z]+)\s*\}|\\(?P<bare>[A-Za-z]+))"
    r"\s*(?:\[(?P<count>\d)\](?:\[(?P<default>[^\]]*)\])?)?\s*(?=\{)"
    r"|\\def\s*\\(?P<defined>[A-Za-z]+)\s*(?P<parameters>(?:#\d)*)\s*(?=\{)"
    r"|\\DeclareMathOperator\*?\s*\{\s*\\(?P<operator>[A-Za-z]+)\s*\}\s*(?=\{)"
)
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_OPTIONAL = re.compile(r"\s*\[([^\]]*)\]")
_PARAMETER = re.compile(r"#[1-9]")


@dataclass(frozen=True)
class Macros:
    """Bodies by name; `refused` has those that are not expanded, with the reason.

    `arguments` has how many each of them takes, where it takes any; `optional` the value of a first that is left out.
    """

    bodies: Mapping[str, str]
    refused: Mapping[str, str]
    arguments: Mapping[str, int] = field(default_factory=dict)
    optional: Mapping[str, str] = field(default_factory=dict)

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
                if each.start() < end:
                    continue  # it stands in an argument, and is expanded the next time
                place = origins[each.start()]
                if each[1] in self.refused:
                    raise _at(self.refused[each[1]], place, text)
                body, sources, after = self._filled(each, text, origins)
                if _needs_braces(text, after):
                    body, sources = f"{{{body}}}", [place, *sources, place]
                elif body[-1:].isalpha() and text[after : after + 1].isalpha():
                    body, sources = f"{body} ", [*sources, place]
                pieces += [text[end : each.start()], body]
                places += [*origins[end : each.start()], *sources]
                end = after
            text = "".join((*pieces, text[end:]))
            origins = places + origins[end:]
            if len(text) > LONGEST_LATEX:
                raise ReadingError("the commands expand to too long a text", expected=f"at most {LONGEST_LATEX}")
        raise ReadingError("the commands are defined by themselves", expected="commands that end")

    def _filled(self, command: re.Match[str], text: str, origins: list[int]) -> tuple[str, list[int], int]:
        """The body with the arguments that follow in it, where each character comes from, and where they end."""
        name, place = command[1], origins[command.start()]
        body, after = self.bodies[name], command.end()
        arguments: list[tuple[str, list[int]]] = []
        if name in self.optional:
            given = _OPTIONAL.match(text, after)
            default = self.optional[name]
            arguments.append(
                (given[1], origins[given.start(1) : given.end(1)]) if given else (default, [place] * len(default))
            )
            after = given.end() if given else after
        while len(arguments) < self.arguments.get(name, 0):
            begin, end, after = _argument(text, after)
            if begin < 0:
                raise _at(f"the command \\{name} takes {self.arguments[name]} arguments", place, text)
            arguments.append((text[begin:end], origins[begin:end]))
        filled: list[str] = []
        sources: list[int] = []
        for part in re.split(r"(#\d)", body):
            number = int(part[1]) if _PARAMETER.fullmatch(part) else 0
            content, where = arguments[number - 1] if 0 < number <= len(arguments) else (part, [place] * len(part))
            if filled and filled[-1][-1:].isalpha() and content[:1].isalpha() and "\\" in filled[-1] and number:
                content, where = f" {content}", [place, *where]
            filled.append(content)
            sources += where
        return "".join(filled), sources, after


def _needs_braces(text: str, end: int) -> bool:
    """Whether scripts follow, which then hang on all of the body."""
    return text[end:].lstrip()[:1] in ("^", "_")


def _argument(text: str, place: int) -> tuple[int, int, int]:
    """Where the argument at a place begins and ends, and what comes after it begins; -1 where there is none."""
    while place < len(text) and text[place].isspace():
        place += 1
    if place >= len(text) or text[place] == "}":
        return -1, -1, place
    if text[place] == "{":
        inside = _braced(text, place, LONGEST_LATEX)
        return (place + 1, place + 1 + len(inside), place + len(inside) + 2) if inside is not None else (-1, -1, place)
    command = _COMMAND.match(text, place)
    end = command.end() if command else place + 1
    return place, end, end


def _at(problem: str, place: int, text: str) -> ReadingError:
    return ReadingError(problem, line=1, column=place + 1, text=text, expected="the command with its arguments")


def macros_in(text: str) -> tuple[Macros, str]:
    r"""The commands that a document defines, and its text without the definitions, each character at its place.

    >>> macros, rest = macros_in(r"\newcommand{\yh}{\hat y} $\yh = w$")
    >>> macros.bodies["yh"], macros.expanded(r"\yh - y")[0]
    ('\\hat y', '\\hat y - y')
    """
    bodies: dict[str, str] = {}
    refused: dict[str, str] = {}
    counts: dict[str, int] = {}
    optional: dict[str, str] = {}
    pieces: list[str] = []
    end = 0
    for found in _DEFINITION.finditer(text):
        body = _braced(text, found.end())
        if body is None or found.start() < end or len(bodies) >= _MOST_MACROS:
            continue
        name = found["braced"] or found["bare"] or found["defined"] or found["operator"]
        if len(body) > _LONGEST_BODY:
            refused[name] = f"the command \\{name} stands for more than {_LONGEST_BODY} characters"
        else:
            bodies[name] = rf"\operatorname{{{body}}}" if found["operator"] else body
            counts[name] = int(found["count"] or 0) or len(found["parameters"] or "") // 2
            if found["default"] is not None:
                optional[name] = found["default"]
        after = found.end() + len(body) + 2
        pieces += [text[end : found.start()], re.sub(r"[^\n]", " ", text[found.start() : after])]
        end = after
    return Macros(bodies, refused, counts, optional), "".join((*pieces, text[end:]))


def _braced(text: str, place: int, longest: int = 10 * _LONGEST_BODY) -> str | None:
    """What stands between the brace at a place and the one that closes it."""
    depth = 0
    for at in range(place, min(len(text), place + longest)):
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
