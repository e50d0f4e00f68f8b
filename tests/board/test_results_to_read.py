"""What is printed beside a result: how it is computed and why, names of parts, fractions, where errors lie."""

from __future__ import annotations

import numpy as np
import pytest

import chalkgrad as cg
from chalkgrad.errors import EvaluationError, UnknownNameError


@pytest.mark.parametrize(
    ("text", "wrt", "computed", "why"),
    [
        ("sum(log(1+exp(X*w)))", "w", "L = 𝟏ᵀ softplus(Xw)", "the exponential overflows"),
        ("log(sigmoid(a'*x))", "x", "L = −softplus(−aᵀx)", "σ(a) underflows"),
        ("sum(log(1+x))", "x", "L = 𝟏ᵀ log1p(x)", "rounds the digits"),
        ("sum(exp(x)-1)", "x", "L = 𝟏ᵀ expm1(x)", "the difference cancels"),
        ("log(sum(exp(x)))", "x", "L = maxᵢ xᵢ + log(Σᵢ₌₁ᵐ exp(xᵢ − maxᵢ xᵢ))", "the greatest is taken off"),
        ("log(sigmoid(a'*x))", "x", "∂L/∂x = σ(−aᵀx)a", "the difference cancels where σ(a) is close to 1"),
    ],
)
def test_what_is_computed_is_a_step_with_its_reason(text: str, wrt: str, computed: str, why: str) -> None:
    gradient = cg.derive(text, wrt=wrt)[wrt]
    worked = gradient.worked("matrix")
    place = worked.index(f"\n  {computed}")
    assert why in worked[:place].rpartition("Computed as")[2]
    assert any(why in rule for rule, _, _ in gradient.lines("unicode", "matrix"))


def test_the_logistic_function_written_out_is_one() -> None:
    derived = cg.derive("1/(1+exp(-x))", wrt="x")
    assert derived["x"].where("matrix") == ["L = σ(x)"]
    assert derived["x"].unicode("matrix") == "∂L/∂x = L(1 − L)"


def test_a_network_keeps_its_steps() -> None:
    gradient = cg.derive(cg.network("2-3-1 relu sigmoid bce"))["W2"]
    assert "Computed as" not in gradient.worked()


def test_a_long_part_that_occurs_several_times_has_a_name_that_runs() -> None:
    derived = cg.derive("norm2(V*sigmoid(W*x+b)-y)^2", wrt="W")
    gradient = derived["W"]
    assert gradient.where("matrix") == ["s = σ(Wx + b)"]
    assert gradient.unicode("matrix") == "∂L/∂W = 2(s ⊙ (1 − s) ⊙ Vᵀ(Vs − y))xᵀ"
    random = np.random.default_rng(0)
    given = {
        name: random.normal(size=size) for name, size in {"V": (2, 3), "W": (3, 4), "x": 4, "b": 3, "y": 2}.items()
    }
    s = 1 / (1 + np.exp(-(given["W"] @ given["x"] + given["b"])))
    want = np.outer(2 * s * (1 - s) * (given["V"].T @ (given["V"] @ s - given["y"])), given["x"])
    np.testing.assert_allclose(derived.evaluate(**given)["W"], want, rtol=1e-12)
    np.testing.assert_allclose(cg.compile(derived)(**given)[1], want, rtol=1e-12)
    assert "        s = σ(Wx + b)" in derived.code()
    assert cg.derive("norm2(V*sigmoid(W*x+b)-y)^2", wrt="x", order="hvp").evaluate(**given, v=given["x"])[
        "x"
    ].shape == (4,)


def test_a_named_matrix_that_is_symmetric_is() -> None:
    gradient = cg.derive("c'*inv(A*A'+B)*c", wrt="A", kinds={"B": "symmetric"})["A"]
    assert "ᵀ)" not in "".join(gradient.where("matrix")[:1]).removeprefix("S = (AAᵀ + B)")
    assert "Sᵀ" not in gradient.unicode("matrix")


@pytest.mark.parametrize(
    ("text", "wrt", "written"),
    [
        ("norm2(x-a)*norm2(x-b)", "x", "‖x − b‖(x − a)/‖x − a‖ + ‖x − a‖(x − b)/‖x − b‖"),
        ("(a'*x)/(norm2(a)*norm2(x))", "x", "a/(‖a‖‖x‖) − Lx/‖x‖²"),
        ("tr(X*A*X'*B*X*C)", "X", "BXCXA + (BXC)ᵀXAᵀ + (CXAXᵀB)ᵀ"),
        ("log(sum(exp(X*w)))", "w", "Xᵀ softmax(Xw)"),
    ],
)
def test_how_it_reads(text: str, wrt: str, written: str) -> None:
    assert cg.derive(text, wrt=wrt)[wrt].unicode("matrix") == f"∂L/∂{wrt} = {written}"


def test_derivatives_on_the_way_have_their_equations() -> None:
    gradient = cg.derive("sum(softmax(A*x).*log(softmax(A*x)))", wrt="x")["x"]
    assert gradient.where("matrix") == ["p = softmax(Ax)", "∂L/∂p = log(p) + 1"]


def test_errors_say_where() -> None:
    with pytest.raises(
        UnknownNameError, match=r"(?s)line 1, column 10: there is no function 'foo'.*\n  x'\*A\*x \+ foo"
    ):
        cg.derive("x'*A*x + foo(x)", wrt="x")
    with pytest.raises(UnknownNameError, match="line 1, column 8: there is no function 'foo'"):
        cg.derive("h[t] = foo(w*h[t-1]); sum(t, h[t])")
    with pytest.raises(EvaluationError, match=r"in L = .*: a matrix that is singular has no inverse"):
        cg.derive("tr(inv(A)*B)", wrt="A").evaluate(A=[[1, 2], [2, 4]], B=np.eye(2))
    with pytest.raises(EvaluationError, match=r"in h\[t\] = .* at \[1\]: log\(-"):
        cg.derive("h[t] = log(h[t-1] + x[t]); sum(t, h[t])", wrt="x").evaluate(x=[2, -3])
