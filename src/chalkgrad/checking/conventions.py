"""What writers may agree on otherwise than we do: the objective's sign, the mean over samples, the layout, labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chalkgrad.checking.comparing import compare, undefined_at
from chalkgrad.checking.points import has_probabilities
from chalkgrad.checking.truth import Target, Truth
from chalkgrad.language import (
    Axis,
    Element,
    Expression,
    Indicator,
    Number,
    Program,
    Role,
    SizeOf,
    Tensor,
    multiply,
    size_of,
    walk,
)
from chalkgrad.reading.hidden_samples import samples_of


@dataclass(frozen=True)
class Convention:
    """One thing on which a claim and the derivative differ only by agreement: its kind, and what to say of it."""

    kind: str
    words: str


SIGN = Convention("sign", "the sign: it is the gradient of the log-likelihood, which is maximised")
LAYOUT = Convention("layout", "the layout: it is the transpose of the derivative, with rows for columns throughout")
LABELS = Convention("labels", "the targets: it holds where they are labels, as its cases are, not between them")


@dataclass(frozen=True)
class Agreement:
    """How a claim agrees with the derivative: up to which conventions, or (None) not at all; and at how many points.

    `undefined` counts the random points at which the claim is not defined though the derivative is.
    """

    conventions: tuple[Convention, ...] | None
    points: int
    undefined: int = 0

    @property
    def partly_undefined(self) -> bool:
        """Whether the claim is not defined somewhere where the derivative is, so that its agreement settles nothing."""
        return self.conventions is not None and self.undefined > 0


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
    `sum` for their sum where the loss is their mean, but not the contrary, `sign` and `layout`. A claim by cases of a
    label may hold for labels only. Raises `ChalkgradError` where the claim cannot be computed.
    """
    equal, points = compare(truth, claimed, target)
    if equal:
        return Agreement((), points, undefined_at(truth, claimed, target))
    if points == 0:
        return Agreement(None, points)
    if not truth.labels and by_cases_of_a_label(truth.program, claimed):
        found = agreement(truth.labelled, target, claimed, may)
        return Agreement((*found.conventions, LABELS) if found.conventions is not None else None, points)
    for factor, convention in mean_factors(truth, may):
        if compare(truth, multiply(factor, claimed), target)[0]:
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


def by_cases_of_a_label(program: Program, claimed: Expression) -> bool:
    """Whether the claim asks whether a target is a certain number, as in `-1/ŷ if y = 1`, where it may be one."""
    if not has_probabilities(program):
        return False
    targets = {tensor for tensor in program.declared if tensor.role is Role.TARGET}
    return any(
        isinstance(node, Indicator)
        and node.comparison in ("=", "!=")
        and isinstance(node.left, Element)
        and node.left.tensor in targets
        and isinstance(node.right, Number)
        for node in walk(claimed)
    )


def mean_factors(truth: Truth, may: frozenset[str]) -> Iterator[tuple[Expression, Convention]]:
    """The factor by which people's losses differ: a sum over the samples for a mean, a mean for a sum."""
    body = truth.program.definition(truth.program.result.name).body
    averaged = {node.size for node in walk(body) if isinstance(node, SizeOf)}
    for size in samples_of(truth.program):
        samples = size_of(Axis(size, size))
        if size in averaged and may & {"sum", "mean"}:
            is_sum = f"the factor 1/{size}: it is for the sum over the samples, the loss is their mean"
            yield samples**-1, Convention("mean", is_sum)
        if size not in averaged and "mean" in may:
            is_mean = f"the factor {size}: it is for the mean over the samples, the loss is their sum"
            yield samples, Convention("mean", is_mean)
