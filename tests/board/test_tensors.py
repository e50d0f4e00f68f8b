"""Formulas in Python: numbers and gradients against PyTorch, axes, and what does not fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import chalkgrad as cg
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.errors import ChalkgradError, ShapeError, UnknownNameError

RANDOM = np.random.default_rng(4)
AXES = {"X": "n d", "Y": "n d", "A": "d d", "B": "d d", "w": "d", "u": "d", "t": "n", "Z": "n c=4", "Q": "b n d",
        "W": "d e", "s": "", "F": "n m=6"}  # fmt: skip
SIZES = {"n": 5, "d": 3, "c=4": 4, "b": 2, "e": 4, "m=6": 6}
VALUES: dict[str, Any] = {
    name: RANDOM.uniform(0.2, 1.2, [SIZES[axis] for axis in axes.split()]) for name, axes in AXES.items()
}
VALUES["A"] = VALUES["A"] + 2 * np.eye(3)

CASES: list[tuple[str, Callable[..., Any], Callable[..., Any]]] = [  # a name, with our tensors, with PyTorch's
    ("logistic", lambda t, X, w: cg.sum(cg.log1p(cg.exp(-t * (X @ w)))),
     lambda t, X, w: torch.log1p(torch.exp(-t * (X @ w))).sum()),
    ("quadratic", lambda A, w: w @ A @ w, lambda A, w: w @ A @ w),
    ("columns scaled", lambda X, w: (X * w) ** 2 / 3 - 2, lambda X, w: (X * w) ** 2 / 3 - 2),
    ("rows scaled", lambda X, t: cg.tanh(t[:, None] * X), lambda X, t: torch.tanh(t[:, None] * X)),
    ("both ways", lambda A, w: A * w[None, :] + A.T * w[:, None], lambda A, w: A * w[None, :] + A.T * w[:, None]),
    ("one name last", lambda t, X: t - X.sum("d") + (1 / X).mean("d"), lambda t, X: t - X.sum(1) + (1 / X).mean(1)),
    ("softmax", lambda Z: cg.softmax(Z) * cg.softmax(Z, "n"), lambda Z: torch.softmax(Z, 1) * torch.softmax(Z, 0)),
    ("cross-entropy", lambda Z, t: -cg.sum(cg.log_softmax(Z)[:, 1] * t),
     lambda Z, t: -(torch.log_softmax(Z, 1)[:, 1] * t).sum()),
    ("logsumexp", lambda Z: cg.logsumexp(Z, "c").mean(), lambda Z: torch.logsumexp(Z, 1).mean()),
    ("batched", lambda Q, W: cg.sum(Q @ W, axis=(0, 1)), lambda Q, W: (Q @ W).sum((0, 1))),
    ("attention", lambda Q: cg.softmax(Q @ Q.transpose("b d n")) @ Q,
     lambda Q: torch.softmax(Q @ Q.transpose(1, 2), -1) @ Q),
    ("differences", lambda t: ((t[1:] - t[:-1]) ** 2).sum() + t[0], lambda t: ((t[1:] - t[:-1]) ** 2).sum() + t[0]),
    ("parts", lambda Z: Z[..., 1:3] * Z[:, -1][:, None], lambda Z: Z[..., 1:3] * Z[:, -1][:, None]),
    ("einsum", lambda A, X: cg.einsum("ij,nj,ni->n", A, X, X), lambda A, X: torch.einsum("ij,nj,ni->n", A, X, X)),
    ("whole matrices", lambda A, B, w: cg.logdet(A) + w @ cg.inv(A) @ w + cg.trace(A @ B) * cg.det(A),
     lambda A, B, w: torch.logdet(A) + w @ torch.inverse(A) @ w + torch.trace(A @ B) * torch.det(A)),
    ("diagonals", lambda A, w: cg.diag(A) + cg.diag(cg.diag(w) @ A), lambda A, w: torch.diag(A) + w * torch.diag(A)),
    ("masks", lambda X, Y: cg.where(X > Y, X, Y**2) + cg.maximum(X, 2 * Y),
     lambda X, Y: torch.where(X > Y, X, Y**2) + torch.maximum(X, 2 * Y)),
    ("greatest", lambda X: X.max("n") - X.min("d").sum(), lambda X: X.amax(0) - X.amin(1).sum()),
    ("norms", lambda X, s: cg.norm(X) * s + abs(-s) ** 0.5, lambda X, s: X.norm() * s + abs(-s) ** 0.5),
    ("heads", lambda F: cg.merge(cg.softmax(cg.split(F, "m", "h=2 e=3")) ** 2, "h e", "m") + 3 * F,
     lambda F: (torch.softmax(F.unflatten(1, (2, 3)), -1) ** 2).flatten(1) + 3 * F),
    ("cumulative sums", lambda X: cg.cumsum(X, "n") * cg.cumsum(X), lambda X: torch.cumsum(X, 0) * torch.cumsum(X, 1)),
    ("outer", lambda w, u: cg.outer(w, u) @ (2**u), lambda w, u: torch.outer(w, u) @ (2**u)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "own", "theirs"), CASES, ids=[row[0] for row in CASES])
def test_values_and_gradients_are_pytorchs(name: str, own: Callable[..., Any], theirs: Callable[..., Any]) -> None:
    names = own.__code__.co_varnames[: own.__code__.co_argcount]
    formula = own(**{each: cg.tensor(each, AXES[each]) for each in names})
    tensors = {each: torch.tensor(VALUES[each], requires_grad=True) for each in names}
    value = theirs(**tensors)
    weights = RANDOM.normal(size=tuple(value.shape))
    (value * torch.tensor(weights)).sum().backward()
    used = [each for each in names if each in {tensor.name for tensor in formula.expression.tensors}]
    values = {each: VALUES[each] for each in used}
    found = cg.derive(formula, used)
    assert len(formula.shape) == value.ndim
    if value.ndim:
        products = cg.derive(formula, used, order="vjp", along="weights")
        slopes = products.evaluate(**values, weights=weights)
    else:
        slopes = {each: weights * slope for each, slope in found.evaluate(**values).items()}
        result = cg.compile(found)(**values)[0]
        np.testing.assert_allclose(result, value.item(), rtol=1e-12)
    for each in used:
        np.testing.assert_allclose(slopes[each], tensors[each].grad, rtol=1e-9, atol=1e-11, err_msg=each)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_random_formulas_are_numpys(data: st.DataObject) -> None:
    """The same Python on our tensors and on NumPy's arrays."""
    depth = data.draw(st.integers(1, 4))

    def draw(level: int) -> Callable[[dict[str, Any]], Any]:
        if level == 0:
            name = data.draw(st.sampled_from(["X", "Y"]))
            return lambda given: given[name]
        one, two = draw(level - 1), draw(level - 1)
        kind = data.draw(st.sampled_from(["+", "-", "*", "exp", "slice", "T", "sum", "@"]))
        match kind:
            case "+":
                return lambda given: one(given) + two(given)
            case "-":
                return lambda given: one(given) - two(given) / 2
            case "*":
                return lambda given: one(given) * two(given)
            case "exp":
                return lambda given: given["tanh"](one(given))
            case "slice":
                return lambda given: one(given)[:, 1:][:, :1] * two(given)[:, 0][:, None] + two(given)
            case "T":
                return lambda given: (one(given).T + two(given).T).T
            case "sum":
                return lambda given: one(given) * two(given).sum(axis=0)[None, :] + one(given).mean()
        return lambda given: one(given) @ (two(given).T @ one(given))

    formula = draw(depth)
    ours = {"X": cg.tensor("X", "5 3"), "Y": cg.tensor("Y", "5 3"), "tanh": cg.tanh}
    theirs = {"X": VALUES["X"], "Y": VALUES["Y"] / 4, "tanh": np.tanh}
    wanted, program = formula(theirs), formula(ours).program()
    given_values = {name: theirs[name] for name in (tensor.name for tensor in program.declared)}
    (found,) = compile_numpy(program)(**given_values).values()
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


