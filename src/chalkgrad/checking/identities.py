"""Equations that are about no derivative and define nothing: whether their sides are equal, or they are conditions.

`1 - \\sigma(x) = \\sigma(-x)` says that both sides are equal; `y_i(w^\\top x_i + b) = 1` asks for what makes it so.
"""

from __future__ import annotations

from collections.abc import Iterator

from chalkgrad.checking.comparisons import Compared, Comparing
from chalkgrad.checking.judged import Judged
from chalkgrad.page.effort import MOST_FOR_CLAIM, SpentError, at_most
from chalkgrad.page.syntax import Name
from chalkgrad.reading.facts import Statement, speaks_of_derivatives
from chalkgrad.reading.readings import read_claim

ABOUT = "it says only that both are about equal"
CONDITION = "it is a condition: it says something only of what makes it true"


def judged_identities(comparing: Comparing) -> Iterator[Judged]:
    """The verdicts on the equations between formulas that a reading has in displays."""
    reading = comparing.reading
    for statement in reading.facts.statements:
        kind = reading.facts.kinds.get(statement.place)
        if kind != "identity" or statement.borrowed or not _says_equal(statement):
            continue
        if reading.setting is None or speaks_of_derivatives(statement.chain, reading.facts):
            continue
        try:
            with at_most(MOST_FOR_CLAIM):
                claim = read_claim(reading, reading.setting, statement)
        except SpentError:
            continue
        if claim is None or claim.left.value is None:
            continue
        sides = []
        for ways in claim.sides:
            fits = [fitted for way in ways for fitted in comparing.fit(claim.left.value, way, claim.left.way)]
            sides.append(comparing.side(claim, ways, fits))
        if all(side.verdict == "right" for side in sides):
            yield Judged(claim, "right", sides[0].reason, tuple(sides), comparing)
        elif "≈" in statement.chain.relations and any(side.verdict == "wrong" for side in sides):
            yield Judged(claim, "undetermined", ABOUT, tuple(sides), comparing)
        elif any(side.verdict in ("wrong", "misfit") for side in sides):
            yield _not_equal(claim_sides=sides, judged=Judged(claim, "wrong", "", tuple(sides), comparing))
        else:
            worst = next(side for side in sides if side.verdict != "right")
            yield Judged(claim, worst.verdict, worst.reason, tuple(sides), comparing)


def _says_equal(statement: Statement) -> bool:
    chain = statement.chain
    return (
        statement.equation.display and set(chain.relations) <= {"=", "≡", "≈"} and not isinstance(chain.sides[0], Name)
    )


def _not_equal(claim_sides: list[Compared], judged: Judged) -> Judged:
    """What is not equal is wrong if both sides rest on the same; else it is a condition."""
    comparing = judged.comparing
    assert comparing is not None
    for side in claim_sides:
        if side.verdict == "wrong" and side.fitted is not None:
            one, other = side.fitted.left.expression, side.fitted.expression
            if comparing.rests_on(one) == comparing.rests_on(other):
                return Judged(judged.claim, "wrong", "its sides are not equal", judged.sides, comparing)
    return Judged(judged.claim, "definition", CONDITION, judged.sides, comparing)
