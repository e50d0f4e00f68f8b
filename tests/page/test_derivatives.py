"""Derivatives: every way in which one is written, in compact form."""

from __future__ import annotations

import pytest

from chalkgrad.page.documents import read_document
from chalkgrad.page.statements import statements_in
from page.compact import compact


def read(latex: str) -> str:
    (statement,) = statements_in(read_document(f"$${latex}$$"))
    return compact(statement.body)


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\frac{\partial L}{\partial w}", "d(L; w)"),
        (r"\dfrac{\partial L}{\partial w}", "d(L; w)"),
        (r"\tfrac{dL}{dw}", "d(L; w)"),
        (r"\frac{\mathrm{d}L}{\mathrm{d}w}", "d(L; w)"),
        (r"\frac{\mathrm d L}{\mathrm d w_1}", "d(L; w_{1})"),
        (r"{\partial L \over \partial w}", "d(L; w)"),
        (r"\partial L \over \partial w", "d(L; w)"),
        (r"\partial L/\partial w", "d(L; w)"),
        (r"{\partial L}/{\partial w}", "d(L; w)"),
        ("∂L/∂W", "d(L; W)"),
        ("dL/dw = 2", "d(L; w) = 2"),
        (r"x \, dL/dw \cdot y", "x d(L; w) cdot y"),
        (r"\frac{\partial}{\partial w} L", "d(L; w)"),
        (r"\frac{\partial}{\partial w} (a + b)^2", "d((a + b)^{2}; w)"),
        (r"\frac{d}{dx} f(x) g(x) + 1", "d(f (x) g (x); x) + 1"),
        (r"\frac{d}{dx} a \cdot b", "d(a cdot b; x)"),
        (r"\frac{\partial}{\partial w} L \frac{\partial z}{\partial x}", "d(L; w) d(z; x)"),
        (r"\frac{\partial}{\partial w}", "d(; w)"),
        (r"\partial/\partial w\, L", "d(L; w)"),
        (r"\pdv{L}{w}", "d(L; w)"),
        (r"\pdv{w}", "d(; w)"),
        (r"\pdv[2]{L}{w}", "d(L; w, w)"),
        (r"\pdv{L}{w}{v}", "d(L; w, v)"),
        (r"\dv{f}{x}", "d(f; x)"),
        (r"\partial_w L", "d(L; w)"),
        (r"\partial_{w} L(w) x", "d(L (w) x; w)"),
        (r"\frac{\partial L(y, \hat y)}{\partial w}", "d(L (y, hat(y)); w)"),
        (r"\frac{\partial (W x + b)}{\partial W}", "d((W x + b); W)"),
        (r"\frac{\partial W x}{\partial W}", "d(W x; W)"),
        (r"\frac{\partial W \cdot x}{\partial W}", "d(W cdot x; W)"),
        (r"\frac{\partial a + b}{\partial w}", "d(a + b; w)"),
        (r"\frac{\partial \sum_i a_i}{\partial w}", "d(sum_{i}(a_{i}); w)"),
        (r"\frac{-\partial L}{\partial w}", "- d(L; w)"),
        (r"\frac{\partial L}{\partial \mathbf{w}_j^{(l)}}", "d(L; mathbf:w_{j}^{(l)})"),
        # exponents and transposes stay
        (r"\frac{\partial L^2}{\partial w}", "d(L^{2}; w)"),
        (r"\frac{\partial L}{\partial W^\top}", "d(L; W^{top})"),
        (r"\frac{\partial L}{\partial w^2}", "d(L; w^{2})"),
        (r"\partial L^2/\partial w^2", "d(L^{2}; w^{2})"),
        # second derivatives
        (r"\frac{\partial^2 L}{\partial w^2}", "d(L; w, w)"),
        (r"\partial^2 L / \partial w^2", "d(L; w, w)"),
        (r"\frac{\partial^2 L}{\partial w\, \partial v}", "d(L; w, v)"),
        (r"\frac{\partial^2 L}{\partial w\, \partial w^\top}", "d(L; w, w^{top})"),
        (r"\frac{d^2 f}{dx^2}", "d(f; x, x)"),
        (r"\frac{\partial^2 L}{\partial w_i \partial w_j}", "d(L; w_{i}, w_{j})"),
        (r"\frac{\partial^2 L}{(\partial w)^2}", "d(L; w, w)"),
        # at a place
        (r"\frac{\partial L}{\partial w}\Big|_{w=0}", "at(d(L; w); w = 0)"),
        (r"\left.\frac{\partial L}{\partial w}\right|_{w=0}", "at(d(L; w); w = 0)"),
        (r"f'(x)|_{x = x_0}", "at(f' (x); x = x_{0})"),
        (r"\frac{d}{dx} f(x)|_{x = 0}", "at(d(f (x); x); x = 0)"),
        (r"\frac{dL}{dw}\bigg\rvert_{w_0}", "at(d(L; w); w_{0})"),
        # no derivatives
        (r"\frac{d}{n}", "frac(d, n)"),
        (r"\frac{1}{d_k}", "frac(1, d_{k})"),
        (r"a/b", "a / b"),
        (r"\frac{dim}{n}", "frac(dim, n)"),
        # a sign that was forgotten
        (r"\frac{\partial L}{w}", "d(L; w)"),
        (r"\frac{L}{\partial w}", "d(L; w)"),
        (r"\frac{\partial L}{2}", "frac(partial L, 2)"),
        (r"\frac{\partial L v}{w}", "frac(partial L v, w)"),
        (r"\frac{dz}{z}", "frac(dz, z)"),
        # names with a number behind them
        (r"\frac{dL}{dW1}", "d(L; W_{1})"),
        (r"dW1 = 2 x", "dW_{1} = 2 x"),
        (r"2x_12", "2 x_{1} 2"),
    ],
)
def test_a_derivative(latex: str, expected: str) -> None:
    assert read(latex) == expected
