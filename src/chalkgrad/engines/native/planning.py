"""What a step of training computes, as one graph: the gradient of the loss, then the optimiser's equations with it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from chalkgrad.engines.lowering import Graph, Lowering, numbers_of, places_of
from chalkgrad.engines.native.expressions import PRIMITIVES
from chalkgrad.engines.native.layer_loop import LayerPlan
from chalkgrad.engines.native.training_loop import TrainingPlan
from chalkgrad.engines.native.updating import UpdatePlan
from chalkgrad.engines.nests import operations_of
from chalkgrad.language import Program, Role, Tensor
from chalkgrad.networks import Optimiser

# Above this many numbers kept from step to step they no longer fit into registers.
MOST_IN_REGISTERS = 160
# Up to as many numbers of a sample are taken apart while they are read.
MOST_IN_ROWS = 4


@dataclass(frozen=True)
class Layout:
    """What is in memory: the tensors of the data, and the slots by parameter and by state.

    Slots hold the parameters, flat and in order, then each state of the optimiser in the same order, then the
    hyper-parameters.
    """

    data: tuple[Tensor, ...]
    parameters: tuple[Tensor, ...]
    states: tuple[str, ...]
    constants: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many numbers the parameters are."""
        return sum(numbers_of(tensor) for tensor in self.parameters)

    @property
    def kept(self) -> int:
        """How many numbers are kept from step to step."""
        return self.count * (1 + len(self.states))


def layout_of(program: Program, optimiser: Optimiser, drawn: Container[str] = ()) -> Layout:
    """The layout for a program and an optimiser; the rate comes with each step and has no slot.

    What is drawn at random is not data.
    """
    data = tuple(t for t in program.declared if t.role is not Role.PARAMETER and t.name not in drawn)
    constants = tuple(name for name in optimiser.defaults if name != "rate")
    return Layout(data, program.parameters, optimiser.state, constants)


def _elements(tensors: Iterable[Tensor]) -> list[tuple[str, tuple[int, ...]]]:
    """Every number of some tensors, by name and place, in the order of memory."""
    return [(tensor.name, place) for tensor in tensors for place in places_of(tensor)]


def _columns(tensors: Iterable[Tensor]) -> Iterator[tuple[tuple[str, tuple[int, ...]], tuple[int, int, int]]]:
    """Every number of the data with which pointer leads to it, how many numbers a sample has there, and its place."""
    pointer = 0
    for tensor in tensors:
        places = places_of(tensor)
        together = in_rows(tensor)
        for number, place in enumerate(places):
            yield (tensor.name, place), (pointer, len(places), number) if together else (pointer + number, 1, 0)
        pointer += 1 if together else len(places)


def in_rows(tensor: Tensor) -> bool:
    """Whether the loop in registers takes a tensor of data by rows, as it is, and not by columns."""
    return numbers_of(tensor) <= MOST_IN_ROWS


def training_plan(
    gradient: Program, optimiser: Optimiser, layout: Layout, *, shuffled: bool, threaded: bool
) -> TrainingPlan:
    """The plan for a gradient program (stabilised; its results are the gradients by all parameters)."""
    graph = Graph()
    given = {
        tensor: _reading(graph, tensor, "uniform" if tensor.role is Role.PARAMETER else "sample")
        for tensor in gradient.declared
    }
    lowering = Lowering(graph, gradient, given, PRIMITIVES)
    slopes = {tensor.wrt: tensor for tensor in gradient.results}
    keys = _elements(layout.parameters)
    parameters = [graph.node("uniform", (), key) for key in keys]
    gradients = [lowering.element(slopes[name], place) for name, place in keys]
    states = {name: [graph.node("uniform", (), (name, key)) for key in keys] for name in layout.states}
    constants = {name: graph.node("uniform", (), name) for name in (*layout.constants, "rate", "t")}
    following: dict[str, list[int]] = {name: [] for name in ("p", *layout.states)}
    for number, (parameter, slope) in enumerate(zip(parameters, gradients, strict=True)):
        known = {"p": parameter, "g": slope, **{name: nodes[number] for name, nodes in states.items()}, **constants}
        own = {tensor: _constant(known[tensor.name]) for tensor in optimiser.program.declared}
        update = Lowering(graph, optimiser.program, own, PRIMITIVES)
        for name, result in optimiser.updates.items():
            following[name].append(update.element(optimiser.program.tensor(result), ()))
    return TrainingPlan(
        graph,
        tuple((graph.node("sample", (), key), *where) for key, where in _columns(layout.data)),
        (*parameters, *(node for nodes in states.values() for node in nodes)),
        (*following["p"], *(node for name in layout.states for node in following[name])),
        tuple(constants[name] for name in layout.constants),
        constants["rate"],
        constants["t"],
        shuffled,
        threaded,
    )


def layer_plan(
    gradient: Program,
    optimiser: Optimiser,
    layout: Layout,
    *,
    shuffled: bool,
    batch: int,
    drawn: Mapping[str, float],
) -> LayerPlan:
    """The plan with all parameters in memory: `batch` is the size of the batches, `drawn` as in `LayerPlan` by name."""
    update = Graph()
    slopes = {tensor.wrt: tensor for tensor in gradient.results}
    entries = {name: update.node("sample", (), name) for name in ("p", "g", *layout.states)}
    constants = {name: update.node("uniform", (), name) for name in (*layout.constants, "rate", "t")}
    known = {tensor: _constant((entries | constants)[tensor.name]) for tensor in optimiser.program.declared}
    equations = Lowering(update, optimiser.program, known, PRIMITIVES)
    next_value = {
        name: equations.element(optimiser.program.tensor(result), ()) for name, result in optimiser.updates.items()
    }
    return LayerPlan(
        tuple(operations_of(gradient)),
        layout.data,
        layout.parameters,
        tuple(slopes[tensor.name] for tensor in layout.parameters),
        UpdatePlan(
            update,
            tuple(entries.values()),
            tuple(next_value[name] for name in ("p", *layout.states)),
            tuple(constants[name] for name in layout.constants),
            constants["rate"],
            constants["t"],
        ),
        shuffled,
        batch,
        tuple((tensor, drawn[tensor.name]) for tensor in gradient.declared if tensor.name in drawn),
    )


def _reading(graph: Graph, tensor: Tensor, operation: str) -> Callable[[tuple[int, ...]], int]:
    return lambda places: graph.node(operation, (), (tensor.name, places))


def _constant(node: int) -> Callable[[tuple[int, ...]], int]:
    return lambda places: node
