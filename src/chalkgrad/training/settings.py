"""How a training is set, and training by it: the trainer of the chosen engine, and a session above it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from chalkgrad.calculus import derive
from chalkgrad.engines.lowering import LoweringError
from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.language import Program, program_text
from chalkgrad.networks import optimiser_named
from chalkgrad.networks.adjusting import adjusted, held
from chalkgrad.networks.regularising import weighted, with_dropout
from chalkgrad.networks.schedules import schedule_named
from chalkgrad.training.arguments import finite_number, whole_number
from chalkgrad.training.checkpoints import Checkpoints
from chalkgrad.training.session import Callback, Outcome, Session
from chalkgrad.training.trainer import NumPyTrainer, Trainer, data_names, numpy_loss

ENGINES = ("native", "numpy")
_ROWS_AT_ONCE = 100_000


@dataclass(frozen=True)
class TrainingSettings:
    """What a training is told. `engine` None is the native one, or NumPy for the programs that it cannot run.

    `l1` and `l2` weigh penalties on the weights, `clip` is the greatest length of a gradient, and `dropout` how likely
    a hidden unit is left out of a step.

    >>> TrainingSettings("adam", rate=0.01, schedule="cosine").batch
    'full'
    """

    optimiser: str = "sgd"
    rate: float | None = None
    schedule: str = "constant"
    batch: str | int = "full"
    epochs: int = 100
    patience: int | None = None
    clip: float | None = None
    l1: float = 0.0
    l2: float = 0.0
    dropout: float = 0.0
    dtype: str = "float32"
    threads: int = 1
    seed: int = 0
    engine: str | None = None
    hyper_parameters: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.rate is not None:
            finite_number("the learning rate", self.rate, least=0)
        for name, value in self.hyper_parameters.items():
            finite_number(f"'{name}'", value)
        # NumPy's own numbers and types are as good as Python's.
        if isinstance(self.batch, np.integer):
            object.__setattr__(self, "batch", int(self.batch))
        if isinstance(self.dtype, type | np.dtype):
            object.__setattr__(self, "dtype", np.dtype(self.dtype).name)
        object.__setattr__(self, "epochs", whole_number("the number of epochs", self.epochs, 0))
        object.__setattr__(self, "threads", whole_number("the number of threads", self.threads, 1))
        object.__setattr__(self, "seed", whole_number("the seed", self.seed, 0))
        if self.patience is not None:
            object.__setattr__(self, "patience", whole_number("patience, in epochs,", self.patience, 1))


def trainer_for(
    program: Program,
    gradient_program: Program,
    parameters: Mapping[str, Any],
    x: Any,
    y: Any,
    settings: TrainingSettings,
    rate: float | Callable[[int], float] | None = None,
    weights: Any = None,
    fixed: Sequence[str] = (),
) -> Trainer:
    """The trainer of the engine that the settings name; raises `UnknownNameError` and what the engine raises.

    Penalties, clipping, weights of the samples and dropout go into the equations that are trained; the gradients by
    what is `fixed` are 0.
    """
    if settings.engine is not None and settings.engine not in ENGINES:
        raise UnknownNameError("engine", settings.engine, ENGINES)
    drawn: Mapping[str, float] = {}
    if weights is not None or settings.dropout:
        if weights is not None:
            program = weighted(program)
        trained = program
        if settings.dropout:
            trained, drawn = with_dropout(program, settings.dropout)
        gradient_program = derive(trained).program
    gradient_program = held(gradient_program, fixed)
    gradient_program = adjusted(gradient_program, l1=settings.l1, l2=settings.l2, clip=settings.clip, fixed=fixed)
    if fixed and settings.optimiser == "adamw":
        raise ChalkgradError(f"adamw would shrink what stays as it is ({', '.join(fixed)}): take adam, with l2")
    data = (program, gradient_program, parameters, x, y, optimiser_named(settings.optimiser))
    common: dict[str, Any] = {
        "rate": settings.rate if rate is None else rate,
        "batch": settings.batch,
        "dtype": settings.dtype,
        "seed": settings.seed,
        "hyper_parameters": settings.hyper_parameters,
        "weights": weights,
        "drawn": drawn,
    }
    if settings.engine != "numpy":
        from chalkgrad.engines.native.trainer import NativeTrainer

        try:
            return NativeTrainer(*data, **common, threads=settings.threads)
        except LoweringError:
            if settings.engine == "native":
                raise
    return NumPyTrainer(*data, **common)


def train(
    program: Program,
    gradient_program: Program,
    parameters: Mapping[str, Any],
    x: Any,
    y: Any,
    settings: TrainingSettings,
    *,
    weights: Any = None,
    validation: tuple[Any, Any] | None = None,
    callbacks: Sequence[Callback] = (),
    folder: Path | None = None,
    resume: bool = False,
    fixed: Sequence[str] = (),
    warn: Callable[[str], None] = print,
) -> Outcome:
    """Trains by the settings; with a `folder`, checkpoints are kept there, and `resume` takes up the newest.

    The same settings, data and parameters give the same outcome, interrupted or not.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.networks import Network, NetworkSpec, initialise
    >>> spec = NetworkSpec((1, 1), ("identity",), "mse")
    >>> program = Network(spec).program
    >>> settings = TrainingSettings(rate=0.1, epochs=20, engine="numpy")
    >>> outcome = train(program, derive(program).program, initialise(spec), [[1.0], [2.0]], [[1.0], [2.0]], settings)
    >>> len(outcome.epochs), outcome.ended
    (20, 'epochs')
    """
    row = optimiser_named(settings.optimiser)
    first = row.defaults["rate"] if settings.rate is None else settings.rate
    schedule = schedule_named(settings.schedule)
    samples = len(np.asarray(x))
    batch = settings.batch if isinstance(settings.batch, int) and settings.batch > 0 else max(samples, 1)
    steps = settings.epochs * -(-samples // batch)

    def scheduled(step: int) -> float:
        return schedule(first, step, steps)

    rate = first if settings.schedule == "constant" else scheduled
    trainer = trainer_for(program, gradient_program, parameters, x, y, settings, rate, weights, fixed)
    identity = {"program": program_text(program), "engine": type(trainer).__name__, **_told(settings)}
    identity |= {
        "data": _digest(x, y, *(validation or ()), *(() if weights is None else (weights,))),
        "parameters at first": _digest(*parameters.values()),
    }
    checkpoints = Checkpoints(folder, identity) if folder else None
    judge = None if validation is None else _loss_on(trainer, program, *validation)
    session = Session(
        trainer, settings.epochs, rate, judge, settings.patience, callbacks, checkpoints,
        every=max(1, settings.epochs // 100), warn=warn,
    )  # fmt: skip
    if resume:
        session.resume()
    return session.run()


def _told(settings: TrainingSettings) -> dict[str, str]:
    """What has to be as it was for training to be taken up: all but when it stops, unless the rate depends on that."""
    free = {"engine", "threads", "patience"} | ({"epochs"} if settings.schedule in ("constant", "1/t") else set())
    return {name: str(value) for name, value in vars(settings).items() if name not in free}


def _digest(*arrays: Any) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        value = np.atleast_1d(np.asarray(array))
        digest.update(f"{value.shape}".encode())
        # Data may be larger than memory.
        for first in range(0, len(value), _ROWS_AT_ONCE):
            digest.update(np.ascontiguousarray(value[first : first + _ROWS_AT_ONCE], dtype=np.float64).tobytes())
    return digest.hexdigest()


def _loss_on(trainer: Trainer, program: Program, x: Any, y: Any) -> Callable[[Mapping[str, Any]], float]:
    """The loss over other data: compiled if training is."""
    inputs, targets = data_names(program)
    data = {inputs: np.asarray(x), targets: np.asarray(y)}
    if isinstance(trainer, NumPyTrainer):
        return numpy_loss(program, data)
    from chalkgrad.engines.native.losses import LossOnData
    from chalkgrad.engines.native.trainer import NativeTrainer

    assert isinstance(trainer, NativeTrainer)
    return LossOnData(program, data, dtype=trainer.dtype, threads=trainer.threads)
