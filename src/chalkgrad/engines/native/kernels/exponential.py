"""The exponential function and those made from it."""

from __future__ import annotations

from math import log2
from typing import NamedTuple

from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.kernels.common import LAYOUTS, at_least, at_most, polynomial, short_polynomial, where_tiny

# (exp(r) - 1 - r)/r² on |r| ≤ ln(2)/2, for the relative error of exp: 3.2e-9 and 3.8e-18.
_DECAY = {
    "float": (0.4999999403953552, 0.1666651964187622, 0.041668251156806946, 0.00836884044110775, 0.0013822319451719522),
    "double": (
        0.5000000000000011, 0.16666666666666424, 0.0416666666665263, 0.008333333333487132, 0.0013888888944645272,
        0.00019841269522696028, 2.4801492032222856e-05, 2.755757142148578e-06, 2.763063643846832e-07,
        2.500503556134531e-08,
    ),
}  # fmt: skip
# (exp(r) - 1 - r)/r² on |r| ≤ ln 2, for the relative error of exp: 1.5e-8 and 1.0e-17.
_EXP = {
    "float": (
        0.5000003576278687, 0.1666661649942398, 0.04166119545698166, 0.008335963822901249, 0.001410556142218411,
        0.00019631136092357337,
    ),
    "double": (
        0.4999999999999993, 0.1666666666666694, 0.04166666666670224, 0.00833333333326914, 0.0013888888883553377,
        0.00019841269893330356, 2.480159084313503e-05, 2.7557300477644747e-06, 2.7556154958068663e-07,
        2.5055057707832373e-08, 2.1062588440484965e-09, 1.5934383284540586e-10,
    ),
}  # fmt: skip
# (exp(r) - 1 - r - r²/2)/r³ on |r| ≤ ln(2)/2, for the relative error of exp(r) - 1: 1.4e-8 and 2.5e-17.
_EXPM1 = {
    "float": (0.1666654646396637, 0.04166679084300995, 0.008366289548575878, 0.0013904201332479715),
    "double": (
        0.16666666666666602, 0.041666666666619084, 0.00833333333338845, 0.0013888888920938665, 0.00019841269709128953,
        2.4801515728783733e-05, 2.7557425141638695e-06, 2.762250294802604e-07, 2.50459794312646e-08,
    ),
}  # fmt: skip
# ln 2 in two parts, the first with so many trailing zeros that its product with a whole number is exact.
LN2 = {
    "float": (0.693145751953125, 1.428606765330187e-06),
    "double": (0.6931471804855391, 7.440617110012397e-11),
}


class _Range(NamedTuple):
    """Beyond `lowest` exp is 0, beyond `highest` exp, sinh and cosh are infinite, beyond `one` tanh is ±1."""

    lowest: float
    highest: float
    one: float


_RANGE = {"float": _Range(-104.0, 89.5, 10.0), "double": _Range(-746.0, 710.6, 20.0)}
_LOG2_E = 1.4426950408889634


def exp(emitter: Emitter, x: str) -> str:
    """exp(x), subnormal results included; at most 2 ulp in float and in double.

    x = 2m·ln 2 + r with |r| ≤ ln 2, a polynomial in r, times 2^m twice: neither factor leaves the normal numbers, and
    only the last product rounds, overflows or becomes subnormal.
    """
    value, scale = _halves(emitter, at_most(emitter, x, _RANGE[emitter.real].highest))
    return emitter.exact_multiply(emitter.exact_multiply(value, scale), scale)


def _halves(emitter: Emitter, x: str) -> tuple[str, str]:
    """A value and a power of two whose square times the value is exp(x)."""
    x = at_least(emitter, x, _RANGE[emitter.real].lowest)
    reduced, scale = _reduced(emitter, x, doublings=2, exponent=LAYOUTS[emitter.real].bias)
    return _near_one(emitter, _EXP[emitter.real], reduced), scale


def decay(emitter: Emitter, x: str) -> str:
    """exp(x) for x ≤ 0; at most 1.2 ulp, subnormal results included.

    As the power of two cannot be great, one factor is enough for it and a constant one in the addition of 1, and
    |r| ≤ ln(2)/2. The bound of x waits for nothing.
    """
    lift = 64 if emitter.real == "float" else 512
    drop = emitter.constant(2.0**-lift)
    reduced, scale = _reduced(emitter, x, doublings=1, exponent=LAYOUTS[emitter.real].bias + lift)
    square = emitter.exact_multiply(reduced, reduced)
    grown = emitter.fma(short_polynomial(emitter, _DECAY[emitter.real], reduced, square), square, reduced)
    value = emitter.exact_multiply(emitter.fma(grown, drop, drop), scale)
    vanished = emitter.compare("olt", x, emitter.constant(_RANGE[emitter.real].lowest))
    return emitter.select(vanished, emitter.constant(0.0), value)


def _reduced(emitter: Emitter, x: str, doublings: int, exponent: int) -> tuple[str, str]:
    """r = x - m·doublings·ln 2 for the nearest whole m, and the power of two whose biased exponent is m + exponent.

    The whole number comes from the last digits of a sum with a great number, which NaN goes through unharmed.
    """
    layout = LAYOUTS[emitter.real]
    high, low = LN2[emitter.real]
    shifter = emitter.constant(layout.shifter + exponent)
    shifted = emitter.fma(x, emitter.constant(_LOG2_E / doublings), shifter)
    whole = emitter.exact_subtract(shifted, shifter)
    reduced = emitter.fma(whole, emitter.constant(-doublings * high), x)
    reduced = emitter.fma(whole, emitter.constant(-doublings * low), reduced)
    bits = emitter.integer("shl", emitter.bits_of(shifted), emitter.integer_constant(layout.fraction_bits))
    return reduced, emitter.from_bits(bits)


