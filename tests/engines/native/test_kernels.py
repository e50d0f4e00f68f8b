"""The elementwise kernels against mpmath: units in the last place over the whole range, and the special values."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest

from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.functions import procedure
from chalkgrad.engines.native.host import compile_assembly, host, load_object
from chalkgrad.engines.native.kernels import KERNELS

TYPES = {"float": np.float32, "double": np.float64}
BOUNDS = {"float": 2.0, "double": 4.0}
EXACT: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "arctan": mpmath.atan,
    "expm1": mpmath.expm1,
    "log1p": mpmath.log1p,
}
# Where a function is dense with things that can go wrong.
RANGES = {"exp": (-104, 89), "log": (1e-6, 1e6), "log1p": (-0.999, 50), "erf": (-5, 5)}


@cache
def kernel(name: str, real: str, lanes: int) -> Callable[[Any], Any]:
    emitter = Emitter(real, lanes, host().fused)
    value = KERNELS[name](emitter, emitter.load("%x"))
    emitter.store(value, "%y")
    lines = [*emitter.declarations, "define void @apply(ptr %x, ptr %y) {", *emitter.lines, "ret void", "}"]
    code = load_object(compile_assembly("\n".join(lines)))
    run = procedure(code, "apply", 2)

    def apply(values: Any) -> Any:
        padded = np.zeros(-(-len(values) // lanes) * lanes, dtype=TYPES[real])
        padded[: len(values)] = values
        result = np.empty_like(padded)
        for first in range(0, len(padded), lanes):
            run(padded[first:].ctypes.data, result[first:].ctypes.data)
        return result[: len(values)]

    apply.code = code  # type: ignore[attr-defined]  # keeps the machine code alive
    return apply


def points(name: str, real: str) -> Any:
    generator = np.random.default_rng(0)
    low, high = RANGES.get(name, (-30, 30))
    near = generator.uniform(low, high, 600)
    sizes = 10.0 ** generator.uniform(-30, 4, 300)
    spread = sizes * (1 if name in ("log", "log1p") else generator.choice([-1, 1], 300))
    return np.concatenate([near, spread]).astype(TYPES[real])


@pytest.mark.parametrize("real", ["float", "double"])
@pytest.mark.parametrize("name", sorted(KERNELS))
def test_the_error_is_within_the_bound(name: str, real: str) -> None:
    values = points(name, real)
    if name in ("sin", "cos", "tan", "sinh", "cosh"):
        values = values[np.abs(values) < 80]
    found = kernel(name, real, host().lanes(real))(values)
    exact = EXACT.get(name, getattr(mpmath, name, None))
    assert exact is not None
    with mpmath.workdps(60):
        wanted = [exact(mpmath.mpf(float(value))) for value in values]
        with np.errstate(over="ignore"):
            rounded = np.array([float(value) for value in wanted]).astype(TYPES[real])
        errors = [
            abs(mpmath.mpf(float(got)) - want) / mpmath.mpf(float(np.spacing(np.abs(near))))
            for got, want, near in zip(found, wanted, rounded, strict=True)
            if np.isfinite(near)
        ]
    assert max(errors) <= BOUNDS[real]
    assert np.array_equal(np.isinf(found), np.isinf(rounded))


SPECIAL = {
    "exp": [(np.inf, np.inf), (-np.inf, 0.0), (0.0, 1.0), (1000.0, np.inf), (-1000.0, 0.0)],
    "sigmoid": [(np.inf, 1.0), (-np.inf, 0.0), (0.0, 0.5)],
    "softplus": [(np.inf, np.inf), (-np.inf, 0.0)],
    "tanh": [(np.inf, 1.0), (-np.inf, -1.0)],
    "log": [(0.0, -np.inf), (np.inf, np.inf), (-1.0, np.nan)],
    "erf": [(np.inf, 1.0), (-np.inf, -1.0)],
}


@pytest.mark.parametrize("real", ["float", "double"])
@pytest.mark.parametrize("name", sorted(KERNELS))
def test_special_values(name: str, real: str) -> None:
    given, wanted = zip(*[(np.nan, np.nan), *SPECIAL.get(name, [])], strict=True)
    np.testing.assert_array_equal(kernel(name, real, 1)(np.array(given)), np.array(wanted, dtype=TYPES[real]))


@pytest.mark.parametrize("real", ["float", "double"])
@pytest.mark.parametrize("name", ["exp", "sigmoid", "softplus"])
def test_every_width_gives_the_same_bits(name: str, real: str) -> None:
    values = points(name, real)
    alone = kernel(name, real, 1)(values)
    for lanes in (2, 4, 8, 16, 32):
        assert np.array_equal(kernel(name, real, lanes)(values).view(np.uint8), alone.view(np.uint8))


def test_a_subnormal_exponential_keeps_its_digits() -> None:
    values = np.linspace(-745, -708.4, 500)
    with mpmath.workdps(40):
        exact = np.array([float(mpmath.exp(mpmath.mpf(float(value)))) for value in values])
    assert np.abs(kernel("exp", "double", 1)(values) - exact).max() <= 2 * 5e-324
