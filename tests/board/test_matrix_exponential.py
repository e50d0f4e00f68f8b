"""The exponential of a matrix and its derivatives, against SciPy, mpmath and central differences."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import torch
from scipy.linalg import expm, expm_frechet

import chalkgrad as cg
from chalkgrad.errors import EvaluationError, ProgramError
from chalkgrad.language import (
    EXACT,
    Axis,
    Tensor,
    evaluate_expression,
    jacobian_by_dual_numbers,
    matrix_function,
    mpmath_arithmetic,
)
from chalkgrad.language.algebra import ZERO

I, J = Axis("i", 3), Axis("j", 3)
X = Tensor("X", (I, J))
ROWS = [[0.3, -1.0, 2.0], [0.5, 0.1, -0.7], [1.5, 0.2, -0.4]]

# the formula, its gradient by A
TABLE = [
    ("tr(expm(A))", "expm(A)ᵀ"),
    ("v'*expm(A)*w", "Dexpm(Aᵀ)[vwᵀ]"),
    ("norm2(expm(A)*w)^2", "2 Dexpm(Aᵀ)[expm(A)wwᵀ]"),
    ("tr(B*expm(2*A)*B')", "2 Dexpm(2Aᵀ)[BᵀB]"),
    ("logdet(expm(A))", "I"),
    ("det(expm(A))", "LI"),
    ("v'*inv(expm(A))*w", "−Dexpm(−Aᵀ)[vwᵀ]"),
    ("tr(expm(A*B))", "expm(AB)ᵀBᵀ"),
]


def values(*names: str) -> dict[str, np.ndarray]:
    random = np.random.default_rng(4)
    every = {name: random.normal(size=(3, 3) if name in "AB" else 3) for name in "ABvw"}
    return {name: every[name] for name in names}


@pytest.mark.parametrize(("text", "written"), TABLE)
def test_gradients(text: str, written: str) -> None:
    derived = cg.derive(text, wrt="A")
    assert derived["A"].unicode("matrix") == f"∂L/∂A = {written}"
    given = values(*(tensor.name for tensor in derived.program.declared))
    found = derived.evaluate(**given)["A"]
    rows = {name: value.tolist() for name, value in given.items()}
    want = jacobian_by_dual_numbers(derived.derivation.source, rows, "A").numbers
    np.testing.assert_allclose(found.ravel(), want, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(cg.compile(derived)(**given)[1], found, rtol=1e-12, atol=1e-13)
    order = [tensor.name for tensor in derived.program.declared]
    for to, array in (("numpy", np.asarray), ("torch", torch.tensor)):
        module: dict[str, object] = {}
        exec(derived.code(to), module)
        gradient = module["value_and_gradient"](*(array(given[name]) for name in order))[1]  # type: ignore[operator]
        np.testing.assert_allclose(np.asarray(gradient), found, rtol=1e-10, atol=1e-12)


def test_numbers_are_those_of_scipy_and_mpmath() -> None:
    a = np.array(ROWS)
    value = [evaluate_expression(matrix_function("expm", X[I, J], I, J, (r, c)), {"X": ROWS}) for r in range(3)
             for c in range(3)]  # fmt: skip
    np.testing.assert_allclose(value, expm(a).ravel(), rtol=1e-13)
    with mpmath.workdps(40):
        want = mpmath.expm(mpmath.matrix([[mpmath.mpf(str(n)) for n in row] for row in ROWS]))
        exactly = [[str(n) for n in row] for row in ROWS]
        entry = matrix_function("expm", X[I, J], I, J, (1, 2))
        assert (
            abs(evaluate_expression(entry, {"X": exactly}, mpmath_arithmetic(40)) - want[1, 2]) < mpmath.mpf(10) ** -35
        )


def test_the_derivative_is_frechets() -> None:
    direction = np.random.default_rng(0).normal(size=(3, 3))
    found = cg.derive("v'*expm(A)*w", wrt="A", order="jvp", along="E")
    given = {"A": np.array(ROWS), "v": np.eye(3)[1], "w": np.eye(3)[2]}
    slope = expm_frechet(np.array(ROWS), direction, compute_expm=False)[1, 2]
    assert found.evaluate(**given, E=direction)["A"] == pytest.approx(slope)


def test_what_is_known_at_once() -> None:
    assert str(matrix_function("expm", ZERO, I, J, (I, J))) == "delta(i, j)"
    d = Tensor("d", (I,))
    from chalkgrad.language import delta

    assert str(matrix_function("expm", d[I] * delta(I, J), I, J, (I, J))) == "exp(d[i])*delta(i, j)"
    assert str(matrix_function("expm", X[J, I], I, J, (I, J))) == "exponential(j, i, X[j,i])[j,i]"
    symmetric = cg.derive("tr(expm(S))", wrt="S", kinds={"S": "symmetric"})
    assert symmetric["S"].unicode("matrix") == "∂L/∂S = expm(S)"


def test_what_it_cannot_do_is_told() -> None:
    with pytest.raises(ProgramError, match="second derivative of a matrix exponential"):
        cg.derive("v'*expm(A)*w", wrt="A", order="hessian")
    with pytest.raises(ProgramError, match="C code has no exponential of a matrix"):
        cg.derive("tr(expm(A))", wrt="A").code("c")
    with pytest.raises(EvaluationError, match="exact"):
        evaluate_expression(matrix_function("expm", X[I, J], I, J, (0, 0)), {"X": [[1, 2, 3]] * 3}, EXACT)


def test_in_python_and_in_index_text() -> None:
    a = cg.tensor("A", "n n")
    assert cg.derive(cg.trace(cg.expm(a)), wrt=a)["A"].unicode("matrix") == "∂L/∂A = expm(A)ᵀ"
    derived = cg.derive("sum(j, expm(i, j, A[i,j])[j,j])", wrt="A")
    np.testing.assert_allclose(derived.evaluate(A=ROWS)["A"], expm(np.array(ROWS)).T, rtol=1e-12)
    latex = cg.derive(r"\operatorname{tr}(\operatorname{expm}(A))", wrt="A")["A"]
    assert latex.latex("matrix") == r"\frac{\partial L}{\partial A} = \operatorname{expm}(A)^\top"
