"""Trainers: what makes steps of training and can be taken up again. Here the protocol and the NumPy one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chalkgrad.engines.feeding import Feed, drawn_widths, given_data, no_longer_finite
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.engines.stabilise import stabilised
from chalkgrad.errors import ChalkgradError, EvaluationError, ProgramError, ShapeError, UnknownNameError
from chalkgrad.language import (
    Axis,
    Definition,
    Element,
    Expression,
    Program,
    Role,
    Tensor,
    rebuild,
    tensors_in,
)
from chalkgrad.networks import Optimiser, pack, parameter_shapes, unpack
from chalkgrad.networks.regularising import WEIGHT

_ENTRY = Axis("e", "entries")
_TYPES = ("float32", "float64")


class Trainer(Protocol):
    """Training that is run by steps: after 3 steps and 4 it is where one run of 7 leaves it, bit for bit."""

    step: int
    samples: int
    batch: int

    def run(self, steps: int) -> None:
        """Makes that many steps."""

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters by name, as float64 copies."""

    @property
    def loss(self) -> float:
        """The loss over all the data with the parameters as they are now."""

    def state(self) -> dict[str, Any]:
        """Everything that it takes to go on from here, as arrays: parameters, optimiser state, step."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes back to a state that was taken before, of this trainer or of one made the same way."""


def numpy_loss(program: Program, data: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], float]:
    """The loss over data by name, as a function of the parameters by name."""
    needed = stabilised(program).needed_for(program.result)
    compute = compile_numpy(needed)
    given = {name: np.asarray(value, dtype=np.float64) for name, value in data.items()}

    def loss(parameters: Mapping[str, Any]) -> float:
        values = {**given, **parameters}
        return float(compute(**{tensor.name: values[tensor.name] for tensor in needed.declared})[program.result.name])

    return loss


class NumPyTrainer:
    """Trains the parameters of a program with NumPy, step by step: the plain engine that others are compared with.

    `program` gives the loss, `gradient_program` (of its derivation) the gradients; `x` (samples, inputs) and `y`
    (samples, outputs) are the data. `batch` is "full" or a number of samples; the last batch of an epoch is what is
    left over, and every epoch takes the samples in an order of its own unless `shuffle` is off. `rate` is a number, or
    a function from the number of the step (from 1) to one. `weights` are the values of the program's input `weight`, if
    it has one; `drawn` the inputs that are drawn at random for each step, with how likely a one is. Numbers are
    computed in float64 and kept as `dtype` between the steps.

    Raises `ProgramError`, `ShapeError`, `UnknownNameError` and `ChalkgradError` for arguments that do not fit.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.networks import Network, NetworkSpec, initialise, optimiser_named
    >>> spec = NetworkSpec((2, 1), ("sigmoid",), "bce")
    >>> program = Network(spec).program
    >>> x, y = np.array([[0.0, 1], [1, 0], [2, 1]]), np.array([[1.0], [0], [0]])
    >>> trainer = NumPyTrainer(
    ...     program, derive(program).program, initialise(spec, seed=1), x, y, optimiser_named("sgd"), rate=0.5
    ... )
    >>> trainer.run(200)
    >>> trainer.step, trainer.loss < 0.1
    (200, True)
    """

    def __init__(
        self,
        program: Program,
        gradient_program: Program,
        parameters: Mapping[str, Any],
        x: Any,
        y: Any,
        optimiser: Optimiser,
        *,
        rate: float | Callable[[int], float] | None = None,
        batch: str | int = "full",
        dtype: str = "float64",
        threads: int = 1,
        seed: int = 0,
        shuffle: bool = True,
        hyper_parameters: Mapping[str, float] | None = None,
        weights: Any = None,
        drawn: Mapping[str, float] | None = None,
    ) -> None:
        if dtype not in _TYPES:
            raise UnknownNameError("type of numbers", dtype, _TYPES)
        if threads != 1:
            raise ChalkgradError(f"the NumPy engine has one thread of its own, not {threads}")
        chosen = hyper_parameters or {}
        for name in chosen:
            if name not in optimiser.defaults:
                raise UnknownNameError(f"hyper-parameter of {optimiser.name}", name, optimiser.defaults)
        self._shapes = parameter_shapes(program)
        slopes = {tensor.wrt: tensor.name for tensor in gradient_program.results}
        if missing := [name for name in self._shapes if name not in slopes]:
            raise ProgramError(f"the gradient program has no gradient by {', '.join(missing)}")
        self._slopes = {name: slopes[name] for name in self._shapes}
        data_names(program)
        drawn = dict(drawn or {})
        tensors = [t for t in gradient_program.declared if t.role is not Role.PARAMETER and t.name not in drawn]
        data = {name: np.asarray(v, dtype=np.float64) for name, v in given_data(tensors, x, y, weights).items()}
        counts = {name: len(value) if value.ndim else 0 for name, value in data.items()}
        if len(set(counts.values())) != 1 or not all(counts.values()):
            shown = ", ".join(f"'{name}' {value.shape}" for name, value in data.items())
            raise ShapeError(f"the data need as many rows each, at least one: {shown}")
        self.samples = next(iter(counts.values()))
        if batch != "full" and (not isinstance(batch, int) or isinstance(batch, bool) or batch < 1):
            raise ChalkgradError(f"a batch is 'full' or a number of samples from 1, not {batch!r}")
        self.batch = self.samples if isinstance(batch, str) else min(batch, self.samples)
        self.optimiser, self.seed, self.step = optimiser, seed, 0
        shuffled = shuffle and self.batch < self.samples
        self._feed = Feed(data, self.batch, seed, shuffled, drawn, drawn_widths(gradient_program, drawn))
        self._type: Any = np.dtype(dtype)
        self._stable, self._loss = stabilised(gradient_program), program.result.name
        self._compute = compile_numpy(self._stable, [self._loss, *self._slopes.values()])
        self._plain = stabilised(program).needed_for(program.result)
        self._loss_of = compile_numpy(self._plain)
        self._update = compile_numpy(over_vectors(optimiser), list(optimiser.updates.values()))
        self._constants = {**optimiser.defaults, **chosen}
        self._rate = self._constants["rate"] if rate is None else rate
        self._vector = pack(self._shapes, parameters).astype(self._type)
        self._kept = {name: np.zeros_like(self._vector) for name in optimiser.state}

    def run(self, steps: int) -> None:
        """Makes that many steps. Raises `EvaluationError` where a value stops being finite, with its equation."""
        if steps < 0 or steps % 1:
            raise ChalkgradError(f"the number of steps is a whole number from 0, not {steps}")
        for _ in range(steps):
            self.advance()

    def advance(self) -> float:
        """Makes one step, and gives the loss before it over its batch."""
        values = {**self._feed.values(self.step), **self.parameters}
        computed = self._compute(**values)
        loss = float(computed[self._loss])
        vector = self._vector.astype(np.float64)
        gradient = pack(self._shapes, {name: computed[slope] for name, slope in self._slopes.items()})
        rate = self._rate(self.step + 1) if callable(self._rate) else self._rate
        if not (np.isfinite(loss) and np.isfinite(gradient).all()):
            raise self._no_longer_finite(values)
        counted = {"t": self.step + 1} if self.optimiser.uses_step else {}
        kept = {name: value.astype(np.float64) for name, value in self._kept.items()}
        new = self._update(p=vector, g=gradient, **kept, **counted, **{**self._constants, "rate": rate})
        with np.errstate(over="ignore"):
            moved = new[self.optimiser.updates["p"]].astype(self._type)
            remembered = {name: new[self.optimiser.updates[name]].astype(self._type) for name in kept}
        if not all(np.isfinite(value).all() for value in (moved, *remembered.values())):
            raise self._no_longer_finite(values)
        self._vector, self._kept, self.step = moved, remembered, self.step + 1
        return loss

    def _no_longer_finite(self, values: Mapping[str, Any]) -> EvaluationError:
        rate = self._rate(self.step + 1) if callable(self._rate) else self._rate
        rows = self._feed.rows(self.step)
        return no_longer_finite(self._stable, values, rows, self.step + 1, rate, self._type.name)

    @property
    def parameters(self) -> dict[str, NDArray[np.float64]]:
        """The parameters by name, as float64 copies."""
        return unpack(self._shapes, self._vector)

    @property
    def loss(self) -> float:
        """The loss over all the data with the parameters as they are now, without penalties and with all units."""
        values = {**self._feed.data, **self.parameters}
        needed = {tensor.name: values[tensor.name] for tensor in self._plain.declared}
        loss = float(self._loss_of(**needed)[self._plain.result.name])
        if not np.isfinite(loss):
            rate = self._rate(max(self.step, 1)) if callable(self._rate) else self._rate
            raise no_longer_finite(self._plain, needed, range(self.samples), self.step + 1, rate)
        return loss

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything that it takes to go on from here: what `restore` takes."""
        kept = {name: value.copy() for name, value in self._kept.items()}
        return {"parameters": self._vector.copy(), "step": np.array(self.step), **kept}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes back to a state that was taken before; raises `ShapeError` for one of another trainer."""
        read = {}
        for name in ("parameters", *self._kept):
            values = np.array(state.get(name, ()), dtype=self._type)
            if values.shape != self._vector.shape:
                raise ShapeError(f"'{name}' of the state has the shape {values.shape}, not {self._vector.shape}")
            read[name] = values
        self._vector = read.pop("parameters")
        self._kept = read
        self.step = int(state["step"])


