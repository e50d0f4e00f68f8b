"""Threads change no bit: of the parameters after some steps, of the loss over the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chalkgrad.calculus import derive
from chalkgrad.engines.native import layout
from chalkgrad.engines.native.trainer import NativeTrainer
from chalkgrad.networks import Network, NetworkSpec, initialise, optimiser_named
from chalkgrad.networks.regularising import weighted, with_dropout

SMALL = NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce")
WIDE = NetworkSpec((70, 66, 5), ("relu", "softmax"), "cross-entropy")
PENALISED = NetworkSpec((9, 21, 4, 1), ("tanh", "relu", "sigmoid"), "bce", l1=0.01, l2=0.1)

# network, samples, batch, dropped, weighted, type of numbers
CASES = [
    (SMALL, 50_000, "full", 0.0, False, "float32"),
    (SMALL, 20_001, "full", 0.0, True, "float64"),
    (SMALL, 30_000, 17_000, 0.0, False, "float32"),
    (WIDE, 1301, 1300, 0.0, False, "float32"),
    (WIDE, 601, 300, 0.4, False, "float32"),
    (WIDE, 77, 33, 0.5, True, "float64"),
    (PENALISED, 100, 9, 0.2, True, "float32"),
    (PENALISED, 530, "full", 0.0, True, "float64"),
]


@pytest.fixture(autouse=True)
def however_little(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path_factory.getbasetemp() / "code"))
    monkeypatch.setattr(layout, "FEWEST_IN_A_THREAD", 1)
    monkeypatch.setattr(layout, "LEAST_IN_A_THREAD", 1)


@pytest.mark.parametrize(("spec", "count", "batch", "dropped", "with_weights", "dtype"), CASES)
def test_the_number_of_threads_does_not_change_a_bit(
    spec: NetworkSpec, count: int, batch: Any, dropped: float, with_weights: bool, dtype: str
) -> None:
    generator = np.random.default_rng(count)
    x = generator.normal(size=(count, spec.sizes[0]))
    classes = generator.integers(0, max(2, spec.sizes[-1]), size=count)
    y = np.eye(spec.sizes[-1])[classes] if spec.sizes[-1] > 1 else classes[:, None] * 1.0
    program, drawn = with_dropout(Network(spec).program, dropped) if dropped else (Network(spec).program, None)
    if with_weights:
        program = weighted(program)
    weights = generator.uniform(size=count) if with_weights else None
    results = []
    for threads in (1, 2, 3):
        trainer = NativeTrainer(
            program, derive(program).program, initialise(spec, seed=1), x, y, optimiser_named("adam"), rate=0.01,
            batch=batch, dtype=dtype, threads=threads, drawn=drawn, seed=5, weights=weights,
        )  # fmt: skip
        trainer.run(3)
        trainer.run(4)
        assert trainer.threads == threads
        results.append(trainer)
    for trainer in results[1:]:
        assert all(np.array_equal(trainer.state()[name], value) for name, value in results[0].state().items())
