"""One step of an RNN: subscripts that say from where to where, and a time."""

import torch

from soundness.case import Case


def forward(x, h0, d, Whh, Wxh, Why, bh, by):
    a = Whh @ h0 + Wxh @ x + bh
    h = torch.tanh(a)
    o = Why @ h + by
    p = torch.softmax(o, 0)
    l = -d @ p.log()
    return locals()


CASE = Case(
    forward,
    axes="p=3 q=4 r=5",
    given="x:p h0:q d:r:onehot Whh:q,q Wxh:q,p Why:r,q bh:q by:r",
    written=r"""
        x_t     | x   | column p
        h_{t-1} | h0  | column q
        d_t     | d   | column r
        W_{hh}  | Whh | matrix q q
        W_{xh}  | Wxh | matrix q p
        W_{hy}  | Why | matrix r q
        b_h     | bh  | column q
        b_y     | by  | column r
        a_t     | a   | column q
        h_t     | h   | column q
        o_t     | o   | column r
        p_t     | p   | column r
        \ell_t  | l   | scalar
    """,
)
