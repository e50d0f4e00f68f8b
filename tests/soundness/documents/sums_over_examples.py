"""Examples in round brackets, layers in square ones, sums over (i)."""

import torch

from soundness.case import Case


def forward(X, Y, W1, b1, w2, b2):
    Z = X @ W1.T + b1
    A = torch.tanh(Z)
    O = torch.sigmoid(A @ w2 + b2)
    J = -(Y * O.log() + (1 - Y) * (1 - O).log()).mean()
    return locals()


CASE = Case(
    forward,
    axes="n=5 d=3 h=4",
    given="X:n,d Y:n:bits W1:h,d b1:h w2:h b2:",
    written=r"""
        x^{(@)} | X  | n -> column d
        y^{(@)} | Y  | n -> scalar
        W^{[1]} | W1 | matrix h d
        b^{[1]} | b1 | column h
        w^{[2]} | w2 | column h
        b^{[2]} | b2 | scalar
        z^{(@)} | Z  | n -> column h
        a^{(@)} | A  | n -> column h
        o^{(@)} | O  | n -> scalar
        J       | J  | scalar
        \sigma  | \sigmoid | function
    """,
    samples="n",
)
