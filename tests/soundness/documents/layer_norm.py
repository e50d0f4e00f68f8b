"""Layer normalisation; the gradient from above has a name of its own."""

import torch

from soundness.case import Case


def forward(u, g, b, eps, k):
    m = u.mean()
    v = ((u - m) ** 2).mean()
    r = 1 / torch.sqrt(v + eps)
    n = (u - m) * r
    o = g * n + b
    L = (k * o).sum() + (o**3).sum() + torch.sin(o[0] * o[1])
    return locals()


CASE = Case(
    forward,
    axes="D=5",
    given="u:D g:D b:D eps::small k:D",
    written=r"""
        u_@      | u   | D -> scalar
        g_@      | g   | D -> scalar
        b_@      | b   | D -> scalar
        \epsilon | eps | scalar
        m        | m   | scalar
        v        | v   | scalar
        r        | r   | scalar
        n_@      | n   | D -> scalar
        o_@      | o   | D -> scalar
        L        | L   | scalar
        \gamma_@ | grad L o | D -> scalar
    """,
)
