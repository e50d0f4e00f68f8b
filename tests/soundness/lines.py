"""A claim as the changes see it, and places in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from soundness.declared import closing
from soundness.tokens import Token, tokens_of
from soundness.trees import Node, Reference, Relation, Sum, walk

Tokens = list[Token]
SIZES_OF_BRACKETS = {r"\left", r"\right", r"\big", r"\Big", r"\bigl", r"\bigr", r"\Bigl", r"\Bigr"}


def marks(text: str) -> Tokens:
    return tokens_of(text)


@dataclass(frozen=True)
class Line:
    """A claim that is changed: its tokens, its tree, and what else the document offers."""

    tokens: Tokens
    tree: Relation
    names: Sequence[Tokens]  # every name, as it is written somewhere in the document
    derivatives: Sequence[Tokens]
    lefts: Sequence[Tokens]  # the left sides of all claims
    sums: Sequence[Tokens]  # the sum signs of the document, with their limits
    functions: Sequence[Token]
    sizes: Sequence[Tokens]
    strangers: Sequence[str]  # letters that the document does not use

    def nodes(self, kind: type[Node]) -> Iterator[Node]:
        """The nodes of a kind on the right sides."""
        for side in self.tree.sides[1:]:
            yield from (node for node in walk(side) if isinstance(node, kind) and not self._inside(node))

    def _inside(self, node: Node) -> bool:
        """Whether it is a part of a derivative, which has no place of its own."""
        return node.span == (0, 1) and isinstance(node, Reference)

    def put(self, span: tuple[int, int], new: Sequence[Token]) -> Tokens:
        return [*self.tokens[: span[0]], *new, *self.tokens[span[1] :]]

    def text(self, node: Node) -> Tokens:
        return self.tokens[slice(*node.span)]

    def sides(self) -> list[Node]:
        return list(self.tree.sides[1:])


def alike(one: Tokens, other: Tokens) -> bool:
    """Whether two names are written with the same indices, whatever they are called."""

    def script(tokens: Tokens) -> list[str]:
        keys = [token.key for token in tokens]
        at = next((i for i, key in enumerate(keys) if key in "_^"), len(keys))
        return keys[at:]

    return script(one) == script(other)


def scripts(line: Line, span: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The places of the letters in the subscripts and superscripts between two places."""
    at = span[0]
    while at < span[1]:
        if line.tokens[at].key in ("_", "^"):
            keys = [token.key for token in line.tokens]
            end = min(closing(keys, at + 1), span[1])
            yield at + 1, end
            at = end
        at += 1


def letters(line: Line) -> list[str]:
    found = {
        letter
        for node in walk(line.tree)
        if isinstance(node, Reference)
        for index in (*node.slots, *node.entry)
        for letter, _ in index.letters
    }
    return sorted(found)


def in_limits(line: Line) -> set[int]:
    """The places of the sum signs with their limits."""
    sums = [node for node in line.nodes(Sum) if isinstance(node, Sum)]
    return {place for node in sums for place in range(node.span[0], node.body.span[0])}
