"""Tied weights: one matrix in two places."""

import torch

from soundness.case import Case


def forward(x, A, b, c):
    a = A @ x + b
    q = torch.tanh(a)
    r = A.T @ q + c
    e = r - x
    E = (e @ e) / 2
    return locals()


CASE = Case(
    forward,
    axes="n=4 m=3",
    given="x:n A:m,n b:m c:n",
    written=r"""
        x | x | column n
        A | A | matrix m n
        b | b | column m
        c | c | column n
        a | a | column m
        q | q | column m
        r | r | column n
        e | e | column n
        \mathcal{E} | E | scalar
    """,
)
