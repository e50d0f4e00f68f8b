"""What the sections of a report share: the document, its model, its derivation, and numbers to show it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chalkgrad.calculus import Derivation, derive
from chalkgrad.checking.report import Report
from chalkgrad.checking.truth import Truth
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Array, Call, Element, Program, Role, Tensor, evaluate
from chalkgrad.networks import initialise, parameter_shapes
from chalkgrad.networks.batches import batched, in_columns
from chalkgrad.notation import Notation, notation_named
from chalkgrad.reading.sheet import Sheet
from chalkgrad.reading.spec import read_spec
from chalkgrad.writing.names import Names, names_for


@dataclass(frozen=True)
class Model:
    """The network of a document, for one sample and for a batch, with the document's own names."""

    program: Program
    output: str
    target: str
    loss: str
    spec: str | None
    written: Mapping[str, str]

    @cached_property
    def notation(self) -> Notation:
        """The worksheet's notation, with the document's spelling of single tensors."""
        sheet = notation_named("sheet")
        own = {name: spelled for name, spelled in self.written.items() if not spelled.startswith("\\")}
        return replace(sheet, names={**sheet.names, **own})

    @cached_property
    def names(self) -> Names:
        """How everything in the program and its gradients is written."""
        return names_for(self.notation, self.derivation.program)

    @cached_property
    def derivation(self) -> Derivation:
        """The gradient of the loss of one sample by every parameter."""
        return derive(self.program)

    @cached_property
    def batch(self) -> Program:
        """The same network over a batch of samples, its output in a column."""
        return batched(in_columns(self.program))

    @cached_property
    def batch_derivation(self) -> Derivation:
        """The gradient of the mean loss over a batch."""
        return derive(self.batch)

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """Every tensor of the equations, in order."""
        return (*self.program.declared, *(definition.tensor for definition in self.program.definitions))

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the parameters, in order."""
        return parameter_shapes(self.program)

    @property
    def size(self) -> int:
        """How many numbers the parameters are."""
        return sum(int(np.prod(shape)) for shape in self.shapes.values())

    @cached_property
    def example(self) -> dict[str, Array]:
        """Small whole numbers for everything that is declared, and every value that follows from them."""
        candidates = []
        for place, point in enumerate(Truth(self.program).round_points):
            try:
                values = evaluate(self.program, point.values)
            except ChalkgradError:
                continue
            candidates.append((self._plainness(values), -place, values))
        if not candidates:
            raise ChalkgradError("the network has no value at any of the example points")
        return max(candidates, key=lambda candidate: candidate[:2])[2]

    def _plainness(self, values: Mapping[str, Array]) -> float:
        """How much an example shows: both sides of every kink, few zeros, and an output that is not at its limit."""
        score = 0.0
        for definition in self.program.definitions:
            body = definition.body
            if isinstance(body, Call) and isinstance(body.argument, Element):
                under = values[body.argument.tensor.name].numbers
                score -= 2 * sum(value == 0 for value in under) + sum(abs(value) > 2 for value in under)
                if len(under) > 1:
                    score += 2 * (any(value > 0 for value in under) and any(value < 0 for value in under))
                    score += 2 * len(set(under)) / len(under)
        for tensor in self.program.declared:
            numbers = values[tensor.name].numbers
            if tensor.role is not Role.TARGET:
                score -= 5 * sum(value == 0 for value in numbers) / len(numbers)
                score -= 0.5 * (len(numbers) > 1 and len(set(numbers)) == 1)
                score -= sum(abs(value) > 2 for value in numbers) / len(numbers)
        return score

    def initial(self, seed: int) -> dict[str, NDArray[np.float64]]:
        """Initial parameters: by layer as its activation wants it, where the network is a plain one."""
        shapes = self.shapes
        if self.spec is not None:
            drawn = list(initialise(read_spec(self.spec), seed=seed).values())
            if len(drawn) == len(shapes):
                pairs = list(zip(shapes.items(), drawn, strict=True))
                if all(int(np.prod(shape)) == value.size for (_, shape), value in pairs):
                    return {name: value.reshape(shape) for (name, shape), value in pairs}
        generator = np.random.default_rng(seed)
        return {
            name: generator.normal(0.0, 1.0 / np.sqrt(shape[0] if shape else 1), shape)
            for name, shape in shapes.items()
        }

    @property
    def takes_points(self) -> bool:
        """Whether the network takes two numbers and gives one probability: what data sets in the plane are for."""
        inputs = [tensor for tensor in self.program.declared if tensor.role is Role.INPUT]
        targets = [tensor for tensor in self.program.declared if tensor.role is Role.TARGET]
        outputs = [definition for definition in self.program.definitions if definition.tensor.name == self.output]
        return (
            len(inputs) == 1
            and inputs[0].shape == (2,)
            and len(targets) == 1
            and targets[0].shape in ((), (1,))
            and any(isinstance(d.body, Call) and d.body.function == "sigmoid" for d in outputs)
            and bool(self.program.parameters)
        )


@dataclass(frozen=True)
class Work:
    """A document that was read and checked."""

    name: str
    sheet: Sheet
    report: Report

    @cached_property
    def model(self) -> Model | None:
        """The network that the document defines, if it does."""
        found = self.sheet.model
        if found is None:
            return None
        return Model(found.program, found.output, found.target, found.loss, found.spec, found.written)


def random_batch(model: Model, samples: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """Random numbers for everything that the batch program declares, a target being a class."""
    generator = np.random.default_rng(seed)
    values: dict[str, NDArray[np.float64]] = {}
    for tensor in model.batch.declared:
        shape = tuple(axis.size if isinstance(axis.size, int) else samples for axis in tensor.axes)
        drawn = generator.normal(0.0, 1.0, shape)
        values[tensor.name] = (drawn > 0).astype(np.float64) if tensor.role is Role.TARGET else drawn
    return values
