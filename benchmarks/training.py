"""How fast training runs, beside C by hand, NumPy, PyTorch, JAX, scikit-learn and micrograd, all in one run.

`python benchmarks/training.py`; with `--write docs/benchmarks.md` the tables go there, and a plot beside it. Every peer
is a process of its own that is held to one core (or two), and they take turns: in each round each makes one slice of
steps. The tables have medians of the rounds, and ratios to ours of the same round, so that a machine whose clock
changes does not decide. All start from the same parameters and data; after some steps (where the batch is full) or
epochs their losses are compared. A peer that is not installed has no row; which and why is said on the way.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from peers.programs import DEPTH, LATENCY, MEMORY, STARTS
from peers.running import IN_THREADS, TITLES, Peer, environment, in_turns, measure, peers_of, start, stop
from peers.works import WORKS
from training_plot import plot

BEGIN, END = "<!-- training: begin -->", "<!-- training: end -->"
IN_TWO_THREADS = ("231-1000000", "784-128", "784-512")


def shown(seconds: float) -> str:
    """A time with a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def shown_with_spread(seconds: Sequence[float]) -> str:
    """The median, the least and the greatest."""
    return f"{shown(statistics.median(seconds))} ({shown(min(seconds))}–{shown(max(seconds))})"


def ratio_of(theirs: Sequence[float], ours: Sequence[float]) -> float:
    """How many times as long, in the same rounds."""
    return statistics.median(one / other for one, other in zip(theirs, ours, strict=True))


def table(name: str, times: dict[str, tuple[Peer, list[float]]]) -> list[str]:
    """One work: times of a step, or of an epoch where there are batches, and ratios to ours."""
    work = WORKS[name]
    whole = work.steps_per_epoch if work.batch else 1
    ours = times["ours"][1]
    lines = [
        f"| {work.title}: {'an epoch' if work.batch else 'a step'} | median (least–greatest) | times ours |",
        "| --- | --- | --- |",
    ]
    for peer, found in times.values():
        spread = shown_with_spread([whole * seconds for seconds in found])
        lines.append(f"| {TITLES[peer.name]} | {spread} | {ratio_of(found, ours):.3g} |")
    return [*lines, ""]


def threads_tables(rounds: int) -> list[str]:
    """One thread and two, for all that have threads, in turns."""
    lines = []
    for name in IN_TWO_THREADS:
        wanted = [(peer, threads) for peer in peers_of(name) if peer in IN_THREADS for threads in (1, 2)]
        times = {(peer.name, peer.threads): found for peer, found in in_turns(name, wanted, rounds)}
        work = WORKS[name]
        whole, ours = work.steps_per_epoch if work.batch else 1, times["ours", 2]
        lines += [
            f"| {work.title}, two threads: {'an epoch' if work.batch else 'a step'} | median (least–greatest) "
            "| one thread's time by theirs | times ours |",
            "| --- | --- | --- | --- |",
        ]
        for (peer, threads), found in times.items():
            if threads == 2 and (peer, 1) in times:
                gain, ratio = ratio_of(times[peer, 1], found), ratio_of(found, ours)
                spread = shown_with_spread([whole * seconds for seconds in found])
                lines.append(f"| {TITLES[peer]} | {spread} | {gain:.2f} | {ratio:.3g} |")
        lines.append("")
    return [*lines, two_processes(rounds), ""]


def two_processes(rounds: int) -> str:
    """What two cores of this machine are worth: two processes of C at once, each with all samples, and one alone."""
    name = "231-1000000"
    first = start(name, "by_hand", 1)
    if first is None:
        return "Without C by hand, what two cores are worth was not measured."
    cores = sorted(os.sched_getaffinity(0))
    second = start(name, "by_hand", 1)
    assert second is not None
    # `taskset` put both on the same core.
    subprocess.run(["taskset", "-acp", str(cores[-1]), str(second.process.pid)], check=True, capture_output=True)
    ratios = []
    try:
        for _ in range(rounds):
            alone = first.step()
            with ThreadPoolExecutor(2) as asking:
                ratios.append(sum(alone / seconds for seconds in asking.map(Peer.step, (first, second))))
    finally:
        stop([first, second])
    return (
        "What can be had here: two processes of C by hand at once, each on a core of its own and with 1 000 000 samples"
        f" of its own, do {statistics.median(ratios):.2f} times what one does alone."
    )


