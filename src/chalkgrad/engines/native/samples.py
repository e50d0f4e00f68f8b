"""One pass over the samples: reading them into vectors, and the sums that leave the pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chalkgrad.engines.lowering import Graph
from chalkgrad.engines.native.blocks import Skeleton
from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.expressions import Scribe


@dataclass(frozen=True)
class Column:
    """One number of each sample: from a pointer on, number `offset` of the `width` that belong to a sample."""

    pointer: str
    width: int = 1
    offset: int = 0


@dataclass(frozen=True)
class Samples:
    """Where the samples of a step are: `count` of them from `start` in columns, or where `order` says (a pointer)."""

    columns: Mapping[int, Column]
    start: str
    count: str
    order: str | None


class SampleReader:
    """Reads the vectors of samples from an index on; lanes past the end are off under the mask and read as 0."""

    def __init__(self, vectors: Emitter, skeleton: Skeleton, samples: Samples) -> None:
        self.vectors, self.skeleton, self.samples = vectors, skeleton, samples
        self._splats: dict[str, str] = {}

    def mask(self, index: str, width: int = 1) -> str:
        """Which lanes are samples, or numbers of samples with `width` each, when the vector begins at an index."""
        vectors, skeleton = self.vectors.with_lanes(self.vectors.lanes * width), self.skeleton
        left = skeleton.lesser(skeleton.whole("sub", self.samples.count, index), self.vectors.lanes)
        if vectors.lanes == 1:
            return vectors.value(f"icmp sgt i64 {left}, 0")
        if width > 1:
            left = skeleton.whole("mul", left, width)
        number = left if vectors.bits == 64 else vectors.value(f"trunc i64 {left} to i32")
        kind = f"i{vectors.bits}"
        lanes = "<" + ", ".join(f"{kind} {lane}" for lane in range(vectors.lanes)) + ">"
        return vectors.integer_compare("slt", lanes, self._integer_splat(vectors, number))

    def _integer_splat(self, vectors: Emitter, number: str) -> str:
        kind = f"i{vectors.bits}"
        first = vectors.value(f"insertelement {vectors.integers} poison, {kind} {number}, i32 0")
        return vectors.value(
            f"shufflevector {vectors.integers} {first}, {vectors.integers} poison,"
            f" <{vectors.lanes} x i32> zeroinitializer"
        )

    def reader(self, index: str, mask: str | None) -> Callable[[int], str]:
        """What reads the vector of a column whose node is given."""
        skeleton, samples = self.skeleton, self.samples
        where = skeleton.whole("add", samples.start, index)
        if samples.order is None:
            together: dict[str, str] = {}
            return lambda node: self._contiguous(samples.columns[node], index, where, mask, together)
        places = self._order(samples.order, where, mask)
        return lambda node: self._gathered(samples.columns[node], places, mask)

    def _contiguous(self, column: Column, index: str, where: str, mask: str | None, together: dict[str, str]) -> str:
        """A column's vector; numbers that lie between others are taken out of the vector of all of them."""
        vectors, skeleton, width, lanes = self.vectors, self.skeleton, column.width, self.vectors.lanes
        if width == 1:
            return vectors.load(skeleton.place(column.pointer, where, vectors.real), mask)
        first = skeleton.whole("mul", where, width)
        if lanes == 1:
            return skeleton.load(column.pointer, skeleton.whole("add", first, column.offset), vectors.real)
        wide = vectors.with_lanes(lanes * width)
        if column.pointer not in together:
            everywhere = None if mask is None else self.mask(index, width)
            together[column.pointer] = wide.load(skeleton.place(column.pointer, first, vectors.real), everywhere)
        chosen = ", ".join(f"i32 {lane * width + column.offset}" for lane in range(lanes))
        return vectors.value(
            f"shufflevector {wide.vector} {together[column.pointer]}, {wide.vector} poison, <{lanes} x i32> <{chosen}>"
        )

    def _order(self, order: str, where: str, mask: str | None) -> str:
        """The rows of the vector, as 64-bit places."""
        vectors = self.vectors
        pointer = self.skeleton.place(order, where, "i32")
        if vectors.lanes == 1:
            return vectors.value(f"zext i32 {vectors.value(f'load i32, ptr {pointer}')} to i64")
        narrow, wide = f"<{vectors.lanes} x i32>", f"<{vectors.lanes} x i64>"
        if mask is None:
            rows = vectors.value(f"load {narrow}, ptr {pointer}, align 4")
        else:
            function = f"@llvm.masked.load.v{vectors.lanes}i32.p0"
            vectors.declarations[f"declare {narrow} {function}(ptr, i32, {vectors.mask}, {narrow})"] = None
            masked = f"i32 4, {vectors.mask} {mask}, {narrow} zeroinitializer"
            rows = vectors.value(f"call {narrow} {function}(ptr {pointer}, {masked})")
        return vectors.value(f"zext {narrow} {rows} to {wide}")

    def _gathered(self, column: Column, rows: str, mask: str | None) -> str:
        vectors = self.vectors
        start = self.skeleton.place(column.pointer, str(column.offset), vectors.real)
        places = rows
        if column.width > 1:
            kind = "i64" if vectors.lanes == 1 else f"<{vectors.lanes} x i64>"
            width = str(column.width) if vectors.lanes == 1 else f"splat (i64 {column.width})"
            places = vectors.value(f"mul {kind} {rows}, {width}")
        if vectors.lanes == 1:
            return self.skeleton.load(start, places, vectors.real)
        letter = "f32" if vectors.real == "float" else "f64"
        pointers = vectors.value(f"getelementptr {vectors.real}, ptr {start}, <{vectors.lanes} x i64> {places}")
        function = f"@llvm.masked.gather.v{vectors.lanes}{letter}.v{vectors.lanes}p0"
        addresses = f"<{vectors.lanes} x ptr>"
        vectors.declarations[
            f"declare {vectors.vector} {function}({addresses}, i32, {vectors.mask}, {vectors.vector})"
        ] = None
        on = mask or "splat (i1 true)"
        return vectors.value(
            f"call {vectors.vector} {function}({addresses} {pointers}, i32 {vectors.bits // 8}, {vectors.mask} {on},"
            f" {vectors.vector} zeroinitializer)"
        )


def boundary(graph: Graph, needed: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """What nodes of a pass take from outside it that is the same for all samples, in order."""
    found = {operand for node in needed for operand in graph.nodes[node].operands}
    found |= set(wanted)
    return sorted(node for node in found if not graph.per_sample[node] and graph.value(node) is None)


def sample_scribe(
    graph: Graph, vectors: Emitter, uses: Sequence[int], read: Callable[[int], str], splat: Callable[[int], str]
) -> Scribe:
    """A scribe for what is computed for each sample."""

    def inside(node: int) -> bool:
        return graph.per_sample[node] and graph.nodes[node].operation != "sample"

    def outside(node: int) -> str:
        return read(node) if graph.per_sample[node] else splat(node)

    return Scribe(graph, vectors, uses, inside, outside)
