"""Running a step over and over from many starts: every start a lane of a vector, all its numbers in registers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalkgrad.engines.lowering import Graph, Lowering
from chalkgrad.engines.native.blocks import Skeleton
from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.expressions import PRIMITIVES, Scribe, uses_of
from chalkgrad.engines.native.samples import SampleReader, Samples, boundary, sample_scribe
from chalkgrad.language import Program

# The 64-bit integers that a run is told: how many starts, how many steps at most, 1 to record every step, and how far
# apart the rates of two steps are in memory (0: one rate for all).
STARTS, STEPS, RECORD, RATE_STRIDE = range(4)


@dataclass(frozen=True)
class Iteration:
    """A step as a graph: `current` are the nodes of the numbers that change, `following` those of their next values.

    The first `variables` of them are where one is; `slopes` are the nodes of the gradient there. `constants` are the
    nodes of what stays the same; `rate` and `step`, where they are used, change with the step.
    """

    graph: Graph
    current: tuple[int, ...]
    following: tuple[int, ...]
    slopes: tuple[int, ...]
    constants: tuple[int, ...]
    rate: int | None
    step: int | None


def iteration_of(program: Program, changing: Sequence[str], slopes: Sequence[str], rate: str, step: str) -> Iteration:
    """The iteration of a program without axes whose results are the next values of what is `changing`, in order.

    `rate` and `step` name what changes with the step (empty: nothing does); all else that is declared is a constant.
    Raises `LoweringError` for what the engine cannot do.
    """
    graph = Graph()
    nodes = {
        tensor: graph.node("sample" if tensor.name in changing else "uniform", (), tensor.name)
        for tensor in program.declared
    }
    lowering = Lowering(graph, program, {tensor: _always(node) for tensor, node in nodes.items()}, PRIMITIVES, None)
    by_name = {tensor.name: node for tensor, node in nodes.items()}
    return Iteration(
        graph,
        tuple(by_name[name] for name in changing),
        tuple(lowering.element(tensor, ()) for tensor in program.results),
        tuple(lowering.element(program.tensor(name), ()) for name in slopes),
        tuple(node for name, node in by_name.items() if name not in (*changing, rate, step)),
        by_name.get(rate),
        by_name.get(step),
    )


def _always(node: int) -> Callable[[tuple[int, ...]], int]:
    return lambda places: node


def iterating_assembly(iteration: Iteration, real: str, lanes: int, *, fused: bool = True) -> str:
    """LLVM assembly of `iterate(values, track, made, constants, rates, bounds, control)`.

    `values` has each variable for all starts, one after the other, and gets where they end. `track`, if recording, gets
    the variables after each step: (steps, variables, starts). `made` gets how many steps each start made (as real
    numbers). `constants` has the constants, `rates` the rates, `bounds` the square of the tolerance, then the least and
    the greatest value of each variable. A start stops where its gradient is not longer than the tolerance, after it
    left the bounds, or after a number that is not finite.
    """
    scalars = Emitter(real, 1, fused)
    vectors, skeleton = scalars.with_lanes(lanes), Skeleton(scalars)
    graph, count = iteration.graph, len(iteration.slopes)
    wanted = [*iteration.following, *iteration.slopes]
    uses = uses_of(graph, wanted)
    control = [skeleton.load("%control", place, "i64") for place in range(RATE_STRIDE + 1)]
    given = {node: skeleton.load("%constants", place, real) for place, node in enumerate(iteration.constants)}
    bounds = [vectors.splat(skeleton.load("%bounds", place, real)) for place in range(1 + 2 * count)]
    zero, one = vectors.constant(0.0), vectors.constant(1.0)
    current = {node: skeleton.variable(vectors.vector) for node in iteration.current}
    alive, made = skeleton.variable(vectors.mask), skeleton.variable(vectors.vector)
    reader = SampleReader(vectors, skeleton, Samples({}, "0", control[STARTS], None))
    recording = scalars.value(f"icmp ne i64 {control[RECORD]}, 0")

    def uniform_scribe(values: dict[int, str]) -> Scribe:
        return Scribe(graph, scalars, uses, lambda node: graph.nodes[node].operation != "uniform", values.__getitem__)

    with skeleton.loop("0", control[STARTS], lanes) as first:
        mask = reader.mask(first)
        places = [
            skeleton.place(
                "%values", skeleton.whole("add", first, skeleton.whole("mul", control[STARTS], number)), real
            )
            for number in range(count)
        ]
        for number, node in enumerate(iteration.current):
            skeleton.put(current[node], vectors.vector, vectors.load(places[number], mask) if number < count else zero)
        skeleton.put(alive, vectors.mask, mask)
        skeleton.put(made, vectors.vector, zero)
        with skeleton.loop("0", control[STEPS]) as step:
            changing = dict(given)
            if iteration.rate is not None:
                place = skeleton.whole("mul", step, control[RATE_STRIDE])
                changing[iteration.rate] = skeleton.load("%rates", place, real)
            if iteration.step is not None:
                changing[iteration.step] = scalars.value(f"sitofp i64 {skeleton.whole('add', step, 1)} to {real}")
            here = {node: skeleton.get(variable, vectors.vector) for node, variable in current.items()}
            probe = sample_scribe(graph, vectors, uses, str, str)
            uniform = uniform_scribe(changing)
            splats = {
                node: vectors.splat(uniform.value(node)) for node in boundary(graph, probe.needed(wanted), wanted)
            }
            scribe = sample_scribe(graph, vectors, uses, here.__getitem__, splats.__getitem__)
            scribe.write(wanted)
            square = zero
            for slope in iteration.slopes:
                square = vectors.fma(scribe.value(slope), scribe.value(slope), square)
            was = skeleton.get(alive, vectors.mask)
            going = vectors.both(was, vectors.compare("ogt", square, bounds[0]))
            skeleton.leave_unless(vectors.any_of(going))
            inside = going
            for number, (node, value) in enumerate(zip(iteration.current, iteration.following, strict=True)):
                # A lone start is going here, and its next step need not wait for the comparison.
                moved = scribe.value(value) if lanes == 1 else vectors.select(going, scribe.value(value), here[node])
                skeleton.put(current[node], vectors.vector, moved)
                if number < count:
                    inside = vectors.both(inside, vectors.compare("oge", moved, bounds[1 + number]))
                    inside = vectors.both(inside, vectors.compare("ole", moved, bounds[1 + count + number]))
                    with skeleton.when(recording):
                        row = skeleton.whole("add", skeleton.whole("mul", step, count), number)
                        start = skeleton.whole("add", skeleton.whole("mul", row, control[STARTS]), first)
                        vectors.store(moved, skeleton.place("%track", start, real), mask)
            skeleton.put(alive, vectors.mask, inside)
            steps = skeleton.get(made, vectors.vector)
            skeleton.put(made, vectors.vector, vectors.select(going, vectors.add(steps, one), steps))
        for number, place in enumerate(places):
            vectors.store(skeleton.get(current[iteration.current[number]], vectors.vector), place, mask)
        vectors.store(skeleton.get(made, vectors.vector), skeleton.place("%made", first, real), mask)
    arguments = ", ".join(
        f"ptr noalias %{name}" for name in ("values", "track", "made", "constants", "rates", "bounds", "control")
    )
    return "\n".join(
        [
            *scalars.declarations,
            f"define void @iterate({arguments}) {{",
            "entry:",
            *skeleton.entry,
            *scalars.lines,
            "ret void",
            "}",
        ]
    )
