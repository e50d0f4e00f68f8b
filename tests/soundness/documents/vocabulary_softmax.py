"""Skip-gram with the whole softmax."""

import torch

from soundness.case import Case


def forward(v, U, y):
    s = U @ v
    yhat = torch.softmax(s, 0)
    J = -(y * yhat.log()).sum()
    return locals()


CASE = Case(
    forward,
    axes="W=5 d=3",
    given="v:d U:W,d y:W:onehot",
    written=r"""
        v         | v | column d
        u_@       | U | W -> column d
        s_@       | s | W -> scalar
        \hat{y}_@ | yhat | W -> scalar
        y_@       | y | W -> scalar
        J         | J | scalar
    """,
)