T = {name: cg.tensor(name, axes) for name, axes in AXES.items()}
REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: T["X"] @ T["X"], "the left side has d columns, and the right side n rows\n  X @ X\n    ^"),
    (lambda: T["t"] @ T["w"], "the left side has the size n, and the right side the size d"),
    (lambda: T["s"] @ T["w"], "the left side is no vector"),
    (lambda: 1 + T["A"] * T["w"], r"one side has 2 axes of the size d and the other 1"),
    (lambda: T["Z"] + cg.tensor("V", "n c=5"), "the axis c has the size 4 left, and 5 right\n  Z + V\n    ^"),
    (lambda: T["X"][:, None] - T["Z"][:, None], "axis 2 has the size d left, and 4 right"),
    (lambda: T["X"] + cg.tensor("X", "d"), r"'X' is two tensors, of the shapes \(n, d\) and \(d\)"),
    (lambda: T["t"][1:] + T["t"], "the axis n has the size n-1 left, and n right"),
    (lambda: cg.tensor("V", "5 3") + cg.tensor("U", "3 5"), "axis 0 has the size 5 left, and 3 right"),
    (lambda: T["X"][0, 0, 0], r"X\[0, 0, 0\]: 3 indices for 2 axes"),
    (lambda: T["Z"][:, 4], "the place 4 of an axis of the size 4"),
    (lambda: T["t"][-1], "places from the end need an axis whose size is a number"),
    (lambda: T["t"][::2], "steps of 2"),
    (lambda: T["t"][3:2], "the slice is empty"),
    (lambda: cg.split(T["X"], "d", "h=2 e=3"), "the axis has the size d, and its parts 2 times 3"),
    (lambda: cg.split(T["F"], "m", "h e"), "expected names with sizes"),
    (lambda: cg.merge(T["X"], "n d", "m"), "expected axes whose sizes are numbers"),
    (lambda: T["X"].sum("m"), "X has the axes n d, and no 'm'"),
    (lambda: T["X"].sum("n n"), "names an axis twice"),
    (lambda: T["X"].transpose("n m"), "which are not those"),
    (lambda: cg.inv(T["X"]), r"expected a square matrix, and the shape is \(n, d\)"),
    (lambda: cg.einsum("ij,jk", T["X"], T["X"]), "'j' has the sizes d and n"),
    (lambda: cg.einsum("ij", T["X"], T["X"]), "expected letters for each of the 2"),
]


