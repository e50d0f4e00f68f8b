"""A whole run of training as one function: steps, batches, passes over the samples, and the optimiser's update."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalkgrad.engines.lowering import Graph
from chalkgrad.engines.native.blocks import Skeleton
from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.epochs import BATCH, MIX, STEPS, THREAD, THREADS, Epochs, shuffle_function
from chalkgrad.engines.native.expressions import Scribe, uses_of
from chalkgrad.engines.native.layout import CHUNK
from chalkgrad.engines.native.reductions import sums_of_lanes
from chalkgrad.engines.native.samples import Column, SampleReader, Samples, boundary, sample_scribe
from chalkgrad.engines.native.teams import TAKE, Team

# A pass that is shorter, in operations, leaves much of the machine idle: it takes two vectors of samples in turn.
SHORT = 80
_COST_OF_CALL = 20


@dataclass(frozen=True)
class TrainingPlan:
    """What a step computes, in one graph.

    `columns` are the nodes of the data with which pointer, width and offset each has (see `Column`), `slots` those of
    the numbers that are kept from step to step, `following` the nodes of their next values, `constants` those of the
    hyper-parameters. `rate` and `step` are nodes that change with the step.
    """

    graph: Graph
    columns: tuple[tuple[int, int, int, int], ...]
    slots: tuple[int, ...]
    following: tuple[int, ...]
    constants: tuple[int, ...]
    rate: int | None
    step: int | None
    shuffled: bool
    threaded: bool


class _Loop:
    """The state while a training function is written."""

    def __init__(self, plan: TrainingPlan, real: str, lanes: int, fused: bool) -> None:
        self.plan, self.graph = plan, plan.graph
        self.scalars = Emitter(real, 1, fused)
        self.vectors = self.scalars.with_lanes(lanes)
        self.skeleton = Skeleton(self.scalars)
        self.uses = uses_of(self.graph, plan.following)
        sums = sum(node.operation == "reduce" for node in plan.graph.nodes)
        # How many numbers the totals of a chunk take, in whole vectors.
        self.row = -(-sums // lanes) * lanes
        self.given: dict[int, str] = {}

    def write(self) -> str:
        """The assembly of the function `run`."""
        plan, skeleton, scalars = self.plan, self.skeleton, self.scalars
        real = scalars.real
        self.epochs = epochs = Epochs(skeleton, shuffled=plan.shuffled)
        pointers = {
            place: skeleton.load("%columns", place, "ptr") for place in sorted({p for _, p, _, _ in plan.columns})
        }
        columns = {node: Column(pointers[place], width, offset) for node, place, width, offset in plan.columns}
        kept = {}
        for place, node in enumerate(plan.slots):
            kept[node] = skeleton.variable(real)
            skeleton.put(kept[node], real, skeleton.load("%slots", place, real))
        constants = {
            node: skeleton.load("%slots", len(plan.slots) + place, real) for place, node in enumerate(plan.constants)
        }
        self.team = Team(skeleton, "%board", epochs.control[THREAD], epochs.control[THREADS])
        epochs.begin()
        with skeleton.loop("0", epochs.control[STEPS]) as step:
            begin, count = epochs.batch()
            size = scalars.value(f"sitofp i64 {count} to {real}")
            self.given = {node: skeleton.get(variable, real) for node, variable in kept.items()} | constants
            if plan.rate is not None:
                self.given[plan.rate] = skeleton.load("%rates", step, real)
            if plan.step is not None:
                self.given[plan.step] = scalars.value(f"sitofp i64 {epochs.step_number(step)} to {real}")
            samples = Samples(columns, begin, count, "%order" if plan.shuffled else None)
            following = self._passes(samples, size)
            for node, value in zip(plan.slots, following, strict=True):
                skeleton.put(kept[node], real, value)
        for place, node in enumerate(plan.slots):
            skeleton.store("%slots", place, real, skeleton.get(kept[node], real))
        return self._assembly()

    def _assembly(self) -> str:
        arguments = "ptr noalias %columns, ptr noalias %order, ptr noalias %slots, ptr noalias %rates"
        shared = "ptr %partials, ptr noalias %control, ptr %board"
        return "\n".join(
            [
                MIX + shuffle_function() if self.plan.shuffled else "",
                TAKE if self.plan.threaded else "",
                *self.scalars.declarations,
                f"define void @run({arguments}, {shared}) {{",
                "entry:",
                *self.skeleton.entry,
                *self.scalars.lines,
                "ret void",
                "}",
                f"define i64 @scratch() {{ ret i64 {self.row} }}",
            ]
        )

    def _passes(self, samples: Samples, size: str) -> list[str]:
        """The next values of the slots: passes over the samples as many as sums depend on sums, then the rest."""
        graph, given = self.graph, dict(self.given)

        def inside(node: int) -> bool:
            return graph.nodes[node].operation not in ("uniform", "size", "reduce")

        def outside(node: int) -> str:
            return size if graph.nodes[node].operation == "size" else given[node]

        uniform = Scribe(graph, self.scalars, self.uses, inside, outside)
        needed = self._needed()
        for stage in range(1, 1 + max((graph.stage[node] for node in needed), default=0)):
            sums = [node for node in needed if graph.nodes[node].operation == "reduce" and graph.stage[node] == stage]
            if sums:
                given.update(self._sums(sums, samples, uniform))
        return [uniform.value(node) for node in self.plan.following]

    def _needed(self) -> list[int]:
        found: set[int] = set()
        waiting = list(self.plan.following)
        while waiting:
            node = waiting.pop()
            if node not in found:
                found.add(node)
                waiting += self.graph.nodes[node].operands
        return sorted(found)

    def _sums(self, sums: Sequence[int], samples: Samples, uniform: Scribe) -> dict[int, str]:
        """One pass over the samples that gives these sums."""
        skeleton, vectors, scalars, graph = self.skeleton, self.vectors, self.scalars, self.graph
        wanted = [operand for node in sums for operand in graph.nodes[node].operands]
        probe = sample_scribe(graph, vectors, self.uses, str, str)
        inner = probe.needed(wanted)
        cost = sum(_COST_OF_CALL if graph.nodes[node].operation == "call" else 1 for node in inner)
        splats = {node: vectors.splat(uniform.value(node)) for node in boundary(graph, inner, wanted)}
        reader = SampleReader(vectors, skeleton, samples)
        inside_chunk = {node: skeleton.variable(vectors.vector) for node in sums}
        # As many totals as a vector has lanes are one vector.
        packs = [sums[place : place + vectors.lanes] for place in range(0, len(sums), vectors.lanes)]
        totals = [skeleton.variable(vectors.vector) for _ in packs]
        for total in totals:
            skeleton.put(total, vectors.vector, vectors.constant(0.0))

        def body(index: str, mask: str | None) -> None:
            scribe = sample_scribe(graph, vectors, self.uses, reader.reader(index, mask), splats.__getitem__)
            scribe.write(wanted)
            for node in sums:
                before = skeleton.get(inside_chunk[node], vectors.vector)
                after = scribe.accumulate(before, graph.nodes[node].operands, mask)
                skeleton.put(inside_chunk[node], vectors.vector, after)

        def chunk(first: str) -> None:
            for accumulator in inside_chunk.values():
                skeleton.put(accumulator, vectors.vector, vectors.constant(0.0))
            end = skeleton.lesser(samples.count, skeleton.whole("add", first, CHUNK))
            full = skeleton.whole("sub", end, skeleton.whole("srem", skeleton.whole("sub", end, first), vectors.lanes))
            if samples.order is None:
                middle = first
                if cost <= SHORT:
                    pairs = skeleton.whole("and", skeleton.whole("sub", full, first), -2 * vectors.lanes)
                    middle = skeleton.whole("add", first, pairs)
                    with skeleton.loop(first, middle, 2 * vectors.lanes) as index:
                        body(index, None)
                        body(skeleton.whole("add", index, vectors.lanes), None)
                with skeleton.loop(middle, full, vectors.lanes) as index:
                    body(index, None)
                if vectors.lanes > 1:
                    with skeleton.when(scalars.value(f"icmp slt i64 {full}, {end}")):
                        body(full, reader.mask(full))
            else:
                with skeleton.loop(first, end, vectors.lanes) as index:
                    body(index, reader.mask(index))

        def packed() -> list[str]:
            """The sums of the chunk at hand."""
            return [
                sums_of_lanes(vectors, [skeleton.get(inside_chunk[node], vectors.vector) for node in pack])
                for pack in packs
            ]

        def add(values: Sequence[str]) -> None:
            for total, value in zip(totals, values, strict=True):
                skeleton.put(total, vectors.vector, vectors.exact_add(skeleton.get(total, vectors.vector), value))

        if self.plan.threaded:
            self._in_threads(samples, chunk, len(packs), packed, add)
        else:
            with skeleton.loop("0", samples.count, CHUNK) as first:
                chunk(first)
                add(packed())
        values = [skeleton.get(total, vectors.vector) for total in totals]
        return {
            node: vectors.lane(value, place)
            for pack, value in zip(packs, values, strict=True)
            for place, node in enumerate(pack)
        }

    def _in_threads(
        self,
        samples: Samples,
        chunk: Callable[[str], None],
        packs: int,
        packed: Callable[[], list[str]],
        add: Callable[[Sequence[str]], None],
    ) -> None:
        """The same with the chunks shared out among the threads; all add up the totals of all chunks in order."""
        skeleton, vectors, team = self.skeleton, self.vectors, self.team
        chunks, most = (
            skeleton.whole("sdiv", skeleton.whole("add", count, CHUNK - 1), CHUNK)
            for count in (samples.count, self.epochs.control[BATCH])
        )
        # Two sides in turn: a thread may write the next totals while another still reads the last ones.
        side = skeleton.whole("mul", team.odd(), skeleton.whole("mul", most, self.row))

        def place(number: str, pack: int) -> str:
            row = skeleton.whole("add", side, skeleton.whole("mul", number, self.row))
            return skeleton.place("%partials", skeleton.whole("add", row, pack * vectors.lanes), vectors.real)

        with team.pieces(chunks) as number:
            chunk(skeleton.whole("mul", number, CHUNK))
            for pack, value in enumerate(packed()):
                vectors.store(value, place(number, pack))
        team.meet()
        with skeleton.loop("0", chunks) as number:
            add([vectors.load(place(number, pack)) for pack in range(packs)])


def training_assembly(plan: TrainingPlan, real: str, lanes: int, *, fused: bool = True) -> str:
    """LLVM assembly of `run(columns, order, slots, rates, partials, control, board)`, which makes steps of training.

    `columns` points to pointers to the data, `order` to rows (32-bit) if shuffled, `slots` to the kept numbers and then
    the constants, `rates` to a rate for each step, `control` to the 64-bit integers named in this module. Threads call
    it with a `thread` number each, slots of their own, and `partials` (for each chunk of a batch twice as many numbers
    as `scratch()` says) and `board` (see `teams`) in common.
    """
    return _Loop(plan, real, lanes, fused).write()
