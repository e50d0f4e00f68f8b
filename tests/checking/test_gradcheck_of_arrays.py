"""The gradient check on what engineers have: low precision, tensors, complex numbers, arrays as results, trees."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from chalkgrad.checking.gradcheck import gradcheck
from chalkgrad.errors import EvaluationError, ShapeError

GENERATOR = np.random.default_rng(7)
W, X = GENERATOR.normal(size=(4, 3)), GENERATOR.normal(size=(5, 4))


def loss_in(kind: Any, w: np.ndarray) -> Any:
    return (np.tanh(X.astype(kind) @ w.astype(kind)) ** 2).mean(dtype=kind)


def slope(w: np.ndarray, factor: float = 1.0) -> np.ndarray:
    t = np.tanh(X @ w)
    return factor * X.T @ (2 * t * (1 - t**2)) / t.size


@pytest.mark.parametrize("shown", [True, False], ids=["typed", "hidden"])
@pytest.mark.parametrize(("kind", "off"), [(np.float32, 1.02), (np.float16, 1.5)])
def test_the_precision_is_found_out(kind: Any, off: float, shown: bool) -> None:
    def f(w: np.ndarray) -> Any:
        return loss_in(kind, w) if shown else float(loss_in(kind, w))

    right = gradcheck(f, slope, W)
    assert right.passed, str(right)
    half = {"float16", "bfloat16"}  # which of them only a type tells
    assert right.precision in (half if kind is np.float16 and not shown else {np.dtype(kind).name})
    assert not right["point"].kinks
    assert not gradcheck(f, lambda w: slope(w, off), W).passed


def test_double_precision_is_not_taken_for_less() -> None:
    assert gradcheck(lambda w: loss_in(np.float64, w), slope, W).precision == "float64"
    assert not gradcheck(lambda w: loss_in(np.float64, w), lambda w: slope(w, 1 + 1e-4), W).passed
    # A kink, a step and a function that stands still round nothing.
    for f in (lambda v: np.abs(v).sum(), lambda v: np.maximum(v, 0).sum(), lambda v: float(0 * v.sum() + 3)):
        assert gradcheck(f, np.zeros(3), np.zeros(3)).precision == "float64"


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_kink_takes_what_lies_between_and_nothing_else(kind: Any) -> None:
    point = np.array([1.0, 0.0, -0.5], dtype=kind)
    assert gradcheck(lambda v: np.maximum(v, 0).sum(), np.array([1, 0.5, 0], dtype=kind), point).passed
    assert not gradcheck(lambda v: np.maximum(v, 0).sum(), np.array([1.02, 0.5, 0], dtype=kind), point).passed
    assert not gradcheck(lambda v: np.maximum(v, 0).sum(), np.array([1, 1.1, 0], dtype=kind), point).passed


@pytest.mark.parametrize("kind", [torch.float64, torch.float32, torch.bfloat16])
def test_tensors_keep_their_type(kind: torch.dtype) -> None:
    point = {"w": torch.tensor(W, dtype=kind), "k": torch.tensor([0, 2])}

    def f(p: dict[str, torch.Tensor]) -> torch.Tensor:
        assert p["w"].dtype == kind
        return torch.sin(p["w"])[:, p["k"]].sum()

    def gradient(p: dict[str, torch.Tensor], factor: float = 1.0) -> dict[str, Any]:
        found = torch.zeros_like(p["w"])
        found[:, p["k"]] = factor * torch.cos(p["w"])[:, p["k"]]
        return {"w": found}

    assert gradcheck(f, gradient, point).passed
    assert not gradcheck(f, lambda p: gradient(p, 1.5), point).passed


def test_complex_numbers_have_a_gradient_by_both_parts() -> None:
    z = GENERATOR.normal(size=3) + 1j * GENERATOR.normal(size=3)
    assert gradcheck(lambda z: (np.abs(z) ** 2).sum(), lambda z: 2 * z, z).passed
    conjugate = gradcheck(lambda z: (np.abs(z) ** 2).sum(), lambda z: 2 * z.conj(), z)
    assert [(block.name, block.passed) for block in conjugate.blocks] == [("point.real", True), ("point.imag", False)]
    leaf = torch.tensor(z, requires_grad=True)
    (leaf.abs() ** 4).sum().backward()
    assert gradcheck(lambda z: (z.abs() ** 4).sum(), leaf.grad, torch.tensor(z)).passed


def test_an_array_as_result_is_weighted_with_a_cotangent() -> None:
    def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a @ b

    def gradient(a: np.ndarray, b: np.ndarray, cotangent: np.ndarray) -> dict[str, np.ndarray]:
        return {"a": cotangent @ b.T, "b": a.T @ cotangent}

    assert gradcheck(product, gradient, a=X, b=W).passed
    found = gradcheck(product, lambda a, b, cotangent: {"a": cotangent @ b.T, "b": a.T @ cotangent**2}, a=X, b=W)
    assert [(block.name, block.passed) for block in found.blocks] == [("a", True), ("b", False)]
    with pytest.raises(ShapeError, match="takes its cotangent"):
        gradcheck(product, {"a": X, "b": W}, a=X, b=W)


def test_trees_of_arrays() -> None:
    point = {"layers": [{"w": W, "b": np.ones(3)}, {"w": W.T, "b": np.ones(4)}], "scale": 2.0}

    def f(p: dict[str, Any]) -> float:
        one, two = p["layers"]
        return float(p["scale"] * ((one["w"] ** 2).sum() + one["b"].sum() * two["w"].sum() + (two["b"] ** 3).sum()))

    def gradient(p: dict[str, Any]) -> dict[str, Any]:
        (one, two), s = p["layers"], p["scale"]
        first = {"w": 2 * s * one["w"], "b": s * two["w"].sum() * np.ones(3)}
        second = {"w": s * one["b"].sum() * np.ones((3, 4)), "b": 3 * s * two["b"]}  # of the square, not of the cube
        return {"layers": [first, second], "scale": f(p) / s}

    found = gradcheck(f, gradient, point)
    verdicts = {block.name: block.passed for block in found.blocks}
    assert verdicts == {
        "layers.0.w": True, "layers.0.b": True, "layers.1.w": True, "layers.1.b": True, "scale": True
    }  # fmt: skip
    point["layers"][1]["b"] = 2 * np.ones(4)
    assert not gradcheck(f, gradient, point)["layers.1.b"].passed


def test_random_functions_are_told() -> None:
    noise = np.random.default_rng(0)
    with pytest.raises(EvaluationError, match="other numbers when it is called again"):
        gradcheck(lambda v: float((v * (noise.random(3) > 0.5)).sum()), np.ones(3), np.ones(3))
    with pytest.raises(ShapeError, match="made of whole numbers"):
        gradcheck(lambda v: float(v.sum()), np.ones(3), np.array([1, 2, 3]))


def test_the_steps_stay_where_the_function_is_defined() -> None:
    point = np.array([1e-3, 2e-2, 0.5, 4e-5])
    for kind in (np.float64, np.float32):
        assert gradcheck(lambda v: np.log(v).sum(), lambda v: 1 / v, point.astype(kind)).passed
        assert not gradcheck(lambda v: np.log(v).sum(), lambda v: 1.02 / v, point.astype(kind)).passed


def test_a_part_in_float32_is_found_beside_one_in_float64() -> None:
    def f(w: np.ndarray) -> float:
        return float(loss_in(np.float32, w)) + 0.1 * float((w**2).sum())

    found = gradcheck(f, lambda w: slope(w) + 0.2 * w, W)
    assert found.passed, str(found)
    assert found.precision == "float32"
    assert not gradcheck(f, lambda w: slope(w) + 0.206 * w, W).passed
