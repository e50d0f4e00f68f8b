"""The conventions to which a document keeps: what it does once only is a slip, not a convention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.checking.equating import FACTOR, MAXIMISED
from chalkgrad.checking.judged import Judged
from chalkgrad.checking.own_means import FROM_SUM
from chalkgrad.language import Role

_UNLIKE = "it is not as in the other lines, which keep to the loss: "


def without_broken_conventions(found: Sequence[Judged]) -> list[Judged]:
    """The verdicts, where what is right only up to a sign or a factor, unlike another claim of its kind, is wrong."""
    plain = {key for each in found if each.verdict == "right" and not _is_relative(each) for key in _kinds(each)}
    result = []
    for each in found:
        notes = {note for side in each.sides for note in side.notes}
        signed = any(note.startswith(MAXIMISED) for note in notes)
        scaled = any(FACTOR in note for note in notes)
        broken = [key for key in _kinds(each) if key in plain and (signed if key[1] == "sign" else scaled)]
        of_two = each.comparing is not None and each.comparing.other_loss(each.claim)  # one the mean of the other
        if any(note.endswith(FROM_SUM) for note in notes) and not of_two:  # unlike gradients of the mean
            broken += [key for key in plain if key[1] == "values" and (key[0], "sign") in _kinds(each)]
        if each.verdict == "right_up_to" and broken:
            each = replace(each, verdict="wrong", reason=_UNLIKE + each.reason)
        result.append(each)
    return result


def _is_relative(judged: Judged) -> bool:
    """Whether a claim says how one gradient follows from others under names of their own: it holds for any factor."""
    setting = judged.comparing.reading.setting if judged.comparing is not None else None
    own = {str(symbol) for symbol in setting.own} if setting is not None else set()
    return any(
        tensor.name in own
        for side in judged.sides if side.fitted is not None
        for tensor in side.fitted.expression.tensors
    )  # fmt: skip


def _kinds(judged: Judged) -> list[tuple[str, str]]:
    """For what a convention is kept: a sign for one objective, a factor for its parameters apart from its values."""
    left = judged.claim.left.value
    comparing = judged.comparing
    if left is None or comparing is None:
        return []
    derived = next((tensor for tensor in left.expression.tensors if tensor.role is Role.ADJOINT), None)
    if derived is None:
        return []
    is_parameter = comparing.roles.get(derived.wrt) is Role.PARAMETER and derived.wrt not in comparing.definitions
    return [(derived.of, "sign"), (derived.of, "parameters" if is_parameter else "values")]
