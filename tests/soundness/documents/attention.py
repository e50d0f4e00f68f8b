"""Attention with whole matrices; one line by entries."""

import torch

from soundness.case import Case


def forward(Q, K, V, G):
    S = Q @ K.T / Q.shape[1] ** 0.5
    P = torch.softmax(S, 1)
    O = P @ V
    l = (G * O).sum()
    return locals()


CASE = Case(
    forward,
    axes="n=3 m=4 d=2 p=5",
    given="Q:n,d K:m,d V:m,p G:n,p",
    written=r"""
        Q | Q | matrix n d
        K | K | matrix m d
        V | V | matrix m p
        G | G | matrix n p
        S | S | matrix n m
        P | P | matrix n m
        O | O | matrix n p
        \ell | l | scalar
    """,
)
