"""Claims about the partials of a function: against its definition, or, where it has none, against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chalkgrad.checking.comparing import DIGITS, Difference
from chalkgrad.checking.model_claims import ModelClaims
from chalkgrad.checking.points import Point
from chalkgrad.checking.report import CheckedClaim, checked
from chalkgrad.checking.truth import Truth
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import (
    Array,
    Definition,
    Expression,
    Program,
    Tensor,
    jacobian_by_dual_numbers,
    mpmath_arithmetic,
)
from chalkgrad.reading.claims import Claim
from chalkgrad.reading.functions import WrittenFunction

_CLOSE = 1e-40


class FunctionClaims:
    """A function of a document: claims about its partials against its definition, or against each other."""

    def __init__(self, function: WrittenFunction) -> None:
        self.function = function
        self.program = None
        if function.definition is not None:
            result = Tensor(function.name)
            self.program = Program(function.variables, (Definition(result, (), function.definition),), (result,))

    def check(self, claims: Sequence[Claim]) -> list[CheckedClaim]:
        """The verdict on each of the claims, in their order."""
        if self.program is not None:
            return ModelClaims(self.program).check(claims)
        return [self._among_partials(claim) for claim in claims]

    def _among_partials(self, claim: Claim) -> CheckedClaim:
        """Without a definition: partials are right as those of one function exactly if the mixed partials agree."""
        partials = dict(self.function.partials)
        missing = [variable.name for variable in self.function.variables if variable.name not in partials]
        name = self.function.name
        if missing:
            reason = f"{name} is not defined, and its partial by {', '.join(missing)} is not given"
            return checked(claim, "undetermined", reason)
        assert claim.wrt is not None
        wrt = claim.wrt.tensor.name
        for other in partials:
            if other != wrt:
                difference = self._mixed_difference(partials[wrt], other, partials[other], wrt)
                if difference is not None:
                    reason = (
                        f"no function has these partials: the derivative of the claimed ∂{name}/∂{wrt} by {other} "
                        f"is not that of the claimed ∂{name}/∂{other} by {wrt}, so one of the two is wrong"
                    )
                    return replace(checked(claim, "wrong", reason), difference=difference)
        return checked(
            claim, "right", f"as a partial of the {name} that the partials determine: the mixed partials agree"
        )

    def _mixed_difference(self, one: Expression, by: str, other: Expression, wrt: str) -> Difference | None:
        truth = Truth(self._of(one))
        for point in (*truth.round_points, *truth.random_points):
            try:
                left, right = self._derived(one, by, point), self._derived(other, wrt, point)
            except ChalkgradError:
                continue
            if abs(left - right) > _CLOSE * (1 + abs(left) + abs(right)):
                return Difference(point, Array((), [float(left)]), Array((), [float(right)]))
        return None

    def _of(self, expression: Expression) -> Program:
        result = Tensor(f"{self.function.name}_partial")
        return Program(self.function.variables, (Definition(result, (), expression),), (result,))

    def _derived(self, expression: Expression, by: str, point: Point) -> Any:
        found = jacobian_by_dual_numbers(self._of(expression), point.values, by, arithmetic=mpmath_arithmetic(DIGITS))
        return found.numbers[0]
