"""Expressions to SymPy and back: the same values on both sides, for the whole table, and clear refusals."""

from __future__ import annotations

import math

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from chalkgrad.descent.algebra import from_sympy, symbol, to_sympy
from chalkgrad.errors import EvaluationError, ProgramError
from chalkgrad.language import (
    FUNCTIONS,
    PI,
    Axis,
    Expression,
    Tensor,
    call,
    evaluate_expression,
    index_value,
    indicator,
    maximum_over,
    number,
    power,
    same,
    summation,
)

X, Y = Tensor("x")[()], Tensor("y")[()]
SCALARS = {"x": Tensor("x"), "y": Tensor("y")}
x, y = symbol("x"), symbol("y")


def expressions() -> st.SearchStrategy[Expression]:
    leaves = st.sampled_from([X, Y, PI]) | st.fractions(-3, 3, max_denominator=7).map(number)

    def larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        return st.one_of(
            st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1]),
            st.tuples(inner, inner).map(lambda pair: pair[0] * pair[1]),
            st.tuples(inner, st.integers(1, 3)).map(lambda pair: power(*pair)),
            inner.map(lambda one: 1 / (2 + one**2)),
            st.tuples(st.sampled_from(["sin", "tanh", "arctan", "erf", "abs", "relu", "sigmoid"]), inner).map(
                lambda pair: call(*pair)
            ),
        )

    return st.recursive(leaves, larger, max_leaves=8)


@given(expressions(), st.floats(-2, 2), st.floats(-2, 2))
def test_going_to_sympy_and_back_keeps_the_value(expression: Expression, at_x: float, at_y: float) -> None:
    values = {"x": at_x, "y": at_y}
    names = [tensor.name for tensor in expression.tensors]
    try:
        back = from_sympy(to_sympy(expression), SCALARS)
    except ProgramError:  # SymPy may give, say, an exact number that has no name here
        return
    expected = evaluate_expression(expression, {name: values[name] for name in names})
    try:
        found = evaluate_expression(back, {t.name: values[t.name] for t in back.tensors})
    except EvaluationError:
        return
    assert math.isclose(found, expected, rel_tol=1e-8, abs_tol=1e-8)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@pytest.mark.parametrize("order", [0, 1])
def test_every_function_of_the_table_goes_to_sympy(name: str, order: int) -> None:
    expression = call(name, X, order)
    for value in (0.3, 0.8) if name in ("arcsin", "arccos") else (0.3, 0.8, 1.7):
        expected = evaluate_expression(expression, {"x": value})
        assert math.isclose(float(to_sympy(expression).subs(x, value)), expected, rel_tol=1e-12, abs_tol=1e-12)


CASES = [
    (x**2 / 3 - y, X**2 / 3 - Y),
    (sympy.sqrt(x), call("sqrt", X)),
    (1 / sympy.sqrt(x), 1 / call("sqrt", X)),
    (sympy.exp(x) + sympy.E, call("exp", X) + call("exp", 1)),
    (sympy.log(x) * sympy.pi, call("log", X) * PI),
    (sympy.sec(x), 1 / call("cos", X)),
    (sympy.coth(x), 1 / call("tanh", X)),
    (sympy.Float("0.25") * x, X / 4),
    (sympy.Max(x, y), indicator(">=", X, Y) * X + (1 - indicator(">=", X, Y)) * Y),
    (sympy.Piecewise((x, x > 0), (sympy.S.Zero, True)), indicator(">", X, 0) * X),
]


@pytest.mark.parametrize(("value", "expected"), CASES, ids=[str(value) for value, _ in CASES])
def test_sympy_expressions_become_what_people_write(value, expected) -> None:
    assert same(from_sympy(value, SCALARS), expected)


@pytest.mark.parametrize(
    ("condition", "at", "expected"),
    [
        (sympy.And(x > 0, x < 2), 1.0, 1.0),
        (sympy.And(x > 0, x < 2), 3.0, 0.0),
        (sympy.Or(x < 0, x > 2), 3.0, 1.0),
        (sympy.Or(x < 0, x > 2), 1.0, 0.0),
    ],
)
def test_joined_conditions_hold_where_they_should(condition, at: float, expected: float) -> None:
    written = from_sympy(sympy.Piecewise((sympy.S.One, condition), (sympy.S.Zero, True)), SCALARS)
    assert evaluate_expression(written, {"x": at}) == expected


def test_sums_and_maxima_of_known_size_are_written_out() -> None:
    i = Axis("i", 4)
    assert to_sympy(summation(X ** number(2) * index_value(i), i)) == 6 * x**2
    assert to_sympy(maximum_over(X + index_value(i), i)) == x + 3


@pytest.mark.parametrize(
    "expression",
    [
        Tensor("v", (Axis("i", 2),))[0],
        summation(X, Axis("n", "n")),
        summation(X, Axis("n", 10**6)),
        index_value(Axis("i", 3)),
    ],
    ids=str,
)
def test_what_has_indices_stays_here(expression: Expression) -> None:
    with pytest.raises(ProgramError):
        to_sympy(expression)


@pytest.mark.parametrize("value", [sympy.I, sympy.oo, sympy.nan, sympy.zoo, sympy.gamma(x), sympy.Symbol("z")], ids=str)
def test_what_has_no_counterpart_is_named(value) -> None:
    with pytest.raises(ProgramError, match=r"counterpart|not one of"):
        from_sympy(value, SCALARS)
