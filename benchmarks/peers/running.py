"""The peers as processes that take turns: each is held to its cores, and makes a slice of steps when it is asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from peers.works import WORKS, Work

FOLDER = Path(__file__).parents[1]
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
# Who has threads for what two threads are measured on.
IN_THREADS = ("ours", "by_hand", "jax_loop", "numpy_loop", "pytorch", "pytorch_compiled")
# What slows a library down or makes it another one, and what keeps Python from using the bytecode that it has.
NOT_PASSED_ON = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE")


def peers_of(name: str) -> list[str]:
    """Who does a work: C has two networks, and micrograd would take a day for the others."""
    chosen = [peer for peer in TITLES if peer not in ("by_hand", "micrograd_loop")]
    if WORKS[name].sizes in ((2, 3, 1), (30, 16, 8, 1)):
        chosen.insert(1, "by_hand")
    return [*chosen, "micrograd_loop"] if name == "231-100" else chosen


def environment(threads: int = 1) -> dict[str, str]:
    """The environment of a peer: its threads, no accelerator, nothing that was set for another purpose."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    counts = {f"{library}_NUM_THREADS": str(threads) for library in ("OMP", "OPENBLAS", "MKL")}
    flags = {"XLA_FLAGS": "" if threads > 1 else "--xla_cpu_multi_thread_eigen=false"}
    return {**kept, **counts, **flags, "CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}


@dataclass
class Peer:
    """A running process of a peer, and the seconds of a step that it took in each round."""

    name: str
    work: Work
    process: subprocess.Popen[str]
    prepared: float = 0.0
    loss: float = 0.0
    memory: float = 0.0
    threads: int = 1
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
    """The process, ready and checked, its slice as long as a round allows; None, and said, where it does not run."""
    cores = ",".join(map(str, sorted(os.sched_getaffinity(0))[:threads]))
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            ["taskset", "-c", cores, sys.executable, "-m", "peers.worker", peer, name, str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=FOLDER,
            env=environment(threads),
        )  # fmt: skip
        work = WORKS[name]
        found = Peer(peer, work, process, threads=threads)
        try:
            found.prepared = found.ask("")["prepared"]
            steps = 20 if not work.batch else (10 if work.sizes[0] == 30 else 1) * work.steps_per_epoch
            found.loss = found.ask(f"check {steps}")["loss"]
        except EOFError:
            errors.seek(0)
            why = (errors.read().strip() or "it ended").splitlines()[-1]
            print(f"{TITLES[peer]} has no row for {work.title}: {why}", file=sys.stderr)
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


def measure(name: str, rounds: int, only: Iterable[str] = ()) -> dict[str, tuple[Peer, list[float]]]:
    """The times of a step of every peer with one thread, taken in turns."""
    wanted = [peer for peer in peers_of(name) if not only or peer in only]
    return {peer.name: (peer, times) for peer, times in in_turns(name, [(peer, 1) for peer in wanted], rounds)}


def in_turns(name: str, wanted: Iterable[tuple[str, int]], rounds: int) -> list[tuple[Peer, list[float]]]:
    """The times of a step of peers with so many threads each, in turns; their losses are compared first."""
    running = [peer for peer in (start(name, peer, threads) for peer, threads in wanted) if peer is not None]
    try:
        reference = next(peer.loss for peer in running if peer.name == "numpy_loop" or peer.name == running[0].name)
        for peer in running:
            limit = 1e-3 * abs(reference) if not WORKS[name].batch else 0.1 * abs(reference) + 0.01
            if peer.name not in NOT_COMPARED and not abs(peer.loss - reference) <= limit:
                raise SystemExit(f"{TITLES[peer.name]} does not compute the same: {peer.loss}, not {reference}")
        times: list[tuple[Peer, list[float]]] = [(peer, []) for peer in running]
        for _ in range(rounds):
            for peer, found in times:
                found.append(peer.step())
    finally:
        stop(running)
    return times
