"""Indices that are shifted, as in differences and convolutions: how long axes are, gradients, what does not fit."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import chalkgrad as cg
from chalkgrad.errors import ShapeError
from chalkgrad.reading.plain import read_expression

RANDOM = np.random.default_rng(2)
SHAPES = [  # an expression, and the sizes of its tensors
    ("x[i+1] - x[i]", {"x": ("i+1",)}),
    ("x[i+2] - 2*x[i+1] + x[i]", {"x": ("i+2",)}),
    ("x[i] - x[i-1]", {"x": ("i",)}),
    ("x[a+p]*k[p]", {"x": ("a+p-1",), "k": ("p",)}),
    ("x[2*a+p-1]*k[p]", {"x": ("p+2*a-3",), "k": ("p",)}),
    ("x[n,c,a+p,b+q]*k[c,p,q]", {"x": ("n", "c", "a+p-1", "b+q-1"), "k": ("c", "p", "q")}),
    ("x[a+p]*x[j]", {"x": ("j",)}),
]


@pytest.mark.parametrize(("text", "shapes"), SHAPES, ids=[row[0] for row in SHAPES])
def test_axes_are_as_long_as_indices_reach(text: str, shapes: dict[str, tuple[str, ...]]) -> None:
    found = {tensor.name: tensor for tensor in read_expression(text).tensors}
    assert {name: len(tensor.axes) for name, tensor in found.items()} == {n: len(s) for n, s in shapes.items()}
    known = {letter: 11 + number for number, letter in enumerate("abcijnpq")}
    for name, wanted in shapes.items():
        lengths = [eval(str(size), {}, known) for size in found[name].shape]
        assert lengths == [eval(size, {}, known) for size in wanted]
        assert len({axis.name for axis in found[name].axes}) == len(wanted)


def test_differences_are_inside() -> None:
    x = np.array([1.0, 4.0, 9.0, 16.0])
    sheet = cg.derive("sum(i, (x[i+1] - x[i])^2)", wrt="x")
    steps = np.diff(x)
    wanted = 2 * (np.append(0, steps) - np.append(steps, 0))
    np.testing.assert_allclose(sheet.evaluate(x=x)["x"], wanted)
    value, slope = cg.compile(sheet)(x)
    np.testing.assert_allclose((value, *slope), (83, *wanted))
    assert sheet.write_result(to="unicode") == "L = Σᵢ₌₁ᵐ (xᵢ₊₁ − xᵢ)²"
    assert "L = ((x[1:] - x[:-1]) ** 2).sum()" in sheet.code()


@pytest.mark.parametrize("shape", [(2, 3, 7, 6, 4, 3, 2), (1, 2, 4, 4, 3, 1, 1), (2, 1, 5, 8, 1, 2, 4)])
def test_a_convolution_and_its_gradients_are_pytorchs(shape: tuple[int, ...]) -> None:
    n, c, h, w, o, p, q = shape
    x, k = RANDOM.normal(size=(n, c, h, w)), RANDOM.normal(size=(o, c, p, q))
    t = RANDOM.normal(size=(n, o, h - p + 1, w - q + 1))
    X, kernel = (torch.tensor(value, requires_grad=True) for value in (x, k))
    loss = ((torch.nn.functional.conv2d(X, kernel) - torch.tensor(t)) ** 2).sum()
    loss.backward()
    text = "sum(n, sum(o, sum(a, sum(b, (sum(c, sum(p, sum(q, x[n,c,a+p,b+q]*k[o,c,p,q]))) - t[n,o,a,b])^2))))"
    sheet = cg.derive(text, wrt=["x", "k"])
    values = {"x": x, "k": k, "t": t}
    for found in (sheet.evaluate(**values), cg.compile(sheet)(**values)[1]):
        np.testing.assert_allclose(found["x"], X.grad, atol=1e-11)
        np.testing.assert_allclose(found["k"], kernel.grad, atol=1e-11)
    with pytest.raises(ShapeError, match="'x' has 9 places"):
        sheet.evaluate(**{**values, "x": np.zeros((n, c, 9, w))})
    with pytest.raises(ShapeError, match="'x' needs the shape"):
        cg.compile(sheet)(**{**values, "x": np.zeros((n, c, 9, w))})
