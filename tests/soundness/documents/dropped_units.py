"""A mask, a penalty, and aligned rows in a Markdown display."""

import torch

from soundness.case import Case


def forward(x, y, K, v, m, alpha):
    a = K @ x
    h = torch.tanh(a)
    r = m * h
    o = v @ r
    J = (o - y) ** 2 / 2 + alpha / 2 * (K**2).sum() + alpha / 2 * (v @ v)
    return locals()


CASE = Case(
    forward,
    axes="p=3 q=4",
    given="x:p y: K:q,p v:q m:q alpha::positive",
    written=r"""
        x | x | column p
        y | y | scalar
        K | K | matrix q p
        v | v | column q
        m | m | column q
        \alpha | alpha | scalar
        a | a | column q
        h | h | column q
        r | r | column q
        o | o | scalar
        J | J | scalar
    """,
)
