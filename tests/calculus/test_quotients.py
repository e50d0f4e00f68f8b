"""A quotient read backwards: results by the names of what was divided, as the books have them."""

from __future__ import annotations

import numpy as np
import pytest

from chalkgrad.board.derivation import DerivationSheet
from chalkgrad.board.derivation import derive as derive_formula
from chalkgrad.calculus import derive
from chalkgrad.language import (
    ONE,
    Assumption,
    Axis,
    Call,
    Definition,
    Expression,
    Program,
    Role,
    Tensor,
    maximum_over,
    size_of,
    summation,
)
from chalkgrad.networks import attention, layer_normalisation

K, OTHER, N = Axis("k", "c"), Axis("j", "c"), Axis("n", "n")


def cross_entropy(stage: str, lead: tuple[Axis, ...] = ()) -> Program:
    """The cross-entropy of a softmax, written out in one of several ways."""
    at = (*lead, K)
    o, y = Tensor("o", at, Role.PARAMETER), Tensor("y", at, Role.TARGET)
    e, s, m, p, loss = Tensor("e", at), Tensor("s", lead), Tensor("m", lead), Tensor("p", at), Tensor("L")
    there = (*lead, OTHER)
    definitions: list[Definition] = []
    if stage == "in one":
        body: Expression = Call("exp", o[at]) / summation(Call("exp", o[there]), OTHER)
    else:
        exponent = o[at]
        if stage == "with its maximum":
            definitions.append(Definition(m, lead, maximum_over(o[at], K)))
            exponent = o[at] - m[lead]
        definitions += [Definition(e, at, Call("exp", exponent)), Definition(s, lead, summation(e[at], K))]
        body = e[at] / s[lead]
    definitions += [Definition(p, at, body), Definition(loss, (), -summation(y[at] * Call("log", p[at]), *at))]
    sure = Assumption(summation(y[at], K), ONE, "the targets sum to one")
    return Program((o, y), tuple(definitions), (loss,), (sure,))


@pytest.mark.parametrize("stage", ["in one", "in steps", "with its maximum"])
@pytest.mark.parametrize("lead", [(), (N,)], ids=["one sample", "a batch"])
def test_the_gradient_of_a_cross_entropy_is_a_difference(stage: str, lead: tuple[Axis, ...]) -> None:
    derivation = derive(cross_entropy(stage, lead))
    at = "n,k" if lead else "k"
    assert str(derivation.gradients["o"]) == f"dL_do[{at}] = p[{at}] - y[{at}]"


def test_the_hessian_of_a_cross_entropy_is_that_of_the_books() -> None:
    sheet = DerivationSheet(derive(cross_entropy("in one")), None, "plain", None)
    assert sheet.hessian("o", "o").unicode(form="matrix") == "∂²L/∂o∂o = diag(p) − ppᵀ"


def test_attention_is_that_of_the_books() -> None:
    t, u, d = Axis("t", "t"), Axis("u", "t"), Axis("d", "d")
    q, k, v, r = (Tensor(name, (u if name in "KV" else t, d), Role.INPUT) for name in "QKVG")
    layer = attention(q, k, v)
    loss = Tensor("L")
    value = Definition(loss, (), summation(r[t, d] * layer.output[t, d], t, d))
    derivation = derive(Program((q, k, v, r), (*layer.definitions, value), (loss,)), ["Q", "K", "V"])
    sheet = DerivationSheet(derivation, None, "plain", None)
    assert sheet["p"].unicode(form="matrix") == "∂L/∂p = GVᵀ"
    assert sheet["a"].unicode(form="matrix") == "∂L/∂a = p ⊙ (GVᵀ − (GVᵀ ⊙ p)𝟏𝟏ᵀ)"
    assert "m" not in {tensor.wrt for tensor in (each.tensor for each in derivation.program.definitions)}


def test_layer_normalisation_is_that_of_the_books() -> None:
    d = Axis("d", "d")
    x, r = Tensor("x", (d,), Role.INPUT), Tensor("r", (d,), Role.INPUT)
    layer, loss = layer_normalisation(x), Tensor("L")
    value = Definition(loss, (), summation(r[d] * layer.output[d], d))
    derivation = derive(Program((x, *layer.parameters, r), (*layer.definitions, value), (loss,)), ["x"])
    expected = "(|d|*gamma[d]*r[d] - xhat[d]*sum(d, r[d]*gamma[d]*xhat[d]) - sum(d, r[d]*gamma[d]))"
    assert str(derivation.gradients["x"].body) == f"{expected}/(sqrt(var + 0.00001)*|d|)"


def test_a_mean_taken_off_has_no_derivative_where_it_cancels() -> None:
    x, g = Tensor("x", (K,), Role.PARAMETER), Tensor("g", (K,), Role.INPUT)
    mean, centred, loss = Tensor("mu"), Tensor("c", (K,)), Tensor("L")
    definitions = (
        Definition(mean, (), summation(x[K], K) / size_of(K)),
        Definition(centred, (K,), x[K] - mean[()]),
        Definition(loss, (), summation(centred[K] ** 2, K) / 2),
    )
    assert str(derive(Program((x, g), definitions, (loss,))).gradients["x"]) == "dL_dx[k] = c[k]"


FORMULAS = [  # a formula, by what, the gradient and what else it names
    ("v'*softmax(x)", "x", "p ⊙ (v − L)", ["p = softmax(x)", "L = pᵀv"]),
    ("-sum(y.*log(softmax(x)))", "x", "(𝟏ᵀy)p − y", ["p = softmax(x)"]),
    ("log(sum(exp(x))) - y'*x", "x", "softmax(x) − y", []),
    ("x'*A*x/(x'*x)", "x", "((A + Aᵀ)x − 2Lx)/‖x‖²", ["L = xᵀAx/‖x‖²"]),
]


@pytest.mark.parametrize(("text", "wrt", "expected", "where"), FORMULAS, ids=[row[0] for row in FORMULAS])
def test_what_a_formula_has_no_name_for_gets_one(text: str, wrt: str, expected: str, where: list[str]) -> None:
    gradient = derive_formula(text, wrt=wrt)[wrt]
    assert gradient.unicode(form="matrix").partition(" = ")[2] == expected
    assert gradient.where("matrix") == where


def test_the_named_softmax_stays_stable() -> None:
    source = derive_formula("-sum(y.*log(softmax(x)))", wrt="x").code()
    module: dict[str, object] = {}
    exec(source, module)
    value, gradient = module["value_and_gradient"](np.array([0.0, 1.0]), np.array([1000.0, -1000.0]))  # type: ignore[operator]
    assert value == 2000
    np.testing.assert_array_equal(gradient, [1, -1])
