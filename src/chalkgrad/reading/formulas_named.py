r"""Formulas that have a name and that other definitions write out: S for the `QK^\top` of `A =
\mathrm{softmax}(QK^\top)`.
"""

from __future__ import annotations

from dataclasses import replace

from chalkgrad.page.syntax import Group, Name, Syntax, mapped
from chalkgrad.reading.facts import Facts
from chalkgrad.reading.vocabulary import quantities


def name_formulas_defined(facts: Facts) -> None:
    r"""Puts what is derived by where its formula stands in other definitions: S for the `QK^\top` of `A =
    \mathrm{softmax}(QK^\top)`.
    """
    for symbol in sorted(facts.derived_by & set(facts.defined), key=str):
        each = facts.defined[symbol][0]
        name, formula = each.use.name, _bare(each.side)
        if (
            name is None
            or each.own
            or each.stack
            or each.head
            or isinstance(formula, Name)
            or len(facts.defined[symbol]) > 1
        ):
            continue
        names = [facts.use(part).symbol for part in quantities(formula)]
        if len(names) < 2 or symbol in names:
            continue

        def named(part: Syntax, formula: Syntax = formula, name: Name = name) -> Syntax:
            return replace(name, span=part.span) if part == formula else part

        for other, group in facts.defined.items():
            if other != symbol and other not in names:
                facts.defined[other] = [replace(one, side=mapped(one.side, named, scripts=False)) for one in group]


def _bare(part: Syntax) -> Syntax:
    while isinstance(part, Group) and len(part.contents) == 1 and part.bracket in ("(", "[", "{"):
        part = part.contents[0]
    return part
