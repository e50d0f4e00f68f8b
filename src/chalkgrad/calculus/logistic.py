"""Quotients of exponentials that are the logistic function: 1/(1 + e⁻ᵘ) is σ(u), which does not overflow."""

from __future__ import annotations

from chalkgrad.language import (
    ONE,
    ZERO,
    Add,
    Call,
    Expression,
    Multiply,
    Number,
    Power,
    add,
    multiply,
    power,
    rebuild,
    walk,
)

LOGISTIC = "logistic function"


def with_logistic(expression: Expression) -> Expression:
    """The expression with the logistic function under its name.

    >>> from chalkgrad.language import Tensor
    >>> z = Tensor("z")[()]
    >>> str(with_logistic(Call("exp", -z) / (1 + Call("exp", -z))))
    'sigmoid(-z)'
    """
    known = any(isinstance(node, Call) and node.function == "exp" for node in walk(expression))
    return _with_sigmoid(expression) if known else expression


def _with_sigmoid(node: Expression) -> Expression:
    node = rebuild(node, _with_sigmoid)
    match node:
        case Power(base=Add(terms=terms), exponent=Number(value=value)) if value < 0 and value.denominator == 1:
            inside = [term.argument for term in terms if isinstance(term, Call) and term.function == "exp"]
            if len(inside) == 1 and add(node.base, -Call("exp", inside[0])) is ONE:
                return power(Call("sigmoid", -inside[0]), -value)
        case Multiply(factors=factors):
            return _together(factors)
    return node


def _together(factors: tuple[Expression, ...]) -> Expression:
    """A product in which eᵘ σ(-u) is σ(u)."""
    left = list(factors)
    for factor in factors:
        if not isinstance(factor, Call) or factor.function != "exp" or factor.order:
            continue
        for other in left:
            base, exponent = (other.base, other.exponent) if isinstance(other, Power) else (other, ONE)
            if not isinstance(base, Call) or base.function != "sigmoid" or base.order:
                continue
            if add(base.argument, factor.argument) is ZERO and isinstance(exponent, Number) and exponent.value > 0:
                left.remove(factor)
                left[left.index(other)] = multiply(Call("sigmoid", factor.argument), power(base, exponent.value - 1))
                break
    return multiply(*left)
