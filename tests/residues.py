"""Exact arithmetic modulo a prime: two rational expressions that agree there at random values are equal.

A difference that is not zero is zero at a random point with a chance of its degree in 2⁶¹ (Schwartz 1980, Zippel 1979).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from chalkgrad.errors import EvaluationError
from chalkgrad.language import Arithmetic, Program
from chalkgrad.language.algebra import compare

PRIME = 2**61 - 1


@dataclass(frozen=True, slots=True)
class Residue:
    """A number modulo the prime."""

    value: int

    def __add__(self, other: Residue) -> Residue:
        return Residue((self.value + other.value) % PRIME)

    def __sub__(self, other: Residue) -> Residue:
        return Residue((self.value - other.value) % PRIME)

    def __mul__(self, other: Residue) -> Residue:
        return Residue(self.value * other.value % PRIME)

    def __ne__(self, other: object) -> bool:
        return self.value != (other if isinstance(other, int) else getattr(other, "value", None))


def _number(value: Any) -> Residue:
    if isinstance(value, Residue):
        return value
    exact = Fraction(value)
    return Residue(exact.numerator * pow(exact.denominator, -1, PRIME) % PRIME)


def _power(base: Residue, exponent: Residue) -> Residue:
    signed = exponent.value if exponent.value <= PRIME // 2 else exponent.value - PRIME
    if abs(signed) > 1000:
        raise EvaluationError("no whole power")
    if signed < 0 and base.value == 0:
        raise EvaluationError("division by zero")
    return Residue(pow(base.value, signed, PRIME))


def _compared(comparison: str, left: Residue, right: Residue) -> bool:
    return compare(comparison, left.value, right.value)  # only whether they are equal means anything


def _refused(value: Any) -> Any:
    raise EvaluationError("no rational function")


_REFUSED = ("exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "arctan", "sinh", "cosh", "tanh", "erf")
MODULO = Arithmetic(
    "modulo a prime",
    _number,
    None,
    _power,
    # what orders pivots may order them in any way
    dict.fromkeys(_REFUSED, _refused) | {"abs": lambda value: value, "sign": lambda value: Residue(1)},
    _compared,
)


def random_residues(program: Program, sizes: dict[str, int], seed: int) -> dict[str, Any]:
    """A random residue for every entry of what a program declares."""
    source = random.Random(seed)

    def filled(shape: list[int]) -> Any:
        return [filled(shape[1:]) for _ in range(shape[0])] if shape else Residue(source.randrange(PRIME))

    shapes = ((t.name, [sizes[s] if isinstance(s, str) else s for s in t.shape]) for t in program.declared)
    return {name: filled(shape) for name, shape in shapes}
