"""Claims that do not fit only because of what a name was taken for, where the document leaves that open.

Nothing defines the `y` of `(p - y) a^T`, and no other line says whether it is a number or a column: a layout that does
not fit under one of two readings that come as close says nothing about the claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.checking.judged import Judged
from chalkgrad.reading.facts import Facts
from chalkgrad.reading.layout import KINDS
from chalkgrad.reading.readings import Reading
from chalkgrad.reading.vocabulary import Symbol


def without_open_misfits(
    found: Sequence[Judged], reading: Reading, others: Sequence[tuple[Sequence[Judged], Reading]]
) -> list[Judged]:
    """The verdicts, where a misfit is none in another reading that differs only in what the document leaves open."""
    result = list(found)
    for verdicts, other in others:
        changed = _open_changes(reading, other)
        if changed is None:
            continue
        elsewhere = {each.claim.statement.place: each for each in verdicts}
        for number, each in enumerate(result):
            again = elsewhere.get(each.claim.statement.place)
            if each.verdict == "wrong" and _is_misfit(each) and again is not None and again.verdict != "wrong":
                name, kind = changed
                reason = f"it depends on whether {name} is {kind}, which the document does not say"
                result[number] = replace(each, verdict="undetermined", reason=reason)
    return result


def _is_misfit(judged: Judged) -> bool:
    return any(side.verdict == "misfit" for side in judged.sides)


def _open_changes(reading: Reading, other: Reading) -> tuple[str, str] | None:
    """A quantity of another kind in the other reading, and that kind; None if one differs that the document settles."""
    facts = reading.facts
    changed = [symbol for symbol, sort in reading.sorts.items() if other.sorts.get(symbol) != sort]
    if not changed or any(_is_settled(facts, symbol) for symbol in changed):
        return None
    first = min(changed, key=str)
    return first.base, KINDS.get(other.sorts[first].kind, "something else")


def _is_settled(facts: Facts, symbol: Symbol) -> bool:
    """Whether an equation defines a quantity, be it that of another layer."""
    return any(each.base == symbol.base and len(each.labels) == len(symbol.labels) for each in facts.defined)
