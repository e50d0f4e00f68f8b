r"""Formulas with a prime: `(f g)' = f' g + f g'`, `(f \circ g)'`, `(f(g(x)))' = f'(g(x)) g'(x)`, `(\sin x)' = \cos x`.

They are derived by the one variable in them. Functions that stand without any are functions of one that nobody names.
"""

from __future__ import annotations

from dataclasses import replace

from chalkgrad.page.syntax import (
    Chain,
    Derivative,
    Group,
    Name,
    Product,
    Scripted,
    Syntax,
    parts,
    walk_syntax,
    with_parts,
    without_brackets,
)
from chalkgrad.reading.own_variables import OWN
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.vocabulary import Vocabulary, applications, arguments_of, quantities

_BRACKETS = ("(", "[")
_COMPOSED = r"\circ"
_CONSTANTS = frozenset(("e", "pi"))
_NOBODYS = Name("x", accents=(OWN,))


def with_primed_formulas(chain: Chain, vocabulary: Vocabulary) -> Chain:
    """The equation, where its left side is a formula with a prime, with the derivative that it means."""
    found = _primed(chain.sides[0])
    if found is None or not set(chain.relations) <= {"=", "≈", "≡"}:
        return chain
    formula, at = found
    if isinstance(formula, Name) and base_of(formula) not in _CONSTANTS:
        return chain  # a mark, or a transpose
    functions = _functions(chain, formula, vocabulary)
    if functions is None:
        return chain
    if functions:
        variable = at or _argument(chain) or _NOBODYS
        sides = tuple(_applied(side, functions, variable) for side in (formula, *chain.sides[1:]))
    else:
        variables = _variables(formula, vocabulary)
        if len(variables) != 1 or at is not None:
            return chain
        variable, sides = variables[0], (formula, *chain.sides[1:])
    left = Derivative(Group("(", (sides[0],), formula.span), (variable,), chain.sides[0].span)
    return replace(chain, sides=(left, *sides[1:]))


def _primed(left: Syntax) -> tuple[Syntax, Name | None] | None:
    """The formula that has the prime, and the variable that it is applied to, if one is."""
    match left:
        case Scripted(Group(bracket, (inner,)), (), (), 1) if bracket in _BRACKETS:
            return inner, None
        case Product((_, ""), (Name() as function, Scripted(Group() as group, (), (), 1))):
            return replace(left, factors=(function, group)), None
        case Product((_, ""), (Scripted(Group(bracket, (inner,)), (), (), 1), Group(around, (Name() as variable,)))):
            if bracket in _BRACKETS and around in _BRACKETS:
                return inner, variable
    return None


def _functions(chain: Chain, formula: Syntax, vocabulary: Vocabulary) -> frozenset[str] | None:
    """The functions of the formula that stand there without what they are applied to; None where it is transposed."""
    composed = {base_of(factor) for part in walk_syntax(formula) for factor in _composed(part)}
    if composed or _called(formula):
        return frozenset(composed)
    inside = [base_of(name) for name in quantities(formula) if vocabulary.row_of(name) is None]
    primed = [base_of(part) for part in walk_syntax(chain) if isinstance(part, Name) and part.primes == 1]
    turned = primed == inside[::-1] and len(inside) > 1 and any(map(_all_primed, chain.sides[1:]))
    return None if turned else frozenset({*inside} & {*primed})  # (AB)' = B'A' speaks of transposes


def _composed(part: Syntax) -> tuple[Name, ...]:
    """The functions of a composition."""
    if not isinstance(part, Product) or _COMPOSED not in part.operators:
        return ()
    factors = tuple(factor for factor in part.factors if isinstance(factor, Name))
    alone = len(factors) == len(part.factors) and set(part.operators[1:]) == {_COMPOSED}
    return factors if alone and not any(name.subscripts or name.superscripts for name in factors) else ()


def _all_primed(side: Syntax) -> bool:
    return isinstance(side, Product) and all(isinstance(each, Name) and each.primes for each in side.factors)


def _variables(formula: Syntax, vocabulary: Vocabulary) -> list[Name]:
    """The quantities of a formula but for its functions and constants."""
    functions = _called(formula) | _CONSTANTS
    names = [name for name in quantities(formula) if base_of(name) not in functions and vocabulary.row_of(name) is None]
    return list(dict.fromkeys(replace(name, superscripts=()) for name in names))


def _called(formula: Syntax) -> frozenset[str]:
    """The functions that a formula applies to something in brackets."""
    products = [part for part in walk_syntax(formula) if isinstance(part, Product)]
    return frozenset(base_of(name) for product in products for name, _ in applications(product))


def _argument(chain: Chain) -> Name | None:
    """The one name that functions are applied to anywhere in an equation."""
    found = {
        argument
        for part in walk_syntax(chain)
        if isinstance(part, Product)
        for _, group in applications(part)
        for argument in arguments_of(group)
        if isinstance(argument, Name)
    }
    return found.pop() if len(found) == 1 else None


def _applied(part: Syntax, functions: frozenset[str], variable: Syntax) -> Syntax:
    """A part where its functions are applied to the variable, and compositions to what they are composed of."""
    composed = _composed(part)
    if composed:
        return _call(composed, variable)
    if isinstance(part, Name):
        if base_of(part) not in functions or part.subscripts:
            return part
        return _call((part,), variable)
    if not isinstance(part, Product):
        return with_parts(part, tuple(_applied(inner, functions, variable) for inner in parts(part)))
    operators: list[str] = []
    factors: list[Syntax] = []
    for place, factor in enumerate(part.factors):
        argument = _argument_after(part, place)
        before = _argument_after(part, place - 1) if place else None
        inside = _composed(without_brackets(part.factors[place - 1])) if before is not None else ()
        if inside:
            continue  # that the composition before it is applied to
        inner = _composed(without_brackets(factor)) if argument is not None else ()
        if inner and argument is not None:
            factor = _call(inner, argument)
        elif argument is None or not isinstance(factor, Name):
            factor = _applied(factor, functions, variable)
        flat = factor if isinstance(factor, Product) else Product(("",), (factor,))  # no `c (f(x))`, which is a call
        operators += [part.operators[place], *flat.operators[1:]]
        factors += flat.factors
    return replace(part, operators=tuple(operators), factors=tuple(factors)) if len(factors) > 1 else factors[0]


def _argument_after(part: Product, place: int) -> Syntax | None:
    """What the factor at a place is applied to, if it is to one thing."""
    after = part.factors[place + 1] if place + 1 < len(part.factors) and not part.operators[place + 1] else None
    if isinstance(after, Group) and after.bracket in _BRACKETS and len(after.contents) == 1:
        return after.contents[0]
    return None


def _call(functions: tuple[Name, ...], value: Syntax) -> Syntax:
    """Functions applied one after the other, the last one first."""
    for function in reversed(functions):
        value = Product(("", ""), (function, Group("(", (value,), function.span)), function.span)
    return value


__all__ = ["with_primed_formulas"]
