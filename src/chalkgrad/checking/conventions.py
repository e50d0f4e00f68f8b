"""What writers may agree on otherwise than we do: the sign of the objective, the mean over samples, the layout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chalkgrad.checking.truth import Target, Truth, compare, samples_of
from chalkgrad.language import Axis, Expression, Role, Tensor, multiply, size_of

_MAXIMISES = re.compile(r"\bmaximi[sz]|\bgradient\s+ascent\b|(?<![\w-])(?:log[\s-]*)?likelihood\b", re.IGNORECASE)
_MINIMISED = re.compile(
    r"\b(?:negative|minus(?:\s+the)?)\s+(?:log[\s-]*)?likelihood\b|-\s*log[\s-]*likelihood", re.IGNORECASE
)


@dataclass(frozen=True)
class Convention:
    """One thing on which a claim and the derivative differ only by agreement: its kind, and what to say of it."""

    kind: str
    words: str


SIGN = Convention("sign", "the sign: it is the gradient of the log-likelihood, which is maximised")
LAYOUT = Convention("layout", "the layout: it is the transpose of the derivative, with rows for columns throughout")


@dataclass(frozen=True)
class Agreement:
    """How a claim agrees with the derivative: up to which conventions, or (None) not at all; and at how many points."""

    conventions: tuple[Convention, ...] | None
    points: int


def maximises(prose: str) -> bool:
    """Whether a document says that it maximises a likelihood, whose gradient has the other sign than the loss's.

    >>> maximises("We maximise the log-likelihood."), maximises("The loss is the negative log-likelihood.")
    (True, False)
    """
    return _MAXIMISES.search(_MINIMISED.sub("", prose)) is not None


def allowed(wrt: Tensor, whole: bool, maximises: bool, loss_is_written: bool | None) -> frozenset[str]:
    """The kinds of conventions that a claim about the derivative by `wrt`, or the `whole` of it, may follow.

    A loss that is written out says itself whether it is a mean; still the derivative of the loss of one sample may be
    meant, by a value of that sample. `loss_is_written` is None for a claim that is not about the loss.
    """
    kinds = {"sign"} if maximises else set()
    kinds |= {"layout"} if whole else set()
    if loss_is_written is False:
        kinds |= {"sum", "mean"}
    elif loss_is_written and wrt.role is not Role.PARAMETER:
        kinds |= {"sum"}
    return frozenset(kinds)


def agreement(
    truth: Truth, target: Target, claimed: Expression, may: frozenset[str] = frozenset({"mean"})
) -> Agreement:
    """Whether the claim is the derivative, or that up to conventions.

    `may` has the kinds of conventions that may be meant at all: `mean` for the sum over the samples or their mean,
    `sum` for their sum where the loss is their mean, but not the contrary, `sign` and `layout`.
    Raises `ChalkgradError` where the claim cannot be computed.
    """
    equal, points = compare(truth, claimed, target)
    if equal or points == 0:
        return Agreement(() if equal else None, points)
    for factor, convention in _factors(truth, may):
        scaled = multiply(factor, claimed)
        if compare(truth, scaled, target)[0] and compare(truth.resized, scaled, target)[0]:
            return Agreement((convention,), points)
    if "sign" in may:
        found = agreement(truth, target, -claimed, may - {"sign", "layout"})
        if found.conventions is not None:
            return Agreement((SIGN, *found.conventions), points)
    if "layout" in may and len(target.axes) == 2 and target.axes[0].size == target.axes[1].size:
        found = agreement(truth, Target(target.tensor, target.indices[::-1]), claimed, may - {"layout"})
        if found.conventions is not None:
            return Agreement((LAYOUT, *found.conventions), points)
    return Agreement(None, points)


def _factors(truth: Truth, may: frozenset[str]) -> Iterator[tuple[Expression, Convention]]:
    """Factors by which people's losses differ: the mean over the samples, or their sum."""
    for size in samples_of(truth.program):
        samples = size_of(Axis(size, size))
        is_sum = f"the factor 1/{size}: it is for the sum over the samples, the loss is their mean"
        is_mean = f"the factor {size}: it is for the mean over the samples, the loss is their sum"
        if may & {"sum", "mean"}:
            yield samples**-1, Convention("mean", is_sum)
        if "mean" in may:
            yield samples, Convention("mean", is_mean)
