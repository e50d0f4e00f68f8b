r"""Sums, and the greatest of several, over letters: `\sum_{i=1}^n`, `\sum_k`, `\max_j`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chalkgrad.language import Axis, Max, SizeOf, Sum, add, fresh_axis, substitute_axes
from chalkgrad.page.syntax import BigOperator, Chain, Name, Number, Syntax
from chalkgrad.reading.scope import core, index_axes, text_of
from chalkgrad.reading.shapes import Value

if TYPE_CHECKING:
    from chalkgrad.reading.meaning import Meaning

_LONGEST_WRITTEN_SUM = 1000


def big_value(meaning: Meaning, syntax: BigOperator) -> Value:
    """The value of a sum, or of the greatest of several, over the letters below the sign."""
    if syntax.kind == "prod":
        raise meaning.error("a product over an index cannot be read yet", syntax)
    over = Sum if syntax.kind == "sum" else Max
    letters, bounds = _bounds(meaning, syntax)
    expression_axes: list[Axis] = []
    outer = dict(meaning.axes)
    used = index_axes(meaning.scope, syntax.body)
    for letter in letters:
        known = used.get(letter, [])
        if len(known) > 1:
            runs = " and over ".join(str(axis.size) for axis in known)
            raise meaning.error(f"the index {letter} runs over {runs}", syntax, "one range for each index")
        upper = text_of(syntax.superscripts[0]) if syntax.superscripts else ""
        named = meaning.scope.sizes.get(upper)
        size: int | str = named.size if isinstance(named, SizeOf) else upper or letter
        if known:
            size = known[0].size
        elif upper.isdigit() and 0 < len(upper) < 7:
            size = max(1, int(upper))
        others = {axis for other, axis in meaning.axes.items() if other != letter}
        axis = fresh_axis(Axis(letter, size), meaning.taken | others)
        meaning.axes[letter] = axis
        expression_axes.append(axis)
        _say_range(meaning, upper, known)
    try:
        body = meaning.value(syntax.body)
        first, last = bounds
        axis = expression_axes[0]
        if over is Sum and last is not None and isinstance(axis.size, int) and (first, last) != (1, axis.size):
            return _written_out(meaning, body, axis, first, last, syntax)
        for axis in reversed(expression_axes):
            body = replace(body, expression=over(body.expression, axis))
    finally:
        meaning.axes = outer
    return body


def _say_range(meaning: Meaning, upper: str, used: Sequence[Axis]) -> None:
    if used and upper and not upper.isdigit() and isinstance(used[0].size, int):
        counted = meaning.scope.places.get(used[0], "places")
        meaning.scope.say(f"the sum to {upper} runs over the {used[0].size} {counted}")


def _bounds(meaning: Meaning, syntax: BigOperator) -> tuple[list[str], tuple[int, int | None]]:
    letters: list[str] = []
    first, last = 1, None
    for part in syntax.subscripts:
        index: Syntax = part
        if isinstance(part, Chain) and part.relations[0] in ("=", "∈"):
            index = part.sides[0]
            if isinstance(part.sides[1], Number) and part.sides[1].text.isdigit():
                first = int(part.sides[1].text[:6])
        if isinstance(index, Name) and not index.subscripts:
            run = index.base.isalpha() and len(index.base) <= 4
            letters.extend(index.base if run else [core(index)])
    if not letters:
        raise meaning.error("a sum without an index", syntax, r"\sum_i")
    if syntax.superscripts and isinstance(syntax.superscripts[0], Number):
        text = syntax.superscripts[0].text
        last = int(text) if text.isdigit() and len(text) < 7 else None
    return letters, (first, last)


def _written_out(meaning: Meaning, body: Value, axis: Axis, first: int, last: int, place: Syntax) -> Value:
    if last - first > _LONGEST_WRITTEN_SUM:
        raise meaning.error(f"a sum of {last - first + 1} terms over an axis of {axis.size}", place)
    terms = [substitute_axes(body.expression, {axis: step - 1}) for step in range(first, last + 1)]
    return replace(body, expression=add(*terms))
