"""A support vector machine; subgradients away from the kink."""

import torch

from soundness.case import Case


def forward(X, y, w, b, C):
    m = y * (X @ w + b)
    J = (w @ w) / 2 + C * torch.relu(1 - m).sum()
    return locals()


CASE = Case(
    forward,
    axes="n=7 d=3",
    given="X:n,d y:n:signs w:d b: C::positive",
    written=r"""
        x_@ | X | n -> column d
        y_@ | y | n -> scalar
        m_@ | m | n -> scalar
        w   | w | column d
        b   | b | scalar
        C   | C | scalar
        J   | J | scalar
    """,
    samples="n",
    ignored=(r"y_i = \pm 1",),
)
