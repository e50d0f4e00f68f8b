"""chalkgrad's native engine."""

from __future__ import annotations

from typing import Any

import chalkgrad as cg
from peers.works import Work


def prepare(work: Work, threads: int) -> Any:
    """A trainer; one call is one slice of steps."""
    names = [f"{letter}{layer}" for layer in range(1, len(work.sizes)) for letter in "Wb"]
    x, y = work.data
    trainer = cg.network(work.spec).trainer(
        x, y, parameters=dict(zip(names, work.start, strict=True)), optimizer=work.optimiser, rate=work.rate,
        batch=work.batch or "full", dtype="float32", threads=threads,
    )  # fmt: skip

    class Run:
        steps = staticmethod(trainer.run)

        @staticmethod
        def parameters() -> list[Any]:
            return [trainer.parameters[name] for name in names]

    return Run
