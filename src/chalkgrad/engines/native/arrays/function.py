"""Programs as compiled functions of arrays: compiled for the sizes of what they are first called with."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.engines.emitted.ordered import ordered
from chalkgrad.engines.native.arrays.factoring import Factors
from chalkgrad.engines.native.arrays.sizes import with_sizes
from chalkgrad.engines.native.arrays.steps import steps_of
from chalkgrad.engines.native.arrays.writing import Written, written
from chalkgrad.engines.native.data import aligned
from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.functions import compiled_code
from chalkgrad.engines.native.host import host
from chalkgrad.engines.native.losses import REAL
from chalkgrad.errors import ShapeError, UnknownNameError
from chalkgrad.language import Program, Tensor
from chalkgrad.language.evaluate import by_sizes
from chalkgrad.language.sizes import fits as size_fits
from chalkgrad.language.sizes import size_number

_SINGLE = np.dtype(np.float32)
_DOUBLE = np.dtype(np.float64)
Arrays = Sequence[NDArray[Any]]


class ArrayFunction:
    """The results of a program for arrays by their names, in the order of `names`, or as keywords.

    Where all arrays are of float32 so are the results, else of float64. For each choice of sizes it is compiled when it
    is first called with them. Raises `ShapeError` for what does not fit and `UnknownNameError` for a wrong name.

    >>> from chalkgrad.language import Axis, Definition, Role, summation
    >>> i, j = Axis("i", "m"), Axis("j", "n")
    >>> A, x, y = Tensor("A", (i, j), Role.INPUT), Tensor("x", (j,), Role.INPUT), Tensor("y", (i,))
    >>> function = ArrayFunction(Program((A, x), (Definition(y, (i,), summation(A[i, j] * x[j], j)),), (y,)))
    >>> function([[1, 2], [3, 4]], x=[1, -1])
    (array([-1., -1.]),)
    """

    def __init__(self, program: Program) -> None:
        self.program = ordered(program).program
        self.names = tuple(tensor.name for tensor in self.program.declared)
        self._known: dict[tuple[object, ...], _Fitted] = {}

    def __call__(self, *given: Any, **named: Any) -> tuple[NDArray[Any], ...]:
        """The results, in order."""
        if named or len(given) != len(self.names):
            given = self._in_order(given, named)
        arrays = [each if isinstance(each, np.ndarray) else np.asarray(each) for each in given]
        key = (*(array.shape for array in arrays), all(array.dtype is _SINGLE for array in arrays))
        fitted = self._known.get(key)
        if fitted is None:
            fitted = self._known[key] = _Fitted(self.program, arrays, _SINGLE if key[-1] else _DOUBLE)
        return fitted(arrays)

    def _in_order(self, given: Sequence[Any], named: Mapping[str, Any]) -> tuple[Any, ...]:
        if len(given) > len(self.names):
            raise ShapeError(f"{len(given)} arrays are given, and there are {len(self.names)}: {', '.join(self.names)}")
        found = dict(zip(self.names, given, strict=False))
        for name, value in named.items():
            if name not in self.names or name in found:
                raise UnknownNameError("array", name, [each for each in self.names if each not in found])
            found[name] = value
        missing = [name for name in self.names if name not in found]
        if missing:
            raise ShapeError(f"no array is given for {', '.join(missing)}")
        return tuple(found[name] for name in self.names)


class _Fitted:
    """A program compiled for the sizes of some arrays."""

    def __init__(self, program: Program, arrays: Arrays, kind: np.dtype[Any]) -> None:
        fitted = with_sizes(program, _sizes(program, arrays))
        real, machine = REAL[kind.name], host()
        lanes = machine.lanes(real)
        steps, layouts = steps_of(fitted, lanes)
        vectors = Emitter(real, lanes, machine.fused)
        made: Written = written(fitted, steps, layouts, vectors, machine.registers)
        code = compiled_code(("arrays", made.assembly), lambda: made.assembly)
        call = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)
        self._code = code
        self._runs: list[Callable[[int], None]] = [
            call(code.address(f"run{number}")) for number in range(len(made.between) + 1)
        ]
        self._between = made.between
        self._made, self._layouts, self._kind = made, layouts, kind
        self._shapes = [tuple(int(size) for size in tensor.shape) for tensor in fitted.results]
        self._declared = fitted.declared
        self._scratch = aligned(made.scratch, kind)
        self._scratch[:] = 0
        self._table = np.array(made.table or [0], dtype=np.int64)
        own = [tensor for tensor in dict.fromkeys(fitted.results) if tensor not in fitted.declared]
        self._own = [fitted.results.index(tensor) for tensor in own]
        self._given = np.zeros(len(self._declared) + len(own) + 2, dtype=np.uint64)
        self._given[-2:] = self._scratch.ctypes.data, self._table.ctypes.data
        self._pointer = self._given.ctypes.data
        self._results = [self._declared.index(t) if t in self._declared else None for t in fitted.results]
        self._lock = Lock()

    def __call__(self, arrays: Arrays) -> tuple[NDArray[Any], ...]:
        kind, empty = self._kind, np.empty
        kept = [
            each if each.dtype is kind and each.flags.c_contiguous else np.ascontiguousarray(each, kind)
            for each in arrays
        ]
        results = [empty(shape, kind) for shape in self._shapes]
        held = [*kept, *(results[place] for place in self._own)]
        with self._lock:
            self._given[:-2] = [array.ctypes.data for array in held]
            factors = Factors(lambda tensor: self._view(tensor, held))
            for number, run in enumerate(self._runs):
                run(self._pointer)
                if number < len(self._between):
                    factors.compute(self._between[number])
        for place, declared in enumerate(self._results):
            if declared is not None:
                results[place][...] = kept[declared]
        return tuple(results)

    def _view(self, tensor: Tensor, held: Arrays) -> NDArray[Any]:
        base, first = self._made.places[tensor]
        if base < len(held):
            return held[base]
        width = self._scratch.itemsize
        strides = [step * width for step in self._layouts.strides[tensor]]
        shape = [int(axis.size) for axis in tensor.axes]
        return np.lib.stride_tricks.as_strided(self._scratch[first:], shape, strides)


def _sizes(program: Program, arrays: Arrays) -> dict[str, int]:
    """The sizes by their letters; raises `ShapeError` for an array that does not fit."""
    sizes: dict[str, int] = {}
    given = dict(zip(program.declared, arrays, strict=True))
    for tensor in by_sizes(given):
        array = given[tensor]
        known = [size if (number := size_number(size, sizes)) is None else number for size in tensor.shape]
        fits = array.ndim == len(known) and array.size
        if not fits or any(isinstance(k, int) and k != n for k, n in zip(known, array.shape, strict=True)):
            wanted = f"({', '.join(map(str, known))}{',' if len(known) == 1 else ''})"
            found = "is empty" if not array.size else f"has {array.shape}"
            raise ShapeError(f"'{tensor.name}' needs the shape {wanted}, but the value {found}")
        for size, length in zip(tensor.shape, array.shape, strict=True):
            if not size_fits(size, length, sizes):
                place = size_number(size, sizes)
                raise ShapeError(f"'{tensor.name}' has {length} places where the size {size} is {place}")
    return sizes
