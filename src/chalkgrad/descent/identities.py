"""Is an expression zero? Exactly where computer algebra shows it, and by numbers at many points otherwise."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product
from typing import Any

import sympy

from chalkgrad.descent.algebra import to_sympy
from chalkgrad.errors import EvaluationError, ProgramError
from chalkgrad.language import Expression, evaluate_expression, mpmath_arithmetic

DIGITS = 50
POINTS = 40
LARGEST_TO_SIMPLIFY = 40  # operations; SymPy's simplification of longer expressions may take minutes
_ZERO = 1e-30  # of numbers computed to 50 digits


@dataclass(frozen=True)
class ZeroTest:
    """Whether an expression is zero everywhere: `proved` by algebra, or zero at all of `points` points.

    Where it is not zero, `counterexample` is a point as simple as was found, and `value` its value there.
    """

    zero: bool
    proved: bool
    points: int
    counterexample: dict[str, Fraction] | None = None
    value: Any = None


def is_zero(expression: Expression, variables: Sequence[str]) -> ZeroTest:
    """Tests whether an expression is zero wherever it is defined.

    Raises `EvaluationError` where no point was found at which it is defined.

    >>> from chalkgrad.language import Tensor
    >>> x, y = Tensor("x")[()], Tensor("y")[()]
    >>> is_zero((x + y) ** 2 - x**2 - 2 * x * y - y**2, ["x", "y"]).proved
    True
    >>> is_zero(x * y - x, ["x", "y"]).counterexample
    {'x': Fraction(1, 1), 'y': Fraction(-1, 1)}
    """
    if vanishes_exactly(expression):
        return ZeroTest(True, True, 0)
    arithmetic, tested = mpmath_arithmetic(DIGITS), 0
    for point in simple_points(variables):
        if tested == POINTS:
            break
        try:
            value = evaluate_expression(expression, point, arithmetic)
            scale = max((abs(evaluate_expression(term, point, arithmetic)) for term in _terms(expression)), default=1)
        except EvaluationError:
            continue
        tested += 1
        if abs(value) > _ZERO * (1 + scale):
            return ZeroTest(False, True, tested, point, value)
    if not tested:
        raise EvaluationError(f"{expression} is not defined at any point that was tried")
    return ZeroTest(True, False, tested)


def _terms(expression: Expression) -> tuple[Expression, ...]:
    return getattr(expression, "terms", (expression,))


def vanishes_exactly(expression: Expression) -> bool:
    """Whether SymPy shows the expression to be zero: polynomials by expanding, others by simplifying short ones."""
    try:
        written = to_sympy(expression)
    except ProgramError:
        return False
    if written.is_zero or sympy.expand(written) == 0:
        return True
    if written.is_polynomial() or written.count_ops() > LARGEST_TO_SIMPLIFY or written.has(sympy.Piecewise):
        return False
    return bool(sympy.simplify(written) == 0)


def simple_points(variables: Sequence[str], seed: int = 0, tries: int = 400) -> Iterator[dict[str, Fraction]]:
    """Points to try: a few with small whole numbers, then random fractions within ±3 and within 0…1."""
    generator = random.Random(seed)
    whole = [point for point in islice(product((1, -1, 2, -2, 3), repeat=len(variables)), 2000) if len(set(point)) > 1]
    few = whole[:6] if len(variables) > 1 else [(1,), (-1,), (2,)]
    for numbers in few:
        yield dict(zip(variables, map(Fraction, numbers), strict=True))
    for attempt in range(tries):
        low = -300 if attempt % 2 else 1
        yield {name: Fraction(generator.randint(low, 300 if attempt % 2 else 99), 100) for name in variables}
