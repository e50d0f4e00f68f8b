"""Derivations to hold: written, stepped through, evaluated, checked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import chalkgrad as cg
from chalkgrad.language import Program, evaluate

SHEET = Path(__file__).parents[2] / "examples" / "homework.md"
VALUES = {"W1": [[1, -1, 0.3], [0.2, 0.1, 0.5]], "b1": [0.1, 0.2, 1], "W2": [[1], [0.4], [-1]], "b2": [1]}
X, Y = [[1.0, -1.0], [0.5, -1.0], [0.3, 1.0]], [1.0, 0.0, 1.0]


@pytest.fixture(scope="module")
def derivation() -> cg.DerivationSheet:
    return cg.derive(cg.network("2-3-1 relu sigmoid bce"))


def by_torch(x: object, y: object) -> dict[str, np.ndarray]:
    tensors = {n: torch.tensor(np.asarray(v, dtype=float), requires_grad=True) for n, v in VALUES.items()}
    hidden = torch.relu(torch.tensor(x, dtype=torch.float64) @ tensors["W1"] + tensors["b1"])
    output = torch.sigmoid(hidden @ tensors["W2"] + tensors["b2"])
    target = torch.tensor(y, dtype=torch.float64).reshape(output.shape)
    torch.nn.functional.binary_cross_entropy(output, target).backward()
    return {name: tensor.grad.numpy() for name, tensor in tensors.items()}


@pytest.mark.parametrize(("x", "y"), [(X[0], 1.0), (X, Y)], ids=["sample", "batch"])
def test_gradients_are_those_of_pytorch(derivation: cg.DerivationSheet, x: object, y: object) -> None:
    found, expected = derivation.evaluate(x=x, y=y, **VALUES), by_torch(x, y)
    assert list(found) == ["W1", "b1", "W2", "b2"]
    for name, gradient in found.items():
        assert gradient.dtype == np.float64
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-12, atol=1e-15)
    assert derivation.pack(found).shape == (13,)


def test_the_check_passes_and_finds_what_is_wrong(derivation: cg.DerivationSheet) -> None:
    checked = derivation.check(x=X, y=Y, **VALUES)
    assert checked.passed
    assert [block.name for block in checked.blocks] == ["W1", "b1", "W2", "b2"]
    wrong = cg.gradcheck(lambda w: float((w**2).sum()), lambda w: 3 * w, np.array([1.0, 2.0]))
    assert not wrong.passed


def test_forms(derivation: cg.DerivationSheet) -> None:
    gradient = derivation["W2"]
    assert gradient.latex(form="matrix").startswith(r"\frac{\partial L}{\partial W^{(2)}} = ")
    assert gradient.unicode() == "∂L/∂w⁽²⁾ⱼ = ∂L/∂z⁽²⁾ · h⁽¹⁾ⱼ"
    assert gradient.text() == "dL_dW2[j,k] = dL_dz2[k]*h1[j]"
    assert gradient.unicode(closed=True) == "∂L/∂w⁽²⁾ⱼ = (ŷ − y)h⁽¹⁾ⱼ"
    assert derivation["z2"].unicode() == "∂L/∂z⁽²⁾ = ŷ − y"
    assert gradient.chain == ("L", "yhat", "z2", "W2")
    assert {step.rule for step in derivation.steps} >= {"chain rule", "substitute", "derivative of σ"}


def test_a_derivation_step_by_step_ends_where_it_should(derivation: cg.DerivationSheet) -> None:
    worked = derivation["W1"].worked()
    for part in ("By the chain rule", "∂L/∂ŷ · ∂ŷ/∂z⁽²⁾", "σ′(z⁽²⁾) = ŷ(1 − ŷ)", "(ŷ − y)w⁽²⁾ⱼ𝟏[z⁽¹⁾ⱼ > 0]xᵢ"):
        assert part in worked


def test_json_has_the_promised_shape(derivation: cg.DerivationSheet) -> None:
    data = json.loads(json.dumps(derivation.to_json()))
    assert data["model"] == "2-3-1 relu sigmoid bce"
    for gradient, name in zip(data["gradients"], ("W1", "b1", "W2", "b2"), strict=True):
        assert gradient["of"] == "L"
        assert gradient["wrt"] == name
        assert set(gradient["latex"]) == {"scalar", "index", "matrix"}
        assert gradient["text"].startswith(f"dL_d{name}")
        assert gradient["steps"]
        assert all(step["rule"] and step["latex"] for step in gradient["steps"])
    assert data["gradients"][0]["axes"] == ["i", "j"]


def test_any_scalar_expression_is_derived() -> None:
    derivation = cg.derive("sum(i, log(1+exp(-t[i]*sum(j, X[i,j]*w[j]))))", wrt="w")
    t, matrix, w = np.array([1.0, -1, 1, 1]), np.arange(12.0).reshape(4, 3) / 7, np.array([0.3, -0.2, 0.5])
    expected = -matrix.T @ (t / (1 + np.exp(t * (matrix @ w))))
    np.testing.assert_allclose(derivation.evaluate(t=t, X=matrix, w=w)["w"], expected, rtol=1e-12)


def test_second_derivatives() -> None:
    derivation = cg.derive("sum(i, x[i]^3)", wrt="x")
    assert derivation.hessian("x", "x").text() == "ddL_dx_dx[i',i] = 6*delta(i', i)*x[i]"


@pytest.mark.parametrize(
    ("first", "second", "written"),
    [
        ("W1", "W1", "x[i']*[z1[j'] > 0]*sum(k, W2[j',k]*yhat[k]*(1 - yhat[k])*W2[j,k])*[z1[j] > 0]*x[i]"),
        ("W1", "b2", "x[i']*W2[j',k]*[z1[j'] > 0]*yhat[k]*(1 - yhat[k])"),
    ],
)
def test_second_derivatives_are_what_a_person_would_write(
    derivation: cg.DerivationSheet, first: str, second: str, written: str
) -> None:
    assert derivation.hessian(first, second).text().partition(" = ")[2] == written


@pytest.mark.parametrize(("x", "y"), [(X[0], 1.0), (X, Y)], ids=["sample", "batch"])
@pytest.mark.parametrize("second", ["W1", "b1", "W2", "b2"])
def test_second_derivatives_are_the_differences_of_the_first(
    derivation: cg.DerivationSheet, second: str, x: object, y: object
) -> None:
    step, shape = 1e-6, np.shape(VALUES[second])
    x = np.asarray(x) * 0.9  # away from a kink
    found = derivation.hessian("W1", second).evaluate(x=x, y=y, **VALUES)
    assert found.shape == (2, 3, *shape)
    for place in np.ndindex(*shape):
        moved = []
        for sign in (1, -1):
            value = np.array(VALUES[second], dtype=float)
            value[place] += sign * step
            moved.append(derivation.evaluate(x=x, y=y, **{**VALUES, second: value})["W1"])
        np.testing.assert_allclose(found[(..., *place)], (moved[0] - moved[1]) / (2 * step), atol=1e-8)


def test_what_a_second_derivative_says_is_what_it_computes(derivation: cg.DerivationSheet) -> None:
    """The one formula that is shown and the program that runs are two ways to write the same."""
    expression = cg.derive("sum(i, log(1+exp(-t[i]*sum(j, X[i,j]*w[j]))))", wrt="w")
    logistic = {"t": [1.0, -1, 1], "X": [[1, 2], [3, 4], [-1, 0.5]], "w": [0.1, -0.2]}
    network = {"x": X[0], "y": [1.0], **VALUES}
    for sheet, values, pairs in (
        (derivation, network, [("W1", "W2"), ("W1", "W1"), ("b1", "W1"), ("W2", "W2")]),
        (expression, logistic, [("w", "w")]),
    ):
        for first, second in pairs:
            found = sheet.hessian(first, second)
            known = sheet.derivation.source
            shown = Program(known.declared, (*known.definitions, found.definition), (found.definition.tensor,))
            written = np.array(evaluate(shown, values)[found.definition.tensor.name].nested())
            np.testing.assert_allclose(written, found.evaluate(**values), rtol=1e-12, atol=1e-15)


def test_a_text_without_names_to_derive_by_is_derived_by_all_of_them() -> None:
    assert str(cg.derive("x*y + sin(x)")) == "∂L/∂x = y + cos(x)\n∂L/∂y = x"
    assert cg.derive("2-3-1 relu sigmoid bce", wrt="W1").names == ("W1",)
    assert cg.derive("2-3*x", wrt="x")["x"].text() == "dL_dx = -3"


def test_an_index_that_stands_once_is_one_of_the_result() -> None:
    assert cg.derive("2*x[i]", wrt="x")["x"].unicode("matrix") == "∂L/∂x = 2I"
    with pytest.raises(cg.ChalkgradError, match="the index i is neither summed nor fixed"):
        cg.derive("2*x[i]^2", wrt="x")


def test_json_in_a_notation(derivation: cg.DerivationSheet) -> None:
    data = derivation.to_json(["b2"], "bracket")
    assert data["gradients"][0]["latex"]["index"] == "db^{[2]} = dz^{[2]}"


def test_an_unknown_name_is_told_with_the_nearest(derivation: cg.DerivationSheet) -> None:
    with pytest.raises(cg.ChalkgradError, match="did you mean"):
        derivation["W22"]
    with pytest.raises(cg.ChalkgradError, match="no gradient 'W3'"):
        derivation.hessian("W3", "W1")
    with pytest.raises(cg.ChalkgradError, match="no tensor 'W3'"):
        derivation.hessian("W1", "W3")
    with pytest.raises(cg.ChalkgradError, match="no name 'v'"):
        cg.derive("x^2", wrt="v")


def test_the_sheets_gradients_in_the_sheets_names() -> None:
    derivation = cg.derive(cg.read(SHEET))
    assert str(derivation).splitlines()[0:3:2] == ["∂L/∂out = ŷ − y", "∂L/∂wᵢⱼ = ∂L/∂out′ⱼ · xᵢ"]
    assert derivation["v"].unicode("matrix", closed=True) == "∂L/∂v = (ŷ − y)h"


def test_functions_of_a_few_variables() -> None:
    g = cg.function("(1-x^3) + 100*(y^2-x)^2")
    assert g(x=1, y=2) == 900.0
    assert g.partial("x").text() == "200*x - 3*x^2 - 200*y^2"
    assert [[entry.text() for entry in row] for row in g.hessian()] == [
        ["200 - 6*x", "-400*y"],
        ["-400*y", "400*(3*y^2 - x)"],
    ]
    assert g._repr_latex_().startswith("$")
    assert g.partial("y").mathml().startswith("<math")
