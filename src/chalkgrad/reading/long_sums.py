r"""Sums that go on past the end of their first term, as many write them: `\sum_i y_i \log p_i + (1 - y_i) \log(1 -
p_i)`.

A sum governs the rest of its term. Where the letter that it runs over stands in the terms after it too, and nowhere on
the left side, these are meant to be under the sum as well.
"""

from __future__ import annotations

from dataclasses import replace

from chalkgrad.page.syntax import Addition, BigOperator, Chain, Name, Product, Syntax, mapped, parts
from chalkgrad.reading.scripts import scripts_of
from chalkgrad.reading.vocabulary import bound_letters


def with_long_sums(chain: Syntax) -> Syntax:
    r"""The equation with each sum over all the terms that it is meant to govern.

    >>> from chalkgrad.page.documents import read_document
    >>> from chalkgrad.page.statements import statements_in
    >>> chain = statements_in(read_document(r"$J = \sum_i y_i a_i + (1 - y_i) b_i + c$"))[0].body
    >>> with_long_sums(chain).sides[1].terms[-1].base
    'c'
    >>> len(with_long_sums(chain).sides[1].terms)
    2
    """
    left = _letters(chain.sides[0]) if isinstance(chain, Chain) else frozenset()

    def change(part: Syntax) -> Syntax:
        return _merged(part, left) if isinstance(part, Addition) else part

    return mapped(chain, change, scripts=False)


def _merged(addition: Addition, left: frozenset[str]) -> Syntax:
    signs: list[int] = []
    terms: list[Syntax] = []
    for sign, term in zip(addition.signs, addition.terms, strict=True):
        total = _last(terms[-1]) if terms else None
        if total is not None:
            bound = {item.text for item in bound_letters(total)}
            if bound & (_letters(term) - left):
                terms[-1] = _with_last(terms[-1], _longer(total, sign, term))
                continue
        signs.append(sign)
        terms.append(term)
    if len(terms) == len(addition.terms):
        return addition
    if len(terms) == 1 and signs[0] == 1:
        return terms[0]
    return replace(addition, signs=tuple(signs), terms=tuple(terms))


def _last(term: Syntax) -> BigOperator | None:
    """The sum with which a term ends."""
    if isinstance(term, Product):
        term = term.factors[-1]
    return term if isinstance(term, BigOperator) and term.kind == "sum" else None


def _with_last(term: Syntax, total: BigOperator) -> Syntax:
    if isinstance(term, Product):
        return replace(term, factors=(*term.factors[:-1], total), span=(term.span[0], total.span[1]))
    return total


def _longer(total: BigOperator, sign: int, term: Syntax) -> BigOperator:
    inner = _last(total.body)
    if inner is not None and {item.text for item in bound_letters(inner)} & _letters(term):
        body: Syntax = _with_last(total.body, _longer(inner, sign, term))
    elif isinstance(total.body, Addition):
        body = replace(total.body, signs=(*total.body.signs, sign), terms=(*total.body.terms, term))
    else:
        body = Addition((1, sign), (total.body, term), (total.body.span[0], term.span[1]))
    return replace(total, body=body, span=(total.span[0], term.span[1]))


def _letters(part: Syntax) -> frozenset[str]:
    """The letters that stand below names, or in brackets above them, and are bound by no sum in the part itself."""
    if isinstance(part, BigOperator):
        return _letters(part.body) - {item.text for item in bound_letters(part)}
    found: set[str] = set()
    if isinstance(part, Name):
        scripts = scripts_of(part)
        for item in scripts.below:
            found |= {item.text} if item.kind == "letter" else set(item.text) if item.kind == "word" else set()
        found |= {item.text for item in scripts.above if item.kind == "letter"}
        return frozenset(found)
    return frozenset().union(*map(_letters, parts(part)))
