"""The Jacobian of a softmax by entries, by cases and whole; targets sum to one."""

import torch

from soundness.case import Case


def forward(s, t):
    p = torch.softmax(s, 0)
    L = -(t * p.log()).sum()
    return locals()


CASE = Case(
    forward,
    axes="K=4",
    given="s:K t:K:parts",
    written=r"""
        s   | s | column K
        t   | t | column K
        p   | p | column K
        L   | L | scalar
    """,
    ignored=(r"\sum_k t_k = 1",),
)
