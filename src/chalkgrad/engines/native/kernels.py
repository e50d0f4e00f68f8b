"""Elementwise functions as instructions over vectors, without tables, branches or calls; the rest call the C library.

The polynomials are Chebyshev interpolations on the reduced argument, computed with 40 digits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from chalkgrad.engines.native.emitter import Emitter

# (exp(r) - 1 - r)/r² on |r| ≤ ln(2)/2: the relative error of exp is 1.0e-8, or 2.3e-19.
_EXP = {
    "float": (0.5, 0.16666576666119928, 0.04166655421298415, 0.008363232883682618, 0.0013926250831497612),
    "double": (
        0.5, 0.1666666666666667103, 0.041666666666666669783, 0.0083333333333260831202, 0.0013888888888883711167,
        0.00019841269875002278793, 0.0000248015873256774619, 2.7557255170000887438e-6, 2.7557273478718580474e-7,
        2.5105312729622101787e-8, 2.09147553258932022e-9,
    ),
}  # fmt: skip
# ln 2 in two parts, the first with trailing zeros, so that its product with a whole number is exact.
_LN2 = {
    "float": (0.693145751953125, 1.42860682030941723e-6),
    "double": (0.6931471803691238, 1.9082149292705877e-10),
}
# Beyond these the result is 0 or infinite whatever the digits.
_EXP_RANGE = {"float": (-104.0, 89.0), "double": (-746.0, 710.0)}
_FRACTION_BITS = {"float": 23, "double": 52}


def exp(emitter: Emitter, x: str) -> str:
    """exp(x): x = k·ln 2 + r, a polynomial in r, and 2^k in two halves so that subnormal results are right."""
    low, high = _EXP_RANGE[emitter.real]
    ln2_high, ln2_low = _LN2[emitter.real]
    clamped = emitter.minimum(emitter.maximum(x, emitter.constant(low)), emitter.constant(high))
    whole = emitter.rounded(emitter.exact_multiply(clamped, emitter.constant(1.4426950408889634)))
    negative = emitter.negate(whole)
    reduced = emitter.fma(negative, emitter.constant(ln2_high), clamped)
    reduced = emitter.fma(negative, emitter.constant(ln2_low), reduced)
    coefficients = _EXP[emitter.real]
    value = emitter.constant(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        value = emitter.fma(value, reduced, emitter.constant(coefficient))
    square = emitter.exact_multiply(reduced, reduced)
    value = emitter.exact_add(emitter.fma(value, square, reduced), emitter.constant(1.0))
    power = emitter.to_integer(whole)
    half = emitter.integer("ashr", power, emitter.integer_constant(1))
    value = _scaled(emitter, _scaled(emitter, value, half), emitter.integer("sub", power, half))
    return emitter.select(emitter.compare("uno", x, x), x, value)


def _scaled(emitter: Emitter, value: str, power: str) -> str:
    """value · 2^power for powers whose own number is normal."""
    bits = _FRACTION_BITS[emitter.real]
    bias = emitter.integer_constant(127 if emitter.real == "float" else 1023)
    factor = emitter.integer("shl", emitter.integer("add", power, bias), emitter.integer_constant(bits))
    return emitter.exact_multiply(value, emitter.from_bits(factor))


def sigmoid(emitter: Emitter, x: str) -> str:
    """1/(1 + exp(-x)) from exp(-|x|), so that neither tail loses its digits."""
    one = emitter.constant(1.0)
    decay = exp(emitter, emitter.negate(emitter.absolute(x)))
    above = emitter.select(emitter.compare("oge", x, emitter.constant(0.0)), one, decay)
    return emitter.divide(above, emitter.exact_add(one, decay))


def softplus(emitter: Emitter, x: str) -> str:
    """log(1 + exp(x)) as max(x, 0) + log1p(exp(-|x|))."""
    decay = exp(emitter, emitter.negate(emitter.absolute(x)))
    return emitter.exact_add(emitter.maximum(x, emitter.constant(0.0)), KERNELS["log1p"](emitter, decay))


def _library(function: str, emitter: Emitter, x: str) -> str:
    """The C library's function, lane by lane."""
    name = function + ("f" if emitter.real == "float" else "")
    emitter.declarations[f"declare {emitter.real} @{name}({emitter.real})"] = None
    if emitter.lanes == 1:
        return emitter.value(f"call {emitter.real} @{name}({emitter.real} {x})")
    result = "poison"
    for lane in range(emitter.lanes):
        argument = emitter.value(f"extractelement {emitter.vector} {x}, i32 {lane}")
        value = emitter.value(f"call {emitter.real} @{name}({emitter.real} {argument})")
        result = emitter.value(f"insertelement {emitter.vector} {result}, {emitter.real} {value}, i32 {lane}")
    return result


_LIBRARY = {name: name for name in ("log", "log1p", "expm1", "tanh", "erf", "sin", "cos", "tan", "sinh", "cosh")}
KERNELS: dict[str, Callable[[Emitter, str], str]] = {
    "exp": exp,
    "sigmoid": sigmoid,
    "softplus": softplus,
    **{name: partial(_library, function) for name, function in (_LIBRARY | {"arctan": "atan"}).items()},
}
