"""The stable forms are equal to what they replace, and are computed well where that is not."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from chalkgrad.calculus.stable_forms import STABLE_FORMS, StableForm
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.engines.stabilise import stabilised
from chalkgrad.language import (
    Axis,
    Call,
    Definition,
    Expression,
    Program,
    Role,
    Tensor,
    evaluate_expression,
    mpmath_arithmetic,
    summation,
    validate,
)
from chalkgrad.networks import Network, NetworkSpec

PRECISE = mpmath_arithmetic(600)


def in_float64(expression: Expression, **values: float) -> float:
    result = Tensor("result")
    program = Program((Tensor("a"), Tensor("b")), (Definition(result, (), expression),), (result,))
    return float(compile_numpy(program)(**values)["result"])


def relative_error(value: float, exact: mpmath.mpf) -> float:
    return float(abs(value - exact) / abs(exact)) if np.isfinite(value) else np.inf


@pytest.mark.parametrize("form", STABLE_FORMS, ids=[form.name for form in STABLE_FORMS])
@pytest.mark.parametrize("a", ["-0.7", "0.3", "2.5"])
def test_pattern_and_replacement_are_equal(form: StableForm, a: str) -> None:
    values = {"a": mpmath.mpf(a), "b": mpmath.mpf("1.75")}
    left, right = (evaluate_expression(side, values, PRECISE) for side in (form.pattern, form.replacement))
    assert abs(left - right) < mpmath.mpf(10) ** -500


@pytest.mark.parametrize("form", STABLE_FORMS, ids=[form.name for form in STABLE_FORMS])
def test_the_replacement_is_needed_and_helps(form: StableForm) -> None:
    exact = evaluate_expression(form.replacement, {"a": form.trouble, "b": 1.75}, PRECISE)
    assert relative_error(in_float64(form.pattern, a=form.trouble, b=1.75), exact) > 1e-6
    assert relative_error(in_float64(form.replacement, a=form.trouble, b=1.75), exact) < 1e-15


@pytest.mark.parametrize("label", [0.0, 1.0])
@pytest.mark.parametrize("logit", [-1000.0, -30.0, 0.0, 30.0, 1000.0])
def test_binary_cross_entropy_is_right_at_extreme_logits(logit: float, label: float) -> None:
    program = stabilised(Network(NetworkSpec((1, 1), ("sigmoid",), "bce")).program)
    validate(program)
    loss = compile_numpy(program)(x=[[logit]], y=[[label]], W1=[[1.0]], b1=[0.0])["L"]
    exact = mpmath.log1p(mpmath.exp(mpmath.mpf(-logit if label else logit)))
    np.testing.assert_allclose(loss, float(exact), rtol=1e-14)


def test_the_logarithm_of_a_softmax_is_followed_through_its_definitions() -> None:
    k = Axis("k", 3)
    z, t = Tensor("z", (k,), Role.INPUT), Tensor("t", (k,), Role.TARGET)
    e, s, p, loss = Tensor("e", (k,)), Tensor("s"), Tensor("p", (k,)), Tensor("L")
    lines = (
        Definition(e, (k,), Call("exp", z[k])),
        Definition(s, (), summation(e[k], k)),
        Definition(p, (k,), e[k] / s[()]),
        Definition(loss, (), -summation(t[k] * Call("log", p[k]), k)),
    )
    program = stabilised(Program((z, t), lines, (loss,)))
    assert str(program.definitions[-1]) == "L = -sum(k, t[k]*(z[k] - log(s)))"


def test_what_is_stable_already_stays_as_it_is() -> None:
    program = Network(NetworkSpec((2, 3, 2), ("tanh", "softmax"), "cross-entropy")).program
    assert stabilised(program) == program
