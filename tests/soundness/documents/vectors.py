"""Functions of a vector in a list, each with its gradient in the same line."""

import torch

from soundness.case import Case


def forward(x, a, b, M):
    f = a @ x
    g = x @ M @ x
    h = ((x - a) ** 2).sum() ** 0.5
    r = ((M @ x - b) ** 2).sum() / 2
    s = torch.log1p(torch.exp(a @ x))
    q = (a @ x) * (b @ x)
    return locals()


CASE = Case(
    forward,
    axes="n=4",
    given="x:n a:n b:n M:n,n",
    written=r"""
        x | x | column n
        a | a | column n
        b | b | column n
        M | M | matrix n n
        f | f | scalar
        g | g | scalar
        h | h | scalar
        r | r | scalar
        s | s | scalar
        q | q | scalar
        \sigma | \sigmoid | function
    """,
)
