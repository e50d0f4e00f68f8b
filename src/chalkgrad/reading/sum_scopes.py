r"""Sums that go on after their first term: in `\sum_i y_i \log p_i + (1 - y_i)\log(1 - p_i)` all of it is summed.

A term after a sum that uses the sum's letter has no meaning outside of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.page.syntax import Addition, BigOperator, Chain, Group, Name, Product, Syntax, mapped, parts
from chalkgrad.reading.scope import core

_DEEPEST = 60


def with_whole_sums(chains: Sequence[Chain]) -> list[Chain]:
    r"""The equations with such terms inside their sums.

    >>> from chalkgrad.reading.latex import read_latex
    >>> found, = with_whole_sums(read_latex(r"L = \sum_i y_i + x_i"))
    >>> len(found.sides[1].body.contents[0].terms)
    2
    """
    changed = [mapped(chain, _whole, scripts=False) for chain in chains]
    return [chain for chain in changed if isinstance(chain, Chain)]


def _whole(part: Syntax) -> Syntax:
    if not isinstance(part, Addition):
        return part
    for place, term in enumerate(part.terms[:-1]):
        operator = term.factors[-1] if isinstance(term, Product) else term
        letter = _letter(operator)
        rest = part.terms[place + 1 :]
        if not isinstance(operator, BigOperator) or not letter or not all(_uses(each, letter) for each in rest):
            continue
        if any(_uses(each, letter) for each in part.terms[:place]):
            continue
        signs = (1, *(sign for sign in part.signs[place + 1 :]))
        span = (operator.body.span[0], part.span[1])
        body = Group("(", (Addition(signs, (operator.body, *rest), span),), span)
        whole: Syntax = replace(operator, body=body, span=(operator.span[0], part.span[1]))
        if isinstance(term, Product):
            whole = replace(term, factors=(*term.factors[:-1], whole), span=(term.span[0], part.span[1]))
        terms = (*part.terms[:place], whole)
        return (
            replace(part, signs=part.signs[: place + 1], terms=terms) if len(terms) > 1 or part.signs[0] < 0 else whole
        )
    return part


def _letter(operator: Syntax) -> str:
    """The only letter that a sum runs over, or ""."""
    if not isinstance(operator, BigOperator) or operator.kind != "sum" or len(operator.subscripts) != 1:
        return ""
    index = operator.subscripts[0]
    index = index.sides[0] if isinstance(index, Chain) else index
    return index.base if isinstance(index, Name) and len(index.base) == 1 and not index.subscripts else ""


def _uses(part: Syntax, letter: str, depth: int = 0) -> bool:
    """Whether a part has the letter in a script, and not under a sum of its own."""
    if depth > _DEEPEST or _letter(part) == letter:
        return False
    if isinstance(part, Name):
        return any(_names(script, letter) for script in (*part.subscripts, *part.superscripts))
    return any(_uses(inner, letter, depth + 1) for inner in parts(part))


def _names(script: Syntax, letter: str) -> bool:
    if isinstance(script, Name):
        return core(script) == letter or (script.base.isalpha() and letter in script.base and len(script.base) < 4)
    return any(_names(inner, letter) for inner in parts(script))
