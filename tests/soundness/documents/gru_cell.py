"""A GRU cell in LaTeX with eqnarray."""

import torch

from soundness.case import Case


def forward(x, s, Wz, Uz, Wr, Ur, Wc, Uc, k):
    z = torch.sigmoid(Wz @ x + Uz @ s)
    r = torch.sigmoid(Wr @ x + Ur @ s)
    c = torch.tanh(Wc @ x + Uc @ (r * s))
    h = (1 - z) * s + z * c
    E = (k * h).sum() + (h**3).sum() + torch.sin(h[0] * h[1])
    return locals()


CASE = Case(
    forward,
    axes="p=3 q=4",
    given="x:p s:q Wz:q,p Uz:q,q Wr:q,p Ur:q,q Wc:q,p Uc:q,q k:q",
    written=r"""
        x | x | column p
        s | s | column q
    """
    + "".join(f"W_{gate} | W{gate} | matrix q p\nU_{gate} | U{gate} | matrix q q\n" for gate in "zrc")
    + r"""
        z | z | column q
        r | r | column q
        c | c | column q
        h | h | column q
        E | E | scalar
        \sigma | \sigmoid | function
    """,
)
