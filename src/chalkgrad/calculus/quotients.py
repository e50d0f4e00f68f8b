"""A definition that is a quotient, read backwards: with p = e/s, e is p s, wherever p has a value."""

from __future__ import annotations

from dataclasses import dataclass

from chalkgrad.calculus.matching import rewrite
from chalkgrad.language import (
    ONE,
    Axis,
    Definition,
    Element,
    Expression,
    Number,
    Power,
    Tensor,
    divide,
    multiply,
    power,
    substitute_elements,
)
from chalkgrad.language.named import factors_of


@dataclass(frozen=True, eq=False)
class Quotient:
    """What a definition divides (`above`), by the product of which factors, and under which name (`left`)."""

    left: Element
    above: Expression
    below: tuple[Expression, ...]
    constant: Expression
    variables: frozenset[Axis]


def quotient_of(definition: Definition) -> Quotient | None:
    """The definition as a quotient; None where it is none, or where what is above does not tell which place is meant.

    >>> e, s, p = Tensor("e")[()], Tensor("s")[()], Tensor("p")
    >>> found = quotient_of(Definition(p, (), 2 * e / s))
    >>> print(found.above, *found.below, found.constant)
    e s 2
    """
    body = definition.body
    factors = factors_of(body)
    below = tuple(power(factor, -1) for factor in factors if _is_below(factor) and factor.tensors)
    above = multiply(*(factor for factor in factors if factor.tensors and not _is_below(factor)))
    constant = multiply(*(factor for factor in factors if not factor.tensors))
    variables = frozenset(definition.indices)
    if not below or not above.tensors or not variables <= above.free or constant.free:
        return None
    return Quotient(definition.left, above, below, constant, variables)


def read_backwards(expression: Expression, quotient: Quotient) -> Expression:
    """The expression with all that the definition divides written as the quotient times what it is divided by.

    >>> from chalkgrad.language import Axis, Call, Sum
    >>> k, j = Axis("k", "c"), Axis("j", "c")
    >>> o, p = Tensor("o", (k,)), Tensor("p", (k,))
    >>> total = Sum(Call("exp", o[j]), j)
    >>> softmax = quotient_of(Definition(p, (k,), Call("exp", o[k]) / total))
    >>> str(read_backwards(Call("exp", o[j]) ** 2 / total, softmax))
    'p[j]^2*sum(j, exp(o[j]))'
    """
    names, factors = {}, []  # a sum of exponentials that is divided by is not to become one of quotients
    for place, factor in enumerate(quotient.below):
        base, exponent = (factor.base, factor.exponent) if isinstance(factor, Power) else (factor, ONE)
        axes = tuple(sorted(base.free, key=lambda axis: axis.name))
        hidden = Tensor(f"divisor {place}", axes)
        names[hidden] = (axes, base)
        expression = rewrite(expression, base, hidden[axes], variables=base.free)
        factors.append(power(hidden[axes], exponent))
    product = divide(multiply(quotient.left, *factors), quotient.constant)
    changed = rewrite(expression, quotient.above, product, variables=quotient.variables)
    return substitute_elements(changed, names)


def _is_below(factor: Expression) -> bool:
    return isinstance(factor, Power) and isinstance(factor.exponent, Number) and factor.exponent.value < 0
