"""What the sections of a report share: the document, its networks, their derivations, and numbers to show them on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.board.diagram import layers_of
from chalkgrad.board.documents import notation_of, program_of_batch
from chalkgrad.calculus import Derivation, derive
from chalkgrad.checking.contents import Contents
from chalkgrad.checking.points import round_point
from chalkgrad.checking.report import Report
from chalkgrad.errors import ChalkgradError, ProgramError
from chalkgrad.language import Array, Call, Element, Program, Role, Tensor, evaluate
from chalkgrad.networks import initialise, parameter_shapes
from chalkgrad.networks.batches import SAMPLES, in_columns
from chalkgrad.networks.sizing import LARGEST_SHOWN, Sized, sized
from chalkgrad.notation import Notation
from chalkgrad.reading.given_numbers import filled
from chalkgrad.reading.networks_in import WrittenNetwork
from chalkgrad.reading.spec import read_spec
from chalkgrad.writing.names import Names, is_sample, names_for
from chalkgrad.writing.unicode import unicode_text

EXAMPLES = 16
SHOWN_SAMPLES = 3


@dataclass(frozen=True)
class Model:
    """A network of a document with numbers for its sizes; `place` tells it from others, 0 where it is the only one."""

    network: WrittenNetwork
    place: int = 0

    @cached_property
    def sizes(self) -> Sized:
        """The program with small numbers for the sizes that the document leaves open, or that no page has room for."""
        return sized(self.network.program, None, LARGEST_SHOWN, self._stated())

    @property
    def program(self) -> Program:
        """The equations, every size but the number of the samples a number."""
        return self.sizes.program

    @property
    def output(self) -> str:
        """The name of what the network gives."""
        return self.network.output

    @property
    def loss(self) -> str:
        """The row of the table of losses, "as written", or "" where there is none."""
        return self.network.loss

    @property
    def spec(self) -> str | None:
        """The one-line spec, where it is such a network."""
        return self.network.spec

    @property
    def result(self) -> Tensor:
        """What the equations end in."""
        return self.program.result

    @cached_property
    def is_network(self) -> bool:
        """Whether these are layers, or end in a loss; else they are how some value is computed."""
        if self.loss:
            return True
        try:
            layers = layers_of(self.program)
        except ChalkgradError:
            return False
        return len(layers) > 1 or bool(layers[0].activation)

    @cached_property
    def notation(self) -> Notation:
        """The worksheet's notation, with the document's spelling of everything."""
        return notation_of(self.network)

    @cached_property
    def names(self) -> Names:
        """How everything in the program and its gradients is written."""
        return names_for(self.notation, self.program if self.derivation is None else self.derivation.program)

    @cached_property
    def label(self) -> str:
        """What it ends in and where it stands, to tell it from the other networks of the document."""
        letter = unicode_text(names_for(self.notation, self.program).whole(self.result))
        return f"{letter}, {_section_words(self.network.section)}" if self.network.section else letter

    def titled(self, title: str) -> str:
        """A title, with the label where the document has several networks."""
        return f"{title}: {self.label}" if self.place else title

    def named(self, name: str) -> str:
        """The name of a section or a file, with a number where the document has several networks."""
        return f"{name}-{self.place}" if self.place else name

    @property
    def wrt(self) -> tuple[str, ...]:
        """What is derived by: the parameters, and what the document derives by besides."""
        by = self.network.derived_by
        return tuple(
            tensor.name
            for tensor in self.program.declared
            if tensor.role is Role.PARAMETER or (tensor.name in by and tensor.role is not Role.TARGET)
        )

    @cached_property
    def derivation(self) -> Derivation | None:
        """The gradient of the result by all that is derived by; None where the result is no number."""
        if self.result.axes or not self.wrt:
            return None
        return derive(self.program, self.wrt)

    @cached_property
    def batch(self) -> Program:
        """The same network over a batch of samples, its output in a column; a value without a loss as it is."""
        if not self.loss:
            return self.program
        try:
            return program_of_batch(in_columns(self.program))
        except ProgramError:
            return self.program

    @cached_property
    def batch_derivation(self) -> Derivation:
        """The gradient of the mean loss over a batch."""
        return derive(self.batch, self.wrt)

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

    # --- numbers ---

    def _stated(self) -> dict[int | str, int]:
        """The sizes that follow from the numbers that the document gives."""
        found: dict[int | str, int] = {}
        for tensor in self.network.program.declared:
            places = self.network.given.get(tensor.name, {})
            if places and all(len(place) == len(tensor.axes) for place in places):
                for axis, counted in zip(tensor.axes, zip(*places, strict=True), strict=True):
                    if isinstance(axis.size, str) and axis.size != SAMPLES.size:
                        found[axis.size] = max(found.get(axis.size, 1), max(counted) + 1)
        return found

    @cached_property
    def given(self) -> dict[str, Any]:
        """The numbers that the document gives for whole quantities."""
        found: dict[str, Any] = {}
        lists = (tensor for tensor in self.program.declared if len(tensor.axes) == 1 and is_sample(tensor.axes[0]))
        samples = {len(self.network.given[tensor.name]) for tensor in lists if tensor.name in self.network.given}
        count = samples.pop() if len(samples) == 1 else SHOWN_SAMPLES
        for tensor in self.program.declared:
            shape = [axis.size if isinstance(axis.size, int) else count for axis in tensor.axes]
            value = filled(self.network.given.get(tensor.name, {}), shape)
            if value is not None:
                found[tensor.name] = value
        return found

    @cached_property
    def example(self) -> dict[str, Array]:
        """Numbers for what is declared, the document's or small whole ones, and every value that follows."""
        candidates = []
        for seed in range(EXAMPLES):
            try:
                point = round_point(self.program, self._counted, seed)
                values = evaluate(self.program, {**point.values, **self.given})
            except ChalkgradError:
                continue
            candidates.append((self._plainness(values), -seed, values))
        candidates = candidates or list(self._between())
        if not candidates:
            raise ChalkgradError("it has no value at any of the example points")
        return max(candidates, key=lambda candidate: candidate[:2])[2]

    def _between(self) -> Iterator[tuple[float, int, dict[str, Array]]]:
        """Numbers between 0 and 1 and what follows, for what only these have a value at."""
        for seed in range(EXAMPLES):
            generator = np.random.default_rng(seed)
            drawn = {}
            for tensor in self.program.declared:
                shape = [self._counted.get(str(axis.size), axis.size) for axis in tensor.axes]
                drawn[tensor.name] = generator.integers(1, 10, [int(size) for size in shape]) / 10
            try:
                values = evaluate(self.program, {**{name: each.tolist() for name, each in drawn.items()}, **self.given})
            except ChalkgradError:
                continue
            yield 0.0, -seed, values

    @property
    def _counted(self) -> dict[str, int]:
        """How many samples there are in the example."""
        return {str(SAMPLES.size): self._sample_count}

    @property
    def _sample_count(self) -> int:
        for tensor in self.program.declared:
            value = self.given.get(tensor.name)
            for place, axis in enumerate(tensor.axes):
                if value is not None and axis.size == SAMPLES.size:
                    return int(np.array(value).shape[place])
        return SHOWN_SAMPLES

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
                score -= 5 * sum(value == 0 for value in numbers) / max(len(numbers), 1)
                score -= 0.5 * (len(numbers) > 1 and len(set(numbers)) == 1)
                score -= sum(abs(value) > 2 for value in numbers) / max(len(numbers), 1)
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


def _section_words(section: str) -> str:
    return f"section {section}" if section[:1].isdigit() else f"“{section}”"


@dataclass(frozen=True)
class Work:
    """A document that was read and checked."""

    name: str
    contents: Contents
    report: Report
    title: str = ""

    @cached_property
    def models(self) -> tuple[Model, ...]:
        """The networks of the document, each with a place where there are several."""
        networks = self.contents.networks
        return tuple(Model(each, place if len(networks) > 1 else 0) for place, each in enumerate(networks, start=1))

    @property
    def model(self) -> Model | None:
        """The network that the document is most about."""
        return next((model for model in self.models if model.network is self.contents.network), None)


def random_batch(model: Model, samples: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """Random numbers for everything that the batch program declares, a target being a class."""
    generator = np.random.default_rng(seed)
    values: dict[str, NDArray[np.float64]] = {}
    for tensor in model.batch.declared:
        shape = tuple(axis.size if isinstance(axis.size, int) else samples for axis in tensor.axes)
        drawn = generator.normal(0.0, 1.0, shape)
        values[tensor.name] = (drawn > 0).astype(np.float64) if tensor.role is Role.TARGET else drawn
    return values
