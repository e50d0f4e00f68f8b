"""Layers and losses that people write kernels for: values and every gradient against PyTorch, to 1e-10."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from chalkgrad.calculus import derive
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.errors import ProgramError
from chalkgrad.language import Axis, Definition, Expression, Program, Role, Tensor, summation, validate
from chalkgrad.networks import convolution, layer_normalisation, softmax
from chalkgrad.networks.blocks import dropout, embedding, gated_unit, multi_head_attention, rotary
from chalkgrad.networks.layers import Layer, pooling
from chalkgrad.networks.normalising import batch_normalisation, group_normalisation, rms_normalisation
from chalkgrad.networks.objectives import (
    cosine_similarity,
    evidence_lower_bound,
    focal,
    gaussian_log_likelihood,
    info_nce,
    kl_divergence,
    label_smoothed_cross_entropy,
    mixture_density,
    policy_gradient,
)
from chalkgrad.networks.recurrent import gru, lstm, rnn

N, T, C, D, J = Axis("n", "n"), Axis("t", 5), Axis("c", 4), Axis("d", 6), Axis("j", 3)
R, S = Axis("r", 7), Axis("s", 6)
SIZES = {"n": 2}
RANDOM = np.random.default_rng(12)


def inputs(name: str, *axes: Axis) -> Tensor:
    return Tensor(name, axes, Role.PARAMETER)


def agree(program: Program, values: Mapping[str, Any], theirs: Callable[..., Any], over: list[str]) -> None:
    """The result of a program and its gradients by some names, weighed at random, are PyTorch's."""
    validate(program)
    leaves = {name: torch.tensor(value, requires_grad=name in over) for name, value in values.items()}
    wanted = theirs(**leaves)
    weights = RANDOM.normal(size=tuple(wanted.shape))
    (wanted * torch.tensor(weights)).sum().backward()
    result = program.result
    w, loss = Tensor("weights", result.axes, Role.INPUT), Tensor("loss")
    body = summation(w[result.axes] * result[result.axes], *result.axes)
    whole = Program((*program.declared, w), (*program.definitions, Definition(loss, (), body)), (loss,))
    derived = derive(whole, over)
    names = [derived.gradients[name].tensor.name for name in over]
    found = compile_numpy(derived.program, [*names, result.name])(**values, weights=weights)
    np.testing.assert_allclose(found[result.name], wanted.detach().numpy(), rtol=1e-10, atol=1e-12)
    for name, slope in zip(over, names, strict=True):
        expected = leaves[name].grad
        assert expected is not None
        np.testing.assert_allclose(found[slope], expected.numpy(), rtol=1e-10, atol=1e-11, err_msg=name)


def of_layer(given: tuple[Tensor, ...], layer: Layer) -> tuple[Program, dict[str, Any]]:
    declared = tuple(tensor for tensor in given if tensor not in layer.parameters) + layer.parameters
    values = {each.name: RANDOM.normal(size=[SIZES.get(str(size), size) for size in each.shape]) for each in declared}
    return Program(declared, layer.definitions, (layer.output,)), values


