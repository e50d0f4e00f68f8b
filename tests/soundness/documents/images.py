"""A convolution in two dimensions, with a gradient from above."""

import torch

from soundness.case import Case


def forward(F, M, k):
    O = torch.nn.functional.conv2d(M[None, None], F[None, None])[0, 0]
    L = (k * O).sum() + (O**3).sum() + torch.sin(O[0, 0] * O[1, 1])
    return locals()


CASE = Case(
    forward,
    axes="A=2 B=3 H=5 W=8 P=4 Q=6",
    given="F:A,B M:H,W k:P,Q",
    written=r"""
        F_{@@} | F | A B -> scalar
        M_{@@} | M | H W -> scalar
        O_{@@} | O | P Q -> scalar
        L | L | scalar
    """,
)
