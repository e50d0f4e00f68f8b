"""Batch normalisation; σ² is a name, and the loss is any."""

import torch

from soundness.case import Case


def forward(x, gamma, beta, eps, k):
    mu = x.mean()
    var = ((x - mu) ** 2).mean()
    xhat = (x - mu) / torch.sqrt(var + eps)
    y = gamma * xhat + beta
    l = (k * y).sum() + (y**3).sum() + torch.sin(y[0] * y[1])
    return locals()


CASE = Case(
    forward,
    axes="m=5",
    given="x:m gamma: beta: eps::small k:m",
    written=r"""
        x_@        | x | m -> scalar
        \gamma     | gamma | scalar
        \beta      | beta | scalar
        \epsilon   | eps | scalar
        \mu        | mu | scalar
        \sigma^2   | var | scalar
        \hat{x}_@  | xhat | m -> scalar
        y_@        | y | m -> scalar
        \ell       | l | scalar
    """,
)
