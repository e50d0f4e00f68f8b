"""Reading data sets from tables of comma-separated values, and the one that comes with chalkgrad."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from chalkgrad.errors import ReadingError, UnknownNameError
from chalkgrad.training.data import Dataset, Floats

if TYPE_CHECKING:
    import polars

_LARGEST_FILE = 200_000_000
_MOST_CLASSES = 100


def read_table(path: str | Path, target: str | None = None, columns: Sequence[str] | None = None) -> Dataset:
    """The data set in a CSV file with a header: `target` is the last column unless named, `columns` all others.

    Inputs must be finite numbers. A target of numbers stays as it is; one of words is a class (two: 0 and 1 in
    alphabetical order; more: one column each). Raises `ReadingError` with the line for what is missing or no number,
    and `UnknownNameError` for a column.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
    ...     file.write("height,width,kind\\n1,2,nut\\n3,4,bolt\\n") and file.flush()
    ...     data = read_table(file.name)
    >>> data.columns, data.classes, data.y.tolist()
    (('height', 'width'), ('bolt', 'nut'), [[1.0], [0.0]])
    """
    table = _strings(Path(path))
    names = table.columns
    for name in (*(columns or ()), *([target] if target else [])):
        if name not in names:
            raise UnknownNameError("column", name, names)
    aim = target or names[-1]
    inputs = [name for name in names if name != aim] if columns is None else list(columns)
    if not inputs:
        raise ReadingError(f"the table has no column besides the target '{aim}'", expected="at least two columns")
    x = np.stack([_numbers(table, name) for name in inputs], axis=1)
    y, classes = _target(table, aim)
    return Dataset(Path(path).stem, x, y, tuple(inputs), aim, classes)


def read_columns(path: str | Path, columns: Sequence[str] | None = None) -> Floats:
    """The numbers in the columns of a CSV file (all, unless named), samples by columns; others may be there too.

    Raises `ReadingError` with the line for what is missing or no number, and `UnknownNameError` for a column.
    """
    table = _strings(Path(path))
    for name in columns or ():
        if name not in table.columns:
            raise UnknownNameError("column", name, table.columns)
    return np.stack([_numbers(table, name) for name in (columns or table.columns)], axis=1)


def iris_petals() -> Dataset:
    """Petal length and width in cm of 50 Iris versicolor (0) and 50 Iris virginica (1) that Anderson measured.

    R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7, 1936. No line
    separates the two kinds.

    >>> data = iris_petals()
    >>> data.x.shape, data.classes
    ((100, 2), ('versicolor', 'virginica'))
    """
    return read_table(Path(__file__).with_name("iris_petals.csv"))


def _strings(path: Path) -> polars.DataFrame:
    """The table with every entry as text."""
    import polars

    if not path.is_file():
        raise ReadingError(f"there is no file '{path}'", expected="a table of comma-separated values")
    if path.stat().st_size > _LARGEST_FILE:
        raise ReadingError(f"'{path}' is larger than {_LARGEST_FILE // 10**6} MB")
    try:
        table = polars.read_csv(path, infer_schema=False)
    except (polars.exceptions.PolarsError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise ReadingError(f"'{path}' is not a table: {reason}", expected="comma-separated values") from None
    if table.height == 0:
        raise ReadingError(f"'{path}' has a header but no rows", line=2, expected="one row for each sample")
    return table


def _texts(table: polars.DataFrame, name: str) -> list[str]:
    """The entries of a column; raises `ReadingError` where one is missing."""
    texts = [text.strip() if text is not None else "" for text in table[name].to_list()]
    for row, text in enumerate(texts):
        if not text:
            raise _problem(table, name, row, f"the entry of '{name}' is missing", "a value in every row")
    return texts


def _numbers(table: polars.DataFrame, name: str) -> Floats:
    values = []
    for row, text in enumerate(_texts(table, name)):
        value = _number(text)
        if value is None or not np.isfinite(value):
            kind = "not a number" if value is None else "not a finite number"
            raise _problem(table, name, row, f"'{text[:40]}' in '{name}' is {kind}", "a finite number")
        values.append(value)
    return np.array(values, dtype=np.float64)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _target(table: polars.DataFrame, name: str) -> tuple[Floats, tuple[str, ...]]:
    texts = _texts(table, name)
    if any(_number(text) is not None for text in texts):
        y = _numbers(table, name)
        return y, ("0", "1") if set(y.tolist()) <= {0.0, 1.0} else ()
    classes = tuple(sorted(set(texts)))
    if not 2 <= len(classes) <= _MOST_CLASSES:
        raise ReadingError(f"the target '{name}' has {len(classes)} classes", expected=f"2 to {_MOST_CLASSES} classes")
    places = np.array([classes.index(text) for text in texts])
    y = places[:, None] * 1.0 if len(classes) == 2 else np.eye(len(classes))[places]
    return y, classes


def _problem(table: polars.DataFrame, name: str, row: int, what: str, expected: str) -> ReadingError:
    return ReadingError(what, line=row + 2, column=table.columns.index(name) + 1, expected=expected)
