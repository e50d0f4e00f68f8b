"""Programs as contractions, nests and reductions, and what the compiled loop over layers makes of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from chalkgrad.calculus import derive
from chalkgrad.engines.lowering import LoweringError
from chalkgrad.engines.native import data as native_data
from chalkgrad.engines.native import layout
from chalkgrad.engines.native.trainer import NativeTrainer
from chalkgrad.engines.nests import Contraction, Nest, operations_of
from chalkgrad.language import (
    Axis,
    Definition,
    Program,
    Role,
    Tensor,
    as_index,
    call,
    maximum_over,
    size_of,
    summation,
)
from chalkgrad.networks import Network, NetworkSpec, initialise, optimiser_named
from chalkgrad.training.trainer import NumPyTrainer


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path_factory.getbasetemp() / "code"))
    # However little there is to do, threads share it out.
    monkeypatch.setattr(layout, "FEWEST_IN_A_THREAD", 1)
    monkeypatch.setattr(layout, "LEAST_IN_A_THREAD", 1)


def both(program: Program, x: Any, y: Any, begin: dict[str, Any], batch: str | int, steps: int = 4, **how: Any) -> None:
    """Trains by the loop over layers and by NumPy: the parameters are the same, for any threads to the bit."""
    slopes, row = derive(program).program, optimiser_named("momentum")
    one, *more = (
        NativeTrainer(program, slopes, begin, x, y, row, rate=0.05, batch=batch, seed=1, threads=threads, **how)
        for threads in (1, 2, 3)
    )
    other = NumPyTrainer(program, slopes, begin, x, y, row, rate=0.05, batch=batch, seed=1, **how)
    for trainer in (one, *more, other):
        trainer.run(steps)
    for trainer in more:
        assert all(np.array_equal(trainer.state()[name], value) for name, value in one.state().items())
    for name, value in other.parameters.items():
        np.testing.assert_allclose(one.parameters[name], value, rtol=1e-11, atol=1e-12)
        assert not np.array_equal(value, begin[name])


def test_a_layer_is_one_contraction_forward_and_two_backward() -> None:
    spec = NetworkSpec((5, 4, 3, 2), ("tanh", "relu", "softmax"), "cross-entropy")
    operations = operations_of(derive(Network(spec).program).program)
    kinds = Counter(type(operation).__name__ for operation in operations)
    assert kinds["Contraction"] == 3 + 3 + 2  # forward, by the weights, back through all layers but the first
    lanes = [operation.lane.name for operation in operations if isinstance(operation, Contraction)]
    assert Counter(lanes)["n"] == 5


def test_equations_with_the_same_loops_share_a_nest() -> None:
    program = Network(NetworkSpec((2, 3, 1), ("tanh", "sigmoid"), "bce")).program
    first = next(operation for operation in operations_of(program) if isinstance(operation, Nest))
    assert [definition.tensor.name for definition in first.definitions] == ["z1", "h1"]


def test_pairs_of_samples_are_refused() -> None:
    n, m = Axis("n", "n"), Axis("m", "n")
    x, w, loss = Tensor("x", (n,), Role.INPUT), Tensor("w", (), Role.PARAMETER), Tensor("L")
    body = summation(x[n] * x[m] * w[()], n, m)
    with pytest.raises(LoweringError, match="pairs samples with samples"):
        operations_of(Program((x, w), (Definition(loss, (), body),), (loss,)))


@pytest.mark.parametrize(("count", "batch"), [(1, "full"), (7, 3), (40, 16), (33, 32), (1500, "full"), (1100, 700)])
@pytest.mark.parametrize("shuffle", [True, False])
def test_every_size_of_batch_and_remainder(count: int, batch: str | int, shuffle: bool) -> None:
    spec = NetworkSpec((19, 17, 9, 3), ("relu", "tanh", "softmax"), "cross-entropy")
    generator = np.random.default_rng(count)
    x, y = generator.normal(size=(count, 19)), np.eye(3)[generator.integers(0, 3, count)]
    both(Network(spec).program, x, y, initialise(spec, seed=2), batch, shuffle=shuffle)


def test_statistics_over_the_batch_take_it_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batch normalisation: values of each sample that depend on sums over all of them, 600 in one block."""
    monkeypatch.setattr(native_data, "MOST_IN_REGISTERS", 0)
    n, i, o = Axis("n", "n"), Axis("i", 3), Axis("o", 1)
    x, y = Tensor("x", (n, i), Role.INPUT), Tensor("y", (n, o), Role.TARGET)
    scale, w = Tensor("g", (i,), Role.PARAMETER), Tensor("w", (i, o), Role.PARAMETER)
    mean, variance, made = Tensor("mean", (i,)), Tensor("variance", (i,)), Tensor("made", (n, i))
    yhat, loss = Tensor("yhat", (n, o)), Tensor("L")
    scaled = call("tanh", x[n, i] * scale[i])
    first = Tensor("first", (n, i))
    program = Program(
        (x, y, scale, w),
        (
            Definition(first, (n, i), scaled),
            Definition(mean, (i,), summation(first[n, i], n) / size_of(n)),
            Definition(variance, (i,), summation((first[n, i] - mean[i]) ** 2, n) / size_of(n)),
            Definition(made, (n, i), (first[n, i] - mean[i]) / call("sqrt", variance[i] + 1)),
            Definition(yhat, (n, o), summation(made[n, i] * w[i, o], i)),
            Definition(loss, (), summation(summation((yhat[n, o] - y[n, o]) ** 2, o), n) / size_of(n)),
        ),
        (loss,),
    )
    generator = np.random.default_rng(0)
    data = generator.normal(size=(600, 3)), generator.normal(size=(600, 1))
    both(program, *data, {"g": np.ones(3), "w": np.full((3, 1), 0.3)}, "full")


def test_convolution_attention_and_maxima_are_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shifted indices read zeros outside; axes of positions in both factors; a greatest value in each sample."""
    monkeypatch.setattr(native_data, "MOST_IN_REGISTERS", 0)
    n, i, k, t, o = Axis("n", "n"), Axis("i", 6), Axis("k", 3), Axis("t", 6), Axis("o", 1)
    x, y = Tensor("x", (n, i), Role.INPUT), Tensor("y", (n, o), Role.TARGET)
    w, v = Tensor("w", (k,), Role.PARAMETER), Tensor("v", (t,), Role.PARAMETER)
    h, s, yhat, loss = Tensor("h", (n, t)), Tensor("s", (n, t)), Tensor("yhat", (n, o)), Tensor("L")
    greatest = maximum_over(h[n, t], t)
    program = Program(
        (x, y, w, v),
        (
            Definition(h, (n, t), call("tanh", summation(x[n, as_index(t) + k - 1] * w[k], k))),
            Definition(s, (n, t), call("exp", h[n, t] - greatest)),
            Definition(yhat, (n, o), summation(s[n, t] * h[n, t] * v[t], t)),
            Definition(loss, (), summation(summation((yhat[n, o] - y[n, o]) ** 2, o), n) / size_of(n)),
        ),
        (loss,),
    )
    generator = np.random.default_rng(4)
    data = generator.normal(size=(45, 6)), generator.normal(size=(45, 1))
    both(program, *data, {"w": np.array([0.4, -0.2, 0.1]), "v": generator.normal(size=6)}, 20)
