"""Sections that are read better as documents of their own, where what the rest of a long document does with its letters
is in the way.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.checking.judged import RIGHT, Judged
from chalkgrad.checking.judging import judged_part
from chalkgrad.page.documents import Document
from chalkgrad.page.statement import Statement as Stated
from chalkgrad.page.syntax import Chain, Span
from chalkgrad.reading.facts import Facts, Statement, has_derivative
from chalkgrad.reading.parts import parts_of
from chalkgrad.reading.readings import Reading


def read_alone(
    facts: Facts, stated: Sequence[Stated], document: Document, found: Sequence[Judged]
) -> tuple[list[Judged], Reading] | None:
    """The verdicts on a section with what it borrows and nothing else; None where that does not make more of it right,
    and nothing wrong.
    """
    own = [each for each in facts.statements if not each.borrowed]
    claims = [each for each in own if has_derivative(each.chain, facts)]
    if sum(each.verdict in RIGHT for each in found) >= len(claims):
        return None
    borrowing = _stated_in(facts.passage, stated)
    alone = _stated_in(own, stated)
    for passage in (borrowing, alone):
        if len(passage) < len(stated) and (passage is borrowing or len(passage) < len(borrowing)):
            tried = _read(passage, {each.equation.section for each in own}, document)
            if tried is not None and is_better(tried[0], found):
                return tried
    return None


def _stated_in(statements: Sequence[Statement], stated: Sequence[Stated]) -> list[Stated]:
    """What a document states, without the equations that are not among some; the words around names stay."""
    equations = {id(each.equation) for each in statements}
    return [each for each in stated if id(each.equation) in equations or not isinstance(each.body, Chain)]


def _read(passage: Sequence[Stated], sections: set[str], document: Document) -> tuple[list[Judged], Reading] | None:
    """The verdicts on some sections of a passage, if they are one part of it."""
    parts = [
        part for part in parts_of(passage, document)
        if any(not each.borrowed and each.equation.section in sections for each in part.statements)
    ]  # fmt: skip
    return judged_part(parts[0], document) if len(parts) == 1 else None


def is_better(tried: Sequence[Judged], found: Sequence[Judged]) -> bool:
    """Whether more is right and nothing wrong, and whatever was wrong is right."""
    before, after = _verdicts(found), _verdicts(tried)
    good = {claim for claim, verdict in after.items() if verdict in RIGHT}
    wrong = {claim for claim, verdict in before.items() if verdict == "wrong"}
    more = len(good) > sum(verdict in RIGHT for verdict in before.values())
    return more and wrong <= good and "wrong" not in after.values()


def _verdicts(found: Sequence[Judged]) -> dict[tuple[int, Span], str]:
    """What is said of the claims of a section itself, by the equation and the place in it."""
    own = [each for each in found if not each.claim.statement.borrowed]
    return {(id(each.claim.statement.equation), each.claim.statement.chain.span): each.verdict for each in own}


__all__ = ["is_better", "read_alone"]
