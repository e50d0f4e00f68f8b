"""The natural logarithm and those made from it."""

from __future__ import annotations

import struct
from math import inf, nan, sqrt

from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.kernels.common import LAYOUTS, polynomial, where_tiny
from chalkgrad.engines.native.kernels.exponential import LN2, decay

# (log(1 + f) - f + f²/2)/f³ on √½ - 1 ≤ f ≤ √2 - 1, for the relative error of log(1 + f): 5.9e-9 and 9.2e-18.
_LOG = {
    "float": (
        0.3333333134651184, -0.250008225440979, 0.2000122368335724, -0.16623298823833466, 0.14202050864696503,
        -0.13161154091358185, 0.1275918334722519, -0.07628393173217773,
    ),
    "double": (
        0.3333333333333314, -0.24999999999987965, 0.20000000000068086, -0.1666666666982827, 0.14285714279876874,
        -0.12499999691138929, 0.11111111160550982, -0.10000015227801494, 0.09090923516518529, -0.08332912701637518,
        0.07691537248445357, -0.07149457984042137, 0.06684515991744527, -0.061964487993565506, 0.056687053107515255,
        -0.05679288296079635, 0.06503495225691311, -0.05977664439892137, 0.02611568770541125,
    ),
}  # fmt: skip
_ROOT_OF_HALF = {
    "float": struct.unpack("<i", struct.pack("<f", sqrt(0.5)))[0],
    "double": struct.unpack("<q", struct.pack("<d", sqrt(0.5)))[0],
}
_SMALLEST_NORMAL = {"float": 2.0**-126, "double": 2.0**-1022}
_LIFT = {"float": 24, "double": 53}


def _exponent(emitter: Emitter, x: str) -> tuple[str, str]:
    """The e, as an integer, for which x/2^e lies between √½ and √2, and e in the place of the exponent's bits."""
    bits = emitter.integer_constant(LAYOUTS[emitter.real].fraction_bits)
    above = emitter.integer("sub", emitter.bits_of(x), emitter.integer_constant(_ROOT_OF_HALF[emitter.real]))
    exponent = emitter.integer("ashr", above, bits)
    return exponent, emitter.integer("shl", exponent, bits)


def _assembled(emitter: Emitter, part: str, exponent: str) -> str:
    """log(1 + part) + exponent·ln 2."""
    high, low = LN2[emitter.real]
    curve = emitter.fma(polynomial(emitter, _LOG[emitter.real], part), part, emitter.constant(-0.5))
    rest = emitter.exact_multiply(emitter.exact_multiply(part, part), curve)
    rest = emitter.fma(exponent, emitter.constant(low), rest)
    return emitter.fma(exponent, emitter.constant(high), emitter.exact_add(part, rest))


def _edges(emitter: Emitter, x: str, value: str, zero: float) -> str:
    """-∞ where x is the logarithm's zero, NaN below it, and x itself where it is infinite or NaN."""
    value = emitter.select(emitter.compare("olt", x, emitter.constant(inf)), value, x)
    value = emitter.select(emitter.compare("oeq", x, emitter.constant(zero)), emitter.constant(-inf), value)
    return emitter.select(emitter.compare("olt", x, emitter.constant(zero)), emitter.constant(nan), value)


def log(emitter: Emitter, x: str) -> str:
    """The natural logarithm; at most 2 ulp in float and in double.

    x = 2^e·(1 + f) with √½ ≤ 1 + f ≤ √2 from the bits of x, f - f²/2 + f³·P(f), and e·ln 2 in two parts. Subnormal
    numbers are lifted by a power of two first.
    """
    lift = _LIFT[emitter.real]
    small = emitter.compare("olt", x, emitter.constant(_SMALLEST_NORMAL[emitter.real]))
    lifted = emitter.select(small, emitter.exact_multiply(x, emitter.constant(2.0**lift)), x)
    exponent, shifted = _exponent(emitter, lifted)
    part = emitter.from_bits(emitter.integer("sub", emitter.bits_of(lifted), shifted))
    whole = emitter.to_real(exponent)
    lowered = emitter.exact_subtract(whole, emitter.constant(float(lift)))
    value = _assembled(
        emitter,
        emitter.exact_subtract(part, emitter.constant(1.0)),
        emitter.select(small, lowered, whole),
    )
    return _edges(emitter, x, value, 0.0)


def log1p(emitter: Emitter, x: str) -> str:
    """log(1 + x) with the digits of small x; at most 2 ulp in float and in double.

    With e from the bits of 1 + x, the part f = (1 + x)/2^e - 1 comes from x itself: f = x/2^e + (2^-e - 1).
    """
    layout = LAYOUTS[emitter.real]
    one = emitter.constant(1.0)
    above = emitter.exact_add(one, x)
    exponent, shifted = _exponent(emitter, above)
    part = _part(emitter, x, shifted)
    # 2^-e would be subnormal for the greatest x, whose 1 is lost in any case.
    great = emitter.compare("ogt", x, emitter.constant(2.0 ** (layout.fraction_bits + 3)))
    ratio = emitter.from_bits(emitter.integer("sub", emitter.bits_of(above), shifted))
    part = emitter.select(great, emitter.exact_subtract(ratio, one), part)
    value = _assembled(emitter, part, emitter.to_real(exponent))
    return where_tiny(emitter, x, _edges(emitter, x, value, -1.0))


def _part(emitter: Emitter, x: str, shifted: str) -> str:
    """(1 + x)/2^e - 1, with e in the place of the exponent's bits."""
    one = emitter.constant(1.0)
    scale = emitter.from_bits(emitter.integer("sub", emitter.bits_of(one), shifted))
    return emitter.fma(scale, x, emitter.exact_subtract(scale, one))


def softplus(emitter: Emitter, x: str) -> str:
    """log(1 + exp(x)) as max(x, 0) + log1p(exp(-|x|)); at most 2 ulp in float and in double."""
    zero = emitter.constant(0.0)
    fall = decay(emitter, emitter.negate(emitter.absolute(x)))
    exponent, shifted = _exponent(emitter, emitter.exact_add(emitter.constant(1.0), fall))
    curve = _assembled(emitter, _part(emitter, fall, shifted), emitter.to_real(exponent))
    return emitter.exact_add(emitter.select(emitter.compare("ogt", x, zero), x, zero), curve)
