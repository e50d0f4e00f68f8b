"""Names of the writer's that are used as a derivative which they are not, and δ's that are not the errors of a layer.

A name means the derivative by some value of the model if all that is wrong with the lines that use it follows from it.
The names are looked at from the last to the first, since those on the way back are defined one by another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalkgrad.checking.following import EarlierSlip, followed, possible_meanings
from chalkgrad.checking.truth import Target, Truth
from chalkgrad.language import Call, Definition, Expression, Program, Role, Tensor
from chalkgrad.page.syntax import Chain, Name
from chalkgrad.reading.claims import Claim

_ERRORS = (r"\delta", "delta", r"\varepsilon")


@dataclass(frozen=True)
class Use:
    """A claim about the loss that uses names of the writer's: its line, what it says of what, and whether rightly."""

    line: int
    target: Target
    expression: Expression
    names: frozenset[Tensor]
    right: bool


@dataclass(frozen=True)
class Meaning:
    """That of which a name should be the derivative, and the line of the first claim that uses it so (0: none does)."""

    target: Target
    line: int


def wrong_meanings(
    truth: Truth, claims: Sequence[Claim], uses: Sequence[Use], holds: Callable[[Target, Expression], bool]
) -> dict[Tensor, Meaning]:
    """For each name that is not what it is used or called for, what that is."""
    names = [(claim, claim.own) for claim in claims if claim.own is not None and claim.wrt is None]
    found: dict[Tensor, Meaning] = {}
    for claim, own in reversed(names):
        mine = [use for use in uses if own.tensor in use.names]
        if any(use.right for use in mine):
            continue
        meanings = list(possible_meanings(truth.program, own))
        called = _called(claim, own, meanings, truth.program)
        right = [meaning for meaning in meanings if holds(meaning, own.body)]
        used = [*mine, *_in_names(names, own, found)]
        if called in right or (right and not (called is not None and used)):
            continue
        if not used and called is not None and holds(called, -own.body):
            continue  # the writer's errors have the other sign
        candidates = [called] if called is not None and (right or not used) else meanings if used else []
        for meaning in candidates:
            slip = EarlierSlip(claim.line, meaning, own.body)
            if all(followed(truth, [slip], use.target, use.expression) for use in used):
                found[own.tensor] = Meaning(meaning, min((use.line for use in mine), default=0))
                break
    return found


def _in_names(names: Sequence[tuple[Claim, Definition]], own: Definition, found: dict[Tensor, Meaning]) -> list[Use]:
    """The uses of a name in other such names that are wrong."""
    return [
        Use(claim.line, found[other.tensor].target, other.body, frozenset({own.tensor}), right=False)
        for claim, other in names
        if other.tensor in found and own.tensor in claim.links[-1].own
    ]


def _called(claim: Claim, own: Definition, meanings: Sequence[Target], program: Program) -> Target | None:
    """What a δ is by its name: the derivative by the one pre-activation that has its axes."""
    assert isinstance(claim.syntax, Chain)
    left = claim.syntax.sides[0]
    if not isinstance(left, Name) or left.base not in _ERRORS:
        return None
    fitting = [meaning for meaning in meanings if _is_pre_activation(meaning.tensor, program)]
    return fitting[0] if len(fitting) == 1 else None


def _is_pre_activation(tensor: Tensor, program: Program) -> bool:
    body = program.definition(tensor.name).body
    return not isinstance(body, Call) and any(used.role is Role.PARAMETER for used in body.tensors)
