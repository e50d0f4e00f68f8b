"""The marks for the parts of a rubric, from the verdicts on a submission's claims.

A part is about the derivative by one parameter. It may be written as a whole or element by element, in the names and
the layout of the submission: each element counts alike, and of several claims about it the last. Where the machine
cannot tell, or something was not read that may be the answer, the part is open until a person decides. A slip is paid
for once: what was derived correctly from it is worth what the rubric says, unless the slip stands in a line that no
part is about; then the first part pays for it. A link of a chain is worth nothing by itself: the derivatives that it
rests on have to be derived as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

from chalkgrad.checking import CheckedClaim
from chalkgrad.grading.correspondence import Correspondence, Entry, Place
from chalkgrad.grading.rubric import Part, Rubric
from chalkgrad.grading.sheets import Sheet

_PLACE = re.compile(r"\[(?P<indices>[^\[\]]*)\]$")
_IN_EQUATION = re.compile(r"^line \d+, column \d+: ", re.IGNORECASE)  # of the equation, which is not the document's
_WORST_FIRST = ("wrong", "unread", "undetermined", "missing", "link", "follows", "right_up_to", "right")
_MOST_ELEMENTS = 10_000
_MOST_TOLD = 5
_OPEN = ("unread", "undetermined")


@dataclass(frozen=True)
class Written:
    """A claim, the number of the document in which it stands, whether it is about the derivative of the loss, and how
    the document calls the quantities of the sheet.
    """

    document: int
    claim: CheckedClaim
    of_loss: bool
    own: Correspondence

    def is_about(self, entry: Entry) -> bool:
        """Whether it claims the derivative by an element of a tensor of its document."""
        name, place = entry
        wrt = self.claim.wrt
        if wrt is None:
            return False
        if _letters(wrt.name) == _letters(name):
            fixed = _fixed(self.claim.subject, len(place))
            return all(at is None or at == k for at, k in zip(fixed, place, strict=True))
        return _numbered(wrt.name, name) == [*place]

    def is_by(self, name: str) -> bool:
        """Whether it claims the derivative by a parameter of the sheet, or by a part of it."""
        wrt = self.claim.wrt
        names = self.own.names(name)
        return wrt is not None and any(
            _letters(wrt.name) == _letters(own) or _numbered(wrt.name, own) is not None for own in names
        )

    @property
    def slip(self) -> tuple[int, int | None]:
        """Where the slip was made that a wrong claim pays for, or that it follows from."""
        return self.document, self.claim.follows or self.claim.rests.slip or self.claim.line


@dataclass(frozen=True)
class _Element:
    """An element of a part's derivative, the claim that decides about it, and whether an earlier slip is paid here."""

    written: Written | None
    charged: bool = False

    @property
    def verdict(self) -> str:
        if self.written is None:
            return "missing"
        claim = self.written.claim
        if claim.follows or claim.rests.slip:
            return "wrong" if self.charged else "follows"
        if claim.rests:
            return "undetermined" if claim.rests.unjudged else "link"
        return claim.verdict

    def share(self, part: Part, known: bool) -> float:
        match self.verdict:
            case "right":
                return 1.0
            case "right_up_to":
                return part.right_up_to
            case "follows":
                return part.follows
            case "wrong":
                return part.known_slip if known else 0.0
        return 0.0


