"""What the sentences around statements say about them: conditions before and after, notes, what leads from one on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.page.statement import Statement
from chalkgrad.page.syntax import Addition, BigOperator, Chain, Dots, Group, Name, Number, Product, Syntax
from chalkgrad.page.words import IF_ABROAD, condition_word, last_lead

_COMPARING = frozenset({"!=", "<", ">", "<=", ">=", "∈", "∉", "="})
_ORDERING = frozenset({"<", ">", "<=", ">="})
_ENDS_SENTENCE = re.compile(r"[.!?](?:\s|$)")
_BEGINS_CONDITION = re.compile(
    rf"(?:^|[\s(,;:])(?:and\s+)?(?:if|for|when|whenever|where|with|case|i\.e\.|{IF_ABROAD})"
    r"(?:\s+(?:all|any|every|each|which|the\s+case|the\s+case\s+where))?\s*$",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:,|and|or|,\s*and)\s*")
_ADDS = re.compile(r"\s*,?\s*(?:and|so|hence|thus|et|und)\b(?!.*\b(?:if|for|when|otherwise|else)\b)", re.DOTALL)
_AFTER = re.compile(
    rf"[\s,(]*(?P<words>if|for|when|whenever|unless|provided|{IF_ABROAD})(?:\s+(?:all|any|every|each))?\s*"
)
_NOTE = re.compile(
    r"[\s,(]*(?P<words>(?:--+|—|–|is\b|up\s+to\b|by\b|using\b|because\b|since\b|holds\b|does\b|does\s+not\b|(?:the\s+)?"
    r"transpose|elementwise|element-wise|\()[^.$\n]{0,120})"
)
_IS_SOMETHING = re.compile(r"\s*(?:is|are|be|has|have|does|was|were|denotes?)\b")
_SAID_OF_WHAT_FOLLOWS = re.compile(r"\s*,?\s*(?:we|one|you|it|this|that|there|the)\b")
_HEADS = re.compile(r".*[:：]\s*\*{0,2}\s*$", re.DOTALL)  # "if i = j:" says when what comes after it holds
_OPENS = re.compile(r"\(\s*$")
_CLOSES_HEAD = re.compile(r"\s*\)\s*(?:[*_]{0,2}\s*[:：]|[:：]\s*[*_]{0,2})\s*")  # "**Off the diagonal ($i \ne j$):**"
_LONGEST_STEP = 120


def in_their_sentences(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """The statements with what the sentences around them add."""
    found = list(statements)
    groups = _groups(statements)
    told_before: tuple[int, ...] = ()
    for number, (begin, end) in enumerate(groups):
        before = statements[begin].equation.text_before
        first = found[begin]
        if not first.lead and not first.continues:
            found[begin] = first = replace(first, lead=last_lead(before))
        above, below = _before(statements, groups, number), _after(statements, groups, number)
        if not above and _goes_on(statements[begin], statements[begin - 1] if number else None):
            above = told_before
        told_before = above
        for place in (*above, *below):
            found[place] = replace(found[place], lead="if")
        conditions = tuple(statements[place].body for place in (*above, *below))
        note = _NOTE.match(statements[begin].equation.text_after)
        for place in range(begin, end):
            each = found[place]
            said = note is not None and place == end - 1 and isinstance(each.body, Chain)
            notes = (*each.notes, " ".join(note["words"].split())) if note and said else each.notes
            found[place] = replace(each, conditions=(*each.conditions, *conditions), notes=notes)
    return tuple(found)


def _groups(statements: Sequence[Statement]) -> list[tuple[int, int]]:
    """Where the statements of each piece of maths begin and end."""
    starts = [k for k, each in enumerate(statements) if k == 0 or each.equation is not statements[k - 1].equation]
    return list(zip(starts, [*starts[1:], len(statements)], strict=False))


def _before(statements: Sequence[Statement], groups: Sequence[tuple[int, int]], number: int) -> tuple[int, ...]:
    r"""Where the conditions stand that the words just before tell: "For $i \ne j$ we find"."""
    first = statements[groups[number][0]]
    equation = first.equation
    if not isinstance(first.body, Chain) or condition_word(equation.text_before) is not None:
        return ()
    found: list[int] = []
    text = equation.text_before
    for at in range(number - 1, max(number - 5, -1), -1):
        begin, end = groups[at]
        between = statements[begin]
        if between.equation.alone or len(text) > _LONGEST_STEP or _ENDS_SENTENCE.search(text):
            break
        if between.equation.section != equation.section:
            break
        if end - begin > 1 or not _is_condition(between.body) or _IS_SOMETHING.match(text):
            break
        found.insert(0, begin)
        if _BEGINS_CONDITION.search(between.equation.text_before):
            return tuple(found)
        if _OPENS.search(between.equation.text_before) and _CLOSES_HEAD.fullmatch(text):
            return tuple(found)
        text = between.equation.text_before
        if not _AND.fullmatch(text):
            break
    return ()


def _goes_on(following: Statement, before: Statement | None) -> bool:
    """Whether an equation stands in the sentence of the one before it and adds to it: "if …, then f = 0, and so g = 0".

    What that one holds under, this does.
    """
    text = following.equation.text_before
    return (
        before is not None
        and isinstance(before.body, Chain)
        and isinstance(following.body, Chain)
        and not before.equation.alone
        and before.equation.section == following.equation.section
        and len(text) <= _LONGEST_STEP
        and _ADDS.match(text) is not None
        and not _ENDS_SENTENCE.search(text)
        and condition_word(text) is None
        and not _BEGINS_CONDITION.search(text)
    )


def _after(statements: Sequence[Statement], groups: Sequence[tuple[int, int]], number: int) -> tuple[int, ...]:
    r"""Where the condition stands that the words just after tell: `$$…$$ for $i \ne j$.`"""
    if number + 1 >= len(groups):
        return ()
    begin, end = groups[number + 1]
    following = statements[begin]
    if following.equation.alone or end - begin > 1 or not _AFTER.fullmatch(following.equation.text_before):
        return ()
    if _SAID_OF_WHAT_FOLLOWS.match(following.equation.text_after):
        return ()
    if _HEADS.match(following.equation.latex + following.equation.text_after.partition("\n")[0]):
        return ()
    return (begin,) if _is_condition(following.body) else ()


def _is_condition(body: Syntax) -> bool:
    r"""Whether a formula in a sentence only tells when: it compares a short name with a name, a number or a list, or
    says of what sign some formula is.
    """
    if isinstance(body, Name):
        return body == Name(body.base) and len(body.base) == 1 and body.base.islower()
    if not isinstance(body, Chain) or len(body.sides) > 3 or not set(body.relations) <= _COMPARING:
        return False
    first = body.sides[0]
    if isinstance(first, Addition | BigOperator | Product):
        return set(body.relations) <= _ORDERING and all(isinstance(side, Number) for side in body.sides[1:])
    if not isinstance(first, Name | Group):
        return False
    if any(isinstance(side, Name) and side.superscripts and body.relations == ("=",) for side in body.sides[1:]):
        return False  # `u = e^{z_k}` says what u is
    return all(isinstance(side, Name | Number | Dots | Group) for side in body.sides[1:])
