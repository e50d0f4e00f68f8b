"""Derivations over several rows of a display."""

import torch

from soundness.case import Case


def forward(u, w, b, d):
    a = w @ u + b
    o = torch.sigmoid(a)
    e = (o - d) ** 2
    return locals()


CASE = Case(
    forward,
    axes="p=3",
    given="u:p w:p b: d:",
    written=r"""
        u | u | column p
        w | w | column p
        b | b | scalar
        d | d | scalar
        a | a | scalar
        o | o | scalar
        \epsilon | e | scalar
        \sigma | \sigmoid | function
    """,
)
