"""Nests of elementwise equations and reductions as loops in machine code, a vector along the last axis at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from chalkgrad.engines.lowering import Graph, Lowering, LoweringError
from chalkgrad.engines.native.blocks import Skeleton
from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.expressions import PRIMITIVES, Scribe, uses_of
from chalkgrad.engines.native.reductions import sum_of_lanes
from chalkgrad.engines.native.samples import SampleReader, Samples, boundary, sample_scribe
from chalkgrad.engines.nests import Nest, Reduction
from chalkgrad.language import (
    Axis,
    Delta,
    Element,
    Expression,
    Index,
    IndexValue,
    Max,
    Program,
    Sum,
    Tensor,
    walk,
)


@dataclass(frozen=True)
class Place:
    """Where a tensor is: numbers from a pointer on, and how many of them a step along each axis is."""

    pointer: str
    offset: int
    strides: tuple[int, ...]

    def stride(self, element: Element, axis: Axis) -> int:
        """How far a step along an axis moves in the element."""
        return sum(
            stride * index.coefficient(axis) for stride, index in zip(self.strides, element.indices, strict=True)
        )


Indices = Mapping[Axis, str]


@dataclass(frozen=True)
class Extent:
    """Samples of a block from `first` on: `count` of them, `padded` to whole vectors; all are 64-bit values."""

    count: str
    padded: str
    first: str = "0"


@dataclass(frozen=True)
class Share:
    """The pieces that are a thread's, as 64-bit values."""

    begin: str
    end: str


class Equations(Lowering):
    """Bodies of equations as a graph whose leaves are elements of tensors in memory, and reductions inside."""

    def __init__(self, graph: Graph, lane: Axis | None, samples: str) -> None:
        super().__init__(graph, Program((), (), ()), {}, PRIMITIVES, samples)
        self.lane = lane
        self.made: dict[Tensor, int] = {}
        self._nodes: dict[Expression, int] = {}

    def number_of(self, expression: Expression) -> int:
        """The node of a number."""
        return self._as_number(expression, {})

    def _of(self, expression: Expression, places: dict[Axis, int]) -> int:
        if isinstance(expression, Element):
            if expression.tensor in self.made:
                return self.made[expression.tensor]
            if (expression.tensor, ()) in self._elements:
                return self._elements[expression.tensor, ()]
        if isinstance(expression, Element | Sum | Max | Delta | IndexValue):
            varies = self.lane is not None and self.lane in expression.free
            return self.graph.node("sample" if varies else "uniform", (), expression)
        if expression not in self._nodes:
            self._nodes[expression] = self._write(expression, places)
        return self._nodes[expression]


@dataclass(frozen=True)
class Prepared:
    """Bodies before their innermost loop: everything that does not vary along it is at hand."""

    graph: Graph
    uses: Sequence[int]
    wanted: Sequence[int]
    splats: Mapping[int, str]
    rows: Mapping[int, str]
    indices: Indices
    lane: Axis


@contextmanager
def over(skeleton: Skeleton, axes: Sequence[Axis], share: Share | None = None) -> Iterator[dict[Axis, str]]:
    """Loops over axes of known size; gives their indices. The first loop goes over a share only, if there is one."""
    if not axes:
        if share is None:
            yield {}
        else:
            with skeleton.loop(share.begin, share.end):
                yield {}
        return
    if axes[0].size == 1:
        with over(skeleton, axes[1:], share) as inner:
            yield {axes[0]: "0", **inner}
        return
    own = share or Share("0", str(axes[0].size))
    with skeleton.loop(own.begin, own.end) as index, over(skeleton, axes[1:]) as inner:
        yield {axes[0]: index, **inner}


def _in_every_lane(vectors: Emitter, graph: Graph, node: int, value: str) -> str:
    return vectors.splat_bit(value) if graph.is_mask(node) else vectors.splat(value)


