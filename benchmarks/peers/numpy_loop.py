"""NumPy by hand: forward, backward and update as a person writes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from peers.works import Work


def batches(work: Work) -> Iterator[Any]:
    """Rows of the samples of each step, in a new order each epoch; all of them as a slice if the batch is full."""
    generator = np.random.default_rng(0)
    while True:
        if not work.batch:
            yield slice(None)
            continue
        order = generator.permutation(work.samples)
        for begin in range(0, work.samples, work.batch):
            yield order[begin : begin + work.batch]


def gradients(parameters: list[Any], x: Any, y: Any) -> list[Any]:
    """Those of the mean loss by every parameter."""
    layers = [x]
    for place in range(0, len(parameters) - 2, 2):
        h = layers[-1] @ parameters[place]
        h += parameters[place + 1]
        layers.append(np.maximum(h, 0, out=h))
    d = layers[-1] @ parameters[-2]
    d += parameters[-1]
    if y.shape[1] == 1:
        d = 1 / (1 + np.exp(-d))
    else:
        d -= d.max(1, keepdims=True)
        np.exp(d, out=d)
        d /= d.sum(1, keepdims=True)
    d -= y
    d *= np.float32(1 / len(y))
    found: list[Any] = []
    for place in range(len(parameters) - 2, -1, -2):
        h = layers[place // 2]
        found = [h.T @ d, d.sum(0), *found]
        if place:
            d = d @ parameters[place].T
            d *= h > 0
    return found


def prepare(work: Work, threads: int) -> Any:
    """Gradient descent or Adam, in place."""
    x, y = work.data
    parameters = work.start
    means, squares = ([np.zeros_like(p) for p in parameters] for _ in range(2))
    rows = batches(work)
    rate = np.float32(work.rate)

    class Run:
        step = 0

        @classmethod
        def steps(cls, count: int) -> None:
            for _ in range(count):
                chosen = next(rows)
                found = gradients(parameters, x[chosen], y[chosen])
                cls.step += 1
                if work.optimiser == "sgd":
                    for p, g in zip(parameters, found, strict=True):
                        p -= rate * g
                    continue
                first, second = 1 - 0.9**cls.step, 1 - 0.999**cls.step
                for p, g, m, s in zip(parameters, found, means, squares, strict=True):
                    m += np.float32(0.1) * (g - m)
                    s += np.float32(0.001) * (g * g - s)
                    p -= np.float32(work.rate / first) * m / (np.sqrt(s * np.float32(1 / second)) + np.float32(1e-8))

        @staticmethod
        def parameters() -> list[Any]:
            return parameters

    return Run
