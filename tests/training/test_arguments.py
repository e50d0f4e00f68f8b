"""What people hand to fit and trainer: what is taken, and what is refused in words before anything is trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars
import pytest

import chalkgrad as cg
from chalkgrad.errors import ChalkgradError
from chalkgrad.networks import LOSSES
from chalkgrad.training.arguments import check_data, check_targets

X = np.random.default_rng(0).normal(size=(40, 2))
Y = (X[:, 0] > 0) * 1.0
NET = cg.network("2-3-1 tanh sigmoid bce")
THREE = cg.network("2-4-3 tanh softmax")


def fit(x: Any = X, y: Any = Y, net: cg.NetworkSheet = NET, **options: Any) -> cg.NetworkSheet:
    return net.fit(x, y, **{"epochs": 2, "engine": "numpy", **options})


def holed(values: Any, row: int, entry: float) -> Any:
    changed = np.array(values, dtype=np.float64)
    changed[row] = entry
    return changed


TAKEN: dict[str, Callable[[], cg.NetworkSheet]] = {
    "one column": lambda: fit(y=Y[:, None]),
    "lists": lambda: fit(X.tolist(), Y.tolist()),
    "booleans": lambda: fit(y=Y > 0),
    "whole numbers": lambda: fit(y=Y.astype(int)),
    "float32": lambda: fit(X.astype(np.float32)),
    "frames": lambda: fit(polars.DataFrame(X), polars.Series(Y)),
    "a frame of targets": lambda: fit(polars.DataFrame(X), polars.DataFrame({"y": Y})),
    "NumPy's numbers": lambda: fit(batch=np.int64(40), epochs=np.int32(2), seed=np.uint8(0), rate=np.float64(0.01)),
    "NumPy's types": lambda: fit(dtype=np.float32),
    "weights in a column": lambda: fit(weights=np.ones((40, 1))),
    "weights in a list": lambda: fit(weights=[1] * 40),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_people_have_at_hand_is_taken(name: str) -> None:
    expected = fit().history[-1].loss
    assert TAKEN[name]().history[-1].loss == pytest.approx(expected, rel=1e-6)


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "inputs of another width": (lambda: fit(np.ones((40, 3))), r"'x' needs the shape \(n, 2\)"),
    "fewer targets": (lambda: fit(y=Y[:30]), "'y' has 30 samples, but others have 40"),
    "words": (lambda: fit(y=["no", "yes"] * 20), "'y' is not an array of numbers"),
    "complex inputs": (lambda: fit(X * 1j), "'x' is not an array of numbers"),
    "nothing": (lambda: fit(None), r"'x' needs the shape \(n, 2\)"),
    "a missing input": (lambda: fit(holed(X, 7, np.nan)), "'x' has the entry nan for sample 7; training needs finite"),
    "an infinite input": (lambda: fit(holed(X, 7, -np.inf)), "'x' has the entry -inf for sample 7"),
    "a missing target": (lambda: fit(y=holed(Y, 3, np.nan)), "'y' has the entry nan for sample 3"),
    "an input beyond float32": (lambda: fit(holed(X, 5, 1e39)), r"the entry 1e\+39 for sample 5; float32 holds"),
    "validation with a gap": (lambda: fit(validation=(holed(X, 1, np.nan), Y)), "'x of the validation' has the entry"),
    "validation as a share": (lambda: fit(validation=0.2), "validation is a pair"),
    "validation without targets": (lambda: fit(validation=X), "validation is a pair"),
    "numbers of classes": (lambda: fit(y=np.arange(40) % 3, net=THREE), r"not a class's number: np.eye\(3\)\[y\]"),
    "rows that sum to 3": (lambda: fit(y=np.ones((40, 3)), net=THREE), "'y' has 1, 1, 1 for sample 0, but the targets"),
    "targets of -1 for bce": (lambda: fit(y=2 * Y - 1), r"'y' has -1 for sample \d+, .* are 0 or 1, or a probability"),
    "targets of 0 for hinge": (
        lambda: fit(y=Y, net=cg.network("2-1 identity hinge")), r"'y' has 0 for sample \d+, .* hinge are -1 or 1",
    ),
    "another optimiser": (lambda: fit(optimizer="adamm"), "did you mean 'adam'"),
    "an optimiser that is no name": (lambda: fit(optimizer=3), "by its name, not by 3"),
    "another schedule": (lambda: fit(schedule="cosin"), "did you mean 'cosine'"),
    "another engine": (lambda: fit(engine="jax"), "no engine 'jax'"),
    "another type of numbers": (lambda: fit(dtype="float16"), "did you mean 'float64'"),
    "another argument": (lambda: fit(epoch=3), "'epoch'; did you mean 'epochs'"),
    "an argument in British spelling": (lambda: fit(optimiser="adam"), "did you mean 'optimizer'"),
    "a hyper-parameter of others": (lambda: fit(optimizer="adam", momentum=0.5), "no hyper-parameter of adam"),
    "a hyper-parameter that is none": (lambda: fit(optimizer="momentum", momentum=np.nan), "'momentum' is a finite"),
    "a batch of 0": (lambda: fit(batch=0), "a batch is 'full' or a number of samples from 1, not 0"),
    "a batch of a half": (lambda: fit(batch=2.5), "a batch is 'full' or a number of samples from 1, not 2.5"),
    "epochs that are not whole": (lambda: fit(epochs=2.5), "the number of epochs is a whole number from 0, not 2.5"),
    "a negative rate": (lambda: fit(rate=-0.1), "the learning rate is a finite number from 0, not -0.1"),
    "a rate in words": (lambda: fit(rate="0.1"), "the learning rate is a finite number from 0, not '0.1'"),
    "patience without validation": (lambda: fit(patience=3), "needs validation data"),
    "patience of 0": (lambda: fit(patience=0, validation=(X, Y)), "patience, in epochs, is a whole number from 1"),
    "no threads": (lambda: fit(threads=0), "the number of threads is a whole number from 1, not 0"),
    "a negative seed": (lambda: fit(seed=-1), "the seed is a whole number from 0, not -1"),
    "no seed": (lambda: fit(seed=None), "the seed is a whole number from 0, not None"),
    "a single callback": (lambda: fit(callbacks=print), r"\[function\] for a single one"),
    "a negative weight": (lambda: fit(weights=holed(np.ones(40), 2, -1)), "the weight of sample 2 is -1"),
    "weights of zero": (lambda: fit(weights=np.zeros(40)), "the weights of all samples are 0"),
    "fewer weights": (lambda: fit(weights=np.ones(39)), r"40 samples, but the weights have the shape \(39,\)"),
    "weights in words": (lambda: fit(weights=["a"] * 40), "the weights of the samples are not numbers"),
    "parameters of another shape": (
        lambda: fit(parameters=NET.initial() | {"W1": np.ones((2, 4))}), r"'W1' needs the shape \(2, 3\)",
    ),
    "parameters left out": (lambda: fit(parameters={"W1": np.ones((2, 3))}), "no value was given for 'b1'"),
    "resuming from nowhere": (lambda: fit(resume=True), "no folder of checkpoints was given"),
    "half a step": (lambda: NET.trainer(X, Y).run(1.5), "the number of steps is a whole number from 0, not 1.5"),
    "a trainer's schedule": (lambda: NET.trainer(X, Y, schedule="step"), "no hyper-parameter of sgd 'schedule'"),
    "a state of nothing": (lambda: NET.trainer(X, Y).restore({}), "'parameters' of the state"),
    "a row that is too long": (lambda: fit().predictor().row([1, 2, 3]), r"a row has 2 numbers; .* \(3,\)"),
    "a row of one number": (lambda: fit().predictor().row([1]), r"a row has 2 numbers; .* \(1,\)"),
    "prediction without threads": (lambda: fit().predictor(threads=0), "number of threads"),
    "prediction before training": (lambda: NET.predict(X), "use what fit"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused_in_words(name: str) -> None:
    run, message = REFUSED[name]
    with pytest.raises(ChalkgradError, match=message):
        run()


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_a_trainer_takes_one_flat_column_and_a_rate_that_follows_the_step(engine: str) -> None:
    flat, column = (NET.trainer(X, y, rate=lambda step: 0.5 / step, engine=engine) for y in (Y, Y[:, None]))
    for trainer in (flat, column):
        trainer.run(3)
    assert flat.loss == column.loss
    constant = NET.trainer(X, Y, rate=0.5, engine=engine)
    constant.run(3)
    assert constant.loss != flat.loss


def test_data_are_looked_at_to_their_end() -> None:
    long = np.zeros((250_001, 1), dtype=np.float32)
    check_data({"x": long}, "float32")
    long[250_000] = np.nan
    with pytest.raises(ChalkgradError, match="for sample 250000"):
        check_data({"x": long}, "float32")


ALLOWED = {"bce": [0.0, 0.3, 1.0], "bce_with_logits": [0.0, 0.3, 1.0], "hinge": [-1.0, 1.0]}


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_takes_the_targets_that_it_speaks_of(loss: str) -> None:
    row = LOSSES[loss]
    if loss == "cross_entropy":
        check_targets(np.array([[0.2, 0.8], [1, 0]]), row)
        for wrong in ([0.2, 0.7], [-0.5, 1.5]):
            with pytest.raises(ChalkgradError, match="for sample 1"):
                check_targets(np.array([[0, 1], wrong]), row)
        return
    for value in ALLOWED.get(loss, [-7.0, 0.3, 1e6]):
        check_targets(np.array([[value]]), row)
    for value in (-7.0, 2.0) if loss in ALLOWED else ():
        with pytest.raises(ChalkgradError, match=f"the targets of {loss} are"):
            check_targets(np.array([[value]]), row)
