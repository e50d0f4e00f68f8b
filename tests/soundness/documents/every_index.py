"""Full index notation with the loss R, inputs u, targets d."""

import torch

from soundness.case import Case


def forward(u, d, A, b, v, c):
    def phi(z):
        return torch.sin(z) + 0.3 * z**2

    s = u @ A + b
    q = phi(s)
    o = torch.sigmoid(q @ v + c)
    R = -(d * o.log() + (1 - d) * (1 - o).log()).mean()
    return locals()


CASE = Case(
    forward,
    axes="n=5 p=3 h=4",
    given="u:n,p d:n:bits A:p,h b:h v:h c:",
    written=r"""
        u_{@@} | u | n p -> scalar
        d_@    | d | n -> scalar
        A_{@@} | A | p h -> scalar
        b_@    | b | h -> scalar
        v_@    | v | h -> scalar
        c      | c | scalar
        s_{@@} | s | n h -> scalar
        q_{@@} | q | n h -> scalar
        o_@    | o | n -> scalar
        R      | R | scalar
        \phi   | phi | function
        \sigma | \sigmoid | function
    """,
    samples="n",
)
