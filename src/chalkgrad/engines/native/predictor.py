"""Prediction by compiled code: the outputs of a network for many rows in one call, or for one row in a microsecond."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.engines.lowering import LoweringError, numbers_of
from chalkgrad.engines.native.data import Reals, aligned
from chalkgrad.engines.native.functions import compiled_code, in_threads, procedure, whole_number
from chalkgrad.engines.native.host import Compiled, host
from chalkgrad.engines.native.layer_loop import layer_assembly
from chalkgrad.engines.native.layer_plan import LayerPlan
from chalkgrad.engines.native.losses import REAL
from chalkgrad.engines.nests import operations_of
from chalkgrad.engines.stabilise import stabilised
from chalkgrad.errors import ChalkgradError, ShapeError, UnknownNameError
from chalkgrad.language import Program, Role, Tensor, program_text
from chalkgrad.networks import pack, parameter_shapes

_ANY = 1 << 20  # samples of a call that the code is made for: more than a block, which is all that matters
_FEWEST_IN_A_THREAD = 256
# `run` with all that it is given behind one pointer: a call from Python costs by the argument.
_AGAIN = "\n".join(
    [
        "define void @again(ptr %given) {",
        "entry:",
        *(f"%p{k} = getelementptr ptr, ptr %given, i64 {k}\n%a{k} = load ptr, ptr %p{k}" for k in range(7)),
        "call void @run(" + ", ".join(f"ptr %a{k}" for k in range(7)) + ")",
        "ret void",
        "}",
    ]
)


class NativePredictor:
    """The outputs of a network: `predictor(x)` for rows, `predictor.row(x)` for one, again and again.

    `output` is the tensor that is wanted, of a program whose only data are the inputs; `parameters` are the numbers by
    name, which it keeps. Rows are shared out among the threads. For one row the quickest way is to write into `inputs`,
    call `run`, and read from `outputs`; these are arrays of its own. Raises `LoweringError` for a program that needs
    other data, `UnknownNameError` for a type of numbers, `ShapeError` for rows that do not fit.

    >>> from chalkgrad.networks import Network, NetworkSpec
    >>> program = Network(NetworkSpec((2, 1), ("sigmoid",), "bce")).program
    >>> predictor = NativePredictor(program, program.tensor("yhat"), {"W1": [[1], [2]], "b1": [0]}, dtype="float64")
    >>> predictor([[0, 0], [2, -1]])
    array([[0.5],
           [0.5]])
    >>> predictor.row([2, -1])
    array([0.5])
    """

    def __init__(
        self,
        program: Program,
        output: Tensor,
        parameters: Mapping[str, Any],
        *,
        dtype: str = "float32",
        threads: int = 1,
    ) -> None:
        if dtype not in REAL:
            raise UnknownNameError("type of numbers", dtype, REAL)
        if threads < 1:
            raise ChalkgradError(f"the number of threads is a whole number from 1, not {threads}")
        needed = stabilised(program).needed_for(output)
        data = tuple(tensor for tensor in needed.declared if tensor.role is not Role.PARAMETER)
        if len(data) != 1:
            names = ", ".join(tensor.name for tensor in data)
            raise LoweringError(f"a prediction is made from the inputs alone, and this one needs {names or 'nothing'}")
        wanted = needed.tensor(output.name)
        self._widths = numbers_of(data[0]), numbers_of(wanted)
        self._flat = len(wanted.axes) == 1
        self._type: Any = np.dtype(dtype)
        self._threads = threads
        self._needed, self._data, self._wanted = needed, data, wanted
        flat = pack(parameter_shapes(needed), {tensor.name: parameters[tensor.name] for tensor in needed.parameters})
        self._slots = aligned(len(flat) + 16, self._type)
        self._slots[: len(flat)] = flat
        self.inputs = aligned(self._widths[0], self._type)
        self.outputs = aligned(self._widths[1], self._type)
        # For one row nothing is worth being brought together first, so it has code of its own.
        self._one = self._code(1)
        self._given = self._arguments(self._one, self.inputs, self.outputs, 1)
        self._again: Any = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(self._one.address("again"))
        self._block = ctypes.c_void_p(self._given[0].ctypes.data)

    def _code(self, most: int) -> Compiled:
        """The code for up to so many rows at once."""
        real, machine = REAL[self._type.name], host()

        def assembly() -> str:
            operations = tuple(operations_of(self._needed))
            outputs = (self._wanted,)
            plan = LayerPlan(operations, self._data, self._needed.parameters, (), None, False, most, outputs=outputs)
            lanes = machine.lanes(real)
            return layer_assembly(plan, real, lanes, registers=machine.registers, fused=machine.fused) + "\n" + _AGAIN

        return compiled_code(("prediction", program_text(self._needed), self._wanted.name, real, most), assembly)

    @cached_property
    def _many(self) -> Compiled:
        return self._code(_ANY)

    def _arguments(self, code: Compiled, rows: Reals, to: Reals, count: int) -> list[Reals]:
        """What `run` is given: an array of pointers, and after it the arrays that they lead to."""
        pointers = np.array([rows.ctypes.data, to.ctypes.data], dtype=np.uint64)
        control = np.array([count, count, 0, 1, 0, 0, 1, -1], dtype=np.int64)
        scratch = aligned(whole_number(code, "scratch"), self._type)
        addresses = [pointers.ctypes.data, 0, self._slots.ctypes.data, 0, scratch.ctypes.data, control.ctypes.data, 0]
        return [np.array(addresses, dtype=np.uint64), pointers, control, scratch, rows, to]

    def run(self) -> None:
        """Computes `outputs` from `inputs`."""
        self._again(self._block)

    def row(self, x: Any) -> NDArray[Any]:
        """The outputs (outputs,) for one row of inputs (inputs,)."""
        try:
            self.inputs[:] = x
            fits = len(x) == len(self.inputs)
        except (TypeError, ValueError):
            fits = False
        if not fits:
            raise ShapeError(f"a row has {len(self.inputs)} numbers; given was one of the shape {np.shape(x)}")
        self._again(self._block)
        return self.outputs.copy()

    def __call__(self, x: Any) -> NDArray[Any]:
        """The outputs (samples, outputs) for rows of inputs (samples, inputs)."""
        given = np.asarray(x)
        rows = np.ascontiguousarray(given, dtype=self._type)
        if rows.ndim != 2 or rows.shape[1] != self._widths[0]:
            raise ShapeError(
                f"the inputs are rows of {self._widths[0]} numbers, not an array of the shape {given.shape}"
            )
        to = np.empty((len(rows), self._widths[1]), self._type)
        threads = max(1, min(self._threads, len(rows) // _FEWEST_IN_A_THREAD))
        cuts = [len(rows) * k // threads for k in range(threads + 1)]

        def work(thread: int) -> None:
            begin, end = cuts[thread], cuts[thread + 1]
            arguments = self._arguments(self._many, rows[begin:end], to[begin:end], end - begin)
            run(*map(int, arguments[0]))

        if len(rows):
            run = procedure(self._many, "run", 7)
            in_threads(work, threads)
        return to[:, 0] if self._flat else to
