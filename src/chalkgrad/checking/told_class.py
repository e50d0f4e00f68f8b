r"""Claims for the class of a sample: "for the right class c, where $y_c = 1$, it is $p_c - 1$, for others p_j".

Which entry of a one-hot target is the 1 is told beside such claims, so that they are compared at labels only, and there
where the target is what is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from chalkgrad.checking.cases import Case, Cases
from chalkgrad.checking.comparing import DIFFERENT
from chalkgrad.checking.comparisons import Compared
from chalkgrad.checking.judged import Judged
from chalkgrad.checking.points import has_probabilities
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import (
    Axis,
    Delta,
    Element,
    Expression,
    IndexValue,
    Indicator,
    Role,
    Tensor,
    as_index,
    rebuild,
    walk,
)
from chalkgrad.page.syntax import Chain, Name, Number, Syntax
from chalkgrad.reading.facts import Facts, Statement
from chalkgrad.reading.told_conditions import is_letter
from chalkgrad.reading.words import RIGHT_CLASS

OF_CLASS = "it agrees with the derivative at labels, for the class that is told"
_OF_OTHERS = re.compile(
    r"\b(?:for|at|in|pour|für|bei)\b[^.:!?,\n]*\b(?:others?|remaining|incorrect|wrong|autres?|andere[nrs]?)\b"
    r"(?:(?!\b(?:are|is|be)\b)[^.:!?\n])*[:,]?\s*$",
    re.IGNORECASE,
)
_LONGEST = 60  # of the words before a claim that say for which classes it is


def holds_where_told(cases: Cases, judged: Judged, side: Compared) -> bool:
    """Whether a side is right at labels, where the target is what the text says it is for this claim."""
    case = cases.of(judged.claim, side)
    if case is None or not has_probabilities(case.truth.program):
        return False
    facts = cases.comparing.reading.facts
    for target in (tensor for tensor in case.truth.program.declared if tensor.role is Role.TARGET):
        one = _value_told(facts, judged.claim.statement, target) if not target.axes else None
        if one is not None and _holds(case, target[()], one, case.claimed):
            return True
        for place in _places_told(facts, judged.claim.statement, target) if len(target.axes) == 1 else ():
            if _holds(case, target[as_index(place)], 1, case.claimed):
                return True
        classes = _classes(facts, judged.claim.statement, target)
        entry = {letter: _entry(case, target, axis) for letter, axis in _letters(case).items()}
        for letter, element in entry.items():
            one = _told_of(judged.claim.statement, letter, classes, facts, target)
            if element is not None and one is not None and _holds(case, element, one, case.claimed):
                return True
        for letter in classes:
            by_cases = _by_cases(case, letter, target)
            if by_cases is not None and _holds(case, None, 1, by_cases):
                return True
    return False


def _letters(case: Case) -> dict[str, Axis]:
    """The letters of the places by which a claim derives."""
    return {axis.name.rstrip("'"): axis for axis in case.target.axes}


def _classes(facts: Facts, statement: Statement, target: Tensor) -> set[str]:
    """The letters of the class at which the target is said to be 1, before a claim in its section or in its display."""
    found: set[str] = set()
    for each in facts.statements:
        if each.equation.section == statement.equation.section and each.place <= statement.place:
            found |= {letter for letter, one in _values((each.chain, *each.conditions), facts, target) if one == 1}
    for said in facts.words.properties:
        if said.word == RIGHT_CLASS and said.section == statement.equation.section and is_letter(said.name):
            found.add(said.name.base)
    for condition in (*statement.conditions, *statement.under):
        found |= {letter for letter, one in _values((condition,), facts, target) if one == 1}
    return found


def _value_told(facts: Facts, statement: Statement, target: Tensor) -> int | None:
    """What a target that is a number is said to be for a claim, by its own condition or last before it: `y = 1`."""
    section = statement.equation.section
    before = [
        each.chain for each in facts.statements if each.equation.section == section and each.place < statement.place
    ]
    for chain in (*statement.conditions, *statement.under, *reversed(before)):
        if isinstance(chain, Chain) and len(chain.sides) == 2 and chain.relations[0] in ("=", ":="):
            name, value = chain.sides
            if isinstance(name, Name) and isinstance(value, Number) and value.text in ("0", "1"):
                if str(facts.use(name).symbol) == target.name:
                    return int(value.text)
    return None


def _places_told(facts: Facts, statement: Statement, target: Tensor) -> Iterator[int]:
    """The places, from 0, at which the target is said to be 1 before a claim in its section: `y_2 = 1`."""
    for each in facts.statements:
        chain = each.chain
        if each.equation.section != statement.equation.section or each.place > statement.place:
            continue
        if len(chain.sides) != 2 or chain.relations[0] not in ("=", ":="):
            continue
        name, value = chain.sides
        if isinstance(name, Name) and isinstance(value, Number) and value.text == "1" and len(name.subscripts) == 1:
            below, use = name.subscripts[0], facts.use(name)
            if isinstance(below, Number) and below.text.isdigit() and str(use.symbol) == target.name:
                yield int(below.text) - 1


def _values(chains: Sequence[Syntax], facts: Facts, target: Tensor) -> Iterator[tuple[str, int]]:
    """What is said of single entries of the target, `y_c = 1`: their letters and numbers."""
    for chain in chains:
        if not isinstance(chain, Chain) or len(chain.sides) != 2 or chain.relations[0] not in ("=", ":="):
            continue
        name, value = chain.sides
        if isinstance(name, Name) and isinstance(value, Number) and value.text in ("0", "1"):
            letters = [part.base for part in name.subscripts if isinstance(part, Name) and is_letter(part)]
            whole = facts.use(replace(name, subscripts=()))
            if str(whole.symbol) == target.name and len(letters) == len(name.subscripts) == 1:
                yield letters[0], int(value.text)


def _told_of(statement: Statement, letter: str, classes: set[str], facts: Facts, target: Tensor) -> int | None:
    """Whether the entry of the target at a letter is 1 or 0 for a claim; None where nothing says so."""
    conditions = (*statement.conditions, *statement.under)
    for other, one in _values(conditions, facts, target):
        if other == letter:
            return one
    words = statement.equation.text_before[-_LONGEST:]
    for condition in conditions:
        if isinstance(condition, Chain) and len(condition.sides) == 2 and all(map(is_letter, condition.sides)):
            letters = {side.base for side in condition.sides if isinstance(side, Name)}
            if letter in letters and letters & classes:
                return int(condition.relations[0] == "=")
    if letter in classes:
        return 1
    return 0 if classes and _OF_OTHERS.search(words) else None


def _entry(case: Case, target: Tensor, axis: Axis) -> Element | None:
    """The entry of the target at the place by which a claim derives."""
    free = [*case.target.axes]
    indices = []
    for mine in target.axes:
        found = next((each for each in free if each.size == mine.size), None)
        if found is None:
            return None
        free.remove(found)
        indices.append(found)
    return target[tuple(indices)] if axis in indices else None


def _by_cases(case: Case, letter: str, target: Tensor) -> Expression | None:
    """A side that asks whether a place is that of the class, with the target's entry there for that question."""
    asked = False

    def change(node: Expression) -> Expression:
        nonlocal asked
        place = _place_asked_about(node, letter)
        entry = _entry(case, target, place) if place is not None else None
        if entry is None:
            return rebuild(node, change)
        asked = True
        return entry if not isinstance(node, Indicator) or node.comparison == "=" else 1 - entry

    changed = change(case.claimed)
    return changed if asked and changed.free <= set(case.target.axes) else None


