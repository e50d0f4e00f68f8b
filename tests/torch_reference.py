"""The functions of the table and the losses as PyTorch computes them: an independent reference in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

Function = Callable[[torch.Tensor], torch.Tensor]

FUNCTIONS: dict[str, Function] = {
    "identity": lambda x: x.clone(),
    "relu": torch.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "selu": torch.selu,
    "gelu": functional.gelu,
    "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
    "silu": functional.silu,
    "mish": functional.mish,
    "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),  # functional.softplus overflows, or cuts off at 20
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "hard_sigmoid": lambda x: functional.relu6(x + 3) / 6,  # functional.hardsigmoid takes 1/6 in single precision
    "hard_tanh": functional.hardtanh,
    "softsign": functional.softsign,
    "exp": torch.exp,
    "log": torch.log,
    "log1p": torch.log1p,
    "expm1": torch.expm1,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "sign": torch.sign,
    "sin": torch.sin,
    "cos": torch.cos,
    "tan": torch.tan,
    "arctan": torch.atan,
    "arcsin": torch.asin,
    "arccos": torch.acos,
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "sech": lambda x: 1 / torch.cosh(x),
    "erf": torch.erf,
    "normal_cdf": torch.special.ndtr,
    "normal_density": lambda x: torch.exp(-x * x / 2) / math.sqrt(2 * math.pi),
    "step": lambda x: torch.heaviside(x.detach(), torch.zeros((), dtype=x.dtype)) + 0 * x,
    "square": torch.square,
    "reciprocal": torch.reciprocal,
}


def _mean_over_outputs(losses: torch.Tensor) -> torch.Tensor:
    return losses.mean(dim=-1)


LOSSES: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "bce": lambda p, y: _mean_over_outputs(functional.binary_cross_entropy(p, y, reduction="none")),
    "bce_with_logits": lambda z, y: _mean_over_outputs(
        functional.binary_cross_entropy_with_logits(z, y, reduction="none")
    ),
    "mse": lambda p, y: _mean_over_outputs(functional.mse_loss(p, y, reduction="none")),
    "mae": lambda p, y: _mean_over_outputs(functional.l1_loss(p, y, reduction="none")),
    "huber": lambda p, y: _mean_over_outputs(functional.huber_loss(p, y, reduction="none")),
    "cross_entropy": lambda z, y: functional.cross_entropy(z, y, reduction="none"),
    "hinge": lambda p, y: _mean_over_outputs(torch.clamp(1 - y * p, min=0)),
}
"""The loss of each sample, from the output (bce, mse, mae, huber, hinge) or the logits, (n, outputs) to (n,)."""


def leaf(value: Any) -> torch.Tensor:
    """A float64 tensor whose gradient is kept."""
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


def softmax(z: torch.Tensor) -> torch.Tensor:
    """Over the last axis."""
    return torch.softmax(z, dim=-1)
