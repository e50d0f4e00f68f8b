"""What goes into each step of training: its samples, their weights, and which units are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.engines.shuffling import epoch_order, kept_units
from chalkgrad.errors import ChalkgradError, EvaluationError
from chalkgrad.language import Program, Role, Tensor
from chalkgrad.networks.regularising import WEIGHT

Reals: TypeAlias = NDArray[Any]


def given_data(tensors: Sequence[Tensor], x: Any, y: Any, weights: Any) -> dict[str, Any]:
    """The values of the tensors of data by name: the weights of the samples, the inputs, the targets.

    Raises `ChalkgradError` where a program has weights and none are given, or the other way round.
    """
    names = [tensor.name for tensor in tensors]
    if (WEIGHT.name in names) != (weights is not None):
        raise ChalkgradError(
            "the samples have weights, but the program does not use them"
            if weights is not None
            else f"the program needs the samples' weights, '{WEIGHT.name}'"
        )
    by_role = {Role.INPUT: x, Role.TARGET: y}
    return {tensor.name: weights if tensor.name == WEIGHT.name else by_role[tensor.role] for tensor in tensors}


@dataclass
class Feed:
    """The data of a run, and what each step takes of it.

    `drawn` are the inputs that are drawn for each step, with how likely a one is, in the order of the program;
    `widths` how many units each has.
    """

    data: Mapping[str, Reals]
    batch: int
    seed: int
    shuffled: bool
    drawn: Mapping[str, float] = field(default_factory=dict)
    widths: Mapping[str, int] = field(default_factory=dict)
    _order: tuple[int, NDArray[np.int64]] | None = None

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return len(next(iter(self.data.values())))

    def rows(self, step: int) -> NDArray[np.int64]:
        """The samples that a step (from 0) takes, in order."""
        epoch, place = divmod(step, -(-self.samples // self.batch))
        begin, end = place * self.batch, min((place + 1) * self.batch, self.samples)
        if not self.shuffled:
            return np.arange(begin, end)
        if self._order is None or self._order[0] != epoch:
            self._order = epoch, epoch_order(self.seed, epoch, self.samples)
        return self._order[1][begin:end]

    def values(self, step: int) -> dict[str, Reals]:
        """The values of all inputs and targets in a step (from 0)."""
        rows = self.rows(step)
        found = {
            name: value if len(rows) == len(value) and not self.shuffled else value[rows]
            for name, value in self.data.items()
        }
        for layer, (name, kept) in enumerate(self.drawn.items()):
            found[name] = kept_units(self.seed, layer, step + 1, len(rows), self.widths[name], kept)
        return found


def drawn_widths(program: Program, drawn: Mapping[str, float]) -> dict[str, int]:
    """How many units each drawn input has for a sample."""
    return {name: int(program.tensor(name).axes[-1].size) for name in drawn}


def no_longer_finite(
    program: Program,
    values: Mapping[str, Any],
    rows: Sequence[int] | NDArray[np.int64],
    step: int,
    rate: float,
    dtype: str = "float64",
) -> EvaluationError:
    """The error that names the first tensor that is not finite in a step (from 1), its equation, and the sample.

    `values` are those of everything declared, `rows` says which samples of the data they are. What float64 still holds
    may be too large for the type of numbers that was computed with.
    """
    most = float(np.finfo(dtype).max)
    advice = f"try a smaller rate than {rate:g}, or scale the inputs"

    def found(name: str, value: Any) -> str:
        lost = np.isfinite(value).all() and f"an entry too large for {dtype}"
        return f"'{name}' has {lost or 'an entry that is not finite'}{_sample(program.tensor(name), value, rows, most)}"

    for name, value in values.items():
        if not _holds(value, most):
            data = program.tensor(name).role is not Role.PARAMETER
            how = "training needs finite numbers" if data and not np.isfinite(value).all() else advice
            return EvaluationError(f"at step {step} {found(name, value)}; {how}")
    with np.errstate(all="ignore"):
        computed = compile_numpy(program, [definition.tensor.name for definition in program.definitions])(**values)
    for definition in program.definitions:
        name = definition.tensor.name
        if not _holds(computed[name], most):
            return EvaluationError(f"at step {step} {found(name, computed[name])}, by {definition}; {advice}")
    where = "a parameter, or what the optimiser remembers of it, stops being finite by the optimiser's equations"
    return EvaluationError(f"at step {step} {where}; {advice}")


def _holds(value: Any, most: float) -> bool:
    """Whether all entries are numbers up to the greatest."""
    return bool((np.abs(value) <= most).all())


def _sample(tensor: Tensor, value: Any, rows: Sequence[int] | NDArray[np.int64], most: float) -> str:
    """For which sample it is, where a tensor has an entry for each."""
    if not tensor.axes or tensor.axes[0].size != "n":
        return ""
    bad = ~(np.abs(np.asarray(value)) <= most).reshape(len(rows), -1).all(axis=1)
    return f" for sample {int(rows[int(np.argmax(bad))])}" if bad.any() else ""
