r"""The arguments of functions that are taken elsewhere: after `f(x) = x^2` and `f(2t)` somebody may mean that 2t by x.

One that is only taken at other names, `F(x)` and `F(y)`, has those apart by their names.
"""

from __future__ import annotations

from chalkgrad.page.syntax import Name, Product, walk_syntax
from chalkgrad.reading.defined_functions import function_of
from chalkgrad.reading.facts import Facts
from chalkgrad.reading.vocabulary import applications, arguments_of


def taken_elsewhere(facts: Facts) -> frozenset[str]:
    """The arguments with which functions are defined, where they stand for a formula in some other place."""
    found: set[str] = set()
    for part in (part for each in facts.statements for part in walk_syntax(each.chain)):
        for name, group in applications(part) if isinstance(part, Product) else ():
            head = function_of(facts.heads, facts.use(name))
            if head is not None:
                pairs = zip(head.parameters, arguments_of(group), strict=False)
                found |= {str(symbol) for symbol, taken in pairs if not isinstance(taken, Name)}
    return frozenset(found)


__all__ = ["taken_elsewhere"]
