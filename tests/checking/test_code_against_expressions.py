"""Code beside an expression of arrays, as `derive` takes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.checking.code import check_code
from chalkgrad.errors import ChalkgradError

TEXT = """
import numpy as np
def least_squares(A, x, b):
    return 2 * A.T @ (A @ x - b)
def as_columns(A, x, b):
    assert x.shape == (A.shape[1], 1)
    r = A @ x - b
    return 2 * A.T @ r, -2 * r
def quadratic(u, M):
    return {"dM": np.outer(u, u), "du": (M + M.T) @ u}
def log_determinant(X):
    return np.linalg.inv(X).T
def logistic(w, X, t):
    m = -t * (X @ w)
    return np.log1p(np.exp(m)).sum(), -X.T @ (t / (1 + np.exp(-m)))
def softmax_backward(x, dout):
    p = np.exp(x - x.max())
    p /= p.sum()
    return p * (dout - (dout * p).sum())
def distance(x, a):
    return 2 * (x - a)
"""
LOGISTIC = "sum(i, log(1+exp(-t[i]*sum(j, X[i,j]*w[j]))))"
# The function, what it is the gradient of, by what, a slip, and those that are wrong with it.
CASES = [
    ("least_squares", "norm2(A*x-b)^2", "x", ("2 * A.T @ (A", "A.T @ (A"), {"x": ["factor_of_two"]}),
    ("as_columns", "norm2(A*x-b)^2", "xb", ("-2 * r", "2 * r"), {"b": ["sign_flipped"]}),
    ("quadratic", "u'*M*u", "Mu", ("(M + M.T)", "2 * M"), {"u": []}),
    ("log_determinant", r"\log\det X", "X", ("inv(X).T", "inv(X)"), {"X": ["transposed"]}),
    ("logistic", LOGISTIC, "w", ("-X.T @ (t", "X.T @ (t"), {"w": ["sign_flipped"]}),
    ("softmax_backward", "softmax(x)", "x", ("p * (dout - (dout * p).sum())", "p * (1 - p) * dout"), {"x": []}),
    ("distance", "sum(i, (x[i]-a[i])^2)", "x", ("2 * (x - a)", "2 * (a - x)"), {"x": ["sign_flipped"]}),
]  # fmt: skip


@pytest.mark.parametrize(("function", "expression", "by", "slip", "wrong"), CASES, ids=[case[0] for case in CASES])
def test_what_is_returned_is_compared(
    tmp_path: Path, function: str, expression: str, by: str, slip: tuple[str, str], wrong: dict[str, list[str]]
) -> None:
    file = tmp_path / "code.py"
    file.write_text(TEXT)
    checked = check_code(file, function, expression)
    assert {block.name: block.verdict for block in checked.blocks} == dict.fromkeys(by, "right")
    assert TEXT.count(slip[0]) == 1
    file.write_text(TEXT.replace(*slip))
    found = [block for block in check_code(file, function, expression).blocks if block.verdict != "right"]
    assert {block.name: [each.kind for each in block.slips] for block in found} == wrong
    assert {block.verdict for block in found} == {"wrong"}


@pytest.mark.parametrize(
    ("function", "expression", "told"),
    [
        ("log_determinant", "trace(A*X)", "returned no gradient by one of|raised"),
        ("distance", "sum(i, (x[i]-a[i])^2", "missing|expected"),
        ("distance", "sum(i, log(-exp(x[i]) + a[i]*0))", "no values were found"),
        ("least_squares", "sum(i, (x[i]-a[i])^2)", "raised"),
    ],
)
def test_what_cannot_be_compared_is_told(tmp_path: Path, function: str, expression: str, told: str) -> None:
    file = tmp_path / "code.py"
    file.write_text(TEXT)
    with pytest.raises(ChalkgradError, match=told):
        check_code(file, function, expression)
