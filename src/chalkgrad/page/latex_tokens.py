r"""LaTeX characters to tokens for the grammar: every argument in braces, spacing gone, bars told apart.

TeX's own rule is kept: an argument without braces is one character or one command, so `\frac1n` is 1/n and `x_12` is
x₁ times 2. Letters that stand together become one WORD, as people write `out` and `ReLU`.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from itertools import takewhile

from lark import Token

from chalkgrad.errors import ReadingError, nearest
from chalkgrad.page import latex_commands as commands
from chalkgrad.page.latex_matrices import with_lists
from chalkgrad.page.limits import LONGEST_LATEX, LONGEST_NUMBER, check_length

DEEPEST_LATEX = 40
_COMMAND = re.compile(r"\\([A-Za-z]+|.|\n)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_LETTERS = re.compile(r"[A-Za-z]+")
_NUMPY = re.compile(r"(?:np|numpy|torch)\s*\\?\.\s*([A-Za-z]+)")
_SPACE = re.compile(r"(?:[\s~]|(?<!\\)%.*\n?)+")
_PRIMES = re.compile(r"\{\s*(?:(?:\\prime|'|′)\s*)+\}|\\prime(?![A-Za-z])|'|′")
_STAR = re.compile(r"\*|\{\s*\*\s*\}")
_ROW_SPACING = re.compile(r"\*?\s*\[[^\]\n]{0,20}(?:pt|em|ex|cm|mm)\]")
_LONGEST_CHOICE = 60


def latex_tokens(text: str) -> list[Token]:
    r"""The tokens of a piece of LaTeX maths, each with its place in the text.

    BREAK and NEXT_ROW tokens stand where one equation may end and another begin.
    Raises `ReadingError` for a command that is not known, and for brackets that do not match.

    >>> [str(token) for token in latex_tokens(r"\frac1n h_1v_{12}")]
    ['\\frac', '{', '1', '}', '{', 'n', '}', 'h', '_', '{', '1', '}', 'v', '_', '{', '12', '}']
    """
    check_length(text, LONGEST_LATEX)
    return _Tokenizer(text).tokens()


class _Tokenizer:
    """Walks over the characters once, and keeps the brackets that are open."""

    def __init__(self, text: str) -> None:
        self.text, self.place = text, 0
        self.line_starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.found: list[Token] = []
        self.open: list[str] = []
        self.depth = 0
        self.tables: list[int] = []  # how many brackets were open where each began

    def tokens(self) -> list[Token]:
        while self._skip_space():
            self._one()
        if self.open:
            raise self._error(f"'{self.open[-1]}' is never closed", len(self.text), commands.CLOSES[self.open[-1]])
        if self.tables:
            raise self._error(r"a \begin is never ended", len(self.text), r"\end")
        return with_lists(self.found)

    def _error(self, problem: str, place: int, expected: str = "") -> ReadingError:
        line, column = self._line_and_column(place)
        return ReadingError(problem, line=line, column=column, text=self.text, expected=expected)

    def _emit(self, kind: str, value: str, start: int) -> None:
        line, column = self._line_and_column(start)
        self.found.append(Token(kind, value, start, line, column, line, column, self.place))

    def _line_and_column(self, place: int) -> tuple[int, int]:
        line = bisect_right(self.line_starts, place)
        return line, place - self.line_starts[line - 1] + 1

    def _skip_space(self) -> bool:
        space = _SPACE.match(self.text, self.place)
        if space:
            self.place = space.end()
        return self.place < len(self.text)

    def _one(self, *, in_argument: bool = False) -> None:
        """Takes one thing: in an argument without braces a single character or command."""
        start, character = self.place, self.text[self.place]
        if character == "\\":
            self._command(start)
        elif character == "{":
            self._braces(start)
        elif character == "}":
            raise self._error("unexpected '}'", start)
        elif character in "^_":
            self._script(start, character)
        elif character == "'":
            self.place += 1
            self._emit("PRIME", "'", start)
        elif character.isascii() and (character.isdigit() or character == "."):
            self._digits(start, in_argument)
        elif character.isascii() and character.isalpha():
            self._letters(start, in_argument)
        elif character in "([":
            self.place += 1
            self._open(character, start)
        elif character in ")]":
            self.place += 1
            self._close({")": "(", "]": "["}[character], start)
        elif character == "|":
            double = self.text.startswith("||", start) and not (self.open and self.open[-1] == "|")
            self.place += 2 if double else 1
            self._bar(r"\|" if double else "|", start)
        elif character == "&":
            self.place += 1
            if self.tables and self.tables[-1] == len(self.open):
                self._emit("NEXT_COLUMN", "&", start)
        elif character in commands.PUNCTUATION:
            self.place += 1
            self._emit(commands.PUNCTUATION[character], character, start)
        elif character == "?":
            self.place += 1
            self._emit("QUESTION", "?", start)
        elif character == ":" and self._asked():
            self.place += 1
            self._emit("ELSE", ":", start)
        elif character in "=<>!:":
            self._relation(start)
        else:
            self._other(start, character)

    def _asked(self) -> bool:
        """Whether a `?` waits for its `:`."""
        kinds = [token.type for token in self.found[-_LONGEST_CHOICE:]]
        return "QUESTION" in kinds and "ELSE" not in kinds[kinds.index("QUESTION") :]

    def _digits(self, start: int, in_argument: bool) -> None:
        number = _NUMBER.match(self.text, start)
        if number is None:
            if self.text.startswith("...", start):
                self.place += 3
                self._emit("DOTS", "...", start)
            elif self.text.startswith(".*", start):
                self.place += 2
                self._emit("OPERATOR", ".*", start)
            else:
                self.place += 1
                self._emit("BREAK", ".", start)
            return
        digits = number.group()[:1] if in_argument else number.group()
        if len(digits) > LONGEST_NUMBER:
            raise self._error("a number with too many digits", start, f"at most {LONGEST_NUMBER}")
        self.place += len(digits)
        self._emit("NUMBER", digits, start)

    def _letters(self, start: int, in_argument: bool) -> None:
        numpy = None if in_argument else _NUMPY.match(self.text, start)
        if numpy:
            self.place = numpy.end()
            self._emit("WORD", f"np.{numpy[1]}", start)
            return
        letters = _LETTERS.match(self.text, start)
        word = self.text[start] if in_argument or letters is None else letters.group()
        self.place += len(word)
        combining = self.text[self.place : self.place + 1]
        if combining in commands.COMBINING and combining:
            self._accented(word, commands.COMBINING[combining], start)
        else:
            self._emit("WORD", word, start)

    def _accented(self, word: str, accent: str, start: int) -> None:
        """A letter with a combining mark: the letters before it stand alone, the last one gets the accent."""
        self.place += 1
        if word[:-1]:
            self._emit("WORD", word[:-1], start)
        for kind, value in (("ACCENT", accent), ("BEGIN", "{"), ("WORD", word[-1]), ("END", "}")):
            self._emit(kind, value, start)

    def _relation(self, start: int) -> None:
        for written, meant in commands.RELATION_SIGNS:
            if self.text.startswith(written, start):
                self.place += len(written)
                self._emit("RELATION", meant, start)
                return
        character = self.text[start]
        if character == "!":
            raise self._error("unexpected '!'", start)
        self.place += 1
        self._emit("OPERATOR" if character == ":" else "RELATION", character, start)

    def _other(self, start: int, character: str) -> None:
        """A character beyond ASCII that stands for a command, a script or an accented letter."""
        if character in commands.CHARACTERS:
            self.place += 1
            self._named(commands.CHARACTERS[character], start)
            return
        for kind, sign, table in (("ABOVE", "^", commands.SUPERSCRIPTS), ("BELOW", "_", commands.SUBSCRIPTS)):
            if character in table:
                run = list(takewhile(table.__contains__, self.text[start:]))
                content = "".join(table[each] for each in run)
                inner = latex_tokens(r"\top" if content == "T" else content)
                self.place = start + len(run)
                self._emit(kind, sign, start)
                self._emit("BEGIN", "{", start)
                for token in inner:
                    self._emit(token.type, str(token), start)
                self._emit("END", "}", start)
                return
        decomposed = unicodedata.normalize("NFD", character)
        if len(decomposed) == 2 and decomposed[1] in commands.COMBINING and decomposed[0].isascii():
            self._accented(decomposed[0], commands.COMBINING[decomposed[1]], start)
        elif character in "−–":
            self.place += 1
            self._emit("SIGN", "-", start)
        elif "⁄" in (fraction := unicodedata.normalize("NFKD", character)):  # ½, ¼, ⅔
            self.place += 1
            self._emit("FRACTION", "\\frac", start)
            for number in fraction.split("⁄"):
                for kind, value in (("BEGIN", "{"), ("NUMBER", number), ("END", "}")):
                    self._emit(kind, value, start)
        else:
            raise self._error(f"unexpected '{character}'", start, "LaTeX maths")

    # --- brackets ---

    def _deeper(self, start: int, change: int) -> None:
        self.depth += change
        if self.depth > DEEPEST_LATEX:
            raise self._error(f"brackets are nested deeper than {DEEPEST_LATEX}", start)

    def _open(self, bracket: str, start: int) -> None:
        self._deeper(start, 1)
        self.open.append(bracket)
        self._emit("OPEN", bracket, start)

    def _close(self, bracket: str, start: int) -> None:
        if not self.open or self.open[-1] != bracket:
            expected = f"'{commands.CLOSES[self.open[-1]]}'" if self.open else ""
            raise self._error(f"'{self.text[start : self.place]}' closes nothing that is open", start, expected)
        self._deeper(start, -1)
        self.open.pop()
        self._emit("CLOSE", bracket, start)

    def _bar(self, bar: str, start: int) -> None:
        closes = (
            bool(self.open)
            and self.open[-1] == bar
            and bool(self.found)
            and self.found[-1].type in commands.ENDS_OPERAND
        )
        if closes:
            self._close(bar, start)
        else:
            self._open(bar, start)

    def _braces(self, start: int) -> None:
        self.place += 1
        self._deeper(start, 1)
        outer, self.open = self.open, []
        self._emit("BEGIN", "{", start)
        while self._skip_space() and self.text[self.place] != "}":
            self._one()
        if self.place >= len(self.text):
            raise self._error("'{' is never closed", start, "}")
        if self.open:
            raise self._error(f"'{self.open[-1]}' is never closed", self.place, commands.CLOSES[self.open[-1]])
        self.open = outer
        self._deeper(start, -1)
        end = self.place
        self.place += 1
        self._emit("END", "}", end)

    def _argument(self, what: str) -> None:
        """The next argument, in braces whether or not it was written so."""
        start = self.place
        if not self._skip_space():
            raise self._error("the text ends too early", start, f"the argument of {what}")
        if self.text[self.place] == "{":
            self._braces(self.place)
            return
        start = self.place
        if self.text[start] in "}&^_":
            raise self._error(f"unexpected '{self.text[start]}'", start, f"the argument of {what}")
        self._deeper(start, 1)
        self._emit("BEGIN", "{", start)
        self._one(in_argument=True)
        self._emit("END", "}", self.place)
        self._deeper(start, -1)

    def _raw_argument(self) -> str:
        """The characters of the next argument, unread."""
        self._skip_space()
        start = self.place
        if not self.text.startswith("{", start):
            command = _COMMAND.match(self.text, start)
            self.place = command.end() if command else start + 1
            return self.text[start : self.place]
        depth = 0
        for place in range(start, len(self.text)):
            character = self.text[place]
            if self.text[place - 1] != "\\":
                depth += {"{": 1, "}": -1}.get(character, 0)
            if depth == 0:
                self.place = place + 1
                return self.text[start + 1 : place]
        raise self._error("'{' is never closed", start, "}")

    def _script(self, start: int, sign: str) -> None:
        self.place += 1
        self._skip_space()
        primes = _PRIMES.match(self.text, self.place)
        if sign == "^" and primes:
            self.place = primes.end()
            for _ in range(len(re.findall(r"\\prime|'|′", primes.group()))):
                self._emit("PRIME", "'", start)
            return
        alone = _STAR.match(self.text, self.place)
        self._emit("ABOVE" if sign == "^" else "BELOW", sign, start)
        if alone:
            self._emit("BEGIN", "{", self.place)
            self.place = alone.end()
            self._emit("WORD", "*", start)
            self._emit("END", "}", self.place)
        else:
            self._argument(f"'{sign}'")

    # --- commands ---

    def _command(self, start: int) -> None:
        found = _COMMAND.match(self.text, start)
        if found is None:
            raise self._error("a backslash at the end", start, "a command")
        self.place = found.end()
        name = found[1]
        if name == "\\":
            self._row(start)
        elif name in ("begin", "end"):
            self._environment(name, start)
        else:
            self._named(name, start)

    def _row(self, start: int) -> None:
        spacing = _ROW_SPACING.match(self.text, self.place)
        self.place = spacing.end() if spacing else self.place
        self._emit("NEXT_ROW", r"\\", start)

    def _environment(self, name: str, start: int) -> None:
        which = self._raw_argument()
        table = "CASES" if which in commands.CASES else "MATRIX" if which in commands.MATRICES else ""
        if table and name == "begin":
            self._deeper(start, 1)
            self.tables.append(len(self.open))
            self._emit(table, which, start)
        elif table:
            if not self.tables or self.tables.pop() != len(self.open):
                raise self._error(f"\\end{{{which}}} ends nothing that was begun", start)
            self._deeper(start, -1)
            self._emit(f"END_{table}", which, start)
        elif which not in commands.LAYOUTS:
            known = sorted(commands.CASES | commands.MATRICES | commands.LAYOUTS)
            near = nearest(which[:40], known) or "cases"
            raise self._error(f"the environment '{which[:40]}' is not known", start, near)

    def _named(self, name: str, start: int) -> None:
        if name in commands.SYMBOLS:
            self._skip_space()
            below = self.text.startswith(("_", "^") if name == "Sigma" else "_", self.place)
            if name in ("Sigma", "max") and below:
                self._emit("BIG", "sum" if name == "Sigma" else "max", start)
            else:
                self._emit("WORD", f"\\{name}", start)
            return
        for table, act in self._actions():
            if name in table:
                act(name, start)
                return
        if name in commands.REFUSED:
            raise self._error(f"\\{name} is refused: nothing is included, run or redefined", start, "maths")
        known = nearest(name, commands.KNOWN)
        raise self._error(f"the command \\{name} is not known", start, f"\\{known}" if known else "")

    def _actions(self) -> tuple[tuple[frozenset[str] | dict[str, str], Callable[[str, int], None]], ...]:
        return (
            (commands.SKIPPED, self._skipped),
            (commands.OPERATORS, lambda name, start: self._emit("OPERATOR", commands.OPERATORS[name], start)),
            (commands.RELATIONS, lambda name, start: self._emit("RELATION", commands.RELATIONS[name], start)),
            (commands.BIG_OPERATORS, lambda name, start: self._emit("BIG", name, start)),
            (commands.FRACTIONS, self._fraction),
            (commands.ACCENTS, self._accent),
            (commands.FONTS, self._font),
            (commands.OPENING, lambda name, start: self._open(commands.OPENING[name], start)),
            (commands.CLOSING, lambda name, start: self._close(commands.CLOSING[name], start)),
            (commands.BARS, lambda name, start: self._bar(commands.BARS[name], start)),
            (commands.SPACES, lambda name, start: self._emit("BREAK", f"\\{name}", start)),
            (commands.DOTS, lambda name, start: self._emit("DOTS", "...", start)),
            (commands.SKIPPED_WITH_ARGUMENT, lambda name, start: (self._raw_argument(), None)[1]),
            (commands.BRACES, self._underbrace),
            (commands.STACKED, self._stacked),
            (frozenset({"prime", "'"}), lambda name, start: self._emit("PRIME", "'", start)),
            (frozenset({"sqrt"}), self._root),
        )

    def _skipped(self, name: str, start: int) -> None:
        if name in ("left", "right", "middle") and self._skip_space() and self.text[self.place] == ".":
            self.place += 1

    def _fraction(self, name: str, start: int) -> None:
        self._emit("FRACTION", "\\frac", start)
        self._argument("\\frac")
        self._argument("\\frac")

    def _accent(self, name: str, start: int) -> None:
        self._emit("ACCENT", commands.ACCENTS[name], start)
        self._argument(f"\\{name}")

    def _root(self, name: str, start: int) -> None:
        self._emit("ROOT", "\\sqrt", start)
        self._skip_space()
        if self.text.startswith("[", self.place):
            end = self.text.find("]", self.place)
            degree = self.text[self.place + 1 : end] if end > 0 else ""
            if not degree.strip().isdigit() or len(degree) > 4:
                raise self._error("the degree of a root is a whole number", self.place, r"\sqrt[3]{x}")
            self._emit("DEGREE", degree.strip(), start)
            self.place = end + 1
        self._argument("\\sqrt")

    def _underbrace(self, name: str, start: int) -> None:
        self._argument(f"\\{name}")
        self._skip_space()
        if self.text[self.place : self.place + 1] in ("_", "^"):
            self.place += 1
            self._raw_argument()

    def _stacked(self, name: str, start: int) -> None:
        """What stands at the height of the line, without what is set above or below it."""
        self._raw_argument()
        for token in latex_tokens(self._raw_argument()):
            self._emit(token.type, str(token), start)

    def _font(self, name: str, start: int) -> None:
        if self.text.startswith("*", self.place):
            self.place += 1
        self._skip_space()
        begin = self.place
        token = commands.in_font(name, self._raw_argument().strip())
        if token is None:
            self.place = begin
            self._argument(f"\\{name}")
        elif token[1]:
            self._emit(*token, start)
