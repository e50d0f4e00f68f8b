r"""Quantities that only words define: the mean μ of the x_i, where `x_i - \mu` stands somewhere, and what a sentence
writes for a formula, "we write $q$ for $1 - s$".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from chalkgrad.page.statement import Statement as Stated
from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Chain,
    Derivative,
    Fraction,
    Name,
    Number,
    Product,
    Syntax,
    walk_syntax,
)
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import scripts_of
from chalkgrad.reading.vocabulary import Vocabulary, bound_letters

_MEAN_BEFORE = re.compile(r"\b(?:mean|average)(?:\s+value)?(?:\s+of[\w\s-]{0,30})?\W*$", re.IGNORECASE)
_MEAN_AFTER = re.compile(
    r"^\W*(?:is|are|denotes?)\s+(?:the\s+|an?\s+)?(?:[\w-]+\s+){0,2}?(?:mean|average)\b(?!\s+(?:squared|absolute))",
    re.IGNORECASE,
)
_OF_DISTRIBUTION = re.compile(r"\b(?:gaussian|normal|distribut\w+|prior|posterior)\b[^.;]*$", re.IGNORECASE)
_WRITE = re.compile(r"\b(?:write|writing|put|set|use)\s*$", re.IGNORECASE)
_DENOTE = re.compile(r"\b(?:denote|abbreviate|write)\s*$", re.IGNORECASE)


def told_in_words(stated: Sequence[Stated], statements: Sequence[Statement], vocabulary: Vocabulary) -> list[Statement]:
    """The definitions that words give of what no equation defines, before all others."""
    found: list[Statement] = []
    defined = {vocabulary.use(left).symbol for each in statements if isinstance(left := each.chain.sides[0], Name)}
    for name in dict.fromkeys(_means(stated)):
        if name.subscripts or vocabulary.use(name).symbol in defined or _is_parameter(name, statements):
            continue
        of = next((other for each in statements for other in _centred(each.chain, name)), None)
        mean = _mean(name, of, statements) if of is not None else None
        if mean is not None:
            found.append(Statement(mean, statements[0].equation, -1 - len(found)))
    for name, formula, each in _written_for(stated):
        if vocabulary.use(name).symbol not in defined and not any(name == told.chain.sides[0] for told in found):
            found.append(Statement(Chain(("=",), (name, formula)), each.equation, -1 - len(found)))
    return found


def _written_for(stated: Sequence[Stated]) -> Iterator[tuple[Name, Syntax, Stated]]:
    """The names that a sentence writes for a formula, with these."""
    for one, other in pairwise(stated):
        if (
            one.equation.display
            or other.equation.display
            or isinstance(one.body, Chain)
            or isinstance(other.body, Chain)
        ):
            continue
        between = other.equation.text_before.strip()
        if isinstance(one.body, Name) and between == "for" and _WRITE.search(one.equation.text_before):
            yield one.body, other.body, one
        elif isinstance(other.body, Name) and between in ("by", "as") and _DENOTE.search(one.equation.text_before):
            yield other.body, one.body, other


def _means(stated: Sequence[Stated]) -> Iterator[Name]:
    """The names that the words beside them call a mean."""
    for place, each in enumerate(stated):
        if not isinstance(each.body, Name):
            continue
        following = stated[place + 1].equation.text_before if place + 1 < len(stated) else each.equation.text_after
        before = each.equation.text_before
        after_it = _MEAN_BEFORE.search(before[-60:]) and not _OF_DISTRIBUTION.search(before[-120:])
        if _MEAN_AFTER.match(following[:80]) or after_it:
            yield each.body


def _is_parameter(name: Name, statements: Sequence[Statement]) -> bool:
    """Whether one derives by a name, and never the name: the mean of a model is no mean of the data."""
    derivatives = [part for each in statements for part in walk_syntax(each.chain) if isinstance(part, Derivative)]
    return any(name in each.denominators for each in derivatives) and all(
        each.numerator != name for each in derivatives
    )


def _centred(syntax: Syntax, name: Name) -> Iterator[Name]:
    """What a name is taken from, entry by entry."""
    for part in walk_syntax(syntax):
        if isinstance(part, Addition) and part.signs == (1, -1) and part.terms[1] == name:
            other = part.terms[0]
            if isinstance(other, Name) and len(other.subscripts) == 1 and scripts_of(other).below[0].kind == "letter":
                yield other


def _mean(name: Name, of: Name, statements: Sequence[Statement]) -> Chain | None:
    """The definition of a mean over the letter, as far as sums over that run in the document."""
    letter = scripts_of(of).below[0].text
    for part in (part for each in statements for part in walk_syntax(each.chain)):
        if not isinstance(part, BigOperator) or part.kind != "sum" or len(part.superscripts) != 1:
            continue
        upper = part.superscripts[0]
        if isinstance(upper, Name) and [item.text for item in bound_letters(part)] == [letter]:
            total = BigOperator("sum", part.subscripts, part.superscripts, of)
            return Chain(("=",), (name, Product(("", ""), (Fraction(Number("1"), upper), total))))
    return None
