"""Modules of PyTorch as equations: outputs and gradients beside PyTorch's own, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chalkgrad as cg
from chalkgrad.board.diagram import diagram_of
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.errors import ChalkgradError
from chalkgrad.models.torch_operations import OPERATIONS

torch = pytest.importorskip("torch")
nn = torch.nn
pytestmark = pytest.mark.filterwarnings("ignore")  # torch.export deprecates its own insides


class Residual(nn.Module):  # type: ignore[misc, name-defined]
    def __init__(self, norm: Any) -> None:
        super().__init__()
        self.first, self.norm, self.second = nn.Linear(4, 8), norm, nn.Linear(8, 8)
        self.drop, self.out = nn.Dropout(0.1), nn.Linear(8, 3)

    def forward(self, x: Any) -> Any:
        h = torch.relu(self.first(x))
        h = self.drop(h + torch.tanh(self.second(self.norm(h))))
        return torch.softmax(self.out(nn.functional.gelu(h) * 2 - h / 3), -1)


class Tied(nn.Module):  # type: ignore[misc, name-defined]
    """The same weights twice, a scale of its own for each feature, powers, a mean over places."""

    def __init__(self) -> None:
        super().__init__()
        self.square = nn.Linear(4, 4, bias=False)
        self.scale = nn.Parameter(torch.rand(4))

    def forward(self, x: Any) -> Any:
        h = self.square(self.square(x).transpose(1, 2).transpose(1, 2)) * self.scale
        return torch.log_softmax(-(h**2).mean(1), -1)


MODULES = {
    "perceptron": (lambda: nn.Sequential(nn.Linear(4, 8), nn.LeakyReLU(0.2), nn.Linear(8, 3)), (5, 4), "cross_entropy"),
    "classifier": (lambda: nn.Sequential(nn.Linear(4, 8), nn.SiLU(), nn.Linear(8, 1), nn.Sigmoid()), (5, 4), None),
    "without biases": (lambda: nn.Sequential(nn.Linear(4, 6, bias=False), nn.ELU(), nn.Linear(6, 2)), (5, 4), "mse"),
    "residual, layer norm": (lambda: Residual(nn.LayerNorm(8)), (5, 4), None),
    "residual, RMS norm": (lambda: Residual(nn.RMSNorm(8)), (5, 4), None),
    "tied": (Tied, (5, 3, 4), "mse"),
    "convolution": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16, 2)
        ),
        (5, 1, 8, 8),
        "cross_entropy",
    ),
    "convolution of a row": (
        lambda: nn.Sequential(
            nn.Conv1d(2, 3, 2, dilation=2), nn.Tanh(), nn.AvgPool1d(2), nn.Flatten(), nn.Linear(3, 1)
        ),
        (5, 2, 5),
        "mse",
    ),
    "pooled over all places": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 3, 2), nn.Softplus(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2)
        ),
        (5, 2, 4, 5),
        "mse",
    ),
}


def their_loss(output: Any, y: Any, name: str | None, *, logits: bool) -> Any:
    if name == "mse":
        return ((output - y) ** 2).mean()
    if name is None and output.shape[1] == 1:
        return nn.functional.binary_cross_entropy(output, y)
    return -(y * (torch.log_softmax(output, -1) if logits else output.log())).sum(1).mean()


@pytest.mark.parametrize("name", MODULES)
def test_outputs_and_gradients_are_those_of_pytorch(name: str) -> None:
    make, shape, loss = MODULES[name]
    torch.manual_seed(1)
    module = make().double()
    x = torch.randn(shape, dtype=torch.float64)
    output = module.eval()(x)
    classes = torch.arange(len(x)) % output.shape[1]
    one = output.shape[1] == 1
    y = (torch.arange(len(x)) % 2).double()[:, None] if one else torch.eye(output.shape[1]).double()[classes]
    their_loss(output, y, loss, logits=loss == "cross_entropy").backward()

    net = cg.read_model(module, x, loss=loss)
    np.testing.assert_allclose(net.predict(x.numpy()), output.detach().numpy(), atol=1e-12)
    program = cg.derive(net).batch.program  # type: ignore[union-attr]
    found = compile_numpy(program)(x=x.numpy(), y=y.numpy(), **(net.trained or {}))
    slopes = {tensor.wrt: found[tensor.name] for tensor in program.results if tensor.wrt}
    assert len(slopes) == len(list(module.parameters()))
    for own, gradient in slopes.items():
        value = (net.trained or {})[own]
        mine = next(p for p in module.parameters() if p.shape == value.shape and np.array_equal(p.detach(), value))
        np.testing.assert_allclose(gradient, mine.grad.numpy(), atol=1e-10, err_msg=own)


def test_names_are_those_of_the_module() -> None:
    net = cg.read_model(Residual(nn.LayerNorm(8)), (1, 4))
    assert list(net.parameters) == [
        "W_first", "b_first", "gamma_norm", "beta_norm", "W_second", "b_second", "W_out", "b_out",
    ]  # fmt: skip
    assert "z_first[j] = sum(i, x[i]*W_first[j,i]) + b_first[j]" in str(net.sample_program)


def test_it_is_a_network_like_any_other() -> None:
    net = cg.read_model(nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1), nn.Sigmoid()), (1, 2))
    x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    fitted = net.fit(x, y, optimizer="adam", rate=0.1, epochs=500)
    assert fitted.predict(x).round()[:, 0].tolist() == [0, 1, 1, 0]
    assert "<svg" in net.draw().svg()


class SeveralValues(nn.Module):  # type: ignore[misc, name-defined]
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return x + 1, torch.tanh(x)


class PowersOfParameters(nn.Module):  # type: ignore[misc, name-defined]
    def __init__(self) -> None:
        super().__init__()
        self.exponents = nn.Parameter(torch.tensor([2.0, 3.0, 1.5]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.pow(torch.exp(x), self.exponents)


class FunctionsOfParameters(nn.Module):  # type: ignore[misc, name-defined]
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor([0.5, -2.0, 1.0], dtype=torch.float64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x / (1 + self.scale**2) + x * torch.exp(self.scale) + self.scale


def test_functions_of_parameters() -> None:
    module, x = FunctionsOfParameters(), torch.randn(5, 3, dtype=torch.float64)
    net = cg.read_model(module, (1, 3))
    assert np.allclose(net.predict(x.numpy()), module(x).detach().numpy(), atol=1e-12)


@pytest.mark.parametrize(
    ("module", "shape", "message"),
    [
        (nn.BatchNorm1d(4, track_running_stats=False), (2, 4), "batch normalisation without running statistics"),
        (nn.Softmax(dim=0), (2, 3), "what mixes the samples is not covered"),
        (nn.Linear(4, 2), (2, 5), "torch.export does not take this module"),
        (nn.Conv1d(1, 1, 2), (2, 1, 4), r"the output has the shape \(1, 3\)"),
        (nn.Softplus(threshold=1), (2, 4), "an early threshold"),
        (nn.Linear(4, 1), (4,), "the inputs are a batch"),
        (nn.Bilinear(2, 2, 1), ((2, 2), (2, 2)), "the operation bilinear is not covered yet; known are"),
        (SeveralValues(), (2, 4), "the module gives several values"),
        (PowersOfParameters(), (2, 3), "an exponent that is a tensor"),
    ],
)
def test_what_is_not_covered_is_said(module: Any, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(ChalkgradError, match=message):
        cg.read_model(module, shape)


def test_the_module_stays_as_it_was() -> None:
    module = nn.Sequential(nn.Linear(2, 1), nn.Dropout())
    cg.read_model(module, (1, 2))
    assert module.training
    with pytest.raises(ChalkgradError, match="an example of its inputs"):
        cg.read_model(module)


def test_every_operation_has_a_known_function() -> None:
    assert {"linear", "conv2d", "layer_norm"} < set(OPERATIONS)


def test_weights_are_drawn_with_their_own_indices() -> None:
    module = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1), nn.Sigmoid())
    with torch.no_grad():
        module[0].weight.copy_(torch.tensor([[1.0, -2.0], [3.0, 4.0], [5.0, 6.0]]))
    net = cg.read_model(module, (1, 2))
    first = diagram_of(net.sample_program, "plain", net.trained or {}).connections[0]
    assert first.values == [[1, 3, 5], [-2, 4, 6]]  # from the input to the unit
    assert [label.replace("{", "").replace("}", "")[-2:] for label in first.labels[1]] == ["12", "22", "32"]
