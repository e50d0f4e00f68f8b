"""The reference evaluator: its kinds of numbers against each other on random programs, its rules, and its errors."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalkgrad.errors import EvaluationError, ShapeError, UnknownNameError
from chalkgrad.language import (
    EXACT,
    FLOAT,
    PI,
    Array,
    Axis,
    Call,
    Definition,
    Dual,
    Expression,
    Program,
    Role,
    Tensor,
    add,
    array_of,
    as_index,
    delta,
    divide,
    dual_arithmetic,
    evaluate,
    evaluate_expression,
    index_value,
    indicator,
    jacobian_by_dual_numbers,
    maximum_over,
    mpmath_arithmetic,
    multiply,
    number,
    power,
    size_of,
    summation,
)
from strategies import I, J, K, leaves, programs, values_for

N = Axis("n", "n")
x, y = Tensor("x", (), Role.INPUT), Tensor("y")
v, w = Tensor("v", (J,), Role.INPUT), Tensor("w", (I, J), Role.PARAMETER)
data = Tensor("data", (N, J), Role.INPUT)
FIFTY = mpmath_arithmetic(50)
DECLARED = (Tensor("x", (J, K), Role.INPUT), Tensor("w", (I,), Role.PARAMETER), Tensor("c", (), Role.PARAMETER))


def scalar_program(body: Expression, *declared: Tensor) -> Program:
    return Program(declared, (Definition(y, (), body),), (y,))


def close(found: Any, expected: Any, tolerance: float) -> bool:
    return abs(found - expected) <= tolerance * (1 + abs(expected))


@st.composite
def rational_programs(draw: st.DrawFn) -> Program:
    """Only operations that keep rational numbers rational, and never divide by zero."""

    def expression(free: tuple[Axis, ...], depth: int) -> Expression:
        if depth == 0:
            return draw(leaves(list(DECLARED), free))
        kinds = [
            "add",
            "multiply",
            "divide",
            "power",
            "call",
            "gate",
            "delta",
            *(["sum", "max"] if len(free) < 3 else []),
        ]
        kind = draw(st.sampled_from(kinds))
        if kind in ("sum", "max"):
            axis = draw(st.sampled_from([axis for axis in (I, J, K) if axis not in free]))
            body = expression((*free, axis), depth - 1)
            return summation(body, axis) if kind == "sum" else maximum_over(body, axis)
        inner = expression(free, depth - 1)
        match kind:
            case "power":
                return power(inner, draw(st.integers(0, 3)))
            case "call":
                names = ("relu", "leaky_relu", "hard_tanh", "hard_sigmoid", "softsign", "abs", "sign", "square", "step")
                return Call(draw(st.sampled_from(names)), inner)
            case "delta" if free:
                return inner * delta(draw(st.sampled_from(free)), draw(st.integers(0, 1)))
        other = expression(free, depth - 1)
        match kind:
            case "multiply":
                return multiply(inner, other)
            case "divide":
                return divide(inner, 1 + power(other, 2))
            case "gate":
                return multiply(indicator(draw(st.sampled_from([">", "<=", "=", "!="])), inner, other), inner)
        return add(inner, other)

    return Program(DECLARED, (Definition(y, (), expression((), 3)),), (y,))


def rationals(seed: int) -> dict[str, Any]:
    """Sixteenths, which are exact in float64 too."""
    import random

    source = random.Random(seed)

    def draw() -> Fraction:
        return Fraction(source.choice((-1, 1)) * source.randint(1, 40), 16)

    return {"x": [[draw() for _ in range(4)] for _ in range(3)], "w": [draw(), draw()], "c": draw()}


@settings(max_examples=150)
@given(rational_programs(), st.integers(0, 1000))
def test_every_arithmetic_gives_the_exact_value(program: Program, seed: int) -> None:
    values = rationals(seed)
    exact = evaluate(program, values, EXACT)["y"].nested()
    assert isinstance(exact, Fraction)
    assume(abs(exact) < 10**12)
    digits = evaluate(program, values, FIFTY)["y"].nested()
    assert abs(digits - FIFTY.number(exact)) <= mpmath.mpf("1e-35") * (1 + abs(digits))
    floating = evaluate(program, values, FLOAT)["y"].nested()
    dual = evaluate(program, values, dual_arithmetic())["y"].nested()
    assert dual.value == floating
    exact_dual = evaluate(program, values, dual_arithmetic(EXACT))["y"].nested()
    assert exact_dual == Dual(exact, Fraction(0))


@settings(max_examples=60)
@given(programs(), st.integers(0, 1000))
def test_float_agrees_with_fifty_digits(program: Program, seed: int) -> None:
    values = values_for(seed)
    floating, digits = evaluate(program, values), evaluate(program, values, FIFTY)
    for name, array in floating.items():
        for found, expected in zip(array.numbers, digits[name].numbers, strict=True):
            assume(math.isfinite(found) and abs(found) < 1e6)
            assert close(found, expected, 1e-8), name


@settings(max_examples=25)
@given(programs(definitions=2, gates=False), st.integers(0, 1000))
def test_dual_numbers_agree_with_finite_differences_of_fifty_digits(program: Program, seed: int) -> None:
    values = values_for(seed)
    found = jacobian_by_dual_numbers(program, values, "c", arithmetic=FIFTY).nested()
    step = mpmath.mpf("1e-18")
    around = [
        evaluate(program, {**values, "c": FIFTY.number(values["c"]) + side * step}, FIFTY)["L"].nested()
        for side in (-1, 1)
    ]
    assert close(found, (around[1] - around[0]) / (2 * step), 1e-12)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (summation(w[I, J] * v[J], I, J), 154),
        (summation(v[J], J) / size_of(J), 2),
        (maximum_over(v[J] * -1, J), -1),
        (summation(delta(J, 1) * v[J], J), 2),
        (summation(index_value(J) * v[J], J), 8),
        (summation(v[as_index(J) + 1], J), 5),
        (summation(v[as_index(J) - 2], J), 1),
        (summation(v[2 * as_index(J)], J), 4),
        (v[2], 3),
        (v[7], 0),
        (v[-1], 0),
        (indicator(">=", v[0], v[1]), 0),
        (indicator("!=", v[0], v[1]), 1),
        (power(v[1], v[2]), 8),
        (power(v[1], -2), Fraction(1, 4)),
        (summation(summation(v[J] * w[I, J], J) ** 2, I), 14**2 * 101),
    ],
    ids=lambda value: str(value),
)
def test_what_each_node_means(expression: Expression, value: Any) -> None:
    """v = (1, 2, 3); w has the rows v and 10·v."""
    values = {"v": [1, 2, 3], "w": [[1, 2, 3], [10, 20, 30]]}
    given_values = {tensor.name: values[tensor.name] for tensor in expression.tensors}
    for arithmetic in (EXACT, FLOAT, FIFTY):
        assert evaluate_expression(expression, given_values, arithmetic) == arithmetic.number(value)


def test_a_gate_that_is_closed_keeps_errors_out() -> None:
    """[x > 0] · log(x) is 0 for x ≤ 0, though the logarithm is not defined there."""
    gated = indicator(">", x[()], 0) * Call("log", x[()]) + divide(indicator("!=", x[()], 0), x[()])
    for arithmetic in (FLOAT, FIFTY):
        assert evaluate_expression(gated, {"x": 0}, arithmetic) == 0
        assert evaluate_expression(gated, {"x": 1}, arithmetic) == 1


def test_the_same_axis_bound_twice_does_not_leak() -> None:
    """The inner sum over j hides the outer one, and the outer one has its own value back afterwards."""
    nested = summation(summation(v[J], J) * v[J] + v[J], J)
    assert evaluate_expression(nested, {"v": [1, 2, 3]}) == 42


def test_free_axes_are_given_as_indices() -> None:
    assert evaluate_expression(w[I, J], {"w": [[1, 2, 3], [4, 5, 6]]}, indices={I: 1, J: 2}) == 6


def test_sizes_come_from_the_values_or_are_given() -> None:
    program = Program((data,), (Definition(y, (), summation(data[N, J], N, J) / size_of(N)),), (y,))
    assert evaluate(program, {"data": [[1, 2, 3], [4, 5, 6]]})["y"].nested() == 10.5
    counted = Program((), (Definition(y, (), summation(index_value(N), N)),), (y,))
    assert evaluate(counted, {}, sizes={"n": 4})["y"].nested() == 6


def test_an_empty_batch_sums_to_nothing() -> None:
    program = Program((Tensor("d", (N,), Role.INPUT),), (Definition(y, (), summation(number(1), N)),), (y,))
    assert evaluate(program, {"d": []})["y"].nested() == 0


@pytest.mark.parametrize("kind", [list, tuple, np.array], ids=["list", "tuple", "numpy"])
def test_values_may_come_in_any_container(kind: Any) -> None:
    assert evaluate_expression(summation(v[J], J), {"v": kind([1.0, 2.0, 3.0])}) == 6.0
    assert evaluate_expression(summation(v[J], J), {"v": Array((3,), (1, 2, 3))}) == 6.0


def test_arrays() -> None:
    array = array_of([[1, 2, 3], [4, 5, 6]])
    assert (array.shape, list(array.numbers), array.nested()) == ((2, 3), [1, 2, 3, 4, 5, 6], [[1, 2, 3], [4, 5, 6]])
    assert list(array.places()) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert array_of(5).nested() == 5
    assert array_of([]).shape == (0,)


def test_jacobians_have_the_axes_of_both() -> None:
    z = Tensor("z", (I,))
    program = Program((w, v), (Definition(z, (I,), summation(w[I, J] * v[J], J)),), (z,))
    values = {"w": [[1, 2, 3], [4, 5, 6]], "v": [7, 8, 9]}
    assert jacobian_by_dual_numbers(program, values, "v").nested() == [[1, 2, 3], [4, 5, 6]]
    by_w = jacobian_by_dual_numbers(program, values, "w", arithmetic=EXACT)
    assert by_w.shape == (2, 2, 3)
    assert by_w.nested()[0] == [[7, 8, 9], [0, 0, 0]]


@pytest.mark.parametrize(
    ("body", "at", "slope"),
    [
        (power(x[()], 3), 2.0, 12.0),
        (power(x[()], -1), 2.0, -0.25),
        (power(number(2), x[()]), 3.0, 8 * math.log(2)),
        (power(x[()], x[()]), 2.0, 4 * (1 + math.log(2))),
        (power(x[()], Fraction(1, 2)), 4.0, 0.25),
        (power(x[()], 2), 0.0, 0.0),
        (power(x[()] * 0 + x[()], 1), 0.0, 1.0),
        (Call("sigmoid", x[()]), 0.0, 0.25),
        (Call("softplus", x[()]), 0.0, 0.5),
        (Call("mish", x[()]), 0.0, 0.6),
        (Call("silu", x[()]), 0.0, 0.5),
        (Call("erf", x[()]), 0.0, 2 / math.sqrt(math.pi)),
    ],
    ids=lambda value: str(value),
)
def test_slopes_of_dual_numbers(body: Expression, at: float, slope: float) -> None:
    found = jacobian_by_dual_numbers(scalar_program(body, x), {"x": at}, "x").nested()
    assert found == pytest.approx(slope, rel=1e-14)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"v": [1, 2]}, r"'v' needs the shape \(3\), but the value has \(2,\)"),
        ({"v": 5}, r"'v' needs the shape \(3\), but the value has \(\)"),
        ({"v": [[1, 2, 3]]}, r"'v' needs the shape \(3\), but the value has \(1, 3\)"),
        ({"v": [[1, 2], [3]]}, "rows of unequal length: expected 2 entries at depth 2"),
        ({"v": [1, [2], 3]}, "found a list where a number was expected, at depth 1"),
        ({"v": [[1], 2, 3]}, "rows of unequal length"),
    ],
)
def test_shapes_that_do_not_fit(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        evaluate(scalar_program(summation(v[J], J), v), values)


def test_a_named_size_is_the_same_everywhere() -> None:
    weights = Tensor("weights", (N,), Role.INPUT)
    program = scalar_program(summation(data[N, J] * weights[N], N, J), data, weights)
    with pytest.raises(ShapeError, match=r"'weights' needs the shape \(n\) with n = 2, but the value has \(3,\)"):
        evaluate(program, {"data": [[1, 2, 3], [4, 5, 6]], "weights": [1, 2, 3]})


@pytest.mark.parametrize(
    ("body", "values", "message"),
    [
        (Call("log", x[()]), {"x": -2}, r"in y = log\(x\): log\(-2\) is not defined; log needs positive numbers"),
        (Call("sqrt", x[()]), {"x": -4}, r"sqrt\(-4\) is not defined; sqrt needs numbers that are not negative"),
        (divide(1, x[()]), {"x": 0}, "in y = 1/x: division by zero"),
        (power(x[()], Fraction(1, 2)), {"x": -4}, "-4 to the power 0.5 is not a real number"),
        (x[()], {}, "no value was given for 'x'"),
        (size_of(N), {"x": 1}, "the size 'n' of axis 'n' is not known from any value"),
        (maximum_over(index_value(Axis("e", 0)), Axis("e", 0)), {"x": 1}, "the maximum over 'e' has no elements"),
    ],
    ids=lambda value: str(value),
)
def test_what_cannot_be_computed(body: Expression, values: dict[str, Any], message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        evaluate(scalar_program(body, x), values)


def test_an_error_says_at_which_place_it_happened() -> None:
    roots = Tensor("roots", (J,))
    program = Program((v,), (Definition(roots, (J,), Call("sqrt", v[J])),), (roots,))
    with pytest.raises(EvaluationError, match=r"in roots\[j\] = sqrt\(v\[j\]\) at \[1\]: sqrt\(-1\) is not defined"):
        evaluate(program, {"v": [1, -1, 4]})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (PI * x[()], "pi is not rational, so exact arithmetic cannot give it"),
        (power(number(2), x[()] / 2), "2 to the power 1/2 is not rational in general"),
        (Call("exp", x[()]), r"exp\(1\) is not rational, so exact arithmetic cannot give it"),
        (divide(1, x[()] - 1), "division by zero"),
    ],
    ids=lambda value: str(value),
)
def test_what_is_not_rational(body: Expression, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        evaluate(scalar_program(body, x), {"x": 1}, EXACT)


@pytest.mark.parametrize("name", ["log", "log1p", "sqrt", "reciprocal"])
@pytest.mark.parametrize("arithmetic", [FLOAT, FIFTY, EXACT], ids=lambda arithmetic: arithmetic.name)
def test_dual_numbers_at_the_edge_of_a_domain_say_so(name: str, arithmetic: Any) -> None:
    edge = -1 if name == "log1p" else 0
    with pytest.raises(EvaluationError, match=r"not defined|division by zero|not a real number|not rational"):
        jacobian_by_dual_numbers(scalar_program(Call(name, x[()]), x), {"x": edge}, "x", arithmetic=arithmetic)


def test_unknown_names() -> None:
    program = scalar_program(summation(v[J], J), v)
    with pytest.raises(UnknownNameError, match="there is no input or parameter 'vv'; did you mean 'v'"):
        evaluate(program, {"v": [1, 2, 3], "vv": 1})
    with pytest.raises(EvaluationError, match="no value was given for 'x'"):
        evaluate_expression(x[()], {})


def test_jacobian_of_unknown_names() -> None:
    program = scalar_program(summation(v[J], J), v)
    with pytest.raises(UnknownNameError, match="there is no tensor 'u'"):
        jacobian_by_dual_numbers(program, {"v": [1, 2, 3]}, "u")
    with pytest.raises(UnknownNameError, match="there is no tensor 'q'"):
        jacobian_by_dual_numbers(program, {"v": [1, 2, 3]}, "v", of="q")
    with pytest.raises(EvaluationError, match="no value was given for 'v'"):
        jacobian_by_dual_numbers(program, {}, "v")


def test_zero_to_a_positive_whole_power_is_zero() -> None:
    assert power(0, 2) is number(0)
    assert str(power(0, -1)) == "1/0"


def test_what_nothing_defines_is_named() -> None:
    x, y, z = Tensor("x", (), Role.INPUT), Tensor("y"), Tensor("z")
    with pytest.raises(EvaluationError, match="nothing says what z is"):
        evaluate(Program((x,), (Definition(y, (), x[()] + z[()]),), (y,)), {"x": 1.0})
