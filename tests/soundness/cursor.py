"""The marks of a formula one after the other, as the parser takes them."""

from __future__ import annotations

from collections.abc import Sequence

from soundness.declared import Item, Names, closing, items_of
from soundness.problems import UnreadError
from soundness.tokens import Token


class Cursor:
    """`keys` are the marks of an equation that are seen, `places` where they stand among all its tokens."""

    def __init__(self, tokens: Sequence[Token], names: Names) -> None:
        self.names = names
        self.places = [place for place, token in enumerate(tokens) if token.seen]
        self.keys = [tokens[place].key for place in self.places]
        self.at = 0
        self.ends: list[str] = []  # what would close the brackets that are open
        self.raising = (0, 0)  # where the last superscript stands
        self._without_breaks()

    def _without_breaks(self) -> None:
        """Line breaks and alignment marks are only seen inside of cases."""
        depth, kept = 0, []
        for i, key in enumerate(self.keys):
            depth += (key == r"\begin{cases}") - (key == r"\end{cases}")
            if depth or key not in ("&", r"\\"):
                kept.append(i)
        self.keys, self.places = [self.keys[i] for i in kept], [self.places[i] for i in kept]

    @property
    def key(self) -> str:
        return self.keys[self.at] if self.at < len(self.keys) else ""

    def take(self, *expected: str) -> str:
        if expected and self.key not in expected:
            raise UnreadError(f"{self.key or 'the end'} where {' or '.join(expected)} should stand")
        if not self.key:
            raise UnreadError("the formula ends too early")
        self.at += 1
        return self.keys[self.at - 1]

    def span(self, begin: int) -> tuple[int, int]:
        last = max(begin, self.at - 1)
        return self.places[begin], self.places[min(last, len(self.places) - 1)] + 1

    def argument(self) -> list[str]:
        """The keys of a TeX argument: a group without its braces, or one mark."""
        end = closing(self.keys, self.at)
        keys = self.keys[self.at : end]
        if not keys:
            raise UnreadError("the formula ends too early")
        self.at = end
        return keys[1:-1] if keys[0] == "{" else keys

    def primes(self) -> int:
        count = 0
        while self.key == "'":
            self.take()
            count += 1
        return count

    def scripts(self) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
        found: dict[str, tuple[Item, ...]] = {"_": (), "^": ()}
        while self.key in found:
            script, start = self.take(), self.at
            found[script] += items_of(self.argument())
            if script == "^":
                braced = self.keys[start] == "{"
                self.raising = (start + braced, self.at - braced)
        return found["_"], found["^"]
