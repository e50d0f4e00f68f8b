"""How quick gradients and Hessians are, printed for NumPy and compiled, beside PyTorch eager and `jax.jit` of the same.

Run `python benchmarks/expressions.py`; with `--write docs/benchmarks.md` the tables go there. One thread, float32,
process CPU times, so that a busy machine disturbs them less. All take turns, and a ratio is the median of those within
a turn. PyTorch and JAX are timed where installed; what is compared must agree.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import chalkgrad as cg
from chalkgrad.board.derivation import DerivationSheet, derive
from chalkgrad.calculus import Derivation
from chalkgrad.calculus import derive as derive_program
from chalkgrad.engines.emitted.targets import code_for
from chalkgrad.language import Axis, Definition, Program, Role, Tensor, summation
from chalkgrad.networks import (
    Layer,
    Network,
    NetworkSpec,
    activation,
    attention,
    convolution,
    layer_normalisation,
)

BEGIN, END = "<!-- expressions: begin -->", "<!-- expressions: end -->"
Arrays = Mapping[str, Any]
BATCH = Axis("n", "n")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Problem:
    """A value to be derived: as chalkgrad derives it, the shapes of what goes in, and as PyTorch and JAX write it.

    `loss` gets a module (torch or jax.numpy) and the arrays; `torch_loss` is used for PyTorch where it has a function
    of its own for the layer. With `second` it is the Hessian by that tensor that is timed.
    """

    name: str
    derivation: Callable[[], Derivation]
    sizes: Mapping[str, int]
    loss: Callable[[Any, Arrays], Any]
    torch_loss: Callable[[Any, Arrays], Any] | None = None
    second: str = ""


def weighted(inputs: Sequence[Tensor], layer: Layer) -> Derivation:
    """The derivative of the sum of a layer's output, weighted with r, by all parameters and inputs."""
    out = layer.output
    r, total = Tensor("r", out.axes, Role.INPUT), Tensor("L")
    last = Definition(total, (), summation(out[out.axes] * r[out.axes], *out.axes))
    declared = (*inputs, *layer.parameters, r)
    names = [tensor.name for tensor in declared[:-1]]
    return derive_program(Program(declared, (*layer.definitions, last), (total,)), names)


def formula(text: str, wrt: str | list[str]) -> Callable[[], Derivation]:
    return lambda: derive(text, wrt=wrt).derivation


def perceptron() -> Derivation:
    spec = NetworkSpec((64, 128, 64, 1), ("relu", "tanh", "sigmoid"), "bce")
    return derive_program(Network(spec).program)


def small_net() -> Derivation:
    return derive_program(Network(NetworkSpec((8, 16, 1), ("tanh", "sigmoid"), "bce")).program)


def attending() -> Derivation:
    heads, time_axis, width = Axis("h", 4), Axis("s", "t"), Axis("e", 32)
    q, k, v = (Tensor(name, (heads, time_axis, width), Role.INPUT) for name in "qkv")
    return weighted((q, k, v), attention(q, k, v))


def convolving() -> Derivation:
    x = Tensor("x", (BATCH, Axis("c", 16), Axis("a", 32), Axis("d", 32)), Role.INPUT)
    return weighted((x,), convolution(x, Axis("o", 32), (Axis("p", 3), Axis("q", 3))))


def normalising() -> Derivation:
    x = Tensor("x", (BATCH, Axis("d", 512)), Role.INPUT)
    return weighted((x,), layer_normalisation(x))


def gelu() -> Derivation:
    x = Tensor("x", (BATCH, Axis("d", 512)), Role.INPUT)
    return weighted((x,), activation(x, "gelu"))


def _softplus(m: Any, x: Any) -> Any:
    return m.logaddexp(x, m.zeros_like(x))


def _perceptron(m: Any, a: Arrays) -> Any:
    h = m.maximum(a["x"] @ a["W1"] + a["b1"], m.zeros_like(a["b1"]))
    z = m.tanh(h @ a["W2"] + a["b2"]) @ a["W3"] + a["b3"]
    return (_softplus(m, z) - a["y"] * z).mean()


