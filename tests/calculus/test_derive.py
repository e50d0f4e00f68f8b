"""Derived gradients against mpmath's numerical ones, and what they look like when printed."""

from __future__ import annotations

from itertools import pairwise

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalkgrad.calculus import derive
from chalkgrad.errors import EvaluationError, UnknownNameError
from chalkgrad.language import (
    ONE,
    Assumption,
    Axis,
    Definition,
    Program,
    Role,
    Tensor,
    array_of,
    call,
    evaluate,
    jacobian_by_dual_numbers,
    maximum_over,
    mpmath_arithmetic,
    number,
    size_of,
    summation,
    validate,
)
from strategies import programs, values_for

n, i, j, k = Axis("n", "n"), Axis("i", 2), Axis("j", 3), Axis("k", 4)
k_weight = Tensor("t", (k,), Role.INPUT)


def two_layers(batch: bool) -> Program:
    """2-3-1 relu sigmoid bce in the names of the homework sheet."""
    samples = (n,) if batch else ()
    x, y = Tensor("x", (*samples, i), Role.INPUT), Tensor("y", samples, Role.TARGET)
    w, b = Tensor("w", (i, j), Role.PARAMETER), Tensor("b", (j,), Role.PARAMETER)
    v, c = Tensor("v", (j,), Role.PARAMETER), Tensor("c", (), Role.PARAMETER)
    z, h = Tensor("z", (*samples, j)), Tensor("h", (*samples, j))
    out, guess, loss = Tensor("out", samples), Tensor("yhat", samples), Tensor("L")
    likelihood = y[samples] * call("log", guess[samples]) + (1 - y[samples]) * call("log", 1 - guess[samples])
    total = -summation(likelihood, n) / size_of(n) if batch else -likelihood
    return Program(
        (x, y, w, b, v, c),
        (
            Definition(z, (*samples, j), summation(x[(*samples, i)] * w[i, j], i) + b[j]),
            Definition(h, (*samples, j), call("relu", z[(*samples, j)])),
            Definition(out, samples, summation(h[(*samples, j)] * v[j], j) + c[()]),
            Definition(guess, samples, call("sigmoid", out[samples])),
            Definition(loss, (), total),
        ),
        (loss,),
    )


def softmax_cross_entropy(assumptions: tuple[Assumption, ...], target: Tensor) -> Program:
    z, m, e = Tensor("z", (n, k), Role.PARAMETER), Tensor("m", (n,)), Tensor("e", (n, k))
    s, p, L = Tensor("s", (n,)), Tensor("p", (n, k)), Tensor("L")
    return Program(
        (z, target),
        (
            Definition(m, (n,), maximum_over(z[n, k], k)),
            Definition(e, (n, k), call("exp", z[n, k] - m[n])),
            Definition(s, (n,), summation(e[n, k], k)),
            Definition(p, (n, k), e[n, k] / s[n]),
            Definition(L, (), summation(target[n, k] * (call("log", s[n]) + m[n] - z[n, k]), n, k) / size_of(n)),
        ),
        (L,),
        assumptions,
    )


def test_binary_cross_entropy_after_a_sigmoid_gives_the_difference() -> None:
    derivation = derive(two_layers(batch=False))
    assert str(derivation.adjoints["out"]) == "dL_dout = yhat - y"
    assert [str(definition) for definition in derivation.gradients.values()] == [
        "dL_dw[i,j] = dL_dz[j]*x[i]",
        "dL_db[j] = dL_dz[j]",
        "dL_dv[j] = dL_dout*h[j]",
        "dL_dc = dL_dout",
    ]
    assert str(derivation.closed_form("w")) == "(yhat - y)*v[j]*[z[j] > 0]*x[i]"
    assert derivation.chain("w") == ("L", "yhat", "out", "h", "z", "w")


def test_the_batch_gets_its_sum_and_its_mean() -> None:
    derivation = derive(two_layers(batch=True))
    assert str(derivation.closed_form("c")) == "sum(n, (yhat[n] - y[n])/|n|)"


def test_softmax_cross_entropy_gives_p_minus_y_where_the_targets_sum_to_one() -> None:
    y = Tensor("y", (n, k), Role.TARGET)
    assumed = Assumption(summation(y[n, k], k), ONE, "the targets sum to one")
    derivation = derive(softmax_cross_entropy((assumed,), y))
    assert str(derivation.gradients["z"]) == "dL_dz[n,k] = (p[n,k] - y[n,k])/|n|"
    assert any(step.rule == "assumption: the targets sum to one" for step in derivation.steps)


def test_without_that_assumption_the_sum_of_the_targets_stays() -> None:
    y = Tensor("y", (n, k), Role.TARGET)
    program = softmax_cross_entropy((), y)
    derivation = derive(program)
    assert "sum(k, y[n,k])" in str(derivation.closed_form("z"))
    values = {"z": [[1, 2, 0, -1], [0, 1, 3, 2], [2, -1, 1, 0]], "y": [[2, 0, 1, 0], [0, 3, 0, 0], [1, 1, 1, 2]]}
    expected = jacobian_by_dual_numbers(program, values, "z").numbers
    assert derivation.evaluate(values)["z"].numbers == pytest.approx(expected, rel=1e-13)


