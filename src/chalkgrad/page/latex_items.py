"""What the tokens of LaTeX maths are arranged as: tokens, and nests of what stands in braces or in an environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from lark import Token

ENDS_OPERAND = frozenset({"NUMBER", "WORD", "TEXT", "CLOSE", "END", "PRIME", "END_CASES", "DOTS"})
INVISIBLE = frozenset({"NOTE", "GUESS"})


class Nest:
    """Something in braces or an environment, seen from outside as one thing."""

    __slots__ = ("items", "kind")

    def __init__(self, kind: str, items: Sequence[Item]) -> None:
        self.kind, self.items = kind, list(items)


Item: TypeAlias = Token | Nest


def kind_of(item: Item | None) -> str:
    """The type of a token, END for a nest (it ends an operand), "" for nothing."""
    return "" if item is None else item.type if isinstance(item, Token) else "END"


def flattened(items: Iterable[Item]) -> Iterator[Token]:
    """The tokens of the items, those of nests in their place."""
    pending = [iter(items)]
    while pending:
        item = next(pending[-1], None)
        if item is None:
            pending.pop()
        elif isinstance(item, Nest):
            pending.append(iter(item.items))
        else:
            yield item


def like(token: Token, kind: str, value: str) -> Token:
    """A token in the place of another."""
    return Token(kind, value, token.start_pos, end_pos=token.end_pos)


def made(kind: str, value: str, begin: int, end: int) -> Token:
    """A token at a place."""
    return Token(kind, value, begin, end_pos=max(begin, end))


def begin_of(items: Sequence[Item], otherwise: int = 0) -> int:
    """Where the first of the items begins."""
    first = next(flattened(items), None)
    return otherwise if first is None else first.start_pos or 0


def end_of(items: Sequence[Item], otherwise: int = 0) -> int:
    """Where the last of the items ends."""
    for item in reversed(items):
        inner = [item] if isinstance(item, Token) else list(flattened([item]))
        if inner:
            return inner[-1].end_pos or 0
    return otherwise


def braced(items: Sequence[Item], begin: int, end: int) -> Nest:
    """The items as an argument in braces."""
    return Nest("BEGIN", [made("BEGIN", "{", begin, begin), *items, made("END", "}", end, end)])


def split_at(items: Sequence[Item], kinds: frozenset[str]) -> list[list[Item]]:
    """The items between tokens of some kinds, wherever these stand."""
    found: list[list[Item]] = [[]]
    for item in items:
        if isinstance(item, Token) and item.type in kinds:
            found.append([])
        else:
            found[-1].append(item)
    return found


def outside_brackets(items: Sequence[Item]) -> Iterator[tuple[int, Item]]:
    """Each item that stands in no bracket, with its place."""
    depth = 0
    for place, item in enumerate(items):
        kind = kind_of(item)
        if kind == "CLOSE":
            depth -= 1
        if depth <= 0 and kind not in ("OPEN", "CLOSE"):
            yield place, item
        if kind == "OPEN":
            depth += 1