def _small_net(m: Any, a: Arrays) -> Any:
    z = m.tanh(a["x"] @ a["W1"] + a["b1"]) @ a["W2"] + a["b2"]
    return (_softplus(m, z) - a["y"] * z).mean()


def _logsumexp(m: Any, x: Any) -> Any:
    if m.__name__ == "torch":
        return m.logsumexp(x, 0)
    import jax

    return jax.nn.logsumexp(x)


def _torch_perceptron(m: Any, a: Arrays) -> Any:
    h = m.relu(a["x"] @ a["W1"] + a["b1"])
    z = m.tanh(h @ a["W2"] + a["b2"]) @ a["W3"] + a["b3"]
    return m.nn.functional.binary_cross_entropy_with_logits(z, a["y"])


def _attention(m: Any, a: Arrays) -> Any:
    scores = m.einsum("hse,hte->hst", a["q"], a["k"]) / math.sqrt(32)
    e = m.exp(scores - m.amax(scores, -1)[..., None])
    return (m.einsum("hst,hte->hse", e / e.sum(-1)[..., None], a["v"]) * a["r"]).sum()


def _torch_attention(m: Any, a: Arrays) -> Any:
    weights = m.softmax(a["q"] @ a["k"].transpose(1, 2) / math.sqrt(32), -1)
    return (weights @ a["v"] * a["r"]).sum()


def _normalising(m: Any, a: Arrays) -> Any:
    centred = a["x"] - a["x"].mean(-1)[:, None]
    deviation = m.sqrt((centred**2).mean(-1)[:, None] + 1e-5)
    return ((centred / deviation * a["gamma"] + a["beta"]) * a["r"]).sum()


def _gelu(m: Any, a: Arrays) -> Any:
    if m.__name__ == "torch":
        return (m.nn.functional.gelu(a["x"]) * a["r"]).sum()
    import jax

    return (jax.nn.gelu(a["x"], approximate=False) * a["r"]).sum()


def _convolving(m: Any, a: Arrays) -> Any:
    if m.__name__ == "torch":
        return (m.nn.functional.conv2d(a["x"], a["W"], a["b"]) * a["r"]).sum()
    import jax

    out = jax.lax.conv(a["x"], a["W"], (1, 1), "VALID") + a["b"][:, None, None]
    return (out * a["r"]).sum()


PROBLEMS = (
    Problem(
        "logistic regression 1000×100",
        formula("sum(log(1+exp(-y.*(X*w))))", "w"),
        {"y": 1000, "w": 100},
        lambda m, a: _softplus(m, -a["y"] * (a["X"] @ a["w"])).sum(),
    ),
    Problem("net 64-128-64-1, 256 samples", perceptron, {"n": 256}, _perceptron, _torch_perceptron),
    Problem(
        "matrix factorisation 500×400, rank 20",
        formula("normF(T - U*V')^2", ["U", "V"]),
        {"U": 500, "V": 400, "rank": 20},
        lambda m, a: ((a["T"] - a["U"] @ a["V"].T) ** 2).sum(),
    ),
    Problem(
        "LayerNorm 256×512",
        normalising,
        {"n": 256},
        _normalising,
        lambda m, a: (m.nn.functional.layer_norm(a["x"], (512,), a["gamma"], a["beta"]) * a["r"]).sum(),
    ),
    Problem("attention, 4 heads, 128×32", attending, {"t": 128}, _attention, _torch_attention),
    Problem("GELU 256×512", gelu, {"n": 256}, _gelu),
    Problem("conv2d 16→32, 3×3, 8 of 32×32", convolving, {"n": 8}, _convolving),
)  # fmt: skip
HESSIANS = (
    Problem(
        "logistic regression 1000×100",
        formula("sum(log(1+exp(-y.*(X*w))))", "w"),
        {"y": 1000, "w": 100},
        lambda m, a: _softplus(m, -a["y"] * (a["X"] @ a["w"])).sum(),
        second="w",
    ),
    Problem("xᵀAx, 300", formula("x'*A*x", "x"), {"x": 300}, lambda m, a: a["x"] @ a["A"] @ a["x"], second="x"),
    Problem(
        "matrix factorisation 50×40, rank 4, by U",
        formula("normF(T - U*V')^2", "U"),
        {"U": 50, "V": 40, "rank": 4},
        lambda m, a: ((a["T"] - a["U"] @ a["V"].T) ** 2).sum(),
        second="U",
    ),
    Problem("net 8-16-1, 64 samples, by the first weights", small_net, {"n": 64}, _small_net, second="W1"),
    Problem(
        "log Σ exp of 300",
        formula("log(sum(exp(x)))", "x"),
        {"x": 300},
        lambda m, a: _logsumexp(m, a["x"]),
        second="x",
    ),
)


