"""Kernels for matrices in memory: products of two over tiles held in registers, and transposing."""

from __future__ import annotations

from dataclasses import dataclass

from chalkgrad.engines.native.blocks import Skeleton
from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.samples import SampleReader, Samples

# Packing is a pass over a; it pays where a is long and read again for many panels of b.
_LANES_TO_PACK = 256
_TERMS_TO_PACK = 64
# How many sums have to go on at once to hide how long an addition takes.
_AT_ONCE = 8


@dataclass(frozen=True)
class ProductShape:
    """What is known of a product c[r, l] = Σ_k a[r, k]·b[k, l] when it is compiled; strides count numbers.

    `rows` is the number of rows, `most_lanes` the greatest number of columns l, `whole` says that c and b have room for
    whole vectors of them. How many terms and columns there are is told with each call.
    """

    rows: int
    most_lanes: int
    whole: bool
    a_row: int
    a_inner: int
    b_inner: int
    c_row: int
    most_inner: int

    @property
    def packs(self) -> bool:
        """Whether a's columns are brought together first, as tiles would use little of every line of the cache."""
        return self.a_row == 1 and self.most_lanes >= _LANES_TO_PACK and self.most_inner >= _TERMS_TO_PACK

    def packed(self, lanes: int) -> int:
        """How many numbers the packed tiles take at most, each with a vector of room after every row."""
        return self.rows * (self.most_inner + lanes) if self.packs else 0


def product_function(name: str, shape: ProductShape, vectors: Emitter, registers: int) -> str:
    """LLVM assembly of `void name(c, a, b, tiles, inner, lanes, adds)`: c is added to where `adds` is not 0.

    `tiles` is room for what is packed; reading a may go a vector past its end then.

    A tile of c as large as the registers allow is summed up while k runs, so that every number of b that is loaded
    serves all rows of the tile, and one of a all its columns.
    """
    return _Product(name, shape, vectors, registers).write()


