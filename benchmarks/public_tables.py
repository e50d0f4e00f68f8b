"""The tables of what people elsewhere wrote: a row for each, with where it is from and its count of each verdict."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from chalkgrad.files import write_atomically


def rows_of(table: Path, split: str | None) -> list[dict[str, str]]:
    """The rows of a table, or those of a split."""
    with table.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if split in (None, row["split"])]


def keep(table: Path, verdicts: Sequence[str], found: Mapping[str, Counter[str]]) -> None:
    """Writes how often which verdict was given into a table, by the rows' ids."""
    every = rows_of(table, None)
    for row in every:
        if row["id"] in found:
            row.update({each: str(found[row["id"]][each]) for each in verdicts})
    text = io.StringIO()
    writer = csv.DictWriter(text, list(every[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(every)
    write_atomically(table, text.getvalue())