def sizes_of(problem: Problem, program: Program) -> dict[str, int]:
    """The sizes by the letters that the program has; those of a formula are told by the names of tensors."""
    letters = {size for tensor in program.declared for size in tensor.shape}
    known = {name: size for name, size in problem.sizes.items() if name in letters}
    for tensor in program.declared:
        if tensor.name in problem.sizes and isinstance(tensor.axes[0].size, str):
            known[tensor.axes[0].size] = problem.sizes[tensor.name]
            for axis in tensor.axes[1:]:
                known.setdefault(str(axis.size), problem.sizes.get("rank", 0))
    return known


def values_for(problem: Problem, program: Program) -> dict[str, np.ndarray[Any, Any]]:
    sizes, generator = sizes_of(problem, program), np.random.default_rng(1)
    values = {}
    for tensor in program.declared:
        shape = [sizes[size] if isinstance(size, str) else size for size in tensor.shape]
        drawn = generator.normal(size=shape) * 0.3
        values[tensor.name] = (drawn > 0 if tensor.role is Role.TARGET else drawn).astype(np.float32)
    return values


def timed(works: Mapping[str, Callable[[], object]], repetitions: int) -> dict[str, list[float]]:
    """The CPU times of some pieces of work in seconds, which take turns, in rounds long enough for the clock."""
    rounds = {}
    for name, work in works.items():
        for _ in range(3):
            work()
        start, done = time.process_time(), 0
        while time.process_time() - start < 0.03:
            work()
            done += 1
        rounds[name] = done
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repetitions):
        for name, work in works.items():
            start = time.process_time()
            for _ in range(rounds[name]):
                work()
            times[name].append((time.process_time() - start) / rounds[name])
    return times


def printed(derivation: Derivation) -> Callable[..., Any]:
    namespace: dict[str, Any] = {}
    exec(code_for(derivation, "numpy"), namespace)
    found: Callable[..., Any] = namespace["value_and_gradient"]
    return found


def by_torch(problem: Problem, values: Arrays, wrt: Sequence[str]) -> Callable[[], Any]:
    import torch

    torch.set_num_threads(1)
    loss = problem.torch_loss or problem.loss
    tensors = {name: torch.tensor(value, requires_grad=name in wrt) for name, value in values.items()}
    leaves = [tensors[name] for name in wrt]

    def work() -> Any:
        value = loss(torch, tensors)
        return value, torch.autograd.grad(value, leaves)

    return work


def by_jax(problem: Problem, values: Arrays, wrt: Sequence[str]) -> Callable[[], Any]:
    import jax
    import jax.numpy as jnp

    rest = {name: jnp.asarray(value) for name, value in values.items() if name not in wrt}
    chosen = {name: jnp.asarray(values[name]) for name in wrt}
    function = jax.jit(jax.value_and_grad(lambda own: problem.loss(jnp, {**rest, **own})))
    return lambda: jax.block_until_ready(function(chosen))


def by_jax_twice(problem: Problem, values: Arrays) -> Callable[[], Any]:
    import jax
    import jax.numpy as jnp

    rest = {name: jnp.asarray(value) for name, value in values.items() if name != problem.second}
    chosen = jnp.asarray(values[problem.second])
    function = jax.jit(jax.hessian(lambda own: problem.loss(jnp, {**rest, problem.second: own})))
    return lambda: jax.block_until_ready(function(chosen))


def check(problem: Problem, ours: Any, theirs: Any, wrt: Sequence[str]) -> None:
    """Both have the same value and gradients, as far as float32 goes."""
    value, gradient = ours
    own = [gradient[name] for name in wrt] if isinstance(gradient, dict) else [gradient]
    for mine, other in zip([value, *own], [theirs[0], *theirs[1]], strict=True):
        other = other.detach().numpy() if hasattr(other, "detach") else np.asarray(other)
        error = np.linalg.norm(mine - other) / np.linalg.norm(other)
        assert error < 1e-4, f"{problem.name}: {error}"


