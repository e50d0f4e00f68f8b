"""JavaScript of plain numbers: what is printed is arithmetic that Python reads too, so it is computed here."""

from __future__ import annotations

import math
import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalkgrad.engines.javascript import HELPERS, javascript_expression, javascript_source
from chalkgrad.errors import ProgramError
from chalkgrad.language import (
    FUNCTIONS,
    PI,
    Axis,
    Definition,
    Expression,
    Program,
    Role,
    Tensor,
    call,
    delta,
    evaluate_expression,
    indicator,
    number,
    power,
    summation,
)
from chalkgrad.reading.programs import read_program

X, Y = Tensor("x"), Tensor("y")
NAMES = {X: "x", Y: "y"}
_FUNCTIONS = ["exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh"]
MATH = SimpleNamespace(
    PI=math.pi,
    abs=abs,
    sign=lambda x: (x > 0) - (x < 0),
    **{name: getattr(math, name) for name in _FUNCTIONS},
)
SCOPE = {"Math": MATH, "erf": math.erf, "gate": lambda holds, value: value if holds else 0}


def computed(text: str, **values: float) -> float:
    """The value of printed JavaScript, whose operators and calls mean the same in Python."""
    assert re.search(r"(^|[(,*/+] ?)-[\w.]+(\([^()]*\))?\*\*", text) is None, "JavaScript refuses -x**2"
    return float(eval(text, {**SCOPE, **values}))


def expressions() -> st.SearchStrategy[Expression]:
    leaves = st.sampled_from([X[()], Y[()], PI]) | st.fractions(-3, 3, max_denominator=7).map(number)

    def larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        pairs = st.tuples(inner, inner)
        return st.one_of(
            pairs.map(lambda pair: pair[0] + pair[1]),
            pairs.map(lambda pair: pair[0] - pair[1]),
            pairs.map(lambda pair: pair[0] * pair[1]),
            pairs.map(lambda pair: pair[0] / (1 + pair[1] ** 2)),
            pairs.map(lambda pair: indicator(">", pair[0], pair[1]) * pair[0]),
            inner.map(lambda one: -one),
            st.tuples(inner, st.integers(-3, 3)).map(lambda pair: power(2 + pair[0] ** 2, pair[1])),
            st.tuples(st.sampled_from(["sin", "tanh", "erf", "abs", "sigmoid"]), inner).map(lambda pair: call(*pair)),
        )

    return st.recursive(leaves, larger, max_leaves=10)


@given(expressions(), st.floats(-2, 2), st.floats(-2, 2))
def test_printed_expressions_have_the_value_of_the_expression(expression: Expression, x: float, y: float) -> None:
    expected = evaluate_expression(expression, {t.name: {"x": x, "y": y}[t.name] for t in expression.tensors})
    assert computed(javascript_expression(expression, NAMES), x=x, y=y) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_of_the_table_is_printed(name: str, order: int) -> None:
    expression = call(name, X[()], order)
    for value in (0.3, 0.8) if name in ("arcsin", "arccos") else (0.3, 0.8, 1.7):
        expected = evaluate_expression(expression, {"x": value})
        assert computed(javascript_expression(expression, NAMES), x=value) == pytest.approx(expected, rel=1e-12)


def test_a_condition_that_fails_gates_what_has_no_value() -> None:
    expression = indicator(">", X[()], 0) * call("abs", X[()])
    assert javascript_expression(expression, NAMES) == "gate(x > 0, Math.abs(x))"
    assert computed(javascript_expression(indicator("=", X[()], 1), NAMES), x=1.0) == 1


def test_names_that_javascript_reserves_are_changed() -> None:
    declared = tuple(Tensor(name, (), Role.INPUT) for name in ("new", "x'", "gate", "f"))
    y = Tensor("y")
    body = sum((tensor[()] for tensor in declared), number(0))
    source = javascript_source(Program(declared, (Definition(y, (), body),), (y,)), "f")
    assert source.splitlines()[0] == "function f(new_2, x_prime, gate_2, f_2) {"


def test_the_helpers_cover_what_is_printed_besides_math() -> None:
    assert "function gate(" in HELPERS
    assert "function erf(" in HELPERS


i = Axis("i", 2)


@pytest.mark.parametrize(
    "action",
    [
        lambda: javascript_source(read_program("axis i: 2\ninput x[i]\ny = sum(i, x[i])"), "f"),
        lambda: javascript_expression(summation(X[()], i), NAMES),
        lambda: javascript_expression(delta(i, 1) * X[()], NAMES),
    ],
)
def test_programs_with_axes_are_refused(action) -> None:
    with pytest.raises(ProgramError, match="plain numbers"):
        action()
