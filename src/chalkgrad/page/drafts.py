r"""The statements of a display in the making: which part is one, which goes on with the last, which is a condition.

A row that begins with a relation goes on with the statement before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from lark import Token

from chalkgrad.page.conditions import (
    COMPARING,
    bracketed_condition,
    has_relation,
    is_condition,
    is_simple,
    letters_in_scripts,
    relations_of,
    within_braces,
    without_for_all,
)
from chalkgrad.page.latex_items import like
from chalkgrad.page.latex_scanner import Remark
from chalkgrad.page.parts import ARROWS, HANGING, MAYBE_ARROWS, Part, parts_of, plain_words
from chalkgrad.page.sides import bare
from chalkgrad.page.words import condition_word, lead_word, says_otherwise

_ENDS_OF_PROOF = (r"\square", r"\blacksquare", r"\Box")
_APART = ("row", "break", "wide", "column", "words")
_BESIDE = ("comma", "wide", "break", "column")


@dataclass
class Draft:
    """The tokens of one statement, and what stands beside it."""

    tokens: list[Token]
    lead: str = ""
    conditions: list[list[Token]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    guesses: list[str] = field(default_factory=list)
    relation: str = ""  # the first that stands in it
    simple: bool = True  # whether it is nothing but names
    indices: frozenset[str] | None = None

    def add(self, tokens: Sequence[Token]) -> None:
        """Makes it longer."""
        self.tokens += tokens
        if not self.relation:
            self.relation = next(map(str, relations_of(tokens)), "")
        self.simple = self.simple and is_simple(tokens)
        self.indices = None

    def compares(self) -> bool:
        """Whether it says what is in a set, or larger than another: then what stands beside it says so too."""
        return self.relation in COMPARING

    def letters(self) -> frozenset[str]:
        """The letters in its scripts."""
        if self.indices is None:
            self.indices = letters_in_scripts(self.tokens)
        return self.indices


@dataclass(frozen=True)
class _Seen:
    """A part with what is seen of it at once."""

    tokens: list[Token]
    before: str
    aligned: bool
    related: bool  # a relation stands in it
    labels: bool  # a colon follows
    ends: bool  # no further part follows after a comma
    dots: bool  # among the parts that follow after commas are dots


def drafts_of(tokens: Sequence[Token], remarks: Sequence[Remark]) -> list[Draft]:
    """The statements of a display in order, each with its conditions."""
    return _Gathering(remarks).result(parts_of(list(tokens)))


def _is_remark(tokens: Sequence[Token]) -> bool:
    """Whether all of a part stands in brackets, with words in them: a comment in a column of its own."""
    depth = 0
    for token in tokens:
        if depth == 0 and token.type not in ("OPEN", "BEGIN"):
            return False
        depth += (token.type in ("OPEN", "BEGIN")) - (token.type in ("CLOSE", "END"))
    return any(token.type == "TEXT" and len(token.split()) > 1 for token in tokens)


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

    def result(self, parts: Sequence[Part | Token]) -> list[Draft]:
        for place, part in enumerate(parts):
            if isinstance(part, Part):
                self._part(part, parts[place + 1 : place + 5])
            elif part.type == "TEXT":
                self._words(part)
            else:
                remark = self.remarks[int(part)]
                (self.notes if remark.kind == "note" else self.guesses).append(remark.text)
        if not self.drafts:
            self.drafts = [Draft(tokens, "if") for tokens in self.conditions]
            self.conditions = []
        if self.drafts:
            self._settle(self.drafts[-1])
        return self.drafts

    # --- words ---

    def _words(self, token: Token) -> None:
        words = str(token)
        self.listing = None
        self.adjacent = False
        rest = condition_word(words)
        lead = lead_word(words)
        if rest is not None:
            if rest:
                self._condition([like(token, "TEXT", words.strip(" ,"))])
            self.asked = True
        elif lead is not None:
            self.lead = lead
        elif says_otherwise(words):
            self._condition([token])
        elif self.drafts:
            self.drafts[-1].notes.append(plain_words(words))
        else:
            self.notes.append(plain_words(words))

    def _condition(self, tokens: list[Token], *, of_next: bool = False) -> None:
        """A condition of the last statement, or of the next."""
        self.asked = self.adjacent = False
        conditions = self.conditions if of_next or not self.drafts else self.drafts[-1].conditions
        conditions.append(tokens)
        self.listing = tokens

    # --- parts ---

    def _part(self, part: Part, following: Sequence[Part | Token]) -> None:
        tokens = bare(part.tokens)
        if not tokens:
            return
        after = following[0].before if following and isinstance(following[0], Part) else ""
        listed = takewhile(lambda each: isinstance(each, Part) and each.before == "comma", following)
        dots = any(token.type == "DOTS" for each in listed if isinstance(each, Part) for token in each.tokens)
        related = has_relation(tokens)
        seen = _Seen(tokens, part.before, part.aligned, related, after == "colon", after != "comma", dots)
        if not self._in_listing(seen):
            self.listing = None
            last = self.drafts[-1] if self.drafts else None
            if not (self._asked_for(seen, last) or (last is not None and self._about(seen, last))):
                self._new(tokens, part.before)

    def _in_listing(self, seen: _Seen) -> bool:
        r"""Whether it is one more part of a condition that is a list: `i = 1, \dots, n`, `\forall i, j \in I`."""
        if self.listing is None or seen.before != "comma":
            return False
        members = bool(seen.related) and str(relations_of(seen.tokens)[0]) == "∈"
        if not seen.related or (members and not has_relation(self.listing)):
            self.listing += [like(seen.tokens[0], "COMMA", ","), *seen.tokens]
            return True
        return False

    def _asked_for(self, seen: _Seen, last: Draft | None) -> bool:
        """Whether it is a condition that words or a colon tell; or a label before a colon."""
        of_all = without_for_all(seen.tokens)
        if self.asked or of_all is not None:
            self._condition(of_all or seen.tokens, of_next=seen.labels)
            return True
        if not seen.labels:
            return False
        if not seen.related:
            words = (str(token).lstrip("\\") for token in seen.tokens if token.type in ("WORD", "NUMBER"))
            self.notes.append(" ".join(words))
            return True
        if is_condition(seen.tokens, last.letters() if last else frozenset()):
            self._condition(seen.tokens, of_next=True)
            return True
        return False

    def _about(self, seen: _Seen, last: Draft) -> bool:
        """Whether it says something about the last statement, or goes on with it."""
        first = seen.tokens[0]
        alone = len(seen.tokens) == 1
        if alone and first.type == "NUMBER" and seen.before in ("column", "break"):
            last.notes.append(str(first))
            return True
        if alone and first in _ENDS_OF_PROOF:
            return True
        if alone and first.type == "DOTS" and seen.before == "comma" and seen.ends:
            return True  # and so on
        if seen.before == "column" and not seen.related and _is_remark(seen.tokens):
            last.notes.append(
                plain_words(" ".join(str(token) for token in seen.tokens if token.type in ("TEXT", "WORD")))
            )
            return True
        inner = bracketed_condition(seen.tokens)
        if inner is not None and seen.before not in ("", "colon"):
            if inner:
                self._condition(inner)
            else:
                last.notes.append(" ".join(str(token) for token in seen.tokens[1:-1]))
            return True
        if (first.type == "RELATION" and seen.before in _APART) or self._goes_on(seen, last):
            if first.type == "RELATION" and last.tokens[-1].type == "RELATION":
                last.tokens.pop()
            last.add(seen.tokens)
            self._settle(last)
            return True
        joins = not last.compares() if not seen.related else not last.relation and last.simple
        if seen.before == "comma" and self.adjacent and joins:
            last.add([like(first, "COMMA", ","), *seen.tokens])
            return True
        if (
            seen.before in _BESIDE
            and not last.compares()
            and is_condition(seen.tokens, last.letters(), listed=seen.dots)
        ):
            self._condition(seen.tokens)
            return True
        return False

    def _goes_on(self, seen: _Seen, last: Draft) -> bool:
        """Whether it is the rest of the last statement's last side."""
        if seen.before not in ("row", "break", "column"):
            return False
        first = seen.tokens[0]
        if last.tokens[-1].type in HANGING or first.type == "OPERATOR":
            return True
        if first.type == "SIGN":
            return not (seen.related and seen.before == "row" and not seen.aligned)
        return seen.before == "break" and bool(last.relation) and not seen.related and first.type in ("FRACTION", "BIG")

    def _settle(self, draft: Draft) -> None:
        """What was waiting for a statement belongs to this one."""
        draft.notes += self.notes
        draft.guesses += self.guesses
        draft.conditions += self.conditions
        self.notes, self.guesses, self.conditions, self.lead = [], [], [], ""

    def _new(self, tokens: list[Token], before: str) -> None:
        comma = "," if before in ("comma", "wide") and self.drafts else ""
        arrow = "⇒" if before in MAYBE_ARROWS else before if before in ARROWS else ""
        draft = Draft([], self.lead or arrow or comma)
        while len(tokens) > 1 and tokens[0].type == "OPERATOR":  # the mark of an item
            tokens = tokens[1:]
        tokens = within_braces(tokens)
        draft.add(tokens)
        self._settle(draft)
        self.drafts.append(draft)
        self.adjacent = True
