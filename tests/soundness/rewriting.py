"""Changes of left sides, changes that are mostly none, and the tables of all changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from soundness.changing import RIGHT_SIDES, Change, factors_swapped, indices_swapped
from soundness.declared import closing
from soundness.lines import Line, Tokens, letters, marks
from soundness.tokens import Token
from soundness.trees import Addition, Bracket, Derivative, Fraction, Product, Sum


def lefts_exchanged(line: Line) -> Iterator[Tokens]:
    yield from (line.put(line.tree.sides[0].span, other) for other in line.lefts)


def lefts_swapped(line: Line) -> Iterator[Tokens]:
    yield from indices_swapped(line, left=True)


def lefts_raised(line: Line) -> Iterator[Tokens]:
    """∂L²/∂w and ∂L/∂wᵀ."""
    left = line.tree.sides[0]
    if line.tokens[left.span[0]].key == r"\frac" and isinstance(left, Derivative):
        keys = [token.key for token in line.tokens]
        middle = closing(keys, left.span[0] + 1)
        if "^" not in keys[left.span[0] : middle]:
            yield line.put((middle - 1, middle - 1), marks("^2"))
        end = closing(keys, middle)
        if "^" not in keys[middle:end] and left.by[-1].name.kind != "scalar" and not left.by[-1].entry:
            yield line.put((end - 1, end - 1), marks(r"^\top"))


def terms_swapped(line: Line) -> Iterator[Tokens]:
    for node in line.nodes(Addition):
        assert isinstance(node, Addition)
        if node.marks[0] is None and len(node.terms) > 1:
            one, other = node.terms[0], node.terms[1]
            sign = line.tokens[node.marks[1] : node.marks[1] + 1] if node.marks[1] is not None else []
            swapped = [*sign, *line.text(other), *marks("+"), *line.text(one)]
            yield line.put((one.span[0], other.span[1]), swapped)


def summation_renamed(line: Line) -> Iterator[Tokens]:
    used = letters(line)
    for node in line.nodes(Sum):
        assert isinstance(node, Sum)
        for new in [letter for letter in "lqs" if letter not in used][:2]:
            changed = [
                Token(new, new) if token.key == node.letters[0] and node.span[0] <= place < node.span[1] else token
                for place, token in enumerate(line.tokens)
            ]
            yield changed


def signs_moved(line: Line) -> Iterator[Tokens]:
    """(a - b) as -(b - a), within brackets of its own."""
    for node in line.nodes(Bracket):
        assert isinstance(node, Bracket)
        inner = node.inner
        if isinstance(inner, Addition) and inner.signs == (1, -1) and inner.marks[0] is None:
            one, other = line.text(inner.terms[0]), line.text(inner.terms[1])
            end = (node.span[0] + 1, node.span[0] + 1 + len(line.text(inner)))
            new = [*marks("-("), *other, *marks("-"), *one, *marks(")")]
            yield line.put(end, new)


def bracketed(line: Line) -> Iterator[Tokens]:
    for node in [*line.nodes(Product), *line.nodes(Fraction)]:
        yield line.put(node.span, [*marks("("), *line.text(node), *marks(")")])


SLIPS: Mapping[str, Change] = {
    change.__name__: change for change in (*RIGHT_SIDES, lefts_exchanged, lefts_swapped, lefts_raised)
}
SAME: Mapping[str, Change] = {
    change.__name__: change for change in (factors_swapped, terms_swapped, summation_renamed, signs_moved, bracketed)
}
