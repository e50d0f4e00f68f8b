"""Which of the two training loops is quicker for which size: the table behind the limits of the loop in registers.

`python benchmarks/loops.py`; with `--write docs/native.md` the table goes there. Both loops run the same network, in
turns; ratios are medians over the rounds. The times are the processor's, as both have one thread.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import chalkgrad as cg
from chalkgrad.engines.native import data as native_data
from chalkgrad.engines.native import layout

BEGIN, END = "<!-- loops: begin -->", "<!-- loops: end -->"
SIZES = ["2-3-1", "2-8-1", "4-8-1", "4-12-1", "6-16-1", "6-12-12-1", "8-18-1", "10-24-1", "12-28-1", "16-32-1"]
# The first is all samples; with how many steps are timed at once.
BATCHES = {4096: 40, 512: 320, 256: 640, 32: 5000}
SAMPLES = max(BATCHES)


def trainer(sizes: str, batch: int, *, in_registers: bool) -> tuple[Any, float]:
    """A trainer with the loop that is wanted, and the seconds it took to make it, where nothing is compiled yet."""
    generator = np.random.default_rng(0)
    x = generator.standard_normal((SAMPLES, int(sizes.split("-")[0])), dtype=np.float32)
    y = (x[:, :1] > 0).astype(np.float32)
    native_data.MOST_IN_REGISTERS = native_data.MOST_IN_SHORT_STEPS = 10_000 if in_registers else 0
    begun = time.process_time()
    made = cg.network(f"{sizes} relu sigmoid bce").trainer(x, y, rate=0.01, batch=batch, dtype="float32")
    made.run(1)
    return made, time.process_time() - begun


def seconds(made: Any, steps: int) -> float:
    """Seconds of a step."""
    begun = time.process_time()
    made.run(steps)
    return (time.process_time() - begun) / steps


def table(rounds: int) -> list[str]:
    """The rows, one for each size."""
    lines = [
        "| network | parameters | made in registers / in memory |"
        + "".join(f" step of {batch} |" for batch in BATCHES),
        "| --- " * (3 + len(BATCHES)) + "|",
    ]
    for sizes in SIZES:
        cells = []
        made: list[float] = []
        for batch, steps in BATCHES.items():
            pairs = [trainer(sizes, batch, in_registers=kind) for kind in (True, False)]
            made = made or [taken for _, taken in pairs]
            ratios = [seconds(pairs[1][0], steps) / seconds(pairs[0][0], steps) for _ in range(rounds)]
            cells.append(f"× {statistics.median(ratios):.2f}")
            count = len(cg.network(f"{sizes} relu sigmoid bce").pack(pairs[0][0].parameters))
        lines.append(f"| {sizes} | {count} | {made[0]:.2f} s / {made[1]:.2f} s | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Measures, prints the table, and writes it where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", type=Path)
    chosen = parser.parse_args()
    kept = layout.MOST_IN_REGISTERS, layout.MOST_IN_SHORT_STEPS
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CHALKGRAD_CACHE"] = folder
        text = "\n".join(table(chosen.rounds))
    native_data.MOST_IN_REGISTERS, native_data.MOST_IN_SHORT_STEPS = kept
    print(text)
    if chosen.write:
        page = chosen.write.read_text()
        new = re.sub(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n\n{text}\n\n{END}", page, flags=re.DOTALL)
        chosen.write.write_text(new)


if __name__ == "__main__":
    main()
