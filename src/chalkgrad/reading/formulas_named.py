r"""Formulas that have a name and that other definitions write out: S for the `QK^\top` of `A =
\mathrm{softmax}(QK^\top)`.
"""

from __future__ import annotations

from dataclasses import replace

from chalkgrad.page.syntax import Name, Syntax, mapped, without_brackets
from chalkgrad.reading.facts import Facts
from chalkgrad.reading.vocabulary import Symbol, quantities


def name_formulas_defined(facts: Facts) -> None:
    r"""Puts what is derived by where its formula stands in other definitions: S for the `QK^\top` of `A =
    \mathrm{softmax}(QK^\top)`, and so A where that function of S stands.
    """
    symbols = sorted(facts.derived_by & set(facts.defined), key=str)
    for _ in symbols:
        if not sum(_put(facts, symbol) for symbol in symbols):
            return


def _put(facts: Facts, symbol: Symbol) -> bool:
    """Puts a quantity where its formula stands, and says whether it stood anywhere."""
    each = facts.defined[symbol][0]
    name, formula = each.use.name, without_brackets(each.side)
    if name is None or each.own or each.stack or each.head or isinstance(formula, Name):
        return False
    names = [facts.use(part).symbol for part in quantities(formula)]
    if len(facts.defined[symbol]) > 1 or len(names) < 2 or symbol in names:
        return False

    def named(part: Syntax) -> Syntax:
        return replace(name, span=part.span) if part == formula else part

    found = False
    for other, group in facts.defined.items():
        if other != symbol and other not in names:
            sides = [mapped(one.side, named, scripts=False) for one in group]
            if sides != [one.side for one in group]:
                found = True
                facts.defined[other] = [replace(one, side=side) for one, side in zip(group, sides, strict=True)]
    return found
