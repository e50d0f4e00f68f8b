"""Compiled training against the NumPy engine: every activation, loss and optimiser; batches, orders, threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chalkgrad.calculus import derive
from chalkgrad.engines.native.layout import FEWEST_IN_LONG_STEPS, MOST_IN_REGISTERS, MOST_IN_SHORT_STEPS
from chalkgrad.engines.native.trainer import NativeTrainer
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.engines.shuffling import epoch_order
from chalkgrad.engines.stabilise import stabilised
from chalkgrad.errors import ChalkgradError, EvaluationError
from chalkgrad.language import FUNCTIONS
from chalkgrad.networks import (
    LOSSES,
    OPTIMISERS,
    Network,
    NetworkSpec,
    initialise,
    optimiser_named,
    pack,
    parameter_shapes,
    unpack,
)
from chalkgrad.training.fit import over_vectors


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path_factory.getbasetemp() / "code"))


def data_for(spec: NetworkSpec, count: int, seed: int = 0) -> tuple[Any, Any]:
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(count, spec.sizes[0]))
    classes = generator.integers(0, max(2, spec.sizes[-1]), size=count)
    y = np.eye(spec.sizes[-1])[classes] if spec.sizes[-1] > 1 else classes[:, None] * 1.0
    return x, y


def native(spec: NetworkSpec, x: Any, y: Any, optimiser: str = "sgd", **options: Any) -> NativeTrainer:
    program = Network(spec).program
    row = optimiser_named(optimiser)
    return NativeTrainer(program, derive(program).program, initialise(spec, seed=1), x, y, row, **options)


def by_numpy(
    spec: NetworkSpec, x: Any, y: Any, optimiser: str, steps: int, batch: int, rate: float, seed: int | None
) -> Any:
    """The parameters after some steps of the readable engine."""
    program = Network(spec).program
    gradient = stabilised(derive(program).program)
    row = optimiser_named(optimiser)
    shapes = parameter_shapes(program)
    slopes, update = compile_numpy(gradient), compile_numpy(over_vectors(row), list(row.updates.values()))
    vector = pack(shapes, initialise(spec, seed=1))
    state = {name: np.zeros_like(vector) for name in row.state}
    per_epoch = -(-len(x) // batch)
    for step in range(steps):
        order = np.arange(len(x)) if seed is None else epoch_order(seed, step // per_epoch, len(x))
        rows = order[step % per_epoch * batch :][:batch]
        found = slopes(x=x[rows], y=y[rows], **unpack(shapes, vector))
        slope = pack(shapes, {tensor.wrt: found[tensor.name] for tensor in gradient.results})
        counted = {"t": step + 1} if row.uses_step else {}
        new = update(p=vector, g=slope, **state, **counted, **{**row.defaults, "rate": rate})
        vector, state = new["p_next"], {name: new[row.updates[name]] for name in state}
    return vector


def flat(trainer: NativeTrainer) -> Any:
    return pack(parameter_shapes(trainer.program), trainer.parameters)


LARGE = (9, 12, 4)
ACTIVATIONS = sorted(name for name in FUNCTIONS if FUNCTIONS[name].kinks or FUNCTIONS[name].definition)
HIDDEN = [name for name in ACTIVATIONS if not FUNCTIONS[name].domain and name not in ("step", "sign")]


@pytest.mark.parametrize("activation", HIDDEN)
@pytest.mark.parametrize("sizes", [(2, 3, 1), LARGE], ids=["registers", "memory"])
def test_every_activation_is_the_numpy_engines(activation: str, sizes: tuple[int, ...]) -> None:
    spec = NetworkSpec(sizes, (activation, "sigmoid"), "bce")
    x, y = data_for(spec, 37)
    expected = by_numpy(spec, x, y, "sgd", 5, 37, 0.05, None)
    for dtype, tolerance in (("float64", 1e-12), ("float32", 1e-5)):
        trainer = native(spec, x, y, rate=0.05, dtype=dtype)
        trainer.run(5)
        np.testing.assert_allclose(flat(trainer), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("sizes", [(2, 3, 2), LARGE], ids=["registers", "memory"])
def test_every_loss_is_the_numpy_engines(loss: str, sizes: tuple[int, ...]) -> None:
    output = {"bce": "sigmoid", "cross_entropy": "softmax"}.get(loss, "identity")
    spec = NetworkSpec(sizes, ("tanh", output), loss)
    x, y = data_for(spec, 37)
    expected = by_numpy(spec, x, y, "sgd", 5, 37, 0.05, None)
    for dtype, tolerance in (("float64", 1e-12), ("float32", 1e-5)):
        trainer = native(spec, x, y, rate=0.05, dtype=dtype)
        trainer.run(5)
        np.testing.assert_allclose(flat(trainer), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("optimiser", sorted(OPTIMISERS))
@pytest.mark.parametrize("sizes", [(2, 3, 1), LARGE], ids=["registers", "memory"])
def test_every_optimiser_is_the_numpy_engines(optimiser: str, sizes: tuple[int, ...]) -> None:
    spec = NetworkSpec(sizes, ("tanh", "sigmoid"), "bce")
    x, y = data_for(spec, 50)
    expected = by_numpy(spec, x, y, optimiser, 12, 16, 0.01, 7)
    for dtype, tolerance in (("float64", 1e-12), ("float32", 1e-5)):
        trainer = native(spec, x, y, optimiser, rate=0.01, batch=16, seed=7, dtype=dtype)
        trainer.run(12)
        np.testing.assert_allclose(flat(trainer), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("sizes", [(2, 3, 1), LARGE], ids=["registers", "memory"])
@pytest.mark.parametrize("count", [1, 7, 16, 33, 100])
@pytest.mark.parametrize("shuffle", [False, True])
def test_batches_of_every_length(sizes: tuple[int, ...], count: int, shuffle: bool) -> None:
    spec = NetworkSpec(sizes, ("relu", "sigmoid"), "bce")
    x, y = data_for(spec, count)
    for batch in (1, 8, 40):
        expected = by_numpy(
            spec, x, y, "momentum", 9, min(batch, count), 0.05, 3 if shuffle and batch < count else None
        )
        trainer = native(spec, x, y, "momentum", rate=0.05, batch=batch, seed=3, shuffle=shuffle)
        trainer.run(9)
        np.testing.assert_allclose(flat(trainer), expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("sizes", [(2, 3, 1), LARGE], ids=["registers", "memory"])
def test_runs_go_on_bit_for_bit(sizes: tuple[int, ...]) -> None:
    spec = NetworkSpec(sizes, ("tanh", "sigmoid"), "bce")
    x, y = data_for(spec, 50)
    options: dict[str, Any] = {"rate": 0.01, "batch": 16, "dtype": "float32", "seed": 5}
    whole, parts, resumed = (native(spec, x, y, "adam", **options) for _ in range(3))
    whole.run(23)
    parts.run(3)
    parts.run(8)
    resumed.restore(parts.state())
    for trainer in (parts, resumed):
        trainer.run(12)
        assert trainer.step == whole.step
        assert all(np.array_equal(trainer.state()[name], value) for name, value in whole.state().items())


@pytest.mark.parametrize("sizes", [(2, 3, 1), LARGE], ids=["registers", "memory"])
def test_a_run_that_is_interrupted_is_where_its_number_of_steps_says(
    sizes: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = NetworkSpec(sizes, ("tanh", "sigmoid"), "bce")
    x, y = data_for(spec, 50)
    whole, cut = (native(spec, x, y, "adam", rate=0.01, batch=16, seed=5) for _ in range(2))
    calls, run = [], cut._run

    def interrupted(*pointers: Any) -> None:
        run(*pointers)
        calls.append(pointers)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(cut, "_run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cut.run(5000)
    assert 0 < cut.step < 5000
    for steps in (cut.step, 7):
        whole.run(steps)
        if whole.step > cut.step:
            cut.run(whole.step - cut.step)
        assert all(np.array_equal(cut.state()[name], value) for name, value in whole.state().items())


def test_the_number_of_threads_does_not_change_a_bit() -> None:
    spec = NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce")
    x, y = data_for(spec, 50_000)
    alone, together = (native(spec, x, y, rate=0.1, dtype="float32", threads=threads) for threads in (1, 3))
    alone.run(20)
    together.run(20)
    assert together.threads == 3
    assert np.array_equal(flat(alone), flat(together))


@pytest.mark.parametrize(("sizes", "in_registers"), [((2, 3, 1), True), ((2, 3, 2), True), (LARGE, False)])
def test_the_layouts_meant_are_the_ones_tested(sizes: tuple[int, ...], in_registers: bool) -> None:
    spec = NetworkSpec(sizes, ("tanh", "sigmoid"), "mse")
    for optimiser in OPTIMISERS:
        assert native(spec, *data_for(spec, 100), optimiser)._in_registers == in_registers


def test_more_fits_into_registers_where_steps_are_long() -> None:
    spec = NetworkSpec((10, 24, 1), ("tanh", "sigmoid"), "bce")
    assert MOST_IN_SHORT_STEPS < 10 * 24 + 24 + 24 + 1 <= MOST_IN_REGISTERS
    x, y = data_for(spec, FEWEST_IN_LONG_STEPS)
    options: dict[str, Any] = {"rate": 0.05, "shuffle": False}
    short = native(spec, x, y, batch=FEWEST_IN_LONG_STEPS - 1, **options)
    trained = native(spec, x, y, batch=FEWEST_IN_LONG_STEPS, **options)
    assert (short._in_registers, trained._in_registers) == (False, True)
    trained.run(5)
    expected = by_numpy(spec, x, y, "sgd", 5, FEWEST_IN_LONG_STEPS, 0.05, None)
    np.testing.assert_allclose(flat(trained), expected, rtol=1e-12, atol=1e-12)


def test_a_schedule_gives_the_rate_of_every_step() -> None:
    spec = NetworkSpec((2, 1), ("sigmoid",), "bce")
    x, y = data_for(spec, 20)
    scheduled, by_hand = native(spec, x, y, rate=lambda step: 1 / step), native(spec, x, y, rate=1.0)
    scheduled.run(3)
    by_hand.run(1)
    for rate in (1 / 2, 1 / 3):
        following = native(spec, x, y, rate=rate)
        following.restore(by_hand.state())
        following.run(1)
        by_hand = following
    np.testing.assert_allclose(flat(scheduled), flat(by_hand), rtol=1e-14)


def test_what_stops_being_finite_is_told() -> None:
    spec = NetworkSpec((2, 3, 1), ("relu", "identity"), "mse")
    x, y = data_for(spec, 20)
    with pytest.raises(EvaluationError, match="try a smaller rate"):
        native(spec, x, y, rate=1e6).run(1000)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x": np.zeros((20, 3))}, "'x' needs the shape"),
        ({"y": np.zeros((19, 1))}, "19 samples"),
        ({"batch": 0}, "a batch is"),
        ({"batch": "some"}, "a batch is"),
        ({"dtype": "float46"}, "did you mean 'float64'"),
        ({"hyper_parameters": {"momentun": 0.1}}, "no hyper-parameter"),
        ({"threads": 0}, "number of threads"),
    ],
)
def test_arguments_that_do_not_fit(change: dict[str, Any], words: str) -> None:
    spec = NetworkSpec((2, 1), ("sigmoid",), "bce")
    x, y = data_for(spec, 20)
    with pytest.raises(ChalkgradError, match=words):
        native(spec, **{"x": x, "y": y, **change})


def test_numbers_below_the_normal_ones_are_zero_only_while_it_runs() -> None:
    spec = NetworkSpec((1, 1), ("sigmoid",), "bce")
    program = Network(spec).program
    x, y = np.full((64, 1), 1e-20, np.float32), np.ones((64, 1))
    start = {"W1": np.zeros((1, 1)), "b1": np.full(1, 60.0)}
    trainer = NativeTrainer(
        program, derive(program).program, start, x, y, optimiser_named("sgd"), dtype="float32", rate=1e-3
    )
    trainer.run(5)
    assert trainer.parameters["W1"][0, 0] == 0.0
    assert float(np.float32(1e-20)) * 1e-20 != 0.0
    assert np.float32(1e-20) * np.float32(1e-20) != 0.0
