"""Columns from .npz files of NumPy, some rows at a time; nothing in such a file is executed."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.errors import ReadingError

_MOST_BYTES_A_ROW = 1 << 27


class _Array:
    """One array of the file, read row by row; one that lies in the file by columns is read whole."""

    def __init__(self, name: str, stream: IO[bytes]) -> None:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, by_columns, kind = read(stream)
        if kind.hasobject or kind.fields is not None:
            raise ValueError(f"'{name}' has objects, not numbers or words")
        if kind.kind not in "biufUS":
            raise ReadingError(f"'{name}' has entries of the kind {kind}", expected="real numbers or words")
        if len(shape) not in (1, 2):
            raise ReadingError(f"'{name}' has the shape {shape}", expected="one or two axes")
        self.name, self.stream, self.kind = name, stream, kind
        self.rows, self.width = shape[0], shape[1] if len(shape) == 2 else 1
        if self.width * kind.itemsize > _MOST_BYTES_A_ROW:
            raise ReadingError(f"a row of '{name}' has {self.width} entries", expected="at most 128 MB a row")
        self._by_columns: NDArray[Any] | None = None
        self._taken = 0
        if by_columns and self.width > 1:
            self._by_columns = self._read(self.rows * self.width).reshape(self.width, self.rows).T

    def _read(self, entries: int) -> NDArray[Any]:
        wanted = entries * self.kind.itemsize
        content = self.stream.read(wanted)
        if len(content) != wanted:
            raise EOFError(f"'{self.name}' ends early")
        return np.frombuffer(content, dtype=self.kind)

    def take(self, rows: int) -> dict[str, NDArray[Any]]:
        """The next rows, as columns."""
        if self._by_columns is None:
            entries = self._read(rows * self.width).reshape(rows, self.width)
        else:
            entries = self._by_columns[self._taken : self._taken + rows]
        self._taken += rows
        words = self.kind.kind in "US"
        names = [self.name] if self.width == 1 else [f"{self.name}{k + 1}" for k in range(self.width)]
        return {
            name: entries[:, k].astype(str).astype(object) if words else entries[:, k].astype(np.float64)
            for k, name in enumerate(names)
        }


def columns_of_arrays(source: Path, rows: int | None) -> Iterator[dict[str, NDArray[Any]]]:
    """The columns of all arrays in a file, so many rows at a time (all at once with None).

    An array of one axis is one column, of two as many as its second is long (`X1`, `X2`, …); one that is called y comes
    last, for it is what is to be predicted. Raises `ReadingError`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(folder + "/a.npz", X=np.eye(2), y=np.ones(2))
    ...     for part in columns_of_arrays(Path(folder, "a.npz"), 1):
    ...         print({name: column.tolist() for name, column in part.items()})
    {'X1': [1.0], 'X2': [0.0], 'y': [1.0]}
    {'X1': [0.0], 'X2': [1.0], 'y': [1.0]}
    """
    try:
        with ExitStack() as opened:
            file = opened.enter_context(zipfile.ZipFile(source))
            arrays = [
                _Array(name.removesuffix(".npy"), opened.enter_context(file.open(name)))
                for name in sorted(file.namelist(), key=lambda name: name.lower() == "y.npy")
            ]
            counts = {array.rows for array in arrays}
            if len(counts) != 1 or not max(counts):
                raise ReadingError("the arrays need as many rows each, at least one")
            count = max(counts)
            step = rows or count
            for first in range(0, count, step):
                taken = [array.take(min(step, count - first)) for array in arrays]
                yield {name: column for part in taken for name, column in part.items()}
    except ReadingError as problem:
        raise ReadingError(f"{problem.problem} in '{source}'", expected=problem.expected) from None
    except (ValueError, TypeError, OSError, EOFError, KeyError, NotImplementedError, zipfile.BadZipFile) as problem:
        raise ReadingError(f"'{source}' is no .npz file of plain arrays: {problem}") from None
