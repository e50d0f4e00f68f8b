"""The verdict on each claim of a document under its best readings: right as written, up to a convention, or wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from chalkgrad.checking.judged import RIGHT, Judged, all_right, count_right, is_refused, merit
from chalkgrad.checking.open_sorts import without_open_misfits
from chalkgrad.checking.second_looks import looked_at_again
from chalkgrad.checking.under_losses import under_losses
from chalkgrad.checking.unfinished import not_reached, unfinished
from chalkgrad.language import FUNCTIONS, Call, walk
from chalkgrad.page.documents import Document
from chalkgrad.page.effort import DOCUMENT_SPENT, MOST_FOR_PART, PART_SPENT, SpentError, at_most
from chalkgrad.reading.facts import Facts, gives_table
from chalkgrad.reading.parts import (
    read_parts,
    with_new_meanings,
    with_tables,
    with_told_by_derivatives,
    with_usual_layers,
)
from chalkgrad.reading.readings import Reading, readings_of
from chalkgrad.reading.sense import SPREAD


def judged(document: Document) -> tuple[list[Judged], list[Reading]]:
    """The verdicts on the claims of a document, and the readings under which they were found, one for each part."""
    parts = [judged_part(facts, document) for facts in read_parts(document)]
    return [each for found, _ in parts for each in found], [reading for _, reading in parts]


def reading_of(facts: Facts, document: Document) -> Reading:
    """The reading of a part under which its claims come out best, where they tell something: what its loss is."""
    reading = readings_of(facts)[0]
    told = not reading.loss or reading.loss in reading.definitions or reading.facts.words.losses
    return reading if told or not reading.claims else judged_part(facts, document)[1]


def judged_part(facts: Facts, document: Document) -> tuple[list[Judged], Reading]:
    """The verdicts on the claims of a part, as far as no more work is done for it than a part may take."""
    with at_most(MOST_FOR_PART) as effort:
        best = _under_meanings(facts, document)
    if effort.spent and best is None:
        return not_reached(facts, PART_SPENT if effort.given == MOST_FOR_PART else DOCUMENT_SPENT)
    assert best is not None
    if effort.spent:  # what is wrong might be right in another reading
        best = [unfinished(each, PART_SPENT) if each.verdict == "wrong" else each for each in best[0]], best[1]
    return best


def _under_meanings(facts: Facts, document: Document) -> tuple[list[Judged], Reading] | None:
    """The verdicts where an equation that does not say the same again gives its name a new meaning; None where not one
    reading is found with the work that is left.
    """
    try:
        best = _under_functions(facts, document)
    except SpentError:
        return None
    with suppress(SpentError):
        best = _with_new_meanings(facts, document, best)
    return best


def _with_new_meanings(
    facts: Facts, document: Document, best: tuple[list[Judged], Reading]
) -> tuple[list[Judged], Reading]:
    new: frozenset[int] = frozenset()
    for _ in range(_MOST_MEANINGS):
        apart = {
            each.claim.statement.place for each in best[0]
            if each.claim.statement.place in facts.doubtful - new and each.verdict not in RIGHT
        }  # fmt: skip
        if not apart:
            break
        new |= apart
        facts = with_new_meanings(facts, new)
        tried = _under_functions(facts, document)
        if merit(tried[0]) < merit(best[0]):
            break
        best = tried
    best = _under_told(best, facts, document)
    return looked_at_again(_with_examples(best[0], facts, document)), best[1]


def _under_told(best: tuple[list[Judged], Reading], facts: Facts, document: Document) -> tuple[list[Judged], Reading]:
    """The verdicts with definitions that a text takes as known or tells in passing, where all is right with these."""
    for told, words in _TOLD:
        if any(map(is_refused, best[0])) or all(each.verdict != "undetermined" for each in best[0]):
            return best
        more = told(facts)
        tried = _under_functions(more, document) if more is not None else best
        if all_right(tried[0]) and merit(tried[0]) > merit(best[0]):
            tried[1].said[words] = _TAKEN
            best = tried
    return best


_TOLD = (
    (with_told_by_derivatives, "what is derived is the formula that is derived in its place"),
    (with_usual_layers, "each layer is W a + b under its activation, which the document does not say"),
)
_TAKEN = 0.3


def _with_examples(found: list[Judged], facts: Facts, document: Document) -> list[Judged]:
    """The verdicts, where what is wrong in general holds for the matrix that the part gives in numbers, or what is
    wrong for the numbers of another example holds in general.
    """
    result = list(found)
    if not any(gives_table(statement) for statement in facts.passage):
        return result
    for tables in (_GIVEN, _DROPPED):
        if any(each.verdict == "wrong" for each in result):
            tried = _under_functions(with_tables(facts, tables), document)[0]
            right = {each.claim.statement.place: each for each in tried if each.verdict in RIGHT}
            result = [
                right.get(each.claim.statement.place, each) if each.verdict == "wrong" else each for each in result
            ]
    return result


_GIVEN: Literal["given"] = "given"
_DROPPED: Literal["dropped"] = "dropped"


_MOST_MEANINGS = 3  # how often a part is read again

_MOST_READINGS = 4
_CLOSE = 0.75  # how much more another reading may cost

_IDENTITY = "identity"  # of which a text speaks whenever it calls something linear
_USUAL = ("sigmoid", "tanh", "relu", "softplus", _IDENTITY)
_SPOKEN = {
    "sigmoid": r"\b(?:sigmoid|logistic function)\b", "tanh": r"\b(?:tanh|hyperbolic tangent)\b",
    "relu": r"\b(?:re-?lu|rectifie[rd])\b", "softplus": r"\bsoftplus\b", "identity": r"\b(?:identity|linear)\b",
}  # fmt: skip


def _under_functions(facts: Facts, document: Document) -> tuple[list[Judged], Reading]:
    """The verdicts for any smooth function where the document defines none, or for a usual one that makes all right."""
    reading = readings_of(facts)[0]
    best = under_losses(reading, document)
    with suppress(SpentError):
        best = _under_others(facts, document, reading, best)
    return best


def _under_others(
    facts: Facts, document: Document, reading: Reading, best: tuple[list[Judged], Reading]
) -> tuple[list[Judged], Reading]:
    """The verdicts under another reading that bears out more, if there is one."""
    known = best[1].loss in best[1].definitions
    own = any(each.own for group in facts.defined.values() for each in group)
    misfit = any(side.verdict == "misfit" for each in best[0] for side in each.sides)
    if own and (not known or misfit):  # what does not fit is no value with which one could go on
        other = readings_of(facts, own=False)[0]
        tried = under_losses(other, document)
        if _is_better(tried[0], best[0]) if known else merit(tried[0]) >= merit(best[0]):
            reading, best = other, tried
    if any(map(is_refused, best[0])):  # perhaps another reading that comes close bears out more
        close = [each for each in readings_of(facts, _MOST_READINGS)[1:] if each.cost <= reading.cost + _CLOSE]
        compared = []
        for other in (*close, *readings_of(facts, leaning="C")):
            if other.sorts == reading.sorts or _flattens(other, reading):
                continue
            if _flattens_matrix(
                other, reading, {by for each in best[0] if is_refused(each) for by in _derived_by(each)}
            ):
                continue
            tried = under_losses(other, document)
            compared.append(tried)
            if _is_better(tried[0], best[0]):
                reading, best = other, tried
        best = without_open_misfits(best[0], best[1], compared), best[1]
    refused = any(map(is_refused, best[0]))
    if not reading.unknown or not (refused or any(each.verdict == "undetermined" for each in best[0])):
        return best
    used = {
        node.function for each in reading.definitions.values() for node in walk(each.body) if isinstance(node, Call)
    }
    said = [row for row in _spoken(facts, document) if row not in used]  # what is written by its name is no other's
    for row in said:
        functions = dict.fromkeys(reading.unknown, row)
        other = readings_of(facts, functions=functions)[0]
        tried = under_losses(other, document)
        alone = row != _IDENTITY and {*said} <= {row, _IDENTITY}
        if (
            alone and not refused and all_right(tried[0]) and count_right(tried[0]) > count_right(best[0])
        ) or _is_better(tried[0], best[0]):
            tried[1].assumed = functions
            best = tried
    if any(each.verdict == "wrong" for each in best[0]) and not best[1].assumed and len(reading.unknown) == 1:
        best = _for_some_only(facts, document, best), best[1]
    return best


def _spoken(facts: Facts, document: Document) -> list[str]:
    """The usual functions of which the words beside the equations of a part speak, or else those of the document."""
    own = [each.equation for each in facts.statements if not each.borrowed]
    near = " ".join(dict.fromkeys(f"{each.section} {each.text_before} {each.text_after}" for each in own))
    for prose in (near, document.prose):
        found = [row for row in _USUAL if re.search(_SPOKEN[row], prose, re.IGNORECASE)]
        if found:
            break
    return found


def _is_better(tried: Sequence[Judged], best: Sequence[Judged]) -> bool:
    """Whether more is right, and less is wrong."""
    wrong = [sum(map(is_refused, one)) for one in (tried, best)]
    right = [sum(each.verdict in RIGHT for each in one) for one in (tried, best)]
    return wrong[0] < wrong[1] and right[0] > right[1]


def _flattens(other: Reading, reading: Reading) -> bool:
    """Whether another reading takes for a number what stands transposed, or what is added to vectors, and is none
    first.
    """
    if SPREAD in other.said and SPREAD not in reading.said:
        return True
    turned = {use.symbol for use, _ in reading.facts.symbols() if use.transposed}
    return any(other.sorts[symbol].kind == "S" != reading.sorts[symbol].kind for symbol in turned & other.sorts.keys())


def _is_general(judged_: Judged, reading: Reading) -> bool:
    """Whether a side has the derivative of a function that nobody defined, and so is about whatever it may be."""
    unknown = set(reading.unknown.values())
    return any(
        isinstance(node, Call) and node.order > 0 and node.function in unknown
        for side in judged_.sides if side.fitted is not None
        for node in walk(side.fitted.expression)
    )  # fmt: skip


def _derived_by(judged_: Judged) -> set[str]:
    """By what a claim derives."""
    left = judged_.claim.left.value
    return {tensor.wrt for tensor in left.expression.tensors if tensor.wrt} if left is not None else set()


def _flattens_matrix(other: Reading, reading: Reading, names: set[str]) -> bool:
    """Whether one of some names is a matrix first, and a number beside vectors in the other reading: so that what is
    claimed of its derivative would fit.
    """
    flat = names & {
        str(symbol) for symbol, sort in reading.sorts.items()
        if sort.kind == "M" and symbol in other.sorts and other.sorts[symbol].kind == "S"
    }  # fmt: skip
    return any(
        flat & {tensor.name for tensor in each.body.tensors} and any(tensor.axes for tensor in each.body.tensors)
        for each in other.definitions.values()
    )


def _for_some_only(facts: Facts, document: Document, best: tuple[list[Judged], Reading]) -> list[Judged]:
    """The verdicts, where what is wrong for any function but right for a usual one is undetermined."""
    found = list(best[0])
    for row in _USUAL[:-1]:
        if not any(each.verdict == "wrong" for each in found):
            break
        other = readings_of(facts, functions=dict.fromkeys(best[1].unknown, row))[0]
        tried = {each.claim.statement.place: each.verdict for each in under_losses(other, document)[0]}
        names = " and ".join(best[1].unknown)
        reason = f"it is right if {names} is the {FUNCTIONS[row].unicode or row}, which the document does not say"
        found = [
            replace(each, verdict="undetermined", reason=reason)
            if each.verdict == "wrong" and tried.get(each.claim.statement.place) in RIGHT
            and not _is_general(each, best[1]) else each
            for each in found
        ]  # fmt: skip
    return found
