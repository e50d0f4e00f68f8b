"""Sine, cosine and tangent, and the inverse of the tangent."""

from __future__ import annotations

from typing import NamedTuple

from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.kernels.common import LAYOUTS, polynomial, where_tiny

# (sin(√z)/√z - 1)/z on 0 ≤ z ≤ (π/4)², for the relative error of sin: 4.0e-9 and 3.7e-18.
_SIN = {
    "float": (-0.16666655242443085, 0.008332188241183758, -0.00019518072076607496),
    "double": (
        -0.1666666666666663, 0.008333333333321888, -0.00019841269829419034, 2.7557313565133087e-06,
        -2.5050739232093056e-08, 1.5895745660423964e-10,
    ),
}  # fmt: skip
# (cos(√z) - 1 + z/2)/z² on the same interval, for the relative error of cos: 1.2e-10 and 5.8e-20.
_COS = {
    "float": (0.04166664555668831, -0.0013887309469282627, 2.4432336431345902e-05),
    "double": (
        0.041666666666666595, -0.0013888888888873318, 2.480158728897535e-05, -2.755731420650387e-07,
        2.0875703640126515e-09, -1.1358643791941355e-11,
    ),
}  # fmt: skip
# (atan(√z)/√z - 1)/z on 0 ≤ z ≤ 1, for the relative error of atan: 5.9e-9 and 3.0e-17.
_ARCTAN = {
    "float": (
        -0.33333298563957214, 0.1999853104352951, -0.14264050126075745, 0.10951156914234161, -0.08400402963161469,
        0.05790502578020096, -0.031125254929065704, 0.010886321775615215, -0.001787296961992979,
    ),
    "double": (
        -0.3333333333333185, 0.19999999999753285, -0.1428571427123641, 0.11111110676024322, -0.09090901190981665,
        0.07692212458849672, -0.06665856888334722, 0.058772892722366854, -0.05239159839530957, 0.04673730721632275,
        -0.040921374467317875, 0.03405901099757399, -0.0258149414258909, 0.016965900676216013, -0.009175292382508155,
        0.00385086366052787, -0.0011621486576386295, 0.00022258082692526437, -2.021188124563969e-05,
    ),
}  # fmt: skip
# π/2 in three parts: with a fused multiply-add the first product cancels without any error.
_HALF_PI = {
    "float": (1.5707963705062866, -4.371138828673793e-08, -1.7151245100058819e-15),
    "double": (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33),
}
_TWO_OVER_PI = 0.6366197723675814
# Beyond these the C library is called, lane by lane.
_FARTHEST = {"float": 1e5, "double": 1e9}


class _Quarter(NamedTuple):
    """x = n·π/2 + r: the sine and cosine of r, what each lost, and the bits in which n is the lowest."""

    sine: str
    sine_lost: str
    cosine: str
    cosine_lost: str
    turns: str


def _quarter(emitter: Emitter, x: str) -> _Quarter:
    """Cody's and Waite's reduction in three parts, r in a sum of two numbers."""
    first, second, third = (emitter.constant(-part) for part in _HALF_PI[emitter.real])
    shifter = emitter.constant(LAYOUTS[emitter.real].shifter)
    shifted = emitter.fma(x, emitter.constant(_TWO_OVER_PI), shifter)
    whole = emitter.exact_subtract(shifted, shifter)
    coarse = emitter.fma(whole, first, x)
    # The second product may cancel too, so that both it and the sum are kept with their rounding errors.
    product = emitter.exact_multiply(whole, second)
    high = emitter.exact_add(coarse, product)
    share = emitter.exact_subtract(high, coarse)
    lost = emitter.exact_subtract(coarse, emitter.exact_subtract(high, share))
    low = emitter.exact_add(lost, emitter.exact_subtract(product, share))
    low = emitter.exact_add(low, emitter.fma(whole, second, emitter.negate(product)))
    low = emitter.fma(whole, third, low)
    square = emitter.exact_multiply(high, high)
    cube = emitter.exact_multiply(high, square)
    bend = emitter.fma(cube, polynomial(emitter, _SIN[emitter.real], square), low)
    curve = emitter.fma(polynomial(emitter, _COS[emitter.real], square), square, emitter.constant(-0.5))
    fall = emitter.fma(square, curve, emitter.exact_multiply(emitter.negate(high), low))
    return _Quarter(
        *_with_lost(emitter, high, bend), *_with_lost(emitter, emitter.constant(1.0), fall), emitter.bits_of(shifted)
    )


def _with_lost(emitter: Emitter, great: str, small: str) -> tuple[str, str]:
    """great + small and what rounding took from the sum."""
    total = emitter.exact_add(great, small)
    return total, emitter.exact_add(emitter.exact_subtract(great, total), small)


def _is_odd(emitter: Emitter, count: str) -> str:
    """Where a whole number is odd."""
    one = emitter.integer_constant(1)
    return emitter.integer_compare("eq", emitter.integer("and", count, one), one)


def _negated_by(emitter: Emitter, count: str, value: str) -> str:
    """The value with the other sign where the second bit of a whole number is set."""
    sign = emitter.integer("and", count, emitter.integer_constant(2))
    sign = emitter.integer("shl", sign, emitter.integer_constant(emitter.bits - 2))
    return emitter.from_bits(emitter.integer("xor", emitter.bits_of(value), sign))


