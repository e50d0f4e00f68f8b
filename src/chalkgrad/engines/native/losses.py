"""The loss over all the data as one compiled function, for the record of an epoch and for validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chalkgrad.engines.native.data import Reals, aligned, checked, columns_of, fits_registers, rows_of
from chalkgrad.engines.native.functions import compiled_code, in_threads, procedure, whole_number
from chalkgrad.engines.native.host import host
from chalkgrad.engines.native.layout import CHUNK, Layout, in_rows, threads_worth
from chalkgrad.engines.native.teams import board_size
from chalkgrad.engines.stabilise import stabilised
from chalkgrad.language import Program, Role, program_text
from chalkgrad.networks import pack, parameter_shapes

REAL = {"float32": "float", "float64": "double"}


class CompiledLoss:
    """The loss of a program over data that are arranged already (see `native.data`), for any parameters.

    Nothing as long as the data is made on the way. The sums are those of training: in pieces, in order, whatever the
    number of threads.
    """

    def __init__(
        self, program: Program, layout: Layout, columns: list[Reals], samples: int, *, in_registers: bool, threads: int
    ) -> None:
        self._columns, self._samples, self._layout = columns, samples, layout
        self._type: Any = columns[0].dtype
        real, machine = REAL[self._type.name], host()
        lanes = machine.lanes(real)
        needed = stabilised(program).needed_for(program.result)
        chunks = -(-samples // CHUNK)
        self._threads = min(threads, chunks) if in_registers else threads_worth(threads, samples, layout.count)
        threaded = self._threads > 1
        made_from = ("loss", program_text(needed), [tensor.name for tensor in layout.data], layout.row_names, real)
        if in_registers:

            def assembly() -> str:
                from chalkgrad.engines.native.planning import loss_plan
                from chalkgrad.engines.native.training_loop import training_assembly

                return training_assembly(loss_plan(needed, layout, threaded=threaded), real, lanes, fused=machine.fused)

            code = compiled_code((*made_from, "registers", threaded), assembly)
            size = 2 * chunks * whole_number(code, "scratch") if threaded else 1
        else:

            def assembly() -> str:
                from chalkgrad.engines.native.layer_loop import layer_assembly
                from chalkgrad.engines.native.layer_plan import LayerPlan
                from chalkgrad.engines.nests import operations_of

                plan = LayerPlan(
                    tuple(operations_of(needed)), layout.data, layout.parameters, (needed.result,), None, False,
                    samples, threaded=threaded,
                )  # fmt: skip
                return layer_assembly(plan, real, lanes, registers=machine.registers, fused=machine.fused)

            code = compiled_code((*made_from, "layers", min(samples, CHUNK), threaded), assembly)
            size = whole_number(code, "scratch")
        self._in_registers = in_registers
        self._run = procedure(code, "run", 7)
        self._scratch = aligned(size, self._type)

    def __call__(self, parameters: Reals) -> float:
        """The loss at the flat vector of the parameters."""
        pointers = np.array([column.ctypes.data for column in self._columns], dtype=np.uint64)
        board = np.zeros(board_size(self._threads), dtype=np.int64)
        slots = [aligned(self._layout.count + 16, self._type) for _ in range(self._threads)]
        controls = [
            np.array([self._samples, self._samples, 0, 1, 0, thread, self._threads, -1], dtype=np.int64)
            for thread in range(self._threads)
        ]
        for own in slots:
            own[: self._layout.count] = parameters

        def work(thread: int) -> None:
            self._run(
                pointers.ctypes.data, None, slots[thread].ctypes.data, None, self._scratch.ctypes.data,
                controls[thread].ctypes.data, board.ctypes.data,
            )  # fmt: skip

        in_threads(work, self._threads)
        return float(slots[0][self._layout.count] if self._in_registers else self._scratch[0])


class LossOnData:
    """The same for data and parameters by name, such as those that a validation has.

    >>> from chalkgrad.networks import Network, NetworkSpec
    >>> program = Network(NetworkSpec((1, 1), ("identity",), "mse")).program
    >>> loss = LossOnData(program, {"x": [[1.0], [2.0]], "y": [[1.0], [4.0]]}, dtype="float64")
    >>> loss({"W1": [[1.0]], "b1": [0.0]})
    2.0
    """

    def __init__(
        self, program: Program, values: Mapping[str, Any], *, dtype: str = "float32", threads: int = 1
    ) -> None:
        data = tuple(tensor for tensor in program.declared if tensor.role is not Role.PARAMETER)
        given = checked(data, values)
        count = len(next(iter(given.values())))
        layout = Layout(data, program.parameters, (), (), in_rows(data, count, shuffled=False))
        in_registers = fits_registers(layout, given, count)
        columns = (columns_of if in_registers else rows_of)(layout, given, np.dtype(dtype))
        self._shapes = parameter_shapes(program)
        self._loss = CompiledLoss(program, layout, columns, count, in_registers=in_registers, threads=threads)

    def __call__(self, parameters: Mapping[str, Any]) -> float:
        """The loss at parameters by name."""
        return self._loss(pack(self._shapes, parameters))
