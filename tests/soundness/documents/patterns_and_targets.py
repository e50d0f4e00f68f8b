"""Pre-activations called a, activations called z, one pattern n, every index."""

import torch

from soundness.case import Case


def forward(x, t, w1, w2):
    def h(a):
        return torch.sin(a) + 0.3 * a**2

    aj = w1 @ x
    zj = h(aj)
    ak = w2 @ zj
    yk = torch.sigmoid(ak)
    E = -(t * yk.log() + (1 - t) * (1 - yk).log()).sum()
    return locals()


CASE = Case(
    forward,
    axes="D=3 M=4 K=2",
    given="x:D t:K:unit w1:M,D w2:K,M",
    written=r"""
        x_@          | x  | D -> scalar
        t_@          | t  | K -> scalar
        w^{(1)}_{@@} | w1 | M D -> scalar
        w^{(2)}_{@@} | w2 | K M -> scalar
        a_{@!j}      | aj | M -> scalar
        a_{@!k}      | ak | K -> scalar
        z_@          | zj | M -> scalar
        y_@          | yk | K -> scalar
        E_n          | E  | scalar
        h            | h  | function
        \sigma       | \sigmoid | function
        \delta_{@!j} | grad E aj | M -> scalar
        \delta_{@!k} | grad E ak | K -> scalar
    """,
)
