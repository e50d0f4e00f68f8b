r"""Which parts of a display are conditions of what stands before them: `i \ne j`, `k = 1, \dots, n`, `(i = j)`."""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token

from chalkgrad.page.sides import at_the_outside

COMPARING = frozenset({"!=", "<", ">", "<=", ">=", "∈", "∉", "≪", "≫"})
_INDEX_LETTERS = frozenset("ijklmnpqrst")
_LONGEST_LEFT = 8


def relations_of(tokens: Sequence[Token]) -> list[Token]:
    """The relations that stand in no bracket."""
    return [token for _, token in at_the_outside(tokens) if token.type == "RELATION"]


def has_relation(tokens: Sequence[Token]) -> bool:
    """Whether a relation stands in no bracket."""
    return any(token.type == "RELATION" for _, token in at_the_outside(tokens))


def is_condition(tokens: Sequence[Token], indices: frozenset[str], *, listed: bool = False) -> bool:
    """Whether a part only says when the statement before it holds, in whose scripts these letters stand.

    `listed` says that it goes on with dots, as in `i = 1, \\dots, n`.
    """
    relations = [(place, token) for place, token in at_the_outside(tokens) if token.type == "RELATION"]
    if not relations or relations[0][0] == 0:
        return False
    place, first = relations[0]
    left, right = tokens[:place], tokens[place + 1 :]
    if str(first) in COMPARING:
        return len(left) <= _LONGEST_LEFT
    if str(first) != "=" or len(relations) > 1 or len(left) != 1 or left[0].type != "WORD" or len(left[0]) != 1:
        return False
    if not right or not all(token.type in ("NUMBER", "WORD", "DOTS", "COMMA", "SIGN") for token in right):
        return False
    listed = listed or any(token.type == "DOTS" for token in right)
    letter = str(left[0])
    other = str(right[0]) if len(right) == 1 else ""
    if listed or (letter in _INDEX_LETTERS and other in _INDEX_LETTERS and other):
        return True
    return letter in indices


def letters_in_scripts(tokens: Sequence[Token]) -> frozenset[str]:
    """The letters that stand in subscripts and superscripts."""
    found: set[str] = set()
    depths: list[bool] = []
    scripts = 0
    for place, token in enumerate(tokens):
        if token.type == "BEGIN":
            script = place > 0 and tokens[place - 1].type in ("BELOW", "ABOVE")
            depths.append(script)
            scripts += script
        elif token.type == "END" and depths:
            scripts -= depths.pop()
        elif scripts and token.type == "WORD" and not token.startswith("\\"):
            found |= set(token)
    return frozenset(found)


def without_for_all(tokens: Sequence[Token]) -> list[Token] | None:
    r"""What stands after `\forall`; None where that does not stand first."""
    if not tokens or tokens[0] not in (r"\forall", r"\exists") or len(tokens) < 2:
        return None
    return list(tokens[1:])


def bracketed_condition(tokens: Sequence[Token]) -> list[Token] | None:
    """What stands in brackets around the whole of a part: a condition; nothing for a number of an equation.

    None for any other part.
    """
    if len(tokens) < 3 or tokens[0].type != "OPEN" or tokens[-1].type != "CLOSE" or tokens[0] not in ("(", "["):
        return None
    inner = list(tokens[1:-1])
    depth = 0
    for token in inner:
        depth += (token.type == "OPEN") - (token.type == "CLOSE")
        if depth < 0:
            return None
    if len(inner) == 1 and inner[0].type in ("NUMBER", "TEXT"):
        return []
    if any(token.type in ("RELATION", "TEXT") for _, token in at_the_outside(inner)):
        kept = [token for token in inner if token.type != "TEXT"]
        return kept if any(token.type == "RELATION" for token in kept) else []
    after_all = without_for_all(inner)
    return after_all


def within_braces(tokens: list[Token]) -> list[Token]:
    r"""An equation without the braces of a block around the whole of it, `\{ w := w - g \}`."""
    if len(tokens) < 5 or tokens[0].type != "OPEN" or tokens[0] != r"\{" or tokens[-1].type != "CLOSE":
        return tokens
    inner = tokens[1:-1]
    depth = 0
    for token in inner:
        depth += (token.type == "OPEN") - (token.type == "CLOSE")
        if depth < 0:
            return tokens
    assigned = any(str(token) in ("=", ":=", "←") for token in relations_of(inner)[:1])
    return inner if assigned else tokens


def is_simple(tokens: Sequence[Token]) -> bool:
    """Whether nothing but names stand there, side by side or in a list."""
    outside = [token for _, token in at_the_outside(tokens)]
    return all(token.type in ("WORD", "COMMA", "BELOW", "ABOVE", "PRIME", "ACCENT", "DOTS") for token in outside)
