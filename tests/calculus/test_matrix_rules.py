"""Gradients of inverses and determinants against complex steps in NumPy, and what cancels with an inverse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from chalkgrad.calculus import derive
from chalkgrad.calculus.matrix_rules import INVERSE, OF_PRODUCT, with_inverses_cancelled
from chalkgrad.engines.numpy import compile_numpy, numpy_source
from chalkgrad.errors import EvaluationError
from chalkgrad.language import (
    Axis,
    Definition,
    Expression,
    Program,
    Role,
    Tensor,
    call,
    delta,
    matrix_function,
    same,
    summation,
)

i, j, k, m = (Axis(name, "d") for name in "ijkm")
X = Tensor("X", (i, j), Role.PARAMETER)
A, a, b = Tensor("A", (i, j), Role.INPUT), Tensor("a", (i,), Role.INPUT), Tensor("b", (i,), Role.INPUT)
GRAM = summation(X[k, i] * X[k, j], k)
AX = summation(A[i, k] * X[k, j], k)


def inverse(body: Expression, row: Axis, column: Axis) -> Expression:
    return matrix_function("inverse", body, i, j, (row, column))


def of(function: str, body: Expression) -> Expression:
    return matrix_function(function, body, i, j)


inv, det = np.linalg.inv, np.linalg.det
# the function in our language, and in NumPy as one of complex numbers
FUNCTIONS: dict[str, tuple[Expression, Callable[..., complex]]] = {
    "aᵀX⁻¹b": (summation(a[i] * inverse(X[i, j], i, j) * b[j], i, j), lambda X, A, a, b: a @ inv(X) @ b),
    "tr(X⁻¹A)": (summation(inverse(X[i, j], i, j) * A[j, i], i, j), lambda X, A, a, b: np.trace(inv(X) @ A)),
    "det X": (of("det", X[i, j]), lambda X, A, a, b: det(X)),
    "log det X": (of("logdet", X[i, j]), lambda X, A, a, b: np.log(det(X))),
    "log det XᵀX": (of("logdet", GRAM), lambda X, A, a, b: np.log(det(X.T @ X))),
    "log det AX": (of("logdet", AX), lambda X, A, a, b: np.log(det(A @ X))),
    "det(AX)²": (of("det", AX) ** 2, lambda X, A, a, b: det(A @ X) ** 2),
    "tr (X + diag a)⁻¹": (
        summation(inverse(X[i, j] + a[i] * delta(i, j), k, k), k), lambda X, A, a, b: np.trace(inv(X + np.diag(a))),
    ),
    "aᵀ(XᵀX + A)⁻¹b": (
        summation(a[i] * inverse(GRAM + A[i, j], i, j) * b[j], i, j), lambda X, A, a, b: a @ inv(X.T @ X + A) @ b,
    ),
    "exp of an entry": (call("exp", inverse(X[i, j], i, j)), lambda X, A, a, b: np.exp(inv(X)[0, 1])),
    "inverse inside a determinant": (
        of("det", A[i, j] + inverse(X[i, j], i, j)), lambda X, A, a, b: det(A + inv(X)),
    ),
}  # fmt: skip


def values(seed: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    return {
        "X": generator.uniform(-1, 1, (3, 3)) + 2 * np.eye(3), "A": generator.uniform(-1, 1, (3, 3)) + 2 * np.eye(3),
        "a": generator.uniform(-1, 1, 3), "b": generator.uniform(-1, 1, 3),
    }  # fmt: skip


def program_of(expression: Expression) -> Program:
    result = Tensor("f")
    if expression.free:
        from chalkgrad.language import substitute_axes

        expression = substitute_axes(expression, {i: 0, j: 1})
    return Program((X, A, a, b), (Definition(result, (), expression),), (result,))


def by_complex_steps(function: Callable[..., complex], given: dict[str, np.ndarray]) -> np.ndarray:
    gradient = np.zeros((3, 3))
    for place in np.ndindex(3, 3):
        moved = given["X"].astype(complex)
        moved[place] += 1e-30j
        gradient[place] = (function(**{**given, "X": moved}) / 1e-30).imag
    return gradient


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_agree_with_complex_steps(name: str) -> None:
    expression, function = FUNCTIONS[name]
    derivation = derive(program_of(expression), ["X"])
    for seed in range(3):
        given = values(seed)
        expected = by_complex_steps(function, given)
        reference = np.array(derivation.evaluate(given)["X"].nested())
        np.testing.assert_allclose(reference, expected, rtol=1e-9, atol=1e-11)
        computed = compile_numpy(derivation.program)(**given)["df_dX"]
        np.testing.assert_allclose(computed, expected, rtol=1e-9, atol=1e-11)


def test_a_second_derivative() -> None:
    """∂²log det X / ∂X_ij ∂X_kl = -X⁻¹_jk X⁻¹_li."""
    once = derive(program_of(of("logdet", X[i, j])), ["X"])
    twice = derive(once.program, ["X"], of="df_dX")
    given = values(1)
    inverted = inv(given["X"])
    found = np.array(twice.evaluate(given)["X"].nested())
    np.testing.assert_allclose(found, -np.einsum("jk,li->ijkl", inverted, inverted), rtol=1e-9, atol=1e-12)


# a product with an inverse, what it comes to, the rule
CANCELLED = [
    (summation(inverse(X[i, j], i, k) * X[k, j], k), delta(i, j), INVERSE),
    (summation(X[i, k] * inverse(X[i, j], k, j), k), delta(i, j), INVERSE),
    (summation(b[m] * inverse(X[i, j], i, k) * X[k, m], m, k), b[i], INVERSE),
    (summation(inverse(GRAM, i, m) * summation(X[k, m] * X[k, j], k), m), delta(i, j), INVERSE),
    (summation(inverse(AX, i, k) * A[k, j], k), inverse(X[i, j], i, j), OF_PRODUCT),
]
KEPT = [
    summation(inverse(X[i, j], i, k) * X[j, k], k),  # X⁻¹Xᵀ
    summation(inverse(X[i, j], k, i) * X[k, j], k),  # X⁻ᵀX
    summation(inverse(X[i, j], i, k) * A[k, j], k),
    summation(inverse(X[i, j], i, k) * X[k, j] * a[k], k),  # X⁻¹ diag(a) X
    summation(inverse(AX, i, k) * X[k, j], k),  # the wrong end of the product
]


@pytest.mark.parametrize(("written", "expected", "rule"), CANCELLED)
def test_what_cancels_with_an_inverse(written: Expression, expected: Expression, rule: str) -> None:
    found, used = with_inverses_cancelled(written)
    assert same(found, expected) or same(_summed(found), expected)
    assert rule in used


def _summed(expression: Expression) -> Expression:
    from chalkgrad.calculus import resummed

    return resummed(expression)


@pytest.mark.parametrize("written", KEPT)
def test_what_does_not(written: Expression) -> None:
    assert with_inverses_cancelled(written) == (written, "")


def test_an_inverse_is_computed_once_and_a_singular_one_told() -> None:
    derivation = derive(program_of(FUNCTIONS["aᵀX⁻¹b"][0]), ["X"])
    assert numpy_source(derivation.program).count("np.linalg.inv") == 1
    with pytest.raises(EvaluationError, match="singular"):
        compile_numpy(derivation.program)(**{**values(0), "X": np.ones((3, 3))})