def test_every_step_keeps_the_value() -> None:
    """Each step's two sides agree at the forward values, for every subject."""
    program = two_layers(batch=True)
    derivation = derive(program)
    values = {
        "x": [[1, -1], [0.5, 2], [0, 1], [2, 1]],
        "y": [1, 0, 1, 1],
        "w": [[1, -1, 0.3], [0.4, 0.2, 0.5]],
        "b": [0.1, 0.2, 1],
        "v": [1, 0.7, -1],
        "c": 1,
    }
    everything = Program(
        program.declared, (*program.definitions, *derivation.adjoints.values()), derivation.program.results
    )
    arrays = evaluate(everything, values)
    from chalkgrad.language import evaluate_expression

    checked = 0
    for step in derivation.steps:
        axes = [index.axis for index in step.subject.indices]
        places = {axis: 1 for axis in axes if axis is not None}
        known = dict(arrays)
        before = evaluate_expression(step.before, known, indices=places, sizes={"n": 4})
        after = evaluate_expression(step.after, known, indices=places, sizes={"n": 4})
        assert before == pytest.approx(after, rel=1e-12), f"{step.rule}: {step.before} -> {step.after}"
        checked += 1
    assert checked > 10


@settings(max_examples=60)
@given(programs(), st.integers(0, 10**6))
def test_gradient_of_random_programs_is_the_numerical_one(program: Program, seed: int) -> None:
    validate(program)
    derivation = derive(program)
    validate(derivation.program)
    values = values_for(seed)
    arithmetic = mpmath_arithmetic(40)
    try:
        gradients = derivation.evaluate(values, arithmetic)
    except EvaluationError:
        return  # a pole or a logarithm's end exactly at this point
    direction = values_for(seed + 1)
    step = mpmath.mpf(10) ** -12

    def loss(t: mpmath.mpf) -> mpmath.mpf:
        moved = dict(values)
        for name in ("w", "V", "c"):
            base, way = array_of(values[name]), array_of(direction[name])
            numbers = [
                arithmetic.number(a) + t * arithmetic.number(b) for a, b in zip(base.numbers, way.numbers, strict=True)
            ]
            moved[name] = type(base)(base.shape, numbers)
        return evaluate(program, moved, arithmetic)["L"].numbers[0]

    slope = sum(
        g * arithmetic.number(d)
        for name in ("w", "V", "c")
        for g, d in zip(gradients[name].numbers, array_of(direction[name]).numbers, strict=True)
    )
    left, right = (loss(mpmath.mpf(0)) - loss(-step)) / step, (loss(step) - loss(mpmath.mpf(0))) / step
    scale = 1 + abs(slope) + abs(loss(mpmath.mpf(0)))
    if abs(left - right) > 1e-6 * scale:
        return  # the segment crosses a kink or a jump
    assert abs((left + right) / 2 - slope) <= 1e-6 * scale


@settings(max_examples=40)
@given(programs(definitions=2, gates=False), st.integers(0, 10**6))
def test_second_derivatives_by_the_same_code(program: Program, seed: int) -> None:
    first = derive(program, ["w", "c"])
    second = derive(first.program, ["w", "V"], of="dL_dw")
    validate(second.program)
    values = values_for(seed)
    for wrt in ("w", "V"):
        expected = jacobian_by_dual_numbers(first.program, values, wrt, of="dL_dw").numbers
        assert second.evaluate(values)[wrt].numbers == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("kind", ["softmax", "norm", "shifted"])
def test_a_sum_over_the_letter_of_the_element_is_a_sum_over_another(kind: str) -> None:
    """p_k = exp(o_k)/Σ_k exp(o_k), as people write it: the k of the sum is not the k of p."""
    o, p, L = Tensor("o", (k,), Role.PARAMETER), Tensor("p", (k,)), Tensor("L")
    bodies = {
        "softmax": call("exp", o[k]) / summation(call("exp", o[k]), k),
        "norm": k_weight[k] * summation(o[k] ** 2, k),
        "shifted": call("exp", o[k] - maximum_over(o[k], k)),
    }
    program = Program(
        (o, k_weight),
        (Definition(p, (k,), bodies[kind]), Definition(L, (), summation(k_weight[k] * call("sin", p[k]), k))),
        (L,),
    )
    values = {"o": [0.3, -1, 0.5, 1.2], "t": [1, 2, -1, 0.5]}
    expected = jacobian_by_dual_numbers(program, values, "o").numbers
    assert derive(program).evaluate(values)["o"].numbers == pytest.approx(expected, rel=1e-13)
    twice = derive(derive(program).program, ["o"], of="dL_do")
    expected = jacobian_by_dual_numbers(derive(program).program, values, "o", of="dL_do").numbers
    assert twice.evaluate(values)["o"].numbers == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_the_derivative_by_something_unused_is_zero() -> None:
    u, w, L = Tensor("u", (j,), Role.PARAMETER), Tensor("w", (), Role.PARAMETER), Tensor("L")
    derivation = derive(Program((u, w), (Definition(L, (), w[()] ** 2),), (L,)))
    assert str(derivation.gradients["u"]) == "dL_du[j] = 0"


