"""A design matrix with nabla, and a column of ones."""

import torch

from soundness.case import Case


def forward(X, y, W1, b1, w2, b2, one):
    def phi(z):
        return torch.sin(z) + 0.3 * z**2

    Z = X @ W1 + b1
    H = phi(Z)
    f = H @ w2 + b2
    L = ((f - y) ** 2).sum() / (2 * len(y))
    return locals()


CASE = Case(
    forward,
    axes="n=5 d=3 h=4",
    given="X:n,d y:n W1:d,h b1:h w2:h b2: one:n:ones",
    written=r"""
        X          | X   | matrix n d
        y          | y   | column n
        W_1        | W1  | matrix d h
        b_1        | b1  | column h
        w_2        | w2  | column h
        b_2        | b2  | scalar
        \mathbf{1} | one | column n
        Z          | Z   | matrix n h
        H          | H   | matrix n h
        f          | f   | column n
        L          | L   | scalar
        \phi       | phi | function
    """,
    samples="n",
)
