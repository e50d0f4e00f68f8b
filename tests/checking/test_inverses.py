"""Documents with inverses and determinants: claims that hold and, beside them, what people write instead."""

from __future__ import annotations

import numpy as np
import pytest

from chalkgrad.checking.document import check_text
from chalkgrad.checking.numbers_at_points import Numbers
from chalkgrad.checking.vectors import Vectors
from chalkgrad.language import Axis, Tensor, matrix_function, summation

# the function, by what, its derivative, and what is not its derivative
DOCUMENTS = [
    (r"\log\det X", "X", "X^{-T}", "X^{-1}"),
    (r"\log\det X", "X", r"(X^{-1})^\top", "X^T"),
    (r"\log |X|", "X", r"X^{-\top}", r"\frac{1}{|X|} X^{-\top}"),
    (r"\operatorname{logdet}(X)", "X", r"X^{-\mathsf{T}}", r"-X^{-\mathsf{T}}"),
    (r"\det X", "X", r"\det(X) X^{-T}", r"X^{-T}"),
    (r"|X|", "X", r"|X| X^{-\top}", r"|X| X^{-1}"),
    (r"\det(AXB)", "X", r"\det(AXB) X^{-\top}", r"\det(AXB) A^\top X^{-\top} B^\top"),
    (r"\log\det(X^\top X)", "X", r"2 X (X^\top X)^{-1}", r"X (X^\top X)^{-1}"),
    (r"\log\det(X^2)", "X", r"2 X^{-\top}", r"2 X^{-1} X^{-\top}"),
    (r"c^\top X^{-1} b", "X", r"-X^{-\top} c b^\top X^{-\top}", r"X^{-\top} c b^\top X^{-\top}"),
    (r"\operatorname{tr}(X^{-1} A)", "X", r"-(X^{-1} A X^{-1})^\top", r"-X^{-1} A X^{-1}"),
    (r"\operatorname{tr}(X^{-1})", "X", r"-(X^{-2})^\top", r"-X^{-2}"),
    (r"\operatorname{tr}((X + A)^{-1})", "X", r"-((X + A)^{-1}(X + A)^{-1})^\top", r"-(X^{-1} + A^{-1})^\top"),
    (r"b^\top (X^\top X)^{-1} b", "b", r"2 (X^\top X)^{-1} b", r"2 X^{-1} X^{-\top} X b"),
    (r"\operatorname{tr}(A X^3)", "X", r"(X^2 A + X A X + A X^2)^\top", r"3 (A X^2)^\top"),
]


def verdicts(text: str) -> list[str]:
    return [claim.verdict for claim in check_text(text).claims if claim.verdict != "definition"]


@pytest.mark.parametrize(
    ("function", "by", "right", "wrong"), DOCUMENTS, ids=[f"{row[0]} {row[2]}" for row in DOCUMENTS]
)
def test_claims_about_inverses_and_determinants(function: str, by: str, right: str, wrong: str) -> None:
    claims = "\n\n".join(rf"$$\frac{{\partial f}}{{\partial {by}}} = {side}$$" for side in (right, wrong))
    assert verdicts(f"$$f = {function}$$\n\n{claims}") == ["right", "wrong"]


def test_the_normal_equations() -> None:
    """The inverse in a definition, and its use in a claim about another quantity."""
    text = r"""
Let $A \in \mathbb{R}^{m \times d}$ and $b \in \mathbb{R}^m$.
With $w = (A^\top A)^{-1} A^\top b$ and $f = c^\top w$ we have

$$\frac{\partial f}{\partial b} = A (A^\top A)^{-1} c$$

$$\frac{\partial f}{\partial c} = A^{-1} b$$
"""
    first, second = verdicts(text)
    assert first == "right"
    assert second != "right"


def test_bars_around_a_vector_are_no_determinant() -> None:
    text = "$$f = \\sum_i |x_i|$$\n\n$$\\frac{\\partial f}{\\partial x_i} = \\operatorname{sign}(x_i)$$"
    assert verdicts(text) == ["right"]


i, j, k, n = Axis("i", "d"), Axis("j", "d"), Axis("k", "d"), Axis("n", "n")
B, a = Tensor("B", (n, i, j)), Tensor("a", (n,))


@pytest.mark.parametrize("function", ["inverse", "determinant", "log_determinant"])
def test_many_points_at_once_agree_with_central_differences(function: str) -> None:
    """A matrix for each n, moved by the entries of another: its slopes are those of the function."""
    generator = np.random.default_rng(5)
    value = generator.normal(size=(2, 3, 3, 1, 4)) + 2 * np.eye(3)[None, :, :, None, None]
    slope = generator.normal(size=(2, 3, 3, 5, 4))
    places = (i, j) if function == "inverse" else ()
    node = a[n] * matrix_function(function, summation(B[n, k, i] * B[n, k, j], k) + B[n, i, j], i, j, places)
    weights = Numbers(generator.normal(size=(2, 1, 4)))

    def at(step: float) -> np.ndarray:
        moved = Numbers(value + step * slope)
        return Vectors({"d": 3, "n": 2}, {B: moved, a: weights}).of(node).value

    found = Vectors({"d": 3, "n": 2}, {B: Numbers(value, slope), a: weights}).of(node)
    assert found.slope is not None
    np.testing.assert_allclose(found.slope, (at(1e-6) - at(-1e-6)) / 2e-6, rtol=1e-6, atol=1e-6)


def test_a_singular_matrix_among_many_is_not_defined() -> None:
    X = Tensor("X", (i, j))
    value = np.stack([np.eye(2), np.ones((2, 2))], axis=-1)[:, :, None, :]
    vectors = Vectors({"d": 2}, {X: Numbers(value)})
    found = vectors.at(matrix_function("inverse", X[i, j], i, j, (i, j)), (i, j))
    np.testing.assert_array_equal(found[..., 0], np.eye(2))
    assert np.isnan(found[..., 1]).all()
