r"""The tokens of a display, parted where one statement may end and another begin.

That is at rows, wide spaces, commas, colons, arrows and words that are no names in a formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lark import Token

from chalkgrad.page.latex_items import ENDS_OPERAND, like
from chalkgrad.page.sides import at_the_outside
from chalkgrad.page.words import condition_word, lead_word, says_otherwise

HANGING = frozenset({"SIGN", "OPERATOR", "RELATION", "BIG"})
ARROWS = frozenset("⇒⇐⇔")
MAYBE_ARROWS = frozenset("→↔⇝↦↓⇓")
_GOES_ON = frozenset({"SIGN", "OPERATOR", "RELATION"})
_FARTHEST = 80  # how many tokens are looked at for what a sign means


@dataclass
class Part:
    """The tokens of a part, and what set it apart from the one before.

    That is "row", "column", "break", "comma", "wide" (a comma and a break), "colon", "words", an arrow, or nothing.
    """

    tokens: list[Token]
    before: str
    related: bool = False  # a relation stands in it
    aligned: bool = False  # it begins at the place where rows are aligned


def parts_of(tokens: list[Token]) -> list[Part | Token]:
    """The parts between the places where one may end, and the words and remarks between them."""
    outside = dict(at_the_outside(tokens))
    found: list[Part | Token] = []
    part = Part([], "")
    columns = 0

    def cut(before: str) -> None:
        nonlocal part
        if part.tokens:
            found.append(part)
            part = Part([], before)
        elif before == "break" and part.before in ("comma", "wide"):
            part.before = "wide"
        elif before in ARROWS | MAYBE_ARROWS or part.before in ("", "break", "comma", "column") or before == "row":
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
            part.aligned = part.aligned or not part.tokens
            if columns % 2 == 0 and _may_part(part.tokens, tokens, place + 1):
                cut("column")
        elif kind in ("BREAK", "COMMA"):
            if _may_part(part.tokens, tokens, place + 1) or (not part.tokens and kind == "BREAK"):
                cut("break" if kind == "BREAK" else "comma")
            elif kind == "COMMA" and part.tokens:
                part.tokens.append(token)
        elif kind == "TEXT":
            if token == "?" and part.tokens and part.tokens[-1].type == "RELATION":
                part.tokens.append(token)
            elif _is_part_of_formula(token, part.tokens, tokens, place):
                part.tokens.append(like(token, "WORD", f"\\text{{{plain_words(str(token))}}}"))
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


def plain_words(words: str) -> str:
    """Words with single spaces between them."""
    return " ".join(words.replace("{", " ").replace("}", " ").split())


def _may_part(part: Sequence[Token], tokens: Sequence[Token], place: int) -> bool:
    """Whether a statement may end between the two: nothing is left hanging, and what follows does not go on."""
    if not part or part[-1].type in HANGING:
        return False
    following = _next(tokens, place)
    return following is None or following.type not in _GOES_ON or str(following) in ARROWS


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
    hangs = before is not None and before.type in HANGING
    goes_on = after is not None and after.type in _GOES_ON and str(after) not in ARROWS
    if before is None:
        opened = after is not None and after.type == "OPEN" and after.start_pos == token.end_pos
        return goes_on or opened
    return hangs or (goes_on and before.type not in ENDS_OPERAND)


def _is_arrow(token: Token, part: Part, tokens: Sequence[Token], place: int) -> bool:
    """Whether an arrow leads from one statement to the next, rather than from one value to another."""
    if token in ARROWS:
        return True
    if token not in MAYBE_ARROWS:
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
            return str(token) not in MAYBE_ARROWS
    return False


def _is_inner_product(part: Part, tokens: Sequence[Token], place: int) -> bool:
    r"""Whether a colon is the inner product of `dL = G : dW`: differentials stand before it and after it."""
    if not str(part.tokens[0]).startswith("d") or part.tokens[-1].type in HANGING:
        return False
    for token in tokens[place + 1 : place + _FARTHEST]:
        if token.type in ("COMMA", "BREAK", "RELATION", "NEXT_ROW", "TEXT"):
            return False
        if str(token).startswith("d"):
            return True
    return False


def _is_colon(part: Part, tokens: Sequence[Token], place: int) -> bool:
    r"""Whether a colon sets apart a label or a condition from what follows; the one of `f: X \to Y` does not."""
    if part.related and _is_inner_product(part, tokens, place):
        return False
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
