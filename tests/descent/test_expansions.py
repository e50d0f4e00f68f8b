"""Directional derivatives and Taylor polynomials against SymPy and mpmath."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

from chalkgrad.descent.algebra import symbol, to_sympy
from chalkgrad.descent.expansions import directional_derivative, taylor_polynomial
from chalkgrad.descent.function import function_of_program
from chalkgrad.errors import ChalkgradError, EvaluationError
from chalkgrad.language import mpmath_arithmetic
from chalkgrad.reading.programs import read_function

TEXTS = ["(1-x^3) + 100*(y^2-x)^2", "exp(x)*sin(y)", "sqrt(1+x^2)*cos(x*y)", "log(2+x+y)", "sigmoid(x)*tanh(y)"]


def of(text: str):
    return function_of_program(read_function(text))


@pytest.mark.parametrize("text", TEXTS)
def test_the_directional_derivative_is_the_slope_along_the_line(text: str) -> None:
    f, arithmetic = of(text), mpmath_arithmetic(60)
    slope = directional_derivative(f, [1, 2]).value([0.3, 0.4])
    with mpmath.workdps(15):
        unit = [1 / mpmath.sqrt(5), 2 / mpmath.sqrt(5)]
        along = mpmath.diff(lambda t: f.value([0.3 + t * unit[0], 0.4 + t * unit[1]], arithmetic), 0)
    assert slope == pytest.approx(float(along), rel=1e-10)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("point", [(0, 0), (1, Fraction(1, 2))])
def test_taylor_polynomials_are_sympys(text: str, point) -> None:
    f, order = of(text), 3
    found = taylor_polynomial(f, point, order)
    x, y, t = symbol("x"), symbol("y"), sympy.Symbol("t")
    a, b = (sympy.Rational(entry) for entry in map(Fraction, point))
    line = to_sympy(f.expression).subs({x: a + t * (x - a), y: b + t * (y - b)}, simultaneous=True)
    expected = sum(sympy.diff(line, t, k).subs(t, 0) / sympy.factorial(k) for k in range(order + 1))
    for at in ((0.2, 0.7), (-0.4, 0.9)):
        assert found.value(at) == pytest.approx(float(expected.subs({x: at[0], y: at[1]})), rel=1e-11)


def test_the_polynomial_of_a_polynomial_is_itself() -> None:
    f = of("(1-x^3) + 100*(y^2-x)^2")
    found = taylor_polynomial(f, [Fraction(2, 3), -1], 4)
    points = np.random.default_rng(0).normal(size=(10, 2))
    assert np.allclose(found.at_points(points), f.at_points(points), rtol=1e-12)


def test_coefficients_are_exact_and_settled() -> None:
    assert str(taylor_polynomial(of("exp(x)"), [1], 1).expression) == "exp(1) + exp(1)*(x - 1)"
    assert str(taylor_polynomial(of("sin(x)"), [0], 5).expression) == "x - x^3/6 + x^5/120"
    assert str(directional_derivative(of("x*y"), {"x": 0.6, "y": 0.8}).expression) == "3*y/5 + 4*x/5"


@pytest.mark.parametrize(
    ("action", "error"),
    [
        (lambda: directional_derivative(of("x*y"), [0, 0]), ChalkgradError),
        (lambda: taylor_polynomial(of("x*y"), [0, 0], -1), ChalkgradError),
        (lambda: taylor_polynomial(of("x*y"), [0, 0], 100), ChalkgradError),
    ],
)
def test_what_makes_no_sense_is_refused(action, error) -> None:
    with pytest.raises(error):
        action()


def test_a_polynomial_around_a_place_outside_the_domain_has_no_value() -> None:
    with pytest.raises((ChalkgradError, EvaluationError)):
        taylor_polynomial(of("log(x)"), [0], 1).value([1.0])
