"""A run of training for networks that do not fit into registers: operations on whole layers, with all of it in memory.

Samples are taken in blocks. A value for each sample is a row of numbers, one for each sample of the block, so that all
that is elementwise runs along the samples, and every layer is a product of matrices. Threads share out the samples of a
block where something is computed for each of them, and the numbers of the results where samples are summed: every
number is computed by one thread, in the same order whichever it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from chalkgrad.engines.lowering import numbers_of
from chalkgrad.engines.native.blocks import Skeleton
from chalkgrad.engines.native.dropout import dropout_function
from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.epochs import MIX, SEED, STEPS, THREAD, THREADS, Epochs, shuffle_function
from chalkgrad.engines.native.layer_memory import Memory
from chalkgrad.engines.native.layer_plan import SAMPLES, LayerPlan, per_sample, size_of, sums_samples
from chalkgrad.engines.native.layout import apart
from chalkgrad.engines.native.matrices import ProductShape, pack_function, product_function
from chalkgrad.engines.native.nest_loops import Extent, NestWriter, Place, Share, over, pieces_of
from chalkgrad.engines.native.teams import Team
from chalkgrad.engines.native.transposing import columns_function, transpose_function
from chalkgrad.engines.native.updating import UpdatePlan, write_update
from chalkgrad.engines.nests import Contraction, Nest, Operation, Reduction
from chalkgrad.engines.shuffling import threshold
from chalkgrad.language import Axis, Element, Tensor

_FEW_COLUMNS = 4


class _Layers:
    """The state while the function is written."""

    def __init__(self, plan: LayerPlan, real: str, lanes: int, registers: int, fused: bool) -> None:
        self.plan, self.registers = plan, registers
        self.scalars = Emitter(real, 1, fused)
        self.vectors = self.scalars.with_lanes(lanes)
        self.skeleton = Skeleton(self.scalars)
        self.memory = Memory(plan, lanes, "%scratch")
        self.products: dict[ProductShape, str] = {}
        self.packs: dict[ProductShape, str] = {}
        self.nests: dict[str, str] = {}
        self.packed: dict[Contraction, Place] = {}
        read = {tensor for operation in plan.operations for tensor in operation.reads}
        self.stored = frozenset({*read, *plan.results, *plan.outputs})
        self.team: Team | None = None

    def write(self) -> str:
        """The assembly of the function `run`."""
        plan, skeleton, scalars = self.plan, self.skeleton, self.scalars
        real = scalars.real
        epochs = Epochs(skeleton, shuffled=plan.shuffled)
        if plan.threaded:
            self.team = Team(skeleton, "%board", epochs.control[THREAD], epochs.control[THREADS])
        rows = [skeleton.load("%columns", place, "ptr") for place in range(len(plan.data) + len(plan.outputs))]
        epochs.begin()
        with skeleton.loop("0", epochs.control[STEPS]) as step:
            begin, count = epochs.batch()
            self.step_number, self.seed = epochs.step_number(step), epochs.control[SEED]
            self.size = scalars.value(f"sitofp i64 {count} to {real}")
            self._step(rows, begin, count)
            if plan.update is not None:
                self._update(plan.update, step)
                self._meet()
        arguments = "ptr noalias %columns, ptr noalias %order, ptr %slots, ptr noalias %rates"
        rest = "ptr %scratch, ptr noalias %control, ptr %board"
        kernels = [
            kernel(name, shape, self.vectors, self.registers)
            for kernel, made in ((product_function, self.products), (pack_function, self.packs))
            for shape, name in made.items()
        ]
        return "\n".join(
            [
                MIX,
                shuffle_function() if plan.shuffled else "",
                dropout_function(self.vectors) if plan.drawn else "",
                *kernels,
                *(f"define internal void {name}{text}" for text, name in self.nests.items()),
                transpose_function(self.vectors),
                columns_function(self.vectors),
                *scalars.declarations,
                f"define void @run({arguments}, {rest}) {{",
                "entry:",
                *skeleton.entry,
                *scalars.lines,
                "ret void",
                "}",
                f"define i64 @scratch() {{ ret i64 {self.memory.used + self.vectors.lanes} }}",
            ]
        )

    # Threads

    def _meet(self) -> None:
        if self.team is not None:
            self.team.meet()

    def _share(self, pieces: int | str, size: int = 1) -> Share:
        """What this thread does of so many pieces, of so many things each."""
        if self.team is None:
            return Share("0", str(pieces) if size == 1 else self.skeleton.whole("mul", str(pieces), size))
        begin, end = self.team.part(str(pieces))
        return Share(begin, end) if size == 1 else Share(*(self.skeleton.whole("mul", at, size) for at in (begin, end)))

    @contextmanager
    def _of_each_thread(self, extent: Extent) -> Iterator[Extent]:
        """The samples of an extent that are this thread's, in whole vectors; nothing where there are none."""
        if self.team is None:
            yield extent
            return
        skeleton, lanes = self.skeleton, self.vectors.lanes
        share = self._share(skeleton.whole("sdiv", extent.padded, lanes), lanes)
        count = skeleton.whole("sub", skeleton.lesser(share.end, extent.count), share.begin)
        padded = skeleton.whole("sub", share.end, share.begin)
        with skeleton.when(self.scalars.value(f"icmp sgt i64 {padded}, 0")):
            yield Extent(count, padded, share.begin)

    # A step

    def _update(self, update: UpdatePlan, step: str) -> None:
        """The optimiser's equations with the gradient."""
        skeleton, real, lanes = self.skeleton, self.scalars.real, self.vectors.lanes
        number = self.scalars.value(f"sitofp i64 {self.step_number} to {real}")
        changing = {update.rate: skeleton.load("%rates", step, real), update.step: number}
        count = sum(numbers_of(tensor) for tensor in self.plan.parameters)
        share = self._share(-(-count // lanes), lanes)
        write_update(update, count, share, apart(count), "%scratch", changing, skeleton, self.vectors)

    def _step(self, rows: Sequence[str], begin: str, count: str) -> None:
        """The results over the samples of a step, and the outputs for each."""
        plan, skeleton, block = self.plan, self.skeleton, self.memory.block
        if plan.in_stages:
            self._stages(rows, begin, self._extent(count))
            return
        inside = [operation for operation in plan.operations if per_sample(operation) or sums_samples(operation)]
        outside = [operation for operation in plan.operations if operation not in inside]
        before = [operation for operation in outside if not plan.after_sums & set(operation.writes)]
        self._for_all_samples(before)
        self._pack(inside)
        if plan.batch <= block:
            self._block(inside, rows, begin, count, "0")
        else:
            with skeleton.loop("0", count, block) as first:
                here = skeleton.lesser(skeleton.whole("sub", count, first), block)
                self._block(inside, rows, skeleton.whole("add", begin, first), here, first)
        self._for_all_samples([operation for operation in outside if operation not in before])

    def _stages(self, rows: Sequence[str], begin: str, whole: Extent) -> None:
        """All samples of a step at once, for operations that go back and forth between samples and sums."""
        plan = self.plan
        self._pack([operation for operation in plan.operations if operation.reads & set(plan.parameters)])
        with self._of_each_thread(whole) as own:
            self._load(rows, begin, own)
            self._draw("0", own)
        transposed: set[Tensor] = set()
        for operation in plan.operations:
            alone = per_sample(operation) and not sums_samples(operation)
            with self._of_each_thread(whole) as own:
                if alone:
                    self._operation(operation, own, "0")
                elif sums_samples(operation):
                    self._transpose([operation], own, transposed)
            if not alone:
                self._meet()
                self._operation(operation, whole, "0")
                self._meet()
        with self._of_each_thread(whole) as own:
            self._write_outputs(rows, begin, own)

    def _for_all_samples(self, operations: Sequence[Operation]) -> None:
        """What does not depend on a sample: each may read all of those before it."""
        for operation in operations:
            self._operation(operation, Extent("0", "0"), "0")
            self._meet()

    def _block(self, operations: Sequence[Operation], rows: Sequence[str], begin: str, count: str, first: str) -> None:
        """Some samples from `begin` in the data on, `first` in their batch: all for each sample, then the sums."""
        whole = self._extent(count)
        sums = [operation for operation in operations if sums_samples(operation)]
        with self._of_each_thread(whole) as own:
            self._load(rows, begin, own)
            self._draw(first, own)
            for operation in operations:
                if operation not in sums:
                    self._operation(operation, own, "0")
            self._transpose(sums, own, set())
            self._write_outputs(rows, begin, own)
        self._meet()
        for operation in sums:
            self._operation(operation, whole, first)
        if sums:
            self._meet()

    def _extent(self, count: str) -> Extent:
        skeleton, lanes = self.skeleton, self.vectors.lanes
        rounded = skeleton.whole("add", count, lanes - 1)
        return Extent(count, skeleton.whole("and", rounded, -lanes))

    # Samples

    def _load(self, rows: Sequence[str], begin: str, extent: Extent) -> None:
        """The samples of a block, from rows of data to a row for each of their numbers."""
        skeleton, real = self.skeleton, self.scalars.real
        begin = skeleton.whole("add", begin, extent.first)
        for tensor, data in zip(self.plan.data, rows, strict=False):
            if tensor not in self.stored:
                continue
            width = numbers_of(tensor)
            order, source = "null", data
            if self.plan.shuffled:
                order = skeleton.place("%order", begin, "i32")
            else:
                source = skeleton.place(data, skeleton.whole("mul", begin, width), real)
            target = self._start(self.memory.places[tensor], tensor, extent)
            self._exchange(target, self.memory.row, source, width, extent.count, str(width), order)

    def _write_outputs(self, rows: Sequence[str], begin: str, extent: Extent) -> None:
        """The outputs of a block of samples, as rows."""
        skeleton = self.skeleton
        for tensor, pointer in zip(self.plan.outputs, rows[len(self.plan.data) :], strict=True):
            width = numbers_of(tensor)
            row = skeleton.whole("mul", skeleton.whole("add", begin, extent.first), width)
            to = skeleton.place(pointer, row, self.scalars.real)
            source = self._start(self.memory.places[tensor], tensor, extent)
            # Number by number: squares would be written past the end.
            self.scalars.line(
                f"call void @columns(ptr {to}, i64 {width}, ptr {source}, i64 {self.memory.row}, ptr null,"
                f" i64 {width}, i64 {extent.count})"
            )

    def _draw(self, first: str, extent: Extent) -> None:
        """Which units are kept, for samples of a block whose first one is number `first` of its batch."""
        skeleton, scalars = self.skeleton, self.scalars
        for layer, (tensor, kept) in enumerate(self.plan.drawn):
            target = self._start(self.memory.places[tensor], tensor, extent)
            number = skeleton.whole("add", first, extent.first)
            key = scalars.value(f"call i64 @mix(i64 {self.seed})")
            for part in (str(layer + 1), self.step_number):
                key = scalars.value(f"call i64 @mix(i64 {skeleton.whole('add', key, part)})")
            scalars.line(
                f"call void @dropout(ptr {target}, i64 {self.memory.row}, i64 {numbers_of(tensor)}, i64 {number},"
                f" i64 {extent.padded}, i64 {key}, i64 {threshold(kept)})"
            )

    def _transpose(self, operations: Sequence[Operation], extent: Extent, done: set[Tensor]) -> None:
        """Brings the samples of tensors one below the other whose rows sums over the samples run along."""
        skeleton, memory, real = self.skeleton, self.memory, self.scalars.real
        for operation in operations:
            if not isinstance(operation, Contraction) or operation.right.tensor in done:
                continue
            tensor = operation.right.tensor
            done.add(tensor)
            row = memory.transposed_row(tensor)
            source = self._start(memory.places[tensor], tensor, extent)
            place = memory.transposed[tensor]
            offset = skeleton.whole("add", skeleton.whole("mul", extent.first, row), place.offset)
            target = skeleton.place(place.pointer, offset, real)
            self._exchange(target, row, source, memory.row, str(numbers_of(tensor)), extent.padded)

    def _exchange(
        self, target: str, to_row: int, source: str, source_row: int, rows: str, columns: str, order: str = "null"
    ) -> None:
        """Writes the rows of a source as columns."""
        function = "@columns" if columns.isdigit() and int(columns) <= _FEW_COLUMNS else "@transpose"
        self.scalars.line(
            f"call void {function}(ptr {target}, i64 {to_row}, ptr {source}, i64 {source_row}, ptr {order},"
            f" i64 {rows}, i64 {columns})"
        )

    # Operations

    def _operation(self, operation: Operation, extent: Extent, adds: str) -> None:
        """This thread's part of an operation: the samples of the extent, or a share of the numbers of the result."""
        match operation:
            case Nest() | Reduction():
                self._nest(operation, extent, adds if sums_samples(operation) else "0")
            case Contraction():
                self._contract(operation, extent, adds)

    def _nest(self, operation: Nest | Reduction, extent: Extent, adds: str) -> None:
        """Calls the function that computes a nest or a reduction: one for all layers that are alike."""
        kept = [tensor for tensor in operation.writes if tensor in self.stored]
        bodies = operation.definitions if isinstance(operation, Nest) else (operation,)
        used = dict.fromkeys([*kept, *(tensor for found in bodies for tensor in found.body.tensors)])
        tensors = [tensor for tensor in used if tensor in self.stored or tensor not in operation.writes]
        places = {
            tensor: Place(f"%t{number}", 0, self.memory.places[tensor].strides) for number, tensor in enumerate(tensors)
        }
        skeleton = Skeleton(Emitter(self.scalars.real, 1, self.scalars.fused, declarations=self.scalars.declarations))
        share = Share("%begin", "%end")
        writer = NestWriter(skeleton, skeleton.emitter.with_lanes(self.vectors.lanes), places, "%size", share, SAMPLES)
        inside = Extent("%count", "%padded")
        if isinstance(operation, Nest):
            pieces = writer.nest(operation, self.stored, inside)
        else:
            pieces = writer.reduction(operation, "%adds", inside)
        real = self.scalars.real
        pointers = "".join(f"ptr noalias %t{number}, " for number in range(len(tensors)))
        text = "\n".join(
            [
                f"({pointers}i64 %count, i64 %padded, {real} %size, i64 %adds, i64 %begin, i64 %end) noinline {{",
                "entry:",
                *skeleton.entry,
                *skeleton.emitter.lines,
                "ret void",
                "}",
            ]
        )
        name = self.nests.setdefault(text, f"@nest{len(self.nests)}")
        passed = "".join(f"ptr {self._start(self.memory.places[tensor], tensor, extent)}, " for tensor in tensors)
        own = Share("0", str(pieces)) if per_sample(operation) else self._share(pieces)
        self.scalars.line(
            f"call void {name}({passed}i64 {extent.count}, i64 {extent.padded}, {real} {self.size}, i64 {adds},"
            f" i64 {own.begin}, i64 {own.end})"
        )

    def _shape(self, operation: Contraction) -> ProductShape:
        memory, row = self.memory, operation.row
        over_samples = operation.inner.size == SAMPLES
        left, result = memory.places[operation.left.tensor], memory.places[operation.result]
        right = (memory.transposed if over_samples else memory.places)[operation.right.tensor]
        most = size_of(operation.lane) if over_samples else memory.block
        return ProductShape(
            rows=1 if row is None else size_of(row),
            most_lanes=most,
            whole=most % self.vectors.lanes == 0,
            a_row=0 if row is None else left.stride(operation.left, row),
            a_inner=left.stride(operation.left, operation.inner),
            b_inner=right.stride(operation.right, operation.inner),
            c_row=0 if row is None else result.stride(operation.result[operation.axes], row),
            most_inner=memory.block if over_samples else size_of(operation.inner),
        )

    def _pack(self, operations: Sequence[Operation]) -> None:
        """Brings together what products over the layers' units read again for many samples, once for a whole step."""
        vectors = self.vectors
        for operation in operations:
            if not isinstance(operation, Contraction) or sums_samples(operation) or operation.outer or operation.summed:
                continue
            shape = self._shape(operation)
            if not shape.deserves_packing:
                continue
            if operation not in self.packed:
                self.packed[operation] = self.memory.room(shape.packed_size(vectors.lanes))
            name = self.packs.setdefault(shape, f"@pack{len(self.packs)}")
            own = self._rows(shape)
            inner = size_of(operation.inner)
            a = self._start(self.memory.places[operation.left.tensor], operation.left.tensor, Extent("0", "0"))
            self.scalars.line(
                f"call void {name}(ptr {self._packed(operation)}, ptr {a}, i64 {inner}, i64 {own.begin}, i64 {own.end})"
            )
        if self.packed:
            self._meet()

    def _packed(self, operation: Contraction) -> str:
        place = self.packed[operation]
        return self.skeleton.place(place.pointer, str(place.offset), self.scalars.real)

    def _rows(self, shape: ProductShape) -> Share:
        """This thread's share of the rows of a product, in whole tiles."""
        height = shape.height(self.vectors.lanes, self.registers)
        share = self._share(-(-shape.rows // height), height)
        return Share(share.begin, self.skeleton.lesser(share.end, shape.rows))

    def _contract(self, operation: Contraction, extent: Extent, adds: str) -> None:
        skeleton, memory = self.skeleton, self.memory
        left, right = memory.places[operation.left.tensor], memory.places[operation.right.tensor]
        result = memory.places[operation.result]
        over_samples = operation.inner.size == SAMPLES
        shape = self._shape(operation)
        rows = Share("0", str(shape.rows))
        if over_samples:
            right = memory.transposed[operation.right.tensor]
            inner, lanes = extent.count, str(size_of(operation.lane))
        else:
            inner, lanes, adds = str(size_of(operation.inner)), extent.padded, "0"
        if operation in self.packed:
            shape = replace(shape, packed=True)
        name = self.products.setdefault(shape, f"@product{len(self.products)}")
        rows, loops = Share("0", str(shape.rows)), None
        if over_samples and pieces_of(operation.outer) > 1:
            loops = self._share(pieces_of(operation.outer))
        elif over_samples:
            rows = self._rows(shape)
        with over(skeleton, operation.outer, loops) as outer, over(skeleton, operation.summed) as summed:
            indices = {**outer, **summed}
            again = adds
            for index in summed.values():
                if index != "0":
                    again = skeleton.whole("or", index, again)
            c = self._address(result, operation.result[operation.axes], indices, extent)
            a = self._address(left, operation.left, indices, extent)
            if operation in self.packed:
                a = self._packed(operation)
            b = self._address(right, operation.right, indices, extent)
            self.scalars.line(
                f"call void {name}(ptr {c}, ptr {a}, ptr {b}, i64 {inner}, i64 {lanes}, i64 {rows.begin},"
                f" i64 {rows.end}, i64 {again})"
            )

    def _address(self, place: Place, element: Element, indices: Mapping[Axis, str], extent: Extent) -> str:
        skeleton, total = self.skeleton, self._first(place, element.tensor, extent)
        for index, stride in zip(element.indices, place.strides, strict=True):
            at = indices.get(index.axis) if index.axis is not None else None
            if at is not None and at != "0":
                total = skeleton.whole("add", skeleton.whole("mul", at, stride), total)
        return skeleton.place(place.pointer, total, self.scalars.real)

    def _start(self, place: Place, tensor: Tensor, extent: Extent) -> str:
        """The address of a tensor from the first sample of an extent on."""
        return self.skeleton.place(place.pointer, self._first(place, tensor, extent), self.scalars.real)

    def _first(self, place: Place, tensor: Tensor, extent: Extent) -> str:
        if extent.first == "0" or all(axis.size != SAMPLES for axis in tensor.axes):
            return str(place.offset)
        return self.skeleton.whole("add", extent.first, place.offset)


def layer_assembly(plan: LayerPlan, real: str, lanes: int, *, registers: int, fused: bool = True) -> str:
    """LLVM assembly of `run`, as in `training_loop`; `columns` points to the rows of each tensor of data.

    `scratch` points to as many numbers as `scratch()` says. If threads run it together, slots, scratch and board are
    theirs in common.
    """
    return _Layers(plan, real, lanes, registers, fused).write()
