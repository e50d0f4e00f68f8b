"""Functions of one variable in the sentences of a list."""

import torch

from soundness.case import Case


def forward(z):
    s, t = torch.sigmoid, torch.tanh

    def r(z):
        return torch.log1p(torch.exp(z))

    def w(z):
        return z * torch.sigmoid(z)

    def q(z):
        return z / (1 + z)

    def m(z):
        return z * torch.tanh(r(z))

    return locals()


CASE = Case(
    forward,
    axes="",
    given="z::positive",
    written="z | z | scalar\n" + "\n".join(f"{name} | {name} | function" for name in "strwqm"),
)
