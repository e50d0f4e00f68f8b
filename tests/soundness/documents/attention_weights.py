"""One query; keys and values are vectors with an index; any loss of the context."""

import torch

from soundness.case import Case


def forward(q, k, v, w):
    e = k @ q
    alpha = torch.softmax(e, 0)
    c = alpha @ v
    L = (w * c).sum() + (c**3).sum() + torch.sin(c[0] * c[1])
    return locals()


CASE = Case(
    forward,
    axes="n=4 d=3 p=2",
    given="q:d k:n,d v:n,p w:p",
    written=r"""
        q        | q | column d
        k_@      | k | n -> column d
        v_@      | v | n -> column p
        e_@      | e | n -> scalar
        \alpha_@ | alpha | n -> scalar
        c        | c | column p
        L        | L | scalar
    """,
)
