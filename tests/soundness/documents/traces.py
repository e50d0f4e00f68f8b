"""Matrix identities with one letter for each function."""

import torch

from soundness.case import Case


def forward(A, X, B, C, D):
    f = torch.trace(A @ X @ B)
    g = torch.trace(X.T @ C @ X)
    h = ((A @ X) ** 2).sum()
    q = torch.trace(X.T @ A.T @ A @ X @ D)
    return locals()


CASE = Case(
    forward,
    axes="p=2 n=3 m=4",
    given="A:p,n X:n,m B:m,p C:n,n D:m,m",
    written=r"""
        A | A | matrix p n
        X | X | matrix n m
        B | B | matrix m p
        C | C | matrix n n
        D | D | matrix m m
        f | f | scalar
        g | g | scalar
        h | h | scalar
        q | q | scalar
    """,
)
