"""Samples are vectors with one index; gradient and Hessian as sums."""

import torch

from soundness.case import Case


def forward(X, y, theta):
    p = torch.sigmoid(X @ theta)
    C = -(y * p.log() + (1 - y) * (1 - p).log()).mean()
    return locals()


CASE = Case(
    forward,
    axes="n=5 d=3",
    given="X:n,d y:n:bits theta:d",
    written=r"""
        x_@    | X     | n -> column d
        y_@    | y     | n -> scalar
        p_@    | p     | n -> scalar
        \theta | theta | column d
        C      | C     | scalar
        \sigma | \sigmoid | function
    """,
    samples="n",
)
