"""RMS normalisation for any loss."""

import torch

from soundness.case import Case


def forward(x, g, eps, k):
    rho = torch.sqrt((x**2).mean() + eps)
    y = g * x / rho
    L = (k * y).sum() + (y**3).sum() + torch.sin(y[0] * y[1])
    return locals()


CASE = Case(
    forward,
    axes="D=5",
    given="x:D g:D eps::small k:D",
    written=r"""
        x_@      | x   | D -> scalar
        g_@      | g   | D -> scalar
        \epsilon | eps | scalar
        \rho     | rho | scalar
        y_@      | y   | D -> scalar
        L        | L   | scalar
    """,
)
