"""Partials of a function that a document does not define: they are those of one function if the mixed ones agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalkgrad.checking.comparing import DIGITS, Difference
from chalkgrad.checking.judged import Judged
from chalkgrad.checking.points import Point
from chalkgrad.checking.truth import Truth
from chalkgrad.checking.words import Spelling
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import (
    Array,
    Definition,
    Element,
    Expression,
    Program,
    Role,
    Tensor,
    jacobian_by_dual_numbers,
    mpmath_arithmetic,
)

_CLOSE = 1e-40


class Partials:
    """The claims about the partials of functions of numbers that nothing defines, function by function."""

    def __init__(self, judged: Sequence[Judged], spelling: Spelling) -> None:
        self.spelling = spelling
        self.of: dict[str, dict[str, Expression]] = {}
        for each in judged:
            known = _partial(each)
            if known is not None:
                of, by, claimed = known
                self.of.setdefault(of, {}).setdefault(by, claimed)

    def told(self, judged: Judged) -> tuple[str, str, Difference | None] | None:
        """The verdict on such a claim and why, with numbers that refute it; None for any other claim."""
        known = _partial(judged)
        if known is None:
            return None
        of, by, claimed = known
        partials = self.of[of]
        function = self._function(judged, of)
        for other, theirs in partials.items():
            if other == by or not self._are_all(of, claimed, theirs):
                continue
            difference = _mixed_difference(claimed, other, theirs, by)
            if difference is not None:
                reason = (
                    f"no function has these partials: the derivative of the claimed ∂{function}/∂{by} by {other} "
                    f"is not that of the claimed ∂{function}/∂{other} by {by}, so one of the two is wrong"
                )
                return "wrong", reason, difference
        if len(partials) > 1 and self._are_all(of, *partials.values()):
            return "undetermined", f"nothing says what {function} is; the partials agree with each other", None
        return None

    def _are_all(self, of: str, *claimed: Expression) -> bool:
        """Whether partials are made of nothing but what the function is derived by: what else stands in them may
        depend on that.
        """
        return all(tensor.name in self.of[of] for each in claimed for tensor in each.tensors)

    def _function(self, judged: Judged, of: str) -> str:
        return of if not of.startswith("(") else "f"


def _partial(judged: Judged) -> tuple[str, str, Expression] | None:
    """Of what, by which number, and what is claimed, of a partial of something that is not defined."""
    left = judged.claim.left.value
    node = left.expression if left is not None else None
    if not isinstance(node, Element) or node.tensor.role is not Role.ADJOINT or node.indices:
        return None
    if judged.verdict != "undetermined" or judged.comparing is None:
        return None
    if node.tensor.of in judged.comparing.reading.definitions:
        return None
    claimed = next((s.fitted.expression for s in judged.sides if s.fitted is not None), None)
    if claimed is None or claimed.free or any(t.axes or t.role is Role.ADJOINT for t in claimed.tensors):
        return None
    return _called(judged, node.tensor.of), node.tensor.wrt, claimed


def _called(judged: Judged, name: str) -> str:
    """The function's name; a formula f(x, y) that is derived is told by its text."""
    numerator = judged.claim.statement.chain.sides[0]
    above = getattr(numerator, "numerator", None)
    factors = getattr(above, "factors", None)
    base = getattr(factors[0] if factors else above, "base", "")
    return base or name


def _mixed_difference(one: Expression, by: str, other: Expression, wrt: str) -> Difference | None:
    variables = {t.name: t for each in (one, other) for t in each.tensors}
    for name in (by, wrt):
        variables.setdefault(name, Tensor(name, (), Role.INPUT))
    declared = {name: Tensor(name, (), Role.INPUT) for name in variables}
    truth = Truth(_program(one, declared))
    for point in (*truth.round_points, *truth.random_points):
        try:
            left, right = _derived(one, by, point, declared), _derived(other, wrt, point, declared)
        except ChalkgradError:
            continue
        if abs(left - right) > _CLOSE * (1 + abs(left) + abs(right)):
            return Difference(point, Array((), [float(left)]), Array((), [float(right)]))
    return None


def _program(expression: Expression, declared: Mapping[str, Tensor]) -> Program:
    from chalkgrad.language import substitute_elements

    bodies = {t: ((), declared[t.name][()]) for t in expression.tensors}
    body = substitute_elements(expression, bodies)
    result = Tensor("the partial")
    return Program(tuple(declared.values()), (Definition(result, (), body),), (result,))


def _derived(expression: Expression, by: str, point: Point, declared: Mapping[str, Tensor]) -> Any:
    program = _program(expression, declared)
    found = jacobian_by_dual_numbers(program, point.values, by, arithmetic=mpmath_arithmetic(DIGITS))
    return found.numbers[0]
