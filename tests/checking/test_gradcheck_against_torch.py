"""The gradient check beside torch's own: the same verdicts where that is right, and right ones where it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as nn

from chalkgrad.checking.gradcheck import gradcheck
from chalkgrad.checking.rules import gradcheck_rule

DRAWN = torch.Generator().manual_seed(3)
ROWS = torch.tensor([0, 2, 1])


def t(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=DRAWN)


def positive(*shape: int) -> Tensor:
    return t(*shape).abs() + 0.5


def regular(size: int) -> Tensor:
    return t(size, size) / 2 + 2 * torch.eye(size)


def symmetric(f: Callable[[Tensor], Any]) -> Callable[[Tensor], Any]:
    return lambda a: f((a + a.T) / 2 + 2 * torch.eye(len(a)).to(a.dtype))


OPERATIONS: dict[str, tuple[Callable[..., Any], tuple[Tensor, ...]]] = {
    "add, broadcast": (lambda a, b: a + b, (t(3, 4), t(4))),
    "mul, broadcast": (lambda a, b: a * b, (t(2, 3), t(2, 1))),
    "div": (lambda a, b: a / b, (t(3), positive(3))),
    "pow": (lambda a, b: a**b, (positive(3), t(3))),
    "exp": (torch.exp, (t(3),)),
    "log": (torch.log, (positive(3),)),
    "sqrt": (torch.sqrt, (positive(3),)),
    "sin": (torch.sin, (t(3),)),
    "tanh": (torch.tanh, (t(3),)),
    "sigmoid": (torch.sigmoid, (t(3),)),
    "erf": (torch.erf, (t(3),)),
    "lgamma": (torch.lgamma, (positive(3),)),
    "digamma": (torch.digamma, (positive(3),)),
    "atan2": (torch.atan2, (t(3), t(3))),
    "hypot": (torch.hypot, (t(3), t(3))),
    "abs": (torch.abs, (t(5),)),
    "relu": (torch.relu, (t(5),)),
    "leaky relu": (nn.leaky_relu, (t(5),)),
    "clamp": (lambda x: x.clamp(-0.5, 0.5), (t(6),)),
    "softplus": (nn.softplus, (t(4),)),
    "gelu": (nn.gelu, (t(4),)),
    "silu": (nn.silu, (t(4),)),
    "elu": (nn.elu, (t(4),)),
    "hardswish": (nn.hardswish, (3 * t(6),)),
    "max": (lambda x: x.max(dim=1).values, (t(3, 4),)),
    "min": (torch.min, (t(3, 3),)),
    "median": (torch.median, (t(5),)),
    "sort": (lambda x: x.sort().values, (t(2, 4),)),
    "topk": (lambda x: x.topk(2).values, (t(2, 4),)),
    "sum": (lambda x: x.sum(dim=0), (t(3, 4),)),
    "mean": (torch.mean, (t(3, 4),)),
    "var": (lambda x: x.var(dim=0), (t(4, 2),)),
    "std": (torch.std, (t(6),)),
    "prod": (lambda x: x.prod(dim=1), (t(2, 3),)),
    "norm": (torch.norm, (t(6),)),
    "logsumexp": (lambda x: x.logsumexp(1), (t(2, 4),)),
    "cumsum": (lambda x: x.cumsum(0), (t(4),)),
    "cumprod": (lambda x: x.cumprod(0), (t(4),)),
    "matmul": (torch.matmul, (t(3, 4), t(4, 2))),
    "bmm": (torch.bmm, (t(2, 2, 3), t(2, 3, 2))),
    "einsum": (lambda a, b: torch.einsum("ij,kj->ik", a, b), (t(3, 4), t(2, 4))),
    "inverse": (torch.linalg.inv, (regular(3),)),
    "determinant": (torch.linalg.det, (regular(3),)),
    "log of a determinant": (lambda a: torch.linalg.slogdet(a)[1], (regular(3),)),
    "solve": (torch.linalg.solve, (regular(3), t(3, 2))),
    "cholesky": (symmetric(torch.linalg.cholesky), (t(3, 3) / 4,)),
    "eigenvalues": (symmetric(torch.linalg.eigvalsh), (t(3, 3) / 2,)),
    "singular values": (torch.linalg.svdvals, (t(3, 2),)),
    "pseudoinverse": (torch.linalg.pinv, (t(3, 2),)),
    "matrix exponential": (torch.matrix_exp, (t(2, 2),)),
    "trace": (torch.trace, (t(3, 3),)),
    "softmax": (lambda x: x.softmax(-1), (t(2, 4),)),
    "log softmax": (lambda x: x.log_softmax(-1), (t(2, 4),)),
    "layer norm": (lambda x, w, b: nn.layer_norm(x, (4,), w, b), (t(3, 4), t(4), t(4))),
    "batch norm": (lambda x, w, b: nn.batch_norm(x, None, None, w, b, training=True), (t(4, 2), t(2), t(2))),
    "group norm": (lambda x, w, b: nn.group_norm(x, 2, w, b), (t(2, 4, 2), t(4), t(4))),
    "instance norm": (lambda x: nn.instance_norm(x), (t(2, 2, 4),)),
    "rms norm": (lambda x, w: nn.rms_norm(x, (4,), w), (t(3, 4), t(4))),
    "normalize": (lambda x: nn.normalize(x), (t(2, 3),)),
    "conv1d": (lambda x, w, b: nn.conv1d(x, w, b, padding=1), (t(1, 2, 5), t(2, 2, 3), t(2))),
    "conv2d": (lambda x, w, b: nn.conv2d(x, w, b, stride=2), (t(1, 1, 5, 5), t(2, 1, 3, 3), t(2))),
    "transposed conv2d": (lambda x, w: nn.conv_transpose2d(x, w), (t(1, 2, 2, 2), t(2, 2, 2, 2))),
    "max pooling": (lambda x: nn.max_pool2d(x, 2), (t(1, 1, 4, 4),)),
    "average pooling": (lambda x: nn.avg_pool2d(x, 2), (t(1, 1, 4, 4),)),
    "unfold": (lambda x: nn.unfold(x, 2), (t(1, 1, 3, 3),)),
    "interpolate": (lambda x: nn.interpolate(x, scale_factor=2, mode="bilinear"), (t(1, 1, 2, 3),)),
    "cross-entropy": (lambda x: nn.cross_entropy(x, ROWS), (t(3, 4),)),
    "mse": (nn.mse_loss, (t(3), t(3))),
    "l1": (nn.l1_loss, (t(3), t(3))),
    "huber": (nn.huber_loss, (3 * t(4), t(4))),
    "margin": (lambda x: nn.multi_margin_loss(x, ROWS), (t(3, 4),)),
    "triplet": (nn.triplet_margin_loss, (t(2, 3), t(2, 3), t(2, 3))),
    "cosine": (nn.cosine_similarity, (t(2, 3), t(2, 3))),
    "attention": (nn.scaled_dot_product_attention, (t(1, 2, 3), t(1, 4, 3), t(1, 4, 3))),
    "embedding": (lambda w: nn.embedding(ROWS, w), (t(4, 2),)),
    "index": (lambda x: x[ROWS], (t(4, 2),)),
    "gather": (lambda x: x.gather(1, ROWS[:, None]), (t(3, 3),)),
    "where": (lambda a, b: torch.where(a > 0, a, b), (t(4), t(4))),
    "cdist": (torch.cdist, (t(2, 3), t(2, 3))),
    "spectrum": (lambda x: torch.fft.rfft(x).abs(), (t(5),)),
}


def off(f: Callable[..., Any], one_entry: bool) -> Callable[..., Any]:
    """The function, with a gradient that is 2 % too great: by everything, or in the greatest entry."""

    class Off(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            return x.clone()

        @staticmethod
        def backward(ctx: Any, grad: Tensor) -> Tensor:
            wrong = grad.clone().contiguous()
            wrong.view(-1)[wrong.abs().argmax() if one_entry else slice(None)] *= 1.02
            return wrong

    return lambda *given: f(*map(Off.apply, given))


def of_torch(f: Callable[..., Any], given: tuple[Tensor, ...]) -> bool:
    leaves = tuple(each.clone().requires_grad_() for each in given)
    return bool(torch.autograd.gradcheck(f, leaves, raise_exception=False))


@pytest.mark.parametrize("name", OPERATIONS)
def test_right_and_wrong_gradients_of_operations(name: str) -> None:
    f, given = OPERATIONS[name]
    assert of_torch(f, given)
    assert gradcheck_rule(f, *given).passed
    assert not of_torch(off(f, one_entry=False), given)
    for one_entry in (False, True):
        assert not gradcheck_rule(off(f, one_entry), *given).passed
    # In float32 torch's own check is at a loss.
    single = tuple(each.float() for each in given)
    found = gradcheck_rule(f, *single)
    assert found.precision == "float32"
    assert found.passed, str(found)
    for one_entry in (False, True):
        assert not gradcheck_rule(off(f, one_entry), *single).passed


AT_KINKS: dict[str, tuple[Callable[..., Any], list[float]]] = {
    "relu": (torch.relu, [0.0, 1.0, -1.0]),
    "abs": (torch.abs, [0.0, 2.0]),
    "relu6": (nn.relu6, [6.0, 0.0, 3.0]),
    "leaky relu": (nn.leaky_relu, [0.0, -0.5]),
    "clamp": (lambda x: x.clamp(-1, 1), [1.0, -1.0, 0.5]),
    "max of equals": (torch.amax, [1.0, 1.0, 0.2]),
    "hinge": (lambda x: (1 - x).clamp(min=0).sum(), [1.0, 0.3]),
    "l1": (lambda x: nn.l1_loss(x, torch.zeros_like(x)), [0.0, 1.0]),
    "hardtanh": (nn.hardtanh, [1.0, 0.4]),
}


BY_CHANCE = {"abs", "max of equals", "l1"}  # torch's gradient is the mean of both sides, as a central difference is


@pytest.mark.parametrize("kind", [torch.float64, torch.float32])
@pytest.mark.parametrize("name", AT_KINKS)
def test_at_kinks_where_torch_is_wrong(name: str, kind: torch.dtype) -> None:
    f, numbers = AT_KINKS[name]
    point = torch.tensor(numbers, dtype=kind)
    assert kind is torch.float32 or of_torch(f, (point,)) == (name in BY_CHANCE)
    found = gradcheck_rule(f, point)
    assert found.passed, str(found)
    assert found.blocks[0].kinks
    if name != "max of equals":  # of two equal numbers each may have any part of the slope
        assert not gradcheck_rule(off(f, one_entry=False), point).passed


KINKS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "relu": (lambda v: np.maximum(v, 0), lambda v: (v > 0) * 1.0),
    "abs": (np.abs, np.sign),
    "sine and relu": (lambda v: np.sin(v) + 0.3 * np.maximum(v, 0), lambda v: np.cos(v) + 0.3 * (v > 0)),
    "half a parabola": (lambda v: np.maximum(v, 0) ** 2 + v, lambda v: 2 * np.maximum(v, 0) + 1),
    "hardswish": (lambda v: (v - 3) * np.clip(v, 0, 6) / 6, lambda v: np.where(v < 0, 0, (2 * v - 3) / 6)),
}


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("name", KINKS)
def test_beside_a_kink_the_derivative_is_that_of_its_side(name: str, kind: Any) -> None:
    f, slope = KINKS[name]
    nearest = 1e-7 if kind is np.float64 else 1e-5
    for distance in (nearest, 1e-5, 1e-4, 1e-3, 1e-2, 0.1):
        for at in (distance, -distance):
            point = np.array([at], dtype=kind)
            found = gradcheck(lambda v: f(v).sum(), slope(point), point)
            assert found.passed, f"{at}: {found}"
            assert not found["point"].kinks
            wrong = slope(point) + 0.02 * np.sign(slope(point) + 0.5)
            assert not gradcheck(lambda v: f(v).sum(), wrong, point).passed, at
