"""Training by compiled code: many steps in one call, and everything that it takes to go on from there."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chalkgrad.engines.feeding import Feed, drawn_widths, given_data, no_longer_finite
from chalkgrad.engines.native.data import SPARE, aligned, checked, columns_of, fits_registers, rows_of
from chalkgrad.engines.native.functions import compiled_code, in_threads, procedure, whole_number
from chalkgrad.engines.native.host import host
from chalkgrad.engines.native.layout import CHUNK, apart, in_rows, layout_of, threads_worth
from chalkgrad.engines.native.losses import REAL, CompiledLoss
from chalkgrad.engines.native.teams import board_size
from chalkgrad.engines.stabilise import stabilised
from chalkgrad.errors import ChalkgradError, EvaluationError, ShapeError, UnknownNameError
from chalkgrad.language import Program, program_text
from chalkgrad.networks import Optimiser, pack, parameter_shapes, unpack

Reals: TypeAlias = NDArray[Any]
# A call comes back after so long, for Ctrl-C, and after so many steps, for their rates take memory.
_SECONDS_PER_CALL = 0.2
_STEPS_PER_CALL = 1_000_000
_MOST_THREADS = 256


class NativeTrainer:
    """Trains the parameters of a program by compiled code.

    `program` gives the loss, `gradient_program` (of its derivation) the gradients; `x` (samples, inputs) and `y`
    (samples, outputs) are the data. `batch` is "full" or a number of samples; in mini-batches every epoch takes the
    samples in an order of its own unless `shuffle` is off. `rate` is a number, or a function from the number of the
    step (from 1) to one. Steps are counted over all runs, so that runs of 3 and 4 steps are a run of 7, bit for bit;
    with threads too, whose number does not change the result.

    `weights` (samples) are the values of the program's input `weight`, if it has one. `drawn` are inputs that are drawn
    at random for each step: by name, how likely each entry is to be 1 and not 0. Data that have the type of numbers
    already may be used where they are, so they are not to be changed while the trainer lives.

    Raises `LoweringError` for a program that pairs samples or is too large to be written out, `ShapeError`,
    `UnknownNameError` and `ChalkgradError` for arguments that do not fit.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.networks import Network, NetworkSpec, initialise, optimiser_named
    >>> spec = NetworkSpec((2, 1), ("sigmoid",), "bce")
    >>> program = Network(spec).program
    >>> x, y = np.array([[0.0, 1], [1, 0], [2, 1]]), np.array([[1.0], [0], [0]])
    >>> trainer = NativeTrainer(
    ...     program, derive(program).program, initialise(spec, seed=1), x, y, optimiser_named("sgd"), rate=0.5
    ... )
    >>> trainer.run(200)
    >>> trainer.step, trainer.loss < 0.1
    (200, True)
    """

    def __init__(
        self,
        program: Program,
        gradient_program: Program,
        parameters: Mapping[str, Any],
        x: Any,
        y: Any,
        optimiser: Optimiser,
        *,
        rate: float | Callable[[int], float] | None = None,
        batch: str | int = "full",
        dtype: str = "float64",
        threads: int = 1,
        seed: int = 0,
        shuffle: bool = True,
        hyper_parameters: Mapping[str, float] | None = None,
        weights: Any = None,
        drawn: Mapping[str, float] | None = None,
    ) -> None:
        if dtype not in REAL:
            raise UnknownNameError("type of numbers", dtype, REAL)
        chosen = hyper_parameters or {}
        for name in chosen:
            if name not in optimiser.defaults:
                raise UnknownNameError(f"hyper-parameter of {optimiser.name}", name, optimiser.defaults)
        if not 1 <= threads <= _MOST_THREADS:
            raise ChalkgradError(f"the number of threads is from 1 to {_MOST_THREADS}, not {threads}")
        self.program, self.optimiser, self.seed = program, optimiser, seed
        self._gradient = stabilised(gradient_program)
        self._shapes = parameter_shapes(program)
        self.dtype = dtype
        self._type: Any = np.dtype(dtype)
        self._rate = optimiser.defaults["rate"] if rate is None else rate
        self._drawn = dict(drawn or {})
        self.layout = layout_of(self._gradient, optimiser, self._drawn)
        self._data = checked(self.layout.data, given_data(self.layout.data, x, y, weights))
        self.samples = len(next(iter(self._data.values())))
        self.batch = self._batch_size(batch)
        self._in_registers = fits_registers(self.layout, self._data, self.batch) and not self._drawn
        self.shuffled = shuffle and self.batch < self.samples
        if self._in_registers:
            self.layout = replace(self.layout, rows=in_rows(self.layout.data, self.samples, shuffled=self.shuffled))
        arrange = columns_of if self._in_registers else rows_of
        self._columns = arrange(self.layout, self._data, self._type)
        self.step = 0
        self._steps_per_call = 1
        self._ordered = -1  # the epoch whose order is in memory
        settings = {**optimiser.defaults, **chosen}
        self._constants = [settings[name] for name in self.layout.constants]
        self._apart = self.layout.count if self._in_registers else apart(self.layout.count)
        kept = self._apart * (1 + len(self.layout.states))
        self._slots = aligned(kept + len(self._constants) + SPARE // self._type.itemsize, self._type)
        # What the slots were before a call: made once, as new memory costs more than what is written there.
        self._before = np.empty_like(self._slots)
        self._slots[: self.layout.count] = pack(self._shapes, parameters)
        self._slots[kept : kept + len(self._constants)] = self._constants
        self._order = np.zeros(self.samples if self.shuffled else 1, dtype=np.int32)
        self.threads = self._useful(threads)
        self._judge: CompiledLoss | None = None
        self._compile()

    def _batch_size(self, batch: str | int) -> int:
        if batch == "full":
            return self.samples
        if not isinstance(batch, int) or isinstance(batch, bool) or batch < 1:
            raise ChalkgradError(f"a batch is 'full' or a number of samples from 1, not {batch!r}")
        return min(batch, self.samples)

    def _useful(self, threads: int) -> int:
        """How many of the threads have something to do that is worth waiting for each other."""
        if self._in_registers:
            return min(threads, -(-self.batch // CHUNK))
        return threads_worth(threads, self.batch, self.layout.count)

    def _compile(self) -> None:
        real = REAL[self._type.name]
        machine = host()
        lanes = machine.lanes(real)
        made_from = (
            program_text(self._gradient), self.optimiser.name, program_text(self.optimiser.program), real,
            self.shuffled, self.layout.row_names,
        )  # fmt: skip
        threaded = self.threads > 1
        if self._in_registers:

            def assembly() -> str:
                from chalkgrad.engines.native.planning import training_plan
                from chalkgrad.engines.native.subnormals import flushing
                from chalkgrad.engines.native.training_loop import training_assembly

                plan = training_plan(
                    self._gradient, self.optimiser, self.layout, shuffled=self.shuffled, threaded=threaded
                )
                written = training_assembly(plan, real, lanes, fused=machine.fused)
                return flushing(written) if machine.processor_is_x86 else written

            code = compiled_code((*made_from, "registers", threaded), assembly)
            size = 2 * -(-self.batch // CHUNK) * whole_number(code, "scratch") if threaded else 1
        else:

            def assembly() -> str:
                from chalkgrad.engines.native.layer_loop import layer_assembly
                from chalkgrad.engines.native.planning import layer_plan
                from chalkgrad.engines.native.subnormals import flushing

                plan = layer_plan(
                    self._gradient, self.optimiser, self.layout, shuffled=self.shuffled, batch=self.batch,
                    drawn=self._drawn, threaded=threaded,
                )  # fmt: skip
                written = layer_assembly(plan, real, lanes, registers=machine.registers, fused=machine.fused)
                return flushing(written) if machine.processor_is_x86 else written

            code = compiled_code((*made_from, "layers", self.batch, tuple(self._drawn.items()), threaded), assembly)
            size = whole_number(code, "scratch")
        self._run = procedure(code, "run", 7)
        self._scratch = aligned(size, self._type)

    def run(self, steps: int) -> None:
        """Makes that many steps. Raises `EvaluationError` where a parameter or the state stops being finite.

        Ctrl-C is noticed after some tenths of a second; the steps of the last of them are then taken back, so that
        parameters, state and the number of steps belong together.
        """
        if steps < 0 or steps % 1:
            raise ChalkgradError(f"the number of steps is a whole number from 0, not {steps}")
        while steps:
            now, begun, before = min(steps, self._steps_per_call), self.step, self._before
            before[:] = self._slots
            start = time.perf_counter()
            try:
                self._call(now)
                if not self._finite():
                    raise self._what_is_not_finite(before, now)
                self.step += now
            except KeyboardInterrupt:
                if self.step == begun:
                    self._slots[:] = before
                raise
            self._pace(now, time.perf_counter() - start)
            steps -= now

    def _pace(self, steps: int, seconds: float) -> None:
        """Sets how many steps the next call makes, going by how long some took."""
        fitting = int(steps * _SECONDS_PER_CALL / max(seconds, 1e-9))
        if steps == self._steps_per_call or fitting < steps:
            self._steps_per_call = max(1, min(fitting, 50 * steps, _STEPS_PER_CALL))

    def _finite(self) -> bool:
        """Whether the parameters and what the optimiser remembers are."""
        return bool(np.isfinite(self._slots[: self._apart * (1 + len(self.layout.states))]).all())

    def _what_is_not_finite(self, before: Reals, steps: int) -> EvaluationError:
        """Goes back, and finds the step after which a parameter is not finite; then NumPy finds where in it.

        The parameters are left as they are before that step.
        """
        good, bad = 0, steps
        while bad - good > 1:
            middle = (good + bad) // 2
            self._slots[:] = before
            self._call(middle)
            good, bad = (middle, bad) if self._finite() else (good, middle)
        self._slots[:] = before
        if good:
            self._call(good)
        self.step += good
        feed = Feed(
            self._data, self.batch, self.seed, self.shuffled, self._drawn, drawn_widths(self._gradient, self._drawn)
        )
        rate = self._rate(self.step + 1) if callable(self._rate) else self._rate
        values = {**feed.values(self.step), **self.parameters}
        return no_longer_finite(self._gradient, values, feed.rows(self.step), self.step + 1, rate, self.dtype)

    def _call(self, steps: int) -> None:
        if callable(self._rate):
            rates = np.array([self._rate(self.step + k + 1) for k in range(steps)], dtype=self._type)
        else:
            rates = np.full(steps, self._rate, dtype=self._type)
        pointers = np.array([column.ctypes.data for column in self._columns], dtype=np.uint64)
        board = np.zeros(board_size(self.threads), dtype=np.int64)
        controls = []
        # In registers every thread computes all of the update by itself.
        slots = [
            self._slots,
            *(self._slots.copy() if self._in_registers else self._slots for _ in range(1, self.threads)),
        ]
        orders = [self._order, *(self._order.copy() for _ in range(self.threads - 1))]
        ordered, self._ordered = self._ordered, -1
        for thread in range(self.threads):
            control = np.array(
                [self.samples, self.batch, self.step, steps, self.seed & (2**63 - 1), thread, self.threads, ordered],
                dtype=np.int64,
            )
            controls.append(control)

        def work(thread: int) -> None:
            self._run(
                pointers.ctypes.data,
                orders[thread].ctypes.data,
                slots[thread].ctypes.data,
                rates.ctypes.data,
                self._scratch.ctypes.data,
                controls[thread].ctypes.data,
                board.ctypes.data,
            )

        in_threads(work, self.threads)
        self._ordered = int(controls[0][-1])

    @property
    def parameters(self) -> dict[str, Reals]:
        """The parameters by name, as float64 copies."""
        return unpack(self._shapes, self._slots[: self.layout.count])

    @property
    def loss(self) -> float:
        """The loss over all the data with the parameters as they are now; raises `EvaluationError` unless finite."""
        if self._judge is None:
            self._judge = CompiledLoss(
                self.program, self.layout, self._columns, self.samples, in_registers=self._in_registers,
                threads=self.threads,
            )  # fmt: skip
        loss = self._judge(self._slots[: self.layout.count])
        if not math.isfinite(loss):
            rate = self._rate(max(self.step, 1)) if callable(self._rate) else self._rate
            plain = stabilised(self.program).needed_for(self.program.result)
            values = {**self._data, **self.parameters}
            given = {tensor.name: values[tensor.name] for tensor in plain.declared}
            raise no_longer_finite(plain, given, range(self.samples), self.step + 1, rate, self.dtype)
        return loss

    def state(self) -> dict[str, Reals]:
        """Everything that it takes to go on from here: what `restore` takes."""
        count = self.layout.count
        kept = {"parameters": self._slots[:count].copy(), "step": np.array(self.step)}
        for number, name in enumerate(self.layout.states, start=1):
            kept[name] = self._slots[self._apart * number :][:count].copy()
        return kept

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes back to a state that was taken before, of this trainer or of one made the same way."""
        count = self.layout.count
        for number, name in enumerate(("parameters", *self.layout.states)):
            values = np.asarray(state.get(name, ()), dtype=self._type)
            if values.shape != (count,):
                raise ShapeError(f"'{name}' of the state has the shape {values.shape}, not ({count},)")
            self._slots[self._apart * number :][:count] = values
        self.step = int(state["step"])
