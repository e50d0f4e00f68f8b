"""What handing in late costs: a share of the points that can be had for each day, after free days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from chalkgrad.errors import ChalkgradError, UnknownNameError

_FIELDS = ("due", "per_day", "free", "most")


@dataclass(frozen=True)
class Lateness:
    """When a sheet is due, the share of its points that each day costs, the days that cost nothing, and the days after
    which it has no points.

    >>> Lateness(per_day=0.1, free=1).off(3, 10.0), Lateness(per_day=0.1, most=2).off(3, 10.0)
    (2.0, 10.0)
    """

    due: datetime | None = None
    per_day: float = 0.1
    free: float = 0.0
    most: float | None = None

    def off(self, days: int, points: float) -> float:
        """How many of all `points` so many days cost."""
        if self.most is not None and days > self.most:
            return points
        return min(max(days - self.free, 0.0) * self.per_day, 1.0) * points


def lateness_of(table: Any, place: str) -> Lateness | None:
    """The table `[late]` of a rubric; raises `ChalkgradError` for what is wrong with it.

    >>> lateness_of({"due": datetime(2026, 11, 20, 23, 59), "per_day": 0.2}, "rubric.toml").per_day
    0.2
    """
    if table is None:
        return None
    if not isinstance(table, Mapping):
        raise ChalkgradError(f"late in {place} is no table: [late] and lines such as due = 2026-11-20 23:59:00")
    for field in table:
        if field not in _FIELDS:
            raise UnknownNameError("field of [late]", field, _FIELDS)
    due = table.get("due")
    if isinstance(due, date) and not isinstance(due, datetime):
        due = datetime.combine(due, time(23, 59, 59))
    if due is not None and not isinstance(due, datetime):
        raise ChalkgradError(f"due in {place} is {due!r}; expected a date and time such as 2026-11-20 23:59:00")
    numbers = {field: table[field] for field in _FIELDS[1:] if field in table}
    for field, value in numbers.items():
        most = 1.0 if field == "per_day" else 1000.0
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            raise ChalkgradError(f"{field} of [late] in {place} is {value!r}; expected 0 to {most:g}")
    return Lateness(due, **{field: float(value) for field, value in numbers.items()})
