"""From partials back to the function: property tests, the sheet, refutations with their counterexamples."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalkgrad.descent.function import function_of_program, scalar_function
from chalkgrad.descent.identities import is_zero
from chalkgrad.descent.integration import Recovered, Refuted, integrate_partials
from chalkgrad.errors import EvaluationError, ProgramError
from chalkgrad.language import EXACT, Expression, Tensor, call, evaluate_expression, number
from chalkgrad.reading.programs import read_function

X, Y, Z = (Tensor(name)[()] for name in "xyz")


def recovered(f) -> Recovered:
    found = integrate_partials(dict(zip(f.variables, f.gradient, strict=True)), f.name)
    assert isinstance(found, Recovered)
    return found


def test_the_sheets_partials_give_back_its_function() -> None:
    found = integrate_partials({"x": -3 * X**2 - 200 * (Y**2 - X), "y": 400 * Y * (Y**2 - X)})
    assert isinstance(found, Recovered)
    assert str(found) == "f(x, y) = -x^3 + 100*(y^2 - x)^2 + C"
    assert found.proved
    sheet = function_of_program(read_function("(1-x^3) + 100*(y^2-x)^2"))
    assert is_zero(found.function.expression + 1 - sheet.expression, ["x", "y"]).proved


monomials = st.tuples(
    st.fractions(-9, 9, max_denominator=4), st.integers(0, 4), st.integers(0, 4), st.integers(0, 2)
).map(lambda parts: number(parts[0]) * X ** parts[1] * Y ** parts[2] * Z ** parts[3])
polynomials = st.lists(monomials, min_size=1, max_size=5).map(lambda terms: sum(terms, number(0)))


@settings(max_examples=25)
@given(polynomials)
def test_integrating_the_partials_of_a_polynomial_gives_it_back(polynomial: Expression) -> None:
    if not polynomial.tensors:
        return
    f = scalar_function(polynomial, ["x", "y", "z"])
    found = recovered(f)
    difference = found.function.expression - f.expression
    assert found.proved
    constant = evaluate_expression(difference, {t.name: 0 for t in difference.tensors}, EXACT)
    assert is_zero(difference - number(constant), ["x", "y", "z"]).proved


SIMPLE = [
    "sin(x)*cos(y) + z^2*x",
    "exp(x*y) + x^2",
    "log(x^2 + y^2)",
    "x*exp(y) + y*log(x)",
    "sqrt(x^2 + y^2)",
    "x/y + y/x",
    "sigmoid(x)*y",
    "tanh(x + y)",
    "softplus(2*x - y)",
    "relu(x) + 3*abs(y)",
    "exp(-x^2 - y^2)",
    "(x^2+y-11)^2 + (x+y^2-7)^2",
    "sinh(x)*y^2 + cosh(3*y)",
    "y^2",
]


@pytest.mark.parametrize("text", SIMPLE)
def test_integrating_the_partials_of_a_simple_function_gives_it_back(text: str) -> None:
    f = function_of_program(read_function(text))
    found = recovered(f)
    for variable in f.variables:
        assert is_zero(found.function.partial(variable) - f.partial(variable), f.variables).zero
    point = {name: Fraction(k + 1, 3) for k, name in enumerate(f.variables)}
    other = {name: Fraction(k + 4, 5) for k, name in enumerate(f.variables)}
    change = [g.value(point) - g.value(other) for g in (f, found.function)]
    assert change[0] == pytest.approx(change[1], rel=1e-10)


@pytest.mark.parametrize(
    ("partials", "pair"),
    [
        ({"x": Y, "y": -X}, ("x", "y")),
        ({"x": X * Y, "y": X * Y}, ("x", "y")),
        ({"x": -3 * X**2 + 200 * (Y**2 - X), "y": 400 * Y * (Y**2 - X)}, ("x", "y")),
        ({"x": Y * Z, "y": X * Z, "z": X * Y * 2}, ("x", "z")),
        ({"x": call("sin", X * Y), "y": call("cos", X * Y)}, ("x", "y")),
    ],
)
def test_partials_that_belong_to_no_function_are_refuted_by_a_point(partials, pair) -> None:
    found = integrate_partials(partials)
    assert isinstance(found, Refuted)
    assert (found.first, found.second) == pair
    values = [
        evaluate_expression(mixed, {t.name: found.point[t.name] for t in mixed.tensors})
        for mixed in (found.first_mixed, found.second_mixed)
    ]
    assert abs(values[0] - values[1]) > 1e-6
    assert values == pytest.approx([float(found.first_value), float(found.second_value)])
    assert "no function has these partials" in str(found)


def test_a_constant_function_is_said_to_be_one() -> None:
    with pytest.raises(ProgramError, match="constant"):
        integrate_partials({"x": number(0), "y": number(0)})


def test_no_closed_form_is_said_and_not_made_up() -> None:
    with pytest.raises(ProgramError, match="no closed form"):
        integrate_partials({"x": call("exp", call("sin", X)) * call("erf", X**3)})


def test_an_expression_without_domain_is_named() -> None:
    with pytest.raises(EvaluationError, match="not defined at any point"):
        is_zero(call("log", -(X**2)) + X, ["x"])
