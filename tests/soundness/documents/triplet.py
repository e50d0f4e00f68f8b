"""A smooth triplet loss: names with signs below."""

import torch

from soundness.case import Case


def forward(a, p, n, E, m):
    dp = ((E @ a - E @ p) ** 2).sum()
    dm = ((E @ a - E @ n) ** 2).sum()
    T = torch.log1p(torch.exp(dp - dm + m))
    return locals()


CASE = Case(
    forward,
    axes="q=2 d=3",
    given="a:d p:d n:d E:q,d m:",
    written=r"""
        a   | a | column d
        p   | p | column d
        n   | n | column d
        E   | E | matrix q d
        m   | m | scalar
        d_+ | dp | scalar
        d_- | dm | scalar
        T   | T | scalar
        \sigma | \sigmoid | function
    """,
    scale=0.5,
)
