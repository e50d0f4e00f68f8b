"""Names of several letters, as in a program; samples are rows."""

import torch

from soundness.case import Case


def forward(X, Y, W1, b1, W2, b2):
    hidden = torch.relu(X @ W1 + b1)
    scores = hidden @ W2 + b2
    probs = torch.softmax(scores, 1)
    loss = -(Y * probs.log()).sum() / len(X)
    return locals()


CASE = Case(
    forward,
    axes="N=6 D=3 H=5 K=4",
    given="X:N,D Y:N,K:onehot W1:D,H b1:H W2:H,K b2:K",
    written=r"""
        X        | X      | matrix N D
        Y        | Y      | matrix N K
        W_1      | W1     | matrix D H
        b_1      | b1     | row H !spread
        W_2      | W2     | matrix H K
        b_2      | b2     | row K !spread
        hidden   | hidden | matrix N H
        scores   | scores | matrix N K
        probs    | probs  | matrix N K
        loss     | loss   | scalar
        dscores  | grad loss scores | matrix N K
        dW_2     | grad loss W2     | matrix H K
        db_2     | grad loss b2     | row K
        dhidden  | grad loss hidden | matrix N H
        dW_1     | grad loss W1     | matrix D H
        db_1     | grad loss b1     | row H
    """,
    words=("hidden", "scores", "probs", "loss", "dscores", "dhidden", "dW", "db", "np.sum"),
    samples="N",
)
