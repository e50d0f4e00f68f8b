r"""Fractions that are derivatives: `\frac{\partial L}{\partial W}`, `\frac{dL}{dx}`, also of higher order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.page.syntax import Derivative, Group, Name, Number, Product, Span, Syntax


def derivative_of_fraction(above: Syntax, below: Syntax, span: Span) -> Derivative | None:
    r"""The derivative that a fraction is, if both its parts begin with ∂ or d; else None.

    One of the second order has two denominators, `\partial x^2` is x and x again.
    """
    variables = _after_sign(below, several=True)
    if not variables or any(variable is None for variable in variables):
        return None
    numerator = _after_sign(above, several=False)
    if not numerator:
        return None
    by = _of_order(_order(above), [variable for variable in variables if variable is not None])
    return Derivative(numerator[0], by, span) if by else None


def _order(above: Syntax) -> int:
    r"""How often a numerator says that it is derived: twice in `\partial^2 f`."""
    while isinstance(above, Group) and above.bracket == "{" and len(above.contents) == 1:
        above = above.contents[0]
    sign = above.factors[0] if isinstance(above, Product) else above
    if isinstance(sign, Name) and sign.base in (r"\partial", "d") and len(sign.superscripts) == 1:
        return _count(sign.superscripts[0])
    return 1


def _count(part: Syntax) -> int:
    return int(part.text) if isinstance(part, Number) and part.text in ("2", "3", "4") else 1


def _of_order(order: int, variables: Sequence[Syntax]) -> tuple[Syntax, ...]:
    """The variables, each as often as it is derived by; none where that is not the order of the derivative."""
    if order == 1 or len(variables) == order:
        return tuple(variables)
    found: list[Syntax] = []
    for variable in variables:
        times = _count(variable.superscripts[-1]) if isinstance(variable, Name) and variable.superscripts else 1
        if times > 1 and isinstance(variable, Name):
            variable = replace(variable, superscripts=variable.superscripts[:-1])
        found += [variable] * times
    return tuple(found) if len(found) == order else ()


def _after_sign(syntax: Syntax, *, several: bool) -> list[Syntax | None]:
    """What stands after each ∂ or d; [None] for a bare sign, [] if the part does not begin with one."""
    while isinstance(syntax, Group) and syntax.bracket == "{" and len(syntax.contents) == 1:
        syntax = syntax.contents[0]
    factors = syntax.factors if isinstance(syntax, Product) else (syntax,)
    if isinstance(syntax, Product) and any(syntax.operators):
        return []
    found: list[Syntax | None] = []
    pending: list[Syntax] = []
    signs = 0
    for factor in factors:
        rest = _without_sign(factor)
        by_d = signs and not pending and rest is None  # the d of ∂L/∂d is a name
        if rest is _NOT_A_SIGN or by_d or (signs and not several):
            pending.append(factor)
            continue
        if signs and not pending:
            return []
        if pending and not signs:
            return []
        if pending:
            found.append(joined(pending))
        pending = [rest] if isinstance(rest, Name) else []
        signs += 1
        if isinstance(factor, Name) and factor.superscripts and rest is None:
            pending = []
    if not signs:
        return []
    found.append(joined(pending) if pending else None)
    return found


_NOT_A_SIGN = object()


def _without_sign(factor: Syntax) -> object:
    """None for a bare ∂ or d, the rest of the name for `dL`, and `_NOT_A_SIGN` for anything else."""
    if isinstance(factor, Name) and not factor.accents and not factor.primes:
        if factor.base in (r"\partial", "d") and not factor.subscripts:
            return None
        if len(factor.base) > 1 and factor.base[0] == "d" and factor.base[1:].isalpha():
            begin, end = factor.span
            return Name(factor.base[1:], factor.subscripts, factor.superscripts, 0, (), factor.style, (begin + 1, end))
    return _NOT_A_SIGN


def joined(factors: Sequence[Syntax]) -> Syntax:
    """The factors side by side as one part."""
    if len(factors) == 1:
        return factors[0]
    span = (factors[0].span[0], factors[-1].span[1])
    return Product(("",) * len(factors), tuple(factors), span)
