"""How fast training runs, beside C by hand, NumPy, PyTorch, JAX, scikit-learn and micrograd, all in one run.

`python benchmarks/training.py`; with `--write docs/benchmarks.md` the tables go there, and a plot beside it. Every peer
is a process of its own that is held to one core (or two), and they take turns: in each round each makes one slice of
steps. The tables have medians of the rounds, and ratios to ours of the same round, so that a machine whose clock
changes does not decide. All start from the same parameters and data; after some steps (where the batch is full) or
epochs their losses are compared. A peer that is not installed has no row.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from peers.works import WORKS, Work

HERE = Path(__file__).parent
BEGIN, END = "<!-- training: begin -->", "<!-- training: end -->"
TITLES = {
    "ours": "chalkgrad",
    "by_hand": "C by hand, AVX-512",
    "jax_loop": "JAX, one jitted loop",
    "numpy_loop": "NumPy by hand",
    "pytorch": "PyTorch, eager",
    "pytorch_compiled": "PyTorch, torch.compile",
    "scikit_learn": "scikit-learn",
    "micrograd_loop": "micrograd",
}
# scikit-learn draws its own parameters; its loss is not to be compared.
NOT_COMPARED = {"scikit_learn"}
LONGEST = 0.4  # seconds that a slice of a slow peer may take


def peers_of(name: str) -> list[str]:
    """Who does a work: C has two networks, and micrograd would take a day for the others."""
    chosen = [peer for peer in TITLES if peer not in ("by_hand", "micrograd_loop")]
    if WORKS[name].sizes in ((2, 3, 1), (30, 16, 8, 1)):
        chosen.insert(1, "by_hand")
    return [*chosen, "micrograd_loop"] if name == "231-100" else chosen


@dataclass
class Peer:
    """A running process of a peer, and the seconds of a step that it took in each round."""

    name: str
    work: Work
    process: subprocess.Popen[str]
    prepared: float = 0.0
    loss: float = 0.0
    memory: float = 0.0
    slice: int = 0

    def ask(self, question: str) -> dict[str, float]:
        """An answer; raises `EOFError` when the process has none."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if question:
            self.process.stdin.write(question + "\n")
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise EOFError
        answer: dict[str, float] = json.loads(line)
        return answer

    def step(self) -> float:
        """Seconds for a step, over one slice."""
        answer = self.ask(f"time {self.slice}")
        self.memory = answer["memory"]
        return answer["seconds"] / self.slice


