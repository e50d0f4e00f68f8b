"""Claims that are true only under one of several readings: a loss that is not named, an activation not defined.

The claims themselves may tell which is meant; those that rest on it say so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from chalkgrad.checking.report import CheckedClaim, Report
from chalkgrad.drawing.labels import unicode_of
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import FUNCTIONS
from chalkgrad.networks.losses import LOSSES, loss_named
from chalkgrad.reading.model import NO_LOSS

_USUAL_ACTIVATIONS = ("sigmoid", "tanh")
_GATES = re.compile(r"[<>]|\\(?:[lg]eq?|[lg]t|max)\b")
USUAL = ("bce", "cross_entropy", "mse")


def under_the_likeliest_loss(report: Report, taken: str, under: Callable[[str], Report]) -> Report:
    """The report under the usual loss that makes most claims true; such claims say that they rest on it.

    `taken` is the loss that was taken first; `under` checks the document under another. Another is preferred only
    where under it nothing is wrong.
    """
    best, found = _likeliest(report, [name for name in USUAL if name != taken], under)
    taken = found or taken
    title = LOSSES[taken].title if taken in LOSSES else taken
    rests = f"only for the {title}: the document names no loss"
    about = f"d{best.program.result.name}/d" if best.program else ""
    claims = tuple(_resting(claim, rests) if claim.subject.startswith(about) else claim for claim in best.claims)
    guesses = report.guesses
    if best is not report:
        told = f"{NO_LOSS}, so it is taken to be the {loss_named(taken).title}, for which the claims are true"
        guesses = (told, *(guess for guess in best.guesses if not guess.startswith(NO_LOSS)))
    return replace(best, claims=claims, guesses=guesses)


def under_the_likeliest_activation(report: Report, names: Sequence[str], under: Callable[[str], Report]) -> Report:
    """The report for any smooth activation, where the document does not define it; or for a usual one.

    `names` are those of the activations, `under` checks the document with one of the table in their place. That is
    preferred only where claims are wrong for any activation and nothing is wrong for this one; they then say so.
    """
    said = " and ".join(unicode_of(name) for name in names)
    gates = any(_GATES.search(claim.latex) for claim in report.claims)  # with a ReLU' at the activation all is right
    best, found = _likeliest(report, (*_USUAL_ACTIVATIONS, *(["relu"] if gates else [])), under)
    if best is report:
        told = f"the document does not define {said}, so that it may be any smooth function"
        return replace(report, guesses=(*report.guesses, told))
    row = FUNCTIONS[found].unicode or found
    before = {(claim.line, claim.column, claim.subject, claim.latex) for claim in report.claims if _is_right(claim)}
    rests = f"only for {said} = {row}: the document does not define it"
    claims = tuple(
        claim if (claim.line, claim.column, claim.subject, claim.latex) in before else _resting(claim, rests)
        for claim in best.claims
    )
    told = f"the document does not define {said}, so it is taken to be {row}, for which the claims are true"
    return replace(best, claims=claims, guesses=(*best.guesses, told))


def _likeliest(report: Report, names: Sequence[str], under: Callable[[str], Report]) -> tuple[Report, str]:
    """The report under the name for which nothing is wrong and most is right; the first report where that is so."""
    best, taken = report, ""
    if _count(report, "wrong"):
        for name in names:
            other = _under(name, under)
            if other is not None and not _count(other, "wrong") and _rightly(other) > _rightly(best):
                best, taken = other, name
    return best, taken


def _under(name: str, under: Callable[[str], Report]) -> Report | None:
    try:
        return under(name)
    except ChalkgradError:
        return None


def _resting(claim: CheckedClaim, words: str) -> CheckedClaim:
    """A claim about the loss that is right says for which."""
    if not _is_right(claim):
        return claim
    return replace(claim, reason=f"{claim.reason}, {words}", guesses=(*claim.guesses, words))


def _is_right(claim: CheckedClaim) -> bool:
    return claim.verdict in ("right", "right_up_to")


def _count(report: Report, verdict: str) -> int:
    return sum(claim.verdict == verdict for claim in report.claims)


def _rightly(report: Report) -> int:
    return sum(map(_is_right, report.claims))
