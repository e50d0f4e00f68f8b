"""Elementwise functions as instructions over vectors: no tables in memory, and no branch where arguments are usual.

Each function takes an emitter and the name of a value, and gives the name of the function's value. Every number of
lanes gives the same bits. The bounds of the errors are in units in the last place and are stated for machines that
multiply and add in one rounding; `docs/native.md` has what was measured. Each polynomial was fitted on its interval to
the least greatest error (weighted least squares with Lawson's weights, 300 bits), its first coefficients rounded one
after another and the others fitted again each time.
"""

from __future__ import annotations

from collections.abc import Callable

from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.kernels.error_function import erf
from chalkgrad.engines.native.kernels.exponential import cosh, exp, expm1, sigmoid, sinh, tanh
from chalkgrad.engines.native.kernels.logarithm import log, log1p, softplus
from chalkgrad.engines.native.kernels.trigonometric import arctan, cos, sin, tan

KERNELS: dict[str, Callable[[Emitter, str], str]] = {
    "exp": exp,
    "log": log,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "expm1": expm1,
    "log1p": log1p,
    "softplus": softplus,
    "erf": erf,
    "sin": sin,
    "cos": cos,
    "tan": tan,
    "arctan": arctan,
    "sinh": sinh,
    "cosh": cosh,
}
