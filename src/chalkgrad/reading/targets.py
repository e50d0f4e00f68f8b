r"""Which value of a document is held against which target: `\hat y - y`, `\frac{y}{\hat y}`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from chalkgrad.page.syntax import Addition, Fraction, Name, Syntax, walk_syntax
from chalkgrad.reading.facts import Facts
from chalkgrad.reading.vocabulary import Symbol


def targets_in(facts: Facts) -> Counter[tuple[Symbol, Symbol]]:
    """The pairs of a value and its target: what nothing defines or derives by is set against what is defined."""
    found: Counter[tuple[Symbol, Symbol]] = Counter()
    for statement in facts.statements:
        for part in walk_syntax(statement.chain):
            for one, other in _held_against(part):
                value, target = facts.use(one).symbol, facts.use(other).symbol
                if value in facts.defined and target not in facts.defined and target not in facts.derived_by:
                    found[value, target] += 1
    return found


def _held_against(part: Syntax) -> Iterator[tuple[Name, Name]]:
    if isinstance(part, Fraction):
        if isinstance(part.numerator, Name) and isinstance(part.denominator, Name):
            yield part.denominator, part.numerator
    elif isinstance(part, Addition) and len(part.terms) == 2 and part.signs[0] != part.signs[1]:
        one, other = part.terms
        if isinstance(one, Name) and isinstance(other, Name):
            yield from ((one, other), (other, one))


__all__ = ["targets_in"]
