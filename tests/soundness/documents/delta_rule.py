"""Everything in the sentences of a text, with unusual letters."""

import torch

from soundness.case import Case


def forward(p, k, r, s):
    v = k @ p + r
    q = torch.tanh(v)
    Q = (s - q) ** 2
    return locals()


CASE = Case(
    forward,
    axes="d=3",
    given="p:d k:d r: s:",
    written=r"""
        p_@ | p | d -> scalar
        k_@ | k | d -> scalar
        r   | r | scalar
        s   | s | scalar
        v   | v | scalar
        q   | q | scalar
        Q   | Q | scalar
    """,
)
