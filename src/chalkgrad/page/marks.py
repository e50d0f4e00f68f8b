r"""The marks of maths in Markdown and LaTeX: where each piece of maths begins and ends.

Maths is taken out before anything else is looked at, as Jupyter, kramdown and GitHub do: an underscore in it is no
emphasis, and a minus at the beginning of its line no bullet. Code, comments and verbatim text are left alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from chalkgrad.page.limits import MOST_PIECES
from chalkgrad.page.macros import Macros
from chalkgrad.page.plausible import is_citation, is_price, is_sentence, is_text

BARRIER = "\f"  # no piece of maths reaches over it: it stands between the cells of a notebook
_DISPLAYS = (
    "equation|align|gather|multline|displaymath|eqnarray|alignat|flalign|math|dmath|IEEEeqnarray|"
    "aligned|alignedat|gathered|split|cases|array|multlined|xalignat|darray|bmatrix|pmatrix"
)
_LEFT_ALONE = "verbatim|lstlisting|minted|comment|tikzpicture|tikzcd|filecontents|Verbatim|alltt|CD"
_LANGUAGES = ("math", "latex", "tex", "katex", "mathjax")
_COMMON = (
    r"|(?P<skip>\\\$)|(?P<display>\$\$)|(?P<inline>\$)|(?P<bracket>\\\[)|(?P<paren>\\\()"
    rf"|\\begin\{{(?P<environment>(?:{_DISPLAYS})\*?)\}}"
    rf"|\\begin\{{(?P<verbatim>(?:{_LEFT_ALONE})\*?)\}}"
)
_MARKDOWN = (
    r"(?P<comment><!--)"
    r"|(?P<fence>^[ \t>]*+(?:[-*+][ \t]+|\d{1,3}[.)][ \t]+)?(?P<ticks>`{3,}+|~{3,}+)[ \t]*+"
    r"(?P<language>[^`\n]*+)\n)"
    r"|(?P<code>`++)"
    r"|<script[^>\n]{0,80}type=[\"']math/tex(?P<script>[^>\n]{0,40})>"
    r"|<(?P<element>pre|script|style|code|textarea|svg)\b[^>\n]{0,300}>"
    r"|\{\{[<%]\s*(?P<shortcode>katex|math|latex|mathjax)(?:\s[^>%\n]{0,60})?[>%]\}\}"
    r"|\{%-?\s*(?P<tag>katex|math|latex|mathjax)\b[^%\n]{0,60}%\}"
    r"|\[(?P<square>latex|tex|math)\]"
    r"|(?P<escaped_bracket>\\\\\[)|(?P<escaped_paren>\\\\\()"
)
_LATEX = r"(?P<verb>\\verb\*?(?P<mark>[^A-Za-z\s*]))|(?P<false>\\iffalse\b)|(?P<row>\\\\)|(?P<rest>\\end\{document\})"
_CLOSERS = {
    "shortcode": r"\{{\{{[<%]\s*/\s*{}\s*[>%]\}}\}}",
    "tag": r"\{{%-?\s*end{}\s*-?%\}}",
    "square": r"\[/{}\]",
}
_GITHUB = re.compile(r"`(?P<inside>[^`\n]+)`\$")
_WORDPRESS = re.compile(r"latex\s")
_OPENS_ALIAS = re.compile(r"\s*\\begin\{(?P<name>[A-Za-z]+\*?)\}")
_ENDS_ALIAS = re.compile(r".*\\end\{(?P<name>[A-Za-z]+\*?)\}\s*", re.DOTALL)
_MARKED = re.compile(r"\$|(?<!\\)\\[(\[]|\\begin\{(?:equation|align|gather|eqnarray|multline|flalign)\*?\}|<p>")
_OPENS_AGAIN = re.compile(r"(?<!\\)\\\[")
_LONGEST_CODE = 2000


@dataclass(frozen=True)
class Piece:
    """A piece of maths: where its mark begins, its inside, where its mark ends, whether it is displayed."""

    begin: int
    inside: tuple[int, int]
    end: int
    display: bool


def pieces_in(text: str, *, latex: bool, macros: Macros | None = None) -> tuple[list[Piece], list[tuple[int, int]]]:
    """The maths of a document in order, and the places of what is left alone (code, comments).

    >>> pieces_in("so `$a$` and $b$", latex=False)
    ([Piece(begin=13, inside=(14, 15), end=16, display=False)], [(3, 8)])
    """
    scan = _Scan(text, latex, _aliases(macros))
    return list(islice(scan.pieces(0, len(text)), MOST_PIECES)), scan.left_alone


def _aliases(macros: Macros | None) -> dict[str, str]:
    r"""The writer's own commands that begin an environment of maths, each with the one that ends it: `\bea`, `\eea`."""
    begins: dict[str, list[str]] = {}
    ends: dict[str, str] = {}
    for name, body in macros.bodies.items() if macros is not None else ():
        if (opened := _OPENS_ALIAS.match(body)) and "\\end{" not in body:
            begins.setdefault(opened["name"], []).append(name)
        elif (closed := _ENDS_ALIAS.fullmatch(body)) and "\\begin{" not in body:
            ends[closed["name"]] = name
    kinds = re.compile(rf"(?:{_DISPLAYS})\*?")
    return {name: ends[kind] for kind, names in begins.items() for name in names
            if kind in ends and kinds.fullmatch(kind)}  # fmt: skip


