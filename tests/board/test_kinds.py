"""Matrices declared to be of a kind: used in the result, checked in the values."""

from __future__ import annotations

import numpy as np
import pytest

from chalkgrad.board.derivation import derive
from chalkgrad.errors import EvaluationError
from numpy_of_text import gradient_of

MAKE = {
    "diagonal": lambda value: np.diag(np.diag(value)),
    "lower triangular": np.tril,
    "triangular": np.tril,
    "upper triangular": np.triu,
    "orthogonal": lambda value: np.linalg.qr(value)[0],
    "symmetric": lambda value: value + value.T,
    "positive definite": lambda value: value @ value.T,
}
ENTRIES = {"diagonal": lambda value: np.diag(np.diag(value)), "triangular": np.tril, "upper triangular": np.triu}

TABLE = [  # the formula, by what, the kinds, the gradient
    ("x'*A*x", "x", {"A": "diagonal"}, "2(x ⊙ diag(A))"),
    ("x'*A*x", "A", {"A": "diagonal"}, "diag(x ⊙ x)"),
    ("x'*inv(D)*y", "x", {"D": "diagonal"}, "y/diag(D)"),
    ("logdet(D)", "D", {"D": "diagonal"}, "diag(1/diag(D))"),
    ("norm2(Q*x)^2", "x", {"Q": "orthogonal"}, "2x"),
    ("norm2(Q'*x)", "x", {"Q": "orthogonal"}, "x/L"),
    ("x'*inv(Q)*y", "x", {"Q": "orthogonal"}, "Qᵀy"),
    ("tr(Q'*A*Q)", "A", {"Q": "orthogonal"}, "I"),
    ("normF(Q*X)^2", "X", {"Q": "orthogonal"}, "2X"),
    ("logdet(U)", "U", {"U": "upper triangular"}, "diag(1/diag(U))"),
    ("norm2(B*x)^2", "B", {"B": "triangular"}, "tril(2Bxxᵀ)"),
    ("norm2(B*x)^2", "x", {"B": "triangular"}, "2BᵀBx"),
    ("x'*inv(U)*y", "U", {"U": "upper triangular"}, "triu(−U⁻ᵀxyᵀU⁻ᵀ)"),
    ("logdet(S) + x'*inv(S)*x", "S", {"S": "positive definite"}, "S⁻¹ − S⁻¹xxᵀS⁻¹"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrt", "kinds", "expected"), TABLE, ids=[f"{r[0]} by {r[1]}, {r[2]}" for r in TABLE])
def test_a_kind_is_used(text: str, wrt: str, kinds: dict[str, str], expected: str) -> None:
    derivation = derive(text, wrt=wrt, kinds=kinds)
    assert derivation[wrt].unicode(form="matrix", closed=True).partition(" = ")[2] == expected
    generator = np.random.default_rng(7)
    values = {
        tensor.name: generator.uniform(0.3, 1.5, (3,) * len(tensor.axes))
        for tensor in derivation.derivation.source.declared
    }
    values |= {name: MAKE[kind](values[name] + 2 * np.eye(3)) for name, kind in kinds.items()}
    by_entries = gradient_of(text, values, wrt, 3)
    free = ENTRIES.get(kinds.get(wrt, ""), lambda value: value)
    np.testing.assert_allclose(derivation.evaluate(**values)[wrt], free(by_entries), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", sorted(set(MAKE) - {"triangular"}))
def test_a_value_that_is_not_of_its_kind_is_refused(kind: str) -> None:
    derivation = derive("x'*A*x", wrt="x", kinds={"A": kind})
    fitting = MAKE[kind](np.array([[2.0, 0.5], [0.3, 3.0]]))
    derivation.evaluate(x=[1.0, 2.0], A=fitting)
    with pytest.raises(EvaluationError, match=f"'A' was declared {kind}"):
        derivation.evaluate(x=[1.0, 2.0], A=[[1.0, 2.0], [3.0, 5.0]])
