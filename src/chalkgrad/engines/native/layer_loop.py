"""A run of training for networks that do not fit into registers: operations on whole layers, with all of it in memory.

Samples are taken in blocks. A value for each sample is a row of numbers, one for each sample of the block, so that all
that is elementwise runs along the samples, and every layer is a product of matrices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

from chalkgrad.engines.lowering import LoweringError, numbers_of
from chalkgrad.engines.native.blocks import Skeleton
from chalkgrad.engines.native.dropout import dropout_function
from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.epochs import MIX, SEED, STEPS, Epochs, shuffle_function
from chalkgrad.engines.native.layout import apart
from chalkgrad.engines.native.matrices import ProductShape, columns_function, product_function, transpose_function
from chalkgrad.engines.native.nest_loops import Extent, NestWriter, Place, over
from chalkgrad.engines.native.updating import UpdatePlan, write_update
from chalkgrad.engines.nests import Contraction, Nest, Operation, Reduction
from chalkgrad.engines.shuffling import threshold
from chalkgrad.language import Axis, Element, Tensor

SAMPLES = "n"
MOST_SAMPLES = 512
_FEW_COLUMNS = 4


@dataclass(frozen=True)
class LayerPlan:
    """What a step computes.

    `data` are the tensors whose rows are given, `parameters` those in the slots, `results` what is computed from all
    samples: the gradients in the order of the parameters, where there is an update. `batch` is the greatest number of
    samples of a step. `drawn` are the tensors of ones and zeros that are drawn at random for each step, with how likely
    a one is. `outputs` are computed for each sample, and their rows go where pointers after those of the data lead.
    """

    operations: tuple[Operation, ...]
    data: tuple[Tensor, ...]
    parameters: tuple[Tensor, ...]
    results: tuple[Tensor, ...]
    update: UpdatePlan | None
    shuffled: bool
    batch: int
    drawn: tuple[tuple[Tensor, float], ...] = ()
    outputs: tuple[Tensor, ...] = ()

    @cached_property
    def after_sums(self) -> frozenset[Tensor]:
        """The tensors that depend on a sum over the samples."""
        found: set[Tensor] = set()
        for operation in self.operations:
            if _sums_samples(operation) or operation.reads & found:
                found.update(operation.writes)
        return frozenset(found)

    @cached_property
    def in_stages(self) -> bool:
        """Whether something is computed for each sample from sums over all of them: then no batch can be cut."""
        return any(
            operation.reads & self.after_sums and (_per_sample(operation) or _sums_samples(operation))
            for operation in self.operations
        )

    def block(self, lanes: int) -> int:
        """How many samples are computed together, in whole vectors."""
        batch = -(-self.batch // lanes) * lanes
        return batch if self.in_stages else min(batch, MOST_SAMPLES)


def _per_sample(operation: Operation) -> bool:
    axes = operation.axes
    return any(axis.size == SAMPLES for axis in axes)


def _sums_samples(operation: Operation) -> bool:
    match operation:
        case Contraction(inner=inner, summed=summed):
            return any(axis.size == SAMPLES for axis in (inner, *summed))
        case Reduction(summed=summed):
            return any(axis.size == SAMPLES for axis in summed)
    return False


def _size(axis: Axis) -> int:
    if not isinstance(axis.size, int):
        raise LoweringError(f"the size of the axis '{axis.name}' is not known")
    return axis.size


class _Memory:
    """Where every tensor is: parameters in the slots, the rest one after the other in the scratch."""

    def __init__(self, plan: LayerPlan, lanes: int, results: str) -> None:
        self.block, self.lanes, self.used = plan.block(lanes), lanes, 0
        self.row = self._spread(self.block)
        self.places: dict[Tensor, Place] = {}
        self.transposed: dict[Tensor, Place] = {}
        for pointer, tensors in (("%slots", plan.parameters), (results, plan.results)):
            offset = 0
            for tensor in tensors:
                self.places[tensor] = Place(pointer, offset, _strides([_size(axis) for axis in tensor.axes]))
                offset += numbers_of(tensor)
            if pointer == results:
                self.used = self._up(offset)
        for tensor in (
            *plan.data,
            *(tensor for tensor, _ in plan.drawn),
            *(tensor for operation in plan.operations for tensor in operation.writes),
        ):
            if tensor not in self.places:
                self.places[tensor] = self._new(tensor)
        for operation in plan.operations:
            if isinstance(operation, Contraction) and operation.inner.size == SAMPLES:
                self._transpose(operation.right.tensor)

    def _up(self, count: int) -> int:
        return -(-count // self.lanes) * self.lanes

    def _new(self, tensor: Tensor) -> Place:
        own = [_size(axis) for axis in tensor.axes if axis.size != SAMPLES]
        samples = len(own) < len(tensor.axes)
        strides = iter(stride * (self.row if samples else 1) for stride in _strides(own))
        place = Place("%scratch", self.used, tuple(1 if a.size == SAMPLES else next(strides) for a in tensor.axes))
        self.used += self._up(prod(own)) * (self.row if samples else 1)
        return place

    def _spread(self, count: int) -> int:
        """A length for rows of so many numbers that does not put all of them into the same set of the cache."""
        vectors = self._up(count) // self.lanes
        return (vectors + (vectors % 16 == 0)) * self.lanes

    def transposed_row(self, tensor: Tensor) -> int:
        """How many numbers lie between two samples of a tensor whose samples are one below the other."""
        return self._spread(numbers_of(tensor))

    def _transpose(self, tensor: Tensor) -> None:
        """Room for a tensor with its samples one below the other."""
        if tensor not in self.transposed:
            own = [_size(axis) for axis in tensor.axes if axis.size != SAMPLES]
            row = self.transposed_row(tensor)
            strides = iter(_strides(own))
            found = tuple(row if axis.size == SAMPLES else next(strides) for axis in tensor.axes)
            self.transposed[tensor] = Place("%scratch", self.used, found)
            self.used += row * self.block


def _strides(sizes: Sequence[int]) -> tuple[int, ...]:
    return tuple(prod(sizes[k + 1 :]) for k in range(len(sizes)))


class _Layers:
    """The state while the function is written."""

    def __init__(self, plan: LayerPlan, real: str, lanes: int, registers: int, fused: bool) -> None:
        self.plan, self.registers = plan, registers
        self.scalars = Emitter(real, 1, fused)
        self.vectors = self.scalars.with_lanes(lanes)
        self.skeleton = Skeleton(self.scalars)
        self.memory = _Memory(plan, lanes, "%scratch")
        self.products: dict[ProductShape, str] = {}
        self.nests: dict[str, str] = {}
        read = {tensor for operation in plan.operations for tensor in operation.reads}
        self.stored = frozenset({*read, *plan.results, *plan.outputs})
        self._now_transposed: set[Tensor] = set()
        self.tiles = 0

    def write(self) -> str:
        """The assembly of the function `run`."""
        plan, skeleton, scalars = self.plan, self.skeleton, self.scalars
        real = scalars.real
        epochs = Epochs(skeleton, shuffled=plan.shuffled)
        rows = [skeleton.load("%columns", place, "ptr") for place in range(len(plan.data) + len(plan.outputs))]
        epochs.begin()
        with skeleton.loop("0", epochs.control[STEPS]) as step:
            begin, count = epochs.batch()
            self.step_number, self.seed = epochs.step_number(step), epochs.control[SEED]
            self.size = scalars.value(f"sitofp i64 {count} to {real}")
            self._step(rows, begin, count)
            if plan.update is not None:
                self._update(plan.update, step)
        arguments = "ptr noalias %columns, ptr noalias %order, ptr noalias %slots, ptr noalias %rates"
        rest = "ptr noalias %scratch, ptr noalias %control, ptr %barrier"
        functions = [
            product_function(name, shape, self.vectors, self.registers) for shape, name in self.products.items()
        ]
        return "\n".join(
            [
                MIX,
                shuffle_function() if plan.shuffled else "",
                dropout_function(self.vectors) if plan.drawn else "",
                *functions,
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
                f"define i64 @scratch() {{ ret i64 {self.memory.used + self.tiles + self.vectors.lanes} }}",
            ]
        )

    def _update(self, update: UpdatePlan, step: str) -> None:
        """The optimiser's equations with the gradient."""
        skeleton, real = self.skeleton, self.scalars.real
        number = self.scalars.value(f"sitofp i64 {self.step_number} to {real}")
        changing = {update.rate: skeleton.load("%rates", step, real), update.step: number}
        count = sum(numbers_of(tensor) for tensor in self.plan.parameters)
        write_update(update, count, apart(count), "%scratch", changing, skeleton, self.vectors)

    def _step(self, rows: Sequence[str], begin: str, count: str) -> None:
        """The results over the samples of a step, and the outputs for each."""
        plan, skeleton, block = self.plan, self.skeleton, self.memory.block
        no_samples = Extent("0", "0")
        inside = [operation for operation in plan.operations if _per_sample(operation) or _sums_samples(operation)]
        if plan.in_stages:
            self._load(rows, begin, count)
            self._draw("0", self._extent(count))
            self._operations(plan.operations, self._extent(count), "0")
            self._write_outputs(rows, begin, count)
            return
        outside = [operation for operation in plan.operations if operation not in inside]
        before = [operation for operation in outside if not plan.after_sums & set(operation.writes)]
        self._operations(before, no_samples, "0")
        if plan.batch <= block:
            self._load(rows, begin, count)
            self._draw("0", self._extent(count))
            self._operations(inside, self._extent(count), "0")
            self._write_outputs(rows, begin, count)
        else:
            with skeleton.loop("0", count, block) as first:
                here = skeleton.lesser(skeleton.whole("sub", count, first), block)
                self._load(rows, skeleton.whole("add", begin, first), here)
                self._draw(first, self._extent(here))
                self._operations(inside, self._extent(here), first)
                self._write_outputs(rows, skeleton.whole("add", begin, first), here)
        self._operations([operation for operation in outside if operation not in before], no_samples, "0")

    def _extent(self, count: str) -> Extent:
        skeleton, lanes = self.skeleton, self.vectors.lanes
        rounded = skeleton.whole("add", count, lanes - 1)
        return Extent(count, skeleton.whole("and", rounded, -lanes))

    def _load(self, rows: Sequence[str], begin: str, count: str) -> None:
        """The samples of a block, from rows of data to a row for each of their numbers."""
        skeleton, real = self.skeleton, self.scalars.real
        for tensor, data in zip(self.plan.data, rows, strict=False):
            if tensor not in self.stored:
                continue
            width = numbers_of(tensor)
            order, source = "null", data
            if self.plan.shuffled:
                order = skeleton.place("%order", begin, "i32")
            else:
                source = skeleton.place(data, skeleton.whole("mul", begin, width), real)
            self._exchange(self.memory.places[tensor], self.memory.row, source, width, count, str(width), order)

    def _write_outputs(self, rows: Sequence[str], begin: str, count: str) -> None:
        """The outputs of a block of samples, as rows."""
        for tensor, pointer in zip(self.plan.outputs, rows[len(self.plan.data) :], strict=True):
            width = numbers_of(tensor)
            to = self.skeleton.place(pointer, self.skeleton.whole("mul", begin, width), self.scalars.real)
            place = self.memory.places[tensor]
            source = self.skeleton.place(place.pointer, str(place.offset), self.scalars.real)
            # Number by number: squares would be written past the end.
            self.scalars.line(
                f"call void @columns(ptr {to}, i64 {width}, ptr {source}, i64 {self.memory.row}, ptr null,"
                f" i64 {width}, i64 {count})"
            )

    def _draw(self, first: str, extent: Extent) -> None:
        """Which units are kept, for the samples from the first of a batch on."""
        skeleton, scalars = self.skeleton, self.scalars
        for layer, (tensor, kept) in enumerate(self.plan.drawn):
            place = self.memory.places[tensor]
            target = skeleton.place(place.pointer, str(place.offset), scalars.real)
            key = scalars.value(f"call i64 @mix(i64 {self.seed})")
            for part in (str(layer + 1), self.step_number):
                key = scalars.value(f"call i64 @mix(i64 {skeleton.whole('add', key, part)})")
            scalars.line(
                f"call void @dropout(ptr {target}, i64 {self.memory.row}, i64 {numbers_of(tensor)}, i64 {first},"
                f" i64 {extent.padded}, i64 {key}, i64 {threshold(kept)})"
            )

    def _exchange(
        self, to: Place, to_row: int, source: str, source_row: int, rows: str, columns: str, order: str = "null"
    ) -> None:
        """Writes the rows of a source as columns."""
        target = self.skeleton.place(to.pointer, str(to.offset), self.scalars.real)
        function = "@columns" if columns.isdigit() and int(columns) <= _FEW_COLUMNS else "@transpose"
        self.scalars.line(
            f"call void {function}(ptr {target}, i64 {to_row}, ptr {source}, i64 {source_row}, ptr {order},"
            f" i64 {rows}, i64 {columns})"
        )

    def _operations(self, operations: Sequence[Operation], extent: Extent, adds: str) -> None:
        self._now_transposed.clear()
        for operation in operations:
            match operation:
                case Nest() | Reduction():
                    self._nest(operation, extent, adds if _sums_samples(operation) else "0")
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
        writer = NestWriter(skeleton, skeleton.emitter.with_lanes(self.vectors.lanes), places, "%size", SAMPLES)
        inside = Extent("%count", "%padded")
        if isinstance(operation, Nest):
            writer.nest(operation, self.stored, inside)
        else:
            writer.reduction(operation, "%adds", inside)
        real = self.scalars.real
        pointers = "".join(f"ptr noalias %t{number}, " for number in range(len(tensors)))
        text = "\n".join(
            [
                f"({pointers}i64 %count, i64 %padded, {real} %size, i64 %adds) noinline {{",
                "entry:",
                *skeleton.entry,
                *skeleton.emitter.lines,
                "ret void",
                "}",
            ]
        )
        name = self.nests.setdefault(text, f"@nest{len(self.nests)}")
        given = [self.memory.places[tensor] for tensor in tensors]
        addresses = [self.skeleton.place(place.pointer, str(place.offset), real) for place in given]
        passed = "".join(f"ptr {address}, " for address in addresses)
        self.scalars.line(
            f"call void {name}({passed}i64 {extent.count}, i64 {extent.padded}, {real} {self.size}, i64 {adds})"
        )

    def _contract(self, operation: Contraction, extent: Extent, adds: str) -> None:
        skeleton, memory = self.skeleton, self.memory
        left, right = memory.places[operation.left.tensor], memory.places[operation.right.tensor]
        result = memory.places[operation.result]
        over_samples = operation.inner.size == SAMPLES
        if over_samples:
            right = memory.transposed[operation.right.tensor]
            self._transposed(operation.right.tensor, extent)
            inner, lanes = extent.count, str(_size(operation.lane))
            most = _size(operation.lane)
        else:
            inner, lanes, adds, most = str(_size(operation.inner)), extent.padded, "0", memory.block
        row = operation.row
        shape = ProductShape(
            rows=1 if row is None else _size(row),
            most_lanes=most,
            whole=most % self.vectors.lanes == 0,
            a_row=0 if row is None else left.stride(operation.left, row),
            a_inner=left.stride(operation.left, operation.inner),
            b_inner=right.stride(operation.right, operation.inner),
            c_row=0 if row is None else result.stride(operation.result[operation.axes], row),
            most_inner=memory.block if over_samples else _size(operation.inner),
        )
        self.tiles = max(self.tiles, shape.packed(self.vectors.lanes))
        name = self.products.setdefault(shape, f"@product{len(self.products)}")
        tiles = skeleton.place("%scratch", str(memory.used), self.scalars.real)
        with over(skeleton, operation.outer) as outer, over(skeleton, operation.summed) as summed:
            indices = {**outer, **summed}
            again = adds
            for index in summed.values():
                if index != "0":
                    again = skeleton.whole("or", index, again)
            c = self._address(result, operation.result[operation.axes], indices)
            a = self._address(left, operation.left, indices)
            b = self._address(right, operation.right, indices)
            self.scalars.line(
                f"call void {name}(ptr {c}, ptr {a}, ptr {b}, ptr {tiles}, i64 {inner}, i64 {lanes}, i64 {again})"
            )

    def _transposed(self, tensor: Tensor, extent: Extent) -> None:
        """Brings a tensor's samples one below the other, once in a block."""
        if tensor in self._now_transposed:
            return
        self._now_transposed.add(tensor)
        place, width = self.memory.places[tensor], numbers_of(tensor)
        source = self.skeleton.place(place.pointer, str(place.offset), self.scalars.real)
        target, row = self.memory.transposed[tensor], self.memory.transposed_row(tensor)
        self._exchange(target, row, source, self.memory.row, str(width), extent.padded)

    def _address(self, place: Place, element: Element, indices: Mapping[Axis, str]) -> str:
        skeleton, total = self.skeleton, str(place.offset)
        for index, stride in zip(element.indices, place.strides, strict=True):
            at = indices.get(index.axis) if index.axis is not None else None
            if at is not None and at != "0":
                total = skeleton.whole("add", skeleton.whole("mul", at, stride), total)
        return skeleton.place(place.pointer, total, self.scalars.real)


def layer_assembly(plan: LayerPlan, real: str, lanes: int, *, registers: int, fused: bool = True) -> str:
    """LLVM assembly of `run`, as in `training_loop`; `columns` points to the rows of each tensor of data.

    `scratch` points to as many numbers as `scratch()` says.
    """
    return _Layers(plan, real, lanes, registers, fused).write()
