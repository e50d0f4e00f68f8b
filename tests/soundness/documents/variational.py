"""KL divergence to the standard normal, and the reparametrised sample."""

import torch

from soundness.case import Case


def forward(mu, lam, eps):
    z = mu + torch.exp(lam / 2) * eps
    D = -(1 + lam - mu**2 - torch.exp(lam)).sum() / 2
    return locals()


CASE = Case(
    forward,
    axes="J=4",
    given="mu:J lam:J eps:J",
    written=r"""
        \mu_@      | mu  | J -> scalar
        \lambda_@  | lam | J -> scalar
        \epsilon_@ | eps | J -> scalar
        z_@        | z   | J -> scalar
        D          | D   | scalar
    """,
)
