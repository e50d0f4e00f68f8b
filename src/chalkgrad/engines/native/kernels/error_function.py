"""The error function."""

from __future__ import annotations

from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.kernels.common import at_most, polynomial
from chalkgrad.engines.native.kernels.exponential import decay

_MIDDLE = 0.875
# Where erf is 1 as far as digits go.
_ONE = {"float": 4.0, "double": 6.0}
# erf(x)/x - 1 in x² on |x| ≤ 7/8, for the relative error of erf: 2.0e-9 and 1.1e-17.
_NEAR = {
    "float": (
        0.12837916612625122, -0.37612631916999817, 0.11283684521913528, -0.026859309524297714, 0.005201732274144888,
        -0.000815866980701685, 8.465631253784522e-05,
    ),
    "double": (
        0.1283791670955126, -0.37612638903184065, 0.11283791670969308, -0.026866170647728917, 0.005223977650245057,
        -0.0008548328414352514, 0.00012055381536071846, -1.492672563360705e-05, 1.6476916019854206e-06,
        -1.648140565451001e-07, 1.5153875926436315e-08, -1.1062183612448223e-09,
    ),
}  # fmt: skip
# -log(erfc(x))/x from there up to where erf is 1, for the absolute error of erfc: 1.0e-9 and 9.2e-19.
_FAR = {
    "float": (
        1.128626823425293, 0.635239839553833, 0.10608971863985062, -0.02363475039601326, 0.003582039149478078,
        -0.00030789661104790866, 9.737839718582109e-06,
    ),
    "double": (
        1.128379199163276, 0.6366193860244782, 0.10277479057799392, -0.01913618548227129, -0.00019000469963458233,
        0.0016607535864742744, -0.0005395170446986024, -3.121656067638528e-05, 0.00011606431211892735,
        -6.71914752969477e-05, 2.5177255200195326e-05, -7.048299022604909e-06, 1.5311576619437955e-06,
        -2.592519181181044e-07, 3.3718279871123654e-08, -3.2604764215590866e-09, 2.2093350982730426e-10,
        -9.360010302068255e-12, 1.8646269758548384e-13,
    ),
}  # fmt: skip


def erf(emitter: Emitter, x: str) -> str:
    """The error function; at most 2 ulp in float and in double.

    x + x·P(x²) near 0, else 1 - exp(-|x|·Q(|x|)) with the sign of x; both are computed, one is chosen.
    """
    size = at_most(emitter, emitter.absolute(x), _ONE[emitter.real])
    square = emitter.exact_multiply(size, size)
    near = emitter.fma(polynomial(emitter, _NEAR[emitter.real], square), size, size)
    steepness = polynomial(emitter, _FAR[emitter.real], size)
    complement = decay(emitter, emitter.negate(emitter.exact_multiply(size, steepness)))
    far = emitter.exact_subtract(emitter.constant(1.0), complement)
    chosen = emitter.select(emitter.compare("olt", size, emitter.constant(_MIDDLE)), near, far)
    return emitter.copysign(chosen, x)