def start(name: str, peer: str, threads: int) -> Peer | None:
    """The process, ready and checked, its slice as long as a round allows; None where the peer is not installed."""
    cores = ",".join(map(str, sorted(os.sched_getaffinity(0))[:threads]))
    single = {f"{library}_NUM_THREADS": str(threads) for library in ("OMP", "OPENBLAS", "MKL")}
    single["XLA_FLAGS"] = "" if threads > 1 else "--xla_cpu_multi_thread_eigen=false"
    process = subprocess.Popen(
        ["taskset", "-c", cores, sys.executable, "-m", "peers.worker", peer, name, str(threads)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=HERE,
        env={**os.environ, **single, "CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"},
    )  # fmt: skip
    work = WORKS[name]
    found = Peer(peer, work, process)
    try:
        found.prepared = found.ask("")["prepared"]
        steps = 20 if not work.batch else (10 if work.sizes[0] == 30 else 1) * work.steps_per_epoch
        found.loss = found.ask(f"check {steps}")["loss"]
    except EOFError:
        return None
    whole = 1 if not work.batch else work.steps_per_epoch
    found.slice = whole
    found.step()
    found.slice = max(whole, min(work.slice, int(LONGEST / max(found.step(), 1e-9))) // whole * whole)
    found.step()
    return found


def stop(peers: Iterable[Peer]) -> None:
    """Ends the processes."""
    for peer in peers:
        peer.process.kill()
        peer.process.wait()


def measure(name: str, rounds: int, threads: int = 1, only: Iterable[str] = ()) -> dict[str, tuple[Peer, list[float]]]:
    """The times of a step of every peer, taken in turns."""
    wanted = [peer for peer in peers_of(name) if not only or peer in only]
    running = [peer for peer in (start(name, peer, threads) for peer in wanted) if peer is not None]
    try:
        reference = next(peer.loss for peer in running if peer.name == "numpy_loop" or peer.name == running[0].name)
        for peer in running:
            limit = 1e-3 * abs(reference) if not WORKS[name].batch else 0.1 * abs(reference) + 0.01
            if peer.name not in NOT_COMPARED and not abs(peer.loss - reference) <= limit:
                raise SystemExit(f"{TITLES[peer.name]} does not compute the same: {peer.loss}, not {reference}")
        times: dict[str, tuple[Peer, list[float]]] = {peer.name: (peer, []) for peer in running}
        for _ in range(rounds):
            for peer in running:
                times[peer.name][1].append(peer.step())
    finally:
        stop(running)
    return times


def shown(seconds: float) -> str:
    """A time with a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


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
        ratio = statistics.median(theirs / own for theirs, own in zip(found, ours, strict=True))
        middle, least, most = (whole * time for time in (statistics.median(found), min(found), max(found)))
        lines.append(f"| {TITLES[peer.name]} | {shown(middle)} ({shown(least)}–{shown(most)}) | {ratio:.3g} |")
    return [*lines, ""]


def threads_table(rounds: int) -> list[str]:
    """One thread and two, in turns."""
    lines = ["| two threads | one thread's time by theirs |", "| --- | --- |"]
    for name in ("231-1000000", "784-512"):
        running = [peer for peer in (start(name, "ours", threads) for threads in (1, 2)) if peer is not None]
        try:
            ratios = [running[0].step() / running[1].step() for _ in range(rounds)]
        finally:
            stop(running)
        lines.append(f"| {WORKS[name].title} | {statistics.median(ratios):.2f} |")
    return [*lines, ""]


STARTS = {
    "chalkgrad": """
import chalkgrad as cg
from chalkgrad.training.data import generate
data = generate("xor", 500, seed=0)
net = cg.network("2-8-1 tanh sigmoid bce").fit(data.x[:400], data.y[:400], optimizer="adam", rate=0.05, epochs=400)
assert ((net.predict(data.x[400:]) > 0.5) == (data.y[400:] > 0.5)).mean() >= 0.97
""",
    "PyTorch": """
import torch
torch.manual_seed(0)
x = torch.rand(500, 2) * 4 - 2
y = (x[:, :1] * x[:, 1:] < 0).float()
net = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
optimiser = torch.optim.Adam(net.parameters(), lr=0.05)
for _ in range(400):
    optimiser.zero_grad()
    torch.nn.functional.binary_cross_entropy_with_logits(net(x[:400]), y[:400]).backward()
    optimiser.step()
assert ((net(x[400:]) > 0) == (y[400:] > 0.5)).float().mean() >= 0.97
""",
    "JAX": """
import jax, jax.numpy as jnp
a, b, c = jax.random.split(jax.random.PRNGKey(0), 3)
x = jax.random.uniform(a, (500, 2), minval=-2, maxval=2)
y = (x[:, :1] * x[:, 1:] < 0).astype(jnp.float32)
p = [jax.random.normal(b, (2, 8)), jnp.zeros(8), jax.random.normal(c, (8, 1)), jnp.zeros(1)]
def logits(p, x): return jnp.tanh(x @ p[0] + p[1]) @ p[2] + p[3]
def loss(p): z = logits(p, x[:400]); return jnp.mean(jax.nn.softplus(z) - y[:400] * z)
def step(_, s):
    p, m, v, t = s
    g, t = jax.grad(loss)(p), t + 1
    m = [0.9 * a + 0.1 * b for a, b in zip(m, g)]
    v = [0.999 * a + 0.001 * b * b for a, b in zip(v, g)]
    return [a - 0.05 * b / (1 - 0.9**t) / (jnp.sqrt(c / (1 - 0.999**t)) + 1e-8) for a, b, c in zip(p, m, v)], m, v, t
zeros = [jnp.zeros_like(a) for a in p]
p = jax.jit(lambda s: jax.lax.fori_loop(0, 400, step, s))((p, zeros, zeros, 0.0))[0]
assert ((logits(p, x[400:]) > 0) == (y[400:] > 0.5)).mean() >= 0.97
""",
}


def starts_table(rounds: int) -> list[str]:
    """From the start of a process to a trained network of XOR, 400 epochs of Adam."""
    import tempfile

    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds + 1):
            for title, program in STARTS.items():
                for cached in (False, True) if title == "chalkgrad" else (True,):
                    place = Path(folder, "kept" if cached else f"fresh{turn}")
                    environment = {**os.environ, "CHALKGRAD_CACHE": str(place), "JAX_PLATFORMS": "cpu"}
                    started = time.perf_counter()
                    done = subprocess.run([sys.executable, "-c", program], env=environment, stderr=subprocess.DEVNULL)
                    seconds = time.perf_counter() - started
                    name = (
                        title
                        if title != "chalkgrad"
                        else title + (", compiled before" if cached else ", never compiled")
                    )
                    if turn and done.returncode == 0:
                        found.setdefault(name, []).append(seconds)
    lines = ["| start of the process to a trained 2-8-1 for XOR | median (least–greatest) |", "| --- | --- |"]
    for name, seconds in found.items():
        lines.append(f"| {name} | {shown(statistics.median(seconds))} ({shown(min(seconds))}–{shown(max(seconds))}) |")
    return [*lines, ""]


DEPTH = """
import time, numpy as np, chalkgrad as cg
x, y = np.zeros((64, 64)), np.zeros((64, 1))
for layers in (10, 25, 50):
    begun = time.perf_counter()
    cg.network("-".join(["64"] * layers + ["1"]) + " relu sigmoid bce").trainer(x, y, batch=32)
    print(layers, time.perf_counter() - begun)
"""
MEMORY = """
import resource, numpy as np, chalkgrad as cg
n = 10_000_000
x, y = np.ones((n, 2), np.float32), np.zeros((n, 1), np.float32)
t = cg.network("2-3-1 relu sigmoid bce").trainer(x[:1000], y[:1000], dtype="float32")
t.run(1); t.loss
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
t = cg.network("2-3-1 relu sigmoid bce").trainer(x, y, dtype="float32")
t.run(3); t.loss
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def cost_lines() -> list[str]:
    """What compiling and the memory of ten million samples cost."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "CHALKGRAD_CACHE": folder}
        outputs = [
            subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
            for program in (DEPTH, MEMORY)
        ]
    lines = ["| network of width 64, never compiled | derived, compiled and ready |", "| --- | --- |"]
    for line in outputs[0].stdout.splitlines():
        layers, seconds = line.split()
        lines.append(f"| {layers} layers | {shown(float(seconds))} |")
    extra = float(outputs[1].stdout)
    return [*lines, "", f"Training 2-3-1 on 10 000 000 samples takes {extra:.0f} MB more than the data themselves.", ""]


def plot(results: dict[str, dict[str, tuple[Peer, list[float]]]], path: Path) -> None:
    """Times of a step by the number of samples, for the smallest network, and ratios for the others."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    colours = {
        "ours": "#0072B2", "by_hand": "#000000", "jax_loop": "#E69F00", "numpy_loop": "#009E73", "pytorch": "#D55E00",
        "pytorch_compiled": "#CC79A7", "scikit_learn": "#56B4E9", "micrograd_loop": "#999999",
    }  # fmt: skip
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(12, 4.8), layout="constrained")
    small = [name for name in results if name.startswith("231")]
    for peer, colour in colours.items():
        points = [
            (WORKS[name].samples, statistics.median(results[name][peer][1])) for name in small if peer in results[name]
        ]
        if points:
            style = {"linestyle": "--"} if peer == "by_hand" else {}
            left.plot(*zip(*points, strict=True), "o", color=colour, label=TITLES[peer], **({"ls": "-"} | style))
    left.set(xscale="log", yscale="log", xlabel="samples", ylabel="seconds for a step", title="2-3-1, full batch")
    left.grid(alpha=0.3)
    left.legend(fontsize=8)
    others = [name for name in results if name not in small]
    shown_peers = [peer for peer in colours if any(peer in results[name] for name in others)]
    for place, name in enumerate(others):
        ours = results[name]["ours"][1]
        for k, peer in enumerate(shown_peers):
            if peer in results[name]:
                ratio = statistics.median(b / a for a, b in zip(ours, results[name][peer][1], strict=True))
                right.barh(
                    place + 0.8 * (k / len(shown_peers) - 0.45), ratio, 0.75 / len(shown_peers), color=colours[peer]
                )
    right.set_yticks(range(len(others)), [WORKS[name].title.replace(", ", "\n", 1) for name in others], fontsize=8)
    right.axvline(1, color="#0072B2", linewidth=0.8)
    right.invert_yaxis()
    right.set(xscale="log", xlabel="time as a multiple of chalkgrad's", title="mini-batches")
    figure.savefig(path, dpi=110)


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
        rest = [*threads_table(chosen.rounds), *starts_table(chosen.rounds), *cost_lines()]
        print("\n".join(rest))
        lines += rest
    if chosen.write:
        text = chosen.write.read_text(encoding="utf-8")
        before, after = text[: text.index(BEGIN)], text[text.index(END) :]
        chosen.write.write_text(before + BEGIN + "\n\n" + "\n".join(lines) + "\n" + after, encoding="utf-8")
        plot(results, chosen.write.with_name("training_speed.png"))


if __name__ == "__main__":
    main()
