"""Operations of PyTorch's graphs that move, join and attend: outputs and gradients beside PyTorch's own, in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chalkgrad as cg
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import program_text
from chalkgrad.reading.programs import read_program

torch = pytest.importorskip("torch")
nn = torch.nn
pytestmark = pytest.mark.filterwarnings("ignore")  # torch.export deprecates its own insides


class Of(nn.Module):  # type: ignore[misc, name-defined]
    """A module of a function, with the modules and parameters that it uses by name."""

    def __init__(self, function: Callable[..., Any], **parts: Any) -> None:
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)
        self.function = function

    def forward(self, x: Any, *more: Any) -> Any:
        return self.function(self, x, *more)


def matrix(*shape: int) -> Any:
    return nn.Parameter(torch.randn(shape))


def recurrent(kind: Any, **options: Any) -> Any:
    def last(own: Any, x: Any) -> Any:
        states, end = own.layer(x)
        end = end[0] if isinstance(end, tuple) else end
        return own.out(torch.cat([end[-1], states.mean(1)], 1))

    sides = 2 if options.get("bidirectional") else 1
    return Of(last, layer=kind(4, 5, batch_first=True, **options), out=nn.Linear(5 + 5 * sides, 2))


def attention(own: Any, x: Any) -> Any:
    q, k, v = (part.unflatten(-1, (2, 3)).transpose(1, 2) for part in own.project(x).chunk(3, -1))
    mixed = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=own.causal)
    return own.out(mixed.transpose(1, 2).flatten(2)).mean(1)


def masked(own: Any, x: Any) -> Any:
    scores = own.q(x) @ own.k(x).transpose(1, 2) / 6**0.5
    scores = scores.masked_fill(own.mask[: x.shape[1], : x.shape[1]] == 0, float("-inf"))
    return (scores.softmax(-1) @ x).sum(1)


def masked_attention() -> Any:
    module = Of(masked, q=nn.Linear(6, 6), k=nn.Linear(6, 6))
    module.register_buffer("mask", torch.tril(torch.ones(8, 8)))
    return module


def positions(own: Any, x: Any) -> Any:
    h = own.words(x) + own.places(torch.arange(x.shape[1]))
    return own.out(own.block(h)[:, 0])


def block(**options: Any) -> Any:
    return nn.TransformerEncoderLayer(6, 2, 8, batch_first=True, **options)


MODULES: dict[str, tuple[Callable[[], Any], tuple[int, ...]]] = {
    "x @ w": (
        lambda: Of(lambda own, x: torch.tanh(x @ own.w + own.b) @ own.w.t(), w=matrix(4, 3), b=matrix(3)),
        (5, 4),
    ),
    "a product of values": (
        lambda: Of(lambda own, x: (x @ x.transpose(1, 2) @ own.w(x)).sum(1), w=nn.Linear(4, 2)),
        (5, 3, 4),
    ),
    "an outer product": (
        lambda: Of(lambda own, x: own.w((x[:, :, None] * x[:, None, :]).flatten(1)), w=nn.Linear(9, 2)),
        (5, 3),
    ),
    "joined, sliced, clamped": (
        lambda: Of(
            lambda own, x: own.w(torch.cat([x[:, 1:3], x.clamp(-0.5, 0.7)[:, ::2], x[:, -1:].clamp(min=0)], 1)),
            w=nn.Linear(5, 2),
        ),
        (5, 4),
    ),
    "stacked, unbound, split": (
        lambda: Of(
            lambda own, x: own.w(
                torch.stack([x, x * 2], 1).unbind(1)[1] + torch.cat(x.split([1, 3], 1)[::-1], 1) + sum(x.chunk(4, 1))
            ),
            w=nn.Linear(4, 2),
        ),
        (5, 4),
    ),
    "repeated": (
        lambda: Of(
            lambda own, x: own.w((x + own.token.expand(x.shape[0], -1, -1)).amax(1)),
            token=matrix(1, 1, 4),
            w=nn.Linear(4, 2),
        ),
        (5, 3, 4),
    ),
    "a row beside the samples": (
        lambda: Of(
            lambda own, x: own.w(x * own.scale) + own.shift, scale=matrix(1, 4), shift=matrix(1, 1), w=nn.Linear(4, 2)
        ),
        (5, 4),
    ),
    "a table of places": (
        lambda: Of(lambda own, x: own.w((x + own.places[:, :3]).mean(1)), places=matrix(1, 5, 4), w=nn.Linear(4, 2)),
        (5, 3, 4),
    ),
    "batch norm of rows": (
        lambda: nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 2)),
        (5, 4),
    ),
    "batch norm of maps": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU6(),
            nn.MaxPool2d(3, 2, 1),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(4, 2),
        ),
        (3, 2, 6, 6),
    ),
    "grouped convolutions": (
        lambda: nn.Sequential(
            nn.Conv2d(4, 4, 3, groups=4, padding=1),
            nn.BatchNorm2d(4),
            nn.Hardswish(),
            nn.Conv2d(4, 6, 2, groups=2),
            nn.GroupNorm(3, 6),
            nn.Flatten(),
            nn.Linear(54, 2),
        ),
        (3, 4, 4, 4),
    ),
    "same padding": (
        lambda: nn.Sequential(
            nn.Conv1d(2, 3, 4, padding="same"), nn.Tanh(), nn.AvgPool1d(2, padding=1), nn.Flatten(), nn.Linear(12, 2)
        ),
        (3, 2, 6),
    ),
    "norms of maps": (lambda: nn.Sequential(nn.LayerNorm((3, 4)), nn.Flatten(), nn.Linear(12, 2)), (5, 3, 4)),
    "softmax of another dimension": (
        lambda: Of(lambda own, x: own.w((x.softmax(1) * x).sum(1)), w=nn.Linear(4, 2)),
        (5, 3, 4),
    ),
    "attention": (lambda: Of(attention, project=nn.Linear(6, 18), out=nn.Linear(6, 2), causal=False), (5, 4, 6)),
    "causal attention": (lambda: Of(attention, project=nn.Linear(6, 18), out=nn.Linear(6, 2), causal=True), (5, 4, 6)),
    "attention by hand": (masked_attention, (5, 4, 6)),
    "multi-head attention": (
        lambda: Of(
            lambda own, x: own.a(x, x, x, need_weights=False)[0].mean(1),
            a=nn.MultiheadAttention(6, 2, batch_first=True),
        ),
        (5, 4, 6),
    ),
    "a transformer": (
        lambda: Of(
            lambda own, x: own.out(own.block(x).mean(1)),
            block=nn.TransformerEncoder(block(norm_first=True, activation="gelu"), 2),
            out=nn.Linear(6, 2),
        ),
        (5, 4, 6),
    ),
    "LSTM": (lambda: recurrent(nn.LSTM), (5, 3, 4)),
    "two GRUs": (lambda: recurrent(nn.GRU, num_layers=2), (5, 3, 4)),
    "RNN in both directions": (lambda: recurrent(nn.RNN, bidirectional=True, nonlinearity="relu"), (5, 3, 4)),
    "LSTM without biases": (lambda: recurrent(nn.LSTM, bias=False, num_layers=2, bidirectional=True), (5, 3, 4)),
}


def compared(module: Any, x: Any) -> cg.NetworkSheet:
    """The network of a module, whose outputs and gradients of the mean square are PyTorch's."""
    for each in module.parameters():
        each.data.add_(torch.randn_like(each), alpha=0.1)  # no two are equal, as shifts are that begin at 0
    output = module.eval()(x)
    y = torch.linspace(-1, 1, output.numel(), dtype=torch.float64).reshape(output.shape)
    ((output - y) ** 2).mean().backward()
    net = cg.read_model(module, x, loss="mse")
    np.testing.assert_allclose(net.predict(x.numpy()), output.detach().numpy(), atol=1e-12)
    program = cg.derive(net).batch.program  # type: ignore[union-attr]
    found = compile_numpy(program)(x=x.numpy(), y=y.numpy(), **(net.trained or {}))
    slopes = {tensor.wrt: found[tensor.name] for tensor in program.results if tensor.wrt}
    theirs = [each for each in module.parameters() if each.grad is not None]
    assert len(slopes) == len(theirs)
    for own, gradient in slopes.items():
        value = (net.trained or {})[own]
        mine = next(p for p in theirs if p.shape == value.shape and np.array_equal(p.detach(), value))
        np.testing.assert_allclose(gradient, mine.grad.numpy(), atol=1e-10, err_msg=own)
    return net


