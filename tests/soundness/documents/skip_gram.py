"""Word vectors: labels and indices below the same letter."""

import torch

from soundness.case import Case


def forward(vc, uo, U):
    J = -torch.sigmoid(uo @ vc).log() - torch.sigmoid(-U @ vc).log().sum()
    return locals()


CASE = Case(
    forward,
    axes="K=5 d=3",
    given="vc:d uo:d U:K,d",
    written=r"""
        v_c | vc | column d
        u_o | uo | column d
        u_@ | U  | K -> column d
        J   | J  | scalar
        \sigma | \sigmoid | function
    """,
)
