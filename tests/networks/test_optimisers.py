"""Every optimiser against torch.optim: 20 steps in float64 on a function with curvature and a coupling."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
import torch

import torch_reference
from chalkgrad.errors import UnknownNameError
from chalkgrad.language import evaluate, validate
from chalkgrad.networks import OPTIMISERS, Optimiser, optimiser_named

START = [0.7, -1.3, 2.1]
STEPS = 20
HYPER: dict[str, dict[str, float]] = {
    "sgd": {"rate": 0.03},
    "momentum": {"rate": 0.02, "momentum": 0.8},
    "nesterov": {"rate": 0.02, "momentum": 0.8},
    "adagrad": {"rate": 0.3, "epsilon": 1e-10},
    "rmsprop": {"rate": 0.05, "decay": 0.9, "epsilon": 1e-8},
    "adam": {"rate": 0.1, "beta1": 0.85, "beta2": 0.99, "epsilon": 1e-8},
    "adamw": {"rate": 0.1, "beta1": 0.85, "beta2": 0.99, "epsilon": 1e-8, "weight_decay": 0.2},
}
TORCH: dict[str, Callable[[list[torch.Tensor], Mapping[str, float]], torch.optim.Optimizer]] = {
    "sgd": lambda p, h: torch.optim.SGD(p, lr=h["rate"]),
    "momentum": lambda p, h: torch.optim.SGD(p, lr=h["rate"], momentum=h["momentum"]),
    "nesterov": lambda p, h: torch.optim.SGD(p, lr=h["rate"], momentum=h["momentum"], nesterov=True),
    "adagrad": lambda p, h: torch.optim.Adagrad(p, lr=h["rate"], eps=h["epsilon"]),
    "rmsprop": lambda p, h: torch.optim.RMSprop(p, lr=h["rate"], alpha=h["decay"], eps=h["epsilon"]),
    "adam": lambda p, h: torch.optim.Adam(p, lr=h["rate"], betas=(h["beta1"], h["beta2"]), eps=h["epsilon"]),
    "adamw": lambda p, h: torch.optim.AdamW(
        p, lr=h["rate"], betas=(h["beta1"], h["beta2"]), eps=h["epsilon"], weight_decay=h["weight_decay"]
    ),
}


def valley(p: torch.Tensor) -> torch.Tensor:
    """Curved differently in each direction, and not separable."""
    return p[0] ** 2 + 3 * p[1] ** 2 + torch.sin(p[0] * p[2]) + 0.25 * p[2] ** 4


def torch_path(name: str, hyper: Mapping[str, float]) -> list[list[float]]:
    p = torch_reference.leaf(START)
    optimiser = TORCH[name]([p], hyper)
    path = []
    for _ in range(STEPS):
        optimiser.zero_grad()
        valley(p).backward()
        optimiser.step()
        path.append(p.tolist())
    return path


def own_path(optimiser: Optimiser, hyper: Mapping[str, float]) -> list[list[float]]:
    kept = {name: [0.0] * len(START) for name in optimiser.state} | {"p": list(START)}
    path = []
    for step in range(1, STEPS + 1):
        p = torch_reference.leaf(kept["p"])
        valley(p).backward()
        assert p.grad is not None
        for at, g in enumerate(p.grad.tolist()):
            values = {name: numbers[at] for name, numbers in kept.items()} | {"g": g, **hyper}
            if optimiser.uses_step:
                values["t"] = step
            after = evaluate(optimiser.program, values)
            for name, result in optimiser.updates.items():
                kept[name][at] = after[result].nested()
        path.append(list(kept["p"]))
    return path


@pytest.mark.parametrize("name", OPTIMISERS)
def test_twenty_steps_are_those_of_pytorch(name: str) -> None:
    expected = torch_path(name, HYPER[name])
    for step, (own, reference) in enumerate(zip(own_path(OPTIMISERS[name], HYPER[name]), expected, strict=True)):
        assert own == pytest.approx(reference, rel=1e-12), f"step {step + 1}"


@pytest.mark.parametrize("name", OPTIMISERS)
def test_defaults_are_those_of_pytorch(name: str) -> None:
    optimiser = TORCH[name]([torch_reference.leaf(START)], OPTIMISERS[name].defaults)
    usual = type(optimiser)([torch_reference.leaf(START)])
    for hyper in ("eps", "alpha", "betas", "weight_decay", "lr_decay", "centered"):
        assert optimiser.defaults.get(hyper) == usual.defaults.get(hyper), hyper


@pytest.mark.parametrize("row", OPTIMISERS.values(), ids=OPTIMISERS)
def test_a_row_is_a_valid_program_that_says_what_it_updates(row: Optimiser) -> None:
    validate(row.program)
    assert tuple(row.updates.values()) == tuple(tensor.name for tensor in row.program.results)
    declared = {tensor.name for tensor in row.program.declared}
    assert declared == {"p", "g", *row.state, *row.defaults} | ({"t"} if row.uses_step else set())
    assert row.source
    assert row.title


def test_momentum_is_written_as_on_the_sheet() -> None:
    equations = [str(definition) for definition in OPTIMISERS["momentum"].program.definitions]
    assert equations == ["v_next = momentum*v + rate*g", "p_next = p - v_next"]


def test_adam_is_algorithm_1() -> None:
    assert [str(definition) for definition in OPTIMISERS["adam"].program.definitions] == [
        "m_next = beta1*m + (1 - beta1)*g",
        "v_next = beta2*v + (1 - beta2)*g^2",
        "mhat = m_next/(1 - beta1^t)",
        "vhat = v_next/(1 - beta2^t)",
        "p_next = p - rate*mhat/(sqrt(vhat) + epsilon)",
    ]


def test_names() -> None:
    assert [optimiser_named(name).name for name in ("SGD", "heavy ball", "Adam-W".replace("-", ""), "NAG")] == [
        "sgd",
        "momentum",
        "adamw",
        "nesterov",
    ]
    with pytest.raises(UnknownNameError, match="there is no optimiser 'adm'; did you mean 'adam'"):
        optimiser_named("adm")
