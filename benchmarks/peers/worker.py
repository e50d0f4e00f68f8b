"""One peer at one work, in this process: reads how many steps to make, answers with the seconds they took.

`python -m peers.worker PEER WORK THREADS`, from the folder of the benchmarks; a line of JSON for each answer.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from typing import Any, Protocol

from peers.works import WORKS


class Run(Protocol):
    """A training run that was prepared."""

    def steps(self, count: int) -> None:
        """Makes that many steps, and returns when they are done."""

    def parameters(self) -> list[Any]:
        """W1 (inputs, units), b1, W2, …"""


def main() -> None:
    """Prepares, says so, and makes the steps that it is asked for; `check N` gives the loss after N steps."""
    peer, name, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    work = WORKS[name]
    _ = work.data  # made now, so that nothing times it
    begun = time.perf_counter()
    run: Run = importlib.import_module(f"peers.{peer}").prepare(work, threads)
    run.steps(1)
    answer({"prepared": time.perf_counter() - begun})
    for line in sys.stdin:
        order, count = line.split()
        if order == "check":
            run.steps(int(count) - 1)
            answer({"loss": work.loss(run.parameters())})
        else:
            started = time.perf_counter()
            run.steps(int(count))
            seconds = time.perf_counter() - started
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            answer({"seconds": seconds, "memory": memory})


def answer(what: dict[str, float]) -> None:
    """A line for the process that asks."""
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
