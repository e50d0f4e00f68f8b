r"""Markdown and LaTeX documents to the equations in them, with their place, section and the prose before them.

Markdown: `$$ $$`, `$ $`, `\[ \]`, `\( \)`, fenced ```` ```math ````, and LaTeX environments. LaTeX: the same, with
`\section` for headings. Nothing is executed or included.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from chalkgrad.page.front_matter import fixed_in, setting_in
from chalkgrad.page.latex_commands import REFUSED
from chalkgrad.page.limits import LONGEST_DOCUMENT, LONGEST_NOTEBOOK, MOST_EQUATIONS, check_length
from chalkgrad.page.macros import Macros, macros_in
from chalkgrad.page.notebooks import notebook_in
from chalkgrad.page.spelling import function_names

_ENVIRONMENTS = "equation|align|gather|multline|displaymath|eqnarray|alignat|math"
_OPENER = re.compile(
    r"(?P<comment><!--)|(?P<fence>^[ \t]*+(?P<ticks>```++|~~~++)[ \t]*+(?P<language>[\w-]*+)[^\n]*+\n)"
    r"|(?P<code>`++)|\\\$"
    r"|(?P<display>\$\$)|(?P<inline>\$)|(?P<bracket>\\\[)|(?P<paren>\\\()"
    rf"|\\begin\{{(?P<environment>(?:{_ENVIRONMENTS})\*?)\}}",
    re.MULTILINE,
)
_HASH_HEADING = re.compile(r"[ \t]{0,3}#{1,6}[ \t]+(?P<title>[^\n#]+)")
_NUMBERED = re.compile(r"[ \t]{0,3}(?P<number>\d{1,3}(?:\.\d{1,3}){0,4})[.):]?[ \t]+(?P<title>[^\W\d_][^\n]*)")
_SECTION_COMMAND = re.compile(r"\\(?P<level>(?:sub){0,2}section)\*?\{(?P<title>[^}\n]*)\}")
_TITLE = re.compile(r"\\title\{(?P<title>(?:[^{}\n]|\{[^{}\n]*\})*)\}")
_LONGEST_HEAD = 20_000
_LATEX_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_WORD = re.compile(r"[A-Za-z]{3,}")
_MARK_OF_ITEM = re.compile(
    r"[ \t>]*(?:[-*+•]|\\item(?:\[[^\]\n]*\])?|\(?\w{1,3}[.)])?[ \t]*(?:\*\*\w{1,3}[.)]?\*\*)?[ \t]*"
)
_END_OF_LINE = re.compile(r"[ \t]*[.,;]?[ \t]*(?:\\\\)?[ \t]*(?=\n|\Z)")
_MATHS_WORDS = frozenset({"softmax", "max", "min", "diag", "sum", "exp", "log", "out", "net"})
_REFUSED = re.compile(r"\\(?:" + "|".join(sorted(REFUSED)) + r")(?![A-Za-z])(?:\{[^}\n]{0,80}\})?")
LONGEST_PLAIN_LINE = 2000
_LONGEST_AFTER = 200
_NUMBERED_NAME = re.compile(r"(?<![A-Za-z\\_^])(?P<name>[A-Za-z]+)(?P<digits>\d{1,3})(?![\w.])")
_SUM = re.compile(r"\bsum(?=_)")
_BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*\n", re.DOTALL)


@dataclass(frozen=True)
class WrittenEquation:
    """Maths as it stands in a document: `line` and `column` (from 1) say where the LaTeX begins.

    `section` is the number of the section (or its title where it has none), `text_before` the prose since the last
    heading or equation, `text_after` the rest of its line; `display` whether it stands on lines of its own, or alone
    in its line.
    """

    latex: str
    line: int
    column: int
    section: str = ""
    text_before: str = ""
    display: bool = True
    text_after: str = field(default="", compare=False, repr=False)


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
    """The equations in a Markdown or LaTeX document, and the prose around them.

    `latex` says whether it is LaTeX; by default a document that begins a LaTeX document is.
    Raises `ReadingError` for a document that is too long.

    >>> document = read_document("# 1.2 The network\\n\\nIts output:\\n\\n$$y = wx$$\\n")
    >>> document.equations
    (WrittenEquation(latex='y = wx', line=5, column=3, section='1.2', text_before='Its output:', display=True),)
    """
    notebook = notebook_in(text) if len(text) <= LONGEST_NOTEBOOK else None
    if notebook is None:
        check_length(text, LONGEST_DOCUMENT)
    else:
        document = read_document(notebook.text, latex=False)
        placed = (_in_cell(equation, *notebook.places[equation.line - 1]) for equation in document.equations)
        return replace(document, equations=tuple(placed))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if latex if latex is not None else (r"\begin{document}" in text or r"\documentclass" in text):
        text = _LATEX_COMMENT.sub(lambda comment: " " * len(comment.group()), text)
    settings = [setting_in(text, key) or "" for key in ("model", "loss")]
    fixed = fixed_in(text)
    text = _FRONT_MATTER.sub(lambda front: re.sub(r"[^\n]", " ", front.group()), text)
    macros, text = macros_in(text)
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    headings = _headings(text)
    places = [place for place, _ in headings]
    equations: list[WrittenEquation] = []
    prose: list[str] = []
    end = 0
    for begin, inside, after, display in _maths(text):
        prose.append(text[end:begin])
        equations += _refused(text, end, begin, starts)
        latex_text = text[inside[0] : inside[1]]
        lead = len(latex_text) - len(latex_text.lstrip())
        place = inside[0] + lead
        line = bisect_right(starts, place)
        current = bisect_right(places, begin) - 1
        since = max(end, places[current] if current >= 0 else 0)
        before = text[since:begin]
        if current >= 0 and since == places[current]:
            before = before.partition("\n")[2]
        section = headings[current][1] if current >= 0 else ""
        if latex_text.strip():
            column = place - starts[line - 1] + 1
            words = " ".join(before.split())
            display = display or _stands_alone(text, begin, after)
            rest = text[after : after + _LONGEST_AFTER].partition("\n")[0]
            equations.append(WrittenEquation(latex_text.strip(), line, column, section, words, display, rest))
        end = after
    prose.append(text[end:])
    equations += _refused(text, end, len(text), starts)
    if not equations:
        equations = _plain_equations(text)
    return Document(tuple(equations), " ".join(prose), macros, fixed, *settings)


def _refused(text: str, begin: int, end: int, starts: list[int]) -> Iterator[WrittenEquation]:
    r"""The commands between equations that would include or run something: they are told as what cannot be read."""
    for found in _REFUSED.finditer(text, begin, end):
        line = bisect_right(starts, found.start())
        yield WrittenEquation(found.group(), line, found.start() - starts[line - 1] + 1)


def _stands_alone(text: str, begin: int, end: int) -> bool:
    """Whether nothing but the mark of a list's item stands beside it in its line."""
    line = text.rfind("\n", 0, begin) + 1
    return _MARK_OF_ITEM.fullmatch(text, line, begin) is not None and _END_OF_LINE.match(text, end) is not None