x, xt, xc, picture = inputs("x", N, D), inputs("x", N, T, D), inputs("x", N, C, T), inputs("x", N, C, R, S)
P, Q, G, H, W = Axis("p", 3), Axis("q", 2), Axis("g", 2), Axis("r", 2), Axis("w", 4)
LAYERS: list[tuple[str, tuple[Tensor, ...], Layer, Callable[..., Any]]] = [
    ("layer", (x,), layer_normalisation(x), lambda x, gamma, beta: functional.layer_norm(x, (6,), gamma, beta)),
    ("softmax", (x,), softmax(x), lambda x: torch.softmax(x, -1)),
    ("convolution", (picture,), convolution(picture, J, (P, Q), padding=1),
     lambda x, W, b: functional.conv2d(x, W, b, padding=1)),
    ("rms", (x,), rms_normalisation(x), lambda x, gamma: functional.rms_norm(x, (6,), gamma, 1e-5)),
    ("batch", (picture,), batch_normalisation(picture, C),
     lambda x, gamma, beta: functional.batch_norm(x, None, None, gamma, beta, training=True)),
    ("group", (picture,), group_normalisation(picture, C, 2),
     lambda x, gamma, beta: functional.group_norm(x, 2, gamma, beta)),
    ("swiglu", (x,), gated_unit(x, J, "silu"), lambda x, W, V: functional.silu(x @ W) * (x @ V)),
    ("geglu", (x,), gated_unit(x, J, "gelu"), lambda x, W, V: functional.gelu(x @ W) * (x @ V)),
    ("dilated", (xc,), convolution(xc, J, (Axis("k", 2),), stride=2, padding=1, dilation=2),
     lambda x, W, b: functional.conv1d(x, W, b, stride=2, padding=1, dilation=2)),
    ("max pooling", (picture,), pooling(picture, (P, Q), "max"), lambda x: functional.max_pool2d(x, (3, 2))),
    ("overlapping", (xc,), pooling(xc, (P,), "max", stride=1), lambda x: functional.max_pool1d(x, 3, 1)),
    ("average pooling", (picture,), pooling(picture, (P, Q), "average", stride=2),
     lambda x: functional.avg_pool2d(x, (3, 2), 2)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given", "layer", "theirs"), LAYERS, ids=[row[0] for row in LAYERS])
def test_layers_are_pytorchs(name: str, given: tuple[Tensor, ...], layer: Layer, theirs: Callable[..., Any]) -> None:
    program, values = of_layer(given, layer)
    agree(program, values, theirs, list(values))


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("causal", [True, False])
def test_attention_with_heads_that_share_keys(groups: int, causal: bool) -> None:
    g, r = Axis("g", groups), Axis("r", 4 // groups)
    program, values = of_layer((xt,), multi_head_attention(xt, g, r, W, causal=causal))

    def theirs(x: Any, Q: Any, K: Any, V: Any, O: Any) -> Any:
        query = torch.einsum("ntm,mgrd->ngrtd", x, Q).flatten(1, 2)
        key, value = (torch.einsum("ntm,mgd->ngtd", x, each) for each in (K, V))
        key, value = (each.repeat_interleave(4 // groups, dim=1) for each in (key, value))
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=causal)
        return torch.einsum("ngrtd,grdm->ntm", mixed.unflatten(1, (groups, -1)), O)

    agree(program, values, theirs, list(values))


def test_rotated_positions() -> None:
    program, values = of_layer((xt,), rotary(xt))

    def theirs(x: Any) -> Any:
        angle = torch.arange(5)[:, None] / 10_000 ** (torch.arange(3, dtype=torch.float64) / 3)
        pairs = torch.view_as_complex(x.unflatten(-1, (3, 2)).contiguous())
        return torch.view_as_real(pairs * torch.polar(torch.ones_like(angle), angle)).flatten(-2)

    agree(program, values, theirs, ["x"])
    with pytest.raises(ProgramError, match="even number"):
        rotary(Tensor("q", (T, J)))


def test_embedding_and_dropout() -> None:
    words = Tensor("words", (N, T), Role.INPUT)
    program, values = of_layer((words,), embedding(words, Axis("v", 6), D))
    values["words"] = np.array([[0.0, 5, 2, 2, 1], [3, 3, 0, 1, 5]])
    agree(program, values, lambda words, E: functional.embedding(words.long(), E), ["E"])
    mask = Tensor("mask", (N, D), Role.INPUT)
    program, values = of_layer((x, mask), dropout(x, mask, "0.25"))
    agree(program, values, lambda x, mask: x * mask / 0.75, ["x"])


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_recurrent_layers_are_pytorchs(kind: str) -> None:
    layer = {"rnn": rnn, "lstm": lstm, "gru": gru}[kind](xt, J)
    program, values = of_layer((xt,), layer)
    gates = {"rnn": ("",), "lstm": ("i", "f", "g", "o"), "gru": ("r", "z", "n")}[kind]
    module: Any = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind](6, 3, batch_first=True)
    module = module.double()

    def theirs(x: Any, **weights: Any) -> Any:
        stacked = {
            "weight_ih_l0": torch.cat([weights[f"W{gate}"].T for gate in gates]),
            "weight_hh_l0": torch.cat([weights[f"U{gate}"].T for gate in gates]),
            "bias_ih_l0": torch.cat([weights[f"b{gate}"] for gate in gates]),
            "bias_hh_l0": torch.cat([weights["d"] if gate == "n" else 0 * weights[f"b{gate}"] for gate in gates]),
        }
        return torch.func.functional_call(module, stacked, (x,))[0][:, -1]

    agree(program, values, theirs, list(values))


z, y = Tensor("z", (N, C), Role.PARAMETER), Tensor("y", (N,), Role.INPUT)
a, b = Tensor("a", (N, D), Role.PARAMETER), Tensor("b", (N, D), Role.PARAMETER)
target = Tensor("p", (N, C), Role.INPUT)
mean, cov = Tensor("mu", (D,), Role.PARAMETER), Tensor("K", (D, Axis("e", 6)), Role.PARAMETER)
ROWS = torch.arange(2)
LABELS, LOGITS = np.array([2.0, 0.0]), RANDOM.normal(size=(2, 4))
SHARES = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
ROOT = RANDOM.normal(size=(6, 6))
OBJECTIVES: list[tuple[str, Expression, dict[str, Any], Callable[..., Any]]] = [
    ("label smoothing", label_smoothed_cross_entropy(z, y, "0.2"), {"y": LABELS},
     lambda z, y: functional.cross_entropy(z, y.long(), label_smoothing=0.2)),
    ("focal", focal(z, y), {"y": LABELS},
     lambda z, y: -((1 - torch.softmax(z, 1)[ROWS, y.long()]) ** 2 * torch.log_softmax(z, 1)[ROWS, y.long()]).mean()),
    ("kl", kl_divergence(target, z), {"p": SHARES},
     lambda p, z: functional.kl_div(torch.log_softmax(z, 1), p, reduction="batchmean")),
    ("cosine", cosine_similarity(a, b), {}, lambda a, b: functional.cosine_similarity(a, b).mean()),
    ("info nce", info_nce(a, b, "0.5"), {}, lambda a, b: functional.cross_entropy(a @ b.T / 0.5, ROWS)),
    ("gaussian", gaussian_log_likelihood(a, mean, cov), {"K": ROOT @ ROOT.T + np.eye(6)},
     lambda a, mu, K: torch.distributions.MultivariateNormal(mu, K).log_prob(a).sum()),
    ("mixture", mixture_density(y, z, Tensor("m", (N, C), Role.PARAMETER), Tensor("s", (N, C), Role.PARAMETER)),
     {"y": RANDOM.normal(size=2)},
     lambda y, z, m, s: -torch.distributions.MixtureSameFamily(
         torch.distributions.Categorical(logits=z), torch.distributions.Normal(m, s.exp())).log_prob(y).mean()),
    ("elbo", evidence_lower_bound(Tensor("o", (N, D), Role.INPUT), a, z, Tensor("v", (N, C), Role.PARAMETER)),
     {"o": (RANDOM.uniform(size=(2, 6)) > 0.5) * 1.0},
     lambda o, a, z, v: -(functional.binary_cross_entropy_with_logits(a, o, reduction="sum")
                          + torch.distributions.kl_divergence(
                              torch.distributions.Normal(z, (v / 2).exp()),
                              torch.distributions.Normal(0.0, 1.0)).sum()) / 2),
    ("policy", policy_gradient(z, y, Tensor("q", (N,), Role.INPUT)), {"y": LABELS},
     lambda z, y, q: -(torch.log_softmax(z, 1)[ROWS, y.long()] * q).mean()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "fixed", "theirs"), OBJECTIVES, ids=[row[0] for row in OBJECTIVES])
def test_objectives_are_pytorchs(
    name: str, body: Expression, fixed: dict[str, Any], theirs: Callable[..., Any]
) -> None:
    loss = Tensor("objective")
    program = Program(body.tensors, (Definition(loss, (), body),), (loss,))
    values = {
        each.name: RANDOM.normal(size=[SIZES.get(str(size), size) for size in each.shape]) for each in body.tensors
    } | fixed
    symmetric = [each.name for each in body.tensors if each.role is Role.PARAMETER and each.name != "K"]
    agree(program, values, theirs, symmetric)


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(ProgramError, match="cannot be parted into 3 groups"):
        group_normalisation(picture, C, 3)
    with pytest.raises(ProgramError, match="no pooling 'mean'"):
        pooling(xc, (P,), "mean")
    with pytest.raises(ProgramError, match="no axis of steps"):
        rnn(Tensor("x", (N, D)), J)
    with pytest.raises(ProgramError, match="has no axis 'j' of channels"):
        batch_normalisation(x, J)
