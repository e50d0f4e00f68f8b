"""Layers in brackets, samples as columns, gradients called d and the name."""

import torch

from soundness.case import Case


def forward(X, Y, W1, b1, W2, b2):
    def g(z):
        return torch.sin(z) + 0.3 * z**2

    Z1 = W1 @ X + b1[:, None]
    A1 = g(Z1)
    Z2 = W2[None] @ A1 + b2
    A2 = torch.sigmoid(Z2)
    J = -(Y * A2.log() + (1 - Y) * (1 - A2).log()).mean()
    S = J * Y.numel()
    return locals()


CASE = Case(
    forward,
    axes="n_x=3 n_h=4 m=5",
    given="X:n_x,m Y:m:bits W1:n_h,n_x b1:n_h W2:n_h b2:",
    written=r"""
        X        | X  | matrix n_x m
        Y        | Y  | row m
        W^{[1]}  | W1 | matrix n_h n_x
        b^{[1]}  | b1 | column n_h !spread
        W^{[2]}  | W2 | row n_h
        b^{[2]}  | b2 | scalar !spread
        Z^{[1]}  | Z1 | matrix n_h m
        A^{[1]}  | A1 | matrix n_h m
        Z^{[2]}  | Z2 | row m
        A^{[2]}  | A2 | row m
        g        | g  | function
        \sigma   | \sigmoid | function
        J        | J  | scalar
        dZ^{[2]} | grad S Z2 | row m
        dZ^{[1]} | grad S Z1 | matrix n_h m
        dW^{[2]} | grad J W2 | row n_h
        dW^{[1]} | grad J W1 | matrix n_h n_x
        db^{[2]} | grad J b2 | scalar
        db^{[1]} | grad J b1 | column n_h
    """,
    words=("np.sum", "dZ", "dW", "db", "dV"),
    conventions={"*": r"\odot"},
    up_to=True,
    samples="m",
)
