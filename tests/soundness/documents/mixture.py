"""A mixture in scalars."""

import torch

from soundness.case import Case


def forward(x, mu1, mu2, omega):
    def density(z):
        return torch.exp(-(z**2) / 2) / (2 * torch.pi) ** 0.5

    p1, p2 = density(x - mu1), density(x - mu2)
    f = torch.sigmoid(omega) * p1 + (1 - torch.sigmoid(omega)) * p2
    l = f.log()
    rho = torch.sigmoid(omega) * p1 / f
    return locals()


CASE = Case(
    forward,
    axes="",
    given="x: mu1: mu2: omega:",
    written=r"""
        x      | x   | scalar
        \mu_1  | mu1 | scalar
        \mu_2  | mu2 | scalar
        \omega | omega | scalar
        p_1    | p1  | scalar
        p_2    | p2  | scalar
        f      | f   | scalar
        \ell   | l   | scalar
        \rho   | rho | scalar
        \sigma | \sigmoid | function
    """,
)
