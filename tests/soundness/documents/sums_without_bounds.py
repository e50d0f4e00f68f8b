"""Sums without bounds, and a primed letter."""

import torch

from soundness.case import Case


def forward(x, y, theta, beta):
    u = x @ theta + beta
    pi = torch.softmax(u, 1)
    C = -(y * pi.log()).sum()
    return locals()


CASE = Case(
    forward,
    axes="n=5 d=3 K=4",
    given="x:n,d y:n,K:onehot theta:d,K beta:K",
    written=r"""
        x_{@@} | x | n d -> scalar
        y_{@@} | y | n K -> scalar
        \theta_{@@} | theta | d K -> scalar
        \beta_@ | beta | K -> scalar
        u_{@@} | u | n K -> scalar
        \pi_{@@} | pi | n K -> scalar
        C | C | scalar
    """,
    samples="n",
)
