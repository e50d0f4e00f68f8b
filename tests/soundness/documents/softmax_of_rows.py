"""Softmax regression with whole matrices in aligned rows."""

import torch

from soundness.case import Case


def forward(X, T, W, b, one):
    S = X @ W + b
    P = torch.softmax(S, 1)
    L = -(T * P.log()).sum() / len(X)
    return locals()


CASE = Case(
    forward,
    axes="N=5 D=3 K=4",
    given="X:N,D T:N,K:onehot W:D,K b:K one:N:ones",
    written=r"""
        X           | X | matrix N D
        T           | T | matrix N K
        W           | W | matrix D K
        b           | b | column K
        \mathbf{1}  | one | column N
        S           | S | matrix N K
        P           | P | matrix N K
        \mathcal{L} | L | scalar
    """,
    samples="N",
)
