"""Matrices in memory with rows and columns exchanged: squares at a time, or number by number."""

from __future__ import annotations

from chalkgrad.engines.native.blocks import Skeleton
from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.samples import SampleReader, Samples


def transpose_function(vectors: Emitter) -> str:
    """LLVM assembly of `void @transpose(to, to_row, from, from_row, order, rows, columns)`.

    to[c, r] = from[order[r], c], or from[r, c] where `order` is null. Squares of as many rows as a vector has lanes are
    exchanged by halves. It writes whole squares, whose rows past the last are copies of it.
    """
    scalars = Emitter(vectors.real, 1, vectors.fused, declarations=vectors.declarations)
    wide, skeleton, real = scalars.with_lanes(vectors.lanes), Skeleton(scalars), vectors.real
    lanes = vectors.lanes
    last = skeleton.whole("sub", "%rows", 1)
    ordered = scalars.value("icmp ne ptr %order, null")
    with skeleton.loop("0", "%rows", lanes) as first:
        sources = []
        for lane in range(lanes):
            number = skeleton.variable("i64")
            row = skeleton.lesser(skeleton.whole("add", first, lane), last)
            skeleton.put(number, "i64", row)
            with skeleton.when(ordered):
                found = skeleton.load("%order", row, "i32")
                skeleton.put(number, "i64", scalars.value(f"zext i32 {found} to i64"))
            sources.append(
                skeleton.place("%from", skeleton.whole("mul", skeleton.get(number, "i64"), "%from_row"), real)
            )

        def squares(column: str, mask: str | None, sources: list[str], first: str) -> None:
            square = [wide.load(skeleton.place(source, column, real), mask) for source in sources]
            corner = skeleton.place("%to", skeleton.whole("add", skeleton.whole("mul", column, "%to_row"), first), real)
            for line, vector in enumerate(_transposed(wide, square)):
                wide.store(vector, skeleton.place(corner, skeleton.whole("mul", "%to_row", line), real))

        whole = skeleton.whole("mul", skeleton.whole("sdiv", "%columns", lanes), lanes)
        with skeleton.loop("0", whole, lanes) as column:
            squares(column, None, sources, first)
        with skeleton.when(scalars.value(f"icmp slt i64 {whole}, %columns")):
            mask = SampleReader(wide, skeleton, Samples({}, "0", "%columns", None)).mask(whole)
            squares(whole, mask, sources, first)
    return _function("transpose", skeleton)


def columns_function(vectors: Emitter) -> str:
    """LLVM assembly of `void @columns(…)`, which does as `@transpose` does, number by number: for a few columns."""
    scalars = Emitter(vectors.real, 1, vectors.fused, declarations=vectors.declarations)
    skeleton, real = Skeleton(scalars), vectors.real
    ordered = scalars.value("icmp ne ptr %order, null")
    number = skeleton.variable("i64")
    with skeleton.loop("0", "%rows") as row:
        skeleton.put(number, "i64", row)
        with skeleton.when(ordered):
            found = skeleton.load("%order", row, "i32")
            skeleton.put(number, "i64", scalars.value(f"zext i32 {found} to i64"))
        source = skeleton.place("%from", skeleton.whole("mul", skeleton.get(number, "i64"), "%from_row"), real)
        with skeleton.loop("0", "%columns") as column:
            target = skeleton.whole("add", skeleton.whole("mul", column, "%to_row"), row)
            skeleton.store("%to", target, real, skeleton.load(source, column, real))
    return _function("columns", skeleton)


def _function(name: str, skeleton: Skeleton) -> str:
    return "\n".join(
        [
            f"define internal void @{name}(ptr noalias %to, i64 %to_row, ptr noalias %from, i64 %from_row,"
            " ptr %order, i64 %rows, i64 %columns) noinline {",
            "entry:",
            *skeleton.entry,
            *skeleton.emitter.lines,
            "ret void",
            "}",
        ]
    )


def _transposed(emitter: Emitter, square: list[str]) -> list[str]:
    distance = emitter.lanes // 2
    while distance:
        for place in range(emitter.lanes):
            if not place & distance:
                upper, lower = square[place], square[place + distance]
                square[place] = emitter.shuffle(upper, lower, _halves(emitter.lanes, distance, moved=False))
                square[place + distance] = emitter.shuffle(upper, lower, _halves(emitter.lanes, distance, moved=True))
        distance //= 2
    return square


def _halves(lanes: int, distance: int, *, moved: bool) -> list[int]:
    """Which lanes of two vectors, one after the other, make a vector when squares of that size change places."""
    if moved:
        return [lane + distance if not lane & distance else lanes + lane for lane in range(lanes)]
    return [lane if not lane & distance else lanes + lane - distance for lane in range(lanes)]
