"""Sessions: epochs, validation, early stopping, callbacks, Ctrl-C, resuming; and the trainer under them."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import numpy as np
import pytest

from chalkgrad.calculus import derive
from chalkgrad.engines.feeding import Feed
from chalkgrad.engines.shuffling import epoch_order
from chalkgrad.errors import ChalkgradError, ShapeError, UnknownNameError
from chalkgrad.networks import OPTIMISERS, Network, NetworkSpec, initialise
from chalkgrad.networks.adjusting import adjusted
from chalkgrad.networks.schedules import SCHEDULES, schedule_named
from chalkgrad.training.checkpoints import Checkpoints
from chalkgrad.training.data import generate
from chalkgrad.training.interrupting import interruptions
from chalkgrad.training.session import Epoch, Outcome, Session
from chalkgrad.training.settings import TrainingSettings, train, trainer_for
from chalkgrad.training.trainer import NumPyTrainer

SPEC = NetworkSpec((2, 3, 1), ("tanh", "sigmoid"), "bce")
PROGRAM = Network(SPEC).program
GRADIENTS = derive(PROGRAM).program
DATA, KEPT = generate("xor", 50, seed=1), generate("xor", 30, seed=2)
START = initialise(SPEC, seed=3)


def trainer(optimiser: str = "sgd", **options: object) -> NumPyTrainer:
    row = OPTIMISERS[optimiser]
    return NumPyTrainer(PROGRAM, GRADIENTS, START, DATA.x, DATA.y, row, **options)  # type: ignore[arg-type]


def trained(settings: TrainingSettings, **options: object) -> Outcome:
    return train(PROGRAM, GRADIENTS, START, DATA.x, DATA.y, settings, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_restored_trainer_goes_on_bit_for_bit(optimiser: str, dtype: str) -> None:
    whole, first, second = (trainer(optimiser, rate=0.02, batch=16, dtype=dtype, seed=4) for _ in range(3))
    whole.run(11)
    first.run(6)
    second.restore(first.state())
    second.run(5)
    assert second.step == 11
    for name, value in whole.parameters.items():
        np.testing.assert_array_equal(second.parameters[name], value)


def test_a_step_is_the_gradient_over_its_batch_with_penalties_and_clipped() -> None:
    gradients = adjusted(GRADIENTS, l1=0.01, l2=0.1, clip=0.05)
    made = NumPyTrainer(PROGRAM, gradients, START, DATA.x, DATA.y, OPTIMISERS["sgd"], rate=0.5, batch=20, seed=9)
    made.run(3)
    before = made.parameters
    made.run(1)
    assert made.batch == 20
    rows = epoch_order(9, 1, 50)[:20]
    bare = NumPyTrainer(PROGRAM, GRADIENTS, before, DATA.x[rows], DATA.y[rows], OPTIMISERS["sgd"], rate=1.0)
    bare.run(1)
    slope = {name: before[name] - bare.parameters[name] for name in before}
    slope |= {name: slope[name] + 0.01 * np.sign(before[name]) + 0.1 * before[name] for name in ("W1", "W2")}
    length = np.sqrt(sum((value**2).sum() for value in slope.values()))
    assert length > 0.05
    for name, value in made.parameters.items():
        np.testing.assert_allclose(value, before[name] - 0.5 * slope[name] * 0.05 / length, atol=1e-12)


def test_an_epoch_takes_every_sample_once() -> None:
    feed = Feed({"x": DATA.x, "y": DATA.y}, batch=16, seed=2, shuffled=True)
    seen = [row for step in range(4) for row in feed.rows(step).tolist()]
    assert sorted(seen) == list(range(50))


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_rate_follows_its_schedule(schedule: str) -> None:
    outcome = trained(TrainingSettings(rate=0.1, epochs=10, schedule=schedule, engine="numpy"))
    expected = [schedule_named(schedule)(0.1, step, 10) for step in range(1, 11)]
    np.testing.assert_allclose([epoch.rate for epoch in outcome.epochs], expected)


def test_patience_ends_training_with_the_best_parameters() -> None:
    settings = TrainingSettings("adam", rate=0.3, epochs=300, patience=5, batch=10, engine="numpy")
    outcome = trained(settings, validation=(KEPT.x, KEPT.y))
    losses = [epoch.validation_loss for epoch in outcome.epochs]
    assert outcome.ended == "patience"
    assert outcome.best_epoch == int(np.argmin(losses)) + 1 == len(losses) - 5  # type: ignore[arg-type]
    short = trained(TrainingSettings("adam", rate=0.3, epochs=outcome.best_epoch, batch=10, engine="numpy"))
    for name, value in short.parameters.items():
        np.testing.assert_array_equal(outcome.parameters[name], value)


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_an_interrupted_session_is_resumed_bit_for_bit(tmp_path: Path, engine: str) -> None:
    settings = TrainingSettings("adam", rate=0.05, epochs=12, batch=16, engine=engine)
    whole = trained(settings, validation=(KEPT.x, KEPT.y))

    def interrupt(epoch: Epoch) -> None:
        if epoch.epoch == 5:
            raise KeyboardInterrupt

    first = trained(settings, validation=(KEPT.x, KEPT.y), folder=tmp_path, callbacks=[interrupt])
    assert (first.ended, len(first.epochs)) == ("interrupted", 5)
    rest = trained(settings, validation=(KEPT.x, KEPT.y), folder=tmp_path, resume=True)
    assert rest.ended == "epochs"
    assert [epoch.loss for epoch in rest.epochs] == [epoch.loss for epoch in whole.epochs]
    for name, value in whole.parameters.items():
        np.testing.assert_array_equal(rest.parameters[name], value)
    with pytest.raises(ChalkgradError, match="belongs to other training: seed differ"):
        trained(TrainingSettings("adam", rate=0.05, epochs=12, batch=16, engine=engine, seed=1),
                validation=(KEPT.x, KEPT.y), folder=tmp_path, resume=True)  # fmt: skip


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_ctrl_c_in_the_middle_of_an_epoch_loses_no_step(tmp_path: Path, engine: str) -> None:
    def session(folder: Path | None, at: int | None) -> Session:
        def rate(step: int) -> float:
            if step == at:
                signal.raise_signal(signal.SIGINT)
            return 0.05

        settings = TrainingSettings("adam", batch=4, engine=engine)
        made = trainer_for(PROGRAM, GRADIENTS, START, DATA.x, DATA.y, settings, rate)
        return Session(made, 6, rate, checkpoints=Checkpoints(folder, {}) if folder else None)

    whole = session(None, None).run()
    interrupted = session(tmp_path, 1).run()
    assert (interrupted.ended, interrupted.epochs) == ("interrupted", ())
    again = session(tmp_path, 31)
    assert again.resume()
    assert again.trainer.step == 1
    ended = again.run()
    assert (ended.ended, len(ended.epochs)) == ("interrupted", 3)  # 13 steps make an epoch
    last = session(tmp_path, None)
    last.resume()
    for name, value in last.run().parameters.items():
        np.testing.assert_array_equal(value, whole.parameters[name])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_twice_interrupts_at_once_and_not_outside_of_the_main_thread() -> None:
    with interruptions() as interrupted:
        assert not interrupted()
        signal.raise_signal(signal.SIGINT)
        assert interrupted()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    ended: list[str] = []
    thread = threading.Thread(target=lambda: ended.append(trained(TrainingSettings(epochs=2, engine="numpy")).ended))
    thread.start()
    thread.join()
    assert ended == ["epochs"]


def test_a_callback_stops_by_false() -> None:
    outcome = trained(TrainingSettings(epochs=9, engine="numpy"), callbacks=[lambda epoch: epoch.epoch < 4])
    assert (outcome.ended, len(outcome.epochs)) == ("callback", 4)


def test_a_checkpoint_that_cannot_be_written_is_told_and_training_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    told: list[str] = []
    outcome = trained(TrainingSettings(epochs=2, engine="numpy"), folder=tmp_path / "file", warn=told.append)
    assert len(outcome.epochs) == 2
    assert told
    assert all("cannot write" in line and "training goes on" in line for line in told)
    assert len(told) == 1


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'native'"):
        trained(TrainingSettings(engine="natve"))
    with pytest.raises(ChalkgradError, match="needs validation data"):
        trained(TrainingSettings(engine="numpy", patience=3))
    with pytest.raises(ChalkgradError, match="l1 is a number from 0, not -1"):
        trained(TrainingSettings(l1=-1))
    with pytest.raises(ChalkgradError, match="clipped to a positive length, not 0"):
        trained(TrainingSettings(clip=0))
    with pytest.raises(ChalkgradError, match="rate of dropout is from 0 to below 1, not 1"):
        trained(TrainingSettings(dropout=1))
    with pytest.raises(ShapeError, match="'m' of the state"):
        trainer("adam").restore(trainer().state())
