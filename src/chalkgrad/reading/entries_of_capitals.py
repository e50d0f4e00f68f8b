r"""The entries of a matrix in the small letter of it, x_{ij} of \mathbf X, where the same letter is a vector besides.

They would be entries of the vector else, which has one index: of `\mathbf x` the entries are the `x_i`. In plain type
the letter is a vector besides where a list says so, `z = [z_1, \ldots, z_C]`, and it has two indices only where a
matrix is written out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from chalkgrad.page.syntax import Chain, Dots, Group, Name, Number, Product, Syntax, mapped_chain, walk_syntax
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import scripts_of
from chalkgrad.reading.styles import is_bold


@dataclass
class _Written:
    """How a letter is written in a section: by itself in bold or not, and with how many indices in plain type."""

    bold: bool = False
    plain: bool = False
    counts: set[int] = field(default_factory=set)
    family: bool = False  # in bold with an index: one of several


_COUNTS = {True: ({1, 2}, {2}), False: ({2},)}  # the entries of a vector in bold have one index


def with_entries_of_capitals(statements: Sequence[Statement]) -> list[Statement]:
    """The statements, each such entry as one of the matrix in bold."""
    statements = _with_tables(statements)
    sections: dict[str, dict[str, _Written]] = defaultdict(lambda: defaultdict(_Written))
    for statement in statements:
        for part in walk_syntax(statement.chain):
            if isinstance(part, Name) and len(part.base) == 1 and part.base.isalpha():
                _note(sections[statement.equation.section][part.base], part)
    found = []
    for statement in statements:
        written = sections[statement.equation.section]
        letters = {
            letter for letter, how in written.items()
            if letter.islower() and how.counts in _COUNTS[how.bold] and (how.bold or how.plain) and not how.family
            and letter.upper() in written and written[letter.upper()] == _Written(bold=True)
        }  # fmt: skip
        found.append(replace(statement, chain=_changed(statement.chain, letters)) if letters else statement)
    return found


def _with_tables(statements: Sequence[Statement]) -> list[Statement]:
    """The statements, where a matrix that is written out has entries of its own beside a vector of the same letter."""
    tables = {place: letter for place, each in enumerate(statements) if (letter := _written_out(each.chain, rows=True))}
    vectors = {_written_out(each.chain, rows=False) for each in statements}
    elsewhere = {
        part.base for place, each in enumerate(statements) if place not in tables
        for part in walk_syntax(each.chain) if isinstance(part, Name) and _indices(part) > 1
    }  # fmt: skip
    apart = vectors - elsewhere
    return [
        replace(each, chain=_changed(each.chain, {tables[place]})) if tables.get(place) in apart else each
        for place, each in enumerate(statements)
    ]


def _written_out(chain: Chain, *, rows: bool) -> str:
    r"""The letter whose places an equation lists: z of `z = [z_1, \ldots]`, and in `rows` of `Z = [[z_{11}, \ldots`."""
    left, side = chain.sides[:2]
    if not isinstance(left, Name) or left.subscripts or not isinstance(side, Group) or side.bracket not in ("[", "("):
        return ""
    lines = [each.contents for each in side.contents if isinstance(each, Group)] if rows else [side.contents]
    entries = [entry for line in lines for entry in line if not isinstance(entry, Dots)]
    letter = left.base.lower() if rows else left.base
    count = 2 if rows else 1
    fits = all(isinstance(entry, Name) and entry.base == letter and _indices(entry) == count for entry in entries)
    return letter if entries and fits and (left.base.isupper() == rows) else ""


def _note(how: _Written, name: Name) -> None:
    count, bold = _indices(name), is_bold(name)
    if bold and not name.subscripts:
        how.bold = True
    elif bold:
        how.family = True
    elif count:
        how.counts.add(count)
    else:
        how.plain = True


def _indices(name: Name) -> int:
    """How many indices stand below a name."""
    items = scripts_of(name).below
    if len(items) == 1 and (items[0].kind == "word" or _is_pair(items[0].syntax)):
        return 2
    return len(items)


def _is_pair(syntax: Syntax | None) -> bool:
    """Whether something below a name is two indices without a comma: `12`, `p1`."""
    if isinstance(syntax, Number):
        return len(syntax.text) == 2 and "0" not in syntax.text
    return isinstance(syntax, Product) and len(syntax.factors) == 2 and not any(syntax.operators)


def _changed(chain: Chain, letters: set[str]) -> Chain:
    def change(part: Syntax) -> Syntax:
        if isinstance(part, Name) and part.base in letters and not is_bold(part) and _indices(part) == 2:
            return replace(part, base=part.base.upper())
        return part

    return mapped_chain(chain, change)


__all__ = ["with_entries_of_capitals"]
