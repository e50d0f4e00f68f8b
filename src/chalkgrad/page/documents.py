r"""Documents to the maths in them, with its place, its section and the prose around it.

Markdown of every kind (also with R or Python in it), LaTeX, reStructuredText, notebooks, and plain text in which lines
are equations. Nothing is executed or included.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from chalkgrad.page.front_matter import fixed_in, setting_in
from chalkgrad.page.joining import joined
from chalkgrad.page.latex_commands import REFUSED
from chalkgrad.page.limits import LONGEST_DOCUMENT, MOST_EQUATIONS, check_length
from chalkgrad.page.macros import Macros, macros_in
from chalkgrad.page.marks import BARRIER, Piece, pieces_in
from chalkgrad.page.notebooks import notebook_in
from chalkgrad.page.plain_lines import plain_equations
from chalkgrad.page.restructured import is_restructured, pieces_of_restructured
from chalkgrad.page.sections import sections_in

_LATEX_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_LATEX_ONLY = re.compile(
    r"\\(?:documentclass|begin\{document\}|chapter\*?\{|(?:sub)*section\*?\{|paragraph\{|emph\{|textbf\{|cite[pt]?\{|"
    r"begin\{(?:itemize|enumerate|figure|theorem|proof|lemma|center)\})"
)
_MARKDOWN_ONLY = re.compile(r"^#{1,6} |^(?:```|~~~)|\]\(|^---$|^\* |^- |<p>|^\|", re.MULTILINE)
_MARK_OF_ITEM = re.compile(
    r"[ \t>]*(?:[-*+•]|\\item(?:\[[^\]\n]*\])?|\(?\w{1,3}[.)])?[ \t]*(?:\*\*\w{1,3}[.)]?\*\*)?[ \t]*"
)
_END_OF_LINE = re.compile(
    r"[ \t]*[.,;]?[ \t]*(?:\\\\)?[ \t]*(?:\{#[^}\n]{0,80}\}|\(\d{1,3}\)|<br ?/?>)?[ \t]*(?=\n|\Z|</)"
)
_REFUSED = re.compile(r"\\(?:" + "|".join(sorted(REFUSED)) + r")(?![A-Za-z])(?:\{[^}\n]{0,80}\})?")
_FRONT_MATTER = re.compile(r"\A(?P<mark>---|\+\+\+)[ \t]*\n.*?\n(?P=mark)[ \t]*\n", re.DOTALL)
_QUOTED = re.compile(r"(?<=\n)[ \t]*>[ \t>]*")
_LONGEST_AFTER = 200


@dataclass(frozen=True)
class WrittenEquation:
    """Maths as it stands in a document: `line` and `column` (from 1) say where the LaTeX begins.

    `section` is the number of the section (or its title where it has none), `text_before` the prose since the last
    heading or equation, `text_after` the rest of its line; `display` whether it stands on lines of its own, or alone
    in its line; it is `alone` if no sentence runs through it. In a notebook `cell` says in which cell and line it is.
    """

    latex: str
    line: int
    column: int
    section: str = ""
    text_before: str = ""
    display: bool = True
    text_after: str = field(default="", compare=False, repr=False)
    alone: bool = field(default=True, compare=False, repr=False)
    cell: str = field(default="", compare=False, repr=False)

    @property
    def where(self) -> str:
        """Its section, and in a notebook its cell and line."""
        return f"{self.section} ({self.cell})" if self.section and self.cell else self.section or self.cell


@dataclass(frozen=True)
class Document:
    """The equations of a document in order, its prose without them, and the commands that it defines.

    `fixed` are the names that stand for others, `model` is the spec of the network that it is about, `loss` the name of
    its loss: what its front matter says of them, or who asks.
    """

    equations: tuple[WrittenEquation, ...]
    prose: str
    macros: Macros | None = None
    fixed: Mapping[str, str] = field(default_factory=dict)
    model: str = ""
    loss: str = ""


def read_document(text: str, *, latex: bool | None = None) -> Document:
    """The equations in a document, and the prose around them.

    `latex` says whether it is LaTeX; by default a document that looks like LaTeX, and not like Markdown, is.
    Raises `ReadingError` for a document that is too long, and for a notebook that is broken.

    >>> document = read_document("# 1.2 The network\\n\\nIts output:\\n\\n$$y = wx$$\\n")
    >>> document.equations
    (WrittenEquation(latex='y = wx', line=5, column=3, section='1.2', text_before='Its output:', display=True),)
    """
    notebook = notebook_in(text)
    if notebook is not None:
        document = _read(notebook.text, False)
        placed = (_in_cell(equation, *notebook.places[equation.line - 1]) for equation in document.equations)
        return replace(document, equations=tuple(placed))
    check_length(text, LONGEST_DOCUMENT)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _read(text, _looks_like_latex(text) if latex is None else latex)


def _looks_like_latex(text: str) -> bool:
    if r"\begin{document}" in text or r"\documentclass" in text:
        return True
    if _FRONT_MATTER.match(text):
        return False
    return len(_LATEX_ONLY.findall(text)) > len(_MARKDOWN_ONLY.findall(text))


def headings_in(text: str) -> list[int]:
    """Where each heading of a document begins."""
    return [place for place, _ in sections_in(text)]


def _read(text: str, latex: bool) -> Document:
    check_length(text, LONGEST_DOCUMENT)
    if latex:
        text = _LATEX_COMMENT.sub(lambda comment: " " * len(comment.group()), text)
    fixed, model, loss = fixed_in(text), setting_in(text, "model") or "", setting_in(text, "loss") or ""
    text = _FRONT_MATTER.sub(lambda front: re.sub(r"[^\n]", " ", front.group()), text)
    macros, text = macros_in(text)
    if not latex and is_restructured(text):
        pieces, left_alone = pieces_of_restructured(text)
    else:
        pieces, left_alone = pieces_in(text, latex=latex, macros=macros)
    sections = sections_in(text, left_alone)
    text, pieces = joined(text, pieces)
    reading = _Reading(text, sections)
    for piece in pieces:
        reading.take(piece)
    return replace(reading.result(macros), fixed=fixed, model=model, loss=loss)


class _Reading:
    """Takes piece after piece of maths, with the prose before each."""

    def __init__(self, text: str, sections: list[tuple[int, str]]) -> None:
        self.text, self.sections = text, sections
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.section_places = [place for place, _ in sections]
        self.equations: list[WrittenEquation] = []
        self.prose: list[str] = []
        self.end = 0

    def take(self, piece: Piece) -> None:
        begin = max(piece.begin, self.end)
        self.prose.append(self.text[self.end : begin])
        self.equations += self._refused(self.end, begin)
        latex = _unquoted(self.text[slice(*piece.inside)], self._line_of(piece.begin))
        if latex.strip():
            place = piece.inside[0] + len(latex) - len(latex.lstrip())
            line, column = self._place(place)
            alone = _stands_alone(self.text, piece.begin, piece.end)
            after = self.text[piece.end : piece.end + _LONGEST_AFTER].partition("\n")[0]
            words, section = self._before(begin)
            display = piece.display or alone
            self.equations.append(WrittenEquation(latex.strip(), line, column, section, words, display, after, alone))
        self.end = max(piece.end, self.end)

    def result(self, macros: Macros) -> Document:
        self.prose.append(self.text[self.end :])
        self.equations += self._refused(self.end, len(self.text))
        if not self.equations:
            for found, _ in zip(plain_equations(self.text), range(MOST_EQUATIONS + 1), strict=False):
                self.equations.append(WrittenEquation(*found))
        return Document(tuple(self.equations), " ".join(self.prose).replace(BARRIER, " "), macros)

    def _place(self, place: int) -> tuple[int, int]:
        line = bisect_right(self.starts, place)
        return line, place - self.starts[line - 1] + 1

    def _line_of(self, place: int) -> str:
        """What stands before a place in its line."""
        return self.text[self.text.rfind("\n", 0, place) + 1 : place]

    def _before(self, begin: int) -> tuple[str, str]:
        """The prose since the last heading or equation, and the section."""
        current = bisect_right(self.section_places, begin) - 1
        heading = self.section_places[current] if current >= 0 else -1
        before = self.text[max(self.end, heading) : begin]
        if heading >= self.end:
            before = before.partition("\n")[2]
        return " ".join(before.split()), self.sections[current][1] if current >= 0 else ""

    def _refused(self, begin: int, end: int) -> Iterator[WrittenEquation]:
        r"""The commands that would include or run something: they are told as what cannot be read."""
        for found in _REFUSED.finditer(self.text, begin, end):
            yield WrittenEquation(found.group(), *self._place(found.start()))


def _unquoted(latex: str, before: str) -> str:
    r"""Maths in a block quote without its marks; in a table `\|` is a bar. Every character keeps its place."""
    if before.lstrip().startswith(">"):
        latex = _QUOTED.sub(lambda mark: " " * len(mark.group()), latex)
    if before.lstrip().startswith("|") and "\n" not in latex:
        latex = latex.replace(r"\|", " |")
    return latex


def _stands_alone(text: str, begin: int, end: int) -> bool:
    """Whether nothing but the mark of a list's item stands beside it in its line."""
    line = text.rfind("\n", 0, begin) + 1
    return _MARK_OF_ITEM.fullmatch(text, line, begin) is not None and _END_OF_LINE.match(text, end) is not None


def _in_cell(equation: WrittenEquation, cell: int, line: int) -> WrittenEquation:
    """The equation with the cell of the notebook and the line in it."""
    return replace(equation, cell=f"cell {cell}, line {line}")
