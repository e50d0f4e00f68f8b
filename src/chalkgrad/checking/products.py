"""A sum too many that nobody wrote as a sum: a product of matrices where an elementwise product belongs."""

from __future__ import annotations

from dataclasses import replace

from chalkgrad.checking.mistakes import CATALOGUE
from chalkgrad.checking.repair import slip_of
from chalkgrad.checking.verdict import Judgement
from chalkgrad.page.syntax import BigOperator, Name, Syntax, walk_syntax

_ROW = next(row for row in CATALOGUE if row.kind == "product_not_elementwise")
_SUMS = frozenset({"sum_over_hidden_units", "sum_over_inputs", "sum_over_outputs"})


def told_as_products(judged: Judgement, side: Syntax) -> Judgement:
    """The verdict on a side, where a sum that is no sum sign is told as the product that it is."""
    written = any(  # a vector of ones adds up, and so does np.sum
        isinstance(part, BigOperator) or (isinstance(part, Name) and (part.base == "1" or "sum" in part.base))
        for part in walk_syntax(side)
    )
    if written or not any(slip.kind in _SUMS for slip in judged.slips):
        return judged
    told = slip_of(_ROW, "")
    slips = tuple(dict.fromkeys(told if slip.kind in _SUMS else slip for slip in judged.slips))
    return replace(judged, slips=slips, reason=" ".join(slip.message for slip in slips))
