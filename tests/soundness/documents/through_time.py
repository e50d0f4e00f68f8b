"""A recurrence in time, unrolled for three steps."""

import torch

from soundness.case import Case


def forward(x1, x2, x3, s0, u, w, y):
    s1 = torch.tanh(u * s0 + w * x1)
    s2 = torch.tanh(u * s1 + w * x2)
    s3 = torch.tanh(u * s2 + w * x3)
    E = (s3 - y) ** 2 / 2
    return locals()


CASE = Case(
    forward,
    axes="",
    given="x1: x2: x3: s0::zero u: w: y:",
    written="\n".join(
        f"{name}_{time} | {name}{time} | scalar" for name in "sx" for time in range(4) if name + str(time) != "x0"
    )
    + "\n"
    + "\n".join(f"{name} | {name} | scalar" for name in "uwyE"),
    layers={"t": (1, 2, 3)},
    ignored=("s_0 = 0",),
)
