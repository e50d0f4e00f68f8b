r"""The statements of a display in the making: which part is one, which goes on with the last, which is a condition.

A row that begins with a relation goes on with the statement before it.
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
from chalkgrad.page.latex_items import like
from chalkgrad.page.latex_scanner import Remark
from chalkgrad.page.parts import ARROWS, HANGING, MAYBE_ARROWS, Part, parts_of, plain_words
from chalkgrad.page.sides import bare
from chalkgrad.page.words import condition_word, lead_word, says_otherwise

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


@dataclass(frozen=True)
class _Seen:
    """A part with what is seen of it at once."""

    tokens: list[Token]
    before: str
    aligned: bool
    related: bool  # a relation stands in it
    labels: bool  # a colon follows
    ends: bool  # no further part follows after a comma


def drafts_of(tokens: Sequence[Token], remarks: Sequence[Remark]) -> list[Draft]:
    """The statements of a display in order, each with its conditions."""
    return _Gathering(remarks).result(parts_of(list(tokens)))


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
                self._part(part, parts[place + 1] if place + 1 < len(parts) else None)
            elif part.type == "TEXT":
                self._words(part)
            else:
                remark = self.remarks[int(part)]
                (self.notes if remark.kind == "note" else self.guesses).append(remark.text)
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

    def _part(self, part: Part, following: Part | Token | None) -> None:
        tokens = bare(part.tokens)
        if not tokens:
            return
        after = following.before if isinstance(following, Part) else ""
        seen = _Seen(tokens, part.before, part.aligned, has_relation(tokens), after == "colon", after != "comma")
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
        if alone and first.type == "DOTS" and seen.before == "comma" and seen.ends:
            return True  # and so on
        inner = bracketed_condition(seen.tokens)
        if inner is not None and seen.before not in ("", "colon"):
            if inner:
                self._condition(inner)
            return True
        if (first.type == "RELATION" and seen.before in _APART) or self._goes_on(seen, last):
            if first.type == "RELATION" and last.tokens[-1].type == "RELATION":
                last.tokens.pop()
            last.add(seen.tokens)
            self._settle(last)
            return True
        if seen.before == "comma" and self.adjacent and (not seen.related or (not last.related and last.simple)):
            last.add([like(first, "COMMA", ","), *seen.tokens])
            return True
        if seen.before in _BESIDE and is_condition(seen.tokens, last.letters()):
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
        return seen.before == "break" and last.related and not seen.related and first.type in ("FRACTION", "BIG")

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
        draft.add(tokens)
        self._settle(draft)
        self.drafts.append(draft)
        self.adjacent = True
