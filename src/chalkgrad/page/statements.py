r"""What a document states, one statement after the other, each with its conditions, its notes and its lead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from lark import Token

from chalkgrad.errors import ReadingError
from chalkgrad.page.documents import Document, WrittenEquation
from chalkgrad.page.drafts import drafts_of
from chalkgrad.page.latex import tokens_of
from chalkgrad.page.latex_scanner import Remark
from chalkgrad.page.limits import MOST_STATED
from chalkgrad.page.macros import Macros
from chalkgrad.page.sides import stated
from chalkgrad.page.statement import Statement
from chalkgrad.page.surroundings import in_their_sentences
from chalkgrad.page.syntax import Chain, Syntax, Text, Unread

_LONGEST_BETWEEN = 60
_RELATION_BETWEEN = re.compile(r"(?P<relation>=|≈|:=|⇒)")


def statements_in(document: Document) -> tuple[Statement, ...]:
    r"""The statements of a document in their order; nothing in it raises.

    >>> from chalkgrad.page.documents import read_document
    >>> text = r"$$a_j = b_j^2, \quad c = \frac{d}{ \Rightarrow c = 1 \quad \text{if } j = 2$$"
    >>> for each in statements_in(read_document(text)):
    ...     print(type(each.body.sides[1]).__name__, len(each.conditions), each.lead or "-")
    Name 0 -
    Unread 0 ,
    Number 1 ⇒
    """
    found: list[Statement] = []
    for equation in document.equations:
        if len(found) >= MOST_STATED:
            problem = f"the document states more than {MOST_STATED} things; the rest is not read"
            found.append(Statement(Unread(ReadingError(problem)), equation))
            break
        stated_here = list(stated_in(equation, document))
        if found and stated_here:
            stated_here[0] = _going_on(found[-1], stated_here[0])
        found += stated_here
    return in_their_sentences(found)


def _going_on(last: Statement, first: Statement) -> Statement:
    """The first statement of a piece as the rest of the last one, if that broke off, or a relation stands between."""
    between = first.equation.text_before
    written = _RELATION_BETWEEN.fullmatch(between)
    near = len(between) <= _LONGEST_BETWEEN and first.equation.display
    relation = written["relation"] if written else last.breaks_off if near else ""
    if not relation or first.continues:
        return first
    body = first.body
    relations, sides = (body.relations, body.sides) if isinstance(body, Chain) else ((), (body,))
    nothing = Text("", (body.span[0], body.span[0]))
    return replace(first, body=Chain((relation, *relations), (nothing, *sides), body.span), continues=True)


def stated_in(equation: WrittenEquation, document: Document) -> Iterator[Statement]:
    """The statements in one piece of maths, by themselves."""
    for statement in _stated(equation.latex, document.macros):
        yield replace(statement, equation=equation)


@lru_cache(maxsize=1024)  # a document is looked through before its model is known, and then with its equations
def _stated(text: str, macros: Macros | None) -> tuple[Statement, ...]:
    return tuple(_read_in(text, macros))


def _read_in(text: str, macros: Macros | None) -> Iterator[Statement]:
    equation = WrittenEquation(text, 0, 0)
    try:
        found = tokens_of(text, macros)
    except ReadingError as error:
        yield Statement(Unread(error, (0, len(text))), equation)
        return
    for draft in drafts_of(found.tokens, found.remarks):
        body, continues, breaks_off = stated(draft.tokens, text, found.remarks)
        conditions = tuple(_condition(tokens, text, found.remarks) for tokens in draft.conditions)
        guesses = tuple(dict.fromkeys(draft.guesses))
        yield Statement(body, equation, conditions, tuple(draft.notes), draft.lead, continues, guesses, breaks_off)


def _condition(tokens: list[Token], text: str, remarks: list[Remark]) -> Syntax:
    if len(tokens) == 1 and tokens[0].type == "TEXT":
        return Text(str(tokens[0]), (tokens[0].start_pos or 0, tokens[0].end_pos or 0))
    return stated(tokens, text, remarks)[0]


__all__ = ["Statement", "stated_in", "statements_in"]
