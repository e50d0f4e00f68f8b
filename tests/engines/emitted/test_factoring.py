"""A matrix is factored once for all that is asked of it: solutions, its inverse, its determinant and the logarithm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg

from chalkgrad.engines.emitted.c_source import c_source
from chalkgrad.engines.emitted.jax_module import jax_module
from chalkgrad.engines.emitted.numpy_module import numpy_module
from chalkgrad.engines.emitted.torch_module import torch_module
from emitted_sources import agree, expected, flat, of_formula, values_of

FORMULAS = [
    ("logdet(S)/2 + (x-m)'*inv(S)*(x-m)/2", "S"),
    ("logdet(S)/2 + (x-m)'*inv(S)*(x-m)/2", "x"),
    ("logdet(S) + a'*inv(S)*b", "b"),
    ("logdet(X)", "X"),
    ("det(X)", "X"),
    ("det(A*X*B)", "X"),
    ("det(X)*a'*inv(X)*b", "X"),
]


@pytest.mark.parametrize(("text", "wrt"), FORMULAS, ids=[f"{text} by {wrt}" for text, wrt in FORMULAS])
def test_one_factorisation(text: str, wrt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    function = of_formula(text, wrt, ("value", "gradient"))
    source, values, factored = numpy_module(function), values_of(function), []
    own = scipy.linalg.lu_factor
    monkeypatch.setattr(scipy.linalg, "lu_factor", lambda matrix: factored.append(matrix.shape) or own(matrix))
    for name in ("inv", "solve", "det", "slogdet"):

        def refused(*_: Any, called: str = name) -> None:
            raise AssertionError(f"{called} factors the matrix once more, in\n{source}")

        monkeypatch.setattr(np.linalg, name, refused)
    names: dict[str, Any] = {}
    exec(source, names)
    found = flat(function, names[function.name](*values.values()))
    assert len(factored) == 1, source
    monkeypatch.undo()
    agree(found, expected(function, values), source)
    assert torch_module(function).count("= lu_factor(") == 1
    assert jax_module(function).count("lu_factor(") == 1
    assert c_source(function).count("if (lu_factor(") == 1


@pytest.mark.parametrize("swapped", [False, True])
def test_the_sign_of_a_determinant_from_its_factors(swapped: bool) -> None:
    torch = pytest.importorskip("torch")
    function = of_formula("det(X)", "X", ("value", "gradient"))
    matrix = np.array([[0.0, 2.0, 1.0], [1.0, 0.5, 0.0], [0.0, 0.0, -3.0]])[[1, 0, 2] if swapped else [0, 1, 2]]
    names: dict[str, Any] = {}
    exec(numpy_module(function), names)
    assert names["value_and_gradient"](matrix)[0] == pytest.approx(np.linalg.det(matrix))
    assert names["value_and_gradient"](matrix.astype(np.float32))[0].dtype == np.float32
    exec(torch_module(function), names)
    assert names["value_and_gradient"](torch.tensor(matrix))[0].item() == pytest.approx(np.linalg.det(matrix))


def test_what_is_used_once_is_not_factored_by_itself() -> None:
    source = numpy_module(of_formula("a'*inv(X)*b", "b", ("value",)))
    assert "lu_factor" not in source
    assert source.count("np.linalg.solve(") == 1
