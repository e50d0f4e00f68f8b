r"""The `\frac1m` of `dW = \frac1m dZ A^\top`: its `dZ` is the gradient of the sum over the samples, `dW` that of the
mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chalkgrad.language import Element, Expression, Multiply, Power, Role, SizeOf, Sum, multiply, number
from chalkgrad.page.syntax import Syntax
from chalkgrad.reading.facts import Facts, is_gradient_name, quantities

FROM_SUM = ": it starts from the gradient of the sum over the samples"


def mean_of_own(
    facts: Facts,
    side: Syntax,
    claimed: Expression,
    expression: Expression,
    counts: frozenset[str],
    equal: Callable[[Expression], bool],
) -> str:
    """The number of samples by which a side divides gradients under names of their own; `equal` compares with the left.

    It is a size, or one of the `counts`: letters by which the document only divides.
    """
    if not isinstance(claimed, Element) or claimed.tensor.role is not Role.ADJOINT:
        return ""
    if not any(is_gradient_name(name, facts.vocabulary) for name in quantities(side)):
        return ""
    for size in _divided_by(expression, counts):
        if equal(multiply(size, expression)):
            return f"the factor 1/{size}{FROM_SUM}"
    return ""


def _divided_by(expression: Expression, counts: frozenset[str]) -> Iterator[Expression]:
    """The sizes by which all of an expression is divided."""
    if isinstance(expression, Sum):
        yield from _divided_by(expression.body, counts)
    elif isinstance(expression, Multiply):
        for factor in expression.factors:
            yield from _divided_by(factor, counts)
    elif isinstance(expression, Power) and expression.exponent == number(-1):
        base = expression.base
        if isinstance(base, SizeOf) or (isinstance(base, Element) and base.tensor.name in counts):
            yield base


__all__ = ["FROM_SUM", "mean_of_own"]