def _place_asked_about(node: Expression, letter: str) -> Axis | None:
    """The place of which is asked whether it is that of the class: the class is an index, or a number by itself."""
    if isinstance(node, Delta):
        places = {axis.name.rstrip("'"): axis for axis in node.free}
        rest = [axis for name, axis in places.items() if name != letter]
        return rest[0] if letter in places and len(rest) == 1 else None
    if isinstance(node, Indicator) and node.comparison in ("=", "!=") and len(node.free) == 1:
        about = any(tensor.name == letter and not tensor.axes for tensor in node.tensors)
        counted = any(isinstance(part, IndexValue) for part in walk(node))
        return next(iter(node.free)) if about and counted and len(node.tensors) == 1 else None
    return None


def _holds(case: Case, element: Element | None, one: int, claimed: Expression) -> bool:
    """Whether a side is the derivative wherever an entry of the one-hot target is what is told."""
    axes = case.target.axes
    try:
        batch = case.truth.labelled.at_random
        derived = case.target.slice_of(batch.derivative(case.truth.of, case.target.tensor))
        found = batch.vectors.at(claimed, axes)
        there = batch.vectors.at(element, axes) == one if element is not None else np.ones(derived.shape, dtype=bool)
    except (ChalkgradError, KeyError, ValueError, RecursionError, OverflowError, ZeroDivisionError):
        return False
    there = np.broadcast_to(there, derived.shape) & np.isfinite(derived) & np.isfinite(found)
    apart = np.abs(found - derived) / (1 + np.abs(found) + np.abs(derived))
    return bool(there.any() and np.all(apart[there] < DIFFERENT * 1e-3))


__all__ = ["OF_CLASS", "holds_where_told"]
