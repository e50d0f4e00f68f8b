"""What stands in a submission that no equation tells: lines of text, code, pictures, files of other kinds.

An answer may stand in it. It is never worth 0 points in silence: where a part has no answer, a person is shown it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)")
_MATHS = re.compile(r"\$\$.*?\$\$|\\\[.*?\\\]|\\\(.*?\\\)|\\begin\{(\w+\*?)\}.*?\\end\{\1\}|\$[^$\n]*\$", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*\n", re.DOTALL)
_PICTURE = re.compile(r"!\[[^\]]*\]\((?P<file>[^)]*)\)|\\includegraphics(?:\[[^\]]*\])?\{(?P<tex>[^}]*)\}|<img\b")
_ANSWER = re.compile(
    r"\bd\w+ ?/ ?d\w|[∂∇]|\\partial|\\nabla|[=≈]|\b(?:derivative|gradient|partial|slope|grad\w*|d[A-Z]\w*)\b",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^[ \t]*(?:#{1,6} |\\(?:sub)*(?:section|chapter|paragraph)\b)")
_LONGEST = 200


@dataclass(frozen=True)
class Unread:
    """Something in a submission that was not read: its file, line (0 for a whole file), kind, and how it begins."""

    file: str
    line: int
    kind: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{self.kind} in {place}" + (f": {self.text}" if self.text else "")

    def to_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return asdict(self)


def unread_in(text: str, file: str, known: Callable[[str], bool]) -> Iterator[Unread]:
    """The lines of a document in which an answer may stand, but for maths and for the `known` lines of the sheet.

    >>> [str(each) for each in unread_in("$x$\\nThe gradient by b is y.\\n", "ann.md", lambda line: False)]
    ['text in ann.md, line 2: The gradient by b is y.']
    """
    if file.endswith(".ipynb"):
        yield from _in_notebook(text, file, known)
        return
    text = _FRONT_MATTER.sub(_blank, text)
    lines = _MATHS.sub(_blank, _COMMENT.sub(_blank, _without_code(text))).split("\n")
    yield from _code(text, file, known)
    for number, (line, written) in enumerate(zip(lines, text.split("\n"), strict=True), start=1):
        picture = _PICTURE.search(line)
        if picture is not None and not known(written):
            yield Unread(file, number, "a picture", (picture["file"] or picture["tex"] or "").strip()[:_LONGEST])
        elif _ANSWER.search(line) and not _HEADING.match(line) and not known(written):
            yield Unread(file, number, "text", written.strip()[:_LONGEST])


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found.group())


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """The blocks of code between fences, each with the line at which it begins."""
    begun: int | None = None
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if not _FENCE.match(line):
            continue
        if begun is None:
            begun = number
        else:
            yield begun, lines[begun : number - 1]
            begun = None
    if begun is not None:
        yield begun, lines[begun:]


def _without_code(text: str) -> str:
    lines = text.split("\n")
    for begun, inside in _blocks(text):
        for number in range(begun - 1, min(begun + len(inside) + 1, len(lines))):
            lines[number] = ""
    return "\n".join(lines)


def _code(text: str, file: str, known: Callable[[str], bool]) -> Iterator[Unread]:
    for begun, inside in _blocks(text):
        told = [line for line in inside if _ANSWER.search(line) and not known(line)]
        if told:
            yield Unread(file, begun + 1, "a block of code", told[0].strip()[:_LONGEST])


def _in_notebook(text: str, file: str, known: Callable[[str], bool]) -> Iterator[Unread]:
    """The same for the cells of a notebook; the cells with which an autograder marks it are not the student's."""
    try:
        cells = json.loads(text).get("cells", [])
    except (ValueError, RecursionError, AttributeError):
        return
    for number, cell in enumerate(cells if isinstance(cells, list) else [], start=1):
        source = cell.get("source", "") if isinstance(cell, dict) else ""
        inside = "".join(map(str, source)) if isinstance(source, list) else str(source)
        place = f"{file}, cell {number}"
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            told = [line for line in inside.split("\n") if _ANSWER.search(line) and not known(line)]
            if told and "chalkgrad" not in inside and not inside.lstrip().startswith("%%latex"):
                yield Unread(place, 1, "a block of code", told[0].strip()[:_LONGEST])
        else:
            yield from unread_in(inside, place, known)