def starts_table(rounds: int) -> list[str]:
    """From the start of a process to a trained network of XOR, 400 epochs of Adam."""
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds + 1):
            for title, program in STARTS.items():
                for cached in (False, True) if title == "chalkgrad" else (True,):
                    place = Path(folder, "kept" if cached else f"fresh{turn}")
                    started = time.perf_counter()
                    done = subprocess.run(
                        [sys.executable, "-c", program], capture_output=True, text=True, check=False,
                        env={**environment(os.cpu_count() or 1), "CHALKGRAD_CACHE": str(place)},
                    )  # fmt: skip
                    seconds = time.perf_counter() - started
                    name = title
                    if title == "chalkgrad":
                        name += ", compiled before" if cached else ", never compiled"
                    if done.returncode and "ModuleNotFoundError" not in done.stderr:
                        raise SystemExit(f"{title} did not train the network of XOR:\n{done.stderr}")
                    if turn and not done.returncode:
                        found.setdefault(name, []).append(seconds)
    lines = ["| start of the process to a trained 2-8-1 for XOR | median (least–greatest) |", "| --- | --- |"]
    lines += [f"| {name} | {shown_with_spread(seconds)} |" for name, seconds in found.items()]
    return [*lines, ""]


def latency_table(rounds: int) -> list[str]:
    """One row, predicted in a loop from Python."""
    titles = {
        "run": "chalkgrad, `predictor.run()`, the arrays at hand",
        "row": "chalkgrad, `predictor.row(x)`",
        "NumPy": "NumPy by hand",
        "PyTorch": "PyTorch, a module in inference mode",
    }
    found: dict[str, list[float]] = {}
    for line in output_of(LATENCY.replace("ROUNDS", str(rounds))).splitlines():
        name, seconds = line.split()
        found.setdefault(name, []).append(float(seconds))
    lines = ["| one row through 30-16-8-1, in a loop | median (least–greatest) |", "| --- | --- |"]
    lines += [f"| {titles[name]} | {shown_with_spread(seconds)} |" for name, seconds in found.items()]
    return [*lines, ""]


def cost_lines(rounds: int) -> list[str]:
    """What compiling and the memory of ten million samples cost; once, as nothing else runs meanwhile."""
    depth, extra = output_of(DEPTH), float(output_of(MEMORY))
    lines = ["| network of width 64, never compiled | derived, compiled and ready |", "| --- | --- |"]
    for line in depth.splitlines():
        layers, seconds = line.split()
        lines.append(f"| {layers} layers | {shown(float(seconds))} |")
    return [*lines, "", f"Training 2-3-1 on 10 000 000 samples takes {extra:.0f} MB more than the data themselves.", ""]


def output_of(program: str) -> str:
    """What a program prints that compiles everything anew."""
    with tempfile.TemporaryDirectory() as folder:
        kept = {**environment(), "CHALKGRAD_CACHE": folder}
        done = subprocess.run([sys.executable, "-c", program], env=kept, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def main() -> None:
    """Measures, prints the tables, and writes them where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--works", nargs="*", default=list(WORKS), choices=list(WORKS))
    parser.add_argument("--peers", nargs="*", default=[], choices=list(TITLES))
    parser.add_argument("--write", type=Path)
    chosen = parser.parse_args()
    lines = [
        f"{os.cpu_count()} cores of {platform.machine()}, {platform.system()}, Python {platform.python_version()}."
    ]
    lines += [f"Float32, one thread, medians of {chosen.rounds} rounds.", ""]
    results = {}
    for name in chosen.works:
        results[name] = measure(name, chosen.rounds, only=chosen.peers and ["ours", *chosen.peers])
        lines += table(name, results[name])
        print("\n".join(table(name, results[name])), flush=True)
    if chosen.works == list(WORKS) and not chosen.peers:
        for part in (threads_tables, starts_table, latency_table, cost_lines):
            found = part(chosen.rounds)
            print("\n".join(found), flush=True)
            lines += found
    if chosen.write:
        text = chosen.write.read_text(encoding="utf-8")
        before, after = text[: text.index(BEGIN)], text[text.index(END) :]
        chosen.write.write_text(before + BEGIN + "\n\n" + "\n".join(lines) + "\n" + after, encoding="utf-8")
        plot(results, chosen.write.with_name("training_speed.png"))


if __name__ == "__main__":
    main()
