"""Derivatives of every order against PyTorch's and mpmath's, and how they are written."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from torch.autograd.functional import jacobian, jvp, vjp

import chalkgrad as cg
from chalkgrad.errors import ChalkgradError, UnknownNameError

RANDOM = np.random.default_rng(5)
SHAPES = {"A": (3, 3), "B": (3, 3), "X": (3, 3), "x": (3,), "a": (3,), "b": (3,), "y": (3,), "c": ()}
VALUES: dict[str, Any] = {name: RANDOM.normal(size=shape) for name, shape in SHAPES.items()}
VALUES["X"] = VALUES["X"] + 3 * np.eye(3)

FORMULAS: list[tuple[str, str, Callable[..., Any]]] = [  # a formula, by what, and the same in PyTorch
    ("x'*A*x", "x", lambda A, x: x @ A @ x),
    ("norm2(A*x-b)^2 + c*sum(x.^3)", "x", lambda A, x, b, c: ((A @ x - b) ** 2).sum() + c * (x**3).sum()),
    ("sum(log(1+exp(-y.*(A*x))))", "x", lambda A, x, y: torch.log(1 + torch.exp(-y * (A @ x))).sum()),
    ("logsumexp(A*x)", "x", lambda A, x: torch.logsumexp(A @ x, 0)),
    ("exp(a'*x)/norm2(x)", "x", lambda a, x: torch.exp(a @ x) / x.norm()),
    ("logdet(X)", "X", lambda X: torch.logdet(X)),
    ("a'*inv(X)*b", "X", lambda a, X, b: a @ torch.inverse(X) @ b),
    ("tr(X'*A*X)", "X", lambda A, X: (X * (A @ X)).sum()),
    ("sum(tanh(A*X*b))", "X", lambda A, X, b: torch.tanh(A @ X @ b).sum()),
    ("sin(A*x) + x", "x", lambda A, x: torch.sin(A @ x) + x),
]


def given(names: Any, **more: Any) -> dict[str, Any]:
    return {**{name: VALUES[name] for name in names if name in VALUES}, **more}


def derivative(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: jacobian(function, value, create_graph=True)


def torch_function(function: Callable[..., Any], wrt: str) -> Callable[[Any], Any]:
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    rest = {name: torch.tensor(VALUES[name]) for name in names if name != wrt}
    return lambda value: function(**rest, **{wrt: value})


@pytest.mark.parametrize(("text", "wrt", "function"), FORMULAS, ids=[row[0] for row in FORMULAS])
def test_every_order_is_what_pytorch_has(text: str, wrt: str, function: Callable[..., Any]) -> None:
    own, at = torch_function(function, wrt), torch.tensor(VALUES[wrt])
    kinds = {name: "vector" if len(SHAPES[name]) == 1 else "matrix" for name in "AbX" if f"{name}" in text}
    kinds |= {"x": "vector"} if "x" in text.replace("exp", "") else {}
    names = {tensor.name for tensor in cg.derive(text, wrt, kinds).program.declared}
    direction = RANDOM.normal(size=SHAPES[wrt])
    slope = derivative(own)
    whole, along = derivative(slope)(at), jvp(own, at, torch.tensor(direction))[1]
    weights = RANDOM.normal(size=tuple(own(at).shape))
    diagonal = torch.diagonal(whole, dim1=-2, dim2=-1) if at.ndim == 1 else torch.einsum("ijij->ij", whole)
    expected = {
        "jacobian": slope(at),
        "hessian": whole,
        "hessian-diagonal": diagonal,
        "jvp": along,
        "directional": along / np.linalg.norm(direction),
        "vjp": vjp(own, at, torch.tensor(weights))[1],
        "hvp": jvp(slope, at, torch.tensor(direction))[1],
    }
    for order, wanted in expected.items():
        sheet = cg.derive(text, wrt, kinds, order=order)
        more = dict.fromkeys(sheet.directions.values(), weights if order == "vjp" else direction)
        (found,) = sheet.evaluate(**given(names, **more)).values()
        np.testing.assert_allclose(found, wanted.detach().numpy(), rtol=1e-10, atol=1e-12, err_msg=order)


def test_taylor_polynomials_are_those_of_the_function_along_the_direction() -> None:
    sheet = cg.derive("exp(a'*x) + (a'*x)^5", "x", order="taylor", degree=4)
    values = {"a": [0.5, -1.0], "x": [0.25, 0.5], "v": [2.0, 3.0]}
    inside = lambda t: 0.5 * (0.25 + 2 * t) - (0.5 + 3 * t)  # noqa: E731
    expected = sum(mpmath.taylor(lambda t: mpmath.exp(inside(t)) + inside(t) ** 5, 0, 4))
    (found,) = sheet.evaluate(**values).values()
    np.testing.assert_allclose(found, float(expected), rtol=1e-10)
    assert sheet["x"].write(form="index").startswith("L(x + v) ≈ exp(")


def test_blocks_of_a_hessian_and_products_by_several_names() -> None:
    def own(x: Any, A: Any) -> Any:
        return ((A @ x - torch.tensor(VALUES["b"])) ** 2).sum()

    at = torch.tensor(VALUES["x"]), torch.tensor(VALUES["A"])
    v, V = RANDOM.normal(size=3), RANDOM.normal(size=(3, 3))
    values = given("Axb")
    blocks = cg.derive("norm2(A*x-b)^2", ["x", "A"], order="hessian")
    assert blocks.names == (("x", "x"), ("x", "A"), ("A", "A"))
    expected = torch.autograd.functional.hessian(own, at)
    np.testing.assert_allclose(blocks["x", "A"].evaluate(**values), expected[0][1].detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(blocks["A"].evaluate(**values), expected[1][1].detach().numpy(), atol=1e-12)
    products = cg.derive("norm2(A*x-b)^2", ["x", "A"], order="hvp").evaluate(**values, v_x=v, v_A=V)
    moved = torch.autograd.functional.hvp(own, at, (torch.tensor(v), torch.tensor(V)))[1]
    np.testing.assert_allclose(products["x"], moved[0].detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(products["A"], moved[1].detach().numpy(), atol=1e-12)


def _commuted(size: int) -> Any:
    """The matrix K with K vec(X) = vec(Xᵀ)."""
    return np.eye(size * size).reshape(size, size, size * size).transpose(1, 0, 2).reshape(size * size, -1)


EYE, K = np.eye(3), _commuted(3)
MATRICES: list[tuple[str, str, str, Callable[..., Any]]] = [  # formula, order, its Kronecker form, and that in NumPy
    ("A*X*B", "jacobian", "Bᵀ ⊗ A", lambda A, X, B: np.kron(B.T, A)),
    ("inv(X)", "jacobian", "−Lᵀ ⊗ L", lambda X: -np.kron(np.linalg.inv(X).T, np.linalg.inv(X))),
    ("X'*A", "jacobian", "(Aᵀ ⊗ I)K", lambda A, X: np.kron(A.T, EYE) @ K),
    ("A.*X", "jacobian", "diag(vec(A))", lambda A, X: np.diag(A.T.ravel())),
    ("X*X", "jacobian", "Xᵀ ⊗ I + I ⊗ X", lambda X: np.kron(X.T, EYE) + np.kron(EYE, X)),
    ("tr(X*B)*X", "jacobian", "vec(X)vec(Bᵀ)ᵀ + tr(XB)I",
     lambda X, B: np.outer(X.T.ravel(), B.ravel()) + np.trace(X @ B) * np.eye(9)),
    ("X*b", "jacobian", "bᵀ ⊗ I", lambda X, b: np.kron(b, EYE)),
    ("logdet(X)", "hessian", "−(X⁻¹ ⊗ X⁻ᵀ)K", lambda X: -np.kron(np.linalg.inv(X), np.linalg.inv(X).T) @ K),
    ("tr(X'*A*X)", "hessian", "I ⊗ (Aᵀ + A)", lambda A, X: np.kron(EYE, A + A.T)),
    ("norm2(X*x-b)^2", "hessian", "2(xxᵀ ⊗ I)", lambda X, x: 2 * np.kron(np.outer(x, x), EYE)),
    ("(a'*X*b)^2", "hessian", "2 vec(abᵀ)vec(abᵀ)ᵀ",
     lambda a, X, b: 2 * np.outer(np.outer(b, a).ravel(), np.outer(b, a).ravel())),
]  # fmt: skip


@pytest.mark.parametrize(("text", "order", "written", "formula"), MATRICES, ids=[row[0] for row in MATRICES])
def test_kronecker_forms_are_the_stacked_derivatives(
    text: str, order: str, written: str, formula: Callable[..., Any]
) -> None:
    kinds = {name: "matrix" for name in "ABX" if name in text} | {n: "vector" for n in "bx" if n in text}
    sheet = cg.derive(text, "X", kinds, order=order)
    assert sheet["X"].unicode(form="kronecker").partition(" = ")[2] == written
    names = {tensor.name for tensor in sheet.program.declared}
    found = sheet["X"].evaluate(**given(names))
    rows = found.ndim - 2
    turned = found.transpose(*reversed(range(rows)), rows + 1, rows)
    arguments = formula.__code__.co_varnames[: formula.__code__.co_argcount]
    expected = formula(**{name: VALUES[name] for name in arguments})
    np.testing.assert_allclose(turned.reshape(expected.shape), expected, atol=1e-12)


def test_what_has_no_kronecker_form_is_told() -> None:
    with pytest.raises(ChalkgradError, match="no Kronecker form"):
        cg.derive("sum(tanh(X*b))", "X", {"X": "matrix"}, order="hvp")["X"].unicode(form="kronecker")
    with pytest.raises(ChalkgradError, match="joins more than two"):
        cg.derive("diag(X*A*X)", "X", {"X": "matrix", "A": "matrix"}, order="jacobian")["X"].write("kronecker")


WRITTEN = [  # an order, how it is called in matrix form and with indices
    ("hessian", "∂²L/∂x∂x = Aᵀ + A", "∂²L/∂xᵢ∂x_(i′) = A_(ii′) + A_(i′i)"),
    ("hessian-diagonal", "diag(∂²L/∂x∂x) = 2 diag(A)", "(diag(∂²L/∂x∂x))ᵢ = 2Aᵢᵢ"),
    ("hvp", "∇²L[v] = (A + Aᵀ)v", "(∇²L[v])ᵢ = Σⱼ₌₁ᵐ vⱼAⱼᵢ + Σ_(i′=1)ᵐ A_(ii′)v_(i′)"),
    ("jvp", "DL[v] = vᵀ(A + Aᵀ)x", None),
    ("taylor", "L(x + v) ≈ xᵀAx + vᵀ(A + Aᵀ)x + vᵀ(A + Aᵀ)v/2", None),
]


@pytest.mark.parametrize(("order", "matrix", "index"), WRITTEN, ids=[row[0] for row in WRITTEN])
def test_how_orders_are_written(order: str, matrix: str, index: str | None) -> None:
    found = cg.derive("x'*A*x", "x", order=order)["x"]
    assert found.unicode() == matrix
    if index is not None:
        assert found.unicode(form="index") == index
    assert found.latex().count("{") == found.latex().count("}")


def test_directions_have_names_of_their_own() -> None:
    assert cg.derive("v'*x", "x", order="jvp").directions == {"x": "u"}
    assert cg.derive("v'*x", "x", order="jvp", along="h").directions == {"x": "h"}
    with pytest.raises(ChalkgradError, match="'v' is a name of the formula"):
        cg.derive("v'*x", "x", order="jvp", along="v")


def test_what_there_is_not_is_told() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'hessian'"):
        cg.derive("x'*A*x", "x", order="hesian")
    with pytest.raises(ChalkgradError, match="expected 0 to 8"):
        cg.derive("x'*A*x", "x", order="taylor", degree=9)
    with pytest.raises(UnknownNameError, match="'y'"):
        cg.derive("x'*A*x", "x", order="hessian")["y"]
    with pytest.raises(UnknownNameError, match="form"):
        cg.derive("x'*A*x", "x", order="hessian")["x"].unicode(form="matricx")


def test_a_network_has_every_order() -> None:
    sheet = cg.derive(cg.network("2-2-1 tanh mse"), "W1", order="hvp")
    values = {"x": [1.0, 2.0], "y": [1.0], "W1": VALUES["A"][:2, :2], "b1": [0.5, 0.0], "W2": VALUES["B"][:2, :1],
              "b2": [0.25]}  # fmt: skip
    v = np.ones((2, 2))
    hessian = cg.derive(cg.network("2-2-1 tanh mse")).hessian("W1", "W1").evaluate(**values)
    np.testing.assert_allclose(sheet["W1"].evaluate(**values, v=v), np.einsum("ijkl,kl->ij", hessian, v), rtol=1e-12)


def test_orders_are_compiled_and_printed() -> None:
    hessian = cg.derive("x'*A*x + sum(exp(x))", "x", order="hessian")
    values = given("Ax")
    (expected,) = hessian.evaluate(**values).values()
    np.testing.assert_allclose(cg.compile(hessian)(**values), expected, rtol=1e-12)
    module: dict[str, Any] = {}
    exec(hessian.code(), module)
    order = list(cg.compile(hessian).names)
    np.testing.assert_allclose(module["hessian"](*(values[name] for name in order)), expected, rtol=1e-12)
    assert "ptrdiff_t" in hessian.code("c")


def _run(*words: str) -> str:
    done = subprocess.run([sys.executable, "-m", "chalkgrad", *words], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_the_command_has_every_order() -> None:
    told = _run("derive", "A*X*B", "--wrt", "X", "--order", "jacobian", "--form", "kronecker",
                "--kind", "A=matrix", "--kind", "X=matrix", "--kind", "B=matrix")  # fmt: skip
    assert told == "∂vec(L)/∂vec(X)ᵀ = Bᵀ ⊗ A\n"
    found = json.loads(_run("derive", "x'*A*x", "--wrt", "x", "--order", "hvp", "--along", "d", "--to", "json"))
    assert (found["order"], found["directions"], found["derivatives"][0]["wrt"]) == ("hvp", {"x": "d"}, ["x"])
    assert "def taylor(x, A, v):" in _run("code", "x'*A*x", "--wrt", "x", "--of", "taylor")
