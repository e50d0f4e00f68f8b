"""Cancelling and summing: equal values, never longer, and the cases that people know by heart."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalkgrad.calculus import RULES, cancel, resummed, sum_over
from chalkgrad.calculus.rules import A, B
from chalkgrad.language import (
    Axis,
    Expression,
    Sum,
    Tensor,
    add,
    delta,
    evaluate_expression,
    multiply,
    same,
    size_of,
)
from strategies import I, J, K, expressions, values_for

x, y, p = (Tensor(name)[()] for name in ("x", "y", "p"))
TENSORS = [Tensor("x", (J, K)), Tensor("w", (I,)), Tensor("V", (I, J)), Tensor("c", ())]

CASES = [
    (-(y / p - (1 - y) / (1 - p)) * p * (1 - p), "p - y"),
    ((p - y) / (p * (1 - p)) * p * (1 - p), "p - y"),
    ((x**2 - y**2) / (x - y), "y + x"),
    (x / x, "1"),
    (x * y + x * p, "x*(y + p)"),
    ((x + y) ** 2 / (x + y), "x + y"),
    (1 / (1 / x + 1 / y), "x*y/(y + x)"),
    ((x + 1) * (x - 1) - x**2, "-1"),
    (x - (x - y), "y"),
    (2 * (x - y) / (2 * y - 2 * x), "-1"),
]


@pytest.mark.parametrize(("before", "after"), CASES, ids=[after for _, after in CASES])
def test_known_cancellations(before: Expression, after: str) -> None:
    assert str(cancel(before)) in (after, after.replace("y + x", "x + y"))


@settings(max_examples=150)
@given(expressions(TENSORS, ()), st.integers(0, 10**6))
def test_cancelling_keeps_the_value_and_never_lengthens(expression: Expression, seed: int) -> None:
    shorter = cancel(expression)
    assert shorter.cost <= expression.cost
    values = values_for(seed)
    before = evaluate_expression(expression, values)
    assert evaluate_expression(shorter, values) == pytest.approx(before, rel=1e-8, abs=1e-8)


@settings(max_examples=150)
@given(expressions(TENSORS, (I,)), st.integers(0, 10**6))
def test_sums_in_normal_form_keep_the_value(body: Expression, seed: int) -> None:
    values = values_for(seed)
    for factor in (multiply(1), delta(I, 1), add(delta(I, 0), 2)):
        written = multiply(factor, body)
        expected = evaluate_expression(Sum(written, I), values)
        for normal in (sum_over(written, I), resummed(Sum(written, I))):
            assert evaluate_expression(normal, values) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_delta_shifts_and_leaves_a_condition_only_where_it_must() -> None:
    i, m = Axis("i", 5), Axis("m", 7)
    g = Tensor("g", (i,))
    shift = delta(m, i_plus_two(i))
    assert str(sum_over(shift * g[i], i)) == "g[m-2]"
    assert str(sum_over(shift, i)) == "[index(m-2) >= 0]"


def i_plus_two(axis: Axis) -> object:
    from chalkgrad.language import as_index

    return as_index(axis) + 2


def test_a_constant_summed_is_multiplied_by_the_size() -> None:
    n = Axis("n", "n")
    assert same(sum_over(x, n), size_of(n) * x)


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
@pytest.mark.parametrize("point", [(0.3, 1.7), (2.5, 0.4), (1.0, 1.0)])
def test_every_rule_is_an_equation(rule: object, point: tuple[float, float]) -> None:
    values = dict(zip(("a", "b"), point, strict=True))
    assert A.tensors[0].name == "a"
    assert B.tensors[0].name == "b"
    left, right = (evaluate_expression(side, values) for side in (rule.pattern, rule.replacement))  # type: ignore[attr-defined]
    assert left == pytest.approx(right, rel=1e-13)
