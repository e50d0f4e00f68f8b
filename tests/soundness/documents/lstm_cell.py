"""An LSTM cell: gates with letters, a loss that nobody defines."""

import torch

from soundness.case import Case


def forward(u, c0, Wf, Wi, Wg, Wo, bf, bi, bg, bo, r):
    f = torch.sigmoid(Wf @ u + bf)
    i = torch.sigmoid(Wi @ u + bi)
    g = torch.tanh(Wg @ u + bg)
    o = torch.sigmoid(Wo @ u + bo)
    c = f * c0 + i * g
    h = o * torch.tanh(c)
    L = (r * h).sum() + (h**3).sum() + torch.sin(h[0] * h[1])
    return locals()


CASE = Case(
    forward,
    axes="p=3 q=4",
    given="u:p c0:q Wf:q,p Wi:q,p Wg:q,p Wo:q,p bf:q bi:q bg:q bo:q r:q",
    written=r"""
        u       | u  | column p
        c_{t-1} | c0 | column q
    """
    + "".join(f"W_{gate} | W{gate} | matrix q p\nb_{gate} | b{gate} | column q\n" for gate in "figo")
    + r"""
        f_t     | f  | column q
        i_t     | i  | column q
        g_t     | g  | column q
        o_t     | o  | column q
        c_t     | c  | column q
        h_t     | h  | column q
        L       | L  | scalar
        \sigma  | \sigmoid | function
    """,
    ignored=("u = [h_{t-1}; x_t]",),
)
