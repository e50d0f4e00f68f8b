"""A second look at verdicts that random points leave in doubt: edges of a formula's own, cases of a label.

Random points tell 1[x < 100] from 1 only by chance, and a claim by cases of a label holds for labels only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from chalkgrad.checking.cases import Case, Cases
from chalkgrad.checking.comparing import compare
from chalkgrad.checking.comparisons import Comparing
from chalkgrad.checking.conventions import LABELS, by_cases_of_a_label
from chalkgrad.checking.edges import edges_in
from chalkgrad.checking.judged import Judged
from chalkgrad.checking.told_class import OF_CLASS, holds_where_told
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Expression, Number, walk

_MOST_EDGES = 6


def looked_at_again(found: Sequence[Judged]) -> list[Judged]:
    """The verdicts on the claims of a reading, where a closer look changes some of them."""
    cases: dict[int, Cases] = {}
    result = []
    for each in found:
        if each.comparing is not None:
            each = _again(cases.setdefault(id(each.comparing), Cases(each.comparing)), each)
        result.append(each)
    return result


def _again(cases: Cases, judged: Judged) -> Judged:
    for_class = _for_the_class(cases, judged)
    if for_class is not judged or judged.claim.conditions:
        return for_class
    for number, side in enumerate(judged.sides):
        if side.fitted is None or judged.verdict not in ("right", "wrong"):
            continue
        expression = side.fitted.expression
        if side.verdict == "right" and not side.notes and _in_doubt(expression, cases.comparing):
            case = cases.of(judged.claim, side)
            if case is not None and not _holds(case):
                return _told(judged, number, "wrong", "it differs from the derivative")
        elif side.verdict == "wrong" and judged.verdict == "wrong":
            case = cases.of(judged.claim, side)
            if case is not None and _holds_for_labels(case):
                return _told(judged, number, "right_up_to", LABELS.words)
    return judged


def _for_the_class(cases: Cases, judged: Judged) -> Judged:
    """The claim, right where all of its sides are for the class of which the text says that they are for it."""
    if judged.verdict not in ("wrong", "undetermined") or all(side.verdict == "right" for side in judged.sides):
        return judged  # its layout may be what is wrong
    sides = list(judged.sides)
    for number, side in enumerate(sides):
        if side.verdict != "right":
            if side.fitted is None or not holds_where_told(cases, judged, side):
                return judged
            sides[number] = replace(side, verdict="right", reason=OF_CLASS)
    return replace(judged, verdict="right", reason=OF_CLASS, sides=tuple(sides))


def _told(judged: Judged, number: int, verdict: str, reason: str) -> Judged:
    """The claim with another verdict on one side."""
    sides = list(judged.sides)
    sides[number] = replace(sides[number], verdict="right" if verdict == "right_up_to" else verdict, reason=reason)
    if verdict == "right_up_to" and any(side.verdict not in ("right",) for side in sides):
        return judged
    return replace(judged, verdict=verdict, reason=reason, sides=tuple(sides))


def _in_doubt(expression: Expression, comparing: Comparing) -> bool:
    """Whether a side has an edge that no definition of the document has."""
    edges = {_plain(edge) for edge in edges_in(expression)}
    if not edges or len(edges) > _MOST_EDGES:
        return False
    known = {_plain(edge) for each in comparing.definitions.values() for edge in edges_in(each.body)}
    return bool(edges - known)


def _plain(edge: Expression) -> str:
    """An edge without the letters of its axes."""
    return " ".join(sorted(tensor.name for tensor in edge.tensors)) + str(_numbers(edge))


def _numbers(edge: Expression) -> list[Fraction]:
    return sorted(node.value for node in walk(edge) if isinstance(node, Number))


def _holds(case: Case) -> bool:
    try:
        equal, points = compare(case.truth, case.claimed, case.target)
    except (ChalkgradError, KeyError, ValueError, RecursionError, OverflowError, ZeroDivisionError):
        return True
    return equal or not points


def _holds_for_labels(case: Case) -> bool:
    try:
        if not by_cases_of_a_label(case.truth.program, case.claimed):
            return False
        equal, points = compare(case.truth.labelled, case.claimed, case.target)
    except (ChalkgradError, KeyError, ValueError, RecursionError, OverflowError, ZeroDivisionError):
        return False
    return equal and points > 0
