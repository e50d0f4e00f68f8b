"""Python functions followed: what they compute is what is written down, and what cannot be followed is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalkgrad.descent.tracing import traced_function
from chalkgrad.errors import ProgramError


def looped(x, y, degree=4):
    total = 0
    for k in range(degree):
        total = total + (x - k) ** 2 * y
    return total / degree


def rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


FOLLOWED = [
    rosenbrock,
    looped,
    lambda x, y: np.exp(-x) * np.sin(y) + np.cos(x * y),
    lambda x, y: np.log(x**2 + 1) - np.sqrt(y**2 + 2) + np.tanh(x) / np.cosh(y),
    lambda x, y: np.arctan(x) + np.tan(y / 4) + np.sinh(x) + np.log1p(x**2) + np.expm1(y),
    lambda x, y: np.maximum(x, y) + np.minimum(x, 2 * y) + np.hypot(x, y),
    lambda x, y: abs(x) * np.sign(y) + np.abs(y),
    lambda x, y: (x > 0) * x + (y <= x) * 2 + (x >= 1) - (y < 0),
    lambda x, y: 2**x / (3 + y**2) - +x + 1 / (1 + x**2),
    lambda x, y: math.pi * x + math.e * y + math.sqrt(2) * x / 3 + np.float64(0.1) * y + np.int64(3),
    lambda x, y: np.square(x) + np.reciprocal(2 + y**2) + np.negative(x) + np.power(y, 3) + np.subtract(1, x),
]


@pytest.mark.parametrize("source", FOLLOWED)
def test_what_is_written_down_computes_the_same(source) -> None:
    function = traced_function(source)
    assert function.variables == ("x", "y")
    for x, y in np.random.default_rng(3).uniform(-2, 2, (20, 2)):
        assert function.value([x, y]) == pytest.approx(float(source(x, y)), rel=1e-12, abs=1e-12)


@given(st.fractions(-50, 50, max_denominator=99), st.integers(0, 5))
def test_constants_are_kept_exactly(constant, exponent: int) -> None:
    function = traced_function(lambda x: float(constant) * x**exponent + x)
    assert str(function.partial("x")) == str(traced_function(lambda x: constant * x**exponent + x).partial("x"))


def test_the_gradient_of_a_callable_is_exact() -> None:
    function = traced_function(rosenbrock)
    assert str(function.expression) == "(1 - x)^2 + 100*(y - x^2)^2"
    assert function.gradient_at([1, 1]) == (0.0, 0.0)


def test_it_is_called_once_and_with_its_own_names() -> None:
    calls = []

    def counted(*, height, width=3):
        calls.append(1)
        return height**2 * width

    function = traced_function(counted)
    assert function.variables == ("height",)
    assert function.value([2]) == 12
    assert len(calls) == 1


REFUSED = [
    (lambda x: math.exp(x), "numpy.exp"),
    (lambda x: x if x > 0 else -x, "branches on .*multiply by the condition"),
    (lambda x: x % 2, "unsupported operand"),
    (lambda x: x.sum(), "no attribute 'sum'"),
    (lambda x: np.arcsin(x), "arcsin"),
    (lambda x: np.array([1.0, 2.0]) * x, "multiply"),
    (lambda x: np.add(x, 1, dtype=float), "add"),
    (lambda x: sum(range(int(x))), "plain number"),
    (lambda x: "text", "neither a real number"),
    (lambda x: None, "neither a real number"),
    (lambda x: x + 1j, "neither a real number"),
    (lambda x: x * math.nan, "neither a real number"),
    (lambda x: [x], "neither a real number"),
    (lambda *values: values[0], "not one named variable"),
    (lambda: 3, "no variables"),
    (lambda x: 3, None),
    (np.sin, "not one named variable|names of its arguments"),
]


@pytest.mark.parametrize(("source", "words"), REFUSED)
def test_what_cannot_be_followed_is_refused_in_words(source, words: str | None) -> None:
    if words is None:
        assert traced_function(source).value([1]) == 3
        return
    with pytest.raises(ProgramError, match=words):
        traced_function(source)


def test_nesting_without_end_is_refused() -> None:
    def deep(x):
        for _ in range(20_000):
            x = np.sin(x)
        return x

    with pytest.raises(ProgramError, match="nested too deeply"):
        traced_function(deep)


def test_errors_of_the_function_itself_are_its_own() -> None:
    def broken(x):
        return {}["nothing"] + x

    with pytest.raises(KeyError):
        traced_function(broken)
