"""Differentials dW, and A : B."""

import torch

from soundness.case import Case


def forward(X, T, W, dW):
    Z = X @ W
    H = torch.tanh(Z)
    E = ((H - T) ** 2).sum() / (2 * len(X))
    return locals()


CASE = Case(
    forward,
    axes="n=5 d=3 k=4",
    given="X:n,d T:n,k W:d,k dW:d,k",
    written=r"""
        X  | X | matrix n d
        T  | T | matrix n k
        W  | W | matrix d k
        Z  | Z | matrix n k
        H  | H | matrix n k
        E  | E | scalar
        dW | dW | matrix d k
        dZ | tangent Z | matrix n k
        dH | tangent H | matrix n k
        dE | tangent E | scalar
    """,
    words=("dW", "dZ", "dH", "dE"),
    samples="n",
)
