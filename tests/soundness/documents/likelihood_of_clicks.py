"""A log-likelihood that is maximised; the sign is the document's own."""

import torch

from soundness.case import Case


def forward(U, c, beta, beta0):
    eta = U @ beta + beta0
    pi = torch.sigmoid(eta)
    l = (c * pi.log() + (1 - c) * (1 - pi).log()).sum()
    return locals()


CASE = Case(
    forward,
    axes="m=5 d=3",
    given="U:m,d c:m:bits beta:d beta0:",
    written=r"""
        u_@     | U     | m -> column d
        c_@     | c     | m -> scalar
        \eta_@  | eta   | m -> scalar
        \pi_@   | pi    | m -> scalar
        \beta   | beta  | column d
        \beta_0 | beta0 | scalar
        \ell    | l     | scalar
    """,
    samples="m",
)
