"""Short ways of writing, in full: derivatives in one line, and names with their number behind them, `W1`."""

from __future__ import annotations

from dataclasses import replace

from chalkgrad.page.derivatives import with_derivatives
from chalkgrad.page.syntax import Evaluated, Group, Name, Number, Product, Syntax, mapped

_LONGEST_NUMBER_OF_A_NAME = 3


def in_full(syntax: Syntax) -> Syntax:
    r"""The same with derivatives as such, and numbers that stand right behind a name below it.

    >>> in_full(Product(("", ""), (Name("W", span=(0, 1)), Number("1", span=(1, 2)))))
    Name(base='W', subscripts=(Number(text='1'),), ...)
    """
    return mapped(mapped(syntax, _numbered, scripts=False), lambda part: with_derivatives(_called(part)))


def _numbered(part: Syntax) -> Syntax:
    if not isinstance(part, Product):
        return part
    operators: list[str] = []
    factors: list[Syntax] = []
    for operator, factor in zip(part.operators, part.factors, strict=True):
        before = factors[-1] if factors else None
        if not operator and _is_number_of(factor, before) and isinstance(before, Name):
            factors[-1] = replace(before, subscripts=(factor,), span=(before.span[0], factor.span[1]))
        else:
            operators.append(operator)
            factors.append(factor)
    if len(factors) == 1:
        return factors[0]
    return replace(part, operators=tuple(operators), factors=tuple(factors))


def _called(part: Syntax) -> Syntax:
    r"""A product that is taken at a place as a whole: the call `f(x)|_{x=0}`, the gradient `\nabla f|_0`."""
    if not isinstance(part, Product):
        return part
    operators, factors = list(part.operators), list(part.factors)
    for place in range(len(factors) - 1, 0, -1):
        name, taken = factors[place - 1 : place + 1]
        if not isinstance(name, Name) or operators[place] or not isinstance(taken, Evaluated):
            continue
        is_gradient = name.base == r"\nabla" and isinstance(taken.body, Name)
        if is_gradient or (isinstance(taken.body, Group) and taken.body.bracket == "("):
            span = (name.span[0], taken.body.span[1])
            whole = Product(("", ""), (name, taken.body), span)
            factors[place - 1 : place + 1] = [replace(taken, body=whole, span=(span[0], taken.span[1]))]
            del operators[place]
    return factors[0] if len(factors) == 1 else replace(part, operators=tuple(operators), factors=tuple(factors))


def _is_number_of(factor: Syntax, before: Syntax | None) -> bool:
    """Whether it is a whole number that begins where a name of letters without scripts ends."""
    if not isinstance(factor, Number) or not isinstance(before, Name) or not factor.text.isdigit():
        return False
    bare = not before.subscripts and not before.superscripts and not before.primes and not before.accents
    adjacent = before.span[1] == factor.span[0] and before.base.isalpha() and not before.style
    return bare and adjacent and len(factor.text) <= _LONGEST_NUMBER_OF_A_NAME
