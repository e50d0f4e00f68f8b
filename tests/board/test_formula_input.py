"""What people type for a formula, each way of writing it read as what it means, or refused: never as something else."""

from __future__ import annotations

import numpy as np
import pytest

from chalkgrad.board.derivation import derive
from chalkgrad.errors import ReadingError, UnknownNameError

READ = [  # what is typed, by what, what it is, its gradient
    ("x^Tx", "x", "L = ‖x‖²", "2x"),
    ("x^T*A*x", "x", "L = xᵀAx", "(A + Aᵀ)x"),
    ("x^TAx + b^Tx", "x", "L = (xᵀA + bᵀ)x", "(A + Aᵀ)x + b"),
    (r"\sum_{i=1}^n (y_i - w^\top x_i)^2", "w", "L = ‖y − Xw‖²", "2Xᵀ(Xw − y)"),
    (r"\sum_{i} \log(1+e^{-y_i w^\top x_i})", "w", "L = 𝟏ᵀ log(1 + exp(−(y ⊙ Xw)))", "−Xᵀ(σ(−(y ⊙ Xw)) ⊙ y)"),
    (r"\sum_i x_i^2", "x", "L = ‖x‖²", "2x"),
    (r"\log\Phi(x)", "x", "L = log(Φ(x))", "φ(x)/Φ(x)"),
    ("sum(phi(x))", "x", "L = 𝟏ᵀ φ(x)", "−(x ⊙ φ(x))"),
    ("max(x)", "x", "L = maxᵢ xᵢ", "1/(𝟏ᵀ𝟏[x = L])𝟏[x = L]"),
    ("sum(max(x.*y, 0))", "x", "L = 𝟏ᵀ ReLU(x ⊙ y)", "𝟏[x ⊙ y > 0] ⊙ y"),
    ("x[i]*A[i,j]*x[j]", "x", "L = xᵀAᵀx", "(A + Aᵀ)x"),
    ("A[i,j]*x[j]", "x", "L = Ax", "A"),
    ("x[i]*y[i] + c", "x", "L = xᵀy + c", "y"),
]


@pytest.mark.parametrize(("text", "wrt", "whole", "expected"), READ, ids=[row[0] for row in READ])
def test_what_is_typed_is_read_as_it_is_meant(text: str, wrt: str, whole: str, expected: str) -> None:
    derivation = derive(text, wrt=wrt)
    assert derivation.write_result("matrix") == whole
    assert derivation[wrt].unicode(form="matrix", closed=True).partition(" = ")[2] == expected


@pytest.mark.parametrize("text", [r"\psi(x)", r"\log g(x)", r"x^\top h(y)"])
def test_a_function_that_nobody_defined_is_no_other(text: str) -> None:
    with pytest.raises((UnknownNameError, ReadingError)):
        derive(text)


def test_e_to_a_matrix_is_not_taken_entry_by_entry() -> None:
    assert derive(r"\mathbf{1}^\top e^{x}", wrt="x")["x"].unicode("matrix") == "∂L/∂x = exp(x)"
    with pytest.raises(ReadingError, match="e to a matrix"):
        derive(r"\operatorname{tr}(e^X)")


@pytest.mark.parametrize("text", ["x[i]^2", "x[i]/y[i]", "(x[i]-a[i])*(x[i]-a[i])"])
def test_an_index_that_could_be_summed_or_not_is_refused(text: str) -> None:
    with pytest.raises(ReadingError, match="neither summed nor fixed"):
        derive(text)


def test_letters_that_stand_twice_are_summed_over() -> None:
    x, A = np.array([1.0, 2.0]), np.array([[1.0, 5.0], [0.0, 3.0]])
    found = derive("x[i]*A[i,j]*x[j]", wrt="x").evaluate(x=x, A=A)["x"]
    np.testing.assert_allclose(found, (A + A.T) @ x)
