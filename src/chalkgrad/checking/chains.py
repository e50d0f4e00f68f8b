"""Chains of factors, `∂L/∂ŷ · ∂ŷ/∂z · ∂z/∂w`: whether each begins where the one before it ends, all along the way."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from chalkgrad.checking.mistakes import CATALOGUE
from chalkgrad.checking.repair import Slip, slip_of
from chalkgrad.checking.spelled import spelled
from chalkgrad.page.syntax import Derivative, Group, Name, Product, Syntax
from chalkgrad.reading.facts import Facts
from chalkgrad.reading.vocabulary import Use

_ROW = next(row for row in CATALOGUE if row.kind == "link_missing")
_TIMES = frozenset({"", r"\cdot", r"\times", "*", r"\circ", r"\odot"})


@dataclass(frozen=True)
class Factor:
    """One derivative of a chain: of what, by what."""

    of: Use
    by: Use

    def __str__(self) -> str:
        return f"∂{spelled(self.of)}/∂{spelled(self.by)}"


def chain_in(side: Syntax, facts: Facts) -> tuple[Factor, ...]:
    """The factors of a side that is nothing but a product of derivatives, () for any other."""
    if not isinstance(side, Product) or not _TIMES.issuperset(side.operators):
        return ()
    factors = [_factor(part, facts) for part in side.factors]
    return tuple(factor for factor in factors if factor is not None) if None not in factors else ()


def derivative_in(side: Syntax, facts: Facts) -> Factor | None:
    """What a side that is one derivative is of, and by what."""
    return _factor(side, facts)


def _factor(part: Syntax, facts: Facts) -> Factor | None:
    if not isinstance(part, Derivative) or len(part.denominators) != 1:
        return None
    above, below = part.numerator, part.denominators[0]
    if isinstance(above, Product) and len(above.factors) == 2 and isinstance(above.factors[1], Group):
        above = above.factors[0]  # f(x) is f
    if not isinstance(above, Name) or not isinstance(below, Name):
        return None
    return Factor(facts.use(above), facts.use(below))


def told_as_chain(factors: tuple[Factor, ...]) -> str:
    """What is said of a chain that is right."""
    names = [spelled(factors[0].of), *(spelled(factor.by) for factor in factors)]
    return f"the chain of factors is right as a chain rule: {' → '.join(names)}"


def broken(factors: tuple[Factor, ...], whole: Factor) -> tuple[str, Slip] | None:
    """Where a chain that should lead from the one to the other end of `whole` does not hold together."""
    for before, after in pairwise(factors):
        if before.by.symbol != after.of.symbol or _apart(before.by, after.of):
            what = f"{before} is not followed by a derivative of {spelled(before.by)}"
            return f"the chain breaks: {what}", slip_of(_ROW, what)
    first, last = factors[0].of, factors[-1].by
    if first.symbol != whole.of.symbol or last.symbol != whole.by.symbol or _apart(last, whole.by):
        what = f"the chain leads from {spelled(first)} to {spelled(last)}, not to {spelled(whole.by)}"
        return what, slip_of(_ROW, what)
    return None


def _apart(one: Use, other: Use) -> bool:
    """Whether two places of a quantity are surely not the same, as those of w_1 and w_2."""
    mine, theirs = (*one.samples, *one.indices), (*other.samples, *other.indices)
    return any(
        a.kind == b.kind == "number" and a.text != b.text for a, b in zip(mine, theirs, strict=False)
    )
