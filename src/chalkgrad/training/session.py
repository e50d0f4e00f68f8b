"""A training session: epochs over a trainer, validation, early stopping, checkpoints, callbacks, and Ctrl-C."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

import numpy as np

from chalkgrad.errors import ChalkgradError, EvaluationError
from chalkgrad.training.checkpoints import Checkpoint, Checkpoints
from chalkgrad.training.interrupting import interruptions
from chalkgrad.training.trainer import Trainer

_BEST = "best."
_SECONDS_AT_ONCE = 0.2  # after so long a call of the trainer is to come back, for Ctrl-C


@dataclass(frozen=True)
class Epoch:
    """How training stands after an epoch: the loss over the training data and, if there are any, the validation data.

    `rate` is that of its last step, `seconds` the time since the session began or was taken up again.
    """

    epoch: int
    step: int
    loss: float
    validation_loss: float | None
    rate: float
    seconds: float


Callback: TypeAlias = Callable[[Epoch], object]


@dataclass(frozen=True)
class Outcome:
    """What a session ends with: the best parameters where it validates, else the last; one `Epoch` for each epoch.

    `ended` says why: "epochs", "patience", "callback" or "interrupted".
    """

    parameters: dict[str, Any]
    epochs: tuple[Epoch, ...]
    best_epoch: int
    ended: str


@dataclass
class Session:
    """Trains for a number of epochs.

    `validation` gives the loss of parameters on data that is kept apart; with `patience` training stops after that
    many epochs without a lower one. A callback that returns False stops it too. `checkpoints`, if given, are written
    every `every` epochs and at the end, also after Ctrl-C, which ends the session in order, in the middle of an epoch
    too; where one cannot be written, `warn` is told (once) and training goes on.
    """

    trainer: Trainer
    epochs: int
    rate: float | Callable[[int], float]
    validation: Callable[[Mapping[str, Any]], float] | None = None
    patience: int | None = None
    callbacks: Sequence[Callback] = ()
    checkpoints: Checkpoints | None = None
    every: int = 1
    warn: Callable[[str], None] = print
    _past: list[Epoch] = field(default_factory=list, init=False)
    _best: dict[str, Any] = field(default_factory=dict, init=False)
    _best_epoch: int = field(default=0, init=False)
    _told: str = field(default="", init=False)
    _steps_at_once: int = field(default=1, init=False)

    def __post_init__(self) -> None:
        if self.epochs < 0:
            raise ChalkgradError(f"the number of epochs is a whole number from 0, not {self.epochs}")
        if self.patience is not None and (self.patience < 1 or self.validation is None):
            raise ChalkgradError("patience is a number of epochs from 1, and needs validation data")
        if self.every < 1:
            raise ChalkgradError(f"checkpoints are written every 1 or more epochs, not every {self.every}")

    def resume(self) -> bool:
        """Takes up the newest checkpoint; whether there was one."""
        if self.checkpoints is None:
            raise ChalkgradError("there is nothing to resume from: no folder of checkpoints was given")
        self.checkpoints.remove_remains()
        found = self.checkpoints.read(self.warn)
        if found is None:
            return False
        self.trainer.restore({name: value for name, value in found.arrays.items() if not name.startswith(_BEST)})
        best = {name: value for name, value in found.arrays.items() if name.startswith(_BEST)}
        self._best = {name.removeprefix(_BEST): value for name, value in best.items()}
        self._past = [Epoch(**record) for record in found.notes["epochs"]]
        self._best_epoch = int(found.notes["best_epoch"])
        return True

    def run(self) -> Outcome:
        """Trains to the end. Raises `EvaluationError` where a value stops being finite."""
        began = time.monotonic() - (self._past[-1].seconds if self._past else 0.0)
        with interruptions() as interrupted:
            try:
                ended = self._to_the_end(began, interrupted)
            except KeyboardInterrupt:
                ended = "interrupted"
            if self.trainer.step:
                self._write()
        parameters = dict(self._best) if self.validation is not None and self._best else self.trainer.parameters
        return Outcome(parameters, tuple(self._past), self._best_epoch or len(self._past), ended)

    def _to_the_end(self, began: float, interrupted: Callable[[], bool]) -> str:
        """Epoch after epoch, until there is a reason to end; gives the reason."""
        if self._out_of_patience():
            return "patience"
        while len(self._past) < self.epochs:
            epoch = self._epoch(began, interrupted)
            if epoch is None:
                return "interrupted"
            answers = [callback(epoch) for callback in self.callbacks]
            if self._out_of_patience():
                return "patience"
            if any(answer is False for answer in answers):
                return "callback"
            if len(self._past) % self.every == 0 and len(self._past) < self.epochs:
                self._write()
        return "epochs"

    def _epoch(self, began: float, interrupted: Callable[[], bool]) -> Epoch | None:
        """Runs to the end of the epoch, and gives its record; None where it was interrupted before that."""
        per_epoch = -(-self.trainer.samples // self.trainer.batch)
        number = len(self._past) + 1
        while left := number * per_epoch - self.trainer.step:
            if interrupted():
                return None
            self._some_steps(left)
        parameters = self.trainer.parameters
        validation = None if self.validation is None else self.validation(parameters)
        if validation is not None and not math.isfinite(validation):
            raise EvaluationError(f"after epoch {number} the loss over the validation data is {validation}")
        step = self.trainer.step
        rate = self.rate(step) if callable(self.rate) else self.rate
        epoch = Epoch(number, step, self.trainer.loss, validation, rate, time.monotonic() - began)
        self._past.append(epoch)
        best = self._past[self._best_epoch - 1].validation_loss if self._best_epoch else None
        if validation is not None and (best is None or validation < best):
            self._best, self._best_epoch = parameters, number
        return epoch

    def _some_steps(self, left: int) -> None:
        """As many steps as take some tenths of a second, going by those before."""
        steps, start = min(left, self._steps_at_once), time.perf_counter()
        self.trainer.run(steps)
        seconds = time.perf_counter() - start
        if steps == self._steps_at_once and seconds < _SECONDS_AT_ONCE / 2:
            self._steps_at_once *= 2 if seconds > _SECONDS_AT_ONCE / 100 else 50
        elif seconds > 2 * _SECONDS_AT_ONCE:
            self._steps_at_once = max(1, steps // 2)

    def _out_of_patience(self) -> bool:
        return self.patience is not None and len(self._past) - self._best_epoch >= self.patience

    def _write(self) -> None:
        if self.checkpoints is None:
            return
        arrays = self.trainer.state() | {_BEST + name: np.asarray(value) for name, value in self._best.items()}
        notes = {"epochs": [asdict(epoch) for epoch in self._past], "best_epoch": self._best_epoch}
        try:
            self.checkpoints.write(Checkpoint(arrays, notes))
        except ChalkgradError as problem:
            if self._told != str(problem):  # once, and not a hundred times
                self.warn(f"{problem}; training goes on, and the checkpoint before it stays")
                self._told = str(problem)