def pieces_of(axes: Sequence[Axis]) -> int:
    """How many pieces the loops over axes can be shared out in."""
    return next((axis.size for axis in axes if isinstance(axis.size, int) and axis.size > 1), 1)


class NestWriter:
    """Writes nests and reductions into a function. `places` says where the tensors are; `size` is the batch's.

    Of the outermost loop it makes a `share` of as many pieces as `nest` and `reduction` say.
    """

    def __init__(
        self,
        skeleton: Skeleton,
        vectors: Emitter,
        places: Mapping[Tensor, Place],
        size: str,
        share: Share,
        samples: str = "n",
    ) -> None:
        self.skeleton, self.vectors, self.places, self.size, self.samples = skeleton, vectors, places, size, samples
        self.share = share
        self.scalars = skeleton.emitter

    def nest(self, nest: Nest, stored: frozenset[Tensor], extent: Extent) -> int:
        """Computes the equations of a nest, and writes down those that others need."""
        lane = self._lane(nest.axes, [definition.body for definition in nest.definitions])
        graph = Graph(masks_apart=False)
        equations = Equations(graph, lane, self.samples)
        wanted = []
        for definition in nest.definitions:
            node = equations.number_of(definition.body)
            equations.made[definition.tensor] = node
            if definition.tensor in stored:
                wanted.append((definition.tensor, node))
        nodes = [node for _, node in wanted]
        uses = uses_of(graph, nodes)
        outer = [axis for axis in nest.axes if axis is not lane]
        with over(self.skeleton, outer, self.share) as indices:
            targets = [self.row(tensor, nest.axes, indices, lane) for tensor, _ in wanted]
            if lane is None:
                scribe = self.uniform(graph, uses, indices)
                for target, node in zip(targets, nodes, strict=True):
                    self.skeleton.store(target, "0", self.scalars.real, scribe.value(node))
            else:
                prepared = self.prepare(graph, uses, nodes, indices, lane)
                for index, mask in self.along(lane, extent):
                    for target, value in zip(targets, self.values(prepared, index, mask), strict=True):
                        self.vectors.store(value, self.skeleton.place(target, index, self.scalars.real), mask)
        return pieces_of(outer)

    def reduction(self, reduction: Reduction, adds: str, extent: Extent) -> int:
        """Computes a sum; it is added to what is there where the 64-bit value `adds` is not 0."""
        last = reduction.summed[-1]
        lane = last if last.size == self.samples or self._runs_along(last, [reduction.body]) else None
        outer = reduction.summed if lane is None else reduction.summed[:-1]
        graph = Graph(masks_apart=False)
        node = Equations(graph, lane, self.samples).number_of(reduction.body)
        uses = uses_of(graph, [node])
        emitter = self.scalars if lane is None else self.vectors
        with over(self.skeleton, reduction.axes, self.share) as indices:
            total = self.skeleton.variable(emitter.vector)
            self.skeleton.put(total, emitter.vector, emitter.constant(0.0))
            with over(self.skeleton, outer) as inner:
                everywhere = {**indices, **inner}
                if lane is None:
                    value = self.uniform(graph, uses, everywhere).value(node)
                    self._add(emitter, total, value, None)
                else:
                    prepared = self.prepare(graph, uses, [node], everywhere, lane)
                    for index, mask in self.along(lane, extent, exactly=True):
                        (value,) = self.values(prepared, index, mask)
                        self._add(emitter, total, value, mask)
            summed = sum_of_lanes(emitter, self.skeleton.get(total, emitter.vector))
            target = self.row(reduction.result, reduction.axes, indices, None)
            self._put_or_add(target, summed, adds)
        return pieces_of(reduction.axes)

    def _add(self, emitter: Emitter, total: str, value: str, mask: str | None) -> None:
        old = self.skeleton.get(total, emitter.vector)
        new = emitter.add(old, value)
        self.skeleton.put(total, emitter.vector, new if mask is None else emitter.select(mask, new, old))

    def _put_or_add(self, target: str, value: str, adds: str) -> None:
        real, skeleton = self.scalars.real, self.skeleton
        result = skeleton.variable(real)
        skeleton.put(result, real, value)
        with skeleton.when(self.scalars.value(f"icmp ne i64 {adds}, 0")):
            skeleton.put(result, real, self.scalars.add(skeleton.load(target, "0", real), value))
        skeleton.store(target, "0", real, skeleton.get(result, real))

    def along(self, lane: Axis, extent: Extent, *, exactly: bool = False) -> Iterator[tuple[str, str | None]]:
        """Loops along the innermost axis; gives the index of each vector, and the mask of one that is not whole."""
        lanes, skeleton = self.vectors.lanes, self.skeleton
        samples = lane.size == self.samples
        if samples and not exactly:
            with skeleton.loop("0", extent.padded, lanes) as index:
                yield index, None
            return
        count = extent.count if samples else str(lane.size)
        whole = skeleton.whole("mul", skeleton.whole("sdiv", count, lanes), lanes)
        with skeleton.loop("0", whole, lanes) as index:
            yield index, None
        if samples or int(lane.size) % lanes:
            with skeleton.when(self.scalars.value(f"icmp slt i64 {whole}, {count}")):
                reader = SampleReader(self.vectors, skeleton, Samples({}, "0", count, None))
                yield whole, reader.mask(whole)

    def _lane(self, axes: Sequence[Axis], bodies: Sequence[Expression]) -> Axis | None:
        """The axis to run along: the samples', or else the last if all that varies along it is contiguous."""
        for axis in axes:
            if axis.size == self.samples:
                return axis
        return axes[-1] if axes and self._runs_along(axes[-1], bodies) else None

    def _runs_along(self, axis: Axis, bodies: Sequence[Expression]) -> bool:
        if not isinstance(axis.size, int) or axis.size < self.vectors.lanes:
            return False
        for node in (node for body in bodies for node in walk(body) if axis in node.free):
            if isinstance(node, Sum | Max | Delta | IndexValue):
                return False
            if isinstance(node, Element):
                *others, last = node.indices
                if last.axis is not axis or any(axis in dict(index.terms) for index in others):
                    return False
        return True

    # Values

    def prepare(
        self, graph: Graph, uses: Sequence[int], wanted: Sequence[int], indices: Indices, lane: Axis
    ) -> Prepared:
        needed = sample_scribe(graph, self.vectors, uses, str, str).needed(wanted)
        uniform = self.uniform(graph, uses, indices)
        splats = {
            node: _in_every_lane(self.vectors, graph, node, uniform.value(node))
            for node in boundary(graph, needed, wanted)
        }
        leaves = {operand for node in needed for operand in graph.nodes[node].operands} | set(wanted)
        rows = {}
        for leaf in sorted(leaves):
            element = graph.nodes[leaf].detail
            if graph.nodes[leaf].operation != "sample" or not isinstance(element, Element):
                continue
            if self._inside(element) and self.places[element.tensor].stride(element, lane) == 1:
                rows[leaf] = self._address(element, {**indices, lane: "0"})
        return Prepared(graph, uses, wanted, splats, rows, indices, lane)

    def values(self, prepared: Prepared, index: str, mask: str | None) -> list[str]:
        def read(node: int) -> str:
            if node in prepared.rows:
                return self.vectors.load(self.skeleton.place(prepared.rows[node], index, self.scalars.real), mask)
            leaf = prepared.graph.nodes[node].detail
            assert isinstance(leaf, Expression)
            return self._leaf(self.vectors, leaf, {**prepared.indices, prepared.lane: index}, prepared.lane, mask)

        scribe = sample_scribe(prepared.graph, self.vectors, prepared.uses, read, prepared.splats.__getitem__)
        scribe.write(prepared.wanted)
        return [scribe.value(node) for node in prepared.wanted]

    def uniform(self, graph: Graph, uses: Sequence[int], indices: Indices) -> Scribe:
        """A scribe for what does not vary along the innermost axis."""

        def inside(node: int) -> bool:
            return not graph.per_sample[node] and graph.nodes[node].operation not in ("uniform", "size")

        def outside(node: int) -> str:
            leaf = graph.nodes[node].detail
            return self._leaf(self.scalars, leaf, indices, None, None) if isinstance(leaf, Expression) else self.size

        return Scribe(graph, self.scalars, uses, inside, outside)

    def _leaf(self, emitter: Emitter, leaf: Expression, indices: Indices, lane: Axis | None, mask: str | None) -> str:
        match leaf:
            case Element():
                if lane is not None and lane in leaf.free and emitter.lanes > 1:
                    return self._along_element(leaf, indices, lane, mask)
                return self._element(emitter, leaf, indices, mask)
            case Sum() | Max():
                return self._inner(emitter, leaf, indices, lane, mask)
            case Delta(left=left, right=right) if self._is_counted(leaf, lane):
                difference = self._counted(left - right, indices, lane)
                same = emitter.integer_compare("eq", difference, emitter.integer_constant(0))
                return emitter.select(same, emitter.constant(1.0), emitter.constant(0.0))
            case IndexValue(index=index) if self._is_counted(leaf, lane):
                return emitter.to_real(self._counted(index, indices, lane))
            case Delta(left=left, right=right):
                same = self.scalars.value(f"icmp eq i64 {self._index(left, indices)}, {self._index(right, indices)}")
                number = self.scalars.select(same, self.scalars.constant(1.0), self.scalars.constant(0.0))
            case IndexValue(index=index):
                number = self.scalars.value(f"sitofp i64 {self._index(index, indices)} to {self.scalars.real}")
            case _:
                raise LoweringError(f"no operation for {leaf}")
        if lane is not None and lane in leaf.free:
            raise LoweringError(f"{leaf} depends on the number of a sample")
        return emitter.splat(number)

    def _is_counted(self, leaf: Expression, lane: Axis | None) -> bool:
        """Whether a leaf needs the places along the innermost axis as numbers; samples have none."""
        return lane is not None and lane in leaf.free and lane.size != self.samples

    def _counted(self, index: Index, indices: Indices, lane: Axis | None) -> str:
        """An index for each lane, as integers as wide as the numbers."""
        vectors = self.vectors
        assert lane is not None
        return vectors.integer_range(self._index(index, indices), index.coefficient(lane))

    def _along_element(self, element: Element, indices: Indices, lane: Axis, mask: str | None) -> str:
        """The elements for a vector along an axis: numbers that lie apart, or partly beyond the ends, where they are 0.

        Of an element that is 0 for all lanes nothing is read.
        """
        vectors, scalars, step = self.vectors, self.scalars, self.places[element.tensor].stride(element, lane)
        for index, axis in zip(element.indices, element.tensor.axes, strict=True):
            if self._within(index, axis):
                continue
            if lane in dict(index.terms):
                at = self._counted(index, indices, lane)
                inside = vectors.integer_compare("ult", at, vectors.integer_constant(int(axis.size)))
            else:
                one = scalars.value(f"icmp ult i64 {self._index(index, indices)}, {axis.size}")
                inside = vectors.splat_bit(one)
            mask = inside if mask is None else vectors.both(mask, inside)
        base = self._address(element, indices)
        return vectors.load(base, mask) if step == 1 else vectors.gather(base, step, mask)

    def _inner(self, emitter: Emitter, leaf: Sum | Max, indices: Indices, lane: Axis | None, mask: str | None) -> str:
        """A reduction over a short axis, for the vector at hand."""
        total = self.skeleton.variable(emitter.vector)
        start = emitter.constant(0.0 if isinstance(leaf, Sum) else float("-inf"))
        self.skeleton.put(total, emitter.vector, start)
        graph = Graph(masks_apart=False)
        node = Equations(graph, lane, self.samples).number_of(leaf.body)
        uses = uses_of(graph, [node])
        with over(self.skeleton, [leaf.axis]) as inner:
            everywhere = {**indices, **inner}
            uniform = self.uniform(graph, uses, everywhere)

            def read(node: int) -> str:
                detail = graph.nodes[node].detail
                assert isinstance(detail, Expression)
                return self._leaf(emitter, detail, everywhere, lane, mask)

            if lane is None:
                value = uniform.value(node)
            else:
                value = sample_scribe(
                    graph, emitter, uses, read, lambda node: _in_every_lane(emitter, graph, node, uniform.value(node))
                ).value(node)
            old = self.skeleton.get(total, emitter.vector)
            combined = emitter.add(old, value) if isinstance(leaf, Sum) else emitter.maximum(old, value)
            self.skeleton.put(total, emitter.vector, combined)
        return self.skeleton.get(total, emitter.vector)

    # Memory

    def _index(self, index: Index, indices: Indices) -> str:
        parts = [
            indices[axis] if coefficient == 1 else self.skeleton.whole("mul", indices[axis], coefficient)
            for axis, coefficient in index.terms
        ]
        total = str(index.offset)
        for part in parts:
            total = part if total == "0" else self.skeleton.whole("add", part, total)
        return total

    def _inside(self, element: Element) -> bool:
        """Whether the indices are within the axes wherever they are."""
        return all(self._within(index, axis) for index, axis in zip(element.indices, element.tensor.axes, strict=True))

    def _within(self, index: Index, axis: Axis) -> bool:
        if index.axis is not None and index.axis.size == axis.size:
            return True
        if not isinstance(axis.size, int) or not all(isinstance(other.size, int) for other, _ in index.terms):
            return False
        ends = [factor * (int(other.size) - 1) for other, factor in index.terms]
        low, high = (index.offset + sum(way(0, end) for end in ends) for way in (min, max))
        return low >= 0 and high < axis.size

    def _element(self, emitter: Emitter, element: Element, indices: Indices, mask: str | None) -> str:
        vector_mask = mask if emitter.lanes > 1 else None
        if self._inside(element):
            return emitter.load(self._address(element, indices), vector_mask)
        scalars, allowed, clamped = self.scalars, "true", []
        for index, axis in zip(element.indices, element.tensor.axes, strict=True):
            at = self._index(index, indices)
            if axis.size != self.samples:
                inside = scalars.value(f"icmp ult i64 {at}, {axis.size}")
                at = scalars.value(f"select i1 {inside}, i64 {at}, i64 0")
                allowed = scalars.value(f"and i1 {allowed}, {inside}")
            clamped.append(at)
        value = emitter.load(self._pointer(element.tensor, clamped), vector_mask)
        zero = emitter.constant(0.0)
        return emitter.value(f"select i1 {allowed}, {emitter.vector} {value}, {emitter.vector} {zero}")

    def _address(self, element: Element, indices: Indices) -> str:
        return self._pointer(element.tensor, [self._index(index, indices) for index in element.indices])

    def _pointer(self, tensor: Tensor, at: Sequence[str]) -> str:
        place, skeleton = self.places[tensor], self.skeleton
        total = str(place.offset)
        for index, stride in zip(at, place.strides, strict=True):
            if index != "0":
                moved = index if stride == 1 else skeleton.whole("mul", index, stride)
                total = moved if total == "0" else skeleton.whole("add", moved, total)
        return skeleton.place(place.pointer, total, self.scalars.real)

    def row(self, tensor: Tensor, axes: Sequence[Axis], indices: Indices, lane: Axis | None) -> str:
        """Where the elements of a tensor begin that the innermost loop writes."""
        return self._pointer(tensor, ["0" if axis is lane else indices[axis] for axis in axes])
