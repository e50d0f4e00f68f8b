"""Poisson regression; the loss is called N."""

import torch

from soundness.case import Case


def forward(Z, k, beta):
    lam = torch.exp(Z @ beta)
    N = (lam - k * lam.log()).sum()
    return locals()


CASE = Case(
    forward,
    axes="m=5 d=3",
    given="Z:m,d k:m:counts beta:d",
    written=r"""
        z_@       | Z    | m -> column d
        k_@       | k    | m -> scalar
        \beta     | beta | column d
        \lambda_@ | lam  | m -> scalar
        N         | N    | scalar
    """,
    samples="m",
)
