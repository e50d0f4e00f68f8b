"""micrograd: one object for each number."""

from __future__ import annotations

from typing import Any

import numpy as np
from micrograd.engine import Value

from peers.works import Work


def prepare(work: Work, threads: int) -> Any:
    """The 2-3-1 network, sample by sample; its sigmoid is written with exponentials of Python's."""
    x, y = (part.tolist() for part in work.data)
    parameters = [np.vectorize(Value, otypes=[object])(p.astype(float)) for p in work.start]
    w1, b1, w2, b2 = parameters

    def step() -> None:
        total = Value(0.0)
        for (first, second), (wanted,) in zip(x, y, strict=True):
            z = b2[0]
            for j in range(3):
                z = z + w2[j, 0] * (w1[0, j] * first + w1[1, j] * second + b1[j]).relu()
            # e^z and the logarithm, which micrograd lacks: ln(1 + e^z) - y z has the derivative σ(z) - y.
            probability = 1 / (1 + np.exp(-z.data))
            total = total + z * (probability - wanted)
        for p in parameters:
            for value in p.ravel():
                value.grad = 0
        (total * (1 / len(x))).backward()
        for p in parameters:
            for value in p.ravel():
                value.data -= work.rate * value.grad

    class Run:
        @staticmethod
        def steps(count: int) -> None:
            for _ in range(count):
                step()

        @staticmethod
        def parameters() -> list[Any]:
            return [np.vectorize(lambda value: value.data)(p) for p in parameters]

    return Run
