"""The verdict on one claimed derivative: right, right up to a factor, or wrong with the smallest edit that mends it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalkgrad.checking.comparing import Difference, find_difference
from chalkgrad.checking.conventions import Agreement, agreement
from chalkgrad.checking.edits import Subject
from chalkgrad.checking.mistakes import CATALOGUE
from chalkgrad.checking.repair import Slip, smallest_repair
from chalkgrad.checking.truth import POINTS, Target, Truth
from chalkgrad.checking.words import PLAIN, Spelling, is_written
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Axis, Delta, Expression, Indicator, walk

_ORDER = {row.kind: place for place, row in enumerate(CATALOGUE)}

_MEANS = frozenset({"mean_missing"})  # beside another slip a convention, which would be accepted


@dataclass(frozen=True)
class Judgement:
    """What was found about a claimed derivative.

    `verdict` is `right`, `right_up_to`, `wrong` or `undetermined`; `reason` says why in a sentence; `difference` is
    the counterexample of a wrong claim; `mended` is the writer's formula after the smallest edit that makes it right.
    `follows` is the line of the earlier slip from which a wrong claim was derived correctly. A `misfit` is wrong
    because its sizes do not fit; what is `invented` differs by axes or conditions that the document does not write.
    """

    verdict: str
    reason: str
    points: int = 0
    slips: tuple[Slip, ...] = ()
    difference: Difference | None = None
    mended: Expression | None = None
    follows: int | None = None
    misfit: bool = False
    invented: bool = False


_UNLIKE = "Rows and columns are exchanged: this is the transpose of the derivative."
_TURNED = "Rows and columns are exchanged as well: this is laid out as the transpose."
_HINT = next(row.hint for row in CATALOGUE if row.kind == "transposed")
TRANSPOSED = Judgement("wrong", _UNLIKE, slips=(Slip("transposed", _UNLIKE, _HINT),))


def turned_besides(judged: Judgement) -> Judgement:
    """A wrong claim in which rows and columns are exchanged besides what was found."""
    if not judged.slips or any(slip.kind == "transposed" for slip in judged.slips):
        return judged
    reason = f"{judged.reason} {_TURNED}"
    return replace(judged, reason=reason, slips=(*judged.slips, Slip("transposed", _TURNED, _HINT)))


def judge(truth: Truth, target: Target, claimed: Expression) -> Judgement:
    """The verdict on `∂L/∂target = claimed`, whose value has the free axes of the target, in their order.

    >>> from chalkgrad.language import Definition, Program, Role, Tensor
    >>> from chalkgrad.checking.truth import whole
    >>> x, L = Tensor("x", (), Role.PARAMETER), Tensor("L")
    >>> truth = Truth(Program((x,), (Definition(L, (), x[()] ** 2),), (L,)))
    >>> judge(truth, whole(x), 2 * x[()]).verdict
    'right'
    >>> [slip.kind for slip in judge(truth, whole(x), -2 * x[()]).slips]
    ['sign_flipped']
    """
    try:
        found = None if claimed.free - set(target.axes) else agreement(truth, target, claimed)
    except ChalkgradError as problem:
        return Judgement("undetermined", f"it could not be computed: {problem}")
    if found is not None and found.conventions is not None:
        return accepted(found)
    if found is not None and found.points == 0:
        return Judgement("undetermined", "it is not defined at any of the points tried")
    return explained(truth, target, claimed, found.points if found else 0)


def accepted(found: Agreement) -> Judgement:
    """The verdict on a claim that agrees with the derivative, perhaps up to conventions, wherever it is defined."""
    if found.partly_undefined:
        reason = f"it is not defined at {found.undefined} of {POINTS} points at which the derivative is"
        return Judgement("undetermined", f"{reason}; at the others it agrees", found.points)
    if not found.conventions:
        return Judgement("right", f"it agrees with the derivative at {found.points} random points", found.points)
    words = " and ".join(convention.words for convention in found.conventions)
    return Judgement("right_up_to", f"it is right up to {words}", found.points)


def explained(
    truth: Truth,
    target: Target,
    claimed: Expression,
    points: int = 0,
    may: frozenset[str] = frozenset({"mean"}),
    written: Expression | None = None,
    spelling: Spelling = PLAIN,
) -> Judgement:
    """The verdict on a claim that is wrong: a counterexample, and the smallest edit that mends it.

    `may` has the conventions that may be meant, which are no slips beside another one. `written` is the claim with the
    writer's own names standing in it: what they stand for is not edited, unless nothing else helps. `spelling` is how
    the document spells its names.
    """
    subject = Subject(truth.program, target, spelling)
    found = smallest_repair(truth, subject, written) if written is not None and written is not claimed else None
    found = found or smallest_repair(truth, subject, claimed)
    loose = claimed.free - set(target.axes)
    difference = None if loose else find_difference(truth, claimed, target)
    if found is not None:
        judged = _wrong(found, points, difference, may)
    else:
        unknown = "it differs from the derivative; what slipped was not found"
        judged = Judgement("wrong", unknown, points, (), difference)
    invented = bool(loose and not any(map(is_written, loose))) or _is_invented(judged.mended, claimed)
    reason = f"{_beside(loose)} {judged.reason}" if loose else judged.reason
    return replace(judged, reason=reason, invented=invented)


def _is_invented(mended: Expression | None, claimed: Expression) -> bool:
    """Whether an edit brings in a condition, or a δ of axes without letters, that the claim does not have."""
    if mended is None:
        return False
    conditions = {node for node in walk(claimed) if isinstance(node, Indicator)}
    return any(
        (isinstance(node, Indicator) and node not in conditions)
        or (isinstance(node, Delta) and not all(map(is_written, node.free)))
        for node in walk(mended)
    )


def _beside(loose: frozenset[Axis]) -> str:
    letters = sorted(axis.name.rstrip("'") for axis in loose if is_written(axis))
    if not letters:
        return "The right side has an axis more than the left, and nothing sums over it."
    if len(letters) == 1:
        return f"The index {letters[0]} is on the right only: it is neither summed over nor on the left."
    return f"The indices {', '.join(letters)} are on the right only: they are neither summed over nor on the left."


def _wrong(
    found: tuple[Expression, tuple[Slip, ...]], points: int, difference: Difference | None, may: frozenset[str]
) -> Judgement:
    """A wrong claim whose slips were found, in the order of the catalogue."""
    mended, unordered = found
    conventional = _MEANS if "mean" in may else {"mean_missing"} if "sum" in may else ()
    unordered = tuple(slip for slip in unordered if slip.kind not in conventional) or unordered
    slips = tuple(sorted(unordered, key=lambda slip: _ORDER[slip.kind]))
    return Judgement("wrong", " ".join(slip.message for slip in slips), points, slips, difference, mended)
