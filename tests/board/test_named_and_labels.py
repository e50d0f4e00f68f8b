"""Named functions in formulas with indices, and labels that choose places: against PyTorch, and at what cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import chalkgrad as cg
from chalkgrad.engines.emitted.choices import choice_of
from chalkgrad.engines.emitted.wanted import wanted
from chalkgrad.errors import ReadingError
from chalkgrad.language import Sum, walk

RANDOM = np.random.default_rng(9)
VALUES: dict[str, Any] = {
    "z": RANDOM.normal(size=(4, 3)),
    "u": RANDOM.normal(size=3),
    "w": RANDOM.normal(size=4),
    "E": RANDOM.normal(size=(6, 3)),
    "y": np.array([2.0, 0.0, 1.0, 2.0]),
    "s": np.array([[5.0, 0.0], [3.0, 5.0]]),
    "Q": RANDOM.normal(size=(2, 2, 3)),
}


def label(name: str) -> Any:
    return torch.tensor(VALUES[name]).long()


ROWS = torch.arange(4)
NAMED: list[tuple[str, str, Callable[[Any], Any]]] = [  # a formula, by what, and the same in PyTorch
    ("sum(n, w[n]*sum(j, softmax(j, z[n,j])*u[j]))", "z",
     lambda z: (torch.tensor(VALUES["w"]) * (torch.softmax(z, 1) @ torch.tensor(VALUES["u"]))).sum()),
    ("sum(n, sum(j, u[j]*log_softmax(j, z[n,j])))", "z",
     lambda z: (torch.log_softmax(z, 1) * torch.tensor(VALUES["u"])).sum()),
    ("logsumexp(n, j, z[n,j])", "z", lambda z: torch.logsumexp(z, (0, 1))),
    ("sum(j, Phi(u[j])*phi(u[j]) + Φ(u[j]^2))", "u",
     lambda u: (torch.special.ndtr(u) * torch.exp(-(u**2) / 2) / (2 * torch.pi) ** 0.5
                + torch.special.ndtr(u**2)).sum()),
    ("max(n, j, z[n,j])*min(n, w[n])", "z", lambda z: z.amax() * VALUES["w"].min()),
    ("sum(n, z[n,0]*argmax(j, z[n,j]))", "z", lambda z: (z[:, 0] * z.argmax(1)).sum()),
    ("sum(n, logsumexp(c, z[n,c]) - z[n,y[n]])", "z",
     lambda z: torch.nn.functional.cross_entropy(z, label("y"), reduction="sum")),
    ("sum(b, sum(t, sum(d, (E[s[b,t],d] - Q[b,t,d])^2)))", "E",
     lambda E: ((torch.nn.functional.embedding(label("s"), E) - torch.tensor(VALUES["Q"])) ** 2).sum()),
    ("sum(n, exp(w[n])*u[y[n]])^2", "u", lambda u: (torch.tensor(VALUES["w"]).exp() * u[label("y")]).sum() ** 2),
    ("sum(n, z[n,y[n]]*z[n,0])^3", "z", lambda z: (z[ROWS, label("y")] * z[:, 0]).sum() ** 3),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrt", "theirs"), NAMED, ids=[row[0] for row in NAMED])
def test_values_and_gradients_are_pytorchs(text: str, wrt: str, theirs: Callable[[Any], Any]) -> None:
    at = torch.tensor(VALUES[wrt], requires_grad=True)
    value = theirs(at)
    value.backward()
    sheet = cg.derive(text, wrt)
    values = {tensor.name: VALUES[tensor.name] for tensor in sheet.program.declared}
    np.testing.assert_allclose(sheet.evaluate(**values)[wrt], at.grad, rtol=1e-10, atol=1e-12)
    found, slope = cg.compile(sheet)(**values)
    np.testing.assert_allclose(found, value.item(), rtol=1e-10)
    np.testing.assert_allclose(slope, at.grad, rtol=1e-10, atol=1e-12)


def test_nothing_goes_over_all_rows_of_an_embedding() -> None:
    """Every sum of the ordered program that runs over the vocabulary is one that a label decides."""
    sheet = cg.derive("sum(b, sum(t, sum(d, (E[s[b,t],d] - Q[b,t,d])^2)))", "E")
    rows = sheet.program.tensor("E").shape[0]
    for definition in wanted(sheet.derivation).program.definitions:
        sums = [node for node in walk(definition.body) if isinstance(node, Sum) and node.axis.size == rows]
        assert not sums or choice_of(definition) is not None
    source = sheet.code()
    assert "scattered(" in source
    assert "einsum" not in source


def test_labels_that_are_no_places_choose_nothing() -> None:
    sheet = cg.derive("sum(n, u[y[n]]^2)", "u")
    y = [0, 2.5, -1, 7]
    wanted_slope = [2 * VALUES["u"][0], 0, 0]
    np.testing.assert_allclose(sheet.evaluate(u=VALUES["u"], y=y)["u"], wanted_slope)
    np.testing.assert_allclose(cg.compile(sheet)(u=VALUES["u"], y=y)[1], wanted_slope)


def test_labels_in_python_match_by_the_names_of_axes() -> None:
    Z, y, E, s = cg.tensor("z", "n c"), cg.tensor("y", "n"), cg.tensor("E", "v d"), cg.tensor("s", "b t")
    loss = (cg.logsumexp(Z, "c") - Z[:, y]).mean()
    at = torch.tensor(VALUES["z"], requires_grad=True)
    torch.nn.functional.cross_entropy(at, label("y")).backward()
    np.testing.assert_allclose(cg.derive(loss, wrt=Z).evaluate(z=VALUES["z"], y=VALUES["y"])["z"], at.grad, atol=1e-12)
    assert E[s].axes == ("b", "t", "d")
    assert E[s, 1:].shape == ("b", "t", "d-1")
    table = torch.tensor(VALUES["E"], requires_grad=True)
    (torch.nn.functional.embedding(label("s"), table) ** 3).sum().backward()
    found = cg.derive(cg.sum(E[s] ** 3), wrt=E).evaluate(E=VALUES["E"], s=VALUES["s"])["E"]
    np.testing.assert_allclose(found, table.grad, atol=1e-12)


REFUSED = [("argmax(i, j, x[i,j])", "along one index"), ("softmax(x[i])", "unexpected '['"), ("x[y[n]", "too early")]


@pytest.mark.parametrize(("text", "said"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_read_is_told(text: str, said: str) -> None:
    with pytest.raises(ReadingError) as caught:
        cg.derive(text)
    assert said in str(caught.value)
