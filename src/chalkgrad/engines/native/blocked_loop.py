"""A run of training for networks whose parameters do not fit into registers: all of it stays in memory, in cache.

A block of a few vectors of samples is computed as a whole; then the sums that make the gradient are formed in groups
of as many as a vector has lanes, and the optimiser runs along the flat vector of parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalkgrad.engines.lowering import Graph
from chalkgrad.engines.native.blocks import Skeleton
from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.epochs import STEPS, Epochs, shuffle_function
from chalkgrad.engines.native.expressions import Scribe, uses_of
from chalkgrad.engines.native.reductions import sums_of_lanes
from chalkgrad.engines.native.samples import SampleReader, Samples, boundary, sample_scribe

MOST_VECTORS = 4


@dataclass(frozen=True)
class BlockedPlan:
    """What a step computes: the gradient in one graph, the optimiser's update of an entry in another.

    `parameters` are the nodes of the parameters in `graph`, in order, `gradients` those of the gradient. In `update`,
    `entries` are the nodes of p, g and the states, `following` those of the next p and states, `constants` those of the
    hyper-parameters that have slots. `block` is how many vectors of samples are computed together; with `whole` no
    batch has more.
    """

    graph: Graph
    columns: tuple[int, ...]
    parameters: tuple[int, ...]
    gradients: tuple[int, ...]
    update: Graph
    entries: tuple[int, ...]
    following: tuple[int, ...]
    constants: tuple[int, ...]
    rate: int
    step: int
    shuffled: bool
    block: int
    whole: bool

    @property
    def sums(self) -> list[int]:
        """The sums over samples, in order."""
        return [node for node, found in enumerate(self.graph.nodes) if found.operation == "reduce"]


def _scratch(plan: BlockedPlan, lanes: int) -> int:
    """How many numbers of memory a run needs beside the slots: the sums, the gradient, and the sums' vectors."""
    return _up(len(plan.sums), lanes) * (1 + lanes) + _up(len(plan.parameters), lanes)


