"""The equations of a Markdown or LaTeX document, with the places where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from soundness.tokens import tokens_of

ENVIRONMENTS = "equation|align|gather|eqnarray|multline|displaymath"
MATHS = re.compile(
    r"\$\$(?P<a>.+?)\$\$|\$(?P<b>[^$]+?)\$|\\\[(?P<c>.+?)\\\]|\\\((?P<d>.+?)\\\)"
    rf"|\\begin\{{(?P<name>{ENVIRONMENTS})(?P<star>\*?)\}}(?P<e>.+?)\\end\{{(?P=name)(?P=star)\}}",
    re.DOTALL,
)
WRAPPER = re.compile(r"\\(begin|end)\{(aligned|split|gathered|array)\*?\}")
LEADING = re.compile(r"^(?:\s|&|\\\\|\\q?quad\b|\\[,;!])+")
OPENING, CLOSING = (
    ("(", "[", "{", r"\{", r"\begin{cases}", r"\langle"),
    (")", "]", "}", r"\}", r"\end{cases}", r"\rangle"),
)


@dataclass(frozen=True)
class Equation:
    """`text[start:end]` of a document, which holds a relation."""

    latex: str
    start: int
    end: int
    line: int


def equations_of(text: str, latex: bool, words: tuple[str, ...] = ()) -> list[Equation]:
    found = []
    begin = text.find(r"\begin{document}") if latex else -1
    for match in MATHS.finditer(text):
        group = next(name for name in "abcde" if match.group(name) is not None)
        if match.start() > begin:
            found += list(_rows(text, match.start(group), match.end(group), words))
    return found


def _rows(text: str, start: int, end: int, words: tuple[str, ...]) -> Iterator[Equation]:
    """A display's equations: cut at row breaks and commas outside of brackets; a row that begins with = goes on."""
    cuts, depth, at = [start], 0, start
    body = text[start:end]
    for token in tokens_of(body, words):
        place = text.index(token.text, at, end)
        at = place + len(token.text)
        depth += (token.key in OPENING) - (token.key in CLOSING)
        goes_on = re.match(r"[\s&]*(\\q?quad)?\s*[=+-]", text[at:end])
        wrapper = WRAPPER.fullmatch(token.text)
        row_ends = token.text == "\\\\" and not goes_on
        if wrapper or (depth == 0 and (token.text in (",", ";") or row_ends)):
            cuts += [place, at]
    cuts.append(end)
    for low, high in zip(cuts[::2], cuts[1::2], strict=True):
        part = text[low:high]
        low += len(part) - len(LEADING.sub("", part))
        part = text[low:high].rstrip(" \n\t.&")
        if re.search(r"(?<![<>!:])=", re.sub(r"_\{[^{}]*\}|np\.sum\([^()]*\)", "", part)):
            yield Equation(part, low, low + len(part), text.count("\n", 0, low) + 1)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
