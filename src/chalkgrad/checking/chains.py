"""Chains of factors, `∂L/∂ŷ · ∂ŷ/∂z · ∂z/∂w`: whether each begins where the one before it ends, all along the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from chalkgrad.checking.mistakes import CATALOGUE
from chalkgrad.checking.repair import Slip, slip_of
from chalkgrad.checking.spelled import spelled
from chalkgrad.page.syntax import Derivative, Group, Name, Product, Syntax
from chalkgrad.reading.vocabulary import Use

_ROW = next(row for row in CATALOGUE if row.kind == "link_missing")
Uses: TypeAlias = Callable[[Name], Use]  # who a name is
_TIMES = frozenset({"", r"\cdot", r"\times", "*", r"\circ", r"\odot"})


@dataclass(frozen=True)
class Factor:
    """One derivative of a chain: of what, by what."""

    of: Use
    by: Use

    def __str__(self) -> str:
        return f"∂{spelled(self.of)}/∂{spelled(self.by)}"


def chain_in(side: Syntax, uses: Uses) -> tuple[Factor, ...]:
    """The factors of a side that is nothing but a product of derivatives, () for any other."""
    if not isinstance(side, Product) or not _TIMES.issuperset(side.operators):
        return ()
    factors = [_factor(part, uses) for part in side.factors]
    return tuple(factor for factor in factors if factor is not None) if None not in factors else ()


def derivative_in(side: Syntax, uses: Uses) -> Factor | None:
    """What a side that is one derivative is of, and by what."""
    return _factor(side, uses)


def _factor(part: Syntax, uses: Uses) -> Factor | None:
    if not isinstance(part, Derivative) or len(part.denominators) != 1:
        return None
    above, below = part.numerator, part.denominators[0]
    if isinstance(above, Product) and len(above.factors) == 2 and isinstance(above.factors[1], Group):
        above = above.factors[0]  # f(x) is f
    if not isinstance(above, Name) or not isinstance(below, Name):
        return None
    return Factor(uses(above), uses(below))


def told_as_chain(factors: tuple[Factor, ...], *, loosely: bool = False) -> str:
    """What is said of a chain that is right, perhaps only if one unit stands for all of them."""
    names = [spelled(factors[0].of), *(spelled(factor.by) for factor in factors)]
    unit = ", one unit standing for all" if loosely else ""
    return f"the chain of factors is right as a chain rule{unit}: {' → '.join(names)}"


def has_one_for_all(factors: tuple[Factor, ...]) -> bool:
    """Whether a derivative by all units of a layer is followed by that of one of them, `∂z/∂H · ∂h_1/∂a`."""
    pairs = ((one.by, other.of) for one, other in pairwise(factors))
    return any(bool(one.indices) != bool(other.indices) for one, other in pairs)


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
    return any(a.kind == b.kind == "number" and a.text != b.text for a, b in zip(mine, theirs, strict=False))