class _Product:
    def __init__(self, name: str, shape: ProductShape, vectors: Emitter, registers: int) -> None:
        self.name, self.shape = name, shape
        self.scalars = Emitter(vectors.real, 1, vectors.fused, declarations=vectors.declarations)
        self.vectors = self.scalars.with_lanes(vectors.lanes)
        self.skeleton = Skeleton(self.scalars)
        self.registers = registers

    def write(self) -> str:
        vectors, skeleton, shape = self.vectors, self.skeleton, self.shape
        most = -(-shape.most_lanes // vectors.lanes)
        widest = min(most, 4 if self.registers >= 32 else 2)
        start = "0"
        self.height = self._height(widest)
        if shape.packs:
            self._pack()
        for width in dict.fromkeys((widest, 1)):
            step = width * vectors.lanes
            left = skeleton.whole("sub", "%lanes", start)
            whole = skeleton.whole("mul", skeleton.whole("sdiv", left, step), step)
            end = skeleton.whole("add", start, whole)
            with skeleton.loop(start, end, step) as lane:
                self._panel(lane, width, None)
            start = end
        if not shape.whole:
            with skeleton.when(self.scalars.value(f"icmp slt i64 {start}, %lanes")):
                mask = SampleReader(vectors, skeleton, Samples({}, "0", "%lanes", None)).mask(start)
                self._panel(start, 1, mask)
        return "\n".join(
            [
                f"define internal void {self.name}(ptr noalias %c, ptr noalias %a, ptr noalias %b,"
                " ptr noalias %tiles, i64 %inner, i64 %lanes, i64 %adds) noinline {",
                "entry:",
                *skeleton.entry,
                *self.scalars.lines,
                "ret void",
                "}",
            ]
        )

    def _height(self, width: int) -> int:
        """The height of equal tiles that leave registers for what is multiplied."""
        rows = self.shape.rows
        most = min(max(1, (self.registers - self.registers // 8 - width) // width), self.vectors.lanes)
        return -(-rows // -(-rows // most))

    def _pack(self) -> None:
        """Writes down a's tiles one after the other, each with its rows together for every k.

        Some terms at a time, so that a row of a that is in the cache serves all tiles.
        """
        skeleton, vectors, real, height = self.skeleton, self.vectors, self.scalars.real, self.height
        whole = self.shape.rows // height * height
        with skeleton.loop("0", "%inner", _TERMS_TO_PACK) as first:
            end = skeleton.lesser(skeleton.whole("add", first, _TERMS_TO_PACK), "%inner")

            def tile(row: str, rows: int) -> None:
                target = skeleton.place("%tiles", self._packed(row), real)
                source = skeleton.place("%a", row, real)
                with skeleton.loop(first, end) as k:
                    vector = vectors.load(skeleton.place(source, skeleton.whole("mul", k, self.shape.a_inner), real))
                    vectors.store(vector, skeleton.place(target, skeleton.whole("mul", k, rows), real))

            with skeleton.loop("0", str(whole), height) as row:
                tile(row, height)
            if whole < self.shape.rows:
                tile(str(whole), self.shape.rows - whole)

    def _packed(self, row: str) -> str:
        """Where the tile that begins with a row is; whole vectors were written, so there is room for one more."""
        return self.skeleton.whole("mul", row, self.skeleton.whole("add", "%inner", self.vectors.lanes))

    def _panel(self, lane: str, width: int, mask: str | None) -> None:
        """All rows at some columns: in tiles of equal height as far as that goes."""
        height = self.height
        tiles, rest = divmod(self.shape.rows, height)
        if tiles > 1:
            with self.skeleton.loop("0", str(tiles * height), height) as row:
                self._tile(row, height, lane, width, mask)
        else:
            self._tile("0", height, lane, width, mask)
        if rest:
            self._tile(str(tiles * height), rest, lane, width, mask)

    def _tile(self, row: str, height: int, lane: str, width: int, mask: str | None) -> None:
        vectors, skeleton, shape, real = self.vectors, self.skeleton, self.shape, self.scalars.real
        # Each addition waits for the one before it: a small tile sums up several parts side by side.
        parts = max(1, _AT_ONCE // (height * width))
        totals = [
            [[skeleton.variable(vectors.vector) for _ in range(width)] for _ in range(height)] for _ in range(parts)
        ]
        for total in (total for part in totals for line in part for total in line):
            skeleton.put(total, vectors.vector, vectors.constant(0.0))
        if shape.packs:
            first, a_row, a_inner = skeleton.place("%tiles", self._packed(row), real), 1, height
        else:
            first = skeleton.place("%a", skeleton.whole("mul", row, shape.a_row), real)
            a_row, a_inner = shape.a_row, shape.a_inner
        panel = skeleton.place("%b", lane, real)

        def term(k: str, part: list[list[str]]) -> None:
            a = skeleton.place(first, skeleton.whole("mul", k, a_inner), real)
            b = skeleton.place(panel, skeleton.whole("mul", k, shape.b_inner), real)
            right = [vectors.load(skeleton.place(b, str(v * vectors.lanes), real), mask) for v in range(width)]
            for number, line in enumerate(part):
                left = vectors.splat(skeleton.load(a, number * a_row, real))
                for total, factor in zip(line, right, strict=True):
                    old = skeleton.get(total, vectors.vector)
                    skeleton.put(total, vectors.vector, vectors.fma(left, factor, old))

        whole = skeleton.whole("mul", skeleton.whole("sdiv", "%inner", parts), parts) if parts > 1 else "%inner"
        with skeleton.loop("0", whole, parts) as k:
            for number, part in enumerate(totals):
                term(skeleton.whole("add", k, number) if number else k, part)
        if parts > 1:
            with skeleton.loop(whole, "%inner") as k:
                term(k, totals[0])
            self._join(totals)
        self._finish(totals[0], row, lane, mask)

    def _join(self, totals: list[list[list[str]]]) -> None:
        """Adds the parts up in the first."""
        skeleton, vectors = self.skeleton, self.vectors
        for part in totals[1:]:
            for line, other in zip(totals[0], part, strict=True):
                for total, more in zip(line, other, strict=True):
                    values = (skeleton.get(variable, vectors.vector) for variable in (total, more))
                    skeleton.put(total, vectors.vector, vectors.exact_add(*values))

    def _finish(self, totals: list[list[str]], row: str, lane: str, mask: str | None) -> None:
        """Writes a tile down, or adds it to what is there."""
        vectors, skeleton, shape, real = self.vectors, self.skeleton, self.shape, self.scalars.real
        height, width = len(totals), len(totals[0])
        corner = skeleton.place("%c", skeleton.whole("add", skeleton.whole("mul", row, shape.c_row), lane), real)
        places = [
            [skeleton.place(corner, str(r * shape.c_row + v * vectors.lanes), real) for v in range(width)]
            for r in range(height)
        ]
        with skeleton.when(self.scalars.value("icmp ne i64 %adds, 0")):
            for line, where in zip(totals, places, strict=True):
                for total, place in zip(line, where, strict=True):
                    old = skeleton.get(total, vectors.vector)
                    skeleton.put(total, vectors.vector, vectors.add(vectors.load(place, mask), old))
        for line, where in zip(totals, places, strict=True):
            for total, place in zip(line, where, strict=True):
                vectors.store(skeleton.get(total, vectors.vector), place, mask)


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
