"""Unusual letters for all roles, nabla, a Frobenius norm."""

import torch

from soundness.case import Case


def forward(B, D, K1, K2):
    U = B @ K1
    V = torch.sin(U)
    O = V @ K2
    R = ((O - D) ** 2).sum() / (2 * len(B))
    return locals()


CASE = Case(
    forward,
    axes="M=5 p=3 q=4 r=2",
    given="B:M,p D:M,r K1:p,q K2:q,r",
    written=r"""
        B | B | matrix M p
        D | D | matrix M r
        K_1 | K1 | matrix p q
        K_2 | K2 | matrix q r
        U | U | matrix M q
        V | V | matrix M q
        O | O | matrix M r
        \mathcal{R} | R | scalar
    """,
    samples="M",
)
