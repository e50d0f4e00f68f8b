"""Ordered programs compute what the program says, each part once, in the cheapest order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings

import chalkgrad as cg
from chalkgrad.board.derivation import derive
from chalkgrad.calculus import derive as derive_program
from chalkgrad.engines.emitted.contractions import over_the_smaller_range
from chalkgrad.engines.emitted.ordered import ordered
from chalkgrad.engines.emitted.solving import solving
from chalkgrad.language import (
    Axis,
    Call,
    Definition,
    Program,
    Role,
    Sum,
    Tensor,
    as_index,
    evaluate,
    summation,
    validate,
    walk,
)
from programs_to_run import CASES, QUICK, programs, values_for

SIZES = {"n": 3, "time": 4, "length": 11}


def same(program: Program, values: dict[str, np.ndarray]) -> Program:
    """The ordered program, which is valid and gives the same."""
    found = ordered(program).program
    validate(found)
    before, after = evaluate(program, values), evaluate(found, values)
    for result in program.results:
        pair = [np.array(each[result.name].nested(), dtype=float) for each in (before, after)]
        np.testing.assert_allclose(pair[1], pair[0], rtol=1e-9, atol=1e-11, err_msg=f"{program}\n\n{found}")
    return found


@settings(max_examples=100, phases=QUICK)
@drawn(programs())
def test_random_programs(program: Program) -> None:
    same(program, values_for(program))


@pytest.mark.parametrize("name", CASES)
def test_networks_and_their_gradients(name: str) -> None:
    program = CASES[name]
    gradients = derive_program(program, [tensor.name for tensor in program.declared]).program
    results = (*program.results, *gradients.results)
    whole = Program(gradients.declared, gradients.definitions, results, gradients.assumptions)
    found = same(whole, values_for(whole, sizes=SIZES))
    for definition in found.definitions:
        inside = [node for node in walk(definition.body) if isinstance(node, Sum)]
        body = definition.body
        while isinstance(body, Sum):
            inside.remove(body)
            body = body.body
        assert inside == [], f"a sum inside of {definition}"


def lines(text: str, wrt: str) -> list[str]:
    source = derive(text, wrt=wrt).derivation
    results = (source.source.result, *source.program.results)
    program = Program(source.program.declared, source.program.definitions, results)
    return [str(definition) for definition in ordered(program).program.definitions]


def test_a_product_of_matrices_is_never_formed_where_a_vector_will_do() -> None:
    two = [line for line in lines("a'*X*X*b", "a") if line.partition(" = ")[0].count(",")]
    assert two == []


def test_what_value_and_gradient_share_is_computed_once() -> None:
    assert lines("sum(log(1+exp(X*w)) - y.*(X*w))", "w") == [
        "Xw[i] = sum(j, X[i,j]*w[j])",
        "L = sum(i, softplus(Xw[i]) - y[i]*Xw[i])",
        "t1[i] = sigmoid(Xw[i]) - y[i]",
        "dL_dw[j] = sum(i, X[i,j]*t1[i])",
    ]


def test_sums_of_exponentials_do_not_overflow() -> None:
    assert lines("log(sum(exp(x)))", "x") == [
        "peak = max(i, x[i])",
        "t1[i] = exp(x[i] - peak)",
        "t2 = sum(i, t1[i])",
        "L = peak + log(t2)",
        "dL_dx[i] = t1[i]/t2",
    ]


def test_functions_of_fewer_axes_are_computed_before() -> None:
    i, j = Axis("i", 2), Axis("j", 3)
    a, b, h = Tensor("a", (i,), Role.INPUT), Tensor("b", (j,), Role.INPUT), Tensor("h", (i, j))
    program = Program((a, b), (Definition(h, (i, j), Call("tanh", a[i]) * b[j]),), (h,))
    assert [str(each) for each in ordered(program).program.definitions] == ["t1[i] = tanh(a[i])", "h[i,j] = t1[i]*b[j]"]


def test_an_inverse_that_only_multiplies_is_not_computed() -> None:
    source = derive("(x-m)'*inv(S)*(x-m)/2", wrt="S").derivation
    program = ordered(Program(source.program.declared, source.program.definitions, source.program.results)).program
    found = solving(program)
    assert [solve.transposed for solve in found.solves.values()] == [True, False]
    assert len(found.factored) == 1


@pytest.mark.parametrize("outside", [True, False])
def test_a_sum_over_a_picture_becomes_one_over_the_kernel_only_where_nothing_is_lost(outside: bool) -> None:
    i, a, p = Axis("i", 6), Axis("a", 8), Axis("p", 3)
    d, kernel, h = Tensor("d", (i,), Role.INPUT), Tensor("W", (p,), Role.INPUT), Tensor("h", (a,))
    factor = d[i] if outside else Call("cos", d[i])  # the cosine is not 0 outside
    total = Sum(factor * kernel[as_index(a) - i], i)
    moved = over_the_smaller_range(total)
    assert (moved is not total) == outside
    program = Program((d, kernel), (Definition(h, (a,), moved),), (h,))
    values = values_for(program)
    found = np.array(evaluate(program, values)["h"].nested(), dtype=float)
    data = values["d"] if outside else np.cos(values["d"])
    np.testing.assert_allclose(found, np.convolve(data, values["W"]))


def test_sums_inside_of_sums_over_the_same_letter_stay_apart() -> None:
    i = Axis("i", 3)
    x, y = Tensor("x", (i,), Role.INPUT), Tensor("y")
    program = Program((x,), (Definition(y, (), summation(x[i] * summation(x[i] ** 3, i), i)),), (y,))
    same(program, values_for(program))


@pytest.mark.parametrize("text", ["log(sum(i, exp(x[i])))", "sum(s, log(sum(i, exp(x[s,i] + c[s]))))"])
def test_second_derivatives_of_sums_of_exponentials_do_not_overflow(text: str) -> None:
    """Also where two exponentials are one, e^(x + y): each has the greatest exponent taken off."""
    x = np.array([1000.0, 1001.0, -1000.0])
    given = {"x": x[None], "c": np.array([500.0])} if "c[s]" in text else {"x": x}
    share = 1 / (1 + np.exp(-1))
    derivation = derive(text, wrt="x")
    gradient, product = cg.compile(derivation, ["gradient", "hvp"])(**given, direction_x=given["x"] - 1000)
    np.testing.assert_allclose(gradient.ravel(), [1 - share, share, 0], atol=1e-12)
    np.testing.assert_allclose(product.ravel(), [-share * (1 - share), share * (1 - share), 0], atol=1e-12)
    second = derivation.hessian("x", "x")
    hessian = cg.compile(second)(**given).reshape(3, 3)
    np.testing.assert_allclose(hessian[0], [share * (1 - share), -share * (1 - share), 0], atol=1e-12)
    steps = ordered(second.sheet.program.needed_for(second.definition.tensor)).program.definitions
    nodes = {node for each in steps for node in walk(each.body)}
    assert sum(isinstance(node, Call) and node.function == "exp" for node in nodes) == 1
