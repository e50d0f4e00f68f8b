"""The table of functions, row by row: against mpmath at 50 digits, against PyTorch and SciPy in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import pytest
import scipy.special
import torch

import torch_reference
from chalkgrad.errors import EvaluationError, UnknownNameError
from chalkgrad.language import (
    EXACT,
    FLOAT,
    FUNCTIONS,
    Call,
    Definition,
    Element,
    ElementwiseFunction,
    Program,
    Role,
    Tensor,
    evaluate_expression,
    function_named,
    jacobian_by_dual_numbers,
    mpmath_arithmetic,
    walk,
)
from chalkgrad.language.functions import X, Y, derivative_expression

MP = mpmath.mp.clone()
MP.dps = 60
DIGITS = mpmath_arithmetic(60)
ALPHA, SCALE = MP.mpf("1.6732632423543772848170429916717"), MP.mpf("1.0507009873554804934193349852946")


def _clamped(x: Any, low: Any, high: Any) -> Any:
    return min(max(x, MP.mpf(low)), MP.mpf(high))


def _softplus(x: Any) -> Any:
    return MP.log1p(MP.exp(x)) if x < 0 else x + MP.log1p(MP.exp(-x))


def _normal(x: Any) -> Any:
    return MP.erfc(-x / MP.sqrt(2)) / 2


REFERENCE: dict[str, Callable[[Any], Any]] = {
    "identity": lambda x: x,
    "relu": lambda x: max(x, MP.mpf(0)),
    "leaky_relu": lambda x: x if x > 0 else x / 100,
    "elu": lambda x: x if x > 0 else MP.expm1(x),
    "selu": lambda x: SCALE * (x if x > 0 else ALPHA * MP.expm1(x)),
    "gelu": lambda x: x * _normal(x),
    "gelu_tanh": lambda x: x / (1 + MP.exp(-2 * MP.sqrt(2 / MP.pi) * (x + MP.mpf("0.044715") * x**3))),
    "silu": lambda x: x / (1 + MP.exp(-x)),
    "mish": lambda x: x * MP.tanh(_softplus(x)),
    "softplus": _softplus,
    "sigmoid": lambda x: 1 / (1 + MP.exp(-x)),
    "tanh": lambda x: MP.tanh(x),
    "hard_sigmoid": lambda x: _clamped(x / 6 + MP.mpf(1) / 2, 0, 1),
    "hard_tanh": lambda x: _clamped(x, -1, 1),
    "softsign": lambda x: x / (1 + abs(x)),
    "exp": lambda x: MP.exp(x),
    "log": lambda x: MP.log(x),
    "log1p": lambda x: MP.log1p(x),
    "expm1": lambda x: MP.expm1(x),
    "sqrt": lambda x: MP.sqrt(x),
    "abs": lambda x: MP.fabs(x),
    "sign": lambda x: MP.sign(x),
    "sin": lambda x: MP.sin(x),
    "cos": lambda x: MP.cos(x),
    "tan": lambda x: MP.tan(x),
    "arctan": lambda x: MP.atan(x),
    "arcsin": lambda x: MP.asin(x),
    "arccos": lambda x: MP.acos(x),
    "sinh": lambda x: MP.sinh(x),
    "cosh": lambda x: MP.cosh(x),
    "sech": lambda x: MP.sech(x),
    "erf": lambda x: MP.erf(x),
    "normal_cdf": _normal,
    "normal_density": lambda x: MP.npdf(x),
    "step": lambda x: MP.mpf(1 if x > 0 else 0),
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
}
SCIPY: dict[str, Callable[[float], float]] = {
    "sigmoid": scipy.special.expit,
    "softplus": lambda x: float(scipy.special.log1p(math.exp(x))) if x < 30 else x + math.exp(-x),
    "erf": scipy.special.erf,
    "expm1": scipy.special.expm1,
    "log1p": scipy.special.log1p,
    "gelu": lambda x: x * scipy.special.ndtr(x),
    "silu": lambda x: x * scipy.special.expit(x),
}
POSITIVE = (
    1e-300,
    1e-10,
    1e-3,
    0.1,
    0.3,
    0.5,
    0.99,
    1.01,
    1.5,
    2.0,
    2.99,
    3.01,
    5.0,
    8.0,
    20.0,
    36.9,
    100.0,
    700.0,
    1e4,
)
POINTS = (*(-x for x in reversed(POSITIVE)), 0.0, *POSITIVE)
LOWEST = {"log": 0.0, "log1p": -1.0, "sqrt": 0.0, "arcsin": -1.0, "arccos": -1.0}
END = {"arcsin": 1.0, "arccos": 1.0}
HIGHEST = {"exp": 700.0, "expm1": 700.0, "sinh": 700.0, "cosh": 700.0}
ROWS = list(FUNCTIONS.values())
every_row = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])

# Below about -1, where 1 + erf(x/√2) cancels, gelu is accurate to 1e-15 times |x| only, as PyTorch's is.
ABSOLUTE_ONLY = {"normal_cdf", "gelu"}


def points(row: ElementwiseFunction, below_overflow: bool = True) -> list[float]:
    """Points of the function's domain, in the range of float64."""
    high = HIGHEST.get(row.name, math.inf) if below_overflow else math.inf
    low = LOWEST.get(row.name, -HIGHEST["cosh"] if row.name in ("cosh", "sinh") and below_overflow else -math.inf)
    high = min(high, END.get(row.name, math.inf))
    inside = [x for x in POINTS if low < x <= high and not (row.name == "reciprocal" and x == 0)]
    return [0.0, *inside] if row.name == "sqrt" else inside