def test_a_convolution_gives_a_full_convolution_with_no_deltas_left() -> None:
    position, tap, out = Axis("m", 7), Axis("a", 3), Axis("t", 5)
    x, weights, g = (
        Tensor("x", (position,), Role.PARAMETER),
        Tensor("k", (tap,), Role.PARAMETER),
        Tensor("g", (out,), Role.INPUT),
    )
    y, L = Tensor("y", (out,)), Tensor("L")
    program = Program(
        (x, weights, g),
        (
            Definition(y, (out,), summation(x[out_plus(out, tap)] * weights[tap], tap)),
            Definition(L, (), summation(g[out] * y[out], out)),
        ),
        (L,),
    )
    derivation = derive(program)
    assert str(derivation.closed_form("x")) == "sum(t, g[t]*k[m-t])"
    values = {"x": [1, 2, -1, 3, 0.5, 2, 1], "k": [0.5, -1, 2], "g": [1, 2, 3, -1, 0.3]}
    for name in ("x", "k"):
        expected = jacobian_by_dual_numbers(program, values, name).numbers
        assert derivation.evaluate(values)[name].numbers == pytest.approx(expected, rel=1e-14)


def out_plus(out: Axis, tap: Axis) -> object:
    from chalkgrad.language import as_index

    return as_index(out) + tap


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'w'"):
        derive(two_layers(False), ["ww"])


def deep_network(depth: int) -> Program:
    axes = [Axis(f"i{layer}", 3 + layer % 2) for layer in range(depth + 1)]
    x = Tensor("x", (n, axes[0]), Role.INPUT)
    declared, definitions, below = [x], [], x
    for layer, (inner, outer) in enumerate(pairwise(axes), 1):
        w, b = Tensor(f"W{layer}", (inner, outer), Role.PARAMETER), Tensor(f"b{layer}", (outer,), Role.PARAMETER)
        z, h = Tensor(f"z{layer}", (n, outer)), Tensor(f"h{layer}", (n, outer))
        definitions.append(Definition(z, (n, outer), summation(below[n, inner] * w[inner, outer], inner) + b[outer]))
        definitions.append(Definition(h, (n, outer), call("tanh", z[n, outer])))
        declared += [w, b]
        below = h
    L = Tensor("L")
    definitions.append(Definition(L, (), summation(below[n, axes[-1]] ** 2, n, axes[-1]) * number("1/2")))
    return Program(tuple(declared), tuple(definitions), (L,))


def test_the_gradient_of_a_deep_network_grows_linearly() -> None:
    """Counted in nodes, not in seconds: ten times the depth, ten times the equations and no longer ones."""

    def nodes(depth: int) -> tuple[int, int]:
        added = derive(deep_network(depth)).adjoints.values()
        return sum(d.body.cost for d in added), max(d.body.cost for d in added)

    (short, widest), (long, still_widest) = nodes(20), nodes(200)
    assert long <= 10.5 * short
    assert still_widest == widest


def test_a_sum_may_bind_any_letter() -> None:
    i, k = Axis("i", 2), Axis("i*", 2)
    x, z, total = Tensor("x", (i,), Role.PARAMETER), Tensor("z", (i,)), Tensor("L")
    lines = (
        Definition(z, (i,), summation(x[k] ** 2, k) * x[i]),
        Definition(total, (), summation(z[i], i)),
    )
    found = derive(Program((x,), lines, (total,)))
    values = evaluate(found.program, {"x": [2, 3]})
    # L = (x₁² + x₂²)(x₁ + x₂)
    assert list(values[found.program.results[-1].name].numbers) == [13 + 4 * 5, 13 + 6 * 5]


def test_what_is_moved_beyond_its_axis_has_not_the_name_of_another() -> None:
    """Two gates that share their weights: each is the other one, moved, but not at places that there are."""
    from chalkgrad.language import as_index

    k, w = Axis("k", 2), Axis("w", 4)
    u = Tensor("u", (w,), Role.PARAMETER)
    r, z, total = Tensor("r", (k,)), Tensor("z", (k,)), Tensor("L")
    program = Program(
        (u,),
        (
            Definition(r, (k,), call("sigmoid", u[as_index(k)])),
            Definition(z, (k,), call("sigmoid", u[as_index(k) + 2])),
            Definition(total, (), summation(r[k] * z[k] ** 2, k)),
        ),
        (total,),
    )
    values = {"u": [0.3, -1, 2, 0.7]}
    found = evaluate(derive(program).program, values)["dL_du"].numbers
    assert found == pytest.approx(jacobian_by_dual_numbers(program, values, "u").numbers, rel=1e-14)
