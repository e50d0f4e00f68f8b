"""What the elementwise functions share: polynomials, bounds that keep NaN, and the layout of the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chalkgrad.engines.native.emitter import Emitter


class Layout(NamedTuple):
    """How a number is laid out; adding `shifter` to a number leaves its nearest whole number in the lowest bits.

    An odd function, log1p or expm1 is its argument, as far as digits go, below `tiny`.
    """

    fraction_bits: int
    bias: int
    shifter: float
    tiny: float


LAYOUTS = {
    "float": Layout(23, 127, 1.5 * 2.0**23, 2.0**-26),
    "double": Layout(52, 1023, 1.5 * 2.0**52, 2.0**-56),
}


def polynomial(emitter: Emitter, coefficients: Sequence[float], x: str) -> str:
    """A polynomial by Horner's rule, the constant term first."""
    value = emitter.constant(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        value = emitter.fma(value, x, emitter.constant(coefficient))
    return value


def short_polynomial(emitter: Emitter, coefficients: Sequence[float], x: str, square: str) -> str:
    """A polynomial by Estrin's rule, pairs of terms side by side: sooner done than Horner's, for more operations."""
    pairs = [
        emitter.fma(emitter.constant(odd), x, emitter.constant(even))
        for even, odd in zip(coefficients[::2], coefficients[1::2], strict=False)
    ]
    if len(coefficients) % 2:
        pairs.append(emitter.constant(coefficients[-1]))
    value = pairs[-1]
    for pair in reversed(pairs[:-1]):
        value = emitter.fma(value, square, pair)
    return value


def at_most(emitter: Emitter, x: str, bound: float) -> str:
    """The lesser of x and a bound; NaN stays."""
    limit = emitter.constant(bound)
    return emitter.select(emitter.compare("olt", limit, x), limit, x)


def at_least(emitter: Emitter, x: str, bound: float) -> str:
    """The greater of x and a bound; NaN stays."""
    limit = emitter.constant(bound)
    return emitter.select(emitter.compare("ogt", limit, x), limit, x)


def where_tiny(emitter: Emitter, x: str, value: str) -> str:
    """x itself where it is tiny (the sign of zero and subnormal numbers stay), else the value."""
    small = emitter.compare("olt", emitter.absolute(x), emitter.constant(LAYOUTS[emitter.real].tiny))
    return emitter.select(small, x, value)
