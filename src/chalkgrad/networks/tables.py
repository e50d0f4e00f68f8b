"""Finding a row of a table (losses, initialisers, optimisers) by a name as people spell it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from chalkgrad.errors import UnknownNameError


class _Row(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...


Row = TypeVar("Row", bound=_Row)


def row_named(kind: str, name: str, rows: Iterable[Row]) -> Row:
    """The row with this name or alias; case, hyphens and spaces do not matter.

    Raises `UnknownNameError` with the nearest name.

    >>> from chalkgrad.networks import LOSSES
    >>> row_named("loss", "Cross-Entropy", LOSSES.values()).name
    'cross_entropy'
    """
    by_name = {spelling: row for row in rows for spelling in (row.name, *row.aliases)}
    found = by_name.get("_".join(name.lower().replace("-", " ").replace("_", " ").split()))
    if found is None:
        raise UnknownNameError(kind, name, sorted(by_name))
    return found