@pytest.mark.parametrize("name", MODULES)
def test_outputs_and_gradients_are_those_of_pytorch(name: str) -> None:
    torch.manual_seed(1)
    make, shape = MODULES[name]
    module = make().double()
    for each in module.modules():
        if hasattr(each, "running_mean"):
            each.running_mean.normal_()
            each.running_var.uniform_(0.5, 2)
    compared(module, torch.randn(shape, dtype=torch.float64))


def test_words_are_embedded() -> None:
    torch.manual_seed(1)
    module = Of(positions, words=nn.Embedding(7, 6), places=nn.Embedding(9, 6), block=block(), out=nn.Linear(6, 2))
    compared(module.double(), torch.tensor([[0, 3, 6, 1], [2, 2, 5, 4]]))


def test_several_inputs() -> None:
    module = Of(
        lambda own, a, b: torch.tanh(own.first(a)) * own.second(b), first=nn.Linear(3, 2), second=nn.Linear(4, 2)
    )
    module = module.double()
    one, other = (torch.randn(5, size, dtype=torch.float64) for size in (3, 4))
    net = cg.read_model(module, [(1, 3), (1, 4)])
    names = [tensor.name for tensor in net.program.declared if tensor.role.value == "input"]
    found = net.forward(**dict(zip(names, (one.numpy(), other.numpy()), strict=True)), **(net.trained or {}))
    np.testing.assert_allclose(found, module(one, other).detach().numpy(), atol=1e-12)


