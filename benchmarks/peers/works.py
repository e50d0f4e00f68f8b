"""What is trained: sizes, data and first parameters, the same for every peer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

BREAST_CANCER = Path(__file__).parents[2] / "examples" / "data" / "breast_cancer.csv"


@dataclass(frozen=True)
class Work:
    """One network trained on some data; `batch` 0 is all samples at once, `slice` the steps between two clock times."""

    title: str
    sizes: tuple[int, ...]
    optimiser: str
    rate: float
    samples: int
    batch: int
    slice: int

    @property
    def outputs(self) -> int:
        """How many outputs; one is trained with binary cross-entropy, more with softmax and cross-entropy."""
        return self.sizes[-1]

    @property
    def spec(self) -> str:
        """The network in chalkgrad's notation."""
        return "-".join(map(str, self.sizes)) + (
            " relu sigmoid bce" if self.outputs == 1 else " relu softmax cross_entropy"
        )

    @property
    def steps_per_epoch(self) -> int:
        """How many steps go through all samples once."""
        return -(-self.samples // self.batch) if self.batch else 1

    @cached_property
    def data(self) -> tuple[Any, Any]:
        """Inputs (samples, inputs) and targets (samples, outputs) in float32."""
        generator = np.random.default_rng(0)
        inputs = self.sizes[0]
        if inputs == 30:
            table = np.genfromtxt(BREAST_CANCER, delimiter=",", skip_header=1, dtype=str)
            x = table[:, :30].astype(np.float32)
            return (x - x.mean(0)) / x.std(0), (table[:, 30:] == table[0, 30]).astype(np.float32)
        if self.outputs == 1:
            x = generator.standard_normal((self.samples, inputs), dtype=np.float32)
            return x, (x[:, :1] * x[:, 1:2] > 0).astype(np.float32)
        labels = generator.integers(0, self.outputs, self.samples)
        centres = generator.random((self.outputs, inputs), dtype=np.float32)
        x = 0.5 * centres[labels] + 0.5 * generator.random((self.samples, inputs), dtype=np.float32)
        return x * (x > 0.5), np.eye(self.outputs, dtype=np.float32)[labels]

    @property
    def start(self) -> list[Any]:
        """W1 (inputs, units), b1, W2, b2, …"""
        generator = np.random.default_rng(1)
        parameters: list[Any] = []
        for before, after in zip(self.sizes[:-1], self.sizes[1:], strict=True):
            scale = np.float32(np.sqrt(2 / before))
            parameters += [generator.standard_normal((before, after), dtype=np.float32) * scale]
            parameters += [np.full(after, 0.1, np.float32)]
        return parameters

    def loss(self, parameters: list[Any]) -> float:
        """The loss over the first 2000 samples, in float64."""
        x, y = (part[:2000].astype(np.float64) for part in self.data)
        for place in range(0, len(parameters) - 2, 2):
            x = np.maximum(x @ parameters[place] + parameters[place + 1], 0)
        z = x @ parameters[-2] + parameters[-1]
        if self.outputs == 1:
            return float(np.mean(np.logaddexp(0, z) - y * z))
        top = z.max(1, keepdims=True)
        return float(np.mean(np.log(np.exp(z - top).sum(1)) - ((z - top) * y).sum(1)))


WORKS = {
    "231-100": Work("2-3-1, 100 samples", (2, 3, 1), "sgd", 0.1, 100, 0, 20_000),
    "231-1000": Work("2-3-1, 1000 samples", (2, 3, 1), "sgd", 0.1, 1000, 0, 4000),
    "231-100000": Work("2-3-1, 100 000 samples", (2, 3, 1), "sgd", 0.1, 100_000, 0, 1000),
    "231-1000000": Work("2-3-1, 1 000 000 samples", (2, 3, 1), "sgd", 0.1, 1_000_000, 0, 100),
    "cancer": Work("30-16-8-1, Adam, batch 32", (30, 16, 8, 1), "adam", 1e-3, 569, 32, 1800),
    "784-64": Work("784-128-10, batch 64", (784, 128, 10), "sgd", 0.05, 60_000, 64, 938),
    "784-128": Work("784-128-10, batch 128", (784, 128, 10), "sgd", 0.05, 60_000, 128, 469),
    "784-512": Work("784-1024-1024-10, batch 512", (784, 1024, 1024, 10), "sgd", 0.05, 6144, 512, 12),
}
