"""What a step of training computes, as one graph: the gradient of the loss, then the optimiser's equations with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from chalkgrad.engines.lowering import Graph, Lowering, places_of
from chalkgrad.engines.native.expressions import PRIMITIVES
from chalkgrad.engines.native.layer_plan import LayerPlan
from chalkgrad.engines.native.layout import Layout
from chalkgrad.engines.native.training_loop import TrainingPlan
from chalkgrad.engines.native.updating import UpdatePlan
from chalkgrad.engines.nests import operations_of
from chalkgrad.language import Program, Role, Tensor
from chalkgrad.networks import Optimiser


def _elements(tensors: Iterable[Tensor]) -> list[tuple[str, tuple[int, ...]]]:
    """Every number of some tensors, by name and place, in the order of memory."""
    return [(tensor.name, place) for tensor in tensors for place in places_of(tensor)]


def _columns(layout: Layout) -> Iterator[tuple[tuple[str, tuple[int, ...]], tuple[int, int, int]]]:
    """Every number of the data with which pointer leads to it, how many numbers a sample has there, and its place."""
    pointer = 0
    for tensor in layout.data:
        places = places_of(tensor)
        together = tensor in layout.rows
        for number, place in enumerate(places):
            yield (tensor.name, place), (pointer, len(places), number) if together else (pointer + number, 1, 0)
        pointer += 1 if together else len(places)


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
        tuple((graph.node("sample", (), key), *where) for key, where in _columns(layout)),
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
    threaded: bool,
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
        threaded=threaded,
    )


def loss_plan(program: Program, layout: Layout, *, threaded: bool) -> TrainingPlan:
    """The plan for the loss over the data: steps that leave the parameters, and put the loss into a slot after them."""
    graph = Graph()
    given = {
        tensor: _reading(graph, tensor, "uniform" if tensor.role is Role.PARAMETER else "sample")
        for tensor in program.declared
    }
    total = Lowering(graph, program, given, PRIMITIVES).element(program.result, ())
    parameters = tuple(graph.node("uniform", (), key) for key in _elements(layout.parameters))
    return TrainingPlan(
        graph,
        tuple((graph.node("sample", (), key), *where) for key, where in _columns(layout)),
        (*parameters, graph.node("uniform", (), "loss")),
        (*parameters, total),
        (),
        None,
        None,
        False,
        threaded,
    )


def _reading(graph: Graph, tensor: Tensor, operation: str) -> Callable[[tuple[int, ...]], int]:
    return lambda places: graph.node(operation, (), (tensor.name, places))


def _constant(node: int) -> Callable[[tuple[int, ...]], int]:
    return lambda places: node
