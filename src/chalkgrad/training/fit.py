"""Training: the gradient program and the optimiser's equations, run by the NumPy engine until the epochs are over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.engines.numpy_training import network_output
from chalkgrad.errors import ChalkgradError, EvaluationError, ShapeError
from chalkgrad.language import Program
from chalkgrad.networks import Optimiser, optimiser_named
from chalkgrad.training.data import Dataset, Floats
from chalkgrad.training.trainer import NumPyTrainer, data_names, over_vectors

__all__ = ["History", "accuracy_of", "fit", "over_vectors", "predict"]


@dataclass(frozen=True)
class History:
    """What came of a training run.

    `losses` has the loss at each iteration, before its step and over its batch; `final_loss` and `accuracy` are over
    all the data at the end. The accuracy is None where the targets are not classes.
    """

    optimiser: str
    losses: Floats
    parameters: dict[str, Floats]
    final_loss: float
    accuracy: float | None
    epochs: int
    iterations_per_epoch: int


def fit(
    program: Program,
    gradient_program: Program,
    parameters: Mapping[str, Any],
    data: Dataset,
    optimiser: str | Optimiser = "sgd",
    *,
    rate: float | None = None,
    epochs: int = 1000,
    batch: str | int = "full",
    seed: int = 0,
    threshold: float = 0.5,
    **hyper_parameters: float,
) -> History:
    """Trains the parameters on the data: in each epoch every sample once, in batches in an order drawn with the seed.

    `program` gives the loss and `gradient_program` (of its derivation) the gradients by all parameters. `rate` and the
    optimiser's other hyper-parameters have the table's values unless given. A single output above `threshold` is
    class 1. The same seed gives the same run. Raises `EvaluationError` where a value stops being finite (with the step
    and the equation), `UnknownNameError`, `ShapeError` and `ProgramError` for arguments that do not fit.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.networks import Network, NetworkSpec, initialise
    >>> from chalkgrad.training.data import generate
    >>> spec = NetworkSpec((2, 1), ("sigmoid",), "bce")
    >>> program = Network(spec).program
    >>> data = generate("gaussians", count=100)
    >>> history = fit(program, derive(program).program, initialise(spec, seed=1), data, rate=0.5, epochs=50)
    >>> history.losses.shape, history.accuracy > 0.9
    ((50,), True)
    """
    row = optimiser_named(optimiser) if isinstance(optimiser, str) else optimiser
    if epochs < 0:
        raise ChalkgradError(f"the number of epochs is a whole number from 0, not {epochs}")
    trainer = NumPyTrainer(
        program,
        gradient_program,
        parameters,
        data.x,
        data.y,
        row,
        rate=rate,
        batch=batch,
        seed=seed,
        hyper_parameters=hyper_parameters,
    )
    per_epoch = -(-trainer.samples // trainer.batch)
    losses: list[float] = []
    try:
        losses.extend(trainer.advance() for _ in range(epochs * per_epoch))
        final_loss = trainer.loss
    except EvaluationError as problem:
        if losses:
            course = f"the loss went from {losses[0]:.4g} to {losses[-1]:.4g}"
            raise EvaluationError(f"{problem}; {course}") from None
        raise
    final = trainer.parameters
    outputs = predict(program, final, data.x)
    accuracy = accuracy_of(outputs, data.y, threshold) if data.classes else None
    return History(row.name, np.array(losses), final, final_loss, accuracy, epochs, per_epoch if epochs else 0)


def predict(program: Program, parameters: Mapping[str, Any], x: Floats) -> Floats:
    """The outputs of a network for inputs x (samples, variables): what it computes before its loss.

    >>> from chalkgrad.networks import Network, NetworkSpec
    >>> program = Network(NetworkSpec((2, 1), ("sigmoid",), "bce")).program
    >>> predict(program, {"W1": [[0], [0]], "b1": [0]}, [[1.0, 2.0]]).tolist()
    [[0.5]]
    """
    output = network_output(program)
    forward = compile_numpy(program.needed_for(output), [output.name])
    used = {tensor.name for tensor in program.needed_for(output).parameters}
    kept = {name: value for name, value in parameters.items() if name in used}
    return forward(**{data_names(program)[0]: x}, **kept)[output.name]


def accuracy_of(outputs: Floats, y: Floats, threshold: float = 0.5) -> float:
    """The share of samples whose class is right: the greatest output, or a single one if it is above the threshold.

    Where the targets are -1 and 1, a single output is compared with 0.

    >>> accuracy_of(np.array([[0.9], [0.2], [0.7]]), np.array([[1.0], [0.0], [0.0]])) == 2 / 3
    True
    """
    if outputs.shape != y.shape:
        raise ShapeError(f"outputs {outputs.shape} and targets {y.shape} need the same shape")
    if y.shape[1] > 1:
        return float((outputs.argmax(axis=1) == y.argmax(axis=1)).mean())
    at = 0.0 if y.min() < 0 else threshold
    return float(((outputs > at) == (y > 0)).mean())
