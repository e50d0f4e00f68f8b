"""Layers as superscripts, one column for each example, quadratic cost."""

import torch

from soundness.case import Case


def forward(x, y, w2, b2, w3, b3):
    a1 = x
    z2 = w2 @ a1 + b2
    a2 = torch.sigmoid(z2)
    z3 = w3 @ a2 + b3
    a3 = torch.sigmoid(z3)
    C = ((a3 - y) ** 2).sum() / 2
    return locals()


CASE = Case(
    forward,
    axes="p=3 q=4 r=2",
    given="x:p y:r w2:q,p b2:q w3:r,q b3:r",
    written=r"""
        x       | x  | column p
        y       | y  | column r
        a^{1}   | a1 | column p
        w^{2}   | w2 | matrix q p
        w^{3}   | w3 | matrix r q
        b^{2}   | b2 | column q
        b^{3}   | b3 | column r
        z^{2}   | z2 | column q
        z^{3}   | z3 | column r
        a^{2}   | a2 | column q
        a^{3}   | a3 | column r
        C       | C  | scalar
        \sigma  | \sigmoid | function
        \delta^{2} | grad C z2 | column q
        \delta^{3} | grad C z3 | column r
    """,
    layers={"l": (2, 3), "L": (3,)},
    ignored=("L = 3",),
)
