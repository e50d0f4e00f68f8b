r"""Derivatives by a formula in place of a name: `\frac{\partial L}{\partial (W x + b)}` is that by the z = W x + b.

Where the document gives the formula no name, it gets one of its own, and stands by it wherever it is written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.page.syntax import (
    Addition,
    Chain,
    Derivative,
    Group,
    Name,
    Product,
    Scripted,
    Syntax,
    Text,
    Unread,
    mapped,
    walk_syntax,
    without_brackets,
)
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import scripts_of
from chalkgrad.reading.told_apart import DEFINES, spelled

_MOST = 20


def with_formulas_below(statements: Sequence[Statement]) -> list[Statement]:
    """The statements, where what is derived by a formula is derived by its name."""
    named = {spelled(side): left for left, side in map(_definition, statements) if left is not None}
    names: dict[str, Name] = {}
    made: dict[int, list[Statement]] = {}
    for place, statement in enumerate(statements):
        for formula in _below(statement.chain):
            key = spelled(formula)
            if key in names or len(names) >= _MOST:
                continue
            if key not in named:
                written = " ".join(statement.equation.latex[slice(*formula.span)].split())
                names[key] = Name(f"({written})", span=formula.span)  # it goes by what it is
                chain = Chain(("=",), (names[key], formula), formula.span)
                made.setdefault(place, []).append(replace(statement, chain=chain, conditions=(), borrowed=True))
            else:
                names[key] = named[key]
    if not names:
        return list(statements)
    longest_first = sorted(names, key=len, reverse=True)
    found: list[Statement] = []
    for place, statement in enumerate(statements):
        for each in made.get(place, ()):
            left, formula = each.chain.sides
            inner = [key for key in longest_first if key != spelled(formula)]
            found.append(replace(each, chain=replace(each.chain, sides=(left, _named(formula, names, inner)))))
        left_, side = _definition(statement)
        own = spelled(side) if left_ is not None else ""
        keys = [key for key in longest_first if key != own or names[key] != left_]
        sides = tuple(_named(each, names, keys) for each in statement.chain.sides)
        found.append(replace(statement, chain=replace(statement.chain, sides=sides)))
    return found


def _definition(statement: Statement) -> tuple[Name | None, Syntax]:
    """The name that a statement defines by a formula, and that."""
    chain = statement.chain
    left, side = chain.sides[0], without_brackets(chain.sides[1])
    plain = isinstance(left, Name) and not left.superscripts and chain.relations[0] in DEFINES
    return (left if plain and isinstance(left, Name) and not isinstance(side, Name) else None), side


def _below(chain: Chain) -> list[Syntax]:
    """The formulas that a statement derives by, but for those with indices: these would be others at each place."""
    found = []
    for part in walk_syntax(chain):
        for below in part.denominators if isinstance(part, Derivative) else ():
            formula = without_brackets(below)
            letters = any(item.kind == "letter" for each in walk_syntax(formula) if isinstance(each, Name)
                          for item in scripts_of(each).below)  # fmt: skip
            worded = any(isinstance(each, Text | Unread) for each in walk_syntax(formula))
            written = isinstance(formula, Product | Addition | Scripted) and not worded
            if written and not letters and _names_in(formula) > 1:
                found.append(formula)
    return found


def _names_in(formula: Syntax) -> int:
    return sum(isinstance(part, Name) for part in walk_syntax(formula))


def _named(part: Syntax, names: dict[str, Name], keys: Sequence[str]) -> Syntax:
    """A side with the names in the place of the formulas, the longest first."""
    for key in keys:
        name = names[key]

        def change(each: Syntax, key: str = key, name: Name = name) -> Syntax:
            if isinstance(each, Group) and each.bracket == "{" and len(each.contents) == 1 and each.contents[0] == name:
                return replace(name, span=each.span)
            return replace(name, span=each.span) if spelled(each) == key else each

        part = mapped(part, change, scripts=False)
        part = mapped(part, _with_bare_parts, scripts=False)
    return part


def _with_bare_parts(part: Syntax) -> Syntax:
    """A derivative above and below the line without brackets around a name."""
    if not isinstance(part, Derivative):
        return part
    below = tuple(without_brackets(each) for each in part.denominators)
    return replace(part, numerator=part.numerator and without_brackets(part.numerator), denominators=below)


__all__ = ["with_formulas_below"]
