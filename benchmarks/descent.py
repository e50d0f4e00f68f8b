"""How fast gradient descent runs on the homework's function: beside C written by hand, NumPy, PyTorch and SciPy.

Run `python benchmarks/descent.py`; with `--write docs/benchmarks.md` the table goes there. All peers take their turn in
each round; the table has medians of the rounds and ratios to ours. The slow loops make fewer steps, and the table has
the time of one step. That they compute the same is checked: after 1000 steps all are at the same point. SciPy's row is
another piece of work, and says so: `minimize` of Rosenbrock's function, beside our BFGS and the compiled descent.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import chalkgrad as cg
from chalkgrad.descent.function import ScalarFunction
from chalkgrad.descent.paths import sweep_ends

BEGIN, END = "<!-- descent: begin -->", "<!-- descent: end -->"
FORMULA, START, RATE = "(1-x^3) + 100*(y^2-x)^2", (-0.1, 0.1), 1e-5
Descent = Callable[[int], tuple[float, float]]


def compiled(scalar: ScalarFunction) -> Descent:
    """Ours."""

    def run(steps: int) -> tuple[float, float]:
        ends = sweep_ends(scalar, np.array([START]), rate=RATE, steps=steps, tolerance=0).ends
        return float(ends[0, 0]), float(ends[0, 1])

    return run


def by_hand(folder: Path) -> Descent | None:
    """C by hand, as the machine's compiler makes it; None where there is no compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    library = folder / "descent.so"
    source = Path(__file__).with_name("limits_of_descent.c")
    options = ["-O3", "-march=native", "-shared", "-fPIC", "-o", str(library)]
    subprocess.run([compiler, *options, str(source)], check=True)
    descend = ctypes.CDLL(str(library)).descend
    descend.argtypes = [ctypes.c_void_p, ctypes.c_double, ctypes.c_long]

    def run(steps: int) -> tuple[float, float]:
        point = np.array(START)
        descend(point.ctypes.data, RATE, steps)
        return float(point[0]), float(point[1])

    return run


def numpy_loop(steps: int) -> tuple[float, float]:
    """A loop in Python over NumPy arrays, as people write it."""
    point = np.array(START)
    for _ in range(steps):
        inner = point[1] ** 2 - point[0]
        point = point - RATE * np.array([-3 * point[0] ** 2 - 200 * inner, 400 * point[1] * inner])
    return float(point[0]), float(point[1])


def pytorch_loop(steps: int) -> tuple[float, float]:
    """The same loop with PyTorch's gradients."""
    import torch

    point = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    for _ in range(steps):
        value = (1 - point[0] ** 3) + 100 * (point[1] ** 2 - point[0]) ** 2
        (slope,) = torch.autograd.grad(value, point)
        with torch.no_grad():
            point -= RATE * slope
    return point[0].item(), point[1].item()


def rounds(peers: dict[str, tuple[Callable[[int], object], int]], count: int) -> dict[str, list[float]]:
    """Seconds for a step of each, all of them in turn in each round, after one that does not count."""
    times: dict[str, list[float]] = {name: [] for name in peers}
    for turn in range(count + 1):
        for name, (run, steps) in peers.items():
            start = time.perf_counter()
            run(steps)
            if turn:
                times[name].append((time.perf_counter() - start) / steps)
    return times


def shown(seconds: float) -> str:
    """A time with a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def row(name: str, found: list[float], first: float) -> str:
    """A line of a table: median, spread, and how many times ours it is."""
    median = statistics.median(found)
    return f"| {name} | {shown(median)} ({shown(min(found))}–{shown(max(found))}) | {median / first:.3g} |"


def descent_table(count: int, folder: Path) -> list[str]:
    """A step of gradient descent by each peer."""
    scalar = cg.function(FORMULA).scalar
    ours = compiled(scalar)
    peers: dict[str, tuple[Callable[[int], object], int]] = {"chalkgrad, one compiled call": (ours, 1_000_000)}
    hand = by_hand(folder)
    if hand is not None:
        peers["C by hand, gcc -O3"] = (hand, 1_000_000)
    peers |= {"NumPy in a loop": (numpy_loop, 2000), "PyTorch in a loop": (pytorch_loop, 500)}
    for name, (run, _) in peers.items():
        if not np.allclose(run(1000), ours(1000), rtol=1e-12, atol=0):  # type: ignore[call-overload]
            raise SystemExit(f"{name} does not compute the same")
    times = rounds(peers, count)
    first = statistics.median(times["chalkgrad, one compiled call"])
    rows = ["| a step of gradient descent | time (least–greatest) | times ours |", "| --- | --- | --- |"]
    for name, found in times.items():
        rows.append(row(name, found, first))
    starts = np.random.default_rng(0).uniform(-0.2, 0.2, size=(1000, 2))
    many = rounds(
        {
            "1000 starts in one call": (
                lambda steps: sweep_ends(scalar, starts, rate=RATE, steps=steps, tolerance=0),
                1000,
            ),
        },
        count,
    )
    for name, found in many.items():
        each = statistics.median(found) / 1000
        rows.append(f"| {name}, a step of one | {shown(each)} | {each / first:.3g} |")
    return rows


def minimiser_table(count: int) -> list[str]:
    """Rosenbrock's function from (-1.2, 1) to its minimum."""
    from scipy.optimize import minimize, rosen, rosen_der

    rosenbrock = cg.function("(1-x)^2 + 100*(y-x^2)^2")
    start = np.array([-1.2, 1.0])
    peers: dict[str, tuple[Callable[[int], object], int]] = {
        "chalkgrad, 20 000 compiled steps of Adam": (
            lambda _: sweep_ends(rosenbrock.scalar, start[None], "adam", rate=0.01, steps=20_000),
            1,
        ),
        "SciPy BFGS with its own gradient": (lambda _: minimize(rosen, start, jac=rosen_der, method="BFGS"), 1),
        "SciPy BFGS with differences": (lambda _: minimize(rosen, start, method="BFGS"), 1),
    }
    times = rounds(peers, count)
    first = statistics.median(times["chalkgrad, 20 000 compiled steps of Adam"])
    rows = ["| Rosenbrock's function from (-1.2, 1) | time (least–greatest) | times ours |", "| --- | --- | --- |"]
    for name, found in times.items():
        rows.append(row(name, found, first))
    return rows


def main() -> None:
    """Measures and prints, or writes."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--write", type=Path, help="the document that gets the tables, between its marks")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tables = [*descent_table(chosen.rounds, Path(folder)), "", *minimiser_table(chosen.rounds)]
    python = f"Python {platform.python_version()}"
    machine = f"{os.cpu_count()} cores of {platform.machine()}, {platform.system()}, {python}."
    text = "\n".join([f"{machine} Medians of {chosen.rounds} rounds, one thread, float64.", "", *tables])
    print(text)
    if chosen.write:
        before, rest = chosen.write.read_text(encoding="utf-8").split(BEGIN)
        after = rest.split(END)[1]
        chosen.write.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
