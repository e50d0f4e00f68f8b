"""Centres are vectors with one index, widths are scalars with one."""

import torch

from soundness.case import Case


def forward(x, t, mu, s, w):
    phi = torch.exp(-((x - mu) ** 2).sum(1) / (2 * s**2))
    o = w @ phi
    E = (o - t) ** 2 / 2
    mus = mu
    return locals()


CASE = Case(
    forward,
    axes="M=4 d=3",
    given="x:d t: mu:M,d s:M:positive w:M",
    written=r"""
        x      | x   | column d
        t      | t   | scalar
        \mu_@  | mu  | M -> column d
        s_@    | s   | M -> scalar
        w_@    | w   | M -> scalar
        \phi_@ | phi | M -> scalar
        o      | o   | scalar
        E      | E   | scalar
    """,
)
