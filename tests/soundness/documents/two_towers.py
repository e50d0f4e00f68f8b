"""Definitions in a sentence; two matrices that meet in a scalar product."""

import torch

from soundness.case import Case


def forward(f, g, A, B, c):
    p = A @ f
    q = B @ g
    s = p @ q
    L = -c * torch.sigmoid(s).log() - (1 - c) * (1 - torch.sigmoid(s)).log()
    return locals()


CASE = Case(
    forward,
    axes="d=2 m=3 n=4",
    given="f:m g:n A:d,m B:d,n c::unit",
    written=r"""
        f | f | column m
        g | g | column n
        A | A | matrix d m
        B | B | matrix d n
        c | c | scalar
        p | p | column d
        q | q | column d
        s | s | scalar
        \mathcal{L} | L | scalar
        \sigma | \sigmoid | function
    """,
)
