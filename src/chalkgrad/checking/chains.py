"""Chains of factors, `∂L/∂ŷ · ∂ŷ/∂z · ∂z/∂w`: whether each begins where the one before it ends, all along the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from chalkgrad.checking.mistakes import CATALOGUE
from chalkgrad.checking.repair import slip_of
from chalkgrad.checking.verdict import Judgement
from chalkgrad.drawing.labels import unicode_of
from chalkgrad.reading.claims import DerivativeFactor, Place

_ROW = next(row for row in CATALOGUE if row.kind == "link_missing")


def chain_verdict(
    factors: Sequence[DerivativeFactor],
    of: Place,
    wrt: Place,
    way: Callable[[], Sequence[str]],
    written: Mapping[str, str],
) -> Judgement:
    """Whether the factors link up from of to wrt, along the only way through the model."""
    names = [factors[0].of.tensor.name, *(factor.wrt.tensor.name for factor in factors)]
    for before, after in pairwise(factors):
        if before.wrt.tensor is not after.of.tensor:
            return _broken(f"the chain breaks: {before} is not followed by a derivative of {before.wrt}")
    shown = " → ".join(unicode_of(written.get(name, name)) for name in names)
    if names[0] != of.tensor.name or names[-1] != wrt.tensor.name:
        return _broken(f"the chain leads from {names[0]} to {names[-1]}, not to {wrt}")
    through = iter(way())
    if not all(name in through for name in names):
        return Judgement("wrong", f"the chain {shown} is not the only way, or not the way, through the model")
    return Judgement("right", f"the chain of factors is right as a chain rule: {shown}")


def _broken(words: str) -> Judgement:
    return Judgement("wrong", words, slips=(slip_of(_ROW, words.removeprefix("the chain breaks: ")),))
