"""Tokens to the sides of one statement: each is read by itself, and one that cannot be read costs nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lark import Token

from chalkgrad.errors import ReadingError
from chalkgrad.page.latex import parsed
from chalkgrad.page.latex_scanner import Remark, error_at
from chalkgrad.page.shorthand import in_full
from chalkgrad.page.syntax import Chain, Group, Span, Syntax, Text, Unread

_OPENS = frozenset({"OPEN", "BEGIN", "CASES"})
_CLOSES = frozenset({"CLOSE", "END", "END_CASES"})
_LOOSE = frozenset({"COMMA", "BREAK", "ALIGN", "NEXT_ROW"})
_MOST_BARS = 40
_MOST_SIDES = 500
_MOST_MENDED = 8  # how many brackets may be amiss in a side that is read nevertheless
_AMISS = re.compile(r"'(?P<opened>[(\[])' is never closed|'(?P<closed>[)\]])' closes nothing that is open")
_FIRST_OF_CHOICE = ("=", ":=", "≡", "≜", "←")


def at_the_outside(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """The tokens that stand in no bracket and no braces, with their places."""
    depth = 0
    for place, token in enumerate(tokens):
        depth -= token.type in _CLOSES
        if depth <= 0 and token.type not in _CLOSES and token.type not in _OPENS:
            yield place, token
        depth += token.type in _OPENS


def stated(tokens: Sequence[Token], text: str, remarks: Sequence[Remark]) -> tuple[Syntax, bool, str]:
    """What a statement's tokens say; whether it goes on with something before, by an empty text as its first side; and
    the relation after which it breaks off.

    Nothing is raised: in the place of what cannot be read stands an `Unread`.
    """
    breaks_off = ""
    if len(tokens) > 1 and tokens[-1].type == "RELATION":
        breaks_off, tokens = str(tokens[-1]), tokens[:-1]
    cuts = _relations(tokens)
    if len(cuts) > _MOST_SIDES:
        span = _span(tokens)
        return Unread(error_at(f"an equation of more than {_MOST_SIDES} sides", span[0], text), span), False, ""
    sides: list[Syntax] = []
    begin = 0
    continues = bool(cuts) and cuts[0] == 0
    if continues:
        place = tokens[0].start_pos or 0
        sides.append(Text("", (place, place)))
        begin, cuts = 1, cuts[1:]
    for cut in (*cuts, len(tokens)):
        after = tokens[begin - 1].end_pos or 0 if begin else tokens[0].start_pos or 0
        sides.append(_side(tokens[begin:cut], text, remarks, after))
        begin = cut + 1
    relations = tuple(str(tokens[cut]) for cut in ((0, *cuts) if continues else cuts))
    if not relations:
        return sides[0], False, breaks_off
    span = (tokens[0].start_pos or 0, tokens[-1].end_pos or 0)
    return Chain(relations, tuple(sides), span), continues, breaks_off


def _relations(tokens: Sequence[Token]) -> list[int]:
    """Where the relations between sides stand; the one in the condition of a choice, `z > 0 ? 1 : 0`, is no such."""
    outside = list(at_the_outside(tokens))
    found = [place for place, token in outside if token.type == "RELATION"]
    question = next((place for place, token in outside if token.type == "QUESTION"), None)
    if question is not None:
        before = [place for place in found if place < question]
        found = [place for place in before[:-1] if str(tokens[place]) in _FIRST_OF_CHOICE][:1]
    return found


def _side(tokens: Sequence[Token], text: str, remarks: Sequence[Remark], place: int) -> Syntax:
    """One side; parts between commas are a bare list."""
    tokens = bare(tokens)
    if not tokens:
        return Unread(error_at("nothing stands on one side of a relation", place, text, "a formula"), (place, place))
    commas = [at for at, token in at_the_outside(tokens) if token.type == "COMMA"]
    if not commas:
        return _part(tokens, text, remarks)
    parts = []
    begin = 0
    for comma in (*commas, len(tokens)):
        if comma > begin:
            parts.append(_part(tokens[begin:comma], text, remarks))
        begin = comma + 1
    return Group("", tuple(parts), _span(tokens))


def _part(tokens: Sequence[Token], text: str, remarks: Sequence[Remark]) -> Syntax:
    span = _span(tokens)
    if sum(token.type == "AT" for token in tokens) > _MOST_BARS:
        return Unread(error_at(f"more than {_MOST_BARS} bars", span[0], text), span)
    for token in tokens:
        if token.type == "PROBLEM":
            mended = _with_brackets(tokens, text, remarks)
            return Unread(remarks[int(token)].error(text), span, mended, mended is not None and _is_sure(tokens))
    try:
        return in_full(parsed(tokens, text))
    except ReadingError as error:
        return Unread(error, span)


def _with_brackets(tokens: Sequence[Token], text: str, remarks: Sequence[Remark]) -> Syntax | None:
    """What tokens say with the one bracket that they lack, closed where the braces around it end, or without the one
    that closes nothing, or with both where `^{(L})` stands for `^{(L)}`; None where more is amiss.
    """
    problems = [place for place, token in enumerate(tokens) if token.type == "PROBLEM"]
    amiss = [_AMISS.fullmatch(remarks[int(tokens[place])].text) for place in problems]
    opened = [each["opened"] if each else "" for each in amiss]
    closed = [each["closed"] if each else "" for each in amiss]
    exchanged = len(amiss) % 2 == 0 and all(
        opened[k]
        and closed[k + 1] == {"(": ")", "[": "]"}[opened[k]]
        and _end_of_braces(tokens, problems[k] + 1) == problems[k + 1] - 1
        for k in range(0, len(amiss), 2)
    )
    if None in amiss or not (len(amiss) == 1 or exchanged) or len(amiss) > _MOST_MENDED:
        return None
    mended = list(tokens)
    for at, bracket in reversed(list(zip(problems, opened, strict=True))):
        lone = mended.pop(at)
        if bracket and at < len(mended):
            end = _end_of_braces(mended, at)
            place = mended[end - 1].end_pos or 0
            mended.insert(end, Token("CLOSE", bracket, start_pos=place, end_pos=place))
            mended.insert(at, Token("OPEN", bracket, start_pos=lone.start_pos, end_pos=lone.end_pos))
    try:
        return in_full(parsed(mended, text)) if mended else None
    except ReadingError:
        return None


def _is_sure(tokens: Sequence[Token]) -> bool:
    """Whether the one bracket that is amiss may stand anywhere: opened where the side begins, or before what is
    nothing but a product; too many where the side ends.
    """
    problems = [place for place, token in enumerate(tokens) if token.type == "PROBLEM"]
    if len(problems) != 1:
        return False
    (at,) = problems
    before, after = tokens[:at], tokens[at + 1 :]
    if not after:
        return True
    if all(token.type == "SIGN" for token in before):
        return True
    outside = [token for _, token in at_the_outside(after)]
    closed = sum((token.type in _OPENS) - (token.type in _CLOSES) for token in before) == 0
    if not closed or any(token.type in ("SIGN", "COMMA", "BIG") for token in outside):
        return False
    return before[-1].type not in ("WORD", "BELOW", "ABOVE") or len(after) == 1


def _end_of_braces(tokens: Sequence[Token], begin: int) -> int:
    """Where the braces or brackets around a place end, or the tokens do."""
    depth = 0
    for place in range(begin, len(tokens)):
        depth += (tokens[place].type in _OPENS) - (tokens[place].type in _CLOSES)
        if depth < 0:
            return place
    return len(tokens)


def bare(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without what only says how statements are set apart."""
    kept = [token for token in tokens if token.type not in ("ALIGN", "NOTE", "GUESS")]
    first, last = 0, len(kept)
    while first < last and kept[first].type in _LOOSE:
        first += 1
    while first < last and kept[last - 1].type in _LOOSE:
        last -= 1
    outside = {place for place, _ in at_the_outside(kept)}
    return [
        token
        for place, token in enumerate(kept[first:last], start=first)
        if token.type not in ("BREAK", "NEXT_ROW") or place not in outside
    ]


def _span(tokens: Sequence[Token]) -> Span:
    return (tokens[0].start_pos or 0, max(token.end_pos or 0 for token in tokens))
