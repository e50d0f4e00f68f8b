"""The differential of an expression: sum, product, power and chain rule, once for everything that derives."""

from __future__ import annotations

from collections.abc import Callable

from chalkgrad.errors import ProgramError
from chalkgrad.language.algebra import MINUS_ONE, ZERO, add, indicator, multiply, power
from chalkgrad.language.expressions import (
    Add,
    Axis,
    Call,
    Element,
    Expression,
    MatrixFunction,
    Max,
    Multiply,
    Power,
    Sum,
)
from chalkgrad.language.matrix_functions import MATRIX_FUNCTIONS
from chalkgrad.language.substitution import bound_axes, fresh_axis, substitute_axes


def differential(
    expression: Expression,
    of_element: Callable[[Element], Expression],
    sum_over: Callable[[Expression, Axis], Expression] | None = None,
) -> Expression:
    """The differential of the expression when `of_element` gives the differential of each element in it.

    With `of_element` giving 1 for the variable and 0 for the rest this is the derivative. Derivatives of functions of
    the table stay written as such (`sigmoid'(z)`). `sum_over` builds sums; a caller may eliminate deltas in it.
    Entries that share the greatest value share its derivative evenly, as PyTorch's `amax` and JAX have it.

    >>> from chalkgrad.language import ONE, Tensor
    >>> x = Tensor("x")[()]
    >>> str(differential(x**3 + Call("tanh", x), lambda element: ONE))
    "3*x^2 + tanh'(x)"
    """
    build_sum = sum_over or (lambda body, axis: ZERO if body is ZERO else Sum(body, axis))

    if not isinstance(expression, Expression):
        raise ProgramError(f"{expression!r} is not an expression")
    return _of(expression, of_element, build_sum)


def _of(
    node: Expression, of_element: Callable[[Element], Expression], build_sum: Callable[[Expression, Axis], Expression]
) -> Expression:
    # Inside of `differential` a function that calls itself would be left to the garbage collector each time.
    match node:
        case Element():
            return of_element(node)
        case Add(terms=terms):
            return add(*(_of(term, of_element, build_sum) for term in terms))
        case Multiply(factors=factors):
            changes = []
            for place, factor in enumerate(factors):
                change = _of(factor, of_element, build_sum)
                if change is not ZERO:
                    changes.append(multiply(*factors[:place], change, *factors[place + 1 :]))
            return add(*changes)
        case Power(base=base, exponent=exponent):
            by_base, by_exponent = _of(base, of_element, build_sum), _of(exponent, of_element, build_sum)
            return add(
                multiply(exponent, power(base, add(exponent, MINUS_ONE)), by_base) if by_base is not ZERO else ZERO,
                multiply(node, Call("log", base), by_exponent) if by_exponent is not ZERO else ZERO,
            )
        case Call(function=function, argument=argument, order=order):
            change = _of(argument, of_element, build_sum)
            return ZERO if change is ZERO else multiply(Call(function, argument, order + 1), change)
        case Sum(body=body, axis=axis):
            return build_sum(_of(body, of_element, build_sum), axis)
        case Max(body=body, axis=axis):
            change = _of(body, of_element, build_sum)
            greatest = indicator("=", body, node)
            ties = power(Sum(greatest, axis), MINUS_ONE)
            return ZERO if change is ZERO else build_sum(multiply(greatest, ties, change), axis)
        case MatrixFunction(function=function, body=body, rows=rows, columns=columns):
            change = _of(body, of_element, build_sum)
            if change is ZERO:
                return ZERO
            taken = node.free | change.free | bound_axes(change) | bound_axes(body)
            row = fresh_axis(rows, taken)
            column = fresh_axis(columns, taken | {row})
            entry = substitute_axes(change, {rows: row, columns: column})
            factors = MATRIX_FUNCTIONS[function].differential(node, row, column)
            return build_sum(build_sum(multiply(*factors, entry), column), row)
    return ZERO
