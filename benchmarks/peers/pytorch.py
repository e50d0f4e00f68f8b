"""PyTorch as its tutorials write it: modules, an optimiser, and batches taken from tensors in memory."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from peers.works import Work


def prepare(work: Work, threads: int, compiled: bool = False) -> Any:
    """Eager, or with the loss and its gradient by `torch.compile`."""
    torch.set_num_threads(threads)
    x, y = (torch.from_numpy(part) for part in work.data)
    parameters = [torch.from_numpy(p.copy()).requires_grad_() for p in work.start]
    if work.outputs > 1:
        y = y.argmax(1)

    def loss(x: Any, y: Any) -> Any:
        for place in range(0, len(parameters) - 2, 2):
            x = torch.relu(torch.addmm(parameters[place + 1], x, parameters[place]))
        z = torch.addmm(parameters[-1], x, parameters[-2])
        return (
            functional.binary_cross_entropy_with_logits(z, y) if work.outputs == 1 else functional.cross_entropy(z, y)
        )

    if compiled:
        loss = torch.compile(loss)
    kind = torch.optim.SGD if work.optimiser == "sgd" else torch.optim.Adam
    optimiser = kind(parameters, lr=work.rate)

    def batches() -> Any:
        while True:
            if not work.batch:
                yield x, y
                continue
            order = torch.randperm(work.samples)
            for begin in range(0, work.samples, work.batch):
                rows = order[begin : begin + work.batch]
                yield x[rows], y[rows]

    given = batches()

    class Run:
        @staticmethod
        def steps(count: int) -> None:
            for _ in range(count):
                optimiser.zero_grad()
                loss(*next(given)).backward()
                optimiser.step()

        @staticmethod
        def parameters() -> list[Any]:
            return [p.detach().numpy() for p in parameters]

    return Run
