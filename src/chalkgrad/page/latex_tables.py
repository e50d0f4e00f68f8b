r"""Tables: matrices as lists of rows, `\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}` reads as `[[1, 2], [3, 4]]`; cases
as values with conditions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lark import Token

from chalkgrad.page.latex_items import Item, Nest, begin_of, end_of, kind_of, like, made, outside_brackets, split_at
from chalkgrad.page.words import says_other_cases

_CONDITION_WORD = re.compile(
    r"(?:,\s*)?(?:if|for|when|where|whenever|with|and|or|in case|else if|elif|for all|for any|as|since|because)\W*",
    re.I,
)
_PLAIN_WORDS = frozenset({"if", "for", "when", "where", "otherwise", "else", "elif"})
_LOOSE = frozenset({"COMMA", "BREAK"})
_HANGING = frozenset({"RELATION", "SIGN", "OPERATOR"})


def cells(items: Sequence[Item]) -> list[list[list[Item]]]:
    """What stands in the rows and columns of a table; nothing for rows in which nothing stands."""
    rows = split_at(items, frozenset({"NEXT_ROW"}))
    return [split_at(row, frozenset({"ALIGN"})) for row in rows if row]


def list_of_rows(rows: Sequence[Sequence[list[Item]]], begin: Token, end: Token) -> list[Item]:
    """A list with a list for each row; an empty cell is a pair of braces."""
    found: list[Item] = [like(begin, "OPEN", "[")]
    for number, row in enumerate(rows):
        place = begin_of([item for cell in row for item in cell], begin.end_pos or 0)
        if number:
            found.append(made("COMMA", ",", place, place))
        found.append(made("OPEN", "[", place, place))
        for column, cell in enumerate(row):
            bare = _without_loose_ends(cell)
            if column:
                found.append(made("COMMA", ",", place, place))
            found += bare or [Nest("BEGIN", [made("BEGIN", "{", place, place), made("END", "}", place, place)])]
            place = end_of(bare, place)
        found.append(made("CLOSE", "[", place, place))
    return [*found, like(end, "CLOSE", "[")]


def joined_cells(row: Sequence[list[Item]]) -> list[list[Item]]:
    """The cells of a row, those in one between which a relation or a sign stands: `a & = & b`."""
    found: list[list[Item]] = []
    for cell in row:
        hangs = bool(found) and bool(found[-1]) and kind_of(found[-1][-1]) in _HANGING
        if found and (hangs or (cell and kind_of(cell[0]) in _HANGING)):
            found[-1] = [*found[-1], *cell]
        else:
            found.append(list(cell))
    return found


def in_one_line(row: Sequence[list[Item]], end: Token, *, words: bool) -> list[Item]:
    """The columns of a row with wide spaces between; or a condition in its own column with the word that it lacks."""
    found: list[Item] = []
    for column, cell in enumerate(row):
        if column and cell:
            related = any(kind_of(item) == "RELATION" for _, item in outside_brackets(cell))
            worded = kind_of(cell[0]) == "TEXT"
            found.append(like(end, "TEXT", "if") if words and related and not worded else like(end, "BREAK", r"\quad"))
        found += cell
    return found


def case_rows(rows: Sequence[Sequence[list[Item]]], begin: Token) -> list[tuple[list[Item], list[Item]]]:
    """The value and the condition of each row; no condition where there is none, or it says "otherwise"."""
    found = []
    for row in rows:
        value, condition = _parted(row)
        value, condition = _without_loose_ends(value), _condition(_without_loose_ends(condition))
        place = begin_of(condition, begin.end_pos or 0)
        empty = Nest("BEGIN", [made("BEGIN", "{", place, place), made("END", "}", place, place)])
        found.append((_as_list(value) or [empty], condition))
    return found


def _parted(row: Sequence[list[Item]]) -> tuple[list[Item], list[Item]]:
    """A row at the end of its first column, or where words, a wide space or a comma stand in its only one."""
    filled = [cell for cell in row if cell]
    if len(filled) > 1:
        return filled[0], [item for cell in filled[1:] for item in cell]
    only = filled[0] if filled else []
    for kinds in (("TEXT",), ("BREAK",), ("COMMA",)):
        for place, item in outside_brackets(only):
            word = isinstance(item, Token) and item.type == "WORD" and str(item) in _PLAIN_WORDS
            if place > 0 and (kind_of(item) in kinds or (word and kinds == ("TEXT",))):
                return only[:place], only[place:]
    return only, []


def _without_loose_ends(items: list[Item]) -> list[Item]:
    first, last = 0, len(items)
    while first < last and kind_of(items[first]) in _LOOSE:
        first += 1
    while first < last and kind_of(items[last - 1]) in _LOOSE:
        last -= 1
    return [item for item in items[first:last] if kind_of(item) != "BREAK"]


def _condition(items: list[Item]) -> list[Item]:
    """A condition without its words, but where there is nothing but words; parts between commas as one list."""
    words = [item for item in items if isinstance(item, Token) and item.type == "TEXT"]
    kept = [
        item
        for item in items
        if not (isinstance(item, Token) and (item.type == "TEXT" or (item.type == "WORD" and item in _PLAIN_WORDS)))
    ]
    joined = " ".join(str(word) for word in words)
    bare = _without_loose_ends(_with_commas(items, kept))
    if bare and isinstance(bare[0], Token) and bare[0] == ":":
        bare = bare[1:]
    if bare and not says_other_cases(joined):
        return _as_list(bare)
    if not words or says_other_cases(joined) or _CONDITION_WORD.fullmatch(joined):
        return []
    return [made("TEXT", joined, words[0].start_pos or 0, words[-1].end_pos or 0)]


def _as_list(items: list[Item]) -> list[Item]:
    """Parts with commas between as one list."""
    if not any(kind_of(item) == "COMMA" for _, item in outside_brackets(items)):
        return items
    begin, end = begin_of(items), end_of(items)
    return [made("OPEN", "", begin, begin), *items, made("CLOSE", "", end, end)]


def _with_commas(items: list[Item], kept: list[Item]) -> list[Item]:
    """The parts of a condition with a comma in the place of the words between two of them."""
    found: list[Item] = []
    inner = set(map(id, kept))
    for item in items:
        if id(item) in inner:
            found.append(item)
        elif found and isinstance(item, Token) and item.type == "TEXT" and kind_of(found[-1]) != "COMMA":
            found.append(like(item, "COMMA", ","))
    return found
