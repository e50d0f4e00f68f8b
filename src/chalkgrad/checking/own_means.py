r"""The `\frac1m` of `dW = \frac1m dZ A^\top`: its `dZ` is the gradient of the sum over the samples, `dW` that of the
mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chalkgrad.language import Element, Expression, Multiply, Power, Role, SizeOf, Sum, multiply, number
from chalkgrad.page.syntax import Syntax
from chalkgrad.reading.facts import Facts, is_gradient_name, quantities


def mean_of_own(
    facts: Facts, side: Syntax, claimed: Expression, expression: Expression, equal: Callable[[Expression], bool]
) -> str:
    """The number of samples by which a side divides gradients under names of their own; `equal` compares with the left.

    So it is only for the gradient of a number by a quantity that is not itself one of such a side.
    """
    if not isinstance(claimed, Element) or claimed.tensor.role is not Role.ADJOINT:
        return ""
    if not any(is_gradient_name(name, facts.vocabulary) for name in quantities(side)):
        return ""
    for size in _divided_by(expression):
        if equal(multiply(size, expression)):
            return f"the factor 1/{size}: it starts from the gradient of the sum over the samples"
    return ""


def _divided_by(expression: Expression) -> Iterator[SizeOf]:
    """The sizes by which all of an expression is divided."""
    if isinstance(expression, Sum):
        yield from _divided_by(expression.body)
    elif isinstance(expression, Multiply):
        for factor in expression.factors:
            yield from _divided_by(factor)
    elif isinstance(expression, Power) and expression.exponent == number(-1) and isinstance(expression.base, SizeOf):
        yield expression.base


__all__ = ["mean_of_own"]
