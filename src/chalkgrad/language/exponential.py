"""The exponential of a matrix and its derivative, in any arithmetic that has an exponential: no exact one.

Source: Higham, Functions of Matrices, 2008, sections 10.3 (scaling and squaring) and 10.6 (the derivative).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalkgrad.language.arithmetic import Arithmetic

_MOST_TERMS = 400
Rows = Sequence[Sequence[Any]]


def exponential_numbers(rows: Rows, arithmetic: Arithmetic) -> list[list[Any]]:
    """The exponential of a matrix: its Taylor series after halving it often enough, squared as often.

    Raises `EvaluationError` in arithmetic that has no exponential.
    """
    size = len(rows)
    zero, one, half = arithmetic.number(0), arithmetic.number(1), arithmetic.number(Fraction(1, 2))
    arithmetic.primitives["exp"](one)  # which refuses where numbers stay exact
    largest = arithmetic.number(0)
    for row in rows:
        total = arithmetic.number(0)
        for entry in row:
            total = total + arithmetic.primitives["abs"](entry)
        largest = total if arithmetic.compare(">", total, largest) else largest
    scaled, times = [list(row) for row in rows], 0
    while arithmetic.compare(">", largest, half) and times < 1000:
        scaled = [[half * entry for entry in row] for row in scaled]
        largest, times = half * largest, times + 1
    result = [[one if place == column else zero for column in range(size)] for place in range(size)]
    term = result
    for number in range(1, _MOST_TERMS):
        term = _product(term, scaled, zero)
        step = arithmetic.number(Fraction(1, number))
        term = [[step * entry for entry in row] for row in term]
        new = [[a + b for a, b in zip(left, right, strict=True)] for left, right in zip(result, term, strict=True)]
        if _same(new, result, arithmetic):
            break
        result = new
    for _ in range(times):
        result = _product(result, result, zero)
    return result


def exponential_slope_numbers(rows: Rows, arithmetic: Arithmetic) -> list[list[list[list[Any]]]]:
    """The derivative of each entry (r, c) of the exponential by each (p, q) of the matrix, in this order.

    That along E is the block beside the diagonal of the exponential of [[A, E], [0, A]].
    """
    size, zero, one = len(rows), arithmetic.number(0), arithmetic.number(1)
    whole = [[[[zero] * size for _ in range(size)] for _ in range(size)] for _ in range(size)]
    for p in range(size):
        for q in range(size):
            upper = [
                [*row, *(one if place == p and column == q else zero for column in range(size))]
                for place, row in enumerate(rows)
            ]
            found = exponential_numbers([*upper, *([zero] * size + list(row) for row in rows)], arithmetic)
            for r in range(size):
                for c in range(size):
                    whole[r][c][p][q] = found[r][size + c]
    return whole


def _product(left: Rows, right: Rows, zero: Any) -> list[list[Any]]:
    columns = list(zip(*right, strict=True))
    product: list[list[Any]] = []
    for row in left:
        product.append([])
        for column in columns:
            total = zero
            for one, other in zip(row, column, strict=True):
                total = total + one * other
            product[-1].append(total)
    return product


def _same(left: Rows, right: Rows, arithmetic: Arithmetic) -> bool:
    return all(
        not arithmetic.compare("!=", one, other)
        for pair in zip(left, right, strict=True)
        for one, other in zip(*pair, strict=True)
    )