def _near_one(emitter: Emitter, coefficients: tuple[float, ...], reduced: str) -> str:
    """1 + r + r²·P(r)."""
    square = emitter.exact_multiply(reduced, reduced)
    value = emitter.fma(polynomial(emitter, coefficients, reduced), square, reduced)
    return emitter.exact_add(value, emitter.constant(1.0))


def _less_one(emitter: Emitter, x: str, unit: float) -> str:
    """unit·(exp(x) - 1) for a power of two that keeps unit·exp(x) finite, x no less than -40.

    x = n·ln 2 + r with |r| ≤ ln(2)/2; with s = 2^n·unit the sum (s - unit) + s·r is kept in two parts.
    """
    layout = LAYOUTS[emitter.real]
    reduced, scale = _reduced(emitter, x, doublings=1, exponent=layout.bias + int(log2(unit)))
    square = emitter.exact_multiply(reduced, reduced)
    curve = emitter.fma(polynomial(emitter, _EXPM1[emitter.real], reduced), reduced, emitter.constant(0.5))
    whole = emitter.exact_subtract(scale, emitter.constant(unit))
    sum_high = emitter.fma(scale, reduced, whole)
    sum_low = emitter.fma(scale, reduced, emitter.exact_subtract(whole, sum_high))
    rest = emitter.fma(emitter.exact_multiply(scale, square), curve, sum_low)
    return emitter.exact_add(sum_high, rest)


def expm1(emitter: Emitter, x: str) -> str:
    """exp(x) - 1 with the digits of small x; at most 2 ulp in float and in double."""
    bounded = at_least(emitter, at_most(emitter, x, _RANGE[emitter.real].highest - 0.5), -40.0)
    half = _less_one(emitter, bounded, 0.5)
    return where_tiny(emitter, x, emitter.exact_add(half, half))


def sigmoid(emitter: Emitter, x: str) -> str:
    """1/(1 + exp(-x)) from e = exp(-|x|), so that neither tail loses its digits; at most 2 ulp in float and in double.

    With q = e/(1 + e) it is 1 - q or e·(1 - q): where e is small, the roundings of 1 + e and of q hardly count.
    """
    one = emitter.constant(1.0)
    fall = decay(emitter, emitter.negate(emitter.absolute(x)))
    above = emitter.select(emitter.compare("oge", x, emitter.constant(0.0)), one, fall)
    quotient = emitter.divide(fall, emitter.exact_add(one, fall))
    return emitter.fma(emitter.negate(above), quotient, above)


def tanh(emitter: Emitter, x: str) -> str:
    """t/(t + 2) with t = exp(2|x|) - 1 and the sign of x; at most 2 ulp in float and in double.

    For |x| < 1 the roundings of t + 2 and of the quotient q are taken back, by 1/(t + 2) = (1 - q)/2.
    """
    two, half = emitter.constant(2.0), emitter.constant(0.5)
    size = at_most(emitter, emitter.absolute(x), _RANGE[emitter.real].one)
    grown = _less_one(emitter, emitter.exact_add(size, size), 1.0)
    below = emitter.exact_add(grown, two)
    lost = emitter.exact_subtract(grown, emitter.exact_subtract(below, two))
    quotient = emitter.divide(grown, below)
    negative = emitter.negate(quotient)
    remainder = emitter.fma(negative, lost, emitter.fma(negative, below, grown))
    corrected = emitter.fma(remainder, emitter.fma(negative, half, half), quotient)
    small = emitter.compare("olt", size, emitter.constant(1.0))
    return emitter.copysign(emitter.select(small, corrected, quotient), x)


def sinh(emitter: Emitter, x: str) -> str:
    """(t + t/(t + 1))/2 with t = exp(|x|) - 1 and the sign of x; at most 2 ulp in float and in double.

    For |x| < 1 the roundings of t + 1 and of the quotient q are taken back, by 1/(t + 1) = 1 - q.
    """
    one, four = emitter.constant(1.0), emitter.constant(4.0)
    size = at_most(emitter, emitter.absolute(x), _RANGE[emitter.real].highest)
    quarter = _less_one(emitter, size, 0.25)
    below = emitter.fma(quarter, four, one)
    lost = emitter.fma(quarter, four, emitter.exact_subtract(one, below))
    quotient = emitter.divide(quarter, below)
    negative = emitter.negate(quotient)
    remainder = emitter.fma(negative, lost, emitter.fma(negative, below, quarter))
    corrected = emitter.fma(remainder, emitter.fma(negative, four, one), quotient)
    small = emitter.compare("olt", size, one)
    half = emitter.exact_add(quarter, emitter.select(small, corrected, quotient))
    return where_tiny(emitter, x, emitter.copysign(emitter.exact_add(half, half), x))


def cosh(emitter: Emitter, x: str) -> str:
    """h + 1/(4h) with h = exp(|x|)/2; at most 2 ulp in float and in double."""
    size = at_most(emitter, emitter.absolute(x), _RANGE[emitter.real].highest)
    value, scale = _halves(emitter, size)
    half = emitter.exact_multiply(
        emitter.exact_multiply(value, scale), emitter.exact_multiply(scale, emitter.constant(0.5))
    )
    return emitter.exact_add(half, emitter.divide(emitter.constant(0.25), half))
