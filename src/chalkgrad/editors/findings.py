"""What there is to say about a checked document, each with its place: what editors underline and reviews annotate.

Places are lines and columns from 1, in code points; `end_column` is that after the last character.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chalkgrad.checking.details import details
from chalkgrad.checking.report import CheckedClaim, Report

ERROR, WARNING, INFORMATION = "error", "warning", "information"

# How much each verdict matters to somebody who reviews a text, and what it says in a few words.
SEVERITIES = {
    "wrong": ERROR,
    "follows": WARNING,
    "unread": WARNING,
    "undetermined": INFORMATION,
    "right_up_to": INFORMATION,
}
WORDS = {
    "wrong": "is wrong",
    "follows": "follows from an earlier slip",
    "unread": "could not be read",
    "undetermined": "could not be judged",
    "right_up_to": "is right up to a convention",
    "right": "is right",
    "definition": "says what a name means",
}
_LONGEST_TITLE = 60


@dataclass(frozen=True)
class Place:
    """A part of a document."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Finding:
    """Something about one claim: `rule` is the kind of slip, or the verdict where none is known.

    `parts` are the places that are underlined, `place` is all from the first to the last of them; `earlier` is the
    line of the slip from which the claim follows.
    """

    rule: str
    severity: str
    title: str
    sentences: tuple[str, ...]
    place: Place
    parts: tuple[Place, ...]
    claim: CheckedClaim
    earlier: int | None = None

    @property
    def message(self) -> str:
        """All of it as text: the verdict, then a line for each sentence."""
        return "\n".join((self.title, *self.sentences))


def findings_in(report: Report, hints: bool = False) -> Iterator[Finding]:
    """What is wrong, could not be judged or is right only up to something; with `hints` no answers.

    What could not be judged or read is told of claims about derivatives only: nobody asked about the others.

    >>> from chalkgrad.checking.document import check_text
    >>> text = "$$y = w x$$ The loss is $L = (y - t)^2$. $$\\\\frac{\\\\partial L}{\\\\partial w} = (y - t) x$$"
    >>> [(found.rule, found.title, found.place.column) for found in findings_in(check_text(text))]
    [('factor_of_two', '∂L/∂w is wrong', 76)]
    """
    found = (finding_of(claim, hints) for claim in report.claims)
    return (each for each in found if each is not None)


def finding_of(claim: CheckedClaim, hints: bool = False) -> Finding | None:
    """What there is to say about one claim; None where nothing is to be said."""
    verdict = verdict_of(claim)
    if verdict not in SEVERITIES or (verdict in ("unread", "undetermined") and claim.kind != "claim"):
        return None
    rule = claim.mistakes[0].kind if verdict == "wrong" and claim.mistakes and not hints else verdict
    whole = place_of(claim)
    parts = tuple(Place(m.line, m.column, m.end_line, m.end_column) for m in claim.marks) or (whole,)
    first, last = parts[0], parts[-1]
    place = Place(first.line, first.column, last.end_line, last.end_column)
    told = tuple(details(claim, hints))
    return Finding(rule, SEVERITIES[verdict], heading(claim), told, place, parts, claim, claim.follows)


def verdict_of(claim: CheckedClaim) -> str:
    """The verdict, `follows` where a wrong claim was derived correctly from an earlier slip."""
    return claim.verdict if claim.follows is None else "follows"


def heading(claim: CheckedClaim) -> str:
    """The claim and its verdict in a few words: `∂L/∂w is wrong`."""
    return f"{name_of(claim)} {WORDS[verdict_of(claim)]}"


def name_of(claim: CheckedClaim) -> str:
    """What the claim is about, as short as its document spells it."""
    name = " ".join((claim.title or claim.subject or claim.latex).split())
    return name if len(name) <= _LONGEST_TITLE else name[: _LONGEST_TITLE - 1] + "…"


def place_of(claim: CheckedClaim) -> Place:
    """All of a claim's equation."""
    lines = claim.latex.split("\n")
    first = claim.column if len(lines) == 1 else 1
    return Place(claim.line, claim.column, claim.line + len(lines) - 1, first + len(lines[-1]))
