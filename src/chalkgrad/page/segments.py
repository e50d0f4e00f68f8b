r"""The tokens of a display, parted into what is stated, its conditions, and the words beside it.

They part at rows, wide spaces, commas, arrows and words; a row that begins with a relation goes on with the one before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lark import Token

from chalkgrad.page.conditions import (
    bracketed_condition,
    has_relation,
    is_condition,
    is_simple,
    letters_in_scripts,
    relations_of,
    without_for_all,
)
from chalkgrad.page.latex_items import ENDS_OPERAND, like
from chalkgrad.page.latex_scanner import Remark
from chalkgrad.page.sides import at_the_outside, bare
from chalkgrad.page.words import condition_word, lead_word, says_otherwise

_HANGING = frozenset({"SIGN", "OPERATOR", "RELATION", "BIG"})
_GOES_ON = frozenset({"SIGN", "OPERATOR", "RELATION"})
_ARROWS = frozenset("⇒⇐⇔")
_MAYBE_ARROWS = frozenset("→↔⇝↦↓⇓")
_FARTHEST = 80  # how many tokens are looked at for what a sign means


@dataclass
class Draft:
    """The tokens of one statement, and what stands beside it."""

    tokens: list[Token]
    lead: str = ""
    conditions: list[list[Token]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    guesses: list[str] = field(default_factory=list)
    related: bool = False  # whether a relation stands in it
    simple: bool = True  # whether it is nothing but names
    indices: frozenset[str] | None = None

    def add(self, tokens: Sequence[Token]) -> None:
        """Makes it longer."""
        self.tokens += tokens
        self.related = self.related or has_relation(tokens)
        self.simple = self.simple and is_simple(tokens)
        self.indices = None

    def letters(self) -> frozenset[str]:
        """The letters in its scripts."""
        if self.indices is None:
            self.indices = letters_in_scripts(self.tokens)
        return self.indices


@dataclass
class _Part:
    tokens: list[Token]
    before: str  # what set it apart: "", "row", "column", "break", "comma", "colon", "words" or an arrow
    related: bool = False


def drafts_of(tokens: Sequence[Token], remarks: Sequence[Remark]) -> list[Draft]:
    """The statements of a display in order, each with its conditions."""
    return _Gathering(remarks).result(_parts(list(tokens)))


def _parts(tokens: list[Token]) -> list[_Part | Token]:
    """The parts between the places where one may end, and the words and remarks between them."""
    outside = dict(at_the_outside(tokens))
    found: list[_Part | Token] = []
    part = _Part([], "")
    columns = 0

    def cut(before: str) -> None:
        nonlocal part
        if part.tokens:
            found.append(part)
            part = _Part([], before)
        elif part.before in ("", "break", "comma", "column") or before == "row":
            part.before = before

    for place, token in enumerate(tokens):
        if place not in outside:
            if token.type in ("NOTE", "GUESS"):
                found.append(token)
            else:
                part.tokens.append(token)
            continue
        kind = token.type
        if kind in ("NOTE", "GUESS"):
            found.append(token)
        elif kind == "NEXT_ROW":
            columns = 0
            cut("row")
        elif kind == "ALIGN":
            columns += 1
            if columns % 2 == 0 and _may_part(part.tokens, tokens, place + 1):
                cut("column")
        elif kind in ("BREAK", "COMMA"):
            if _may_part(part.tokens, tokens, place + 1):
                cut("break" if kind == "BREAK" else "comma")
            elif kind == "COMMA" and part.tokens:
                part.tokens.append(token)
        elif kind == "TEXT":
            if token == "?" and part.tokens and part.tokens[-1].type == "RELATION":
                part.tokens.append(token)
            elif _is_part_of_formula(token, part.tokens, tokens, place):
                part.tokens.append(like(token, "WORD", f"\\text{{{_plain(str(token))}}}"))
            else:
                cut("words")
                found.append(token)
        elif kind == "RELATION" and _is_arrow(token, part, tokens, place):
            cut(str(token))
        elif kind == "OPERATOR" and token == ":" and _is_colon(part, tokens, place):
            cut("colon")
        else:
            part.tokens.append(token)
            part.related = part.related or kind == "RELATION"
    if part.tokens:
        found.append(part)
    return found


def _plain(words: str) -> str:
    return " ".join(words.replace("{", " ").replace("}", " ").split())


def _may_part(part: Sequence[Token], tokens: Sequence[Token], place: int) -> bool:
    """Whether a statement may end between the two: nothing is left hanging, and what follows does not go on."""
    if not part or part[-1].type in _HANGING:
        return False
    following = _next(tokens, place)
    return following is None or following.type not in _GOES_ON or str(following) in _ARROWS


def _next(tokens: Sequence[Token], place: int) -> Token | None:
    """The next token that is part of a formula or a word."""
    while place < len(tokens):
        if tokens[place].type not in ("BREAK", "NEXT_ROW", "ALIGN", "NOTE", "GUESS", "COMMA"):
            return tokens[place]
        place += 1
    return None


def _is_part_of_formula(token: Token, part: Sequence[Token], tokens: Sequence[Token], place: int) -> bool:
    """Whether words are a name in a formula, `\\text{total loss} = …`, rather than said about it."""
    words = str(token)
    if lead_word(words) is not None or condition_word(words) is not None or says_otherwise(words):
        return False
    if words.startswith(("(", "[", "-", "–", "—")) or words.endswith(":"):
        return False
    before = part[-1] if part else None
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    if after is not None and after.type in ("BELOW", "ABOVE"):
        return True
    hangs = before is not None and before.type in _HANGING
    goes_on = after is not None and after.type in _GOES_ON and str(after) not in _ARROWS
    if before is None:
        opened = after is not None and after.type == "OPEN" and after.start_pos == token.end_pos
        return goes_on or opened
    return hangs or (goes_on and before.type not in ENDS_OPERAND)


def _is_arrow(token: Token, part: _Part, tokens: Sequence[Token], place: int) -> bool:
    """Whether an arrow leads from one statement to the next, rather than from one value to another."""
    if token in _ARROWS:
        return True
    if token not in _MAYBE_ARROWS:
        return False
    if not part.tokens:
        return _relation_after(tokens, place + 1)
    return part.related and (token in "↓⇓" or _relation_after(tokens, place + 1))


def _relation_after(tokens: Sequence[Token], place: int) -> bool:
    """Whether what follows has a relation that is no arrow, before it ends."""
    for _, token in at_the_outside(tokens[place : place + _FARTHEST]):
        if token.type in ("NEXT_ROW", "TEXT", "BREAK"):
            return False
        if token.type == "RELATION":
            return str(token) not in _MAYBE_ARROWS
    return False


def _is_colon(part: _Part, tokens: Sequence[Token], place: int) -> bool:
    r"""Whether a colon sets apart a label or a condition from what follows; the one of `f: X \to Y` does not."""
    if not part.tokens or part.related:
        return True
    ahead = tokens[place + 1 : place + _FARTHEST]
    if all(token.type in ("ALIGN", "BREAK", "NOTE") for token in ahead):
        return True
    for _, token in at_the_outside(ahead):
        if token.type == "NEXT_ROW":
            break
        if token.type == "RELATION":
            return str(token) not in ("→", "↦")
    return False


def _is_number(tokens: Sequence[Token]) -> bool:
    """Whether a part is the number of an equation."""
    return len(tokens) == 1 and tokens[0].type == "NUMBER"


class _Gathering:
    """Takes part after part: each is a statement, goes on with the last one, or says something about it."""

    def __init__(self, remarks: Sequence[Remark]) -> None:
        self.remarks = remarks
        self.drafts: list[Draft] = []
        self.lead = ""
        self.asked = False  # words said that a condition follows
        self.conditions: list[list[Token]] = []
        self.notes: list[str] = []
        self.guesses: list[str] = []
        self.adjacent = False  # nothing has come between since the last statement
        self.listing: list[Token] | None = None  # a condition whose parts between commas may go on

    def result(self, parts: Sequence[_Part | Token]) -> list[Draft]:
        for place, part in enumerate(parts):
            if isinstance(part, _Part):
                self._part(part, parts[place + 1] if place + 1 < len(parts) else None)
            elif part.type == "TEXT":
                self._words(part)
            else:
                self._remark(part)
        if self.drafts:
            self.drafts[-1].notes += self.notes
            self.drafts[-1].guesses += self.guesses
            self.drafts[-1].conditions += self.conditions
        return self.drafts

    def _remark(self, token: Token) -> None:
        remark = self.remarks[int(token)]
        (self.notes if remark.kind == "note" else self.guesses).append(remark.text)

    def _words(self, token: Token) -> None:
        words = str(token)
        self.listing = None
        self.adjacent = False
        rest = condition_word(words)
        lead = lead_word(words)
        if rest is not None:
            self.asked = True
            if rest:
                self._condition([like(token, "TEXT", words.strip(" ,"))])
                self.asked = True
        elif lead is not None:
            self.lead = lead
        elif says_otherwise(words):
            self._condition([token])
        elif self.drafts:
            self.drafts[-1].notes.append(_plain(words))
        else:
            self.notes.append(_plain(words))

    def _condition(self, tokens: list[Token]) -> None:
        self.asked = self.adjacent = False
        if self.drafts:
            self.drafts[-1].conditions.append(tokens)
        else:
            self.conditions.append(tokens)

    def _part(self, part: _Part, following: _Part | Token | None) -> None:
        tokens = bare(part.tokens)
        if not tokens:
            return
        last = self.drafts[-1] if self.drafts else None
        related = has_relation(tokens)
        before_colon = isinstance(following, _Part) and following.before == "colon"
        ends = not (isinstance(following, _Part) and following.before == "comma")
        after_all = without_for_all(tokens)
        inner = bracketed_condition(tokens)
        of_all = self.listing is not None and str(next(iter(relations_of(tokens)), "")) == "∈"
        if self.listing is not None and part.before == "comma" and (not related or of_all):
            self.listing += [like(tokens[0], "COMMA", ","), *tokens]
            return
        self.listing = None
        if self.asked or after_all is not None:
            self._ask(after_all or tokens, before_colon)
        elif before_colon and (is_condition(tokens, last.letters() if last else frozenset()) or not related):
            if related:
                self.conditions.append(tokens)
            else:
                self.notes.append(
                    " ".join(str(token).lstrip("\\") for token in tokens if token.type in ("WORD", "NUMBER"))
                )
        elif last is not None and part.before in ("column", "break") and _is_number(tokens):
            last.notes.append(str(tokens[0]))
        elif last is not None and tokens[0].type == "DOTS" and len(tokens) == 1 and part.before == "comma" and ends:
            return  # and so on
        elif last is not None and inner is not None and part.before not in ("", "colon"):
            self._condition(inner) if inner else None
        elif (
            last is not None and tokens[0].type == "RELATION" and part.before in ("row", "break", "column", "words")
        ) or (last is not None and self._goes_on(last, tokens, part, related)):
            if tokens[0].type == "RELATION" and last.tokens[-1].type == "RELATION":
                last.tokens.pop()
            last.add(tokens)
            self._settle(last)
        elif last is not None and part.before == "comma" and self.adjacent and self._joins_list(last, tokens, related):
            last.add([like(tokens[0], "COMMA", ","), *tokens])
        elif last is not None and part.before in ("comma", "break", "column") and is_condition(tokens, last.letters()):
            self._condition(tokens)
            self.listing = tokens
        else:
            self._new(tokens, part.before)

    def _ask(self, tokens: list[Token], before_colon: bool) -> None:
        self.asked = self.adjacent = False
        if before_colon or not self.drafts:
            self.conditions.append(tokens)
        else:
            self.drafts[-1].conditions.append(tokens)
        self.listing = tokens

    def _goes_on(self, last: Draft, tokens: Sequence[Token], part: _Part, related: bool) -> bool:
        """Whether the part is the rest of the last statement's last side."""
        if part.before not in ("row", "break", "column"):
            return False
        hangs = last.tokens[-1].type in _HANGING
        if hangs or tokens[0].type == "OPERATOR":
            return True
        if tokens[0].type == "SIGN":
            return not (related and part.before == "row" and part.tokens[0].type != "ALIGN")
        return part.before == "break" and last.related and not related and tokens[0].type in ("FRACTION", "BIG")

    def _joins_list(self, last: Draft, tokens: Sequence[Token], related: bool) -> bool:
        """Whether a part after a comma is one more part of a list."""
        return not related or (not last.related and last.simple)

    def _settle(self, draft: Draft) -> None:
        """What was waiting for the next statement belongs to the one that goes on."""
        draft.notes += self.notes
        draft.guesses += self.guesses
        draft.conditions += self.conditions
        self.notes, self.guesses, self.conditions, self.lead = [], [], [], ""

    def _new(self, tokens: list[Token], before: str) -> None:
        comma = "," if before == "comma" and self.drafts else ""
        lead = self.lead or (before if before in _ARROWS | _MAYBE_ARROWS else comma)
        draft = Draft([], lead.replace("→", "⇒").replace("↓", "⇒").replace("⇓", "⇒"))
        while len(tokens) > 1 and tokens[0].type == "OPERATOR":  # the mark of an item
            tokens = tokens[1:]
        draft.add(tokens)
        self._settle(draft)
        self.drafts.append(draft)
        self.adjacent = True
