r"""Lists and tables with dots as what they stand for: `(a_1, \ldots, a_n)` is a_i for each i to n.

What stands at the ends of a list must be the same but for its indices; from these follow the letters that run. A list of
which this is not so stays as it is, and cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import BigOperator, Dots, Group, Name, Number, Product, Syntax, mapped, parts, with_parts

DOWN, ACROSS = "ϱ", "ϰ"  # the letters that count rows and columns
LISTS = frozenset(("column", "row", "table"))


def without_dots(chain: Syntax) -> Syntax:
    r"""The equation with each list and each table that has dots as something for each index.

    >>> from chalkgrad.page.latex import parsed, tokens_of
    >>> chain = parsed(tokens_of(r"b = (a_1, \ldots, a_n)").tokens, "")
    >>> found = without_dots(chain).sides[1]
    >>> found.kind, found.superscripts[0].base, found.body.subscripts[0].base
    ('column', 'n', 'ϱ')
    """
    return mapped(chain, lambda part: _written_for_each(part) if isinstance(part, Group) else part, scripts=False)


def _written_for_each(group: Group) -> Syntax:
    if group.bracket not in ("(", "[", r"\{") or len(group.contents) < 2:
        only = group.contents[0] if group.bracket == "[" and len(group.contents) == 1 else None
        if isinstance(only, Group) and only.bracket == "[" and any(isinstance(each, Dots) for each in only.contents):
            return _list(only.contents, "row", ACROSS, group) or group
        if isinstance(only, BigOperator) and only.kind == "row":
            return replace(only, span=group.span)  # a matrix of one row, which is done already
        return group
    rows = [part.contents if isinstance(part, Group) and part.bracket == "[" else None for part in group.contents]
    if any(isinstance(part, BigOperator) and part.kind == "row" for part in group.contents):
        return _table(group) or group
    if all(row is not None and len(row) == 1 for row in rows):
        entries = [row[0] for row in rows if row]
        return (_list(entries, "column", DOWN, group) if any(isinstance(e, Dots) for e in entries) else None) or group
    if any(isinstance(part, Dots) for part in group.contents):
        kind, letter = ("row", ACROSS) if group.bracket == "[" else ("column", DOWN)
        return _list(group.contents, kind, letter, group) or group
    return group


def _table(group: Group) -> Syntax | None:
    """A table with dots in its rows, which are lists already, and a row of dots."""
    rows = [row for row in group.contents if not _all_dots(row)]
    if len(rows) == len(group.contents) or not all(isinstance(row, BigOperator) and row.kind == "row" for row in rows):
        return None
    first, last = rows[0], rows[-1]
    assert isinstance(first, BigOperator)
    assert isinstance(last, BigOperator)
    if first.superscripts != last.superscripts:
        return None
    found = _between(first.body, last.body, DOWN)
    if found is None:
        return None
    body, upper = found
    if not all(isinstance(row, BigOperator) and _placed(body, DOWN, Number(str(k + 1))) == row.body
               for k, row in enumerate(rows[:-1])):  # fmt: skip
        return None
    return BigOperator("table", (Name(DOWN), Name(ACROSS)), (upper, *last.superscripts), body, group.span)


def _all_dots(row: Syntax) -> bool:
    return isinstance(row, Dots) or (isinstance(row, Group) and all(isinstance(each, Dots) for each in row.contents))


def _list(entries: Sequence[Syntax], kind: str, letter: str, group: Group) -> Syntax | None:
    """A list with dots before its last entry; what stands before the dots must be the first ones."""
    place = next((k for k, entry in enumerate(entries) if isinstance(entry, Dots)), 0)
    if not place or place + 2 != len(entries):
        return None
    found = _between(entries[0], entries[-1], letter)
    if found is None:
        return None
    body, upper = found
    if any(_placed(body, letter, Number(str(k + 1))) != _spread(entry) for k, entry in enumerate(entries[:place])):
        return None
    return BigOperator(kind, (Name(letter),), (upper,), body, group.span)


def _between(first: Syntax, last: Syntax, letter: str) -> tuple[Syntax, Syntax] | None:
    """What both are an instance of, with the letter for what is 1 in the first, and what that is in the last."""
    uppers: list[Syntax] = []

    def common(one: Syntax, other: Syntax) -> Syntax | None:
        if one == other:
            return other
        if isinstance(one, Number) and one.text in ("1", "0") and isinstance(other, Name | Number):
            uppers.append(other)
            return Name(letter, span=other.span)
        if type(one) is not type(other):
            return None
        mine, theirs = parts(one), parts(other)
        if len(mine) != len(theirs) or not mine:
            return None
        inner = [common(a, b) for a, b in zip(mine, theirs, strict=True)]
        if any(each is None for each in inner):
            return None
        done = tuple(each for each in inner if each is not None)
        return with_parts(other, done) if with_parts(one, done) == with_parts(other, done) else None

    body = common(_spread(first), _spread(last))
    if body is None or not uppers or any(upper != uppers[0] for upper in uppers) or _is_small(uppers[0]):
        return None
    return body, uppers[0]


def _is_small(upper: Syntax) -> bool:
    return isinstance(upper, Number) and not upper.text.isdigit()


def _spread(part: Syntax) -> Syntax:
    r"""The part with each index below its names by itself: `a_{1n}` has two."""

    def change(each: Syntax) -> Syntax:
        if not isinstance(each, Name) or len(each.subscripts) != 1:
            return each
        only = each.subscripts[0]
        if isinstance(only, Product) and not any(only.operators) and len(only.factors) == 2:
            return replace(each, subscripts=only.factors)
        if isinstance(only, Number) and len(only.text) == 2 and only.text.isdigit():
            return replace(each, subscripts=tuple(Number(digit, only.span) for digit in only.text))
        if isinstance(only, Name) and not only.style and len(only.base) == 2 and only.base.isalpha():
            if not (only.subscripts or only.superscripts):
                return replace(each, subscripts=tuple(Name(letter, span=only.span) for letter in only.base))
        return each

    return mapped(part, change)


def _placed(body: Syntax, letter: str, by: Syntax) -> Syntax:
    """The body with something in the place of a letter."""
    change: Callable[[Syntax], Syntax] = lambda part: by if part == Name(letter) else part  # noqa: E731
    return mapped(body, change)


__all__ = ["ACROSS", "DOWN", "LISTS", "without_dots"]
