"""The optimiser's equations for all parameters at once, along their flat vector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalkgrad.engines.lowering import Graph
from chalkgrad.engines.native.blocks import Skeleton
from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.expressions import Scribe, uses_of
from chalkgrad.engines.native.nest_loops import Share
from chalkgrad.engines.native.samples import SampleReader, Samples, boundary, sample_scribe


@dataclass(frozen=True)
class UpdatePlan:
    """The update of one entry: `entries` are the nodes of p, g and the states, `following` of the next p and states.

    `constants` are the nodes of the hyper-parameters that have slots, `rate` and `step` of what changes with the steps.
    """

    graph: Graph
    entries: tuple[int, ...]
    following: tuple[int, ...]
    constants: tuple[int, ...]
    rate: int
    step: int


def write_update(
    plan: UpdatePlan,
    count: int,
    share: Share,
    apart: int,
    gradient: str,
    changing: Mapping[int, str],
    skeleton: Skeleton,
    vectors: Emitter,
) -> None:
    """Writes the update of a share of `count` parameters in `%slots`, a vector at a time; `gradient` points to theirs.

    The states follow in the slots, each `apart` numbers after what is before it, then the hyper-parameters.
    `changing` are the values of the rate and the number of the step.
    """
    graph, real, scalars = plan.graph, vectors.real, skeleton.emitter
    uses = uses_of(graph, plan.following)
    states = len(plan.entries) - 2
    known = {
        node: skeleton.load("%slots", apart * (1 + states) + place, real) for place, node in enumerate(plan.constants)
    } | dict(changing)

    def inside(node: int) -> bool:
        return graph.nodes[node].operation != "uniform"

    uniform = Scribe(graph, scalars, uses, inside, known.__getitem__)
    needed = sample_scribe(graph, vectors, uses, str, str).needed(plan.following)
    splats = {node: vectors.splat(uniform.value(node)) for node in boundary(graph, needed, plan.following)}
    arrays = [("%slots", 0), (gradient, 0), *(("%slots", apart * (1 + state)) for state in range(states))]
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

    with skeleton.loop(share.begin, skeleton.lesser(share.end, full), vectors.lanes) as index:
        vector(index, None)
    if full < count:
        with skeleton.when(scalars.value(f"icmp sgt i64 {share.end}, {full}")):
            reader = SampleReader(vectors, skeleton, Samples({}, "0", str(count), None))
            vector(str(full), reader.mask(str(full)))