def cells(times: Mapping[str, Sequence[float]], columns: Sequence[str], own: Sequence[str]) -> str:
    """The medians in microseconds, and for each of ours the median of its time by the best peer's in the same turn."""
    texts = [f"{statistics.median(times[name]) * 1e6:.0f} µs" if name in times else "–" for name in columns]
    peers = [times[name] for name in columns if name in times and name not in own]
    for name in own:
        turns = zip(times[name], *peers, strict=True)
        texts.append(f"{statistics.median(one / min(rest) for one, *rest in turns):.2f}" if peers else "–")
    return " | ".join(texts)


def gradient_rows(repetitions: int, peers: Collection[str]) -> list[str]:
    lines = [
        "| value and gradient | printed NumPy | compiled | PyTorch eager | jax.jit | NumPy / best | compiled / best |"
    ]
    lines.append("| --- | --- | --- | --- | --- | --- | --- |")
    for problem in PROBLEMS:
        derivation = problem.derivation()
        values, wrt = values_for(problem, derivation.source), list(derivation.gradients)
        function = printed(derivation)
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        arguments = [values[name] for name in names]
        compiled = cg.compile(DerivationSheet(derivation, None, "plain", None))
        in_order = [values[name] for name in compiled.names]
        works = {"numpy": lambda f=function, a=arguments: f(*a), "compiled": lambda f=compiled, a=in_order: f(*a)}
        if "torch" in peers:
            works["torch"] = by_torch(problem, values, wrt)
        if "jax" in peers:
            jitted = by_jax(problem, values, wrt)
            check(problem, works["compiled"](), (jitted()[0], [jitted()[1][name] for name in wrt]), wrt)
            works["jax"] = jitted
        for own in ("numpy", "compiled"):
            check(problem, works[own](), works["torch"](), wrt) if "torch" in works else None
        times = timed(works, repetitions)
        lines.append(
            f"| {problem.name} | {cells(times, ['numpy', 'compiled', 'torch', 'jax'], ['numpy', 'compiled'])} |"
        )
        print(lines[-1], flush=True)
    return lines


def hessian_rows(repetitions: int, peers: Collection[str]) -> list[str]:
    lines = ["| Hessian | compiled | jax.jit(hessian) | compiled / JAX |", "| --- | --- | --- | --- |"]
    for problem in HESSIANS:
        derivation = problem.derivation()
        values = values_for(problem, derivation.source)
        sheet = DerivationSheet(derivation, None, "plain", None)
        compiled = cg.compile(sheet.hessian(problem.second, problem.second))
        in_order = [values[name] for name in compiled.names]
        works: dict[str, Callable[[], Any]] = {"compiled": lambda f=compiled, a=in_order: f(*a)}  # type: ignore[misc]
        if "jax" in peers:
            works["jax"] = by_jax_twice(problem, values)
            mine, other = works["compiled"](), np.asarray(works["jax"]())
            error = np.linalg.norm(mine - other) / np.linalg.norm(other)
            assert error < 1e-4, f"{problem.name}: {error}"
        lines.append(f"| {problem.name} | {cells(timed(works, repetitions), ['compiled', 'jax'], ['compiled'])} |")
        print(lines[-1], flush=True)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="a document to write the tables into")
    parser.add_argument("--repetitions", type=int, default=15)
    options = parser.parse_args()
    if ONE_THREAD.items() - os.environ.items():  # libraries look once, when they are loaded
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **ONE_THREAD})
    peers = [name for name in ("torch", "jax") if importlib.util.find_spec(name) is not None]
    tables = [*gradient_rows(options.repetitions, peers), "", *hessian_rows(options.repetitions, peers)]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} during the run"
    text = "\n".join([*tables, "", f"One thread, float32, medians of CPU times in turns; {machine}."])
    if options.write:
        document = options.write.read_text(encoding="utf-8")
        before, rest = document.split(BEGIN)
        options.write.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
