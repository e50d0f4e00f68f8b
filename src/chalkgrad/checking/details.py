"""What is said of a claim besides its verdict, as sentences."""

from __future__ import annotations

from collections.abc import Iterator

from chalkgrad.checking.report import CheckedClaim
from chalkgrad.checking.words import plainly


def details(claim: CheckedClaim, hints: bool = False) -> Iterator[str]:
    """The sentences about a claim; with `hints` none that gives the answer away.

    >>> list(details(CheckedClaim(1, 1, "", "y = x", "claim", "y", "undetermined", "nothing says what y is")))
    ['Nothing says what y is.']
    """
    if claim.chain:
        yield as_sentence(claim.chain)
    if claim.link:
        yield f"The first side that is not right: {claim.link}"
    if claim.mistakes and hints:
        yield from dict.fromkeys(slip.hint for slip in claim.mistakes)
    elif claim.mistakes and claim.reason == " ".join(slip.message for slip in claim.mistakes):
        yield from (slip.message for slip in claim.mistakes)
    elif claim.verdict not in ("definition", "right") and claim.reason != claim.chain:
        yield as_sentence(claim.reason)
    elif claim.verdict in ("right", "definition") and claim.guesses:
        yield "Read so: " + "; ".join(claim.guesses) + "."
    if claim.rests:
        yield as_sentence(str(claim.rests))
    if claim.counterexample is not None and not hints and not claim.follows:
        yield shown_at(claim)


def shown_at(claim: CheckedClaim) -> str:
    """The sentence that tells the counterexample of a wrong claim in numbers."""
    found = claim.counterexample
    assert found is not None
    point = ", ".join(f"{plainly(name)} = {_short(value)}" for name, value in found["point"].items())
    where = f"{claim.place} " if claim.place else ""
    return f"At {point}: {where}claimed {_short(found['claimed'])}, but it is {_short(found['derived'])}."


def as_sentence(words: str) -> str:
    """The words with a capital and a full stop."""
    start = words[:1].upper() + words[1:]
    return start if start.endswith((".", "!", "?")) else start + "."


def _short(value: object) -> str:
    if isinstance(value, list):
        return "(" + ", ".join(map(_short, value)) + ")"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
