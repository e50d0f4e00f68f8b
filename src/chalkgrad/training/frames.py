"""Tables as columns of numbers or words, read from CSV, Parquet and .npz files, whole or a part at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chalkgrad.errors import ReadingError, UnknownNameError
from chalkgrad.training.array_files import columns_of_arrays
from chalkgrad.training.csv_files import header, uneven
from chalkgrad.training.data import Dataset

if TYPE_CHECKING:
    import polars

Column: TypeAlias = NDArray[Any]
KINDS = (".csv", ".tsv", ".parquet", ".npz")
_EXPECTED = {".csv": "comma-separated values", ".tsv": "tab-separated values", ".parquet": "a Parquet file"}
_ROWS_AT_ONCE = 200_000
_MOST_COLUMNS = 100_000


@dataclass(frozen=True)
class Frame:
    """Columns of equal length by name: numbers (NaN where one is missing) or words (None where one is missing).

    For messages: `first_row` is the number of the first row in the file, `first_line` that of its line; `places` are
    the numbers of the rows where they do not follow each other.
    """

    name: str
    columns: Mapping[str, Column]
    first_row: int = 0
    first_line: int = 2
    places: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def column(self, name: str) -> Column:
        """A column by name; raises `UnknownNameError`."""
        if name not in self.columns:
            raise UnknownNameError("column", name, list(self.columns))
        return self.columns[name]

    def is_numeric(self, name: str) -> bool:
        """Whether a column has numbers."""
        return bool(self.column(name).dtype != object)

    def missing(self, name: str) -> NDArray[np.bool_]:
        """Where the entries of a column are missing."""
        column = self.column(name)
        if self.is_numeric(name):
            return np.isnan(column)
        return np.array([entry is None for entry in column], dtype=bool)

    def rows(self, chosen: NDArray[Any]) -> Frame:
        """Some of the rows, in that order."""
        places = np.arange(self.first_row, self.first_row + len(self)) if self.places is None else self.places
        columns = {name: column[chosen] for name, column in self.columns.items()}
        return Frame(self.name, columns, self.first_row, self.first_line, places[chosen])

    def problem(self, what: str, row: int, name: str, expected: str) -> ReadingError:
        """An error about one entry, with its place in the file."""
        place = list(self.columns).index(name) + 1
        number = self.first_row + row if self.places is None else int(self.places[row])
        return ReadingError(what, line=number + self.first_line, column=place, expected=expected)


def frame_of(data: Dataset) -> Frame:
    """A data set as a table: its inputs, and its target as numbers or the names of classes."""
    columns: dict[str, Column] = {name: data.x[:, place] for place, name in enumerate(data.columns)}
    if data.classes and data.classes != ("0", "1"):
        columns[data.target] = np.array(data.classes, dtype=object)[data.labels]
    else:
        columns[data.target] = data.y[:, 0]
    return Frame(data.name, columns)


def read_frame(path: str | Path) -> Frame:
    """The table in a file: .csv (comma), .tsv (tab), .parquet, or .npz with X (samples, inputs) and y, or columns.

    A column of text whose entries are all numbers (or missing) has numbers, one without any number has words; one with
    both is refused. Raises `ReadingError`, with line and column where there is one.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
    ...     file.write("height,kind\\n1.5,nut\\n,bolt\\n") and file.flush()
    ...     frame = read_frame(file.name)
    >>> frame.columns["height"].tolist(), frame.columns["kind"].tolist()
    ([1.5, nan], ['nut', 'bolt'])
    """
    parts = list(read_parts(path, rows=None))
    return parts[0]


def read_parts(path: str | Path, rows: int | None = _ROWS_AT_ONCE) -> Iterator[Frame]:
    """The table in a file, so many rows at a time (all at once with None), for files larger than memory."""
    source = Path(path)
    kind = source.suffix.lower()
    if not source.is_file():
        raise ReadingError(f"there is no file '{source}'", expected="a table of comma-separated values")
    if kind not in KINDS:
        raise ReadingError(f"'{source.name}' is no table that can be read", expected=f"a file of {', '.join(KINDS)}")
    first = 0
    if kind == ".npz":
        for columns in columns_of_arrays(source, rows):
            part = _finite(Frame(source.stem, columns, first))
            first += len(part)
            yield part
        return
    for table in _tables(source, kind, rows):
        if len(table.columns) > _MOST_COLUMNS:
            raise ReadingError(f"'{source}' has more than {_MOST_COLUMNS} columns")
        place = first
        first += table.height
        columns = {name: _column(table[name], source, place, number) for number, name in enumerate(table.columns)}
        yield _finite(Frame(source.stem, columns, place))
    if not first:
        raise ReadingError(f"'{source}' has a header but no rows", line=2, expected="one row for each sample")


def _finite(frame: Frame) -> Frame:
    """The frame; raises `ReadingError` for an infinite number."""
    for name, column in frame.columns.items():
        if column.dtype != object and np.isinf(column).any():
            row = int(np.isinf(column).argmax())
            raise frame.problem(f"the entry of '{name}' is infinite", row, name, "a finite number")
    return frame


def _tables(source: Path, kind: str, rows: int | None) -> Iterator[polars.DataFrame]:
    import polars

    separator = "\t" if kind == ".tsv" else ","
    names = [] if kind == ".parquet" else header(source, separator)
    found: Iterable[polars.DataFrame]
    try:
        if rows is not None:
            lazy = (
                polars.scan_parquet(source)
                if kind == ".parquet"
                else polars.scan_csv(source, infer_schema=False, separator=separator)
            )
            found = lazy.collect_batches(chunk_size=rows, maintain_order=True)
        elif kind == ".parquet":
            found = [polars.read_parquet(source)]
        else:
            found = [polars.read_csv(source, infer_schema=False, separator=separator)]
        for table in found:
            if len(names) == table.width:
                table.columns = names
            yield table
    except (polars.exceptions.PolarsError, UnicodeDecodeError) as error:
        if kind != ".parquet" and (problem := uneven(source, separator)):
            raise problem from None
        reason = str(error).splitlines()[0]
        raise ReadingError(f"'{source}' is not a table: {reason}", expected=_EXPECTED[kind]) from None


def _column(series: polars.Series, source: Path, first: int, place: int) -> Column:
    import polars

    if series.dtype.is_numeric() or series.dtype == polars.Boolean:
        return series.cast(polars.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)
    if series.dtype.is_nested() or series.dtype in (polars.Binary, polars.Object):
        what = f"the column '{series.name}' of '{source}' has entries of the kind {series.dtype}"
        raise ReadingError(what, column=place + 1, expected="numbers or words")
    texts = series.cast(polars.String).str.strip_chars()
    texts = texts.set(texts == "", None)
    numbers = texts.cast(polars.Float64, strict=False)
    given, read = texts.is_not_null(), numbers.is_not_null()
    if not read.any() and given.any():
        return np.array(texts.to_list(), dtype=object)
    wrong = (given & ~read).arg_true()
    unsound = (read & ~numbers.is_finite().fill_null(True)).arg_true()
    for rows, what in ((wrong, "not a number"), (unsound, "not a finite number")):
        if len(rows):
            row = int(rows[0])
            text = f"'{str(texts[row])[:40]}' in '{series.name}' is {what}"
            expected = "a finite number, or nothing where it is missing"
            raise ReadingError(text, line=first + row + 2, column=place + 1, expected=expected)
    return numbers.fill_null(float("nan")).to_numpy().astype(np.float64)
