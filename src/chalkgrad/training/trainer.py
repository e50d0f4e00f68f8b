"""Trainers: what makes steps of training and can be taken up again. Here the protocol and the NumPy one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.engines.shuffling import epoch_order
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


class NumPyTrainer:
    """Trains the parameters of a program with NumPy, step by step: the plain engine that others are compared with.

    `program` gives the loss, `gradient_program` (of its derivation) the gradients; `x` (samples, inputs) and `y`
    (samples, outputs) are the data. `batch` is "full" or a number of samples; the last batch of an epoch is what is
    left over, and every epoch takes the samples in an order of its own unless `shuffle` is off. `rate` is a number, or
    a function from the number of the step (from 1) to one. To the gradient `l1·sign(w)` and `l2·w` are added, over
    weights and not biases (parameters with two axes), and then it is shortened to the length `clip`. Numbers are
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
        clip: float | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
    ) -> None:
        if dtype not in _TYPES:
            raise UnknownNameError("type of numbers", dtype, _TYPES)
        if threads != 1:
            raise ChalkgradError(f"the NumPy engine has one thread of its own, not {threads}")
        chosen = hyper_parameters or {}
        for name in chosen:
            if name not in optimiser.defaults:
                raise UnknownNameError(f"hyper-parameter of {optimiser.name}", name, optimiser.defaults)
        _check_penalties(clip, l1, l2)
        self._shapes = parameter_shapes(program)
        slopes = {tensor.wrt: tensor.name for tensor in gradient_program.results}
        if missing := [name for name in self._shapes if name not in slopes]:
            raise ProgramError(f"the gradient program has no gradient by {', '.join(missing)}")
        self._slopes = {name: slopes[name] for name in self._shapes}
        self._names = data_names(program)
        self._x, self._y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        if not self._x.ndim or not self._y.ndim or len(self._x) != len(self._y) or not len(self._x):
            raise ShapeError(f"inputs {self._x.shape} and targets {self._y.shape} need as many rows, at least one")
        self.samples = len(self._x)
        if batch != "full" and (not isinstance(batch, int) or isinstance(batch, bool) or batch < 1):
            raise ChalkgradError(f"a batch is 'full' or a number of samples from 1, not {batch!r}")
        self.batch = self.samples if isinstance(batch, str) else min(batch, self.samples)
        self.optimiser, self.seed, self.step = optimiser, seed, 0
        self._shuffled = shuffle and batch != "full"
        self._order: tuple[int, NDArray[np.int64]] | None = None
        self._type: Any = np.dtype(dtype)
        self._stable, self._loss = stabilised(gradient_program), program.result.name
        self._compute = compile_numpy(self._stable, [self._loss, *self._slopes.values()])
        self._update = compile_numpy(over_vectors(optimiser), list(optimiser.updates.values()))
        self._constants = {**optimiser.defaults, **chosen}
        self._rate = self._constants["rate"] if rate is None else rate
        self._clip, self._l1, self._l2 = clip, l1, l2
        self._penalised = np.concatenate(
            [np.full(int(np.prod(shape)), float(len(shape) > 1)) for shape in self._shapes.values()] or [np.zeros(0)]
        )
        self._vector = pack(self._shapes, parameters).astype(self._type)
        self._kept = {name: np.zeros_like(self._vector) for name in optimiser.state}

    def run(self, steps: int) -> None:
        """Makes that many steps. Raises `EvaluationError` where a value stops being finite, with its equation."""
        if steps < 0:
            raise ChalkgradError(f"the number of steps is a whole number from 0, not {steps}")
        for _ in range(steps):
            self.advance()

    def advance(self) -> float:
        """Makes one step, and gives the loss before it over its batch."""
        rows = self._rows()
        values = self._values(rows)
        computed = self._compute(**values)
        loss = float(computed[self._loss])
        vector = self._vector.astype(np.float64)
        gradient = pack(self._shapes, {name: computed[slope] for name, slope in self._slopes.items()})
        rate = self._rate(self.step + 1) if callable(self._rate) else self._rate
        if not (np.isfinite(loss) and np.isfinite(gradient).all()):
            raise no_longer_finite(self._stable, values, self.step + 1, rate)
        if self._l1 or self._l2:
            gradient = gradient + self._penalised * (self._l1 * np.sign(vector) + self._l2 * vector)
        if self._clip is not None and (length := float(np.linalg.norm(gradient))) > self._clip:
            gradient = gradient * (self._clip / length)
        counted = {"t": self.step + 1} if self.optimiser.uses_step else {}
        kept = {name: value.astype(np.float64) for name, value in self._kept.items()}
        new = self._update(p=vector, g=gradient, **kept, **counted, **{**self._constants, "rate": rate})
        self._vector = new[self.optimiser.updates["p"]].astype(self._type)
        self._kept = {name: new[self.optimiser.updates[name]].astype(self._type) for name in kept}
        self.step += 1
        return loss

    def _rows(self) -> slice | NDArray[np.int64]:
        """The samples of the next step."""
        per_epoch = -(-self.samples // self.batch)
        epoch, place = divmod(self.step, per_epoch)
        part = slice(place * self.batch, (place + 1) * self.batch)
        if not self._shuffled:
            return part
        if self._order is None or self._order[0] != epoch:
            self._order = epoch, epoch_order(self.seed, epoch, self.samples)
        return self._order[1][part]

    def _values(self, rows: slice | NDArray[np.int64]) -> dict[str, Any]:
        data = {self._names[0]: self._x[rows], self._names[1]: self._y[rows]}
        return {**data, **self.parameters}

    @property
    def parameters(self) -> dict[str, NDArray[np.float64]]:
        """The parameters by name, as float64 copies."""
        return unpack(self._shapes, self._vector)

    @property
    def loss(self) -> float:
        """The loss over all the data with the parameters as they are now, without l1 and l2."""
        values = self._values(slice(None))
        loss = float(self._compute(**values)[self._loss])
        if not np.isfinite(loss):
            rate = self._rate(max(self.step, 1)) if callable(self._rate) else self._rate
            raise no_longer_finite(self._stable, values, self.step + 1, rate)
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


def _check_penalties(clip: float | None, l1: float, l2: float) -> None:
    for name, value in (("l1", l1), ("l2", l2)):
        if not (np.isfinite(value) and value >= 0):
            raise ChalkgradError(f"{name} is a number that is not negative, not {value}")
    if clip is not None and not clip > 0:
        raise ChalkgradError(f"the length that gradients are clipped to is greater than 0, not {clip}")


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
        tensors = [tensor for tensor in program.declared if tensor.role is role]
        if len(tensors) != 1 or len(tensors[0].axes) != 2:
            shown = ", ".join(f"{tensor.name} {tensor.shape}" for tensor in tensors) or "none"
            raise ProgramError(f"training needs one {role.value} with the axes samples and columns; found: {shown}")
        found.append(tensors[0].name)
    return found[0], found[1]


def no_longer_finite(program: Program, values: Mapping[str, Any], step: int, rate: float) -> EvaluationError:
    """The error that names the first tensor that is not finite, and the equation that defines it."""
    for name, value in values.items():
        if not np.isfinite(value).all():
            where = f"'{name}' has an entry that is not finite"
            break
    else:
        names = [definition.tensor.name for definition in program.definitions]
        computed = compile_numpy(program, names)(**values)
        name = next((name for name in names if not np.isfinite(computed[name]).all()), names[-1])
        where = f"'{name}' has an entry that is not finite, by {program.definition(name)}"
    return EvaluationError(f"at step {step} {where}; try a smaller rate than {rate:g}, or scale the inputs")
