r"""Signs that stand alone: `W_{:, i}`, `f(\\cdot)`, a sum without a body. They become names where they stand."""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token

from chalkgrad.page.latex_items import INVISIBLE, Item, Nest, kind_of, like, made

_ENDS = frozenset({"", "CLOSE", "COMMA", "NEXT_ROW"})
_BEGINS = frozenset({"", "OPEN", "COMMA", "NEXT_ROW"})
_NO_BODY = frozenset({"", "CLOSE", "COMMA", "RELATION", "OPERATOR", "NEXT_ROW", "ALIGN", "BREAK", "TEXT"})
_NO_BASE = frozenset({"", "OPEN", "COMMA", "RELATION", "OPERATOR", "SIGN", "NEXT_ROW", "ALIGN", "BREAK", "TEXT"})
_SCRIPTS = frozenset({"ABOVE", "BELOW"})
_DROPPED_INSIDE = frozenset({"BREAK", "NEXT_ROW", "ALIGN"})


def tidied(items: Sequence[Item], *, script: bool = False, inside: bool = False) -> list[Item]:
    """The items with a name for each sign that has nothing to stand between, and something below each lone script.

    `script` says that they are a script, `inside` that no statement ends in them.
    """
    kept = [item for item in items if not (inside and kind_of(item) in _DROPPED_INSIDE) or (script and _is_dot(item))]
    last_else = max((place for place, item in enumerate(kept) if kind_of(item) == "ELSE"), default=-1)
    found: list[Item] = []
    depth = 0
    before = ""
    for place, item in enumerate(kept):
        kind = kind_of(item)
        depth += (kind == "OPEN") - (kind == "CLOSE")
        if kind in INVISIBLE or (kind == "BREAK" and depth > 0 and not script):
            found += [item] if kind in INVISIBLE else []
            continue
        if isinstance(item, Token):
            after = next((kind_of(each) for each in kept[place + 1 : place + 7] if kind_of(each) not in INVISIBLE), "")
            if kind == "QUESTION" and place > last_else:
                item = like(item, "TEXT", "?")
            elif _is_name(item, before, after, script, inside or depth > 0):
                item = like(item, "WORD", str(item))
            elif kind == "BIG" and _has_no_body(kept, place):
                item = like(item, "WORD", f"\\{item}")
            elif kind == "PRIME" and before in _NO_BASE:
                item = like(item, "WORD", "'")
            elif kind == "RELATION" and item == "=" and before == "OPERATOR" and str(found[-1]) == ":":
                found.pop()
                item = like(item, "RELATION", ":=")
            elif kind == "RELATION" and item == "=" and before == "SIGN" and len(found) > 1:
                item = like(item, "RELATION", f"{found.pop()}=")  # `dw + = x dz`
            elif _lacks_something(kind, before, script, depth):
                found.append(_nothing(item))
        found.append(item)
        before = kind_of(item)
    return found


def _lacks_something(kind: str, before: str, script: bool, depth: int) -> bool:
    """Whether something has to be put before a script without a base, or before a comma that follows nothing."""
    if kind in _SCRIPTS or kind == "AT":
        return before in _NO_BASE
    if kind != "COMMA":
        return False
    return (depth > 0 and before in ("OPEN", "COMMA")) or (script and before in ("", "COMMA"))


def _is_dot(item: Item) -> bool:
    return isinstance(item, Token) and item.type == "BREAK" and item == "."


def _nothing(token: Token) -> Nest:
    place = token.start_pos or 0
    return Nest("BEGIN", [made("BEGIN", "{", place, place), made("END", "}", place, place)])


def _is_name(token: Token, before: str, after: str, script: bool, inside: bool) -> bool:
    """Whether a sign stands for itself."""
    begins, ends = before in _BEGINS, after in _ENDS
    if token.type == "BREAK":
        return script and token == "."
    if token.type == "OPERATOR":
        if token == ":":
            return inside and (begins or ends)
        alone = (begins or before == "RELATION") and (ends or after == "RELATION")
        return alone or (script and (begins or ends))
    if token.type == "SIGN":
        return (begins and ends) or (script and ends)
    if token.type == "RELATION":
        return (begins and ends) or (inside and ends)
    return False


def _has_no_body(items: Sequence[Item], place: int) -> bool:
    """Whether nothing stands after a sum sign and its scripts."""
    at = place + 1
    while at < len(items) and (kind_of(items[at]) in _SCRIPTS or kind_of(items[at]) in INVISIBLE or
                               kind_of(items[at]) == "PRIME"):  # fmt: skip
        at += 2 if kind_of(items[at]) in _SCRIPTS else 1
    return (kind_of(items[at]) if at < len(items) else "") in _NO_BODY
