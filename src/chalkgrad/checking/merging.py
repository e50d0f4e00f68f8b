"""One verdict for each equation: the worst of what was found for each layer that it stands for, or in its numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from chalkgrad.checking.report import CheckedClaim
from chalkgrad.drawing.labels import unicode_of
from chalkgrad.language import FUNCTIONS
from chalkgrad.page.syntax import Span
from chalkgrad.reading.activations import STAND_INS
from chalkgrad.reading.claims import Claim
from chalkgrad.reading.examples import Example

_WORST_FIRST = ("wrong", "unread", "undetermined", "right_up_to", "right", "definition")


def merged(found: Sequence[tuple[Claim | Example, CheckedClaim]]) -> list[CheckedClaim]:
    """The verdicts, those on the same equation as one."""
    groups: dict[tuple[int, Span], list[CheckedClaim]] = {}
    for claim, verdict in found:
        if isinstance(claim, Claim) and claim.kind == "identity" and verdict.verdict == "definition":
            verdict = replace(verdict, kind="claim", verdict="right", reason="its sides are equal at random points")
        groups.setdefault((id(claim.equation), claim.syntax.span), []).append(verdict)
    return [_worst(group) for group in groups.values()]


def _worst(group: Sequence[CheckedClaim]) -> CheckedClaim:
    worst = min(group, key=lambda each: (_WORST_FIRST.index(each.verdict), each.follows is not None))
    if len({each.subject for each in group if each.verdict != "definition"}) > 1 and worst.verdict in (
        "wrong",
        "unread",
        "undetermined",
    ):
        return replace(worst, reason=f"{worst.subject}: {worst.reason}")
    guesses = dict.fromkeys(guess for each in (worst, *group) for guess in each.guesses)
    return replace(worst, guesses=tuple(guesses))


def in_the_documents_words(claim: CheckedClaim, undefined: Mapping[str, str]) -> CheckedClaim:
    """The verdict with the document's names of its undefined activations for those that stood in for them."""
    for spelled, row in undefined.items():
        if row not in STAND_INS:
            continue
        function = FUNCTIONS[row]
        named = unicode_of(spelled)

        ours = re.compile(rf"\b(?:{re.escape(function.unicode)}|{row})\b", re.IGNORECASE)

        def said(words: str, ours: re.Pattern[str] = ours, theirs: str = named) -> str:
            return ours.sub(lambda found: theirs, words)

        slips = tuple(replace(each, message=said(each.message), hint=said(each.hint)) for each in claim.mistakes)
        right = claim.right_side.spelling(function.latex, spelled) if claim.right_side is not None else None
        claim = replace(claim, reason=said(claim.reason), mistakes=slips, right_side=right)
    return claim