def over_vectors(row: Optimiser) -> Program:
    """The optimiser's equations for all entries of a vector at once, with one axis more.

    >>> from chalkgrad.networks import optimiser_named
    >>> print(over_vectors(optimiser_named("sgd")).definitions[0])
    p_next[e] = p[e] - rate*g[e]
    """
    widened = {
        tensor: Tensor(tensor.name, (_ENTRY,), tensor.role)
        for tensor in row.program.declared
        if tensor.name in ("p", "g", *row.state)
    }

    def change(node: Expression) -> Expression:
        if isinstance(node, Element) and node.tensor in widened:
            return widened[node.tensor][_ENTRY]
        return rebuild(node, change)

    definitions = []
    for definition in row.program.definitions:
        tensor, body = definition.tensor, change(definition.body)
        if any(inner.axes for inner in tensors_in(body)):
            widened[tensor] = Tensor(tensor.name, (_ENTRY,), tensor.role)
        definitions.append(Definition(widened.get(tensor, tensor), widened.get(tensor, tensor).axes, body))
    declared = tuple(widened.get(tensor, tensor) for tensor in row.program.declared)
    results = tuple(widened.get(tensor, tensor) for tensor in row.program.results)
    return Program(declared, tuple(definitions), results)


def data_names(program: Program) -> tuple[str, str]:
    """The names of the one input and the one target."""
    found = []
    for role in (Role.INPUT, Role.TARGET):
        tensors = [tensor for tensor in program.declared if tensor.role is role and tensor is not WEIGHT]
        if len(tensors) != 1 or len(tensors[0].axes) != 2:
            shown = ", ".join(f"{tensor.name} {tensor.shape}" for tensor in tensors) or "none"
            raise ProgramError(f"training needs one {role.value} with the axes samples and columns; found: {shown}")
        found.append(tensors[0].name)
    return found[0], found[1]
