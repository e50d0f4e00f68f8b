"""Equations before a formula, recurrences among them, in text of matrices and in LaTeX: the same as with indices."""

from __future__ import annotations

import numpy as np
import pytest

import chalkgrad as cg
from chalkgrad.errors import ChalkgradError, ReadingError

RNN = "h[t,j] = tanh(U[j,k]*h[t-1,k] + V[j,i]*x[t,i] + b[j]); sum(t, sum(j, (h[t,j] - y[t,j])^2))"
LSTM = """c[t,j] = f[t,j]*c[t-1,j] + g[t,j]*tanh(U[j,k]*h[t-1,k])
h[t,j] = o[t,j]*tanh(c[t,j])
sum(t, sum(j, y[j]*h[t,j]))"""
LAYERS = "s[i] = sigmoid(W[i,j]*x[j] + b[i]); sum(k, (sum(i, V[k,i]*s[i]) - y[k])^2)"
SAME = [
    ("h[t] = tanh(U*h[t-1] + V*x[t] + b); sum(t, norm2(h[t]-y[t])^2)", RNN),
    (r"h_t = \tanh(U h_{t-1} + V x_t + b); \sum_t \|h_t - y_t\|^2", RNN),
    (r"h_t = \tanh(Uh_{t-1} + Vx_t + b) \\ L = \sum_{t=1}^T \|h_t - y_t\|_2^2", RNN),
    ("c[t] = f[t].*c[t-1] + g[t].*tanh(U*h[t-1])\nh[t] = o[t].*tanh(c[t])\nsum(t, y'*h[t])", LSTM),
    (r"c_t = f_t \odot c_{t-1} + g_t \odot \tanh(U h_{t-1}); h_t = o_t \odot \tanh(c_t); \sum_t y^\top h_t", LSTM),
    (r"h_t = w h_{t-1} + u x_t; \sum_t h_t^2", "h[t] = w*h[t-1] + u*x[t]; sum(t, h[t]^2)"),
    (r"s_t = \tanh(w s_{t+1} + x_t); \sum_t s_t^2", "s[t] = tanh(w*s[t+1] + x[t]); sum(t, s[t]^2)"),
    ("s = sigmoid(W*x + b); norm2(V*s - y)^2", LAYERS),
    (r"s = \sigma(Wx + b); \|Vs - y\|^2", LAYERS),
]


@pytest.mark.parametrize(("text", "with_indices"), SAME)
def test_gradients_are_those_of_the_equations_with_indices(text: str, with_indices: str) -> None:
    found, wanted = cg.derive(text), cg.derive(with_indices)
    assert {t.name for t in found.program.declared} >= {t.name for t in wanted.program.declared}
    random = np.random.default_rng(0)
    sizes: dict[int | str, int] = {}
    places = {t.name: [sizes.setdefault(size, 2 + len(sizes)) for size in t.shape] for t in wanted.program.declared}
    given = {name: random.normal(size=shape) for name, shape in places.items()}
    for name, gradient in wanted.evaluate(**given).items():
        np.testing.assert_allclose(found.evaluate(**given)[name], gradient, rtol=1e-12)


def test_letters_are_those_of_the_writer() -> None:
    gradient = cg.derive(r"h_t = \tanh(U h_{t-1} + V x_t); \sum_t \|h_t - y_t\|^2", wrt="U")["U"]
    assert gradient.where()[0] == "hₜᵢ = tanh(Σⱼ₌₁ᵈ Uᵢⱼhₜ₋₁,ⱼ + Σₖ₌₁ᵖ Vᵢₖxₜₖ)"
    assert gradient.unicode() == "∂L/∂Uᵢⱼ = Σₜ₌₁ᵐ ∂L/∂hₜᵢ · (1 − hₜᵢ²)hₜ₋₁,ⱼ"


@pytest.mark.parametrize(
    "text", [r"\sum_t (x_{t+1} - x_t)^2", r"\sum_t (x_t - x_{t+1})^2", "sum(t, norm2(x[t+1] - x[t])^2)"]
)
def test_a_sum_of_neighbours_ends_before_the_last(text: str) -> None:
    x = np.array([1.0, 2.0, 4.0]) if "norm2" not in text else np.array([[1.0], [2.0], [4.0]])
    assert cg.derive(text).evaluate(x=x)["x"].ravel().tolist() == [-2.0, -2.0, 4.0]


def test_each_sum_has_its_own_end() -> None:
    found = cg.derive(r"\sum_t (x_{t+1} - x_t)^2 + \sum_t x_t^2", wrt="x").evaluate(x=[1, 2, 4])["x"]
    assert found.tolist() == [0.0, 2.0, 12.0]
    one_longer = cg.derive(r"\sum_t (y_t - x_{t+1})^2", wrt="x")
    assert one_longer.evaluate(x=[1, 2, 4], y=[0, 0])["x"].tolist() == [0.0, 4.0, 8.0]


def test_what_is_in_a_norm_is_a_vector() -> None:
    gradient = cg.derive(r"\sum_t \|x_t - A x_{t-1}\|^2", wrt="A")
    given = np.random.default_rng(1).normal(size=(3, 2))
    matrix = np.array([[1.0, 2.0], [3.0, 4.0]])
    residuals = given - np.vstack([np.zeros(2), given[:-1]]) @ matrix.T
    np.testing.assert_allclose(
        gradient.evaluate(x=given, A=matrix)["A"], -2 * residuals.T @ np.vstack([np.zeros(2), given[:-1]])
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (r"\log\det X - \mathrm{foo}(X)", "line 1, column 22: there is no function 'foo'"),
        (r"\operatorname{tr}(X Y", "line 1, column 22: '(' is never closed"),
        (r"h_t = w h_{t-1} + k(x_t; \sum_t h_t^2", "line 1, column 24: '(' is never closed"),
        ("s = A*x\nnorm2(A'*s*x)^2", "line 2, column 11: a column times a column"),
        ("s[2] = W*x; norm2(s)^2", "line 1, column 3: in text of matrices an index is a letter"),
        ("sum(x[t], x[t]^2)'*tr(A)", "line 1, column 5: a sum goes over an index"),
    ],
)  # fmt: skip
def test_errors_point_into_the_text(text: str, place: str) -> None:
    with pytest.raises(ChalkgradError) as raised:
        cg.derive(text, kinds={"A": "matrix", "x": "vector"} if "s*x" in text else None)
    assert place in str(raised.value)


def test_a_recurrence_needs_a_direction() -> None:
    with pytest.raises(ReadingError, match="both before and after"):
        cg.derive(r"h_t = h_{t-1} h_{t+1} x_t; \sum_t h_t^2", wrt="x")
