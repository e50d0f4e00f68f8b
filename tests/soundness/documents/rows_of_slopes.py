"""Numerator layout throughout, said in the document."""

import torch

from soundness.case import Case


def forward(x, t, W, b, w, c):
    def phi(z):
        return torch.sin(z) + 0.3 * z**2

    z = W @ x + b
    h = phi(z)
    s = w @ h + c
    l = (s - t) ** 2 / 2
    return locals()


CASE = Case(
    forward,
    axes="d=3 k=4",
    given="x:d t: W:k,d b:k w:k c:",
    written=r"""
        x    | x | column d
        t    | t | scalar
        W    | W | matrix k d
        b    | b | column k
        w    | w | column k
        c    | c | scalar
        z    | z | column k
        h    | h | column k
        s    | s | scalar
        \ell | l | scalar
        \phi | phi | function
    """,
    conventions={"layout": "numerator"},
    up_to=True,
)