def _in_cell(equation: WrittenEquation, cell: int, line: int) -> WrittenEquation:
    """The equation with the cell of the notebook and the line in it told with its section."""
    place = f"cell {cell}, line {line}"
    return replace(equation, section=f"{equation.section} ({place})" if equation.section else place)


def _plain_equations(text: str) -> list[WrittenEquation]:
    """The equations of a text without any marks of maths: the lines that are one, and no sentence."""
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.strip()
        words = [word.lower() for word in _WORD.findall(bare)]
        sentence = sum(word not in function_names() and word not in _MATHS_WORDS for word in words)
        if "=" in bare and not sentence and len(bare) <= LONGEST_PLAIN_LINE and not _HASH_HEADING.match(line):
            found.append(WrittenEquation(_with_subscripts(bare), number, len(line) - len(line.lstrip()) + 1))
        if len(found) > MOST_EQUATIONS:
            break
    return found


def _with_subscripts(line: str) -> str:
    """A line of plain text with the digits that stand on a letter below it, `W1 x`, and its sums as signs.

    Every character keeps its place.
    """

    def lowered(found: re.Match[str]) -> str:
        return found.group() if found["name"] in function_names() else found["name"] + found["digits"].translate(_BELOW)

    return _SUM.sub("Σ  ", _NUMBERED_NAME.sub(lowered, line))


def title_in(text: str) -> str:
    r"""What a document calls itself: its LaTeX title, else its first Markdown heading; "" where it has none.

    >>> title_in("# One *neuron*\n\nText."), title_in(r"\title{A \emph{short} note}"), title_in("Text.")
    ('One neuron', 'A short note', '')
    """
    title = _TITLE.search(text)
    heading = title or next(filter(None, map(_HASH_HEADING.match, text[:_LONGEST_HEAD].split("\n"))), None)
    words = re.sub(r"\\[a-zA-Z]+\*?|[*_`{}$\\]", "", heading["title"]).strip() if heading else ""
    return " ".join(words.split())


def headings_in(text: str) -> list[int]:
    """Where each heading of a document begins."""
    return [place for place, _ in _headings(text)]


def _headings(text: str) -> list[tuple[int, str]]:
    """Where each section begins, and its number or title."""
    found: list[tuple[int, str]] = []
    counters = [0, 0, 0]
    place = 0
    for line in text.split("\n"):
        heading = _HASH_HEADING.match(line)
        numbered = _NUMBERED.match(heading["title"] if heading else line)
        command = _SECTION_COMMAND.search(line)
        if numbered and "$" not in line:
            found.append((place, numbered["number"]))
        elif heading:
            found.append((place, heading["title"].strip()))
        elif command:
            level = command["level"].count("sub")
            counters[level] += 1
            counters[level + 1 :] = [0] * (2 - level)
            found.append((place, ".".join(str(count) for count in counters[: level + 1])))
        place += len(line) + 1
    return found


def _maths(text: str) -> Iterator[tuple[int, tuple[int, int], int, bool]]:
    """Each piece of maths: where its mark begins, its inside, where its mark ends, whether it is displayed."""
    place = 0
    missing: set[str] = set()
    while opener := _OPENER.search(text, place):
        begin, inside = opener.start(), opener.end()
        closer, display, is_maths = _closer(opener)
        if closer is None:
            place = inside
            continue
        end = -1 if closer in missing else text.find(closer, inside)
        if end < 0:
            missing.add(closer)
            place = inside
            continue
        if opener["inline"] and ("\n\n" in text[inside:end] or end == inside):
            place = inside
            continue
        after = end + len(closer)
        if is_maths:
            yield begin, (inside, end), after, display
        place = after


def _closer(opener: re.Match[str]) -> tuple[str | None, bool, bool]:
    """What ends the thing that was opened, whether it is displayed, and whether it is maths."""
    if opener["comment"]:
        return "-->", False, False
    if opener["fence"]:
        return "\n" + opener["ticks"], True, opener["language"] in ("math", "latex", "tex")
    if opener["code"]:
        return opener["code"], False, False
    if opener["display"]:
        return "$$", True, True
    if opener["inline"]:
        return "$", False, True
    if opener["bracket"]:
        return r"\]", True, True
    if opener["paren"]:
        return r"\)", False, True
    if opener["environment"]:
        return f"\\end{{{opener['environment']}}}", True, True
    return None, False, False
