"""The strict evaluator itself: what fits, what does not, and what is equal, on one small document of known values."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from soundness.case import Case
from soundness.judging import Document
from soundness.problems import UnreadError


def forward(X, W, x, y, u, a, h):  # type: ignore[no-untyped-def]
    L = ((X @ x) * torch.sigmoid(X @ x)).sum() + a**3
    p = torch.softmax(x, 0)
    return {"L": L, "p": p, "phi": lambda z: torch.sin(z) + z**2}


CASE = Case(
    forward,
    axes="n=5 d=3 k=4 t=0:6",
    given="X:n,d W:d,k x:d y:d u:n a: h:t",
    written=r"""
        X      | X | matrix n d
        X_{@@} | X | n d -> scalar
        r_@    | X | n -> column d
        W      | W | matrix d k
        x      | x | column d
        y      | y | column d
        u      | u | column n
        a      | a | scalar
        h_@    | h | t -> scalar
        p      | p | column d
        L      | L | scalar
        \phi   | phi | function
    """,
)
DOCUMENT = Document(Path("none.md"), CASE)


def judged(latex: str) -> str | None:
    return DOCUMENT.judged(DOCUMENT.tokens(latex)).kind


@pytest.mark.parametrize(
    "latex",
    [
        r"x^\top y = y^T x",
        r"X W = X W",
        r"(X W)^\top = W^\top X^\top",
        r"\sum_i X_{ij} u_i = (X^\top u)_j",
        r"\sum_{i=1}^n X_{ij} u_i = \sum_{q=1}^{5} u_q X_{qj}",
        r"r_i^\top x = (X x)_i",
        r"\sum_i r_i r_i^\top = X^\top X",
        r"x \odot y = \mathrm{diag}(x) y",
        r"\|x\|^2 = \sum_j x_j^2",
        r"\|X\|_F^2 = \mathrm{tr}(X^\top X)",
        r"1 - \tanh^2(x) = \tanh'(x)",
        r"\phi'(a) = \cos(a) + 2a",
        r"x_i \delta_{ij} x_j = \delta_{ij} x_i^2",
        r"x_i = \sum_j \delta_{ij} x_j",
        r"x_i = \sum_j x_j - \sum_{j \neq i} x_j",
        r"\frac{\partial p_i}{\partial x_j} = p_i (\delta_{ij} - p_j)",
        r"\frac{\partial p}{\partial x} = \mathrm{diag}(p) - p p^\top",
        r"\frac{\partial L}{\partial a} = 3 a^2",
        r"\frac{\partial L^2}{\partial a} = 6 L a^2",
        r"\frac{\partial^2 L}{\partial a^2} = 6 a",
        r"\nabla_a L = 3 a^2",
        r"h_t - h_{t-1} = -(h_{t-1} - h_t)",
        r"x \otimes u = x u^\top",
        r"\langle x, y \rangle = x : y",
        r"|a| = \begin{cases} a & \text{if } a > 0 \\ -a & \text{otherwise} \end{cases}",
        r"\mathbf{1}[a > 0] + \mathbf{1}[a \le 0] = 1",
        r"\frac{a}{2} = a/2",
        r"e^{-a^2/2} = \exp(-\frac12 a^2)",
        r"\max(0, x) = \mathbf{1}[x > 0] \odot x",
    ],
)
def test_equal(latex: str) -> None:
    if "h_t" in latex:
        limited = Case(**{**CASE.__dict__, "limits": {"t": (1, 6)}})
        document = Document(Path("none.md"), limited)
        assert document.judged(document.tokens(latex)).kind == "equal"
    else:
        assert judged(latex) == "equal"


@pytest.mark.parametrize(
    "latex",
    [
        "x y = x y",
        r"x^\top y^\top = a",
        r"x + x^\top = x",
        r"x + a = x",
        r"x \odot u = x",
        r"x \odot y^\top = x y^\top",
        r"a \odot x = a x",
        r"x = x^\top",
        r"X x = X^\top x",
        r"X_{ij} = X_{ji}",
        r"X_{ij} u_j = X_{ij}",
        r"x_i = x_j",
        r"\sum_{i=0}^n u_i = \sum_i u_i",
        r"\sum_{i=1}^{n+1} u_i = \sum_i u_i",
        r"\sum_i (X_{ij} - x_i) = x_j",
        r"h_t = h_{t+1}",
        r"\frac{x}{y^\top} = x",
        r"\frac{a}{x} = x",
        r"x^2 = x",
        r"X^2 = X",
        r"\mathrm{tr}(X) = a",
        r"\mathrm{diag}(X) = x",
        r"\frac{\partial L}{\partial x^\top} = \nabla_x L",
        r"\frac{\partial L}{\partial x^2} = \nabla_x L",
        r"q = a",
        r"\sum_q a = a",
        r"\delta_{ij} X_{ij} u_i = X_{ij}",
    ],
)
def test_does_not_fit(latex: str) -> None:
    assert judged(latex) == "does not fit"


@pytest.mark.parametrize(
    "latex",
    [
        r"x^\top y = - y^\top x",
        r"\sum_{i=1}^{n-1} u_i = \sum_i u_i",
        r"\sum_{i=2}^n u_i = \sum_i u_i",
        r"\sum_i u_i - 1 = \sum_i (u_i - 1)",
        r"\phi'(a) = \phi'(-a)",
        r"\tanh^2(a) = \tanh(a)",
        r"\frac{\partial p}{\partial x} = \mathrm{diag}(p \odot (1 - p))",
        r"a^{-2} = a^2",
        r"\frac{\partial L}{\partial a} = \frac{\partial L^2}{\partial a}",
    ],
)
def test_different(latex: str) -> None:
    assert judged(latex) == "different"


@pytest.mark.parametrize("latex", [r"\sin^{-1}(a) = a", r"\sqrt[3]{a} = a", "a = (a"])
def test_unread(latex: str) -> None:
    with pytest.raises(UnreadError):
        judged(latex)
