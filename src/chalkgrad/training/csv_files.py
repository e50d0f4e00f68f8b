"""The header of a table of separated values, and the line at which such a table stops being one."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from chalkgrad.errors import ReadingError

_WIDE = (b"\xff\xfe", b"\xfe\xff")


def header(source: Path, separator: str = ",") -> list[str]:
    """The names of the columns, without the blanks around them.

    Raises `ReadingError` where two are the same, where there are numbers in their place, for other separators, and for
    text that is not UTF-8.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
    ...     file.write('size, "of, what"\\n1,2\\n') and file.flush()
    ...     header(Path(file.name))
    ['size', 'of, what']
    """
    with open(source, "rb") as file:
        if file.read(2) in _WIDE:
            raise ReadingError(f"'{source}' is written in UTF-16", expected="text in UTF-8")
    try:
        names = [name.strip() for name in next(_records(source, separator, "strict"))[1]]
    except UnicodeDecodeError:
        raise ReadingError(f"'{source}' is not a table: its text is not UTF-8", expected="text in UTF-8") from None
    except (StopIteration, csv.Error):
        return []  # what is wrong with it is told by the reader of the table
    for place, name in enumerate(names):
        if name in names[:place]:
            what = f"two columns of '{source}' are called '{name}'"
            raise ReadingError(what, column=place + 1, expected="a name of its own for each column")
    if len(names) == 1:
        for other, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if other in names[0]:
                wanted = "commas" if separator == "," else "tabs, as in every .tsv file"
                raise ReadingError(f"the columns of '{source}' are separated by {called}", expected=wanted)
    if all(map(_is_number, names)) and not _is_counted(names):
        what = f"the first line of '{source}' has numbers: {', '.join(names)[:60]}"
        raise ReadingError(what, expected="the names of the columns")
    return names


def uneven(source: Path, separator: str = ",") -> ReadingError | None:
    """The error for the first line that has more entries than the header; None where there is no such line."""
    width = None
    try:
        for line, record in _records(source, separator, "replace"):
            width = width or len(record)
            if len(record) > width:
                what = f"a line of '{source}' has {len(record)} entries, and the header {width}"
                return ReadingError(what, line=line, column=width + 1, expected=f"{width} entries in every line")
    except csv.Error:
        return None
    return None


def _records(source: Path, separator: str, errors: str) -> Iterator[tuple[int, list[str]]]:
    """The records that are not empty, and the line where each ends."""
    with open(source, encoding="utf-8-sig", errors=errors, newline="") as file:
        reader = csv.reader(file, delimiter=separator, skipinitialspace=True)
        for record in reader:
            if record:
                yield reader.line_num, record


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_counted(names: list[str]) -> bool:
    """Whether the columns are called by their numbers, as some programs do."""
    return names in ([str(k + first) for k in range(len(names))] for first in (0, 1))
