"""Claims that are true only under one of several readings: a loss that is not named, an activation not defined.

The claims themselves may tell which is meant; those that rest on it say so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

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


def under_the_likeliest_activation(
    report: Report, names: Sequence[str], under: Callable[[Mapping[str, str]], Report]
) -> Report:
    """The report for any smooth activation, where the document does not define it; or for a usual one.

    `names` are those of the activations, the output's last; `under` checks the document with some of the table in their
    place. That is preferred only where claims are wrong for any activation and nothing is wrong for these; they then
    say so.
    """
    gates = any(_GATES.search(claim.latex) for claim in report.claims)  # with a ReLU' at the activation all is right
    rows = (*_USUAL_ACTIVATIONS, *(["relu"] if gates else []))
    readings: list[Mapping[str, str]] = [dict.fromkeys(names, row) for row in rows]
    if len(names) > 1:
        readings = [{names[-1]: "sigmoid"}, {names[-1]: "identity"}, *readings]
    best, taken = _likeliest(report, readings, under)
    free = " and ".join(unicode_of(name) for name in names if not taken or name not in taken)
    told = [f"the document does not define {free}, so that it may be any smooth function"] if free else []
    if taken is None:
        return replace(report, guesses=(*report.guesses, *told))
    said = " and ".join(f"{unicode_of(name)} = {FUNCTIONS[row].unicode or row}" for name, row in taken.items())
    before = {(claim.line, claim.column, claim.subject, claim.latex) for claim in report.claims if _is_right(claim)}
    rests = f"only for {said}: the document does not define it"
    claims = tuple(
        claim if (claim.line, claim.column, claim.subject, claim.latex) in before else _resting(claim, rests)
        for claim in best.claims
    )
    told.append(f"{said} is taken, which the document does not say, but for which the claims are true")
    return replace(best, claims=claims, guesses=(*best.guesses, *told))


Reading = TypeVar("Reading", str, Mapping[str, str])


def _likeliest(
    report: Report, readings: Sequence[Reading], under: Callable[[Reading], Report]
) -> tuple[Report, Reading | None]:
    """The report under the reading for which nothing is wrong and most is right; the first report where that is so."""
    best: Report = report
    taken: Reading | None = None
    if _count(report, "wrong"):
        for reading in readings:
            other = _under(reading, under)
            if other is not None and not _count(other, "wrong") and _rightly(other) > _rightly(best):
                best, taken = other, reading
    return best, taken


def _under(reading: Reading, under: Callable[[Reading], Report]) -> Report | None:
    try:
        return under(reading)
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