@pytest.mark.parametrize(("wrong", "said"), REFUSED, ids=[str(number) for number in range(len(REFUSED))])
def test_what_does_not_fit_is_told_at_the_operator(wrong: Callable[[], Any], said: str) -> None:
    with pytest.raises(ShapeError, match=said.replace("^", r"\^").replace("+", r"\+")):
        wrong()


def test_what_is_no_tensor_is_told() -> None:
    with pytest.raises(ChalkgradError, match="a ndarray stands in a formula"):
        T["X"] + np.ones(3)
    with pytest.raises(ChalkgradError, match="'2x' is no name"):
        cg.tensor("2x", "n")
    with pytest.raises(ChalkgradError, match="'n-1' is no axis"):
        cg.tensor("x", "n-1")
    with pytest.raises(UnknownNameError, match="did you mean 'symmetric'"):
        cg.tensor("S", "d d", kind="symetric")
    with pytest.raises(ChalkgradError, match="no square matrix"):
        cg.tensor("S", "n d", kind="symmetric")
    with pytest.raises(ChalkgradError, match="neither true nor false"):
        bool(T["X"] > 0)
    with pytest.raises(UnknownNameError, match="'v'"):
        cg.derive(T["w"] @ T["u"], wrt="v")
    with pytest.raises(ChalkgradError, match="no tensor by itself"):
        cg.derive(T["w"] @ T["u"], wrt=2 * T["w"])
    with pytest.raises(AttributeError, match="no attribute 'sofmax'"):
        cg.sofmax  # noqa: B018


def test_kinds_are_used() -> None:
    S = cg.tensor("S", "d d", kind="symmetric")
    assert cg.derive(T["w"] @ S @ T["w"], wrt=T["w"])["w"].unicode(form="matrix") == "∂L/∂w = 2Sw"
    D = cg.tensor("D", "d d", kind="diagonal")
    assert cg.derive(T["w"] @ D @ T["w"], wrt=D)["D"].unicode(form="matrix") == "∂L/∂D = diag(w ⊙ w)"


def test_functions_of_the_table_have_their_names() -> None:
    assert repr(cg.gelu(T["w"])) == "<gelu(w) (d)>"
    assert repr(-((T["w"] + 1) ** 2) / (2 * T["u"])) == "<(-(w + 1) ** 2) / (2 * u) (d)>"