def smooth_points(row: ElementwiseFunction) -> list[float]:
    """Points away from kinks, from jumps, and from where the derivative is not finite."""
    if row.name in ("sign", "step"):
        return [x for x in points(row) if x]
    return [
        x for x in points(row) if x not in {float(kink.at) for kink in row.kinks} and not (row.name == "sqrt" and not x)
    ]


def at(expression: Any, x: Any, arithmetic: Any = FLOAT, name: str = "x") -> Any:
    return evaluate_expression(expression, {name: x}, arithmetic)


def condition(row: ElementwiseFunction, x: float) -> float:
    """How much a relative change of the argument changes the value."""
    value, change = REFERENCE[row.name](MP.mpf(x)), MP.mpf("1e-25")
    return float(abs(REFERENCE[row.name](MP.mpf(x) * (1 + change)) / value - 1) / change) if value else 0.0


def test_the_references_name_every_row() -> None:
    assert set(REFERENCE) == set(FUNCTIONS) == set(torch_reference.FUNCTIONS)


@every_row
def test_definition_and_form_at_fifty_digits(row: ElementwiseFunction) -> None:
    written = [row.definition, row.form, Call(row.name, X)]
    for x in points(row):
        expected = REFERENCE[row.name](MP.mpf(x))
        for expression in written:
            if expression is not None:
                found = at(expression, x, DIGITS)
                # 1 + tanh and the like cancel in the left tail: what is left there is absolute accuracy
                assert MP.almosteq(MP.mpf(found), expected, rel_eps=1e-50, abs_eps=max(abs(x), 1) * MP.mpf("1e-56")), x


@every_row
def test_float_values_are_accurate_from_minus_to_plus_ten_thousand(row: ElementwiseFunction) -> None:
    for x in points(row):
        found, expected = at(Call(row.name, X), x), REFERENCE[row.name](MP.mpf(x))
        if row.name in ABSOLUTE_ONLY:
            assert abs(found - expected) <= 1e-15 * max(abs(expected), abs(x)), x
        elif abs(expected) >= 1e-307:
            assert abs(found - expected) <= 1e-14 * (1 + condition(row, x) / 50) * abs(expected), x
        else:  # too small for a float with all its digits
            assert abs(found - expected) <= 5e-324 + 1e-14 * abs(expected), x


@every_row
def test_nothing_overflows_into_an_error(row: ElementwiseFunction) -> None:
    """Values may be infinite where the function exceeds every float, but they are never missing."""
    for x in points(row, below_overflow=False):
        value = at(Call(row.name, X), x)
        slope = at(Call(row.name, X, 1), x) if x or row.name != "sqrt" else 0.0
        for number in (value, slope):
            assert math.isfinite(number) or (math.isinf(number) and row.name in (*HIGHEST, "reciprocal")), x


