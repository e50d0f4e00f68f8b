r"""LaTeX characters to tokens: every argument in braces, spacing gone.

TeX's own rule is kept: an argument without braces is one character or one command, so `\frac1n` is 1/n and `x_12` is
x₁ times 2. Letters that stand together become one WORD, as people write `out` and `ReLU`.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import takewhile

from chalkgrad.page import latex_commands as commands
from chalkgrad.page.latex_actions import ACTIONS
from chalkgrad.page.latex_arranging import arranged
from chalkgrad.page.latex_characters import CHARACTERS, COMBINING, PLAIN, SUBSCRIPTS, SUPERSCRIPTS
from chalkgrad.page.latex_scanner import COMMAND, Scanner, Tokens
from chalkgrad.page.limits import LONGEST_LATEX, LONGEST_NUMBER, check_length

_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][-+]\d{1,3}(?![\d.]))?|\.\d+")
_DECIMAL_COMMA = re.compile(r"\d+\{,\}\d+")
_LETTERS = re.compile(r"[A-Za-z]+")
_NUMPY = re.compile(r"(?:np|numpy|torch)\s*\\?\.\s*([A-Za-z]+)")
_PRIMES = re.compile(r"\{\s*(?:(?:\\prime(?![A-Za-z])|'|′)\s*)+\}|\\prime(?![A-Za-z])|'|′")
_STAR = re.compile(r"\*|\{\s*\*\s*\}")
_TRANSPOSED = re.compile(r"\.\s*T(?![A-Za-z])")
_DOT_METHOD = re.compile(r"\.\s*(?:dot|matmul|mm)(?=\s*\()")
_DOT_AS_PRODUCT = re.compile(
    r"\S\.(?=[A-Za-zα-ω({\[]|\\(?:frac|dfrac|sum|partial|nabla|left|hat|bar|mathbf|sigma|delta|sqrt))"
    r"|[ ]\.[ ]+(?=[\w\\(])|[ ]\.(?=[\w(\[])"
)
_ROW_SPACING = re.compile(r"\*?\s*\[\s*-?[\d.]{1,10}\s*(?:pt|em|ex|cm|mm|in|px|mu)\s*\]|\*")
_ENTITY = re.compile(r"&(?P<name>lt|gt|amp|nbsp|space|plus|quot|#39|#x27|le|ge|ne);")
_ENTITIES = {"lt": ("RELATION", "<"), "gt": ("RELATION", ">"), "le": ("RELATION", "<="), "ge": ("RELATION", ">="),
             "ne": ("RELATION", "!="), "plus": ("SIGN", "+"),
             "amp": ("ALIGN", "&"), "#39": ("PRIME", "'"), "#x27": ("PRIME", "'")}  # fmt: skip
_TAG = re.compile(r"<(?P<close>/?)(?P<name>br|em|span|p|div|center|strong|font|code)\b[^<>\n]{0,120}>", re.IGNORECASE)
_ESCAPED_COMMAND = re.compile(r"\\([A-Za-z]{3,})")
_LETTERS_BELOW = re.compile(r"[A-Za-z]+|\d+")
_NEGATIVE_POWER = re.compile(r"-\s*(?:\d+|[A-Za-z](?![A-Za-z])|\\top(?![A-Za-z]))")
_FOREIGN = re.compile(r"[^\W\d_A-Za-zͰ-ϿԱ-֏](?:[^\W\d_]|[\s.,])*")
_LONGEST_CHOICE = 60


def latex_tokens(text: str) -> Tokens:
    r"""The tokens of a piece of LaTeX maths, each with its place in the text, arranged for the grammar.

    BREAK, NEXT_ROW, TEXT, NOTE and GUESS tokens are not for the grammar: they stand where one statement may end and
    another begin, or say something about it. What cannot be read is a token PROBLEM. Raises `ReadingError` only for a
    text that is too long.

    >>> [str(token) for token in latex_tokens(r"\frac1n h_1v_{12}").tokens]
    ['\\frac', '{', '1', '}', '{', 'n', '}', 'h', '_', '{', '1', '}', 'v', '_', '{', '12', '}']
    """
    check_length(text, LONGEST_LATEX)
    scanner = Scanner(text, _one)
    scanner.everything()
    return Tokens(arranged(scanner.found, scanner.remarks), scanner.remarks)


def _one(scanner: Scanner, in_argument: bool) -> None:
    """Takes one thing: in an argument without braces a single character or command."""
    start, character = scanner.place, scanner.text[scanner.place]
    character = PLAIN.get(character, character)
    if character == "\\":
        _command(scanner, start)
    elif character == "{":
        scanner.braces(start)
    elif character == "}":
        scanner.problem("unexpected '}'", start)
    elif character in "^_":
        _script(scanner, start, character)
    elif character == "'":
        scanner.place += 1
        scanner.emit("PRIME", "'", start)
    elif character.isascii() and (character.isdigit() or character == "."):
        _digits(scanner, start, in_argument)
    elif character.isascii() and character.isalpha():
        _letters(scanner, start, in_argument)
    elif character in "([":
        scanner.place += 1
        scanner.emit("OPEN", character, start)
    elif character in ")]":
        scanner.place += 1
        scanner.emit("CLOSE", {")": "(", "]": "["}[character], start)
    elif character == "|":
        double = scanner.starts("||")
        scanner.place += 2 if double else 1
        scanner.emit("BAR", "||" if double else "|", start)
    elif character == "&":
        _ampersand(scanner, start)
    elif character == "*" and scanner.starts("**"):
        scanner.place += 2
        scanner.emit("ABOVE", "^", start)
        scanner.argument("'**'")
    elif character in "+-" and scanner.text.startswith("=", start + 1, scanner.end) and not in_argument:
        scanner.place += 2
        scanner.emit("RELATION", f"{character}=", start)
    elif character in commands.PUNCTUATION:
        scanner.place += 1
        scanner.emit(commands.PUNCTUATION[character], ";" if character == ";" else character, start)
    elif character == "?":
        scanner.place += 1
        scanner.emit("QUESTION", "?", start)
    elif character == "!" and not scanner.starts("!="):
        _exclamation(scanner, start)
    elif character == ":" and _asked(scanner):
        scanner.place += 1
        scanner.emit("ELSE", ":", start)
    elif character == "<" and (tag := scanner.matched(_TAG)):
        scanner.place = tag.end()
        if tag["name"].lower() == "br":
            scanner.emit("NEXT_ROW", r"\\", start)
    elif character in "=<>!:":
        _relation(scanner, start, character)
    else:
        _other(scanner, start, character)


def _ampersand(scanner: Scanner, start: int) -> None:
    entity = scanner.matched(_ENTITY)
    scanner.place = entity.end() if entity else start + 1
    if entity is None:
        scanner.emit("ALIGN", "&", start)
    elif entity["name"] in _ENTITIES:
        scanner.emit(*_ENTITIES[entity["name"]], start)


def _exclamation(scanner: Scanner, start: int) -> None:
    """A factorial after what has one."""
    scanner.place += 1
    if scanner.found and scanner.found[-1].type in ("NUMBER", "WORD", "CLOSE", "END"):
        scanner.emit("WORD", "!", start)


def _asked(scanner: Scanner) -> bool:
    """Whether a `?` waits for its `:`."""
    kinds = [token.type for token in scanner.found[-_LONGEST_CHOICE:]]
    return kinds.count("QUESTION") > kinds.count("ELSE")


def _digits(scanner: Scanner, start: int, in_argument: bool) -> None:
    number = scanner.matched(_NUMBER)
    if number is None:
        if scanner.starts("..."):
            scanner.place += 3
            scanner.emit("DOTS", "...", start)
        elif scanner.starts(".."):
            scanner.place += 2
            scanner.emit("DOTS", "...", start)
        elif scanner.starts(".*"):
            scanner.place += 2
            scanner.emit("OPERATOR", ".*", start)
        elif _ends_operand(scanner) and (transposed := scanner.matched(_TRANSPOSED)):
            scanner.place = transposed.end()
            for kind, value in (("ABOVE", "^"), ("BEGIN", "{"), ("WORD", "T"), ("END", "}")):
                scanner.emit(kind, value, start)
        elif _ends_operand(scanner) and (method := scanner.matched(_DOT_METHOD)):
            scanner.place = method.end()
            scanner.emit("OPERATOR", "@", start)
        elif _ends_operand(scanner) and scanner.matched(_DOT_AS_PRODUCT, max(start - 1, 0)):
            scanner.place += 1
            scanner.emit("OPERATOR", r"\cdot", start)
        else:
            scanner.place += 1
            scanner.emit("BREAK", ".", start)
        return
    comma = None if in_argument else scanner.matched(_DECIMAL_COMMA)
    digits = number.group()[:1] if in_argument else number.group()
    scanner.place += len(digits)
    if comma:
        scanner.place = comma.end()
        whole, _, rest = comma.group().partition("{,}")
        digits = f"{whole}{rest}" if len(rest) == 3 else f"{whole}.{rest}"
    if len(digits) > LONGEST_NUMBER:
        scanner.problem("a number with too many digits", start, f"at most {LONGEST_NUMBER}")
    else:
        scanner.emit("NUMBER", digits, start)


def _ends_operand(scanner: Scanner) -> bool:
    return bool(scanner.found) and scanner.found[-1].type in ("WORD", "CLOSE", "END")


def _letters(scanner: Scanner, start: int, in_argument: bool) -> None:
    numpy = None if in_argument else scanner.matched(_NUMPY)
    if numpy:
        scanner.place = numpy.end()
        scanner.emit("WORD", f"np.{numpy[1]}", start)
        return
    letters = scanner.matched(_LETTERS)
    word = scanner.text[start] if in_argument or letters is None else letters.group()
    scanner.place += len(word)
    combining = scanner.text[scanner.place : min(scanner.place + 1, scanner.end)]
    if combining in COMBINING:
        _accented(scanner, word, COMBINING[combining], start)
    else:
        scanner.emit("WORD", word, start)


def _accented(scanner: Scanner, word: str, accent: str, start: int) -> None:
    """A letter with a combining mark: the letters before it stand alone, the last one gets the accent."""
    scanner.place += 1
    if word[:-1]:
        scanner.emit("WORD", word[:-1], start)
    for kind, value in (("ACCENT", accent), ("BEGIN", "{"), ("WORD", word[-1]), ("END", "}")):
        scanner.emit(kind, value, start)


def _relation(scanner: Scanner, start: int, character: str) -> None:
    for written, meant in commands.RELATION_SIGNS:
        if scanner.starts(written):
            scanner.place += len(written)
            scanner.emit("RELATION", meant, start)
            return
    scanner.place += 1
    scanner.emit("OPERATOR" if character == ":" else "RELATION", character, start)


def _other(scanner: Scanner, start: int, character: str) -> None:
    """A character beyond ASCII that stands for a command, a script or an accented letter."""
    scanner.place += 1
    if character in CHARACTERS:
        _named(scanner, CHARACTERS[character], start)
        return
    if character in PLAIN.values() and character in ".,;-+*/":
        kind = {".": "BREAK"}.get(character) or commands.PUNCTUATION[character]
        scanner.emit(kind, character, start)
        return
    for kind, sign, table in (("ABOVE", "^", SUPERSCRIPTS), ("BELOW", "_", SUBSCRIPTS)):
        if character in table:
            _raised(scanner, start, kind, sign, table)
            return
    decomposed = unicodedata.normalize("NFD", character)
    plain = unicodedata.normalize("NFKD", character)
    if len(decomposed) == 2 and decomposed[1] in COMBINING and decomposed[0].isascii():
        scanner.place = start
        _accented(scanner, decomposed[0], COMBINING[decomposed[1]], start)
    elif "⁄" in plain:  # ½, ¼, ⅔
        scanner.emit("FRACTION", "\\frac", start)
        for number in plain.split("⁄"):
            for kind, value in (("BEGIN", "{"), ("NUMBER", number), ("END", "}")):
                scanner.emit(kind, value, start)
    elif len(plain) == 1 and plain in CHARACTERS:
        _named(scanner, CHARACTERS[plain], start)
    elif plain.isascii() and plain.isalpha():  # 𝐱, 𝑊, ℝ
        scanner.emit("WORD", plain, start)
    elif foreign := scanner.matched(_FOREIGN, start):
        scanner.place = start + len(foreign.group().rstrip())
        scanner.emit("TEXT", foreign.group().strip(), start)
    elif unicodedata.category(character) in ("So", "Cf", "Mn", "Cc", "Sk"):
        return  # a picture, or a mark that nobody sees
    elif character in '#$"`´“”„«»':
        return
    else:
        scanner.problem(f"unexpected '{character}'", start, "LaTeX maths")


def _raised(scanner: Scanner, start: int, kind: str, sign: str, table: dict[str, str]) -> None:
    """A run of raised or lowered characters as a script."""
    run = list(takewhile(table.__contains__, scanner.text[start : scanner.end]))
    content = "".join(table[each] for each in run)
    inner = Scanner(r"\top" if content == "T" else content, _one)
    inner.everything()
    scanner.place = start + len(run)
    scanner.emit(kind, sign, start)
    scanner.emit("BEGIN", "{", start)
    for token in inner.found:
        if token.type == "PROBLEM":
            scanner.remark("problem", inner.remarks[int(token)].text, start)
        else:
            scanner.emit(token.type, str(token), start)
    scanner.emit("END", "}", start)


def _script(scanner: Scanner, start: int, sign: str) -> None:
    scanner.place += 1
    _script_of(scanner, start, sign)


def _script_of(scanner: Scanner, start: int, sign: str) -> None:
    scanner.skip_space()
    primes = scanner.matched(_PRIMES)
    if sign == "^" and primes:
        scanner.place = primes.end()
        for _ in range(len(re.findall(r"\\prime|'|′", primes.group()))):
            scanner.emit("PRIME", "'", start)
        return
    scanner.emit("ABOVE" if sign == "^" else "BELOW", sign, start)
    alone = scanner.matched(_STAR)
    negative = scanner.matched(_NEGATIVE_POWER) if sign == "^" else None
    if alone and not scanner.starts("**"):
        scanner.emit("BEGIN", "{", scanner.place)
        scanner.place = alone.end()
        scanner.emit("WORD", "*", start)
        scanner.emit("END", "}", scanner.place)
    elif negative:
        scanner.emit("BEGIN", "{", scanner.place)
        scanner.inside(scanner.place, negative.end())
        scanner.place = negative.end()
        scanner.emit("END", "}", scanner.place)
    else:
        scanner.argument(f"'{sign}'")


def _command(scanner: Scanner, start: int) -> None:
    found = scanner.matched(COMMAND)
    if found is None:
        scanner.place = scanner.end
        return
    scanner.place = found.end()
    name = found[1]
    if name == "\\":
        _double_backslash(scanner, start)
    elif name in ("_", "^"):
        _written_script(scanner, start, name)
    else:
        _named(scanner, name, start)


def _double_backslash(scanner: Scanner, start: int) -> None:
    r"""A row that ends; or a command, a brace or a space whose backslash is written twice for Markdown."""
    escaped = scanner.matched(_ESCAPED_COMMAND, start + 1)
    if escaped and escaped[1] in commands.COMMANDS:
        scanner.place = escaped.end()
        _named(scanner, escaped[1], start)
        return
    place = scanner.place
    following = scanner.text[place : min(place + 1, scanner.end)]
    if following == "{" and scanner.text[scanner.closing.get(place, 0) - 2 :][:2] == "\\\\":
        scanner.place += 1
        scanner.emit("OPEN", r"\{", start)
        close = scanner.closing[place]
        scanner.inside(place + 1, close - 2)
        scanner.place = close + 1
        scanner.emit("CLOSE", r"\{", close - 2)
        return
    if following and following in ",;!":
        scanner.place += 1
        return
    spacing = scanner.matched(_ROW_SPACING)
    scanner.place = spacing.end() if spacing else place
    scanner.emit("NEXT_ROW", r"\\", start)


def _written_script(scanner: Scanner, start: int, sign: str) -> None:
    r"""A script whose sign is escaped for Markdown: `x\_i`, `y\_pred`."""
    letters = scanner.matched(_LETTERS_BELOW)
    if letters is None:
        if scanner.starts("{"):
            _script_of(scanner, start, sign)
        return
    scanner.emit("BELOW" if sign == "_" else "ABOVE", sign, start)
    scanner.emit("BEGIN", "{", scanner.place)
    begin, scanner.place = scanner.place, letters.end()
    scanner.emit("NUMBER" if letters.group().isdigit() else "WORD", letters.group(), begin)
    scanner.emit("END", "}", scanner.place)


def _named(scanner: Scanner, name: str, start: int) -> None:
    command = commands.COMMANDS.get(name)
    if command is None:
        ACTIONS["unknown"](scanner, name, "", start)
    else:
        ACTIONS[command.kind](scanner, name, command.value, start)