@pytest.mark.parametrize(
    ("function", "shape"),
    [
        (lambda own, x: x - x.mean(0, keepdim=True), (5, 4)),
        (lambda own, x: x @ x.t(), (5, 4)),
        (lambda own, x: x.reshape(-1, 2), (5, 4)),
        (lambda own, x: torch.cat([x, x], 0), (5, 4)),
        (lambda own, x: x.t().softmax(-1).t(), (5, 4)),
        (lambda own, x: x[0:1] + x, (5, 4)),
        (lambda own, x: x.flip(0), (5, 4)),
    ],
)
def test_what_mixes_the_samples_is_refused(function: Callable[..., Any], shape: tuple[int, ...]) -> None:
    with pytest.raises(ChalkgradError, match=r"samples|not covered|row of numbers"):
        cg.read_model(Of(function), shape)


def test_a_size_that_equals_the_number_of_samples_is_none() -> None:
    """A parameter of the shape (samples, 1) fits a batch of that size alone, and never was one of (features, 1)."""
    module = Of(lambda own, x: x * own.w, w=matrix(13, 1))
    with pytest.raises(ChalkgradError, match=r"torch\.export does not take this module"):
        cg.read_model(module, (13, 4))


def test_running_statistics_stay_as_they_are() -> None:
    torch.manual_seed(1)
    module = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1)).double()
    module[1].running_mean.normal_()
    net = cg.read_model(module, (1, 2))
    assert net.fixed == ("mean_h1", "variance_h1")
    assert "mean_h1" not in cg.derive(net).names
    x, y = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20.0)[:, None] / 20
    for engine in ("numpy", "native"):
        after = net.fit(x, y, epochs=3, optimizer="adam", engine=engine, dtype="float64", l2=0.1).trained or {}
        changed = {name for name, value in after.items() if not np.array_equal(value, (net.trained or {})[name])}
        assert changed == {"W_0", "b_0", "gamma_1", "beta_1", "W_2", "b_2"}
    with pytest.raises(ChalkgradError, match="adamw would shrink"):
        net.fit(x, y, optimizer="adamw")


@pytest.mark.parametrize("name", MODULES)
def test_equations_are_read_back(name: str) -> None:
    """The written form of a model and of its gradients means the same program: `i+0` reads a part of an axis."""
    make, shape = MODULES[name]
    net = cg.read_model(make().double(), shape, loss="mse")
    for program in (net.sample_program, net.program):
        assert read_program(program_text(program)).definitions == program.definitions
    derived = cg.derive(net).batch.program  # type: ignore[union-attr]
    read = read_program(program_text(derived))
    assert program_text(read) == program_text(derived)
    x, y = np.random.default_rng(0).normal(size=shape), np.random.default_rng(1).normal(size=(shape[0], 1))
    values = {"x": x, "y": y + np.zeros(net.predict(x).shape), **(net.trained or {})}
    found, expected = compile_numpy(read)(**values), compile_numpy(derived)(**values)
    for tensor in derived.results:
        np.testing.assert_array_equal(found[tensor.name], expected[tensor.name])


SHAPES = [(4,), (1, 4), (1, 1), (1,), (3, 4), (3, 1), (1, 3, 4), (1, 1, 4), (1, 3, 1)]


@pytest.mark.parametrize("rows", [1, 3, 4])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("operator", ["-", "/"])
def test_parameters_of_all_shapes_beside_a_batch(operator: str, shape: tuple[int, ...], rows: int) -> None:
    """Sizes that are those of the samples by chance, and sizes of 1, mean what they mean in PyTorch."""
    torch.manual_seed(rows)
    combine = {"-": torch.sub, "/": torch.div}[operator]
    module = Of(
        lambda own, x: own.out(torch.tanh(combine(x, own.w)).flatten(1)), w=matrix(*shape), out=nn.Linear(12, 2)
    )
    with torch.no_grad():
        module.w.abs_().add_(0.5)
    compared(module.double(), torch.randn(rows, 3, 4, dtype=torch.float64))
