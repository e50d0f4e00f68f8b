"""A policy gradient for a bandit; J is maximised."""

import torch

from soundness.case import Case


def forward(theta, r):
    pi = torch.softmax(theta, 0)
    logpi = pi.log()
    J = pi @ r
    return locals()


CASE = Case(
    forward,
    axes="n=4",
    given="theta:n r:n",
    written=r"""
        \theta_@ | theta | n -> scalar
        r_@      | r     | n -> scalar
        \pi_@    | pi    | n -> scalar
        J        | J     | scalar
        \log\pi_@ | logpi | n -> scalar !formula
    """,
)