@every_row
def test_values_and_derivatives_are_those_of_pytorch(row: ElementwiseFunction) -> None:
    own = points(row)
    x = torch_reference.leaf(own)
    values = torch_reference.FUNCTIONS[row.name](x)
    (slopes,) = torch.autograd.grad(values.sum(), x)
    for place, (value, slope) in enumerate(zip(values.tolist(), slopes.tolist(), strict=True)):
        where, scale = own[place], max(abs(own[place]), 1.0)
        assert at(Call(row.name, X), where) == pytest.approx(value, rel=1e-12, abs=1e-15 * scale), where
        if math.isfinite(slope):
            assert at(Call(row.name, X, 1), where) == pytest.approx(slope, rel=1e-11, abs=1e-14 * scale), where


@pytest.mark.parametrize("name", SCIPY)
def test_values_are_those_of_scipy(name: str) -> None:
    for x in points(FUNCTIONS[name]):
        if abs(x) < 600:
            assert at(Call(name, X), x) == pytest.approx(float(SCIPY[name](x)), rel=1e-13, abs=1e-15 * abs(x)), x


@every_row
def test_the_derivative_is_that_of_mpmath(row: ElementwiseFunction) -> None:
    for x in smooth_points(row):
        if 1e-9 < abs(x) < 1e3 or x == 0:
            slope = MP.diff(REFERENCE[row.name], MP.mpf(x), h=MP.mpf("1e-28"))
            found = at(row.derivative, x, DIGITS)
            assert MP.almosteq(MP.mpf(found), slope, rel_eps=1e-20, abs_eps=1e-20), x


@every_row
def test_the_second_derivative_is_that_of_mpmath(row: ElementwiseFunction) -> None:
    for x in (-5.5, -1.7, -0.6, 0.4, 1.3, 2.8):
        if LOWEST.get(row.name, -math.inf) < x < END.get(row.name, math.inf):
            slope = MP.diff(lambda t: at(row.derivative, t, DIGITS), MP.mpf(x), h=MP.mpf("1e-28"))
            found = at(derivative_expression(row.name, 2), x, DIGITS)
            assert MP.almosteq(MP.mpf(found), slope, rel_eps=1e-20, abs_eps=1e-20), x


@every_row
def test_dual_numbers_find_the_same_derivative(row: ElementwiseFunction) -> None:
    """At kinks too, and at 0, where the stable forms change sides."""
    x, y = Tensor("x", (), Role.INPUT), Tensor("y")
    program = Program((x,), (Definition(y, (), Call(row.name, x[()])),), (y,))
    kinks = [float(kink.at) for kink in row.kinks]
    own = [x for x in smooth_points(row) if abs(x) <= 20]
    for place in [*own, *kinks]:
        found = jacobian_by_dual_numbers(program, {"x": place}, "x").nested()
        assert found == pytest.approx(at(row.derivative, place), rel=1e-12, abs=1e-14), place


@pytest.mark.parametrize("row", [r for r in ROWS if r.derivative_by_value], ids=lambda row: row.name)
def test_the_derivative_by_the_value_is_the_same(row: ElementwiseFunction) -> None:
    for x in smooth_points(row):
        if abs(x) < 100:
            value = at(Call(row.name, X), x, DIGITS)
            by_value, by_argument = at(row.derivative_by_value, value, DIGITS, "y"), at(row.derivative, x, DIGITS)
            assert MP.almosteq(MP.mpf(by_value), MP.mpf(by_argument), rel_eps=1e-25, abs_eps=1e-50), x


KINKS = [(row.name, kink) for row in ROWS for kink in row.kinks]