def marked_parts(
    rubric: Rubric, claims: Sequence[Written], sheet: Sheet, unread: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The marks for each part about a gradient as plain data; `unread` says what was not read in which an answer may
    stand.
    """
    parts = [part for part in rubric.parts if part.task == "gradient"]
    of_loss = [each for each in claims if each.of_loss]
    elements = {part: _elements([each for each in of_loss if each.is_by(part.wrt)], part, sheet) for part in parts}
    paid = {
        each.written.slip
        for found in elements.values()
        for each in found
        if each.written is not None and each.verdict == "wrong"
    }
    told = []
    for part, found in elements.items():
        unpaid = {e.written.slip for e in found if e.written is not None and e.verdict == "follows"} - paid
        paid |= unpaid
        found = [replace(e, charged=e.written is not None and e.written.slip in unpaid) for e in found]
        told.append(_told(part, found, claims, unread, rubric))
    return told


def _letters(name: str) -> str:
    """A name without what marks its scripts: the `w_1` of a claim is the w1 of the network."""
    return "".join(character for character in name if character.isalnum())


def _numbered(wrt: str, name: str) -> list[int] | None:
    numbers = wrt.removeprefix(f"{name}_").split(",")
    return [int(each) - 1 for each in numbers] if wrt != name and all(each.isdigit() for each in numbers) else None


def _elements(about: Sequence[Written], part: Part, sheet: Sheet) -> list[_Element]:
    """The elements of the derivative, each with the last claim about it."""
    places = _places(about, part.wrt, sheet)
    if not about:
        return [_Element(None)]
    if places is None:
        return [_Element(about[-1])]
    found = []
    for place in places:
        last = next((each for each in reversed(about) if each.is_about(each.own.of(part.wrt, place))), None)
        found.append(_Element(last))
    return found


def _places(about: Sequence[Written], name: str, sheet: Sheet) -> list[Place] | None:
    """The elements of a parameter of the sheet; None where their number is not known, or large."""
    shape = sheet.program.tensor(name).shape
    sizes = [size for size in shape if isinstance(size, int)]
    if len(sizes) == len(shape) and prod(sizes) <= _MOST_ELEMENTS:
        return list(product(*map(range, sizes)))
    if len(sizes) < len(shape) and about and all(each.own.elements for each in about):
        return [place for theirs, place in about[0].own.elements or {} if theirs == name]
    return None


def _fixed(subject: str, axes: int) -> list[int | None]:
    """For each axis the place that a claim is about, None for all: dL/dw[0,j] is about the first row."""
    found = _PLACE.search(subject)
    indices = found["indices"].split(",") if found else []
    places = [int(index) if index.strip().isdigit() else None for index in indices]
    return places if len(places) == axes else [None] * axes


def _told(
    part: Part, elements: Sequence[_Element], claims: Sequence[Written], unread: Sequence[str], rubric: Rubric
) -> dict[str, Any]:
    causes = [_cause(each, claims) for each in elements]
    shares = [each.share(part, bool(cause and cause.mistakes)) for each, cause in zip(elements, causes, strict=True)]
    points = part.points * sum(shares) / len(shares)
    verdicts = [each.verdict for each in elements]
    verdict = min(verdicts, key=_WORST_FIRST.index)
    missing = verdicts.count("missing")
    if verdict == "missing" and missing < len(elements):
        verdict = "incomplete"
    found = [(e, cause) for e, cause in zip(elements, causes, strict=True) if cause is not None]
    slips = {slip.kind: slip for e, cause in found if e.verdict == "wrong" for slip in cause.mistakes}
    off = rubric.deducted([*slips])
    if off is not None and all(cause.mistakes or e.verdict != "wrong" for e, cause in found):
        whole = [1.0 if e.verdict == "wrong" else share for e, share in zip(elements, shares, strict=True)]
        points = max(0.0, part.points * sum(whole) / len(whole) - off)
    counted = [f"{missing} of {len(elements)} elements are missing."] if missing else []
    if missing == len(elements):
        counted = [f"No derivative by {part.wrt} was found."]
    if missing and unread:
        counted.append(f"It may be in what was not read: {'; '.join(unread[:_MOST_TOLD])}.")
    return {
        "name": part.name,
        "of": part.points,
        "points": round(points, 6),
        "open": any(each in _OPEN for each in verdicts) or bool(missing and unread),
        "verdict": verdict,
        "comment": " ".join([*dict.fromkeys(_comment(e, cause) for e, cause in found), *counted]).strip(),
        "hint": " ".join([*dict.fromkeys(_hint(e, cause) for e, cause in found), *counted]).strip(),
        "slips": [{"kind": slip.kind, "message": slip.message, "hint": slip.hint} for slip in slips.values()],
        "line": next((e.written.claim.line for e, _ in found if e.written is not None), None),
    }


def _cause(element: _Element, claims: Sequence[Written]) -> CheckedClaim | None:
    """The claim that costs an element its points: its own, or the slip in an earlier line that is paid for here."""
    if element.written is None or element.verdict == "right":
        return None
    document, line = element.written.slip
    if element.charged:
        for each in claims:
            if each.document == document and each.claim.line == line and each.claim.verdict == "wrong":
                return each.claim
    return element.written.claim


def _comment(element: _Element, cause: CheckedClaim) -> str:
    words = " ".join(slip.message for slip in cause.mistakes) or _sentence(_open_or_reason(cause))
    return f"This follows from the slip in line {cause.line}. {words}" if element.charged else words


def _hint(element: _Element, cause: CheckedClaim) -> str:
    """What is said without giving the answer away; the reason of a wrong claim would."""
    words = " ".join(dict.fromkeys(slip.hint for slip in cause.mistakes))
    if not words:
        plain = cause.verdict == "wrong" and cause.follows is None
        words = "This is not the derivative." if plain else _sentence(_open_or_reason(cause))
    return f"This follows from the slip in line {cause.line}. {words}" if element.charged else words


def _open_or_reason(cause: CheckedClaim) -> str:
    """Why a claim has no full marks: what it leaves open, or what is said of it, in the document's own lines."""
    return str(cause.rests) if cause.rests else _IN_EQUATION.sub(f"Line {cause.line}: ", cause.reason)


def _sentence(words: str) -> str:
    """A sentence; what stands below its first line is an excerpt with a caret."""
    first, *excerpt = words.split("\n")
    start = first[:1].upper() + first[1:]
    ended = start if start.endswith((".", "!", "?")) or not start else start + "."
    return "\n".join([ended, *excerpt])
