"""Formulas of vectors and matrices as text, LaTeX and indices: what is read, what is declared, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from chalkgrad.board.derivation import derive
from chalkgrad.errors import EvaluationError, ReadingError, UnknownNameError
from chalkgrad.reading.formulas import read_formula
from chalkgrad.reading.matrix_text import is_matrix_text


def gradient(text: str, wrt: str, **kinds: str) -> str:
    return derive(text, wrt=wrt, kinds=kinds or None)[wrt].unicode(form="matrix", closed=True).partition(" = ")[2]


SAME = [  # a formula as text, and the same in LaTeX
    ("x'*A*x", r"x^\top A x", "x"),
    ("x'*A*x", "x^T A x", "x"),
    ("logdet(X)", r"\log\det X", "X"),
    ("logdet(X)", r"\log|X|", "X"),
    ("a'*inv(X)*b", r"a^\top X^{-1} b", "X"),
    ("a'*inv(X)'*b", r"a^\top X^{-\top} b", "X"),
    ("norm2(X*w-y)^2", r"\|Xw-y\|_2^2", "w"),
    ("norm2(X*w-y)^2/2 + c/2*norm2(w)^2", r"\frac{1}{2}\|Xw-y\|^2 + \frac{c}{2}\|w\|^2", "w"),
    ("tr(X'*A*X)", r"\operatorname{tr}(X^\top A X)", "X"),
    ("normF(X)^2", r"\|X\|_F^2", "X"),
    ("sum(a.*x)", r"\mathbf{1}^\top (a \odot x)", "x"),
    ("exp(-(x-m)'*inv(S)*(x-m)/2)", r"\exp\left(-\frac{1}{2}(x-m)^\top S^{-1}(x-m)\right)", "x"),
]


@pytest.mark.parametrize(("text", "latex", "wrt"), SAME, ids=[f"{row[1]} by {row[2]}" for row in SAME])
def test_latex_and_text_give_the_same(text: str, latex: str, wrt: str) -> None:
    assert gradient(latex, wrt) == gradient(text, wrt)


def test_kinds_follow_from_use() -> None:
    ranks = {tensor.name: len(tensor.axes) for tensor in read_formula("norm2(A*x-b)^2 + c*norm1(x)").program.declared}
    assert ranks == {"A": 2, "x": 1, "b": 1, "c": 0}
    ranks = {tensor.name: len(tensor.axes) for tensor in read_formula(r"\alpha x^\top y + \lambda").program.declared}
    assert ranks == {"alpha": 0, "x": 1, "y": 1, "lambda": 0}


def test_two_letters_for_one_axis_are_one_size() -> None:
    (x, A) = read_formula("x'*A*x").program.declared
    assert A.shape == (*x.shape, *x.shape)
    by_index = derive("sum(i, sum(j, x[i]*A[i,j]*x[j]))", wrt="x")
    assert by_index["x"].unicode(form="matrix") == "∂L/∂x = (A + Aᵀ)x"
    values = {"x": [1.0, 2.0], "A": [[1.0, 5.0], [0.0, 3.0]]}
    np.testing.assert_allclose(by_index.evaluate(**values)["x"], [12, 17])


def test_sizes_have_letters_of_their_own() -> None:
    written = derive("sum(i, (x[i]+b)^2)", wrt="b")["b"].latex()
    assert r"\sum_{i=1}^{m} x_i" in written
    assert "mb" in written
    assert derive("sum(i, x[i])/|i|", wrt="x")["x"].unicode() == "∂L/∂xᵢ = 1/m"


DECLARED = [  # the formula, by what, its kinds, the gradient with them and without
    ("x'*A*x", "x", {"A": "symmetric"}, "2Ax", "(A + Aᵀ)x"),
    ("logdet(X)", "X", {"X": "positive definite"}, "X⁻¹", "X⁻ᵀ"),
    ("(x-m)'*inv(S)*(x-m)/2", "x", {"S": "symmetric"}, "S⁻¹(x − m)", "½(S⁻¹ + S⁻ᵀ)(x − m)"),
    ("tr(A*X)", "X", {"A": "symmetric"}, "A", "Aᵀ"),
    ("a'*x", "x", {"a": "scalar", "x": "scalar"}, "a", "a"),
    ("sum(g.*Z)", "Z", {"g": "scalar", "Z": "vector"}, "g𝟏", "g𝟏𝟏ᵀ"),
]


@pytest.mark.parametrize(("text", "wrt", "kinds", "with_kinds", "without"), DECLARED, ids=[row[0] for row in DECLARED])
def test_declared_kinds_are_used(text: str, wrt: str, kinds: dict[str, str], with_kinds: str, without: str) -> None:
    assert gradient(text, wrt, **kinds) == with_kinds
    assert gradient(text, wrt) == without


def test_a_symmetric_gradient_has_the_numbers_of_the_other() -> None:
    values = {"x": [1.0, -2.0], "A": [[2.0, 0.5], [0.5, 3.0]]}
    plain, symmetric = derive("x'*A*x", wrt="x"), derive("x'*A*x", wrt="x", kinds={"A": "symmetric"})
    np.testing.assert_allclose(symmetric.evaluate(**values)["x"], plain.evaluate(**values)["x"], rtol=1e-14)


def test_a_value_that_is_not_symmetric_is_refused() -> None:
    with pytest.raises(EvaluationError, match="'A' was declared symmetric"):
        derive("x'*A*x", wrt="x", kinds={"A": "symmetric"}).evaluate(x=[1, 2], A=[[1, 2], [0, 1]])


def test_second_derivatives() -> None:
    values = {"x": [1.0, 2.0], "A": [[1.0, 5.0], [0.0, 3.0]]}
    hessian = derive("x'*A*x", wrt="x").hessian("x", "x")
    assert hessian.unicode(form="matrix").endswith(("= A + Aᵀ", "= Aᵀ + A"))
    np.testing.assert_allclose(hessian.evaluate(**values), [[2, 5], [5, 6]])


def test_the_result_may_be_a_vector() -> None:
    assert gradient("A*x + b", "x", x="vector") == "A"
    assert gradient("A*x + b", "b", x="vector") == "I"
    assert gradient("A*x + b", "b") == "1"  # nothing says that these are no numbers


REFUSED = [  # what does not fit, where that is told, and in which words
    ("norm2(A'*x*y)", {"A": "matrix", "x": "vector", "y": "vector"}, 11, "a column times a column"),
    ("x'*A", {"x": "vector", "A": "vector", "c": "vector"}, None, "no name 'c'"),
    ("a*b + tr(x)", {"a": "vector", "b": "vector", "x": "matrix"}, 2, "no product of matrices"),
    ("x.*A", {"x": "row", "A": "vector"}, 2, "a row and a column"),
    ("det(x*y')*z", {"x": "vector", "y": "scalar", "z": "scalar"}, 1, "no matrix"),
]


@pytest.mark.parametrize(("text", "kinds", "column", "said"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_does_not_fit_is_told_with_its_place(
    text: str, kinds: dict[str, str], column: int | None, said: str
) -> None:
    with pytest.raises((ReadingError, UnknownNameError)) as caught:
        derive(text, kinds=kinds)
    assert said in str(caught.value)
    if column is not None:
        assert f"column {column}:" in str(caught.value)


@pytest.mark.parametrize(("text", "said"), [
    ("x'*", "ends too early"), ("tr(X", "ends too early"), ("x'*?", "unexpected '?'"), ("foo(x)'*y", "'foo'"),
    ("vector(3)'*x", "only vector(0) and vector(1)"), (r"x^\top \frac{", ""), ("inv(x.*y)'*z", ""),
])  # fmt: skip
def test_what_cannot_be_read_is_told(text: str, said: str) -> None:
    with pytest.raises((ReadingError, UnknownNameError)) as caught:
        derive(text, kinds={"x": "vector"} if "inv" in text else None)
    assert said in str(caught.value)


def test_unknown_names_and_kinds() -> None:
    with pytest.raises(UnknownNameError, match="'z'"):
        derive("x'*A*x", wrt="z")
    with pytest.raises(UnknownNameError, match="'round'"):
        derive("x'*A*x", kinds={"A": "round"})


def test_text_of_numbers_and_of_indices_stays_what_it_was() -> None:
    assert not any(map(is_matrix_text, ("(1-x^3) + 100*(y^2-x)^2", "sum(i, x[i]^2)", "f'(x)", "sum(n, m, W[n,m])")))
    assert derive("(1-x^3) + 100*(y^2-x)^2", wrt="y")["y"].text() == "dL_dy = 400*(y^2 - x)*y"


def test_matrix_text_goes_from_left_to_right() -> None:
    assert gradient("sum(a./b.*x)", "x") == gradient("sum((a./b).*x)", "x")
    assert gradient("c/2*x'*x", "x") == "cx"
    assert gradient("sum(X*a.*b)", "a") == "Xᵀb"
    assert gradient("sum(-x.^2)", "x") == "−2x"


UNDEFINED = [  # a formula, by what, values at which it has none, and what is told
    ("log(x)", "x", {"x": -1.0}, r"in L = log\(x\): log\(-1\) is not defined; log needs positive numbers"),
    ("sum(i, log(x[i]))", "x", {"x": [1.0, -2.0]}, r"log\(-2\) is not defined.*, where i is 1"),
    ("sum(i, sum(j, 1/X[i,j]))", "X", {"X": [[1.0, 2.0], [0.0, 1.0]]}, "division by zero.* j is 0, where i is 1"),
    ("sqrt(x)*y", "y", {"x": -4.0, "y": 1.0}, "sqrt needs numbers that are not negative"),
    ("a'*inv(X)*a", "X", {"a": [1.0, 2.0], "X": [[1.0, 2.0], [2.0, 4.0]]}, "singular"),
    ("logdet(X)", "X", {"X": [[1.0, 2.0], [2.0, 4.0]]}, "singular"),
]


@pytest.mark.parametrize(("text", "wrt", "values", "told"), UNDEFINED, ids=[row[0] for row in UNDEFINED])
def test_where_a_formula_is_not_defined_is_told(text: str, wrt: str, values: dict[str, object], told: str) -> None:
    with pytest.raises(EvaluationError, match=told):
        derive(text, wrt=wrt).evaluate(**values)


def test_what_is_gated_or_too_large_is_no_error() -> None:
    assert derive("[x > 0]*log(x)", wrt="x").evaluate(x=-1.0)["x"] == 0
    assert derive("exp(x)", wrt="x").evaluate(x=1000.0)["x"] == np.inf
