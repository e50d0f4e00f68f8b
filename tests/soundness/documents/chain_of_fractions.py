"""Leibniz fractions of a single unit."""

import torch

from soundness.case import Case


def forward(x, y, w, b):
    z = w @ x + b
    yhat = torch.sigmoid(z)
    L = -y * yhat.log() - (1 - y) * (1 - yhat).log()
    return locals()


CASE = Case(
    forward,
    axes="d=3",
    given="x:d y::unit w:d b:",
    written=r"""
        x       | x | column d
        y       | y | scalar
        w       | w | column d
        b       | b | scalar
        z       | z | scalar
        \hat{y} | yhat | scalar
        L       | L | scalar
        \sigma  | \sigmoid | function
    """,
)
