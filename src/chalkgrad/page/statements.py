r"""What a document states, one statement after the other, each with its conditions, its notes and its lead."""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token

from chalkgrad.errors import ReadingError
from chalkgrad.page.documents import Document, WrittenEquation
from chalkgrad.page.latex import tokens_of
from chalkgrad.page.latex_scanner import Remark
from chalkgrad.page.limits import MOST_STATED
from chalkgrad.page.segments import drafts_of
from chalkgrad.page.sides import stated
from chalkgrad.page.statement import Statement
from chalkgrad.page.surroundings import in_their_sentences
from chalkgrad.page.syntax import Syntax, Text, Unread


def statements_in(document: Document) -> tuple[Statement, ...]:
    r"""The statements of a document in their order; nothing in it raises.

    >>> from chalkgrad.page.documents import read_document
    >>> text = r"$$a_j = b_j^2, \quad c = \frac{d}{ \Rightarrow c = 1 \quad \text{if } j = 2$$"
    >>> for each in statements_in(read_document(text)):
    ...     print(each.lead, type(each.body.sides[1]).__name__, len(each.conditions))
    Name 0
    , Unread 0
    ⇒ Number 1
    """
    found: list[Statement] = []
    for equation in document.equations:
        if len(found) >= MOST_STATED:
            problem = f"the document states more than {MOST_STATED} things; the rest is not read"
            found.append(Statement(Unread(ReadingError(problem)), equation))
            break
        found += stated_in(equation, document)
    return in_their_sentences(found)


def stated_in(equation: WrittenEquation, document: Document) -> Iterator[Statement]:
    """The statements in one piece of maths, by themselves."""
    text = equation.latex
    try:
        found = tokens_of(text, document.macros)
    except ReadingError as error:
        yield Statement(Unread(error, (0, len(text))), equation)
        return
    for draft in drafts_of(found.tokens, found.remarks):
        body, continues = stated(draft.tokens, text, found.remarks)
        conditions = tuple(_condition(tokens, text, found.remarks) for tokens in draft.conditions)
        guesses = tuple(dict.fromkeys(draft.guesses))
        yield Statement(body, equation, conditions, tuple(draft.notes), draft.lead, continues, guesses)


def _condition(tokens: list[Token], text: str, remarks: list[Remark]) -> Syntax:
    if len(tokens) == 1 and tokens[0].type == "TEXT":
        return Text(str(tokens[0]), (tokens[0].start_pos or 0, tokens[0].end_pos or 0))
    return stated(tokens, text, remarks)[0]


__all__ = ["Statement", "stated_in", "statements_in"]