def _is_no_maths(content: str) -> bool:
    return is_citation(content) or is_sentence(content)


class _Scan:
    """Goes through a text once, from mark to mark."""

    def __init__(self, text: str, latex: bool, aliases: Mapping[str, str]) -> None:
        self.text, self.latex, self.aliases = text, latex, aliases
        names = "|".join(re.escape(name) for name in sorted(aliases, key=len, reverse=True))
        alias = rf"|\\(?P<alias>{names})(?![A-Za-z])" if aliases else ""
        self.opener = re.compile((_LATEX if latex else _MARKDOWN) + _COMMON + alias, re.MULTILINE)
        self.left_alone: list[tuple[int, int]] = []
        self.missing: set[str] = set()
        self.barriers = [found.start() for found in re.finditer(BARRIER, text)]
        self.blanks = [found.start() for found in re.finditer(r"\n[ \t>]*\n", text)]

    def pieces(self, begin: int, end: int) -> Iterator[Piece]:
        """The maths between two places."""
        place = begin
        while opener := self.opener.search(self.text, place, end):
            kind = str(opener.lastgroup)
            if kind == "rest":
                return
            read: Callable[[re.Match[str]], tuple[int, list[Piece]]] = getattr(self, f"_{kind}")
            place, found = read(opener)
            yield from found

    # --- where things end ---

    def _until(self, places: list[int], place: int) -> int:
        """The first of the places after one; the end of the text where there is none."""
        at = bisect_left(places, place)
        return places[at] if at < len(places) else len(self.text)

    def _find(self, closer: str, place: int, end: int | None = None) -> int:
        """Where something closes before the next barrier; -1 for nowhere."""
        if closer in self.missing:
            return -1
        found = self.text.find(closer, place)
        if found < 0:
            self.missing.add(closer)
        limit = self._until(self.barriers, place) if end is None else end
        return found if found < limit else -1

    def _match(self, closer: str, place: int) -> re.Match[str] | None:
        """What closes it before the next barrier, as a pattern."""
        if closer in self.missing:
            return None
        found = re.compile(closer).search(self.text, place)
        if found is None:
            self.missing.add(closer)
        return found if found is not None and found.end() <= self._until(self.barriers, place) else None

    def _left(self, opener: re.Match[str], end: int) -> tuple[int, list[Piece]]:
        self.left_alone.append((opener.start(), end))
        return end, []

    def _piece(self, opener: re.Match[str], end: int, after: int, display: bool) -> tuple[int, list[Piece]]:
        return after, [Piece(opener.start(), (opener.end(), end), after, display)]

    # --- what is left alone ---

    def _skip(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        return opener.end(), []

    _row = _skip

    def _comment(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        end = self._find("-->", opener.end())
        return self._left(opener, end + 3) if end >= 0 else (opener.end(), [])

    def _element(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        closer = f"</{opener['element']}>"
        end = self._find(closer, opener.end())
        return self._left(opener, end + len(closer)) if end >= 0 else (opener.end(), [])

    def _verbatim(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        closer = f"\\end{{{opener['verbatim']}}}"
        end = self._find(closer, opener.end())
        return self._left(opener, end + len(closer)) if end >= 0 else (opener.end(), [])

    def _verb(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        end = self.text.find(opener["mark"], opener.end(), opener.end() + _LONGEST_CODE)
        return self._left(opener, end + 1) if end >= 0 else (opener.end(), [])

    def _false(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        end = self._find("\\fi", opener.end())
        return self._left(opener, end + 3) if end >= 0 else (opener.end(), [])

    def _code(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        """A code span, but for the quotes of TeX: ``so''."""
        ticks = opener["code"]
        place = opener.end()
        limit = min(self._until(self.blanks, place), self._until(self.barriers, place), place + _LONGEST_CODE)
        closer = re.compile(rf"(?<!`)`{{{len(ticks)}}}(?!`)") if len(ticks) < 100 else None
        found = closer.search(self.text, place, limit) if closer else None
        if found is None or (len(ticks) == 2 and "''" in self.text[place : found.start()]):
            return place, []
        return self._left(opener, found.end())

    # --- what may be maths ---

    def _fence(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        closer = self._match(rf"\n[ \t>]*{opener['ticks']}+[ \t]*(?=\n|\Z|\f)", opener.end() - 1)
        if closer is None:
            return opener.end(), []
        inside = min(opener.end(), closer.start()), closer.start()
        language = opener["language"].strip().strip("{}.").partition(" ")[0].lower()
        if language not in _LANGUAGES:
            return self._left(opener, closer.end())
        if language != "math" and _MARKED.search(self.text, *inside):
            within = _Scan(self.text[: inside[1]], True, self.aliases)
            return closer.end(), list(within.pieces(*inside))
        return closer.end(), [Piece(opener.start(), inside, closer.end(), True)]

    def _script(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        end = self._find("</script>", opener.end())
        display = "display" in opener["script"]
        return self._piece(opener, end, end + 9, display) if end >= 0 else (opener.end(), [])

    def _shortcode(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        kind = str(opener.lastgroup)
        closer = self._match(_CLOSERS[kind].format(opener[kind]), opener.end())
        if closer is None or _MARKED.search(self.text, opener.end(), closer.start()):
            return opener.end(), []
        content = self.text[opener.end() : closer.start()]
        return self._piece(opener, closer.start(), closer.end(), "\n" in content or "display" in opener.group())

    _tag = _square = _shortcode

    def _display(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        place = opener.end()
        end = self._find("$$", place)
        if end <= place or (not self.latex and is_text(self.text[place:end])):
            return (end if end == place else place), []
        return self._piece(opener, end, end + 2, True)

    def _inline(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        place = opener.end()
        github = None if self.latex else _GITHUB.match(self.text, place)
        if github:
            return github.end(), [Piece(opener.start(), github.span("inside"), github.end(), False)]
        limit = min(self._until(self.blanks, place), self._until(self.barriers, place))
        end = self.text.find("$", place, limit)
        while end > 0 and self.text[end - 1] == "\\" and self.text[end - 2 : end] != "\\\\":
            end = self.text.find("$", end + 1, limit)
        if end <= place:
            return place, []
        content = self.text[place:end]
        if not self.latex and is_price(content, self.text[end + 1 : end + 2]):
            return place, []
        wordpress = _WORDPRESS.match(content)
        inside = place + (wordpress.end() if wordpress else 0), end
        return end + 1, [Piece(opener.start(), inside, end + 1, False)]

    def _bracket(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        return self._between(opener, ("\\]",), True)

    def _paren(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        return self._between(opener, ("\\)",), False)

    def _escaped_bracket(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        return self._between(opener, ("\\\\]", "\\]"), True)

    def _escaped_paren(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        return self._between(opener, ("\\\\)", "\\)"), False)

    def _between(self, opener: re.Match[str], closers: tuple[str, ...], display: bool) -> tuple[int, list[Piece]]:
        place = opener.end()
        limit = None if display else min(self._until(self.blanks, place), self._until(self.barriers, place))
        for closer in closers:
            end = self._find(closer, place, limit)
            content = self.text[place:end] if end >= 0 else ""
            again = display and _OPENS_AGAIN.search(content)
            if not content.strip() or (not self.latex and (again or is_text(content) or _is_no_maths(content))):
                continue
            return self._piece(opener, end, end + len(closer), display)
        return place, []

    def _environment(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        name = opener["environment"]
        closer = f"\\end{{{name}}}"
        end = self._find(closer, opener.end())
        if end < 0:
            return opener.end(), []
        if name in ("array", "cases", "bmatrix", "pmatrix"):  # these say something themselves
            after = end + len(closer)
            return after, [Piece(opener.start(), (opener.start(), after), after, True)]
        return self._piece(opener, end, end + len(closer), name != "math")

    def _alias(self, opener: re.Match[str]) -> tuple[int, list[Piece]]:
        closer = "\\" + self.aliases[opener["alias"]]
        end = self._find(closer, opener.end())
        return self._piece(opener, end, end + len(closer), True) if end >= 0 else (opener.end(), [])
