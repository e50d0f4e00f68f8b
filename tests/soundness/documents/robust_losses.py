"""Several losses of the same residual in one document."""

import torch

from soundness.case import Case


def forward(w, x, y, c, eps):
    r = y - w * x
    S = r**2 / 2
    G = torch.cosh(r).log()
    C = c**2 / 2 * torch.log(1 + r**2 / c**2)
    A = torch.sqrt(r**2 + eps)
    return locals()


CASE = Case(
    forward,
    axes="",
    given="w: x: y: c::positive eps::small",
    written="\n".join(f"{name} | {name} | scalar" for name in "wxycrSGCA") + "\n" + r"\epsilon | eps | scalar",
)
