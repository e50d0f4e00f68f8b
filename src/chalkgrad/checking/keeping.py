"""The conventions to which a document keeps: what it does once only is a slip, not a convention."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chalkgrad.checking.conventions import LABELS, LAYOUT, SIGN, Convention, mean_factors
from chalkgrad.checking.truth import Target, Truth
from chalkgrad.language import Role
from chalkgrad.page.syntax import Chain, Derivative, Name
from chalkgrad.reading.claims import Claim
from chalkgrad.reading.scope import core


@dataclass(frozen=True)
class Kept:
    """Conventions, each with what it is kept for."""

    pairs: frozenset[tuple[str, Convention]]

    def has(self, claim: Claim, convention: Convention) -> bool:
        """Whether the document keeps to the convention wherever it could do otherwise than in this claim."""
        return convention is LABELS or (_objective(claim, convention), convention) in self.pairs


def kept_conventions(sides: Iterable[tuple[Claim, Target, tuple[Convention, ...]]], truth: Truth) -> Kept:
    """The conventions that no claim of the kind, about the same objective, breaks.

    `sides` has the claims that agree with the derivative, by what they derive, and up to which conventions.
    """
    means = [convention for _, convention in mean_factors(truth, frozenset({"mean"}))]
    kept: set[tuple[str, Convention]] = set()
    broken: set[tuple[str, Convention]] = set()
    for claim, target, conventions in sides:
        kept |= {(_objective(claim, each), each) for each in conventions}
        plain = [SIGN, *means]
        if len(target.axes) == 2 and claim.wrt is not None and claim.wrt.indices is None:
            plain.append(LAYOUT)
        broken |= {(_objective(claim, each), each) for each in plain if each not in conventions}
    return Kept(frozenset(kept - broken))


def _objective(claim: Claim, convention: Convention) -> str:
    """What a convention is kept for: a sign for one objective by its written name, a layout for all.

    A mean for one objective too, for its parameters apart from its values, as in `dZ = A - Y` beside `dW = 1/m dZ Aᵀ`.
    """
    assert isinstance(claim.syntax, Chain)
    if convention is LAYOUT:
        return ""
    left = claim.syntax.sides[0]
    about = left.numerator if isinstance(left, Derivative) else None
    name = core(about) if isinstance(about, Name) else ""
    parameter = claim.wrt is not None and claim.wrt.tensor.role is Role.PARAMETER
    return name if convention is SIGN else f"{name} by {'parameters' if parameter else 'values'}"
