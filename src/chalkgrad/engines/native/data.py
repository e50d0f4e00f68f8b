"""The data of a training run in memory as the compiled loops read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chalkgrad.engines.lowering import numbers_of
from chalkgrad.engines.native.layout import (
    FEWEST_IN_LONG_STEPS,
    MOST_IN_REGISTERS,
    MOST_IN_ROWS,
    MOST_IN_SHORT_STEPS,
    Layout,
)
from chalkgrad.errors import ShapeError
from chalkgrad.language import Tensor

Reals: TypeAlias = NDArray[Any]
# Vectors are read whole: as many bytes as the widest has may be read past the end.
SPARE = 64


def checked(tensors: Sequence[Tensor], values: Mapping[str, Any]) -> dict[str, Reals]:
    """The data by name; raises `ShapeError` unless each has the shape of its tensor and all as many samples."""
    data: dict[str, Reals] = {}
    for tensor in tensors:
        value = np.asarray(values[tensor.name])
        widths = tuple(axis.size for axis in tensor.axes if axis.size != "n")
        if value.ndim != len(tensor.axes) or value.shape[1:] != widths or not len(value):
            raise ShapeError(f"'{tensor.name}' needs the shape {tensor.shape}, but the value has {value.shape}")
        count = len(next(iter(data.values()))) if data else len(value)
        if count != len(value):
            raise ShapeError(f"'{tensor.name}' has {len(value)} samples, what came before {count}")
        data[tensor.name] = value
    return data


def fits_registers(layout: Layout, data: Mapping[str, Reals], batch: int) -> bool:
    """Whether the loop in registers takes steps of `batch` samples.

    It does where few numbers are kept, and no data in files would have to be copied.
    """
    most = MOST_IN_REGISTERS
    if batch < FEWEST_IN_LONG_STEPS:
        most = min(most, MOST_IN_SHORT_STEPS)
    in_files = [t for t in layout.data if numbers_of(t) > MOST_IN_ROWS and _is_mapped(data[t.name])]
    return layout.kept <= most and not in_files


def _is_mapped(array: Reals) -> bool:
    owner: Any = array
    while isinstance(owner, np.ndarray) and not isinstance(owner, np.memmap):
        owner = owner.base
    return isinstance(owner, np.memmap)


def columns_of(layout: Layout, data: Mapping[str, Reals], kind: Any) -> list[Reals]:
    """The data for the loop in registers: some rows as they are where that can be, the rest by columns."""
    columns: list[Reals] = []
    for tensor in layout.data:
        value = data[tensor.name]
        if tensor in layout.rows:
            columns.append(np.ascontiguousarray(value, dtype=kind))
        else:
            flat = value.reshape(len(value), -1)
            columns += [np.ascontiguousarray(flat[:, k], dtype=kind) for k in range(flat.shape[1])]
    return columns


def rows_of(layout: Layout, data: Mapping[str, Reals], kind: Any) -> list[Reals]:
    """The data for the loop over layers: by rows, as they are where they have the type already."""
    return [np.ascontiguousarray(data[tensor.name], dtype=kind) for tensor in layout.data]


def aligned(count: int, kind: Any) -> Reals:
    """Zeros that begin where a line of the cache does."""
    memory = np.zeros(count * kind.itemsize + 64, dtype=np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + count * kind.itemsize].view(kind)
