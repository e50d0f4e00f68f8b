"""Ways to change a right side's tokens at one place of its tree. Each row of `RIGHT_SIDES` gives all its changes.

Nothing here asks whether a change is a slip: the strict evaluator does.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from soundness.lines import Line, Tokens, alike, in_limits, letters, marks, scripts
from soundness.trees import (
    Addition,
    Bracket,
    Call,
    Derivative,
    Fraction,
    Product,
    Reference,
    Sum,
    Transposed,
    walk,
)


def signs(line: Line) -> Iterator[Tokens]:
    for node in line.nodes(Addition):
        assert isinstance(node, Addition)
        for place, sign, term in zip(node.marks, node.signs, node.terms, strict=True):
            if place is None:
                yield line.put((term.span[0], term.span[0]), marks("-"))
            else:
                yield line.put((place, place + 1), marks("+" if sign < 0 else "-"))
    for side in line.sides():
        if not isinstance(side, Addition):
            yield line.put((side.span[0], side.span[0]), marks("-"))


def numbers(line: Line) -> Iterator[Tokens]:
    begin = line.tree.sides[1].span[0]
    for place in range(begin, len(line.tokens)):
        digit = line.tokens[place].text
        if digit.isdigit():
            for other in {"0": "1", "1": "2", "2": "13", "3": "2"}.get(digit, "2"):
                yield line.put((place, place + 1), marks(other))


def factors_dropped(line: Line) -> Iterator[Tokens]:
    for node in line.nodes(Product):
        assert isinstance(node, Product)
        for i, factor in enumerate(node.factors):
            begin, end = factor.span
            if i:
                begin = node.factors[i - 1].span[1]
            else:
                end = node.factors[1].span[0]
            yield line.put((begin, end), ())


def factors_doubled(line: Line) -> Iterator[Tokens]:
    for node in line.nodes(Product):
        assert isinstance(node, Product)
        for i, factor in enumerate(node.factors):
            operator = node.operators[i - 1] if i else node.operators[0]
            sign = marks(operator) if operator in (r"\odot", r"\circ", "*") else []
            yield line.put((factor.span[1], factor.span[1]), [*sign, *line.text(factor)])


def names_exchanged(line: Line) -> Iterator[Tokens]:
    limits = in_limits(line)
    for node in line.nodes(Reference):
        if node.span[0] not in limits:
            yield from (line.put(node.span, other) for other in line.names)


def strangers(line: Line) -> Iterator[Tokens]:
    """A name that the document does not have, in the place of one, or as a number of samples."""
    limits = in_limits(line)
    for letter in line.strangers:
        yield from (line.put(node.span, marks(letter)) for node in line.nodes(Reference) if node.span[0] not in limits)
        for side in line.sides():
            yield line.put((side.span[0], side.span[0]), marks(r"\frac{1}{" + letter + "}"))


def names_alike_exchanged(line: Line) -> Iterator[Tokens]:
    limits = in_limits(line)
    for node in line.nodes(Reference):
        if node.span[0] in limits:
            continue
        yield from (line.put(node.span, other) for other in line.names if alike(line.text(node), other))


def derivatives_exchanged(line: Line) -> Iterator[Tokens]:
    for node in line.nodes(Derivative):
        for other in line.derivatives:
            yield line.put(node.span, other)


def indices_exchanged(line: Line) -> Iterator[Tokens]:
    used = letters(line)
    new = next(letter for letter in "ijkqrs" if letter not in used)
    for node in [*line.nodes(Reference), *line.nodes(Derivative)]:
        for begin, end in scripts(line, node.span):
            for place in range(begin, end):
                if line.tokens[place].key in used:
                    for other in [*used, new]:
                        yield line.put((place, place + 1), marks(other))


def indices_swapped(line: Line, left: bool = False) -> Iterator[Tokens]:
    used = letters(line)
    spans = [line.tree.sides[0].span] if left else [side.span for side in line.sides()]
    for span in spans:
        for begin, end in scripts(line, span):
            places = [place for place in range(begin, end) if line.tokens[place].key in used]
            for one, other in itertools.pairwise(places):
                changed = list(line.tokens)
                changed[one], changed[other] = changed[other], changed[one]
                yield changed


def transposes_dropped(line: Line) -> Iterator[Tokens]:
    for node in line.nodes(Transposed):
        for place in range(node.span[1] - 1, node.span[0], -1):
            if line.tokens[place].key in ("T", r"\T"):
                alone = line.tokens[place - 1].key == "^"
                braced = line.tokens[place - 1].key == "{" and line.tokens[place - 2].key == "^"
                yield line.put((place - (1 if alone else 2 if braced else 0), place + 1 + braced), ())
                break


def transposes_added(line: Line) -> Iterator[Tokens]:
    for node in [*line.nodes(Reference), *line.nodes(Bracket), *line.nodes(Derivative)]:
        text = line.text(node)
        if all(each.name.kind == "scalar" or each.entry for each in walk(node) if isinstance(each, Reference)):
            continue
        if not isinstance(node, Bracket) and (isinstance(node, Derivative) or any(t.key == "^" for t in text)):
            yield line.put(node.span, [*marks("("), *text, *marks(r")^\top")])
        elif text[0].key != "{":
            yield line.put((node.span[1], node.span[1]), marks(r"^\top"))


def operators(line: Line) -> Iterator[Tokens]:
    for node in line.nodes(Product):
        assert isinstance(node, Product)
        for one, other, operator in zip(node.factors, node.factors[1:], node.operators, strict=False):
            between = (one.span[1], other.span[0])
            if operator in (r"\odot", r"\circ", "*"):
                yield line.put(between, ())
            elif operator in ("", r"\cdot"):
                yield line.put(between, marks(r"\odot"))


def factors_swapped(line: Line) -> Iterator[Tokens]:
    for node in line.nodes(Product):
        assert isinstance(node, Product)
        for one, other in zip(node.factors, node.factors[1:], strict=False):
            between = line.tokens[one.span[1] : other.span[0]]
            if isinstance(other, Sum):
                swapped = [*marks("("), *line.text(other), *marks(")"), *between, *line.text(one)]
            else:
                swapped = [*line.text(other), *between, *line.text(one)]
            yield line.put((one.span[0], other.span[1]), swapped)


def sums_removed(line: Line) -> Iterator[Tokens]:
    for node in line.nodes(Sum):
        assert isinstance(node, Sum)
        yield line.put((node.span[0], node.body.span[0]), ())


def sums_added(line: Line) -> Iterator[Tokens]:
    for side in [*line.sides(), *line.nodes(Product), *line.nodes(Bracket)]:
        for sign in line.sums:
            yield line.put((side.span[0], side.span[0]), sign)


def limits_changed(line: Line) -> Iterator[Tokens]:
    for node in line.nodes(Sum):
        assert isinstance(node, Sum)
        if node.low is not None:
            for other in ("0", "2"):
                yield line.put(node.low.span, marks(other))
        if node.high is not None:
            high = line.text(node.high)
            bare = high[1:-1] if high[0].key == "{" else high
            braced = line.tokens[node.high.span[0] - 1].key == "{"
            for new in ([*bare, *marks("-1")], [*bare, *marks("+1")], [*marks("2"), *bare], *line.sizes):
                yield line.put(node.high.span, new if braced else [*marks("{"), *new, *marks("}")])


def counts_added(line: Line) -> Iterator[Tokens]:
    for side in line.sides():
        for size in line.sizes:
            yield line.put((side.span[0], side.span[0]), [*marks(r"\frac{1}{"), *size, *marks("}")])


def counts_dropped(line: Line) -> Iterator[Tokens]:
    for node in line.nodes(Fraction):
        assert isinstance(node, Fraction)
        if [token.key for token in line.text(node.above)] in (["1"], ["{", "1", "}"]):
            yield line.put(node.span, ())


def primes(line: Line) -> Iterator[Tokens]:
    for node in line.nodes(Call):
        assert isinstance(node, Call)
        places = [place for place in range(*node.span) if line.tokens[place].key == "'"]
        if places:
            yield line.put((places[0], places[0] + 1), ())
        elif node.function != r"\exp" and node.power is None and line.tokens[node.span[0]].key != "e":
            yield line.put((node.span[0] + 1, node.span[0] + 1), marks("'"))


def functions_exchanged(line: Line) -> Iterator[Tokens]:
    for node in line.nodes(Call):
        place = node.span[0]
        if line.tokens[place].key != "e":
            yield from (line.put((place, place + 1), [other]) for other in line.functions)


def signs_of_exponents(line: Line) -> Iterator[Tokens]:
    limits = in_limits(line)
    for place, token in enumerate(line.tokens):
        after = line.tree.sides[1].span[0] < place < len(line.tokens) - 2
        if token.key == "^" and after and place not in limits:
            braced = line.tokens[place + 1].key == "{"
            keys = [token.key for token in line.tokens[place + 1 : place + 4]]
            if "T" in keys or r"\T" in keys or "[" in keys:
                continue
            if braced and line.tokens[place + 2].key == "-":
                yield line.put((place + 2, place + 3), ())
            elif braced:
                yield line.put((place + 2, place + 2), marks("-"))
            else:
                yield line.put((place + 1, place + 2), [*marks("{-"), line.tokens[place + 1], *marks("}")])
    for node in line.nodes(Call):
        assert isinstance(node, Call)
        for argument in node.arguments:
            yield line.put((argument.span[0], argument.span[0]), marks("-"))


def denominators(line: Line) -> Iterator[Tokens]:
    for node in line.nodes(Fraction):
        assert isinstance(node, Fraction)
        above, below = line.text(node.above), line.text(node.below)
        yield line.put(node.span, [*marks(r"\frac{"), *below, *marks("}{"), *above, *marks("}")])
        yield line.put(node.span, [*marks("{"), *above, *marks("}")])
        yield line.put(node.span, [*marks("("), *above, *marks(")("), *below, *marks(")")])


def brackets(line: Line) -> Iterator[Tokens]:
    for node in line.nodes(Bracket):
        assert isinstance(node, Bracket)
        if line.tokens[node.span[0]].key == "{":
            continue
        begin, end = node.span
        yield line.put((begin, end), line.tokens[begin + 1 : end - 1])
        if isinstance(node.inner, Addition):
            cut = node.inner.terms[0].span[1]
            inner = line.tokens[begin + 1 : end - 1]
            split = cut - begin - 1
            yield line.put((begin, end), [*inner[:split], line.tokens[begin], *inner[split:], line.tokens[end - 1]])
    for product in line.nodes(Product):
        assert isinstance(product, Product)
        for one, other in zip(product.factors, product.factors[1:], strict=False):
            if isinstance(one, Bracket) and line.tokens[one.span[0]].key != "{" and not isinstance(other, Sum):
                end = one.span[1]
                moved = [*line.tokens[end : other.span[1]], line.tokens[end - 1]]
                yield line.put((end - 1, other.span[1]), moved)


Change = Callable[[Line], Iterator[Tokens]]
RIGHT_SIDES: tuple[Change, ...] = (
    *(signs, numbers, factors_dropped, factors_doubled, names_exchanged, names_alike_exchanged, strangers),
    *(derivatives_exchanged, indices_exchanged, indices_swapped, transposes_dropped, transposes_added, operators),
    *(factors_swapped, sums_removed, sums_added, limits_changed, counts_added, counts_dropped, primes),
    *(functions_exchanged, signs_of_exponents, denominators, brackets),
)
