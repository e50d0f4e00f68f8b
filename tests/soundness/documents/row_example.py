"""Row vectors, softmax and cross-entropy, δ numbered in the order of the way back."""

import torch

from soundness.case import Case


def forward(x, y, W1, b1, W2, b2):
    z1 = x @ W1 + b1
    h = torch.sigmoid(z1)
    z2 = h @ W2 + b2
    yhat = torch.softmax(z2, 0)
    J = -(y * yhat.log()).sum()
    return locals()


CASE = Case(
    forward,
    axes="D=3 H=5 K=4",
    given="x:D y:K:onehot W1:D,H b1:H W2:H,K b2:K",
    written=r"""
        x        | x    | row D
        y        | y    | row K
        W_1      | W1   | matrix D H
        b_1      | b1   | row H
        W_2      | W2   | matrix H K
        b_2      | b2   | row K
        z_1      | z1   | row H
        h        | h    | row H
        z_2      | z2   | row K
        \hat{y}  | yhat | row K
        J        | J    | scalar
        \sigma   | \sigmoid  | function
        \delta_1 | grad J z2 | row K
        \delta_2 | grad J h  | row H
        \delta_3 | grad J z1 | row H
    """,
)
