"""A log-likelihood in two scalars with its second derivatives."""

import torch

from soundness.case import Case


def forward(x, mu, v):
    n = len(x)
    l = -n / 2 * torch.log(2 * torch.pi * v) - ((x - mu) ** 2).sum() / (2 * v)
    return locals()


CASE = Case(
    forward,
    axes="n=5",
    given="x:n mu: v::positive",
    written=r"""
        x_@ | x  | n -> scalar
        \mu | mu | scalar
        v   | v  | scalar
        \ell(\mu,v) | l | scalar
    """,
)
