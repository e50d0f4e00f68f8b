"""Steps over arrays as LLVM assembly: one function for each run of steps between functions of matrices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from chalkgrad.engines.lowering import Graph
from chalkgrad.engines.native.arrays.layouts import Layouts
from chalkgrad.engines.native.arrays.products import Copy, Operand, Product
from chalkgrad.engines.native.arrays.steps import (
    Chosen,
    Equation,
    Matrices,
    Recurring,
    Rows,
    Solved,
    Step,
    kept_in_rows,
    writes,
)
from chalkgrad.engines.native.blocks import Skeleton
from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.expressions import uses_of
from chalkgrad.engines.native.matrices import ProductShape, pack_function, product_function
from chalkgrad.engines.native.nest_loops import Equations, Extent, NestWriter, Place, Share, over
from chalkgrad.engines.native.reductions import greatest_of_lanes, sum_of_lanes
from chalkgrad.engines.native.transposing import columns_function, transpose_function
from chalkgrad.language import Axis, Program, Tensor, walk

_FEW_COLUMNS = 4
_SPARE = 512  # numbers after the last, which whole squares and vectors may touch


@dataclass
class Written:
    """The assembly, what lies where, and what is computed in between.

    `run 0`, `run 1`, … take one pointer, to the addresses of all declared tensors and results, of `scratch` numbers
    that are 0 at first, and of `table`. After each but the last comes what is done with a matrix in `between`.
    `places` says where tensors are: the number of their address, and of the number from there.
    """

    assembly: str
    scratch: int
    table: list[int]
    between: list[Matrices | Solved | Chosen | Recurring]
    places: Mapping[Tensor, tuple[int, int]]


def written(program: Program, steps: Sequence[Step], layouts: Layouts, vectors: Emitter, registers: int) -> Written:
    """The assembly for steps."""
    return _Writer(program, steps, layouts, vectors, registers).write()


@dataclass
class _Writer:
    program: Program
    steps: Sequence[Step]
    layouts: Layouts
    vectors: Emitter
    registers: int
    scratch: int = 0
    table: list[int] = field(default_factory=list)
    functions: dict[str, str] = field(default_factory=dict)
    kernels: dict[ProductShape, str] = field(default_factory=dict)
    packs: dict[ProductShape, str] = field(default_factory=dict)
    places: dict[Tensor, tuple[int, int]] = field(default_factory=dict)
    copied: set[Tensor] = field(default_factory=set)

    def write(self) -> Written:
        addresses = list(dict.fromkeys((*self.program.declared, *self.program.results)))
        self.last = len(addresses)
        self.places |= {tensor: (number, 0) for number, tensor in enumerate(addresses)}
        self.local = kept_in_rows(self.steps, self.program.results)
        runs: list[list[Step]] = [[]]
        between: list[Matrices | Solved | Chosen | Recurring] = []
        for step in self.steps:
            if isinstance(step, Matrices | Solved | Chosen | Recurring):
                for tensor in writes(step):
                    self._place(tensor)
                between.append(step)
                runs.append([])
            else:
                runs[-1].append(step)
        texts = [self._run(number, run) for number, run in enumerate(runs)]
        kernels = [
            *(product_function(name, shape, self.vectors, self.registers) for shape, name in self.kernels.items()),
            *(pack_function(name, shape, self.vectors, self.registers) for shape, name in self.packs.items()),
        ]
        functions = [f"define internal void {name}{text}" for text, name in self.functions.items()]
        helpers = [transpose_function(self.vectors), columns_function(self.vectors)]
        assembly = "\n".join([*kernels, *functions, *helpers, *self.vectors.declarations, *texts])
        return Written(assembly, self.scratch + _SPARE, self.table, between, self.places)

    def _run(self, number: int, steps: Iterable[Step]) -> str:
        self.scalars = Emitter(self.vectors.real, 1, self.vectors.fused, declarations=self.vectors.declarations)
        self.skeleton = Skeleton(self.scalars)
        self.bases = [self.skeleton.load("%given", place, "ptr") for place in range(self.last + 2)]
        for step in steps:
            if isinstance(step, Rows):
                self._rows(step)
            elif isinstance(step, Product):
                self._product(step)
        lines = (*self.skeleton.entry, *self.scalars.lines)
        return "\n".join([f"define void @run{number}(ptr %given) {{", "entry:", *lines, "ret void", "}"])

    # Memory

    def _room(self, count: int) -> int:
        start = self.scratch
        self.scratch += -(-count // 16) * 16
        return start

    def _place(self, tensor: Tensor) -> None:
        """Gives a tensor room, if it has none."""
        if tensor not in self.places:
            size = self.layouts.room(tensor)
            if tensor in self.local:
                size = max((int(axis.size) for axis in tensor.axes), default=1)
            self.places[tensor] = (self.last, self._room(size))

    def _address(self, tensor: Tensor, more: str = "0") -> str:
        base, first = self.places[tensor]
        at = self.skeleton.whole("add", more, first) if more != "0" and first else more if not first else str(first)
        return self.skeleton.place(self.bases[base], at, self.scalars.real)

    # Loops over rows

    def _rows(self, rows: Rows) -> None:
        """Calls the function for some loops: one for all that are alike."""
        tensors = list(dict.fromkeys(t for e in rows.equations for t in (e.tensor, *e.body.tensors)))
        for tensor in tensors:
            self._place(tensor)
        skeleton = Skeleton(Emitter(self.vectors.real, 1, self.vectors.fused, declarations=self.vectors.declarations))
        places = {}
        for number, tensor in enumerate(tensors):
            strides = self.layouts.strides[tensor]
            if tensor in self.local:
                along = next(e for e in rows.equations if e.tensor is tensor).indices
                strides = tuple(1 if axis is rows.lane else 0 for axis in along)
            places[tensor] = Place(f"%t{number}", 0, strides)
        loops = _Loops(rows, skeleton, skeleton.emitter.with_lanes(self.vectors.lanes), places, self.local)
        loops.write()
        pointers = ", ".join(f"ptr noalias %t{number}" for number in range(len(tensors)))
        lines = (*skeleton.entry, *skeleton.emitter.lines)
        text = "\n".join([f"({pointers}) noinline {{", "entry:", *lines, "ret void", "}"])
        name = self.functions.setdefault(text, f"@rows{len(self.functions)}")
        passed = ", ".join(f"ptr {self._address(tensor)}" for tensor in tensors)
        self.scalars.line(f"call void {name}({passed})")

    # Products

    def _product(self, product: Product) -> None:
        skeleton, real = self.skeleton, self.scalars.real
        for copy in product.copies:
            self._copy(copy)
        self._place(product.tensor)
        shape = ProductShape(
            rows=product.rows.size,
            most_lanes=product.columns.size,
            whole=product.columns.size % self.vectors.lanes == 0,
            a_row=product.rows.left,
            a_inner=product.terms.left,
            b_inner=product.terms.right,
            c_row=product.rows.result,
            most_inner=product.terms.size,
            tabled=bool(product.table),
        )
        passed = ""
        if product.table:
            start = len(self.table)
            self.table += [place for pair in product.table for place in pair]
            passed = f", ptr {skeleton.place(self.bases[self.last + 1], str(start), 'i64')}"
        in_scratch = self.places[product.left.tensor][0] == self.last
        packs = shape.deserves_packing and in_scratch and not product.table
        room = self._room(shape.packed_size(self.vectors.lanes)) if packs else 0
        if packs:
            packed = self.packs.setdefault(shape, f"@pack{len(self.packs)}")
            shape = ProductShape(**{**shape.__dict__, "packed": True})
        name = self.kernels.setdefault(shape, f"@product{len(self.kernels)}")
        with ExitStack() as stack:
            outer = [stack.enter_context(skeleton.loop("0", str(loop.size))) for loop in product.outer]
            added = [stack.enter_context(skeleton.loop("0", str(loop.size))) for loop in product.added]
            loops = [*zip(product.outer, outer, strict=True), *zip(product.added, added, strict=True)]
            a = self._operand(product.left, [(loop.left, index) for loop, index in loops])
            b = self._operand(product.right, [(loop.right, index) for loop, index in loops])
            c = self._address(product.tensor, self._moved("0", [(loop.result, index) for loop, index in loops]))
            adds = "0"
            for index in added:
                adds = skeleton.whole("or", adds, index) if adds != "0" else index
            if packs:
                tiles = skeleton.place(self.bases[self.last], str(room), real)
                rows = f"i64 0, i64 {product.rows.size}"
                self.scalars.line(f"call void {packed}(ptr {tiles}, ptr {a}, i64 {product.terms.size}, {rows})")
                a = tiles
            self.scalars.line(
                f"call void {name}(ptr {c}, ptr {a}, ptr {b}, i64 {product.terms.size}, i64 {product.columns.size},"
                f" i64 0, i64 {product.rows.size}, i64 {adds}{passed})"
            )

    def _moved(self, first: str, steps: Iterable[tuple[int, str]]) -> str:
        total = first
        for step, index in steps:
            if step:
                moved = index if step == 1 else self.skeleton.whole("mul", index, step)
                total = moved if total == "0" else self.skeleton.whole("add", moved, total)
        return total

    def _operand(self, operand: Operand, steps: Iterable[tuple[int, str]]) -> str:
        return self._address(operand.tensor, self._moved(str(operand.first), steps))

    def _copy(self, copy: Copy) -> None:
        """Copies a tensor once: row by row, or in squares whose rows and columns are exchanged.

        Squares are written whole, which would spoil a border.
        """
        if copy.to in self.copied:
            return
        self.copied.add(copy.to)
        self.places[copy.to] = (self.last, self._room(copy.room))
        skeleton, real = self.skeleton, self.scalars.real
        sizes = [int(axis.size) for axis in copy.source.axes]
        source, target = self.layouts.strides[copy.source], copy.strides
        kept = [place for place, size in enumerate(sizes) if size > 1]
        into = next((place for place in kept if target[place] == 1), None)
        out = next((place for place in kept if source[place] == 1 and not copy.border), into)
        with ExitStack() as stack:
            loops = [
                (place, stack.enter_context(skeleton.loop("0", str(sizes[place]))))
                for place in sorted(kept, key=lambda place: -target[place])
                if place not in (into, out)
            ]
            from_ = self._address(copy.source, self._moved("0", [(source[place], index) for place, index in loops]))
            moved = self._moved(str(copy.first), [(target[place], index) for place, index in loops])
            to = self._address(copy.to, moved)
            if into is None or out is None:
                skeleton.store(to, "0", real, skeleton.load(from_, "0", real))
            elif into == out:
                self._row(to, from_, sizes[into], source[into])
            else:
                function = "@columns" if sizes[out] <= _FEW_COLUMNS else "@transpose"
                self.scalars.line(
                    f"call void {function}(ptr {to}, i64 {target[out]}, ptr {from_}, i64 {source[into]}, ptr null,"
                    f" i64 {sizes[into]}, i64 {sizes[out]})"
                )

    def _row(self, to: str, source: str, size: int, step: int) -> None:
        """Copies a row of numbers that lie `step` apart."""
        axis, (one, two) = Axis("k", size), (Tensor(name, (Axis("k", size),)) for name in ("from", "to"))
        rows = Rows((), axis, [Equation(two, (axis,), one[axis])])
        skeleton = Skeleton(Emitter(self.vectors.real, 1, self.vectors.fused, declarations=self.vectors.declarations))
        places = {two: Place("%t0", 0, (1,)), one: Place("%t1", 0, (step,))}
        _Loops(rows, skeleton, skeleton.emitter.with_lanes(self.vectors.lanes), places, frozenset()).write()
        lines = (*skeleton.entry, *skeleton.emitter.lines)
        text = "\n".join(["(ptr noalias %t0, ptr noalias %t1) noinline {", "entry:", *lines, "ret void", "}"])
        name = self.functions.setdefault(text, f"@rows{len(self.functions)}")
        self.scalars.line(f"call void {name}(ptr {to}, ptr {source})")


class _Loops:
    """Writes the loops of some rows."""

    def __init__(
        self,
        rows: Rows,
        skeleton: Skeleton,
        vectors: Emitter,
        places: Mapping[Tensor, Place],
        local: frozenset[Tensor],
    ) -> None:
        self.rows, self.skeleton, self.vectors, self.places, self.local = rows, skeleton, vectors, places, local
        self.scalars = skeleton.emitter
        self.nests = NestWriter(skeleton, vectors, places, "0.0", Share("0", "1"), samples="")

    def write(self) -> None:
        """Writes the loops."""
        for equation in self.rows.equations:
            if not self.rows.whole_in_a_row(equation):
                self._clear(equation)
        ones = [a for e in self.rows.equations for node in walk(e.body) for a in node.free if a.size == 1]
        ones += [axis for e in self.rows.equations for axis in (*e.indices, *e.over) if axis.size == 1]
        with over(self.skeleton, self.rows.outer) as outer:
            indices = {**outer, **dict.fromkeys(ones, "0")}
            for numbers, along in self._stages():
                for equation in numbers:
                    self._number(equation, indices)
                if along:
                    self._along(along, indices)

    def _stages(self) -> list[tuple[list[Equation], list[Equation]]]:
        """The equations in order: those for numbers of a row, and those along it, which one loop computes."""
        stage: dict[Tensor, int] = {}
        stages: list[tuple[list[Equation], list[Equation]]] = []
        made = self.rows.writes
        for equation in self.rows.equations:
            first = 0
            for tensor in equation.body.tensors:
                if tensor in stage:
                    first = max(first, stage[tensor] + bool(made[tensor].fold))
            if not self.rows.runs_along(equation):
                along = [t for t in equation.body.tensors if t in stage and self.rows.runs_along(made[t])]
                first = max([first, *(stage[t] + 1 for t in along)])
            stage[equation.tensor] = first
            while len(stages) <= first:
                stages.append(([], []))
            stages[first][self.rows.runs_along(equation)].append(equation)
        return stages

    def _clear(self, equation: Equation) -> None:
        """What sums and maxima that are gathered over the rows begin with."""
        emitter = self.scalars
        start = emitter.constant(0.0 if equation.fold == "sum" else float("-inf"))
        with over(self.skeleton, equation.indices) as indices:
            emitter.store(start, self.nests.row(equation.tensor, equation.indices, indices, None))

    def _target(self, equation: Equation, indices: Mapping[Axis, str]) -> str:
        return self.nests.row(equation.tensor, equation.indices, indices, self.rows.lane)

    def _number(self, equation: Equation, indices: Mapping[Axis, str]) -> None:
        """An equation for one number of the row, which may be gathered over rows."""
        graph = Graph(masks_apart=False)
        node = Equations(graph, None, "").number_of(equation.body)
        value = self.nests.uniform(graph, uses_of(graph, [node]), indices).value(node)
        target = self._target(equation, indices)
        if equation.fold:
            value = self._folded(self.scalars, equation, self.scalars.load(target), value)
        self.scalars.store(value, target)

    def _folded(self, emitter: Emitter, equation: Equation, old: str, new: str) -> str:
        return emitter.add(old, new) if equation.fold == "sum" else emitter.maximum(old, new)

    def _along(self, equations: Sequence[Equation], indices: Mapping[Axis, str]) -> None:
        lane, vectors, skeleton = self.rows.lane, self.vectors, self.skeleton
        assert lane is not None
        graph = Graph(masks_apart=False)
        leaves = Equations(graph, lane, "")
        nodes = []
        for equation in equations:
            nodes.append(leaves.number_of(equation.body))
            if not equation.fold:
                leaves.made[equation.tensor] = nodes[-1]
        read_later = self._read_outside(equations)
        wanted = [k for k, e in enumerate(equations) if e.fold or e.tensor not in self.local or e.tensor in read_later]
        totals = {}
        for place in wanted:
            equation = equations[place]
            if lane in equation.over:
                totals[place] = skeleton.variable(vectors.vector)
                start = vectors.constant(0.0 if equation.fold == "sum" else float("-inf"))
                skeleton.put(totals[place], vectors.vector, start)
        chosen = [nodes[place] for place in wanted]
        prepared = self.nests.prepare(graph, uses_of(graph, chosen), chosen, indices, lane)
        targets = {k: self._target(equations[k], indices) for k in wanted if k not in totals}
        for index, mask in self.nests.along(lane, Extent("0", "0")):
            for place, value in zip(wanted, self.nests.values(prepared, index, mask), strict=True):
                equation = equations[place]
                if place in totals:
                    old = skeleton.get(totals[place], vectors.vector)
                    new = self._folded(vectors, equation, old, value)
                    skeleton.put(totals[place], vectors.vector, vectors.select(mask, new, old) if mask else new)
                    continue
                target = skeleton.place(targets[place], index, self.scalars.real)
                if equation.fold:
                    value = self._folded(vectors, equation, vectors.load(target, mask), value)
                vectors.store(value, target, mask)
        for place, total in totals.items():
            equation = equations[place]
            join = sum_of_lanes if equation.fold == "sum" else greatest_of_lanes
            number = join(vectors, skeleton.get(total, vectors.vector))
            target = self._target(equation, indices)
            if not self.rows.whole_in_a_row(equation):
                number = self._folded(self.scalars, equation, self.scalars.load(target), number)
            self.scalars.store(number, target)

    def _read_outside(self, equations: Sequence[Equation]) -> set[Tensor]:
        """What other loops of the row read."""
        others = [equation for equation in self.rows.equations if equation not in equations]
        return {tensor for equation in others for tensor in equation.body.tensors}