@pytest.mark.parametrize(("name", "kink"), KINKS, ids=[f"{name} at {kink.at}" for name, kink in KINKS])
def test_at_a_kink_the_derivative_is_the_convention(name: str, kink: Any) -> None:
    assert at(Call(name, X, 1), kink.at, FLOAT) == pytest.approx(float(kink.derivative), rel=1e-15)
    x = torch_reference.leaf(float(kink.at))
    (slope,) = torch.autograd.grad(torch_reference.FUNCTIONS[name](x), x)
    assert slope.item() == pytest.approx(float(kink.derivative), rel=1e-7)
    assert kink.convention


@every_row
def test_every_kink_is_noted(row: ElementwiseFunction) -> None:
    """Where the slopes on both sides differ, at the places where any row has a kink, the row says so."""
    tiny = MP.mpf("1e-25")
    for place in (-3, -1, 0, 1, 3):
        inside = LOWEST.get(row.name, -math.inf) < place < END.get(row.name, math.inf)
        if inside and not (row.name == "reciprocal" and place == 0):
            left, right = (at(row.derivative, place + side * tiny, DIGITS) for side in (-1, 1))
            jumps = (
                abs(right - left) > 1e-20
                or abs(REFERENCE[row.name](place + tiny) - REFERENCE[row.name](place - tiny)) > 1e-20
            )
            assert jumps == (place in {kink.at for kink in row.kinks}), place


@every_row
def test_a_row_is_well_made(row: ElementwiseFunction) -> None:
    assert row.latex
    assert row.primitive == (row.name in FLOAT.primitives) == (row.name in DIGITS.primitives)
    for expression, variable in (
        (row.derivative, X),
        (row.definition, X),
        (row.form, X),
        (row.derivative_by_value, Y),
    ):
        if expression is not None:
            assert {node for node in walk(expression) if isinstance(node, Element)} <= {variable}
            called = {node.function for node in walk(expression) if isinstance(node, Call)}
            assert called <= set(FUNCTIONS)
    if row.form is not None:
        deep = {node.function for node in walk(row.form) if isinstance(node, Call)}
        assert row.name not in deep


def test_no_name_is_claimed_twice() -> None:
    names = [name for row in ROWS for name in (row.name, *row.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("row", [r for r in ROWS if r.domain], ids=lambda row: row.name)
def test_outside_its_domain_a_function_says_so(row: ElementwiseFunction) -> None:
    outside = {"log": -1, "log1p": -2, "sqrt": -1, "reciprocal": 0, "arcsin": 2, "arccos": 2}[row.name]
    for arithmetic in (FLOAT, DIGITS):
        with pytest.raises(EvaluationError, match=r"is not defined; \w+ needs|not a real number|division by zero"):
            at(Call(row.name, X), outside, arithmetic)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [("ReLU", "relu"), ("leaky-relu", "leaky_relu"), ("swish", "silu"), ("ln", "log"), ("Sigma", "sigmoid"),
     ("linear", "identity"), ("expit", "sigmoid"), ("atan", "arctan"), ("heaviside", "step"), ("sgn", "sign")],
)  # fmt: skip
def test_spellings(spelling: str, name: str) -> None:
    assert function_named(spelling).name == name


def test_an_unknown_function_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="there is no function 'sigmod'; did you mean 'sigmoid'"):
        function_named("sigmod")


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [("exp", 0, 1), ("log", 1, 0), ("sqrt", "9/4", "3/2"), ("relu", "-1/3", 0), ("hard_sigmoid", 1, "2/3"),
     ("softsign", "1/2", "1/3"), ("leaky_relu", -1, "-1/100"), ("abs", "-5/7", "5/7"), ("sign", "-5/7", -1)],
)  # fmt: skip
def test_exact_values(name: str, argument: Any, value: Any) -> None:
    from fractions import Fraction

    found = at(Call(name, X), Fraction(argument), EXACT)
    assert isinstance(found, Fraction)
    assert found == Fraction(value)


@pytest.mark.parametrize(("name", "argument"), [("exp", 1), ("sqrt", 2), ("sin", 1), ("gelu", 1), ("sigmoid", 1)])
def test_exact_arithmetic_refuses_what_is_not_rational(name: str, argument: int) -> None:
    with pytest.raises(EvaluationError, match=r"is not rational"):
        at(Call(name, X), argument, EXACT)
