"""A residual block for any loss."""

import torch

from soundness.case import Case


def forward(u, B, C, k):
    a = B @ u
    v = torch.relu(a)
    o = u + C @ v
    J = (k * o).sum() + (o**3).sum() + torch.sin(o[0] * o[1])
    return locals()


CASE = Case(
    forward,
    axes="p=3 q=4",
    given="u:p B:q,p C:p,q k:p",
    written=r"""
        u | u | column p
        B | B | matrix q p
        C | C | matrix p q
        a | a | column q
        v | v | column q
        o | o | column p
        \mathcal{J} | J | scalar
    """,
)
