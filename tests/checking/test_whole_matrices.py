"""Equations of whole vectors and matrices: what is a number, what a vector, how long ones are, what a loss is."""

from __future__ import annotations

import pytest

from chalkgrad.checking.contents import read_contents
from chalkgrad.checking.document import check_text
from not_yet import marked

SHAPES = [  # the equations, and how many axes each quantity of the program has
    (r"s = w^\top x, m = y s, L = \log(1 + e^{-m})", {"w": 1, "x": 1, "s": 0, "y": 0, "m": 0}),
    (r"r = \|x\|, u = \frac{x}{r}, L = a^\top u", {"x": 1, "r": 0, "u": 1, "a": 1}),
    (r"S = \frac{1}{\sqrt{d}} Q K^\top, L = \|S - T\|^2", {"d": 0, "Q": 2, "K": 2, "S": 2, "T": 2}),
    (r"S = \frac{Q K^\top}{\sqrt{d_k}}, L = \mathrm{tr}(G^\top S)", {"d_k": 0, "S": 2, "G": 2}),
    (r"f = \beta + \Omega x, L = \|f - y\|^2", {"Omega": 2, "beta": 1, "x": 1, "y": 1}),
    (r"z = W x + b, h = z \odot \sigma(z), L = v^\top h + \lambda", {"h": 1, "v": 1, "lambda": 0}),
    (r"h = \log(1 + e^{W x}), L = v^\top h", {"h": 1, "W": 2}),
    (r"u = w^\top x, a = \alpha u + b, L = \frac12 (a - y)^2", {"alpha": 0, "a": 0, "b": 0, "y": 0}),
    (r"a = w \cdot x, L = (a - y)^2 + \lambda w^\top w", {"w": 1, "a": 0, "y": 0, "lambda": 0}),
    (r"r = W x, L = \begin{cases} v^\top r & c > 0 \\ 0 & c \le 0 \end{cases}", {"r": 1, "v": 1}),
]


def read(equations: str, *claims: str, prose: str = "") -> str:
    return "\n\n".join([prose, *(f"$${each}$$" for each in (equations, *claims))])


@pytest.mark.parametrize(("equations", "axes"), SHAPES, ids=[equations[:30] for equations, _ in SHAPES])
def test_shapes_follow_from_the_equations(equations: str, axes: dict[str, int]) -> None:
    (reading,) = read_contents(read(equations)).readings
    found = {str(symbol): sort for symbol, sort in reading.sorts.items()}
    ranks = {"S": 0, "C": 1, "R": 1, "M": 2}
    assert {name: ranks[found[name].kind] for name in axes} == axes


JUDGED = [  # the model, a claim, its verdict
    (r"f = \beta + \Omega x, L = \|f - y\|^2", r"\frac{\partial L}{\partial \Omega} = 2(f - y)x^\top", "right"),
    (r"f = \beta + \Omega x, L = \|f - y\|^2", r"\frac{\partial L}{\partial \Omega} = 2(f - y)x", "wrong"),
    (r"R = T - U V^\top, L = \|R\|_F^2", r"\nabla_U L = -2 R V", "right"),
    (r"R = T - U V^\top, L = \|R\|_F^2", r"\nabla_U L = 2 R V", "wrong"),
    (r"z_i = \sum_{k=1}^3 w_k x_{i+k-1}, L = \sum_{i=1}^4 t_i z_i",
     r"\frac{\partial L}{\partial w_k} = \sum_{i=1}^4 t_i x_{i+k-1}", "right"),
    (r"z_i = \sum_{k=1}^3 w_k x_{i+k-1}, L = \sum_{i=1}^4 t_i z_i",
     r"\frac{\partial L}{\partial w_k} = \sum_{i=1}^4 t_i x_{i+k}", "wrong"),
    (r"z_i = \sum_{k=1}^3 w_k x_{i+k-1}, L = \sum_{i=1}^4 t_i z_i",
     r"\frac{\partial L}{\partial x_m} = \sum_{k=1}^3 t_{m-k+1} w_k", "right"),
    (r"P = A B, L = \|P\|^2",
     r"\frac{\partial L}{\partial A} = 2 (P \odot (\mathbf 1 \mathbf 1^\top)) B^\top", "right"),
    (r"e = y - w x, L = \frac12 e^2", r"\frac{\partial L}{\partial w} = -e x", "right"),
    (r"e = y - w x, L = \frac12 e^2 + e^{-w}", r"\frac{\partial L}{\partial w} = -e x - e^{-w}", "right"),
    (r"f = w x, L = \log\cosh(f - y)", r"\frac{\partial L}{\partial w} = \tanh(f - y) x", "right"),
    (r"u = a x, d = c u, L = d^2", r"\frac{\partial L}{\partial d} = 2 d", "right"),
    (r"q = x + y, f = qz", r"\frac{\partial f}{\partial y} = z", "right"),
    (r"h_k = w_k x, L = \frac1K \sum_{k=1}^K h_k^2", r"\frac{\partial L}{\partial h_k} = \frac2K h_k", "right"),
]  # fmt: skip


# An e that is a name beside powers of e, and an Ω that may be a vector where x is a number.
NOT_YET = (r"= 2(f - y)x", r"= -e x", r"= -e x - e^{-w}")
MARKED = marked(JUDGED, lambda row: row[1].endswith(NOT_YET), "taken in another way")


@pytest.mark.parametrize(("model", "claim", "verdict"), MARKED, ids=[claim for _, claim, _ in JUDGED])
def test_claims_about_them_are_judged(model: str, claim: str, verdict: str) -> None:
    assert check_text(read(model, claim)).claims[-1].verdict == verdict


def test_without_the_loss_that_a_document_writes_nothing_is_held_against_it() -> None:
    """Another loss than the written one, which cannot be read, would make right claims wrong."""
    claim = r"\frac{\partial L}{\partial z} = \tanh(z - y)"
    verdicts = [each.verdict for each in check_text(read(r"z = w x, L = \frac{z}{}", claim)).claims]
    assert "wrong" not in verdicts
    assert "right" not in verdicts