def _up(count: int, lanes: int) -> int:
    return -(-count // lanes) * lanes


class _Blocked:
    """The state while the function is written."""

    def __init__(self, plan: BlockedPlan, real: str, lanes: int, fused: bool) -> None:
        self.plan, self.graph = plan, plan.graph
        self.scalars = Emitter(real, 1, fused)
        self.vectors = self.scalars.with_lanes(lanes)
        self.skeleton = Skeleton(self.scalars)
        self.uses = uses_of(self.graph, plan.gradients)
        self.place_of_sum = {node: place for place, node in enumerate(plan.sums)}
        self.place_of_parameter = {node: place for place, node in enumerate(plan.parameters)}

    def write(self) -> str:
        """The assembly of the function `run`."""
        plan, skeleton, scalars = self.plan, self.skeleton, self.scalars
        real, lanes = scalars.real, self.vectors.lanes
        epochs = Epochs(skeleton, shuffled=plan.shuffled)
        columns = {node: skeleton.load("%columns", place, "ptr") for place, node in enumerate(plan.columns)}
        sums = _up(len(plan.sums), lanes)
        self.gradient = skeleton.place("%partials", str(sums), real)
        self.vectors_of_sums = skeleton.place("%partials", str(sums + _up(len(plan.parameters), lanes)), real)
        epochs.begin()
        with skeleton.loop("0", epochs.control[STEPS]) as step:
            begin, count = epochs.batch()
            self.size = scalars.value(f"sitofp i64 {count} to {real}")
            self.uniform = self._uniform()
            self._gradient(Samples(columns, begin, count, "%order" if plan.shuffled else None))
            number = scalars.value(f"sitofp i64 {epochs.step_number(step)} to {real}")
            self._update({plan.rate: skeleton.load("%rates", step, real), plan.step: number})
        arguments = "ptr noalias %columns, ptr noalias %order, ptr noalias %slots, ptr noalias %rates"
        rest = "ptr noalias %partials, ptr noalias %control, ptr %barrier"
        return "\n".join(
            [
                shuffle_function() if plan.shuffled else "",
                *scalars.declarations,
                f"define void @run({arguments}, {rest}) {{",
                "entry:",
                *skeleton.entry,
                *scalars.lines,
                "ret void",
                "}",
                f"define i64 @scratch() {{ ret i64 {_scratch(plan, lanes)} }}",
            ]
        )

    def _uniform(self) -> Scribe:
        graph, skeleton = self.graph, self.skeleton

        def inside(node: int) -> bool:
            return graph.nodes[node].operation not in ("uniform", "size", "reduce")

        def outside(node: int) -> str:
            match graph.nodes[node].operation:
                case "size":
                    return self.size
                case "reduce":
                    return skeleton.load("%partials", self.place_of_sum[node], self.scalars.real)
            return skeleton.load("%slots", self.place_of_parameter[node], self.scalars.real)

        return Scribe(graph, self.scalars, self.uses, inside, outside)

    def _gradient(self, samples: Samples) -> None:
        graph, plan = self.graph, self.plan
        for stage in range(1, 1 + max((graph.stage[node] for node in plan.sums), default=0)):
            sums = [node for node in plan.sums if graph.stage[node] == stage]
            if plan.whole:
                self._block("0", samples, sums, last=True)
            else:
                self._blocks(samples, sums)
        self._from_sums()

    def _blocks(self, samples: Samples, sums: Sequence[int]) -> None:
        """Blocks one after the other; the sums' vectors are in memory between them."""
        vectors, skeleton = self.vectors, self.skeleton
        with skeleton.loop("0", str(len(sums))) as place:
            vectors.store(vectors.constant(0.0), self._vector_of_sum(place))
        outside = boundary(self.graph, self._needed(sums), self._wanted(sums))
        for node in outside:
            if self.graph.nodes[node].operation != "uniform":
                self.uniform.value(node)
        with skeleton.loop("0", samples.count, self.plan.block * vectors.lanes) as first:
            self._block(first, samples, sums, last=False)
        for group in _groups(sums, vectors.lanes):
            first_sum = sums.index(group[0])
            summed = [
                vectors.load(self._vector_of_sum(str(first_sum + lane))) if lane < len(group) else vectors.constant(0.0)
                for lane in range(vectors.lanes)
            ]
            self._store_sums(group, sums_of_lanes(vectors, summed))

    def _wanted(self, sums: Sequence[int]) -> list[int]:
        return [operand for node in sums for operand in self.graph.nodes[node].operands]

    def _needed(self, sums: Sequence[int]) -> list[int]:
        return sample_scribe(self.graph, self.vectors, self.uses, str, str).needed(self._wanted(sums))

    def _block(self, first: str, samples: Samples, sums: Sequence[int], *, last: bool) -> None:
        """A block of samples: everything that is computed for each, then what it adds to the sums."""
        graph, vectors, skeleton = self.graph, self.vectors, self.skeleton
        reader = SampleReader(vectors, skeleton, samples)
        splats: dict[int, str] = {}

        def splat(node: int) -> str:
            if node not in splats:
                splats[node] = vectors.splat(self._uniform_value(node))
            return splats[node]

        scribes, masks = [], []
        for number in range(self.plan.block):
            index = skeleton.whole("add", first, number * vectors.lanes)
            masks.append(reader.mask(index))
            scribes.append(sample_scribe(graph, vectors, self.uses, reader.reader(index, masks[-1]), splat))
        for node in scribes[0].needed(self._wanted(sums)):
            for scribe in scribes:
                scribe.write_one(node)
        for group in _groups(sums, vectors.lanes):
            totals = []
            for node in group:
                place = sums.index(node)
                total = None if last else vectors.load(self._vector_of_sum(str(place)))
                for scribe, mask in zip(scribes, masks, strict=True):
                    added = scribe.accumulate(total, graph.nodes[node].operands)
                    total = vectors.select(mask, added, total or vectors.constant(0.0))
                totals.append(total or "")
                if not last:
                    vectors.store(totals[-1], self._vector_of_sum(str(place)))
            if last:
                missing = vectors.lanes - len(totals)
                self._store_sums(group, sums_of_lanes(vectors, totals + [vectors.constant(0.0)] * missing))

    def _vector_of_sum(self, place: str) -> str:
        return self.skeleton.place(self.vectors_of_sums, place, self.vectors.vector)

    def _uniform_value(self, node: int) -> str:
        """What is the same for all samples: a parameter is read where it is used, so that no register is held."""
        if self.graph.nodes[node].operation == "uniform":
            return self.skeleton.load("%slots", self.place_of_parameter[node], self.scalars.real)
        return self.uniform.value(node)

    def _store_sums(self, group: Sequence[int], vector: str) -> None:
        pointer = self.skeleton.place("%partials", str(self.place_of_sum[group[0]]), self.scalars.real)
        self.scalars.line(f"store {self.vectors.vector} {vector}, ptr {pointer}, align {self.vectors.bits // 8}")

    def _from_sums(self) -> None:
        """The gradient from the sums; where it is the same multiple of one after the other, by vectors."""
        place = 0
        while place < len(self.plan.gradients):
            uniform, first = self._multiple(place)
            length = 1
            while place + length < len(self.plan.gradients) and first is not None:
                other, following = self._multiple(place + length)
                if other != uniform or following != first + length:
                    break
                length += 1
            if first is None or length < self.vectors.lanes:
                for entry in range(place, place + length):
                    value = self.uniform.value(self.plan.gradients[entry])
                    self.skeleton.store(self.gradient, entry, self.scalars.real, value)
            else:
                self._scaled(place, first, length, uniform)
            place += length

    def _multiple(self, place: int) -> tuple[tuple[int, ...], int | None]:
        """Of which sum an entry of the gradient is a multiple, after by what; None if it is something else."""
        node = self.plan.gradients[place]
        found = self.graph.nodes[node]
        if found.operation == "reduce":
            return (), self.place_of_sum[node]
        sums = [operand for operand in found.operands if self.graph.nodes[operand].operation == "reduce"]
        if found.operation != "product" or len(sums) != 1:
            return (), None
        return tuple(operand for operand in found.operands if operand != sums[0]), self.place_of_sum[sums[0]]

    def _scaled(self, place: int, first: int, length: int, uniform: tuple[int, ...]) -> None:
        vectors, skeleton, real = self.vectors, self.skeleton, self.scalars.real
        factor = self.uniform.accumulate(None, uniform) if uniform else self.scalars.constant(1.0)
        factors = vectors.splat(factor)
        align = f"align {vectors.bits // 8}"
        # What is written past the end of a run is written again after: by the next run, or it is padding.
        with skeleton.loop("0", str(length), vectors.lanes) as index:
            source = skeleton.place("%partials", skeleton.whole("add", index, first), real)
            target = skeleton.place(self.gradient, skeleton.whole("add", index, place), real)
            read = vectors.value(f"load {vectors.vector}, ptr {source}, {align}")
            self.scalars.line(f"store {vectors.vector} {vectors.multiply(read, factors)}, ptr {target}, {align}")

    def _update(self, changing: dict[int, str]) -> None:
        """The optimiser's equations for all entries, a vector at a time."""
        plan, skeleton, vectors, graph = self.plan, self.skeleton, self.vectors, self.plan.update
        real, count = self.scalars.real, len(plan.parameters)
        uses = uses_of(graph, plan.following)
        states = len(plan.entries) - 2
        constants = {
            node: skeleton.load("%slots", count * (1 + states) + place, real)
            for place, node in enumerate(plan.constants)
        } | changing

        def inside(node: int) -> bool:
            return graph.nodes[node].operation != "uniform"

        uniform = Scribe(graph, self.scalars, uses, inside, constants.__getitem__)
        probe = sample_scribe(graph, vectors, uses, str, str)
        needed = probe.needed(plan.following)
        splats = {node: vectors.splat(uniform.value(node)) for node in boundary(graph, needed, plan.following)}
        arrays = [("%slots", 0), (self.gradient, 0), *(("%slots", count * (1 + state)) for state in range(states))]
        full = count // vectors.lanes * vectors.lanes

        def vector(index: str, mask: str | None) -> None:
            places = {
                node: skeleton.place(base, skeleton.whole("add", index, offset), real)
                for node, (base, offset) in zip(plan.entries, arrays, strict=True)
            }
            read = {node: vectors.load(place, mask) for node, place in places.items()}
            scribe = sample_scribe(graph, vectors, uses, read.__getitem__, splats.__getitem__)
            scribe.write(plan.following)
            targets = [places[node] for node in plan.entries if node != plan.entries[1]]
            values = [scribe.value(node) for node in plan.following]
            for target, value in zip(targets, values, strict=True):
                vectors.store(value, target, mask)

        with skeleton.loop("0", str(full), vectors.lanes) as index:
            vector(index, None)
        if full < count:
            reader = SampleReader(vectors, skeleton, Samples({}, "0", str(count), None))
            vector(str(full), reader.mask(str(full)))


def _groups(sums: Sequence[int], lanes: int) -> list[Sequence[int]]:
    return [sums[first : first + lanes] for first in range(0, len(sums), lanes)]


def blocked_assembly(plan: BlockedPlan, real: str, lanes: int, *, fused: bool = True) -> str:
    """LLVM assembly of `run`, as in `training_loop`; `partials` points to as many numbers as `scratch()` says."""
    return _Blocked(plan, real, lanes, fused).write()
