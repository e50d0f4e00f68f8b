"""Products of matrices in memory, over tiles that are held in registers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalkgrad.engines.native.blocks import Skeleton
from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.samples import SampleReader, Samples

# From so many columns and terms on operands come from the outer levels of the cache, again and again.
_MANY_LANES = 256
_MANY_TERMS = 64
# How many terms ahead the numbers of b are fetched: the time of so many is longer than they take from the second level.
_TERMS_AHEAD = 8
# How many sums have to go on at once to hide how long an addition takes.
_AT_ONCE = 8


@dataclass(frozen=True)
class ProductShape:
    """What is known of a product c[r, l] = Σ_k a[r, k]·b[k, l] when it is compiled; strides count numbers.

    `rows` is the number of rows, `most_lanes` the greatest number of columns l, `whole` says that c and b have room for
    whole vectors of them. How many terms and columns there are is told with each call. `packed` says that a is given as
    a function of `pack_function` left it, `tabled` that a table of places in a and b says where each term is.
    """

    rows: int
    most_lanes: int
    whole: bool
    a_row: int
    a_inner: int
    b_inner: int
    c_row: int
    most_inner: int
    packed: bool = False
    tabled: bool = False

    @property
    def large(self) -> bool:
        """Whether the operands are too large for the first level of the cache, and are read again many times."""
        return self.most_lanes >= _MANY_LANES and self.most_inner >= _MANY_TERMS

    @property
    def deserves_packing(self) -> bool:
        """Whether a's columns are better brought together first: tiles would use little of every line of the cache."""
        return self.large and self.a_row == 1

    def packed_size(self, lanes: int) -> int:
        """How many numbers the packed tiles take at most, each with a vector of room after every row."""
        return self.rows * (self.most_inner + lanes)

    def widths(self, lanes: int, registers: int) -> list[int]:
        """How many vectors tiles are wide: as many as there is room for, and less for the columns that are left.

        Where b comes from the second level of the cache, narrower and higher tiles need less of it.
        """
        room = (3 if self.large else 4) if registers >= 32 else 2
        widest = min(-(-self.most_lanes // lanes), room)
        return [width for width in (4, 3, 2, 1) if width == widest or (width < widest and width != 3)]

    def height(self, lanes: int, registers: int) -> int:
        """The height of equal tiles that leave registers for what is multiplied."""
        width = self.widths(lanes, registers)[0]
        most = min(max(1, (registers - registers // 8 - width) // width), lanes)
        return -(-self.rows // -(-self.rows // most))


def product_function(name: str, shape: ProductShape, vectors: Emitter, registers: int) -> str:
    """LLVM assembly of `void name(c, a, b, inner, lanes, begin, end, adds)`, which computes some rows of a product.

    With a table there is one more argument: pairs of 64-bit places, in a and in b, one for each term.

    They are those from `begin`, a multiple of the height of tiles, to `end`, another one or the number of all rows.
    They are added to what is there where `adds` is not 0.

    A tile of c as large as the registers allow is summed up while k runs, so that every number of b that is loaded
    serves all rows of the tile, and one of a all its columns. In which order a number's terms are added does not depend
    on how rows and columns are shared out among calls.
    """
    return _Product(shape, vectors, registers).product(name)


def pack_function(name: str, shape: ProductShape, vectors: Emitter, registers: int) -> str:
    """LLVM assembly of `void name(tiles, a, inner, begin, end)`: tiles of some rows of a, each with its rows together.

    Reading a may go a vector past its end.
    """
    return _Product(shape, vectors, registers).pack(name)


class _Product:
    def __init__(self, shape: ProductShape, vectors: Emitter, registers: int) -> None:
        self.shape = shape
        self.scalars = Emitter(vectors.real, 1, vectors.fused, declarations=vectors.declarations)
        self.vectors = self.scalars.with_lanes(vectors.lanes)
        self.skeleton = Skeleton(self.scalars)
        self.widths = shape.widths(vectors.lanes, registers)
        self.height = shape.height(vectors.lanes, registers)

    def product(self, name: str) -> str:
        vectors, skeleton, shape = self.vectors, self.skeleton, self.shape
        start = "0"
        for width in self.widths:
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
        pointers = "ptr noalias %c, ptr noalias %a, ptr noalias %b"
        table = ", ptr noalias %table" if shape.tabled else ""
        return self._function(name, f"{pointers}, i64 %inner, i64 %lanes, i64 %begin, i64 %end, i64 %adds{table}")

    def pack(self, name: str) -> str:
        """Some terms at a time, so that a row of a that is in the cache serves all tiles."""
        skeleton, vectors, real = self.skeleton, self.vectors, self.scalars.real
        with skeleton.loop("0", "%inner", _MANY_TERMS) as first:
            end = skeleton.lesser(skeleton.whole("add", first, _MANY_TERMS), "%inner")

            def tile(row: str, rows: int) -> None:
                target = skeleton.place("%tiles", self._packed(row), real)
                source = skeleton.place("%a", row, real)
                with skeleton.loop(first, end) as k:
                    vector = vectors.load(skeleton.place(source, skeleton.whole("mul", k, self.shape.a_inner), real))
                    vectors.store(vector, skeleton.place(target, skeleton.whole("mul", k, rows), real))

            self._over_tiles(tile)
        return self._function(name, "ptr noalias %tiles, ptr noalias %a, i64 %inner, i64 %begin, i64 %end")

    def _function(self, name: str, arguments: str) -> str:
        return "\n".join(
            [
                f"define internal void {name}({arguments}) noinline {{",
                "entry:",
                *self.skeleton.entry,
                *self.scalars.lines,
                "ret void",
                "}",
            ]
        )

    def _over_tiles(self, tile: Callable[[str, int], None]) -> None:
        """Writes what is to be done with every tile of the rows wanted, whose first row and height it is told."""
        skeleton, whole = self.skeleton, self.shape.rows // self.height * self.height
        with skeleton.loop("%begin", skeleton.lesser("%end", whole), self.height) as row:
            tile(row, self.height)
        if whole < self.shape.rows:
            with skeleton.when(self.scalars.value(f"icmp sgt i64 %end, {whole}")):
                tile(str(whole), self.shape.rows - whole)

    def _packed(self, row: str) -> str:
        """Where the tile that begins with a row is; whole vectors were written, so there is room for one more."""
        return self.skeleton.whole("mul", row, self.skeleton.whole("add", "%inner", self.vectors.lanes))

    def _panel(self, lane: str, width: int, mask: str | None) -> None:
        """The rows wanted at some columns."""
        self._over_tiles(lambda row, height: self._tile(row, height, lane, width, mask))

    def _tile(self, row: str, height: int, lane: str, width: int, mask: str | None) -> None:
        vectors, skeleton, shape, real = self.vectors, self.skeleton, self.shape, self.scalars.real
        # Each addition waits for the one before it: a small tile sums up several parts side by side, as many for few
        # columns as for many.
        parts = max(1, _AT_ONCE // (height * self.widths[0]))
        totals = [
            [[skeleton.variable(vectors.vector) for _ in range(width)] for _ in range(height)] for _ in range(parts)
        ]
        for total in (total for part in totals for line in part for total in line):
            skeleton.put(total, vectors.vector, vectors.constant(0.0))
        if shape.packed:
            first, a_row, a_inner = skeleton.place("%a", self._packed(row), real), 1, height
        else:
            first = skeleton.place("%a", skeleton.whole("mul", row, shape.a_row), real)
            a_row, a_inner = shape.a_row, shape.a_inner
        panel = skeleton.place("%b", lane, real)

        fetches = shape.large and mask is None and not shape.tabled
        fetch = self._fetcher(first, panel, row, height, width) if fetches else None

        def term(k: str, part: list[list[str]]) -> None:
            if fetch is not None:
                fetch(k)
            if shape.tabled:
                entry = skeleton.place("%table", skeleton.whole("mul", k, 2), "i64")
                a = skeleton.place(first, skeleton.load(entry, 0, "i64"), real)
                b = skeleton.place(panel, skeleton.load(entry, 1, "i64"), real)
            else:
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

    def _fetcher(self, first: str, panel: str, row: str, height: int, width: int) -> Callable[[str], None]:
        """What is to be fetched while term k of the tile from `first` and `panel` on is added.

        What processors do by themselves ends with a page, and the rows of b lie in different ones: so its next terms
        are fetched here, and of the next panel one vector of each row in every tile; the next tile of a evenly.
        """
        skeleton, shape, real, lanes = self.skeleton, self.shape, self.scalars.real, self.vectors.lanes
        if shape.packed:
            next_tile = skeleton.place("%a", self._packed(skeleton.whole("add", row, height)), real)
        else:
            next_tile = skeleton.place(first, str(height * shape.a_row), real)
        vector = skeleton.whole("urem", skeleton.whole("udiv", row, self.height), width)
        next_panel = skeleton.place(panel, skeleton.whole("mul", skeleton.whole("add", vector, width), lanes), real)

        def fetch(k: str) -> None:
            b_row = skeleton.whole("mul", k, shape.b_inner)
            ahead = skeleton.place(panel, skeleton.whole("add", b_row, _TERMS_AHEAD * shape.b_inner), real)
            for number in range(width):
                self.scalars.fetch(skeleton.place(ahead, str(number * lanes), real), level=1)
            self.scalars.fetch(skeleton.place(next_panel, b_row, real), level=2)
            if shape.packed or shape.a_inner == 1:
                self.scalars.fetch(skeleton.place(next_tile, skeleton.whole("mul", k, height), real), level=1)

        return fetch

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
