"""What a part of a sheet is worth: a rubric, read from TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import Any

from chalkgrad.checking import CATALOGUE
from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.grading.lateness import Lateness, lateness_of

_LARGEST = 200_000  # characters
_MOST_POINTS = 1e6
_LONGEST_LINE = 5000  # a dotted key is read in a time and space that grow with its square
_FIELDS = ("name", "wrt", "task", "points", "right_up_to", "known_slip", "follows")
_WHOLE = ("part", "deductions", "most_off", "most", "rounding", "late")
TASKS = ("gradient", "equations", "forward", "step", "drawing")


@dataclass(frozen=True)
class Part:
    """A part of a sheet that is worth `points`: the `gradient` by `wrt`, or another task.

    `right_up_to`, `known_slip` and `follows` are the shares for one that is right up to a convention, for a wrong one
    whose slip is known, and for one that was derived correctly from an earlier slip, which has been paid for there.
    """

    name: str
    wrt: str = ""
    points: float = 1.0
    right_up_to: float = 1.0
    known_slip: float = 0.5
    follows: float = 1.0
    task: str = "gradient"


@dataclass(frozen=True)
class Rubric:
    """The parts of a sheet, in order.

    `deductions` are the points that a slip of a kind costs in a part, instead of what `known_slip` leaves of it;
    `most_off` is the most that they cost together in a part. The sum is at most `most`, and rounded to a multiple of
    `rounding`. `late` says what each day after it was due costs.

    >>> Rubric((Part("3.1", "W", 4.0), Part("3.2", "b", 2.0))).points
    6.0
    """

    parts: tuple[Part, ...]
    deductions: tuple[tuple[str, float], ...] = ()
    most_off: float | None = None
    most: float | None = None
    rounding: float = 0.0
    late: Lateness | None = None

    @property
    def points(self) -> float:
        """What everything together is worth."""
        whole = sum(part.points for part in self.parts)
        return whole if self.most is None else min(whole, self.most)

    def total(self, points: Sequence[float]) -> float:
        """The points of all parts together, capped and rounded; halves are rounded up.

        >>> Rubric((Part("1", "w", 3.0),), rounding=0.5).total([1.3, 0.96])
        2.5
        """
        whole = min(sum(points), self.points)
        return round(floor(whole / self.rounding + 0.5 + 1e-9) * self.rounding if self.rounding else whole, 6)

    def deducted(self, kinds: Sequence[str]) -> float | None:
        """What slips of these kinds cost in a part; None where the rubric does not say it of all."""
        costs = dict(self.deductions)
        if not kinds or any(kind not in costs for kind in kinds):
            return None
        off = sum(costs[kind] for kind in dict.fromkeys(kinds))
        return off if self.most_off is None else min(off, self.most_off)


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
    (Part(name='3.1', wrt='W', points=4.0, right_up_to=1.0, known_slip=0.5, follows=1.0, task='gradient'),)
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
    for field in content:
        if field not in _WHOLE:
            raise UnknownNameError("field of a rubric", field, _WHOLE)
    return Rubric(
        parts,
        _deductions(content.get("deductions", {}), str(path)),
        _number(content, "most_off", str(path)),
        _number(content, "most", str(path)),
        _number(content, "rounding", str(path)) or 0.0,
        lateness_of(content.get("late"), str(path)),
    )


def _deductions(table: Any, place: str) -> tuple[tuple[str, float], ...]:
    if not isinstance(table, dict):
        raise ChalkgradError(
            f"the deductions of {place} are no table: [deductions] and lines such as sign_flipped = 0.5"
        )
    kinds = [row.kind for row in CATALOGUE]
    for kind in table:
        if kind not in kinds:
            raise UnknownNameError("kind of slip", kind, kinds)
    return tuple((kind, _number(table, kind, place) or 0.0) for kind in table)


def _number(table: dict[str, Any], field: str, place: str) -> float | None:
    value = table.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST_POINTS:
        raise ChalkgradError(f"{field} in {place} is {value!r}; expected 0 to {_MOST_POINTS:g}")
    return float(value)


def _part(row: dict[str, Any], place: str) -> Part:
    for field in row:
        if field not in _FIELDS:
            raise UnknownNameError("field of a part", field, _FIELDS)
    task = row.get("task", "gradient")
    if task not in TASKS:
        raise UnknownNameError("task of a part", str(task), TASKS)
    wrt = row.get("wrt", "" if task != "gradient" else None)
    name = row.get("name", wrt or task)
    if not isinstance(wrt, str) or not isinstance(name, str):
        raise ChalkgradError(f'a part of the rubric {place} needs wrt = "…", the variable of its derivative')
    numbers = {field: row[field] for field in _FIELDS[3:] if field in row}
    for field, value in numbers.items():
        most = 1.0 if field != "points" else _MOST_POINTS
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            raise ChalkgradError(f"{field} of the part '{name}' in {place} is {value!r}; expected 0 to {most:g}")
    return Part(name, wrt, task=task, **{field: float(value) for field, value in numbers.items()})
