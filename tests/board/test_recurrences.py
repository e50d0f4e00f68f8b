"""Recurrences of any length: read, derived, written, and computed by every evaluator, against PyTorch and exactly."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import chalkgrad as cg
from chalkgrad.calculus import derive
from chalkgrad.errors import ReadingError
from chalkgrad.language import (
    FLOAT,
    Program,
    evaluate,
    jacobian_by_dual_numbers,
    mpmath_arithmetic,
    program_text,
    validate,
)
from chalkgrad.reading.index_text import read_index_text
from chalkgrad.reading.programs import read_program
from residues import MODULO, random_residues

RNN = "h[t,j] = tanh(U[j,k]*h[t-1,k] + V[j,i]*x[t,i] + b[j]); sum(t, sum(j, h[t,j]*y[t,j]))"
GRU = """r[t,j] = sigmoid(A[j,i]*x[t,i] + U[j,k]*h[t-1,k])
z[t,j] = sigmoid(B[j,i]*x[t,i] + V[j,k]*h[t-1,k])
n[t,j] = tanh(C[j,i]*x[t,i] + r[t,j]*sum(k, W[j,k]*h[t-1,k]))
h[t,j] = (1 - z[t,j])*n[t,j] + z[t,j]*h[t-1,j]
sum(t, sum(j, h[t,j]*y[t,j]))"""
LSTM = """i[t,j] = sigmoid(A[j,a]*x[t,a] + U[j,k]*h[t-1,k])
f[t,j] = sigmoid(B[j,a]*x[t,a] + V[j,k]*h[t-1,k])
g[t,j] = tanh(C[j,a]*x[t,a] + W[j,k]*h[t-1,k])
o[t,j] = sigmoid(D[j,a]*x[t,a] + Q[j,k]*h[t-1,k])
c[t,j] = f[t,j]*c[t-1,j] + i[t,j]*g[t,j]
h[t,j] = o[t,j]*tanh(c[t,j])
sum(t, sum(j, h[t,j]*y[t,j]))"""
CASES = {
    "RNN": (RNN, ["U", "V", "b", "x"]),
    "GRU": (GRU, ["A", "B", "C", "U", "V", "W", "x"]),
    "LSTM": (LSTM, ["A", "B", "C", "D", "U", "V", "W", "Q", "x"]),
    "two steps back": ("f[t] = w*f[t-1] + u*f[t-2] + x[t]; sum(t, f[t]^2)", ["w", "u", "x"]),
    "backwards": ("s[n,t] = tanh(s[n,t+1]*w + x[n,t]); sum(n, sum(t, s[n,t]*v[t]))", ["w", "x", "v"]),
    "a running product": ("p[t] = (1 + p[t-1])*x[t]; sum(t, p[t]^2)", ["x"]),
}
NUMBERS = {"RNN": ("U", "V", "b"), "GRU": ("A", "B", "C", "U", "V", "W"), "LSTM": tuple("ABCDUVWQ")}
LINEAR = ["f[t] = w*f[t-1] + u*f[t-2] + x[t]; sum(t, f[t]^2)", "p[t] = (1 + p[t-1])*x[t]; sum(t, p[t]^2)",
          "h[t,j] = U[j,k]*h[t-1,k]/(1 + x[t]) + b[j]; sum(t, sum(j, h[t,j]^2))",
          "a[t] = w*b[t-1] + x[t]; b[t] = a[t]*a[t-1]; sum(t, b[t]*x[t])"]  # fmt: skip


def values_of(program: Program, length: int = 5) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    sizes: dict[int | str, int] = {}
    time = program.definitions[0].indices
    for axis in time:
        sizes.setdefault(axis.size, length if axis.name == "t" else 3)
    return {t.name: random.normal(size=[sizes.setdefault(s, 2) for s in t.shape]) for t in program.declared}


def by_torch(name: str, given: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """The gradients of a cell, step by step as PyTorch computes it."""
    v = {key: torch.tensor(value, requires_grad=True) for key, value in given.items()}
    h = c = torch.zeros(v["y"].shape[1], dtype=torch.float64)
    loss = torch.zeros(())
    for x, y in zip(v["x"], v["y"], strict=True):
        if name == "RNN":
            h = torch.tanh(v["U"] @ h + v["V"] @ x + v["b"])
        elif name == "GRU":
            r, z = torch.sigmoid(v["A"] @ x + v["U"] @ h), torch.sigmoid(v["B"] @ x + v["V"] @ h)
            h = (1 - z) * torch.tanh(v["C"] @ x + r * (v["W"] @ h)) + z * h
        else:
            pairs = (("A", "U"), ("B", "V"), ("C", "W"), ("D", "Q"))
            i, f, g, o = (v[one] @ x + v[two] @ h for one, two in pairs)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
        loss = loss + (h * y).sum()
    loss.backward()
    return {key: value.grad for key, value in v.items() if value.grad is not None}


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_cells_as_pytorch_has_them(name: str) -> None:
    text, wrt = CASES[name]
    derived = cg.derive(text, wrt=wrt)
    given = values_of(derived.program, 7)
    want = by_torch(name, given)
    value, compiled = cg.compile(derived)(**given)
    found = derived.evaluate(**given)
    assert np.isfinite(value)
    for each in wrt:
        np.testing.assert_allclose(found[each], want[each], rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(compiled[each], want[each], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", list(CASES))
def test_gradients_are_those_of_dual_numbers(name: str) -> None:
    text, wrt = CASES[name]
    derived = derive(read_index_text(text, wrt))
    validate(derived.program)
    given = {key: value.tolist() for key, value in values_of(derived.program, 3).items()}
    found = derived.evaluate(given)
    exact = evaluate(derived.program, given, mpmath_arithmetic(30))
    for each in wrt:
        want = jacobian_by_dual_numbers(derived.source, given, each).numbers
        np.testing.assert_allclose(found[each].numbers, want, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose([float(n) for n in exact[f"dL_d{each}"].numbers], want, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("text", LINEAR)
def test_rational_recurrences_modulo_a_prime(text: str) -> None:
    derived = derive(read_index_text(text))
    sizes = {str(size): 3 for tensor in derived.program.declared for size in tensor.shape}
    given = random_residues(derived.program, sizes, 1)
    found = derived.evaluate(given, MODULO)
    for each in derived.gradients:
        want = jacobian_by_dual_numbers(derived.source, given, each, arithmetic=MODULO)
        assert list(found[each].numbers) == list(want.numbers)


@pytest.mark.parametrize("name", ["RNN", "two steps back", "backwards"])
def test_products_with_the_hessian(name: str) -> None:
    text, wrt = CASES[name]
    along = cg.derive(text, wrt=wrt[:1], order="hvp")
    given = values_of(along.first.program, 4)
    direction = np.random.default_rng(1).normal(size=given[wrt[0]].shape)
    found = along.evaluate(**given, **{next(iter(along.directions.values())): direction})[wrt[0]]
    step = 1e-5
    ends = [along.first.evaluate(**{**given, wrt[0]: given[wrt[0]] + s * direction})[wrt[0]] for s in (step, -step)]
    np.testing.assert_allclose(found, (ends[0] - ends[1]) / (2 * step), rtol=1e-6, atol=1e-8)


def test_hessian_of_a_recurrence() -> None:
    derived = cg.derive("h[t] = sin(w*h[t-1] + x[t]); sum(t, h[t]^2)", wrt="x", order="hessian")
    given = {"w": 0.7, "x": np.array([0.3, -1.0, 0.5])}
    found = derived.evaluate(**given)["x"]
    for place, row in enumerate(np.eye(3) * 1e-5):
        ends = [derived.first.evaluate(w=0.7, x=given["x"] + sign * row)["x"] for sign in (1, -1)]
        np.testing.assert_allclose(found[place], (ends[0] - ends[1]) / 2e-5, rtol=1e-6, atol=1e-8)


def test_a_recurrence_is_written_and_its_adjoint_runs_backwards() -> None:
    derived = cg.derive("h[t] = tanh(w*h[t-1] + u*x[t]); sum(t, h[t]*y[t])", wrt="w")
    gradient = derived["w"]
    assert gradient.where() == ["hₜ = tanh(whₜ₋₁ + uxₜ)", "∂L/∂hₜ = yₜ + ∂L/∂hₜ₊₁ · (1 − hₜ₊₁²)w"]
    assert gradient.unicode() == "∂L/∂w = Σₜ₌₁ᵐ ∂L/∂hₜ · (1 − hₜ²)hₜ₋₁"
    assert gradient.where("index", "latex")[0] == r"h_t = \tanh(wh_{t-1} + ux_t)"


def test_a_program_with_recurrences_is_read_as_it_is_printed() -> None:
    for text, wrt in CASES.values():
        program = derive(read_index_text(text, wrt)).program
        again = read_program(program_text(program))
        assert program_text(again) == program_text(program)
        validate(again)


def test_unrolled_layers_are_the_same_as_the_recurrence() -> None:
    text = "h[t,j] = tanh(W[i,j]*x[t,i] + b[j] + U[k,j]*h[t-1,k]); sum(t, sum(j, [index(t) >= 2]*h[t,j]^2))"
    derived = cg.derive(text, wrt=["W", "U", "b"])
    layer = cg_rnn(3)
    random = np.random.default_rng(3)
    given = {"x": random.normal(size=(3, 2)), "W": random.normal(size=(2, 4)), "U": random.normal(size=(4, 4)),
             "b": random.normal(size=4)}  # fmt: skip
    state = evaluate(layer, given, FLOAT)["h3"].numbers
    value, _ = cg.compile(derived)(**given)
    assert value == pytest.approx(sum(number**2 for number in state))


def cg_rnn(steps: int) -> Program:
    from chalkgrad.language import Axis, Role, Tensor
    from chalkgrad.networks.recurrent import rnn

    x = Tensor("x", (Axis("t", steps), Axis("i", 2)), Role.INPUT)
    layer = rnn(x, Axis("j", 4))
    return Program((x, *layer.parameters), layer.definitions, (layer.definitions[-1].tensor,))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("h[t] = h[t] + x[t]; sum(t, h[t])", "'h' is used before it is defined"),
        ("h[t] = h[t-1]*h[t+1] + x[t]; sum(t, h[t])", "both before and after"),
        ("h[t] = h[2*t] + x[t]; sum(t, h[t])", "'h' is used before it is defined"),
        ("h[t] = h[t-1] + x[s]; sum(t, h[t])", "the index s is neither summed nor fixed"),
        ("h[t-1] = h[t] + x[t]; sum(t, h[t])", "the left side has an index that is not a letter"),
        ("h[t] = h[t-1]; h[t] = x[t]", "'h' is defined twice"),
        ("h[t,t] = h[t-1,t]; h[t,t]", "one index twice"),
    ],
)
def test_what_is_no_recurrence_is_told(text: str, said: str) -> None:
    with pytest.raises(ReadingError, match=said):
        cg.derive(text)


def test_running_sums_cost_one_sweep() -> None:
    x, w = cg.tensor("x", "n d"), cg.tensor("w", "n d")
    derived = cg.derive(cg.sum(cg.exp(cg.cumsum(x, "n")) * w), wrt="x")
    source = derived.code("numpy")
    assert source.count("np.cumsum") == 2
    assert "einsum" not in source
    given = {"x": np.random.default_rng(0).normal(size=(6, 2)), "w": np.random.default_rng(1).normal(size=(6, 2))}
    weighted = np.exp(given["x"].cumsum(0)) * given["w"]
    want = weighted[::-1].cumsum(0)[::-1]
    np.testing.assert_allclose(derived.evaluate(**given)["x"], want, rtol=1e-12)
    np.testing.assert_allclose(cg.compile(derived)(**given)[1], want, rtol=1e-12)
