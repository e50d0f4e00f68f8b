"""Scalars only, each with a name of its own."""

import torch

from soundness.case import Case


def forward(x1, x2, t, w11, w12, w21, w22, b1, b2, v1, v2, c):
    h1 = torch.sigmoid(w11 * x1 + w12 * x2 + b1)
    h2 = torch.sigmoid(w21 * x1 + w22 * x2 + b2)
    o = v1 * h1 + v2 * h2 + c
    E = (o - t) ** 2 / 2
    return locals()


NAMES = [
    "x_1",
    "x_2",
    "t",
    "w_{11}",
    "w_{12}",
    "w_{21}",
    "w_{22}",
    "b_1",
    "b_2",
    "v_1",
    "v_2",
    "c",
    "h_1",
    "h_2",
    "o",
    "E",
]
PLAIN = [name.replace("_", "").replace("{", "").replace("}", "") for name in NAMES]
CASE = Case(
    forward,
    axes="",
    given=" ".join(f"{name}:" for name in PLAIN[:12]),
    written="\n".join(f"{name} | {plain} | scalar" for name, plain in zip(NAMES, PLAIN, strict=True))
    + "\n"
    + r"\sigma | \sigmoid | function",
)
