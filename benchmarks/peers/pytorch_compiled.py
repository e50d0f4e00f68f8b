"""PyTorch with `torch.compile`."""

from __future__ import annotations

from typing import Any

from peers import pytorch
from peers.works import Work


def prepare(work: Work, threads: int) -> Any:
    """The same as eager, its loss compiled."""
    return pytorch.prepare(work, threads, compiled=True)
