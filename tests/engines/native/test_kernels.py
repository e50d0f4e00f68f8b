"""The elementwise functions against mpmath and NumPy: their errors over the whole range, their edges, every width."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.special

from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.host import compile_assembly, host, load_object
from chalkgrad.engines.native.kernels import KERNELS

TYPES: dict[str, Any] = {"float": np.float32, "double": np.float64}
UNSIGNED: dict[str, Any] = {"float": np.uint32, "double": np.uint64}
WIDTHS = (1, 4, 8, 16, 32)

# What every function's own text promises, in units in the last place.
BOUND = 2.0


def _sigmoid(x: Any) -> Any:
    decay = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, decay) / (1.0 + decay)


IN_DOUBLE: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "log": np.log,
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "expm1": np.expm1,
    "log1p": np.log1p,
    "softplus": lambda x: np.where(x > 0, x, 0.0) + np.log1p(np.exp(-np.abs(x))),
    "erf": scipy.special.erf,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "arctan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
}
EXACT: dict[str, Callable[[Any], Any]] = {
    **{name: getattr(mpmath, name) for name in ("exp", "log", "tanh", "log1p", "erf", "sin", "cos", "tan")},
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "arctan": mpmath.atan,
    "expm1": mpmath.expm1,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
}


@cache
def compiled(name: str, real: str, lanes: int) -> Callable[[Any], Any]:
    """The function over arrays whose length is a multiple of 32."""
    emitter = Emitter(real, lanes, host().fused)
    argument = emitter.load("%from")
    emitter.store(KERNELS[name](emitter, argument), "%to")
    assembly = "\n".join(
        [
            *emitter.declarations,
            "define void @apply(ptr %source, ptr %target, i64 %count) {",
            "br label %loop",
            "loop:",
            "%i = phi i64 [ 0, %0 ], [ %next, %loop ]",
            f"%from = getelementptr {real}, ptr %source, i64 %i",
            f"%to = getelementptr {real}, ptr %target, i64 %i",
            *emitter.lines,
            f"%next = add i64 %i, {lanes}",
            "%more = icmp ult i64 %next, %count",
            "br i1 %more, label %loop, label %end",
            "end:",
            "ret void",
            "}",
        ]
    )
    code = load_object(compile_assembly(assembly))
    function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)(code.address("apply"))

    def apply(x: Any) -> Any:
        assert code is not None  # the machine code lives as long as this function
        padded = np.zeros(-(-x.size // 32) * 32, TYPES[real])
        padded[: x.size] = x
        result = np.empty_like(padded)
        function(padded.ctypes.data, result.ctypes.data, padded.size)
        return result[: x.size]

    return apply


def arguments(name: str, real: str, count: int) -> Any:
    """Random bit patterns over the whole range, even and near-zero spreads over the interesting ones, and turns."""
    generator = np.random.default_rng(sum(map(ord, name + real)))
    kind = TYPES[real]
    patterns = generator.integers(0, 2 ** (32 if real == "float" else 64), size=count // 4, dtype=np.uint64)
    widest = 104.0 if real == "float" else 746.0
    quarter_turns = generator.integers(-60_000, 60_000, size=count // 16) * (np.pi / 2)
    parts = [
        patterns.astype(UNSIGNED[real]).view(kind),
        generator.uniform(-widest, widest, count // 4),
        generator.uniform(-1.5, 1.5, count // 4),
        generator.uniform(-12.0, 12.0, count // 4),
        generator.choice([-1, 1], count // 8) * np.exp(generator.uniform(-40.0, 20.0, count // 8)),
        quarter_turns,
        1.0 + generator.uniform(-1e-3, 1e-3, count // 16),
        generator.integers(-300, 300, count // 16) * (np.log(2) / 2) + generator.normal(0, 1e-4, count // 16),
    ]
    x = np.concatenate([part.astype(kind) for part in parts])
    x = x[np.isfinite(x)]
    match name:
        case "log":
            return np.abs(x)
        case "log1p":
            return np.where(x < -1, -x, x)
        case _:
            return x


def errors(result: Any, high: Any, low: Any, kind: Any) -> Any:
    """How far results are from high + low, in units in the last place of high, which is rounded to the type."""
    with np.errstate(all="ignore"):
        limits = np.finfo(kind)
        size = np.maximum(np.abs(high).astype(np.float64), float(limits.tiny))
        unit = np.exp2(np.floor(np.log2(size)))
        unit = np.where(unit > size, unit / 2, np.where(2 * unit <= size, 2 * unit, unit)) * float(limits.eps)
        difference = (result.astype(np.float64) - high.astype(np.float64)) - low
        far = np.where(result == high, 0.0, np.inf)
        return np.where(np.isfinite(high) & np.isfinite(result), np.abs(difference) / unit, far)


def greatest_error(name: str, real: str, x: Any) -> tuple[float, float]:
    """The greatest error over some arguments, and where it is."""
    kind = TYPES[real]
    result = compiled(name, real, host().lanes(real))(x)
    if real == "float":
        with np.errstate(all="ignore"):
            exact = IN_DOUBLE[name](x.astype(np.float64))
            high = exact.astype(np.float32)
            low = np.where(np.isfinite(high), exact - high, 0.0)
    else:
        with mpmath.workdps(50):
            values = [EXACT[name](mpmath.mpf(float(argument))) for argument in x]
            high = np.array([float(value) for value in values])
            low = np.array(
                [float(value - mpmath.mpf(f)) if np.isfinite(f) else 0.0 for value, f in zip(values, high, strict=True)]
            )
    found = errors(result, high, low, kind)
    worst = int(np.argmax(found))
    return float(found[worst]), float(x[worst])


@pytest.mark.parametrize("name", KERNELS)
def test_float_is_within_its_bound(name: str) -> None:
    error, where = greatest_error(name, "float", arguments(name, "float", 400_000))
    assert error <= BOUND, (error, where)
    assert error >= 0.5  # exact in every digit would mean that nothing was measured


@pytest.mark.parametrize("name", KERNELS)
def test_double_is_within_its_bound(name: str) -> None:
    error, where = greatest_error(name, "double", arguments(name, "double", 10_000))
    assert error <= BOUND, (error, where)
    assert error >= 0.5


INF, NAN = float("inf"), float("nan")
EDGES: dict[str, list[tuple[float, float]]] = {
    "exp": [(INF, INF), (-INF, 0.0), (0.0, 1.0), (-0.0, 1.0), (1e30, INF), (-1e30, 0.0)],
    "log": [(INF, INF), (0.0, -INF), (-0.0, -INF), (1.0, 0.0), (-1.0, NAN), (-INF, NAN), (-1e-40, NAN)],
    "sigmoid": [(INF, 1.0), (-INF, 0.0), (0.0, 0.5), (-0.0, 0.5), (1e30, 1.0), (-1e30, 0.0)],
    "tanh": [(INF, 1.0), (-INF, -1.0), (0.0, 0.0), (-0.0, -0.0), (50.0, 1.0), (-50.0, -1.0)],
    "expm1": [(INF, INF), (-INF, -1.0), (0.0, 0.0), (-0.0, -0.0), (-1e30, -1.0), (1e30, INF)],
    "log1p": [(INF, INF), (-1.0, -INF), (0.0, 0.0), (-0.0, -0.0), (-1.5, NAN), (-INF, NAN)],
    "softplus": [(INF, INF), (-INF, 0.0), (1e30, 1e30), (-1e30, 0.0)],
    "erf": [(INF, 1.0), (-INF, -1.0), (0.0, 0.0), (-0.0, -0.0), (30.0, 1.0), (-30.0, -1.0)],
    "sin": [(INF, NAN), (-INF, NAN), (0.0, 0.0), (-0.0, -0.0)],
    "cos": [(INF, NAN), (-INF, NAN), (0.0, 1.0), (-0.0, 1.0)],
    "tan": [(INF, NAN), (-INF, NAN), (0.0, 0.0), (-0.0, -0.0)],
    "arctan": [(INF, np.pi / 2), (-INF, -np.pi / 2), (0.0, 0.0), (-0.0, -0.0)],
    "sinh": [(INF, INF), (-INF, -INF), (0.0, 0.0), (-0.0, -0.0), (1e30, INF), (-1e30, -INF)],
    "cosh": [(INF, INF), (-INF, INF), (0.0, 1.0), (-0.0, 1.0), (1e30, INF), (-1e30, INF)],
}


@pytest.mark.parametrize("real", TYPES)
@pytest.mark.parametrize("name", KERNELS)
def test_edges(name: str, real: str) -> None:
    given, expected = (np.array(column, TYPES[real]) for column in zip(*EDGES[name], (NAN, NAN), strict=True))
    result = compiled(name, real, host().lanes(real))(given)
    np.testing.assert_array_equal(result, expected)
    numbers = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(result[numbers]), np.signbit(expected[numbers]))


@pytest.mark.parametrize("real", TYPES)
@pytest.mark.parametrize("name", KERNELS)
def test_every_nan_stays_one(name: str, real: str) -> None:
    kind, whole = TYPES[real], UNSIGNED[real]
    infinity = np.array(np.inf, kind).view(whole)
    payloads = np.random.default_rng(3).integers(1, int(np.array(np.finfo(kind).tiny).view(whole)), 320).astype(whole)
    sign = np.where(np.arange(320) % 2, whole(0), ~(whole(0)) ^ (~whole(0) >> whole(1)))
    assert np.isnan(compiled(name, real, host().lanes(real))((infinity | payloads | sign).view(kind))).all()


ODD = ("tanh", "expm1", "log1p", "erf", "sin", "tan", "arctan", "sinh")


@pytest.mark.parametrize("real", TYPES)
@pytest.mark.parametrize("name", ODD)
def test_subnormal_arguments(name: str, real: str) -> None:
    smallest = float(np.finfo(TYPES[real]).smallest_subnormal)
    x = (np.concatenate([np.arange(1, 40), 2 ** np.arange(6, 22)]) * smallest).astype(TYPES[real])
    slope = 2 / np.sqrt(np.pi) if name == "erf" else 1.0
    expected = np.rint(x / smallest * slope) * smallest
    np.testing.assert_array_equal(compiled(name, real, host().lanes(real))(x), expected.astype(TYPES[real]))


@pytest.mark.parametrize("real", TYPES)
def test_exp_to_the_last_subnormal_number_and_to_the_overflow(real: str) -> None:
    limits = np.finfo(TYPES[real])
    least, most = np.log(float(limits.smallest_subnormal)), np.log(float(limits.max))
    x = np.concatenate([np.linspace(least - 1, least + 40, 3000), np.linspace(most - 0.01, most + 0.01, 3000)])
    error, where = greatest_error("exp", real, x.astype(TYPES[real]))
    assert error <= 2.0, where


@pytest.mark.parametrize("real", TYPES)
@pytest.mark.parametrize("name", KERNELS)
def test_every_width_gives_the_same_bits(name: str, real: str) -> None:
    x = arguments(name, real, 4_000)
    first, *others = (compiled(name, real, lanes)(x).view(UNSIGNED[real]) for lanes in WIDTHS)
    for other in others:
        np.testing.assert_array_equal(other, first)


def test_turns_beyond_the_reduction_are_the_librarys() -> None:
    x = np.array([1.0, 3e9, -1e200, 2.0], np.float64)
    for name, function in (("sin", mpmath.sin), ("cos", mpmath.cos), ("tan", mpmath.tan)):
        with mpmath.workdps(400):
            expected = np.array([float(function(mpmath.mpf(float(value)))) for value in x])
        np.testing.assert_allclose(compiled(name, "double", host().lanes("double"))(x), expected, rtol=4e-16)


def test_all_primitives_are_written() -> None:
    assert set(KERNELS) == set(IN_DOUBLE) == set(EXACT) == set(EDGES)
