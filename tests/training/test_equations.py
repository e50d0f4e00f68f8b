"""What goes into the equations that are trained: penalties, clipping, weights of samples, dropout; where it breaks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chalkgrad.calculus import derive
from chalkgrad.engines.shuffling import kept_units
from chalkgrad.errors import ChalkgradError, EvaluationError
from chalkgrad.networks import Network, NetworkSpec, initialise
from chalkgrad.networks.schedules import SCHEDULES, schedule_named
from chalkgrad.training.settings import TrainingSettings, train, trainer_for
from chalkgrad.training.trainer import Trainer

SMALL = NetworkSpec((2, 3, 1), ("tanh", "sigmoid"), "bce")
LARGE = NetworkSpec((5, 9, 8, 3), ("relu", "tanh", "softmax"), "cross-entropy")
SETTINGS: dict[str, dict[str, Any]] = {
    "l1": {"l1": 0.01},
    "l2": {"l2": 0.05},
    "clip": {"clip": 0.05},
    "weights": {"weights": np.arange(50) % 4 / 2},
    "all": {"l1": 0.01, "l2": 0.02, "clip": 0.1, "dropout": 0.3, "weights": np.arange(50) % 3},
    "dropout": {"dropout": 0.5},
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path_factory.getbasetemp() / "code"))


def data_for(spec: NetworkSpec, count: int) -> tuple[Any, Any]:
    generator = np.random.default_rng(3)
    x, width = generator.normal(size=(count, spec.sizes[0])), spec.sizes[-1]
    y = generator.integers(0, max(2, width), size=count)
    return x, np.eye(width)[y] if width > 1 else y[:, None] * 1.0


def made(
    spec: NetworkSpec, engine: str, count: int = 50, weights: Any = None, schedule: Any = None, **settings: Any
) -> Trainer:
    program, (x, y) = Network(spec).program, data_for(spec, count)
    chosen = TrainingSettings(**{"rate": 0.1, "batch": 16, "seed": 5, "dtype": "float64", "engine": engine, **settings})
    return trainer_for(program, derive(program).program, initialise(spec, seed=1), x, y, chosen, schedule, weights)


def assert_same(one: Trainer, other: Trainer, tolerance: float = 1e-12) -> None:
    for name, value in one.parameters.items():
        np.testing.assert_allclose(value, other.parameters[name], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("spec", [SMALL, LARGE], ids=["registers", "layers"])
@pytest.mark.parametrize("name", SETTINGS)
def test_the_engines_do_the_same(spec: NetworkSpec, name: str) -> None:
    plain, bare = made(spec, "numpy", **SETTINGS[name]), made(spec, "numpy")
    for trainer in (plain, bare):
        trainer.run(9)
    for dtype, tolerance in (("float64", 1e-12), ("float32", 1e-5)):
        native = made(spec, "native", dtype=dtype, **SETTINGS[name])
        native.run(9)
        assert_same(native, plain, tolerance)
        assert native.loss == pytest.approx(plain.loss, rel=tolerance)
    assert not np.allclose(plain.parameters["W1"], bare.parameters["W1"], rtol=1e-6)


@pytest.mark.parametrize("spec", [SMALL, LARGE], ids=["registers", "layers"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_the_engines_follow_every_schedule(spec: NetworkSpec, name: str) -> None:
    def rate(step: int) -> float:
        return schedule_named(name)(0.2, step, 9)

    plain = made(spec, "numpy", schedule=rate, optimiser="momentum")
    plain.run(9)
    for dtype, tolerance in (("float64", 1e-12), ("float32", 1e-5)):
        native = made(spec, "native", schedule=rate, optimiser="momentum", dtype=dtype)
        native.run(9)
        assert_same(native, plain, tolerance)


@pytest.mark.parametrize("engine", ["native", "numpy"])
@pytest.mark.parametrize("spec", [SMALL, LARGE], ids=["registers", "layers"])
def test_a_weight_of_two_is_the_sample_twice(spec: NetworkSpec, engine: str) -> None:
    (x, y), weights = data_for(spec, 50), np.arange(50) % 3
    program = Network(spec).program
    slopes, begin = derive(program).program, initialise(spec, seed=1)
    settings = TrainingSettings(rate=0.2, dtype="float64", engine=engine)
    weighed = trainer_for(program, slopes, begin, x, y, settings, weights=weights)
    repeated = trainer_for(
        program, slopes, begin, np.repeat(x, weights, axis=0), np.repeat(y, weights, axis=0), settings
    )
    for trainer in (weighed, repeated):
        trainer.run(6)
    assert_same(weighed, repeated)
    assert weighed.loss == pytest.approx(repeated.loss, rel=1e-12)


@pytest.mark.parametrize("engine", ["native", "numpy"])
def test_runs_with_dropout_go_on_bit_for_bit(engine: str) -> None:
    whole, first, second = (made(SMALL, engine, dropout=0.4, optimiser="adam") for _ in range(3))
    whole.run(11)
    first.run(4)
    second.restore(first.state())
    second.run(7)
    for name, value in whole.parameters.items():
        np.testing.assert_array_equal(second.parameters[name], value)


def test_kept_units_are_as_many_as_asked_for_and_independent() -> None:
    first, again, later = (kept_units(1, 0, step, 2000, 10, 0.7) for step in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.mean() == pytest.approx(0.7, abs=0.01)
    assert abs(np.corrcoef(first.ravel(), later.ravel())[0, 1]) < 0.03
    assert np.abs(np.corrcoef(first.T) - np.eye(10)).max() < 0.1


@pytest.mark.parametrize("engine", ["native", "numpy"])
@pytest.mark.parametrize("spec", [SMALL, LARGE], ids=["registers", "layers"])
def test_the_first_number_that_is_not_finite_is_named(spec: NetworkSpec, engine: str) -> None:
    program, (x, y) = Network(spec).program, data_for(spec, 40)
    x[23, 1] = np.inf
    settings = TrainingSettings(rate=0.1, batch=10, seed=2, dtype="float64", engine=engine)
    trainer = trainer_for(program, derive(program).program, initialise(spec, seed=1), x, y, settings)
    with pytest.raises(
        EvaluationError, match=r"at step (\d+) 'x' has an entry that is not finite for sample 23"
    ) as told:
        trainer.run(400)
    assert int(str(told.value).split()[2]) == trainer.step + 1 <= 4
    assert all(np.isfinite(value).all() for value in trainer.parameters.values())


@pytest.mark.parametrize("engine", ["native", "numpy"])
def test_what_float32_cannot_hold_is_named_by_the_step_and_equation_that_it_comes_from(engine: str) -> None:
    spec = NetworkSpec((2, 1), ("identity",), "mse")
    trainer = made(spec, engine, dtype="float32", rate=1e15, batch="full")
    with pytest.raises(EvaluationError, match=r"at step 3 '\w+' has an entry too large for float32.*, by \w+\[?.* = "):
        trainer.run(50)
    assert trainer.step == 2
    assert all(np.isfinite(value).all() for value in trainer.parameters.values())


@pytest.mark.parametrize("engine", ["native", "numpy"])
def test_a_square_of_a_gradient_that_float32_cannot_hold_is_told(engine: str) -> None:
    program = Network(NetworkSpec((1, 1), ("identity",), "mae")).program
    settings = TrainingSettings("adam", rate=0.1, engine=engine)
    begin = {"W1": np.zeros((1, 1)), "b1": np.zeros(1)}
    trainer = trainer_for(program, derive(program).program, begin, [[1e25]], [[1.0]], settings)
    with pytest.raises(EvaluationError, match="at step 1 a parameter, or what the optimiser remembers of it, stops"):
        trainer.run(3)
    assert trainer.step == 0


@pytest.mark.parametrize("engine", ["native", "numpy"])
@pytest.mark.parametrize(
    "spec",
    [NetworkSpec((2, 1), ("identity",), "mse"), NetworkSpec((9, 40, 1), ("tanh", "identity"), "mse")],
    ids=["registers", "layers"],
)
def test_a_loss_that_is_not_finite_is_named(spec: NetworkSpec, engine: str) -> None:
    trainer = made(spec, engine, dtype="float32" if engine == "native" else "float64")
    state = trainer.state()
    trainer.restore({**state, "parameters": np.full_like(state["parameters"], 1e30 if engine == "native" else 1e300)})
    with pytest.raises(
        EvaluationError, match=r"'l' has an entry (too large|that is not finite).* for sample \d+, by l"
    ):
        _ = trainer.loss


def test_a_validation_that_is_not_finite_ends_training() -> None:
    program = Network(SMALL).program
    x, y = data_for(SMALL, 20)
    settings = TrainingSettings(rate=0.1, epochs=5, engine="numpy")
    begin = initialise(SMALL, seed=1)
    with pytest.raises(EvaluationError, match="after epoch 1 the loss over the validation data is nan"):
        train(program, derive(program).program, begin, x, y, settings, validation=(x * np.nan, y))


@pytest.mark.parametrize("engine", ["native", "numpy"])
def test_a_rate_that_is_too_great_is_told_with_its_equation(engine: str) -> None:
    spec = NetworkSpec((2, 1), ("identity",), "mse")
    with pytest.raises(
        EvaluationError, match=r"at step \d+ '.*' has an entry that is not finite.*, by .* = .*; try a sm"
    ):
        made(spec, engine, rate=1e9).run(5000)


def test_weights_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ChalkgradError, match="'weight' needs the shape"):
        made(SMALL, "native", weights=np.ones((50, 2)))
    with pytest.raises(ChalkgradError, match="need as many rows each"):
        made(SMALL, "numpy", weights=np.ones(49))
