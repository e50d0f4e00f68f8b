r"""Values by case that a sentence tells, "$s(v) = 1$ if $v > 0$, and $0$ otherwise", as the cases that they are.

The first part by itself would say that s is 1 everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.page.statement import Statement as Stated
from chalkgrad.page.syntax import Cases, Chain, Derivative, Group, Name, Product, Syntax, Text, mapped, walk_syntax
from chalkgrad.page.words import says_otherwise

_JOINS = re.compile(r"[\s,;(]*(?:(?:and|or|but|et|ou|und|y|e)\b)?[\s,;(]*", re.IGNORECASE)
_IS = re.compile(r"\s*(?:is|are|equals?|est|vaut|ist)(?:\s+(?:equal\s+to|defined\s+as))?\s*", re.IGNORECASE)


def with_cases_in_words(stated: Sequence[Stated]) -> list[Stated]:
    """What is stated, where the values of one thing by case are one equation."""
    found: list[Stated] = []
    place = 0
    while place < len(stated):
        joined, after = _joined(stated, place)
        found.append(joined)
        place = after
    return found


def _joined(stated: Sequence[Stated], place: int) -> tuple[Stated, int]:
    """The equation with all of its cases, and the place of what comes after these."""
    first, after = stated[place], place + 1
    alone = first, after
    if _is_applied(first.body) and after < len(stated) and _IS.fullmatch(stated[after].equation.text_before):
        left, first = first.body, stated[after]  # "$s(v)$ is $1$ if"
        value, after = first.body, after + 1
    elif isinstance(first.body, Chain) and len(first.body.sides) == 2 and first.body.relations[0] in ("=", ":="):
        left, value = first.body.sides
    else:
        return alone
    if first.continues or isinstance(value, Chain) or len(first.conditions) != 1 or not _is_defined(left):
        return alone
    rows: list[tuple[Syntax, Syntax | None]] = [(value, first.conditions[0])]
    while rows[-1][1] is not None:
        after = _after_condition(stated, after, rows[-1][1])
        row = _row(stated[after], left, rows) if after < len(stated) else None
        if row is None:
            break
        rows.append(row)
        after += 1
    if len(rows) == 1:
        return alone
    begin = alone[0]
    at = (0, len(begin.equation.latex))
    told = tuple((_at(each, at), condition and _at(condition, at)) for each, condition in rows)
    chain = Chain(("=",), (left, Cases(told, at)), at)
    return replace(begin, body=chain, conditions=()), after


def _at(syntax: Syntax, span: tuple[int, int]) -> Syntax:
    """The same as if it stood where the first part does."""
    return mapped(syntax, lambda part: replace(part, span=span) if hasattr(part, "span") else part)


def _is_applied(syntax: Syntax) -> bool:
    return (
        isinstance(syntax, Product) and len(syntax.factors) == 2 and isinstance(syntax.factors[0], Name)
        and isinstance(syntax.factors[1], Group) and syntax.factors[1].bracket == "("
    )  # fmt: skip


def _is_defined(left: Syntax) -> bool:
    """Whether a left side is a quantity or a function, and no derivative: of these each part is a claim by itself."""
    if not (isinstance(left, Name) or _is_applied(left)):
        return False
    return not any(
        isinstance(part, Derivative) or (isinstance(part, Name) and (part.primes or part.base == r"\nabla"))
        for part in walk_syntax(left)
    )


def _after_condition(stated: Sequence[Stated], place: int, condition: Syntax | None) -> int:
    """The place after that of a condition, where it stands as maths of its own."""
    return place + 1 if place < len(stated) and stated[place].body == condition else place


def _row(
    stated: Stated, left: Syntax, rows: Sequence[tuple[Syntax, Syntax | None]]
) -> tuple[Syntax, Syntax | None] | None:
    """The value and the condition of one more case, if it is one; no condition where it says "otherwise"."""
    body, before = stated.body, stated.equation.text_before
    if isinstance(body, Chain):
        if len(body.sides) != 2 or body.sides[0] != left:
            return None
        body = body.sides[1]
    inside = [each.content for each in stated.conditions if isinstance(each, Text)]
    if any(map(says_otherwise, (before, stated.equation.text_after, *inside))):
        return body, None
    told = [condition for _, condition in rows]
    own = [each for each in stated.conditions if each not in told]
    return (body, own[0]) if len(own) == 1 and _JOINS.fullmatch(before) else None


__all__ = ["with_cases_in_words"]
