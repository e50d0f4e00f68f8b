"""Claims that say nothing as they stand, because shapes or indices do not fit, but would be right after one change.

Where no such change makes a claim right it stays unread: perhaps it was the shapes that were guessed wrongly.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from chalkgrad.checking.mistakes import CATALOGUE
from chalkgrad.checking.repair import Slip, slip_of
from chalkgrad.checking.verdict import Judgement
from chalkgrad.language import Call, Indicator, Program, Role, Tensor, walk
from chalkgrad.reading.claims import Link, Refit

_ROWS = {row.kind: row for row in CATALOGUE}
_MOST_EXPLAINED = 4
_PLACES = ("shapes", "index", "indices")  # of which the problem of a link must speak


def refitted(
    program: Program,
    link: Link,
    holds: Callable[[Link], bool],
    explain: Callable[[Link], tuple[Slip, ...]],
) -> tuple[Judgement, Refit] | None:
    """The verdict on a link that does not fit, where one change makes it right, by itself or with another slip."""
    if link.problem is None or not any(word in link.problem.problem for word in _PLACES):
        return None
    about = f"{link.problem.problem}. "
    for refit in link.refits:
        if holds(refit.link):
            slip = _slip(refit, program)
            return Judgement("wrong", about + slip.message, slips=(slip,)), refit
    for refit in islice(link.refits, _MOST_EXPLAINED):
        others = explain(refit.link)
        if others:
            slips = (_slip(refit, program), *others)
            return Judgement("wrong", about + " ".join(slip.message for slip in slips), slips=slips), refit
    return None


def _slip(refit: Refit, program: Program) -> Slip:
    kind, what = refit.kind, refit.what
    if kind == "sum_missing":
        kind, what = "sum_over_units_missing", "a sum"
    if kind == "wrong_layer":
        kind, what = _about_layer(refit, program)
    return slip_of(_ROWS[kind], what)


def _about_layer(refit: Refit, program: Program) -> tuple[str, str]:
    """Which mistake a name of another layer is."""
    if refit.tensor is None:
        return "wrong_layer_activation", f"in {refit.what} the layers are not those of the gradient"
    what = f"{refit.what} stands where {refit.tensor.name} belongs"
    if refit.tensor.role is Role.PARAMETER:
        return "wrong_weights", what
    return (
        "wrong_layer_derivative" if _is_derived(refit.tensor, refit.link, program) else "wrong_layer_activation"
    ), what


def _is_derived(tensor: Tensor, link: Link, program: Program) -> bool:
    """Whether a tensor stands in a derivative of an activation, or is what an activation is applied to."""
    nodes = walk(link.written) if link.written is not None else iter(())
    about_it = [node for node in nodes if tensor in node.tensors]
    inside = any(isinstance(node, Indicator) or (isinstance(node, Call) and node.order > 0) for node in about_it)
    bodies = (definition.body for definition in program.definitions)
    return inside or any(isinstance(body, Call) and tensor in body.argument.tensors for body in bodies)
