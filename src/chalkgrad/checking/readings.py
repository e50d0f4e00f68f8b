"""Claims that are true only under one of several readings: where a document names no loss, the claims may tell it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chalkgrad.checking.report import CheckedClaim, Report
from chalkgrad.errors import ChalkgradError
from chalkgrad.networks.losses import LOSSES, loss_named

USUAL = ("bce", "cross_entropy", "mse")
NO_LOSS = "no loss is named"


def under_the_likeliest_loss(report: Report, taken: str, under: Callable[[str], Report]) -> Report:
    """The report under the usual loss that makes most claims true; such claims say that they rest on it.

    `taken` is the loss that was taken first; `under` checks the document under another. Another is preferred only
    where under it nothing is wrong.
    """
    best = report
    if _count(report, "wrong"):
        for name in USUAL:
            other = _under(name, under) if name != taken else None
            if other is not None and not _count(other, "wrong") and _rightly(other) > _rightly(best):
                best, taken = other, name
    title = LOSSES[taken].title if taken in LOSSES else taken
    rests = f"only for the {title}: the document names no loss"
    about = f"d{best.program.result.name}/d" if best.program else ""
    claims = tuple(_resting(claim, rests) if claim.subject.startswith(about) else claim for claim in best.claims)
    guesses = report.guesses
    if best is not report:
        told = f"{NO_LOSS}, so it is taken to be the {loss_named(taken).title}, for which the claims are true"
        guesses = (told, *(guess for guess in best.guesses if not guess.startswith(NO_LOSS)))
    return replace(best, claims=claims, guesses=guesses)


def _under(loss: str, under: Callable[[str], Report]) -> Report | None:
    try:
        return under(loss)
    except ChalkgradError:
        return None


def _resting(claim: CheckedClaim, words: str) -> CheckedClaim:
    """A claim about the loss that is right says for which."""
    if claim.verdict not in ("right", "right_up_to"):
        return claim
    return replace(claim, reason=f"{claim.reason}, {words}", guesses=(*claim.guesses, words))


def _count(report: Report, verdict: str) -> int:
    return sum(claim.verdict == verdict for claim in report.claims)


def _rightly(report: Report) -> int:
    return _count(report, "right") + _count(report, "right_up_to")