def sin(emitter: Emitter, x: str) -> str:
    """The sine; at most 2 ulp in float (|x| ≤ 1e5) and in double (|x| ≤ 1e9), the C library's beyond."""
    quarter = _quarter(emitter, x)
    value = emitter.select(_is_odd(emitter, quarter.turns), quarter.cosine, quarter.sine)
    value = where_tiny(emitter, x, _negated_by(emitter, quarter.turns, value))
    return _library_when_far(emitter, "sin", x, value)


def cos(emitter: Emitter, x: str) -> str:
    """The cosine; at most 2 ulp in float (|x| ≤ 1e5) and in double (|x| ≤ 1e9), the C library's beyond."""
    quarter = _quarter(emitter, x)
    value = emitter.select(_is_odd(emitter, quarter.turns), quarter.sine, quarter.cosine)
    following = emitter.integer("add", quarter.turns, emitter.integer_constant(1))
    return _library_when_far(emitter, "cos", x, _negated_by(emitter, following, value))


def tan(emitter: Emitter, x: str) -> str:
    """The tangent; at most 2 ulp in float (|x| ≤ 1e5) and in double (|x| ≤ 1e9), the C library's beyond.

    What rounding took from sine and cosine, and from their quotient, is put back once.
    """
    quarter = _quarter(emitter, x)
    odd = _is_odd(emitter, quarter.turns)
    above = emitter.select(odd, quarter.cosine, quarter.sine)
    above_lost = emitter.select(odd, quarter.cosine_lost, quarter.sine_lost)
    below = emitter.select(odd, emitter.negate(quarter.sine), quarter.cosine)
    below_lost = emitter.select(odd, emitter.negate(quarter.sine_lost), quarter.cosine_lost)
    inverse = emitter.divide(emitter.constant(1.0), below)
    quotient = emitter.exact_multiply(above, inverse)
    negative = emitter.negate(quotient)
    remainder = emitter.exact_add(emitter.fma(negative, below, above), emitter.fma(negative, below_lost, above_lost))
    value = emitter.fma(remainder, inverse, quotient)
    return _library_when_far(emitter, "tan", x, where_tiny(emitter, x, value))


def arctan(emitter: Emitter, x: str) -> str:
    """The inverse tangent, of -1/|x| and with π/2 added beyond 1; at most 2 ulp in float and in double."""
    size = emitter.absolute(x)
    one, zero = emitter.constant(1.0), emitter.constant(0.0)
    great = emitter.compare("ogt", size, one)
    part = emitter.select(great, emitter.divide(emitter.constant(-1.0), size), size)
    high, low, _ = (emitter.select(great, emitter.constant(value), zero) for value in _HALF_PI[emitter.real])
    square = emitter.exact_multiply(part, part)
    cube = emitter.exact_multiply(part, square)
    rest = emitter.fma(cube, polynomial(emitter, _ARCTAN[emitter.real], square), low)
    return emitter.copysign(emitter.exact_add(high, emitter.exact_add(part, rest)), x)


def _library_when_far(emitter: Emitter, function: str, x: str, near: str) -> str:
    """`near`, or the C library's function in all lanes if any argument is beyond the reduction's reach."""
    suffix = f"{function}_{emitter.lanes}_{emitter.real}"
    vector = emitter.vector
    _declare_library(emitter, function, suffix)
    inner = Emitter(emitter.real, emitter.lanes, emitter.fused, declarations=emitter.declarations)
    far = inner.compare("ogt", inner.absolute("%x"), inner.constant(_FARTHEST[emitter.real]))
    any_far = inner.any_of(far)
    lines = [
        f"define internal {vector} @guarded_{suffix}({vector} %x, {vector} %near) alwaysinline {{",
        *inner.lines,
        f"br i1 {any_far}, label %far, label %done",
        "far:",
        f"%exact = call {vector} @library_{suffix}({vector} %x, {vector} %near)",
        "br label %done",
        "done:",
        f"%result = phi {vector} [ %near, %0 ], [ %exact, %far ]",
        f"ret {vector} %result",
        "}",
    ]
    emitter.declarations["\n".join(lines)] = None
    return emitter.value(f"call {vector} @guarded_{suffix}({vector} {x}, {vector} {near})")


def _declare_library(emitter: Emitter, function: str, suffix: str) -> None:
    """A function that asks the C library lane by lane, where an argument is far."""
    name = function + ("f" if emitter.real == "float" else "")
    inner = Emitter(emitter.real, emitter.lanes, emitter.fused, declarations=emitter.declarations)
    emitter.declarations[f"declare {emitter.real} @{name}({emitter.real})"] = None
    if emitter.lanes == 1:
        exact = inner.value(f"call {emitter.real} @{name}({emitter.real} %x)")
    else:
        exact = "poison"
        for lane in range(emitter.lanes):
            argument = inner.value(f"extractelement {emitter.vector} %x, i32 {lane}")
            value = inner.value(f"call {emitter.real} @{name}({emitter.real} {argument})")
            exact = inner.value(f"insertelement {emitter.vector} {exact}, {emitter.real} {value}, i32 {lane}")
    far = inner.compare("ogt", inner.absolute("%x"), inner.constant(_FARTHEST[emitter.real]))
    result = inner.select(far, exact, "%near")
    lines = [
        f"define internal {emitter.vector} @library_{suffix}({emitter.vector} %x, {emitter.vector} %near)"
        " noinline cold {",
        *inner.lines,
        f"ret {emitter.vector} {result}",
        "}",
    ]
    emitter.declarations["\n".join(lines)] = None
