"""What a part of a sheet is worth: a rubric, read from TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalkgrad.errors import ChalkgradError, UnknownNameError

_LARGEST = 200_000  # characters
_LONGEST_LINE = 5000  # a dotted key is read in a time and space that grow with its square
_FIELDS = ("name", "wrt", "points", "right_up_to", "known_slip", "follows")


@dataclass(frozen=True)
class Part:
    """A part: the derivative by `wrt` is worth `points`.

    `right_up_to`, `known_slip` and `follows` are the shares for one that is right up to a convention, for a wrong one
    whose slip is known, and for one that was derived correctly from an earlier slip, which has been paid for there.
    """

    name: str
    wrt: str
    points: float = 1.0
    right_up_to: float = 1.0
    known_slip: float = 0.5
    follows: float = 1.0


@dataclass(frozen=True)
class Rubric:
    """The parts of a sheet, in order.

    >>> Rubric((Part("3.1", "W", 4.0), Part("3.2", "b", 2.0))).points
    6.0
    """

    parts: tuple[Part, ...]

    @property
    def points(self) -> float:
        """What everything together is worth."""
        return sum(part.points for part in self.parts)


def rubric_for(parameters: Sequence[str]) -> Rubric:
    """One point for the derivative by each parameter."""
    return Rubric(tuple(Part(name, name) for name in parameters))


def read_rubric(path: str | Path) -> Rubric:
    """The rubric of a TOML file with a table `[[part]]` each; raises `ChalkgradError` for what is wrong with it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "rubric.toml")
    ...     _ = file.write_text('[[part]]\\nname = "3.1"\\nwrt = "W"\\npoints = 4\\n')
    ...     read_rubric(file).parts
    (Part(name='3.1', wrt='W', points=4.0, right_up_to=1.0, known_slip=0.5, follows=1.0),)
    """
    try:
        with Path(path).open(encoding="utf-8") as file:
            text = file.read(_LARGEST + 1)
        if len(text) > _LARGEST or max(map(len, text.splitlines()), default=0) > _LONGEST_LINE:
            raise ChalkgradError(f"the rubric {path} is larger than {_LARGEST // 1000} kB, or has a very long line")
        content = tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as problem:
        raise ChalkgradError(f"cannot read the rubric {path}: {problem}") from None
    rows = content.get("part")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ChalkgradError(f"the rubric {path} has no [[part]]")
    parts = tuple(_part(row, str(path)) for row in rows)
    if len({part.name for part in parts}) < len(parts):
        raise ChalkgradError(f"two parts of the rubric {path} have the same name")
    return Rubric(parts)


def _part(row: dict[str, Any], place: str) -> Part:
    for field in row:
        if field not in _FIELDS:
            raise UnknownNameError("field of a part", field, _FIELDS)
    wrt, name = row.get("wrt"), row.get("name", row.get("wrt"))
    if not isinstance(wrt, str) or not isinstance(name, str):
        raise ChalkgradError(f'a part of the rubric {place} needs wrt = "…", the variable of its derivative')
    numbers = {field: row[field] for field in _FIELDS[2:] if field in row}
    for field, value in numbers.items():
        most = 1.0 if field != "points" else 1e6
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            raise ChalkgradError(f"{field} of the part '{name}' in {place} is {value!r}; expected 0 to {most:g}")
    return Part(name, wrt, **{field: float(value) for field, value in numbers.items()})
