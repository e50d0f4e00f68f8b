r"""Primes of functions at another place: in `f^{l'}(z)`, `f^{(l),'}(z)`, `f^{'[l]}(z)`, `(f^l)'(z)`, `f^l{'}(z)`.

The same as `f'^l(z)`: the derivative of the function of a layer. An l' that marks anything else is an index.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import Chain, Group, Name, Product, Scripted, Syntax, mapped, walk_syntax

_PRIMES = ("'", r"\prime")
_BRACKETS = ("(", "[")


def primes_of_functions(chains: Sequence[Chain]) -> Callable[[Syntax], Syntax]:
    """What puts a prime at its function, where that is applied to something in brackets."""
    names = [part for chain in chains for part in walk_syntax(chain) if isinstance(part, Name)]
    applied = {name.base for chain in chains for part in walk_syntax(chain) for name in _applied(part)}
    marks = {mark for name in names if name.base not in applied for mark in name.superscripts}

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Product):
            return part
        part = _with_primes_joined(part)
        factors = list(part.factors)
        for place, factor in enumerate(factors[:-1]):
            if not part.operators[place + 1] and _is_brackets(factors[place + 1]):
                factors[place] = changed(factor)
        same = all(new is old for new, old in zip(factors, part.factors, strict=True))
        return part if same else replace(part, factors=tuple(factors))

    def changed(function: Syntax) -> Syntax:
        if isinstance(function, Scripted) and isinstance(function.base, Group) and function.primes:
            inner = function.base.contents[0] if len(function.base.contents) == 1 else None
            if isinstance(inner, Name) and not function.subscripts and not function.superscripts:
                if inner.base in applied and function.base.bracket in _BRACKETS:
                    return replace(inner, primes=inner.primes + function.primes, span=function.span)
            return function
        if not isinstance(function, Name) or not function.superscripts:
            return function
        kept: list[Syntax] = []
        primes = 0
        for mark in function.superscripts:
            plain, count = (mark, 0) if mark in marks else _without_primes(mark)
            primes += count
            kept += [plain] if plain is not None else []
        return replace(function, superscripts=tuple(kept), primes=function.primes + primes) if primes else function

    return lambda part: mapped(part, change)


def _with_primes_joined(product: Product) -> Product:
    r"""The same where a prime that stands by itself, as in `g^{[l]}{'}(Z)`, is at the name before it."""
    operators: list[str] = []
    factors: list[Syntax] = []
    for operator, factor in zip(product.operators, product.factors, strict=True):
        last = factors[-1] if factors else None
        if isinstance(factor, Name) and factor.base in _PRIMES and isinstance(last, Name) and not operator:
            factors[-1] = replace(last, primes=last.primes + 1)
            continue
        operators.append(operator)
        factors.append(factor)
    same = len(factors) == len(product.factors)
    return product if same or len(factors) < 2 else replace(product, operators=tuple(operators), factors=tuple(factors))


def _is_brackets(part: Syntax) -> bool:
    inner = part.base if isinstance(part, Scripted) and not part.primes else part
    return isinstance(inner, Group) and inner.bracket in _BRACKETS


def _applied(part: Syntax) -> list[Name]:
    if not isinstance(part, Product):
        return []
    return [
        factor for place, factor in enumerate(part.factors[:-1])
        if isinstance(factor, Name) and not part.operators[place + 1] and _is_brackets(part.factors[place + 1])
    ]  # fmt: skip


def _without_primes(mark: Syntax) -> tuple[Syntax | None, int]:
    """A mark above a function without its primes, and how many these are."""
    match mark:
        case Name(base, (), (), 0) if base in _PRIMES:
            return None, 1
        case Name(primes=primes) if primes:
            return replace(mark, primes=0), primes
        case Product(("", ""), (Name(base, (), (), 0), Group() as layer)) if base in _PRIMES:
            return layer, 1
    return mark, 0


__all__ = ["primes_of_functions"]
