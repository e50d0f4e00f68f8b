"""A function by its distribution function and density."""

import torch

from soundness.case import Case


def forward(x):
    def distribution(z):
        return (1 + torch.erf(z / 2**0.5)) / 2

    def density(z):
        return torch.exp(-(z**2) / 2) / (2 * torch.pi) ** 0.5

    def g(z):
        return z * distribution(z)

    return locals()


CASE = Case(
    forward,
    axes="",
    given="x:",
    written=r"""
        x       | x | scalar
        g       | g | function
        \Phi    | distribution | function
        \varphi | density | function
    """,
)
