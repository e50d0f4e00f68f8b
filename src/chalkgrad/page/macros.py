r"""The writer's own commands, `\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}`: expanded, with a limit.

What would include another file, run something or change how TeX reads is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from chalkgrad.errors import ReadingError
from chalkgrad.page.limits import LONGEST_LATEX

_LONGEST_BODY = 300
_MOST_MACROS = 200
_DEEPEST = 10
_NAME = r"(?:[A-Za-z]+|[^A-Za-z\s\\])"
_DEFINITION = re.compile(
    rf"\\(?:new|renew|provide)command\*?\s*(?:\{{\s*\\(?P<braced>{_NAME})\s*\}}|\\(?P<bare>{_NAME}))"
    r"\s*(?:\[(?P<count>\d)\](?:\[(?P<default>[^\]]*)\])?)?\s*(?=\{)"
    rf"|\\[gex]?def\s*\\(?P<defined>{_NAME})\s*(?P<parameters>(?:#\d)*)\s*(?=\{{)"
    r"|\\DeclareMathOperator\*?\s*(?:\{\s*\\(?P<operator>[A-Za-z]+)\s*\}|\\(?P<bare_operator>[A-Za-z]+))\s*(?=\{)"
)
_LET = re.compile(rf"\\let\s*\\(?P<name>{_NAME})\s*=?\s*(?P<meant>\\{_NAME})")
_PAIRED = re.compile(
    r"\\DeclarePairedDelimiter\s*\{?\\(?P<name>[A-Za-z]+)\}?\s*\{(?P<opened>[^{}]*)\}\s*\{(?P<closed>[^{}]*)\}"
)
_COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
_OPTIONAL = re.compile(r"\s*\[([^\]]*)\]")
_PARAMETER = re.compile(r"#[1-9]")


@dataclass(frozen=True, eq=False)  # each document has its own
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
    found = _Found({}, {}, {}, {})
    pieces: list[str] = []
    end = 0
    for definition in _DEFINITION.finditer(text):
        body = _braced(text, definition.end())
        if body is None or definition.start() < end or len(found.bodies) >= _MOST_MACROS:
            continue
        found.take(definition, body)
        after = definition.end() + len(body) + 2
        pieces += [text[end : definition.start()], _blank(text[definition.start() : after])]
        end = after
    text = "".join((*pieces, text[end:]))
    for renamed in islice(_LET.finditer(text), _MOST_MACROS):
        found.bodies.setdefault(renamed["name"], renamed["meant"])
    for delimiter in islice(_PAIRED.finditer(text), _MOST_MACROS):
        found.bodies[delimiter["name"]] = rf"\left{delimiter['opened']} #1 \right{delimiter['closed']}"
        found.counts[delimiter["name"]] = 1
    for pattern in (_LET, _PAIRED):
        text = pattern.sub(lambda definition: _blank(definition.group()), text)
    return Macros(found.bodies, found.refused, found.counts, found.optional), text


@dataclass
class _Found:
    """The commands that are defined so far."""

    bodies: dict[str, str]
    refused: dict[str, str]
    counts: dict[str, int]
    optional: dict[str, str]

    def take(self, definition: re.Match[str], body: str) -> None:
        operator = definition["operator"] or definition["bare_operator"]
        name = definition["braced"] or definition["bare"] or definition["defined"] or operator
        if len(body) > _LONGEST_BODY:
            self.refused[name] = f"the command \\{name} stands for more than {_LONGEST_BODY} characters"
            return
        itself = len(re.findall(rf"\\{re.escape(name)}(?![A-Za-z])", body))
        if itself > 1:
            self.refused[name] = "the commands are defined by themselves"
        elif not itself:  # else it only changes how that looks
            self.bodies[name] = rf"\operatorname{{{body}}}" if operator else body
            self.counts[name] = int(definition["count"] or 0) or len(definition["parameters"] or "") // 2
            if definition["default"] is not None:
                self.optional[name] = definition["default"]


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _braced(text: str, place: int, longest: int = 10 * _LONGEST_BODY) -> str | None:
    """What stands between the brace at a place and the one that closes it."""
    depth = 0
    for at in range(place, min(len(text), place + longest)):
        if text[at - 1] != "\\":
            depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[place + 1 : at]
    return None
