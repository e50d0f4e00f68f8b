"""Training: the gradient program and the optimiser's equations, run by the NumPy engine until the epochs are over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.engines.numpy_training import network_output
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
from chalkgrad.networks import Optimiser, optimiser_named, pack, parameter_shapes, unpack
from chalkgrad.training.data import Dataset, Floats

_ENTRY = Axis("e", "entries")


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
    **hyper_parameters: float,
) -> History:
    """Trains the parameters on the data: in each epoch every sample once, in batches in an order drawn with the seed.

    `program` gives the loss and `gradient_program` (of its derivation) the gradients by all parameters. `rate` and the
    optimiser's other hyper-parameters have the table's values unless given. The same seed gives the same run. Raises
    `EvaluationError` where a value stops being finite (with the step and the equation), `UnknownNameError`,
    `ShapeError` and `ProgramError` for arguments that do not fit.

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
    given = hyper_parameters if rate is None else {"rate": rate, **hyper_parameters}
    for name in given:
        if name not in row.defaults:
            raise UnknownNameError(f"hyper-parameter of {row.name}", name, row.defaults)
    shapes = parameter_shapes(program)
    slopes = {tensor.wrt: tensor.name for tensor in gradient_program.results}
    if missing := [name for name in shapes if name not in slopes]:
        raise ProgramError(f"the gradient program has no gradient by {', '.join(missing)}")
    names = _data_names(program)
    loss, stable = program.result.name, stabilised(gradient_program)
    compute = compile_numpy(stable, [loss, *(slopes[name] for name in shapes)])
    update = compile_numpy(over_vectors(row), [row.updates[name] for name in row.updates])
    vector = pack(shapes, parameters)
    state = {name: np.zeros_like(vector) for name in row.state}
    constants = {**row.defaults, **given}
    losses: list[float] = []
    batches = list(_batches(len(data), batch, epochs, np.random.default_rng(seed)))
    for step, rows in enumerate(batches, start=1):
        values = {names[0]: data.x[rows], names[1]: data.y[rows], **unpack(shapes, vector)}
        computed = compute(**values)
        gradient = pack(shapes, {name: computed[slopes[name]] for name in shapes})
        losses.append(float(computed[loss]))
        if not (np.isfinite(losses[-1]) and np.isfinite(gradient).all()):
            raise _no_longer_finite(stable, values, step, losses, constants["rate"])
        counted = {"t": step} if row.uses_step else {}
        new = update(p=vector, g=gradient, **state, **counted, **constants)
        vector = new[row.updates["p"]]
        state = {name: new[row.updates[name]] for name in state}
    final = unpack(shapes, vector)
    everything = {names[0]: data.x, names[1]: data.y, **final}
    final_loss = float(compute(**everything)[loss])
    if not np.isfinite(final_loss):
        raise _no_longer_finite(stable, everything, len(batches) + 1, [*losses, final_loss], constants["rate"])
    outputs = predict(program, final, data.x)
    accuracy = accuracy_of(outputs, data.y) if data.classes else None
    per_epoch = len(batches) // epochs if epochs else 0
    return History(row.name, np.array(losses), final, final_loss, accuracy, epochs, per_epoch)


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
    return forward(**{_data_names(program)[0]: x}, **kept)[output.name]


def accuracy_of(outputs: Floats, y: Floats) -> float:
    """The share of samples whose class is right: the greatest output, or for a single one whether it is above ½.

    Where the targets are -1 and 1, a single output is compared with 0.

    >>> accuracy_of(np.array([[0.9], [0.2], [0.7]]), np.array([[1.0], [0.0], [0.0]])) == 2 / 3
    True
    """
    if outputs.shape != y.shape:
        raise ShapeError(f"outputs {outputs.shape} and targets {y.shape} need the same shape")
    if y.shape[1] > 1:
        return float((outputs.argmax(axis=1) == y.argmax(axis=1)).mean())
    threshold = 0.0 if y.min() < 0 else 0.5
    return float(((outputs > threshold) == (y > threshold)).mean())


def over_vectors(row: Optimiser) -> Program:
    """The optimiser's equations for all entries of a vector at once, with one axis more.

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


def _data_names(program: Program) -> tuple[str, str]:
    """The names of the one input and the one target."""
    found = []
    for role in (Role.INPUT, Role.TARGET):
        tensors = [tensor for tensor in program.declared if tensor.role is role]
        if len(tensors) != 1 or len(tensors[0].axes) != 2:
            shown = ", ".join(f"{tensor.name} {tensor.shape}" for tensor in tensors) or "none"
            raise ProgramError(f"training needs one {role.value} with the axes samples and columns; found: {shown}")
        found.append(tensors[0].name)
    return found[0], found[1]


def _batches(
    count: int, batch: str | int, epochs: int, generator: np.random.Generator
) -> Iterator[slice | NDArray[np.int64]]:
    """The rows of each step."""
    if epochs < 0:
        raise ChalkgradError(f"the number of epochs is a whole number from 0, not {epochs}")
    if batch == "full":
        yield from (slice(None) for _ in range(epochs))
        return
    if not isinstance(batch, int) or batch < 1:
        raise ChalkgradError(f"a batch is 'full' or a number of samples from 1, not {batch!r}")
    for _ in range(epochs):
        order = generator.permutation(count)
        yield from (order[start : start + batch] for start in range(0, count, batch))


def _no_longer_finite(
    program: Program, values: Mapping[str, Any], step: int, losses: list[float], rate: float
) -> EvaluationError:
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
    before = [loss for loss in losses if np.isfinite(loss)]
    course = f"the loss went from {before[0]:.4g} to {before[-1]:.4g}; " if before else ""
    return EvaluationError(f"at step {step} {where}; {course}try a smaller rate than {rate:g}, or scale the inputs")
