"""Cholesky factors in formulas: gradients and second derivatives against PyTorch, in every engine that runs here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import chalkgrad as cg
from chalkgrad.errors import EvaluationError

RANDOM = np.random.default_rng(11)
ROOT = RANDOM.normal(size=(4, 4))
VALUES = {"S": ROOT @ ROOT.T + np.eye(4), "x": RANDOM.normal(size=4), "W": RANDOM.normal(size=(4, 4))}
GIVEN = {name: torch.tensor(value) for name, value in VALUES.items()}

CASES: list[tuple[str, Callable[[Any], Any]]] = [  # a formula of S, and the same in PyTorch
    ("tr(W*chol(S))", lambda S: torch.trace(GIVEN["W"] @ torch.linalg.cholesky(S))),
    ("norm2(chol(S)*x)^2", lambda S: (torch.linalg.cholesky(S) @ GIVEN["x"]).pow(2).sum()),
    ("norm2(inv(chol(S))*x)^2/2 + logdet(chol(S))",
     lambda S: torch.linalg.solve(torch.linalg.cholesky(S), GIVEN["x"]).pow(2).sum() / 2
     + torch.logdet(torch.linalg.cholesky(S))),
    ("x'*chol(S + x*x')*x", lambda S: GIVEN["x"] @ torch.linalg.cholesky(S + torch.outer(GIVEN["x"], GIVEN["x"]))
     @ GIVEN["x"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "theirs"), CASES, ids=[row[0] for row in CASES])
def test_gradients_are_pytorchs(text: str, theirs: Callable[[Any], Any]) -> None:
    at = GIVEN["S"].clone().requires_grad_()
    value = theirs(at)
    value.backward()
    sheet = cg.derive(text, "S")
    values = {tensor.name: VALUES[tensor.name] for tensor in sheet.program.declared}
    np.testing.assert_allclose(sheet.evaluate(**values)["S"], at.grad, rtol=1e-10, atol=1e-12)
    found, slope = cg.compile(sheet)(**values)
    np.testing.assert_allclose(found, value.item(), rtol=1e-12)
    np.testing.assert_allclose(slope, at.grad, rtol=1e-10, atol=1e-12)


def test_a_product_with_the_hessian_is_pytorchs() -> None:
    direction = VALUES["W"] + VALUES["W"].T
    product = torch.autograd.functional.hvp(CASES[0][1], GIVEN["S"], torch.tensor(direction))[1]
    values = {name: VALUES[name] for name in "WS"}
    found = cg.derive("tr(W*chol(S))", "S", order="hvp").evaluate(**values, v=direction)["S"]
    np.testing.assert_allclose(found, product, rtol=1e-9, atol=1e-11)


def test_how_it_is_written_and_what_has_none() -> None:
    sheet = cg.derive("norm2(chol(S)*x)^2", "x")
    assert sheet["x"].unicode(form="matrix") == "∂L/∂x = 2 chol(S)ᵀ chol(S)x"
    assert r"\operatorname{chol}(S)" in sheet["x"].latex(form="matrix")
    for run in (sheet.evaluate, cg.compile(sheet)):
        with pytest.raises(EvaluationError, match="positive definite"):
            run(S=-VALUES["S"], x=VALUES["x"])
    A = cg.tensor("A", "b d d")
    many = np.stack([VALUES["S"], 2 * VALUES["S"]])
    roots = cg.derive(cg.sum(cg.chol(A)[:, 0, 0]), wrt=A)
    np.testing.assert_allclose(roots.evaluate(A=many)["A"][:, 0, 0], 0.5 / np.sqrt(many[:, 0, 0]))
