"""Scalar functions: exact derivatives against SciPy and mpmath, in every arithmetic, and clear refusals."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from scipy.optimize import approx_fprime

from chalkgrad.descent.function import domain_problem, function_of_program, over_points, scalar_function
from chalkgrad.errors import EvaluationError, ProgramError, ShapeError, UnknownNameError
from chalkgrad.language import EXACT, Axis, Tensor, call, index_value, mpmath_arithmetic, summation, validate
from chalkgrad.reading.programs import read_function, read_program

FUNCTIONS = [
    "(1-x^3) + 100*(y^2-x)^2",
    "exp(x*y) + x^2*sin(y)",
    "sqrt(1 + x^2 + y^2)*tanh(x - y)",
    "log(2 + cos(x)) / (1 + y^2)",
    "erf(x)*softplus(y) + arctan(x*y)",
    "x^2 + 3*y*z - z^3*x",
    "abs(x)*relu(y) + sigmoid(x*y)",
    "x^y + y^(x/2)",
]


def of(text: str):
    return function_of_program(read_function(text))


def positive_points(count: int, width: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(0.2, 1.5, (count, width))


@pytest.mark.parametrize("text", FUNCTIONS)
def test_the_gradient_is_that_of_scipys_differences(text: str) -> None:
    f = of(text)
    for point in positive_points(4, len(f.variables)):
        numerical = approx_fprime(point, lambda p: f.value(p), 1e-7)
        assert np.allclose(f.gradient_at(point), numerical, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("text", FUNCTIONS)
def test_the_hessian_is_that_of_mpmath_and_symmetric(text: str) -> None:
    f, arithmetic, finer = of(text), mpmath_arithmetic(40), mpmath_arithmetic(300)
    point = [mpmath.mpf(str(number)) for number in (0.7, 1.3, 0.4)][: len(f.variables)]
    hessian = f.hessian_at(point, arithmetic)
    with mpmath.workdps(40):
        for i in range(len(point)):
            for j in range(len(point)):
                orders = [0] * len(point)
                orders[i] += 1
                orders[j] += 1
                expected = mpmath.diff(lambda *p: f.value(p, finer), tuple(point), tuple(orders))
                assert abs(hessian[i][j] - expected) < 1e-12 * (1 + abs(expected))
                assert abs(hessian[i][j] - hessian[j][i]) < 1e-30 * (1 + abs(expected))


@pytest.mark.parametrize("text", FUNCTIONS)
def test_many_points_at_once_give_what_each_gives(text: str) -> None:
    f = of(text)
    points = positive_points(7, len(f.variables))
    assert np.allclose(f.at_points(points), [f.value(p) for p in points], rtol=1e-13)
    assert np.allclose(f.gradient_at_points(points), [f.gradient_at(p) for p in points], rtol=1e-12, atol=1e-13)
    assert np.allclose(f.hessian_at_points(points), [f.hessian_at(p) for p in points], rtol=1e-11, atol=1e-12)


def test_exact_arithmetic_stays_exact() -> None:
    f = of("(1-x^3) + 100*(y^2-x)^2")
    assert f.value([Fraction(200, 3), 0], EXACT) == 1 + Fraction(200, 3) ** 2 * (100 - Fraction(200, 3))
    assert f.gradient_at([Fraction(200, 3), 0], EXACT) == (0, 0)
    assert f.hessian_at([Fraction(200, 3), 0], EXACT) == ((-200, 0), (0, Fraction(-80000, 3)))


def test_partials_of_what_a_variable_does_not_enter_are_zero() -> None:
    f = function_of_program(read_program("input x\ninput y\nf = 3*x"))
    assert [str(partial) for partial in f.gradient] == ["3", "0"]
    assert f.hessian_at_points(np.ones((2, 2))).tolist() == [[[0, 0], [0, 0]]] * 2


def test_the_gradient_is_written_in_the_variables_alone() -> None:
    for text in FUNCTIONS:
        f = of(text)
        assert all({tensor.name for tensor in partial.tensors} <= set(f.variables) for partial in f.gradient)


def test_points_by_name_and_in_order_agree() -> None:
    f = of("x - 2*y")
    assert f.value({"y": 1, "x": 5}) == f.value([5, 1]) == 3


def test_values_outside_the_domain_are_named() -> None:
    f = of("log(x) + y")
    with pytest.raises(EvaluationError, match=r"log\(-1\) is not defined"):
        f.value([-1, 0])
    assert np.isnan(f.at_points(np.array([[-1.0, 0.0]])))
    assert "positive numbers" in domain_problem(f, [-1, 0])
    assert domain_problem(f, [1, 0]) == ""


X = Tensor("x")[()]
i = Axis("i", 3)


@pytest.mark.parametrize(
    ("action", "error", "words"),
    [
        (lambda: of("x*y").value([1]), ShapeError, "the point has 1 numbers"),
        (lambda: of("x*y").value({"x": 1}), ShapeError, "no number for y"),
        (lambda: of("x*y").value({"x": 1, "z": 2}), UnknownNameError, "no variable of f 'z'"),
        (lambda: of("x*y").partial("z"), UnknownNameError, "no variable of f 'z'"),
        (lambda: of("x*y").at_points(np.ones(2)), ShapeError, r"\(points, 2\)"),
        (lambda: scalar_function(X, ["y"]), UnknownNameError, "no variable of f 'x'"),
        (lambda: scalar_function(X * 0 + 1), ProgramError, "has no variables"),
        (lambda: scalar_function(X, ["x", "x"]), ProgramError, "not all different"),
        (lambda: scalar_function(X, name="x"), ProgramError, "not all different"),
        (lambda: scalar_function(Tensor("v", (i,))[i]), ProgramError, "neither summed nor fixed"),
        (lambda: scalar_function(summation(Tensor("v", (i,))[i], i)), ProgramError, "has indices"),
        (lambda: function_of_program(read_program("a = x\nb = a\nresult a, b")), ProgramError, "2"),
    ],
)
def test_what_does_not_fit_is_refused(action, error, words) -> None:
    with pytest.raises(error, match=words):
        action()


def test_programs_over_points_are_valid_programs() -> None:
    program = over_points(read_program("a = x*2\ny = a*b"), ["b"])
    validate(program)
    assert [tensor.shape for tensor in program.declared] == [("points",), ()]


def test_a_sum_over_an_axis_named_as_the_points_is_not_confused_with_them() -> None:
    n = Axis("n", 4)
    f = scalar_function(summation(X * index_value(n), n))
    assert f.at_points(np.array([[1.0], [2.0]])).tolist() == [6.0, 12.0]


def test_calls_of_the_table_are_differentiated_by_the_table() -> None:
    f = scalar_function(call("gelu", X))
    assert f.gradient_at([0.0]) == (0.5,)
